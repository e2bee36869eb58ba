"""That the checks of the kill storm find what they are for."""
import contextlib
import csv
import json
import pathlib
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from storm import checks
from storm.server import Request

VARIANT = types.SimpleNamespace(feed="file", concurrency=1, attempts=5, faults=False)


def line(**members):
    return json.dumps(members).encode() + b"\n"


class Run:
    """Row a was dropped, b was in flight when the first process was killed and is in doubt, c never sent before."""

    def __init__(self, directory):
        self.directory = directory
        self.rows = [checks.Row("a", "to_drop"), checks.Row("b", "to_drop"), checks.Row("c", "to_drop"),
                     checks.Row("no id", "invalid")]
        self.requests = [Request(1, "a", "success", True), Request(2, "b", "success", True),
                         Request(4, "b", "drop_error", False), Request(5, "c", "success", True),
                         Request(6, "b", "drop_error", False)]
        self.lines = [line(k="lease", a=0, b=9), line(k="result", row=0, status="dropped")]
        self.more = [line(k="lease", a=0, b=9), line(k="result", row=2, status="dropped"),
                     line(k="result", row=1, status="unknown")]
        self.reported = [["a", "dropped", 1], ["b", "unknown", 2], ["c", "dropped", 1], ["no id", "invalid", 0]]
        self.exit_code = 1

    def findings(self):
        with open(self.directory / "sessions.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["session_id", "status", "attempts", "reason"])
            table.writerows([*row, "ok"] for row in self.reported)
        statuses = [status for _, status, _ in self.reported]
        (self.directory / "sessions.jsonl").write_text("".join(json.dumps({"status": s}) + "\n" for s in statuses))
        counts = {s: statuses.count(s) for s in ("dropped", "failed", "unknown", "unsent", "invalid")}
        (self.directory / "summary.json").write_text(json.dumps(
            {"rows": len(statuses), "counts": counts, "exit_code": self.exit_code, "stopped_by": None}))
        first = b"".join(self.lines)
        segments = [checks.Segment(True, 3, first + b'{"k":"res'),
                    checks.Segment(False, 9, first + b"".join(self.more))]
        findings = checks.Findings()
        checks.check_end(findings, self.rows, self.directory, self.requests, segments, VARIANT, self.exit_code)
        return findings


class Checks(unittest.TestCase):
    @contextlib.contextmanager
    def run_with(self, found):
        with tempfile.TemporaryDirectory() as place:
            run = Run(pathlib.Path(place))
            yield run
            findings = run.findings()
            self.assertTrue(any(found in what for what in findings.wrong), findings.wrong)

    def test_a_good_run_has_no_findings(self):
        with tempfile.TemporaryDirectory() as place:
            findings = Run(pathlib.Path(place)).findings()
            self.assertEqual((findings.wrong, findings.resent), ([], [1]))

    def test_false_dropped(self):
        with self.run_with("row 1 is called dropped") as run:
            run.requests[1] = Request(2, "b", "drop_error", False)
            run.reported[1][1] = "dropped"

    def test_ended_and_called_failed(self):
        with self.run_with("row 1 has ended and is called failed") as run:
            run.reported[1][1] = "failed"

    def test_a_row_is_missing(self):
        with self.run_with("not those of the input") as run:
            del run.reported[2]

    def test_never_sent(self):
        with self.run_with("row 2 is unsent") as run:
            run.reported[2][1] = "unsent"

    def test_asked_again_although_on_record(self):
        with self.run_with("row 0 was asked for again, though on record as dropped") as run:
            run.requests.append(Request(7, "a", "drop_error", False))

    def test_asked_without_a_lease(self):
        with self.run_with("row 2 was asked for without a lease") as run:
            run.more[0] = line(k="lease", a=0, b=2)

    def test_asked_after_its_success(self):
        with self.run_with("after its success") as run:
            run.requests.append(Request(7, "c", "drop_error", False))

    def test_asked_too_often(self):
        with self.run_with("too often") as run:
            run.requests.append(Request(7, "b", "drop_error", False))

    def test_asked_for_a_row_that_nobody_may_ask_for(self):
        with self.run_with("nobody may") as run:
            run.requests.append(Request(7, "no id", "drop_error", False))

    def test_more_asked_again_for_one_kill_than_were_in_flight(self):
        with self.run_with("2 sessions asked again") as run:
            run.requests.insert(1, Request(2, "c", "success", True))

    def test_wrong_attempts(self):
        with self.run_with("row 1 has 3 attempts, and 2") as run:
            run.reported[1][2] = 3

    def test_unknown_without_need(self):
        with self.run_with("row 2 is unknown") as run:
            run.reported[2][1] = "unknown"

    def test_wrong_exit_code(self):
        with self.run_with("exit code 0") as run:
            run.exit_code = 0

    def test_leftovers(self):
        with self.run_with("sessions.csv.tmp-a1B2c3") as run:
            (run.directory / "sessions.csv.tmp-a1B2c3").touch()

    def in_between(self, statuses, asked):
        """Of a run that was cut off."""
        with tempfile.TemporaryDirectory() as place:
            run = Run(pathlib.Path(place))
            run.reported = [[row.session, status, 0] for row, status in zip(run.rows, statuses)]
            run.findings()
            findings = checks.Findings()
            checks.check_in_between(findings, run.rows, run.directory,
                                    [Request(n, session, "unanswered", False) for n, session in enumerate(asked)], 1)
            return findings

    def test_in_doubt_and_never_asked_is_counted(self):
        findings = self.in_between(["unknown", "unknown", "unsent", "invalid"], ["a"])
        self.assertEqual((findings.wrong, findings.never_asked), ([], [1]))

    def test_more_in_doubt_that_nobody_asked_for_than_were_in_flight(self):
        findings = self.in_between(["unknown", "unknown", "unknown", "invalid"], ["a"])
        self.assertTrue(any("2 sessions in doubt that nobody asked for" in what for what in findings.wrong))

    def test_asked_and_called_unsent(self):
        findings = self.in_between(["unknown", "unsent", "unsent", "invalid"], ["a", "b"])
        self.assertEqual(findings.wrong, ["row 1 was asked for and is called unsent"])


if __name__ == "__main__":
    unittest.main()
