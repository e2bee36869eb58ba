#!/usr/bin/env python3
"""The stopwatch and the tables of compare.sh and reading.sh.

measure.py input ROWS DIRECTORY URL        make the same N sessions in every client's own input format
measure.py run FILE CLIENT STATUS_URL ROWS OUTPUT COMMAND...
                                           run COMMAND, append its CPU, wall time, memory and requests to FILE
measure.py exports ROWS DIRECTORY          make the same N sessions as sessions.csv and sessions.jsonl
measure.py read FILE READER EXPORT ROWS OUTPUT COMMAND...
                                           run COMMAND, which reads the ROWS of EXPORT; append what it took to FILE
measure.py reading FILE BASE               print the medians of that, and each as a multiple of the reader BASE
measure.py table FILE BASE...              print the medians, and each as a multiple of the client BASE; a % in it stands
                                           for what comes behind the comma in the client's own name
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


def session_ids(rows):
    numbers = random.Random(rows)
    return (f"{numbers.getrandbits(160):040x}" for _ in range(rows))


COLUMNS = "ID,Session ID,Credential,Device,User,Origin IP,Protocol,Proxy,Start,End,Time,Reason,Justification".split(",")


def session_row(number, session):
    return [number + 1, session, "usrdomadm01", f"10.66.{number % 250}.7:3389", f"operator{number % 90:02}", "10.66.200.9", "rdp",
            "Web Proxy", "2025-06-10 18:07:09", "", "", "Maintenance", ""]


def make_exports(rows, directory):
    keys = [column.lower().replace(" ", "_") for column in COLUMNS]
    with open(f"{directory}/sessions.csv", "w", newline="") as csv_file, open(f"{directory}/sessions.jsonl", "w") as json_file:
        table = csv.writer(csv_file)
        table.writerow(COLUMNS)
        for number, session in enumerate(session_ids(rows)):
            row = session_row(number, session)
            table.writerow(row)
            json_file.write(json.dumps(dict(zip(keys, row)), separators=(",", ":")) + "\n")


def make_input(rows, directory, url):
    ids = list(session_ids(rows))
    with open(f"{directory}/ids.txt", "w") as file:
        file.writelines(f"{session}\n" for session in ids)
    with open(f"{directory}/urls.txt", "w") as file:
        file.writelines(f"{url}{session}\n" for session in ids)
    with open(f"{directory}/curl.conf", "w") as file:
        file.writelines(f"url={url}{session}\n" for session in ids)
    with open(f"{directory}/sessions.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number, session in enumerate(ids):
            table.writerow(session_row(number, session))


def counted(status_url):
    """nginx's own counts of connections and requests; asking is one of each."""
    with urllib.request.urlopen(status_url) as answer:
        accepted, _, requests = re.search(r"\n\s*(\d+) (\d+) (\d+)", answer.read().decode()).groups()
    return int(accepted), int(requests)


def timed(output, discard, command):
    """Runs it, with its output in a file, or standard output nowhere. Its exit code, CPU, wall time and peak memory."""
    # A process starts with the peak memory of the one that it was forked from: Python's would hide the client's. So
    # GNU time, which is small, stands between them and reports the memory; it hides nothing of the CPU.
    memory_file = output + ".memory"
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY) if discard else out, 1)
        os.dup2(out, 2)
        try:
            os.execvp("time", ["time", "-q", "-f", "%M", "-o", memory_file, *command])
        except OSError as error:
            print(f"time: {error}", file=sys.stderr)
        os._exit(127)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - started
    with open(memory_file) as memory:
        peak_kib = int(memory.read() or 0)
    return os.waitstatus_to_exitcode(status), {"user_s": used.ru_utime, "system_s": used.ru_stime, "wall_s": wall,
                                               "memory_mib": peak_kib / 1024}


def keep(file, result, note):
    with open(file, "a") as record:
        record.write(json.dumps(result) + "\n")
    problem = result["problem"]
    print(f"{note}{'  PROBLEM: ' + problem if problem else ''}", file=sys.stderr)
    return 1 if problem else 0


def run(file, client, status_url, rows, output, command):
    connections_before, requests_before = counted(status_url)
    code, used = timed(output, client == "curl -Z", command)
    connections, sent = counted(status_url)
    connections -= connections_before + 1
    sent -= requests_before + 1
    problem = f"exit code {code}" if code else f"{sent} requests instead of {rows}" if sent != rows else ""
    result = {"client": client, "rows": rows, "connections": connections, **used, "requests": sent, "problem": problem}
    cpu = used["user_s"] + used["system_s"]
    return keep(file, result, f"  {client:<16} {cpu / rows * 1e6:8.2f} µs CPU per drop, {used['wall_s']:7.2f} s")


