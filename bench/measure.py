#!/usr/bin/env python3
"""The stopwatch and the table of compare.sh.

measure.py input ROWS DIRECTORY URL        make the same N sessions in every client's own input format
measure.py run FILE CLIENT STATUS_URL ROWS OUTPUT COMMAND...
                                           run COMMAND, append its CPU, wall time, memory and requests to FILE
measure.py table FILE ROWS                 print the medians and how they compare
"""
import csv
import json
import os
import random
import re
import statistics
import sys
import time
import urllib.request


def make_input(rows, directory, url):
    numbers = random.Random(rows)
    ids = [f"{numbers.getrandbits(160):040x}" for _ in range(rows)]
    with open(f"{directory}/ids.txt", "w") as file:
        file.writelines(f"{session}\n" for session in ids)
    with open(f"{directory}/urls.txt", "w") as file:
        file.writelines(f"{url}{session}\n" for session in ids)
    with open(f"{directory}/curl.conf", "w") as file:
        file.writelines(f"url={url}{session}\n" for session in ids)
    with open(f"{directory}/sessions.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow("ID,Session ID,Credential,Device,User,Origin IP,Protocol,Proxy,Start,End,Time,Reason,"
                       "Justification".split(","))
        for number, session in enumerate(ids):
            table.writerow([number + 1, session, "usrdomadm01", f"10.66.{number % 250}.7:3389", f"operator{number % 90:02}",
                            "10.66.200.9", "rdp", "Web Proxy", "2025-06-10 18:07:09", "", "", "Maintenance", ""])


def requests_so_far(status_url):
    """nginx's own count of requests; asking is a request, too."""
    with urllib.request.urlopen(status_url) as answer:
        return int(re.search(r"\n\s*\d+ \d+ (\d+)", answer.read().decode()).group(1))


def run(file, client, status_url, rows, output, command):
    # A process starts with the peak memory of the one that it was forked from: Python's would hide the client's. So
    # GNU time, which is small, stands between them and reports the memory; it hides nothing of the CPU.
    memory_file = output + ".memory"
    before = requests_so_far(status_url)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY) if client == "curl -Z" else out, 1)
        os.dup2(out, 2)
        try:
            os.execvp("time", ["time", "-q", "-f", "%M", "-o", memory_file, *command])
        except OSError as error:
            print(f"time: {error}", file=sys.stderr)
        os._exit(127)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - started
    sent = requests_so_far(status_url) - before - 1
    with open(memory_file) as memory:
        peak_kib = int(memory.read() or 0)
    problem = ""
    if os.waitstatus_to_exitcode(status) != 0:
        problem = f"exit code {os.waitstatus_to_exitcode(status)}"
    elif sent != rows:
        problem = f"{sent} requests instead of {rows}"
    result = {"client": client, "user_s": used.ru_utime, "system_s": used.ru_stime, "wall_s": wall,
              "memory_mib": peak_kib / 1024, "requests": sent, "problem": problem}
    with open(file, "a") as record:
        record.write(json.dumps(result) + "\n")
    print(f"  {client:<12} {(used.ru_utime + used.ru_stime) / rows * 1e6:8.2f} µs CPU per drop, {wall:7.2f} s"
          f"{'  PROBLEM: ' + problem if problem else ''}", file=sys.stderr)
    return 1 if problem else 0


def table(file, rows):
    """Figures only for clients that did all that was asked in every round."""
    runs, problems = {}, {}
    with open(file) as record:
        for result in map(json.loads, record):
            runs.setdefault(result["client"], []).append(result)
            if result["problem"]:
                problems[result["client"]] = result["problem"]

    def cpu_per_drop(client):
        return [(result["user_s"] + result["system_s"]) / rows * 1e6 for result in runs[client]]

    def median(client, key):
        return statistics.median(result[key] for result in runs[client])

    cpu = {client: statistics.median(cpu_per_drop(client)) for client in runs if client not in problems}
    print(f"{'client':<12} {'CPU per drop':>13} {'lowest-highest':>16} {'user':>7} {'system':>7} {'wall':>8} "
          f"{'drops/s':>9} {'memory':>10} {'x bare_loop':>12} {'x curl -Z':>10}")
    for client in runs:
        if client in problems:
            print(f"{client:<12} failed: {problems[client]}")
            continue
        spread = f"{min(cpu_per_drop(client)):.2f}-{max(cpu_per_drop(client)):.2f}"
        wall = median(client, "wall_s")
        ratios = [f"{cpu[client] / cpu[base]:.2f}" if base in cpu else "-" for base in ("bare_loop", "curl -Z")]
        print(f"{client:<12} {cpu[client]:>10.2f} µs {spread:>16} {median(client, 'user_s') / rows * 1e6:>7.2f} "
              f"{median(client, 'system_s') / rows * 1e6:>7.2f} {wall:>6.2f} s {rows / wall:>9.0f} "
              f"{median(client, 'memory_mib'):>6.1f} MiB {ratios[0]:>12} {ratios[1]:>10}")


def main(arguments):
    match arguments:
        case ["input", rows, directory, url]:
            return make_input(int(rows), directory, url)
        case ["run", file, client, status_url, rows, output, *command] if command:
            return run(file, client, status_url, int(rows), output, command)
        case ["table", file, rows]:
            return table(file, int(rows))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
