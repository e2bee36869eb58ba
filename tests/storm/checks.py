"""What must hold of a run that was killed and taken up again, held against the server's ledger, the input and the
journal."""
import collections
import csv
import dataclasses
import json

MAY_BE_SENT_AGAIN = {"unsent"}
ENDED_MAY_BE = {"dropped", "unknown", "ended"}
ALWAYS_THERE = ("sessions.csv", "sessions.jsonl", "report.html", "summary.json")
REPORTS = (*ALWAYS_THERE, "failed.csv", "failed.jsonl")
FILES = {*REPORTS, "run.json", "journal.jsonl", "input"}  # in the end; a run that is cut off has `begun`, too


@dataclasses.dataclass
class Row:
    session: str
    kind: str  # to_drop, invalid, duplicate, protected
    known: bool = True  # to the server


@dataclasses.dataclass
class Segment:
    """One process: what it left."""
    killed: bool
    last: int  # the ledger's number behind its requests
    journal: bytes  # when it was gone


@dataclasses.dataclass
class Findings:
    wrong: list = dataclasses.field(default_factory=list)
    lost: int = 0  # rows without their one status, or with one that says a session lives that has ended
    false_dropped: int = 0
    never_asked: list = dataclasses.field(default_factory=list)  # in doubt after each kill, and nobody asked for them
    resent: list = dataclasses.field(default_factory=list)  # sessions asked again because of each kill

    def add(self, what):
        self.wrong.append(what)


class Record:
    """What a process added to the journal."""

    def __init__(self, before, after):
        self.leased = set()
        self.results = {}  # row number → status
        common = 0
        while common < min(len(before), len(after)) and before[common] == after[common]:
            common += 1
        start = after.rfind(b"\n", 0, common) + 1
        for line in after[start:].split(b"\n")[:-1]:  # the last one is torn, or empty
            entry = json.loads(line)
            if entry["k"] == "lease":
                self.leased.update(range(entry["a"], entry["b"]))
            elif entry["k"] == "result":
                self.results[entry["row"]] = entry["status"]


def _segments_of(requests, segments):
    """The requests of each segment: session → answers, in the order of arrival."""
    found = []
    first = 0
    for segment in segments:
        asked = collections.defaultdict(list)
        for request in requests:
            if first < request.seq < segment.last:
                asked[request.session].append(request.answer)
        found.append(asked)
        first = segment.last
    return found


def _check_requests(findings, rows, requests, segments, concurrency, attempts):
    """That every request had a lease, and every second one its reason. Gives the requests that are on record."""
    number_of = {row.session: number for number, row in reversed(list(enumerate(rows))) if row.kind == "to_drop"}
    doubtful = {}  # session → the kill that put it in doubt
    final = {}  # row number → the last status on record
    resent = collections.Counter()
    recorded = collections.Counter()
    before = b""
    for index, (segment, asked) in enumerate(zip(segments, _segments_of(requests, segments))):
        record = Record(before, segment.journal)
        before = segment.journal
        for session, answers in asked.items():
            number = number_of.get(session)
            if number is None:
                findings.add(f"process {index}: {session} was asked for, and nobody may")
                continue
            if number not in record.leased:
                findings.add(f"process {index}: row {number} was asked for without a lease")
            if "success" in answers[:-1]:
                findings.add(f"process {index}: row {number} was asked for after its success: {answers}")
            if answers.count("drop_error") > 2 or len(answers) > attempts:
                findings.add(f"process {index}: row {number} was asked for too often: {answers}")
            if final.get(number, "unsent") not in MAY_BE_SENT_AGAIN and session not in doubtful:
                findings.add(f"process {index}: row {number} was asked for again, though on record as {final[number]}")
            if session in doubtful:
                kill, by_policy = doubtful.pop(session)
                resent[kill] += not by_policy
        for number, status in record.results.items():
            recorded[number] += len(asked.get(rows[number].session, ()))
            final[number] = status
            doubtful.pop(rows[number].session, None)
        if not segment.killed:
            continue
        for number in record.leased - set(record.results):
            session = rows[number].session if number < len(rows) else None
            if number_of.get(session) != number or final.get(number, "unsent") not in MAY_BE_SENT_AGAIN:
                continue
            answers = asked.get(session)
            # A first refusal or a fault is asked again by the retry policy, kill or not.
            settled = answers and (answers[-1] in ("success", "unanswered") or answers.count("drop_error") == 2)
            doubtful[session] = (index, not settled)
    findings.resent = [resent[index] for index, segment in enumerate(segments) if segment.killed]
    for index, count in resent.items():
        if count > concurrency:
            findings.add(f"kill {index}: {count} sessions asked again, with --concurrency {concurrency}")
    return recorded


