#!/usr/bin/env python3
"""--metrics and --log-format json as the programs that read them see them: promtool, node_exporter, a JSON parser.

    metrics_test.py BUILD_DIRECTORY
"""

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

BUILD = Path(sys.argv.pop()).resolve()
TOKEN = "a-token-that-is-always-good"
SAMPLE = re.compile(r'^(bulkdrop_\w+)(?:\{(\w+)="([^"]*)"\})? (\S+)$')


def samples(text):
    """Values by name, or by name and label value."""
    found = {}
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match:
            name, _, label, value = match.groups()
            found[(name, label) if label is not None else name] = float(value)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="bulkdrop-metrics-")
        self.addCleanup(scratch.cleanup)
        self.here = Path(scratch.name)
        self.collected = self.here / "collected"
        self.collected.mkdir()
        self.file = self.collected / "bulkdrop.prom"
        (self.here / "token").write_text(TOKEN)
        (self.here / "token").chmod(0o600)

    def sandbox(self, *options):
        # pylint: disable=consider-using-with
        process = subprocess.Popen(
            [BUILD / "bulkdrop-sandbox", "--port", "0", "--export", self.here / "export.csv", "--token-file",
             self.here / "token", *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process.stdout.readline().split()[-1]

    def command(self, url, *options):
        return [BUILD / "bulkdrop", "drop", "--yes", "--url", url, "--token-file", self.here / "token", "--metrics",
                self.file, *options]

    def drop(self, url, *options):
        return subprocess.run(self.command(url, "--out", self.here / "run", *options, self.here / "export.csv"),
                              capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)

    def summary(self):
        return json.loads((self.here / "run" / "summary.json").read_text())

    def check_with_promtool(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.file.read_text(), capture_output=True,
                                 text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))


class Metrics(Place):
    def test_they_say_what_the_summary_says_and_promtool_has_nothing_to_add(self):
        url = self.sandbox("--sessions", "200", "--faults", "drop_error=10%,false_success=every:50", "--seed", "3")
        finished = self.drop(url, "--verify")
        self.assertEqual(finished.returncode, 1, finished.stderr)
        self.check_with_promtool()
        values, summary = samples(self.file.read_text()), self.summary()
        for status, count in summary["counts"].items():
            self.assertEqual(values["bulkdrop_run_sessions", status], count, status)
        self.assertGreater(summary["counts"]["failed"], 0)
        self.assertEqual(values["bulkdrop_run_exit_code"], 1)
        self.assertEqual(values["bulkdrop_run_active"], 0)
        for kind, member in (("sent", "sent"), ("retry", "retries"), ("throttled", "throttled")):
            self.assertEqual(values["bulkdrop_run_requests", kind], summary["requests"][member])
        self.assertAlmostEqual(values["bulkdrop_run_end_time_seconds"] - values["bulkdrop_run_start_time_seconds"],
                               summary["duration_s"], delta=5)
        by_reason = {}
        for error in summary["errors"]:
            by_reason[error["reason"]] = by_reason.get(error["reason"], 0) + error["count"]
        for reason, count in by_reason.items():
            self.assertEqual(values["bulkdrop_run_errors", reason], count)
        self.assertEqual(values["bulkdrop_run_verified_sessions", "still_alive"], summary["verified"]["still_alive"])
        self.assertAlmostEqual(values["bulkdrop_run_containment_seconds", "0.5"], summary["contained_s"]["p50"],
                               delta=0.002)
        self.assertEqual([values["bulkdrop_run_stopped", by] for by in ("signal", "auth", "outage", "io")], [0] * 4)

    def test_node_exporter_serves_them(self):
        self.assertEqual(self.drop(self.sandbox("--sessions", "30")).returncode, 0)
        port = free_port()
        # pylint: disable=consider-using-with
        exporter = subprocess.Popen(
            ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={self.collected}", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(exporter.wait)
        self.addCleanup(exporter.terminate)
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    text = answer.read().decode()
                break
            except OSError:
                time.sleep(0.05)
        else:
            self.fail("node_exporter does not answer")
        self.assertIn("node_textfile_scrape_error 0", text)
        served = samples(text)
        for sample, value in samples(self.file.read_text()).items():
            self.assertAlmostEqual(served[sample], value, places=6, msg=str(sample))

    def test_a_run_that_could_not_begin_does_not_look_like_the_one_before(self):
        url = self.sandbox("--sessions", "5")
        self.assertEqual(self.drop(url).returncode, 0)
        before = samples(self.file.read_text())
        refused = subprocess.run(self.command(url, self.here / "missing.csv"), capture_output=True, text=True,
                                 check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.check_with_promtool()
        after = samples(self.file.read_text())
        self.assertEqual(after["bulkdrop_run_exit_code"], 3)
        self.assertGreaterEqual(after["bulkdrop_run_start_time_seconds"], before["bulkdrop_run_end_time_seconds"])
        self.assertNotIn(("bulkdrop_run_sessions", "dropped"), after)

    def refused(self, *words, **variables):
        """The exit code that the file has, after a command that could not begin."""
        self.file.write_text("bulkdrop_run_exit_code 0\n")
        done = subprocess.run([BUILD / "bulkdrop", *words], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", **variables})
        self.assertEqual(done.returncode, 2, done.stderr)
        return samples(self.file.read_text())["bulkdrop_run_exit_code"]

    def test_a_command_line_that_is_refused_is_heard_of_too(self):
        config = self.here / "config.toml"
        config.write_text(f'metrics = "{self.file}"\nurl = "http://127.0.0.1:1"\n')
        file, variable = str(self.file), {"BULKDROP_METRICS": str(self.file)}
        self.assertEqual(self.refused("drop", "--metrics", file, "--max-sesions", "3", "x.csv"), 2)
        self.check_with_promtool()
        self.assertEqual(self.refused("drop", "--max-sesions=3", f"--metrics={file}", "x.csv"), 2)
        self.assertEqual(self.refused("drop", "--bogus", **variable), 2)
        self.assertEqual(self.refused("drop", "--config", str(config), "--bogus"), 2)
        self.assertEqual(self.refused("drop", "--log-format", "xml", **variable), 2)
        self.assertEqual(self.refused("drop", **variable, BULKDROP_MAX_SESIONS="3"), 2)
        self.assertEqual(self.refused("dorp", **variable), 2)
        self.assertEqual(self.refused("list", "--bogus", **variable), 2)
        self.assertEqual(self.refused("resume", "run", "--bogus", **variable), 2)
        # A dry run, and what writes no such file, are none of its business.
        self.assertEqual(self.refused("drop", "--dry-run", "--bogus", **variable), 0)
        self.assertEqual(self.refused("report", "--bogus", **variable), 0)

    def test_a_list_leaves_its_end_there_as_well(self):
        url = self.sandbox("--sessions", "5")
        command = [BUILD / "bulkdrop", "list", "--token-file", self.here / "token", "--metrics", self.file, "--attempts",
                   "1", "--url"]
        for server, code in ((url, 0), ("http://127.0.0.1:1", 5)):
            done = subprocess.run([*command, server], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.check_with_promtool()
            values = samples(self.file.read_text())
            self.assertEqual((values["bulkdrop_run_exit_code"], values["bulkdrop_run_active"]), (code, 0))
            self.assertAlmostEqual(values["bulkdrop_run_end_time_seconds"], time.time(), delta=30)

    def test_while_it_runs_they_say_so(self):
        url = self.sandbox("--sessions", "5", "--latency", "3s")
        # pylint: disable=consider-using-with
        process = subprocess.Popen(self.command(url, "--out", self.here / "run", self.here / "export.csv"),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        for _ in range(400):
            if self.file.exists():
                break
            time.sleep(0.01)
        self.check_with_promtool()
        self.assertEqual(samples(self.file.read_text())["bulkdrop_run_active"], 1)
        self.assertNotIn("bulkdrop_run_exit_code", samples(self.file.read_text()))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), 130)
        after = samples(self.file.read_text())
        self.assertEqual(after["bulkdrop_run_exit_code"], 130)
        self.assertEqual(after["bulkdrop_run_stopped", "signal"], 1)

    def test_everybody_may_read_them_and_nothing_else_is_left(self):
        self.assertEqual(self.drop(self.sandbox("--sessions", "5")).returncode, 0)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        self.assertEqual([entry.name for entry in self.collected.iterdir()], ["bulkdrop.prom"])

    def test_a_place_that_can_t_be_written_is_told_before_anything_is_sent(self):
        url = self.sandbox("--sessions", "5")
        self.file = self.here / "nowhere" / "bulkdrop.prom"
        refused = self.drop(url)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("--metrics", refused.stderr)
        self.assertFalse((self.here / "run").exists())

    def test_a_dry_run_is_none_of_their_business(self):
        url = self.sandbox("--sessions", "5")
        self.assertEqual(self.drop(url, "--dry-run").returncode, 0)
        self.assertFalse(self.file.exists())


class JsonLog(Place):
    def lines(self, text):
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
        return lines

    def test_every_line_is_an_object_and_standard_output_stays_the_summary_s(self):
        url = self.sandbox("--sessions", "60", "--latency", "100ms", "--workers", "2", "--faults", "drop_error=every:7")
        finished = self.drop(url, "--log-format", "json", "--progress", "always", "--verbose", "--json")
        lines = self.lines(finished.stderr)
        self.assertEqual({line["type"] for line in lines}, {"log", "progress"})
        progress = [line for line in lines if line["type"] == "progress"]
        for line in progress:
            self.assertEqual(line["rows"], 60)
            self.assertLessEqual(line["done"], 60)
            self.assertGreaterEqual(line["done"], sum(line["counts"].values()) - line["counts"]["unsent"])
        self.assertEqual(json.loads(finished.stdout)["counts"], self.summary()["counts"])

    def test_errors_that_end_it_are_objects_too(self):
        refused = self.drop("http://127.0.0.1:1", "--log-format", "json", "--field", "no\nsuch")
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertEqual([line["level"] for line in self.lines(refused.stderr)], ["error"])

    def setUp(self):
        super().setUp()
        (self.here / "export.csv").write_text("session_id\n" + "0" * 40 + "\n")


if __name__ == "__main__":
    unittest.main()