def read(file, reader, export, rows, output, command):
    code, used = timed(output, True, command)
    result = {"client": reader, "rows": rows, "bytes": os.path.getsize(export), **used, "problem": f"exit code {code}" if code else ""}
    cpu = used["user_s"] + used["system_s"]
    return keep(file, result, f"  {reader:<24} {cpu / rows * 1e9:8.0f} ns CPU per row, {used['wall_s']:7.2f} s")


def results_by_client(file):
    runs = {}
    with open(file) as record:
        for result in map(json.loads, record):
            runs.setdefault(result["client"], []).append(result)
    return runs


def reading_table(file, base):
    """Of a reader that failed, only that."""
    runs = results_by_client(file)
    cost = {reader: statistics.median((result["user_s"] + result["system_s"]) / result["rows"] * 1e9 for result in results)
            for reader, results in runs.items()}
    width = max(map(len, runs))
    print(f"{'reader':<{width}} {'CPU per row':>12} {'MB/s of CPU':>12} {'MB/s':>7} {'memory':>11}  {'x ' + base:>{len(base) + 2}}")
    for reader, results in runs.items():
        if problem := next((result["problem"] for result in results if result["problem"]), ""):
            print(f"{reader:<{width}} failed: {problem}")
            continue
        per_row = results[0]["bytes"] / results[0]["rows"]
        rate = statistics.median(result["bytes"] / result["wall_s"] / 1e6 for result in results)
        memory = statistics.median(result["memory_mib"] for result in results)
        print(f"{reader:<{width}} {cost[reader]:>9.0f} ns {per_row / cost[reader] * 1e3:>12.0f} {rate:>7.0f} {memory:>7.1f} MiB"
              f"  {cost[reader] / cost[base]:>{len(base) + 2}.3g}")


def table(file, bases):
    """Figures only for clients that did all that was asked in every round."""
    runs = results_by_client(file)
    problems = {client: result["problem"] for client, results in runs.items() for result in results if result["problem"]}

    def cpu_per_drop(client):
        return [(result["user_s"] + result["system_s"]) / result["rows"] * 1e6 for result in runs[client]]

    def median(client, key, per_row=False):
        return statistics.median(result[key] / (result["rows"] if per_row else 1) for result in runs[client])

    cpu = {client: statistics.median(cpu_per_drop(client)) for client in runs if client not in problems}
    width = max(map(len, runs))
    print(f"{'client':<{width}} {'CPU per drop':>13} {'lowest-highest':>17} {'user':>8} {'system':>8} {'drops/s':>8} {'memory':>10} "
          f"{'connections':>11}" + "".join(f"  {'x ' + base:>{max(8, len(base) + 2)}}" for base in bases))
    for client in runs:
        if client in problems:
            print(f"{client:<{width}} failed: {problems[client]}")
            continue
        spread = f"{min(cpu_per_drop(client)):.2f}-{max(cpu_per_drop(client)):.2f}"
        ratios = ""
        for base in bases:
            of = base.replace("%", client.partition(", ")[2])
            ratios += f"  {f'{cpu[client] / cpu[of]:.3g}' if of in cpu else '-':>{max(8, len(base) + 2)}}"
        print(f"{client:<{width}} {cpu[client]:>10.2f} µs {spread:>17} {median(client, 'user_s', True) * 1e6:>8.2f} "
              f"{median(client, 'system_s', True) * 1e6:>8.2f} {1 / median(client, 'wall_s', True):>8.0f} "
              f"{median(client, 'memory_mib'):>6.1f} MiB {median(client, 'connections'):>11.0f}{ratios}")


def main(arguments):
    match arguments:
        case ["input", rows, directory, url]:
            return make_input(int(rows), directory, url)
        case ["run", file, client, status_url, rows, output, *command] if command:
            return run(file, client, status_url, int(rows), output, command)
        case ["exports", rows, directory]:
            return make_exports(int(rows), directory)
        case ["read", file, reader, export, rows, output, *command] if command:
            return read(file, reader, export, int(rows), output, command)
        case ["reading", file, base]:
            return reading_table(file, base)
        case ["table", file, *bases]:
            return table(file, bases)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
