#!/usr/bin/env python3
"""The completions in the shells they are for: what is offered behind a command line, asked with the tab key in bash and
zsh, and with `complete -C` in fish.

    completions_test.py BUILD_DIRECTORY
"""

import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from fcntl import ioctl
from pathlib import Path

MADE = Path(sys.argv.pop()).resolve() / "manual"
DEADLINE = 60
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07|[\x07\r]")


class Shell:
    """An interactive shell on a terminal of its own. What was typed behind a tab is worked on after it: no waiting."""

    def __init__(self, words, setup, directory):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "HOME": str(directory), "LC_ALL": "C.UTF-8"}
            os.execvpe(words[0], words, environment)
        ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 220, 0, 0))
        self.count = 0
        self.enter(setup)

    def enter(self, keys):
        """Types `keys` and returns what came of them, without the echo of the line that marks the end."""
        self.count += 1
        # Ctrl-U discards what a completion left on the line.
        os.write(self.terminal, keys.encode() + f"\x15echo end=$((0+{self.count}))=\n".encode())
        # Behind the next prompt the shell has the terminal; before, the terminal itself would take Ctrl-U.
        mark = re.compile(rb"end=%d=.*ready> " % self.count, re.DOTALL)
        seen = b""
        give_up = time.monotonic() + DEADLINE
        while not mark.search(ESCAPES.sub(b"", seen)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, give_up - time.monotonic()))
            if not ready:
                raise AssertionError(f"the shell says nothing more after {seen!r}")
            seen += os.read(self.terminal, 65536)
        return ESCAPES.sub(b"", seen).decode(errors="replace")

    def offers(self, line):
        return self.enter(line + "\t\t")

    def close(self):
        os.write(self.terminal, b"\x15\x04")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


class Cases:
    """What every shell must offer."""

    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp())
        (cls.directory / "it is an export.csv").touch()
        (cls.directory / "runs").mkdir()
        (cls.directory / "runs" / "run-1").mkdir()
        (cls.directory / "runs" / "notes").touch()
        cls.start()

    @classmethod
    def tearDownClass(cls):
        cls.stop()
        shutil.rmtree(cls.directory)

    def check(self, line, offered, not_offered=()):
        text = self.offers(line)
        for word in offered:
            self.assertIn(word, text, line)
        for word in not_offered:
            self.assertNotIn(word, text.replace(line, ""), line)

    def test_commands(self):
        self.check("bulkdrop ", ["drop", "resume", "list", "verify", "report", "check"], ["sandbox", "runs"])

    def test_one_command(self):
        self.check("bulkdrop res", ["bulkdrop resume"])

    def test_options_of_the_command(self):
        self.check("bulkdrop drop --max-", ["--max-sessions", "--max-failures"], ["--max-retries"])
        self.check("bulkdrop report --", ["--out", "--json"], ["--url", "--max-sessions"])

    def test_choices(self):
        self.check("bulkdrop drop --format ", ["auto", "csv", "json", "jsonl", "text"], ["runs"])
        self.check("bulkdrop list --format ", ["csv", "jsonl"], ["auto", "text"])
        self.check("bulkdrop drop --yes --format=js", ["json", "jsonl"], ["auto"])

    def test_a_list_of_choices(self):
        self.check("bulkdrop resume --retry ", ["failed", "unknown"])
        self.check("bulkdrop resume --retry failed,un", ["failed,unknown"])

    def test_files(self):
        self.check("bulkdrop drop it", ["export.csv"])
        self.check("bulkdrop drop --cacert it", ["export.csv"])

    def test_directories(self):
        self.check("bulkdrop resume runs/", ["run-1"], ["notes"])
        self.check("bulkdrop drop --out runs/", ["run-1"], ["notes"])

    def test_what_nobody_can_know(self):
        self.check("bulkdrop drop --reason ", [], ["runs", "export.csv"])
        self.check("bulkdrop list ", [], ["export.csv"])

    def test_the_sandbox(self):
        self.check("bulkdrop-sandbox --la", ["--language", "--latency"])
        self.check("bulkdrop-sandbox --language ", ["en", "pt"], ["runs"])


class Bash(Cases, unittest.TestCase):
    @classmethod
    def start(cls):
        setup = (
            "PS1='ready> '; bind 'set show-all-if-ambiguous on'; bind 'set page-completions off';"
            " bind 'set completion-query-items 0'; bind 'set enable-bracketed-paste off'\n"
            f"source {MADE}/bash/bulkdrop; source {MADE}/bash/bulkdrop-sandbox\n"
        )
        cls.shell = Shell(["bash", "--norc", "-i"], setup, cls.directory)

    @classmethod
    def stop(cls):
        cls.shell.close()

    def offers(self, line):
        return self.shell.offers(line)


class Zsh(Cases, unittest.TestCase):
    @classmethod
    def start(cls):
        setup = (
            f"PS1='ready> '; LISTMAX=1000; fpath=({MADE}/zsh $fpath); autoload -Uz compinit; compinit -u -D;"
            " unset zle_bracketed_paste; zstyle ':completion:*' insert-tab false\n"
        )
        cls.shell = Shell(["zsh", "-f", "-i"], setup, cls.directory)

    @classmethod
    def stop(cls):
        cls.shell.close()

    def offers(self, line):
        return self.shell.offers(line)


class Fish(Cases, unittest.TestCase):
    @classmethod
    def start(cls):
        pass

    @classmethod
    def stop(cls):
        pass

    def offers(self, line):
        script = f"source {MADE}/fish/bulkdrop.fish; source {MADE}/fish/bulkdrop-sandbox.fish; complete -C $argv[1]"
        environment = dict(os.environ, HOME=str(self.directory), LC_ALL="C.UTF-8")
        done = subprocess.run(["fish", "-N", "-c", script, line], cwd=self.directory, env=environment, text=True,
                              capture_output=True, timeout=DEADLINE, check=True)
        self.assertEqual(done.stderr, "")
        # Without the descriptions; what stands before the last word stands there still.
        head = line[:line.rfind(" ") + 1]
        return "".join(head + offer.split("\t")[0] + "\n" for offer in done.stdout.splitlines())


if __name__ == "__main__":
    unittest.main()
