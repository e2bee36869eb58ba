#!/usr/bin/env python3
"""The servers, the clients and the table of pace_peers.sh.

pace_peers.py BUILD [--only TEXT]     BUILD holds bulkdrop and bulkdrop-sandbox
"""
import argparse
import collections
import contextlib
import csv
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOKEN = "a-token-that-is-always-good"
PATH = "api/pam/session/drop/"
LONGEST_RUN = 120  # seconds, then a client is stopped


@dataclasses.dataclass
class Server:
    name: str
    sessions: int
    ideal: float  # seconds in which it could have dropped them all, its own absence included
    sandbox: list  # options
    nginx: tuple = ()  # lines of http { } and of location { }; empty = the sandbox alone
    knee: int = 0  # drops that it works on at once
    stopped: tuple = ()  # (from, for) seconds after the start


def requests_limit(rate, rest, status=""):
    return (f"limit_req_zone $server_name zone=r:1m rate={rate}r/s; {status}", f"limit_req zone=r {rest};")


def connections_limit(most, status=""):
    return (f"limit_conn_zone $server_name zone=c:1m; {status}", f"limit_conn c {most};")


SERVERS = [
    Server("1 worker", 400, 10, ["--workers", "1", "--latency", "25ms"], knee=1),
    Server("3 workers", 1200, 10, ["--workers", "3", "--latency", "25ms"], knee=3),
    Server("12 workers", 2400, 10, ["--workers", "12", "--latency", "50ms"], knee=12),
    Server("100 a second, announced", 1000, 9, ["--rate-limit", "100"]),
    Server("nginx limit_req 50r/s, 503", 500, 10, [], requests_limit(50, "nodelay")),
    Server("nginx limit_req 50r/s burst=20 nodelay, 503", 520, 10, [], requests_limit(50, "burst=20 nodelay")),
    Server("nginx limit_req 50r/s burst=20, 503", 520, 10, [], requests_limit(50, "burst=20")),
    Server("nginx limit_req 50r/s burst=20 nodelay, 429", 520, 10, [],
           requests_limit(50, "burst=20 nodelay", "limit_req_status 429;")),
    Server("nginx limit_conn 8, 503", 1600, 10, ["--latency", "50ms"], connections_limit(8), knee=8),
    Server("nginx limit_conn 8, 429", 1600, 10, ["--latency", "50ms"], connections_limit(8, "limit_conn_status 429;"),
           knee=8),
    Server("12 workers, frozen for 10 s", 2400, 20, ["--workers", "12", "--latency", "50ms"], knee=12, stopped=(3, 10)),
    Server("12 workers, 503 for one in seven", 2400, 11.7,
           ["--workers", "12", "--latency", "50ms", "--faults", "unavailable=14.3%"], knee=12),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, **options):
    """A process that does not outlive the block."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait()


@contextlib.contextmanager
def sandbox(build, directory, server):
    token = f"{directory}/token"
    with open(token, "w") as file:
        file.write(TOKEN)
    command = [f"{build}/bulkdrop-sandbox", "--port", "0", "--sessions", str(server.sessions), "--export",
               f"{directory}/sessions.csv", "--ledger", f"{directory}/ledger", "--token-file", token, *server.sandbox]
    with running(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError("the sandbox does not start")
        yield process, line.split()[-1]


@contextlib.contextmanager
def nginx(directory, server, behind):
    """The server's address, through nginx where there is one."""
    if not server.nginx:
        yield behind
        return
    http, location = server.nginx
    port = free_port()
    temporary = "".join(f"{use}_temp_path {directory}/{use}; " for use in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(f"{directory}/nginx.conf", "w") as file:
        file.write(f"""
            daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid;
            error_log {directory}/error.log crit;
            events {{ worker_connections 1024; }}
            http {{
              log_format answer '$status'; access_log {directory}/access.log answer; {temporary}
              keepalive_requests 100000; proxy_http_version 1.1; proxy_set_header Connection "";
              upstream pam {{ server {behind.removeprefix("http://")}; keepalive 256; keepalive_requests 100000; }}
              {http}
              server {{
                listen 127.0.0.1:{port}; server_name pam.example;
                location / {{ {location} proxy_pass http://pam; }}
              }}
            }}""")
    with running(["nginx", "-p", directory, "-e", f"{directory}/error.log", "-c", f"{directory}/nginx.conf"]):
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"


def bulkdrop(build, directory, url, ids, output):
    del ids
    return [f"{build}/bulkdrop", "drop", f"{directory}/sessions.csv", "--url", url, "--token-file",
            f"{directory}/token", "--yes", "--out", output]


def curl(at_once):
    def command(build, directory, url, ids, output):
        del build, output
        with open(f"{directory}/curl.conf", "w") as file:
            for one in ids:
                file.write(f'url = "{url}/{PATH}{one}"\noutput = "/dev/null"\n')
        return ["curl", "-Z", "--parallel-max", str(at_once), "--max-time", "30", "-s", "-X", "DELETE", "-H",
                f"Authorization: Bearer {TOKEN}", "-K", f"{directory}/curl.conf"]
    return command


def xargs(at_once):
    def command(build, directory, url, ids, output):
        del build, output
        with open(f"{directory}/urls", "w") as file:
            file.writelines(f"{url}/{PATH}{one}\n" for one in ids)
        return ["xargs", "-a", f"{directory}/urls", "-P", str(at_once), "-n", "1", "curl", "--max-time", "30", "-s",
                "-o", "/dev/null", "-X", "DELETE", "-H", f"Authorization: Bearer {TOKEN}"]
    return command


CLIENTS = {"bulkdrop": bulkdrop, "curl -Z, 32": curl(32), "xargs -P 32 curl": xargs(32), "xargs -P 4 curl": xargs(4)}


def wait(process, stopped, freeze):
    """The client's seconds; the sandbox stands still meanwhile for as long as was asked for."""
    started = time.monotonic()
    if stopped:
        begin, length = stopped
        for after, number in ((begin, signal.SIGSTOP), (begin + length, signal.SIGCONT)):
            timer = threading.Timer(after, freeze, [number])
            timer.daemon = True
            timer.start()
    try:
        process.wait(LONGEST_RUN)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
    return time.monotonic() - started


def measure(build, server, client):
    with tempfile.TemporaryDirectory(prefix="bulkdrop-pace.") as directory, \
            sandbox(build, directory, server) as (process, behind), nginx(directory, server, behind) as url:
        with open(f"{directory}/sessions.csv", newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, delimiter=",")
            ids = [row["Session ID"] for row in rows]
        command = CLIENTS[client](build, directory, url, ids, f"{directory}/run")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        with running(command, **quiet) as running_client:
            seconds = wait(running_client, server.stopped, process.send_signal)
        with open(f"{directory}/ledger") as file:
            ledger = [json.loads(line) for line in file]
        requests = [line for line in ledger if line["event"] == "request"]
        ended = sum(line["event"] == "ended" for line in ledger)
        if server.nginx:
            with open(f"{directory}/access.log") as file:
                statuses = collections.Counter(line.strip() for line in file)
            sent, busy, unavailable = sum(statuses.values()), statuses["429"], statuses["503"]
        else:
            answers = collections.Counter(line["answer"] for line in requests)
            sent, busy, unavailable = len(requests), answers["rate_limited"], answers["unavailable"]
        return {"seconds": seconds, "ended": ended, "sent": sent, "429": busy, "503": unavailable,
                "at_once": max((line["at_once"] for line in requests), default=0)}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("build")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--client", default="")
    asked = arguments.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so through every `finally`
    print("| server | client | time | of the ideal | dropped | requests per session | 429 | 503 | at work and in line at most |")
    print("|---|---|---|---|---|---|---|---|---|")
    for server in SERVERS:
        if asked.only not in server.name:
            continue
        for client in CLIENTS:
            if asked.client not in client:
                continue
            seen = measure(asked.build, server, client)
            all_gone = seen["ended"] == server.sessions
            of_ideal = f"{100 * server.ideal / seen['seconds']:.0f} %" if all_gone else "not all"
            at_once = f"{seen['at_once']} of {server.knee}" if server.knee else seen["at_once"]
            print(f"| {server.name} | {client} | {seen['seconds']:.1f} s | {of_ideal} | {seen['ended']:,} of "
                  f"{server.sessions:,} | {seen['sent'] / server.sessions:.2f} | {seen['429']} | {seen['503']} | {at_once} |",
                  flush=True)


if __name__ == "__main__":
    sys.exit(main())
