"""bulkdrop, run to its end or killed with SIGKILL: right before its N-th call of a kind (strace), or at a moment."""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

LONGEST = 60  # seconds for one process
# What is counted: a system call, and for some the file on which it is called. strace counts for each thread by
# itself; the file keeps the journal's thread apart from the one that writes less often in its turn.
CALLS = {
    "write": ("write", None),
    "write journal": ("write", "journal.jsonl"),
    "write input": ("write", "input"),
    "fdatasync": ("fdatasync", None),
    "fsync": ("fsync", None),
    "send": ("sendto", None),
    "recv": ("recvfrom", None),
    "rename": ("rename", None),
    "ftruncate": ("ftruncate", None),
    "fallocate": ("fallocate", None),
    "openat": ("openat", None),
}
MOMENT = "a moment"


@dataclasses.dataclass(frozen=True)
class Kill:
    call: str  # of CALLS, or MOMENT
    when: float  # how many-eth, from 1; or seconds after the start

    def __str__(self):
        return f"{self.when:.3f}s" if self.call == MOMENT else f"{self.call}#{self.when}"


@dataclasses.dataclass
class Death:
    killed: bool
    exit_code: int
    out: str
    err: str
    fed: int = 0  # bytes of standard input that were handed over
    took: float = 0


# Sanitizers look for leaks by ptrace, which strace has taken.
def environment():
    asan = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ, "ASAN_OPTIONS": f"{asan}:detect_leaks=0".lstrip(":")}


def strace_works():
    """Whether strace is here and may trace (containers can forbid it)."""
    strace = shutil.which("strace")
    if not strace:
        return False
    done = subprocess.run([strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e",
                           "inject=write:signal=SIGKILL:when=1", "sh", "-c", "echo x"],
                          capture_output=True, check=False)
    return done.returncode == -signal.SIGKILL


def _under_strace(command, run_directory, kill):
    call, file = CALLS[kill.call]
    where = ["-P", os.path.realpath(run_directory / file)] if file else []
    return ["strace", "-f", "-qq", "-o", "/dev/null", *where, "-e", f"trace={call}", "-e",
            f"inject={call}:signal=SIGKILL:when={kill.when}", *command]


def _feed(pipe, pieces, death):
    with contextlib.suppress(BrokenPipeError), pipe:
        for piece, pause in pieces:
            time.sleep(pause)
            pipe.write(piece)
            pipe.flush()
            death.fed += len(piece)


def run(command, run_directory, kill=None, pieces=None):
    """`pieces`: of standard input, each with the seconds to wait before it."""
    command = [str(word) for word in command]
    if kill and kill.call != MOMENT:
        command = _under_strace(command, run_directory, kill)
    death = Death(False, 0, "", "")
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, cwd=run_directory.parent, env=environment(), stdout=out, stderr=err,
                                   stdin=subprocess.PIPE if pieces else subprocess.DEVNULL)
        feeder = threading.Thread(target=_feed, args=(process.stdin, pieces, death)) if pieces else None
        if feeder:
            feeder.start()
        try:
            process.wait(kill.when if kill and kill.call == MOMENT else LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            if not kill or kill.call != MOMENT:
                err.write(f"\nstill there after {LONGEST} s\n")
        if feeder:
            feeder.join()
        for stream in (out, err):
            stream.seek(0)
        death.out, death.err = out.read(), err.read()
    death.killed = process.returncode == -signal.SIGKILL
    death.exit_code = process.returncode
    death.took = time.monotonic() - begin
    return death


def count_calls(command, run_directory, pieces=None):
    """Runs it to its end; how often each of CALLS occurs, in the thread where it occurs most."""
    with tempfile.TemporaryDirectory() as place:
        calls = ",".join(sorted({call for call, _ in CALLS.values()}))
        log = pathlib.Path(place) / "log"
        death = run(["strace", "-ff", "-qq", "-y", "-o", log, "-e", f"trace={calls}", *command], run_directory,
                    pieces=pieces)
        most = dict.fromkeys(CALLS, 0)
        for thread in pathlib.Path(place).iterdir():
            lines = thread.read_text(errors="replace").splitlines()
            for name, (call, file) in CALLS.items():
                start = re.compile(rf"{call}\(\d+<[^>]*/{file}>" if file else rf"{call}\(")
                most[name] = max(most[name], sum(1 for line in lines if start.match(line)))
    if death.exit_code not in (0, 1):
        raise RuntimeError(f"exit code {death.exit_code}: {death.err}")
    return most
