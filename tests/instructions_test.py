#!/usr/bin/env python3
"""What a drop costs in instructions and system calls, which are the same on every machine, unlike seconds.

    instructions_test.py [--print] BUILD_DIRECTORY

A fixed run against nginx under callgrind and strace. Counted are the instructions of the program itself, not those of the
libraries, whose versions differ. The difference of two runs of different length is what each further drop costs. --print says
what was counted, for when the numbers below are to change: say why in the commit.
"""

import collections
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PRINT = "--print" in sys.argv
if PRINT:
    sys.argv.remove("--print")
BUILD = Path(sys.argv.pop()).resolve()

# By the compiler, whose versions differ, too. A test fails at 10 % more.
EXPECTED = {12: 23_000, 14: 23_000}
TOLERANCE = 1.10
FEW, MANY = 500, 3_500

ANSWER = ('{"code":200,"response":{"status":200,"message":"Session dropped","error":false,"error_code":0,"detail":"",'
          '"mensagem":"Session dropped","erro":false,"cod_erro":0}}')
CONFIG = """worker_processes 1; daemon off; pid nginx.pid; error_log error.log warn;
events { worker_connections 512; }
http {
  access_log off; keepalive_requests 1000000; default_type application/json;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
  server { listen 127.0.0.1:%d; location / { return 200 '%s'; } }
}
"""


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def own_instructions(path):
    """Of a callgrind file without compressed names and positions: what was counted in the program itself, by function."""
    counts = collections.Counter()
    in_program, function, is_call = False, "", False
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("ob="):
            in_program = line.endswith("/bulkdrop")
        elif line.startswith("fn="):
            function = line[3:]
        elif line.startswith("calls="):
            is_call = True  # the next line counts what was called
        elif line[:1].isdigit():
            if in_program and not is_call:
                counts[function] += int(line.split()[1])
            is_call = False
    return counts


class Cost(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="bulkdrop-instructions-")
        self.addCleanup(scratch.cleanup)
        self.here = Path(scratch.name)
        (self.here / "token").write_text("a-token")
        for rows in (FEW, MANY):
            (self.here / f"{rows}.csv").write_text(
                "Session ID,User,Device\n" + "".join(f"{n:040x},operator{n % 90},10.66.33.7:3389\n" for n in range(rows)))
        for _ in range(5):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            (self.here / "nginx.conf").write_text(CONFIG % (self.port, ANSWER))
            # pylint: disable=consider-using-with
            nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", self.here, "-e", "error.log", "-c", self.here / "nginx.conf"],
                                     stderr=subprocess.DEVNULL)
            while nginx.poll() is None and not connects(self.port):
                time.sleep(0.01)
            if nginx.poll() is None:
                self.addCleanup(nginx.wait)
                self.addCleanup(nginx.terminate)
                return
        self.fail("nginx does not start")

    def run_under(self, tool, rows, name):
        command = [*tool, BUILD / "bulkdrop", "drop", "--url", f"http://127.0.0.1:{self.port}", "--token-file",
                   self.here / "token", "--yes", "--progress", "never", "--concurrency", "32", "--fixed-concurrency",
                   "--timeout", "120s", "--out", self.here / name, self.here / f"{rows}.csv"]
        ended = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=280, check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr[-2000:])

    def instructions(self, rows):
        out = self.here / f"callgrind.{rows}"
        self.run_under(["valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
                        f"--callgrind-out-file={out}"], rows, f"counted-{rows}")
        return own_instructions(out)

    def test_instructions_of_a_drop(self):
        few, many = self.instructions(FEW), self.instructions(MANY)
        drops = MANY - FEW
        per_drop = (sum(many.values()) - sum(few.values())) / drops
        compiler = subprocess.run(["c++", "-dumpversion"], capture_output=True, text=True, check=True).stdout
        expected = EXPECTED[min(EXPECTED, key=lambda version: abs(version - int(compiler.split(".")[0])))]
        dearest = "\n".join(f"{(many[name] - few[name]) / drops:9.0f}  {name[:110]}"
                            for name, _ in (many - few).most_common(25))
        if PRINT:
            print(f"{per_drop:.0f} instructions a drop\n{dearest}")
        self.assertGreater(per_drop, expected / 4, "the count counts nothing")
        self.assertLess(per_drop, expected * TOLERANCE, f"a drop was {expected} instructions. The dearest functions:\n{dearest}")

    def test_system_calls_of_a_drop(self):
        calls = []
        for rows in (FEW, MANY):
            out = self.here / f"strace.{rows}"
            self.run_under(["strace", "-f", "-c", "-U", "name,calls", "-o", out], rows, f"traced-{rows}")
            calls.append(collections.Counter({name: int(count) for name, count in
                                              re.findall(r"^(\w+) +(\d+)$", out.read_text(), re.MULTILINE)}))
        per_drop = {name: (calls[1][name] - calls[0][name]) / (MANY - FEW) for name in calls[1]}
        if PRINT:
            print({name: round(count, 2) for name, count in per_drop.items() if abs(count) >= 0.01})
        self.assertAlmostEqual(per_drop["sendto"], 1, delta=0.01)
        # A kept connection is not told to epoll again; nor do files cost a call a row.
        for name, most in (("epoll_ctl", 0.1), ("write", 0.5), ("pwrite64", 0.5), ("pread64", 0.1), ("fdatasync", 0.2)):
            self.assertLess(per_drop.get(name, 0), most, name)


if __name__ == "__main__":
    unittest.main()
