"""One run of a variant, in a directory and with a server of its own."""
import hashlib
import os
import random

from . import checks, victim
from .server import Server


class Storm:
    """One run that is killed as planned and then finished."""

    def __init__(self, binaries, directory, variant, kills, seed):
        self.binary = binaries / "bulkdrop"
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.variant = variant
        self.kills = kills
        self.random = random.Random(seed)
        self.findings = checks.Findings()
        self.segments = []
        self.deaths = []  # kills that came to pass
        self.runs = 0
        self.server = Server(binaries / "bulkdrop-sandbox", directory, variant.sessions, seed, variant.server)
        self.make_input()
        self.new_run()

    def make_input(self):
        """The server's sessions, and a row of each other kind."""
        header, *lines = self.server.export.read_text().splitlines()
        rows = [checks.Row(line.split(",")[1], "to_drop") for line in lines]
        stranger = hashlib.sha1(str(self.random.random()).encode()).hexdigest()
        protected = len(rows) // 3
        rows[protected].kind = "protected"
        (self.directory / "protect").write_text(rows[protected].session + "\n")
        for at, session, kind in ((len(rows) // 2, stranger, "to_drop"), (len(rows) // 4, "no-id", "invalid"),
                                  (len(rows) - 2, rows[1].session, "duplicate")):
            rows.insert(at, checks.Row(session, kind, known=False))
            lines.insert(at, f"0,{session},,,,,,,,,,,")
        self.rows = rows
        self.input = ("\n".join([header, *lines]) + "\n").encode()
        (self.directory / "sessions.csv").write_bytes(self.input)

    def new_run(self):
        self.runs += 1
        self.out = self.directory / f"run{self.runs}"

    def login(self):
        return ["--token-file", self.server.token_file, "--yes"]

    def drop_command(self):
        stdin = self.variant.feed.endswith("stdin")
        stream = ["--stream"] if self.variant.feed.startswith("stream") else []
        return [self.binary, "drop", "--url", self.server.url, *self.login(), "--out", self.out.name, "--concurrency",
                self.variant.concurrency, "--protect", "protect", *stream, *self.variant.client,
                "-" if stdin else "sessions.csv"]

    def pieces(self):
        """Standard input, cut anywhere; a stream comes slowly."""
        if not self.variant.feed.endswith("stdin"):
            return None
        pause = 0.004 if self.variant.feed.startswith("stream") else 0
        cuts = sorted(self.random.sample(range(1, len(self.input)), 12))
        return [(self.input[a:b], pause) for a, b in zip([0, *cuts], [*cuts, len(self.input)])]

    def journal(self):
        path = self.out / "journal.jsonl"
        return path.read_bytes() if path.exists() else b""

    def begun(self):
        return b"\n" in self.journal()

    def go(self):
        """Until a process comes to its end by itself."""
        for kill in [*self.kills, *[None] * 5]:
            again = self.begun()
            command = ["resume", self.out.name, *self.login()] if again else self.drop_command()
            command = [self.binary, *command] if again else command
            death = victim.run(command, self.out, kill, None if again else self.pieces())
            self.segments.append(checks.Segment(death.killed, self.server.mark(), self.journal()))
            if death.killed:
                self.deaths.append(kill)
                self.look_in_between()
                continue
            if death.exit_code in (0, 1):
                return death
            if death.exit_code != 5:  # faults may open the breaker: that is a stop, and resumed
                raise RuntimeError(f"exit code {death.exit_code}: {death.err}")
        raise RuntimeError("it does not come to its end")

    def look_in_between(self):
        if not self.begun():
            return self.look_at_what_never_began()
        if self.random.random() < 0.5:
            done = victim.run([self.binary, "report", self.out.name], self.out)
            if done.exit_code != 1:
                self.findings.add(f"report of a run that was cut off: exit code {done.exit_code}: {done.err}")
            else:
                checks.check_in_between(self.findings, self.rows, self.out, self.server.requests(),
                                        self.variant.concurrency)

    def look_at_what_never_began(self):
        """It must have sent nothing, and is told as such."""
        if self.server.requests():
            self.findings.add("a run without a record has sent something")
        self.segments.clear()
        if self.out.exists():
            for command in ("resume", "report"):
                login = self.login() if command == "resume" else []
                done = victim.run([self.binary, command, self.out.name, *login], self.out)
                if done.exit_code not in (2, 7) or "nothing was sent" not in done.err:
                    self.findings.add(f"{command} of a run that never began: exit code {done.exit_code}: {done.err}"
                                      f" (there: {sorted(os.listdir(self.out))})")
        self.new_run()

    def kill_report(self):
        """It may be killed, too: the next one makes all that it did not."""
        if not any(kill.call != victim.MOMENT for kill in self.kills):
            kill = victim.Kill(victim.MOMENT, self.random.uniform(0.01, 0.1))
        else:
            call, most = self.random.choice((("rename", 5), ("fsync", 11), ("write", 6), ("openat", 60)))
            kill = victim.Kill(call, self.random.randint(1, most))
        if victim.run([self.binary, "report", self.out.name], self.out, kill).killed:
            self.deaths.append(kill)

    def look_at_the_end(self, death):
        before = checks.reports_of(self.out)
        self.kill_report()
        requests = len(self.server.requests())
        for command in (["report", self.out.name], ["resume", self.out.name, *self.login()]):
            done = victim.run([self.binary, *command], self.out)
            after = checks.reports_of(self.out)
            if changed := [name for name in {*before, *after} if before.get(name) != after.get(name)]:
                self.findings.add(f"{command[0]} made other files: {', '.join(changed)}")
            if done.exit_code != death.exit_code:
                self.findings.add(f"{command[0]} of a finished run: exit code {done.exit_code}, not {death.exit_code}: "
                                  f"{done.err}")
        if len(self.server.requests()) != requests:
            self.findings.add("a finished run was sent again")
        self.stop()
        checks.check_end(self.findings, self.rows, self.out, self.server.requests(), self.segments, self.variant,
                         death.exit_code)

    def stop(self):
        self.server.stop()

    def run(self):
        try:
            self.look_at_the_end(self.go())
        except Exception as error:  # whatever it is, the other storms go on
            self.findings.add(f"{type(error).__name__}: {error}")
        finally:
            self.stop()
        return self