def read_rows(directory):
    with open(directory / "sessions.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _check_statuses(findings, rows, reported, requests, may_be_prefix):
    ended = {request.session for request in requests if request.ended}
    succeeded = {request.session for request in requests if request.answer == "success"}
    asked = collections.Counter(request.session for request in requests)
    told = [row["session_id"] for row in reported]
    expected = [row.session for row in rows]
    if told != (expected[:len(told)] if may_be_prefix else expected):
        findings.lost += max(1, len(expected) - len(told))
        findings.add(f"sessions.csv has {len(told)} rows, and not those of the input, which are {len(expected)}")
    for session in asked.keys() - set(told):
        findings.lost += 1
        findings.add(f"{session} was asked for and is in no report")
    for number, (row, report) in enumerate(zip(rows, reported)):
        status = report["status"]
        if row.kind != "to_drop":
            if status != row.kind:
                findings.lost += 1
                findings.add(f"row {number} is {status}, and {row.kind} in truth")
            continue
        if (status == "dropped" and row.session not in succeeded) or (
                status in ("dropped", "ended") and row.session not in ended):
            findings.false_dropped += 1
            findings.add(f"row {number} is called {status}, and the server has not ended it")
        if row.session in ended and status not in ENDED_MAY_BE:
            findings.lost += 1
            findings.add(f"row {number} has ended and is called {status}/{report['reason']}")


def _check_summary(findings, directory, reported):
    summary = json.loads((directory / "summary.json").read_text())
    counts = collections.Counter(row["status"] for row in reported)
    if summary["rows"] != len(reported) or {k: v for k, v in summary["counts"].items() if v} != counts:
        findings.lost += 1
        findings.add(f"summary.json has {summary['rows']} rows and {summary['counts']}, sessions.csv {dict(counts)}")
    with open(directory / "sessions.jsonl", encoding="utf-8") as lines:
        if [json.loads(line)["status"] for line in lines] != [row["status"] for row in reported]:
            findings.add("sessions.jsonl and sessions.csv differ")
    return summary


def check_in_between(findings, rows, directory, requests, concurrency):
    """The reports that `report` makes of a run that was cut off. A stream knows the rows that it has read."""
    reported = read_rows(directory)
    _check_statuses(findings, rows, reported, requests, may_be_prefix=True)
    _check_summary(findings, directory, reported)
    asked = {request.session for request in requests}
    never = 0
    for number, (row, report) in enumerate(zip(rows, reported)):
        if report["status"] == "unknown" and row.session not in asked:
            never += 1
        if report["status"] == "unsent" and int(report["attempts"]) == 0 and row.session in asked:
            findings.lost += 1
            findings.add(f"row {number} was asked for and is called unsent")
    findings.never_asked.append(never)
    # A request may have been begun and not yet be on the wire.
    if never > concurrency:
        findings.add(f"{never} sessions in doubt that nobody asked for, with --concurrency {concurrency}")


def _was_cut_while_it_read(directory):
    """Of a stream from a pipe: its first process did not come to its end, and what else stood there is unknown."""
    with open(directory / "journal.jsonl", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"k":"end"'):
                return False
            if line.startswith('{"k":"part"'):
                return True
    return False


def check_end(findings, rows, directory, requests, segments, variant, exit_code):
    """The end of a run: the last process came to its end by itself."""
    reported = read_rows(directory)
    _check_statuses(findings, rows, reported, requests, may_be_prefix=variant.feed == "stream stdin")
    summary = _check_summary(findings, directory, reported)
    rows = rows[:len(reported)]
    recorded = _check_requests(findings, rows, requests, segments, variant.concurrency, variant.attempts)
    asked = collections.Counter(request.session for request in requests)
    for number, (row, report) in enumerate(zip(rows, reported)):
        if row.kind != "to_drop":
            continue
        if report["status"] == "unsent" or asked[row.session] == 0:
            findings.lost += 1
            findings.add(f"row {number} is {report['status']} after {asked[row.session]} requests, and the run is over")
        if int(report["attempts"]) != recorded[number]:
            findings.add(f"row {number} has {report['attempts']} attempts, and {recorded[number]} are on record")
        if report["status"] == "unknown" and not variant.faults and asked[row.session] < 2 and row.known:
            findings.add(f"row {number} is unknown, although its one request was answered")
    alive = any(summary["counts"][status] for status in ("failed", "unknown", "unsent", "invalid"))
    cut = variant.feed == "stream stdin" and _was_cut_while_it_read(directory)
    if exit_code != int(alive or cut) or summary["exit_code"] != exit_code or summary["stopped_by"]:
        findings.add(f"exit code {exit_code}, in the summary {summary['exit_code']}, "
                     f"stopped by {summary['stopped_by']}")
    if left := {file.name for file in directory.iterdir()} - FILES:
        findings.add(f"left in the run directory: {', '.join(sorted(left))}")


def reports_of(directory):
    return {name: (directory / name).read_bytes() for name in REPORTS if (directory / name).exists()}
