"""bulkdrop-sandbox as the server of one storm, and its ledger."""
import contextlib
import dataclasses
import json
import socket
import subprocess
import time

TOKEN = "a-token-that-is-always-good"


@dataclasses.dataclass
class Request:
    seq: int
    session: str
    answer: str
    ended: bool


class Server:
    def __init__(self, binary, directory, sessions, seed, options):
        self.export = directory / "export.csv"
        self.token_file = directory / "token"
        self.token_file.write_text(TOKEN)
        self.token_file.chmod(0o600)
        self._ledger = directory / "ledger"
        self._marks = 0
        self._process = subprocess.Popen(
            [binary, "--port", "0", "--sessions", str(sessions), "--seed", str(seed), "--export", self.export,
             "--ledger", self._ledger, "--token-file", self.token_file, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line.startswith("listening on "):
            self.stop()
            raise RuntimeError("bulkdrop-sandbox does not start")
        self.url = line.split()[-1]
        self._port = int(self.url.rsplit(":", 1)[1])

    def mark(self):
        """Gives the number of a drop request that arrives behind all that a client sent that is gone now. It has no
        login, so that it is turned away before any fault or wait."""
        time.sleep(0.003)
        self._marks += 1
        name = f"mark{self._marks}"
        with socket.create_connection(("127.0.0.1", self._port), 10) as connection:
            connection.sendall(f"DELETE /api/pam/session/drop/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                               .encode())
            while connection.recv(4096):
                pass
        return next(r.seq for r in self.requests(True) if r.session == name)

    def requests(self, with_marks=False):
        """In the order of their arrival."""
        found = []
        for line in self._ledger.read_text().splitlines():
            with contextlib.suppress(ValueError):  # a line that is being written
                entry = json.loads(line)
                if entry["event"] == "request" and (with_marks or not entry["id"].startswith("mark")):
                    found.append(Request(entry["seq"], entry["id"], entry["answer"], entry["ended"]))
        return sorted(found, key=lambda request: request.seq)

    def stop(self):
        """All that arrived is decided then."""
        self._process.terminate()
        self._process.wait(30)
        self._process.stdout.close()
