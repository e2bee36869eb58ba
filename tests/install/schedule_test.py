#!/usr/bin/env python3
"""The scheduled clean-up: samples/nightly-cleanup.sh against bulkdrop-sandbox, as systemd, cron and Kubernetes start it.

    schedule_test.py SOURCE_DIRECTORY BUILD_DIRECTORY
"""

import datetime
import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema
import yaml

BUILD = Path(sys.argv.pop()).resolve()
SOURCE = Path(sys.argv.pop()).resolve()
SAMPLES = SOURCE / "samples"
SCRIPT = SAMPLES / "nightly-cleanup.sh"
TOKEN = "a-token-that-is-always-good"


class Sandbox:
    """bulkdrop-sandbox on a free port, with a ledger of what really happened."""

    def __init__(self, place, *options):
        self.ledger_file = place / "ledger"
        self.export = place / "export.jsonl"
        (place / "token").write_text(TOKEN)
        (place / "token").chmod(0o600)
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [BUILD / "bulkdrop-sandbox", "--port", "0", "--sessions", "60", "--export", self.export, "--ledger",
             self.ledger_file, "--token-file", place / "token", *options], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def ended(self):
        lines = [json.loads(line) for line in self.ledger_file.read_text().splitlines()]
        return {line["id"] for line in lines if line["event"] == "ended"}

    def requests(self):
        return self.ledger_file.read_text().count('"request"') if self.ledger_file.exists() else 0

    def started_before(self, hours):
        """The sessions whose start is that long ago; the sandbox tells times in UTC."""
        limit = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
        sessions = [json.loads(line) for line in self.export.read_text().splitlines()]
        return {session["session_id"] for session in sessions
                if datetime.datetime.strptime(session["start"], "%Y-%m-%d %H:%M:%S").replace(
                    tzinfo=datetime.timezone.utc) < limit}


class Nightly(unittest.TestCase):
    def setUp(self):
        self.place = Path(tempfile.mkdtemp())
        self.state = self.place / "state"
        self.state.mkdir()
        self.sandbox = None

    def tearDown(self):
        if self.sandbox:
            self.sandbox.stop()
        shutil.rmtree(self.place)

    def start(self, *options):
        self.sandbox = Sandbox(self.place, *options)

    def environment(self, **more):
        return {"PATH": f"{BUILD}:/usr/bin:/bin", "TZ": "UTC", "STATE": str(self.state), "OLDER_THAN": "1h",
                "BULKDROP_URL": self.sandbox.url, "BULKDROP_TOKEN_FILE": str(self.place / "token"), **more}

    def run_script(self, *words, **more):
        return subprocess.run(["sh", SCRIPT, *words], env=self.environment(**more), text=True, capture_output=True,
                              timeout=120, check=False)

    def nights(self):
        return sorted(self.state.glob("night-*"))

    def summary(self):
        return json.loads((self.nights()[-1] / "run" / "summary.json").read_text())

    def check_silent(self, done):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_stale_sessions_are_ended_and_nobody_is_told(self):
        self.start()
        stale = self.sandbox.started_before(1)
        self.assertTrue(stale)
        self.check_silent(self.run_script())
        self.assertEqual(self.sandbox.ended(), stale)
        self.assertEqual(self.summary()["counts"]["dropped"], len(stale))
        self.assertIsNotNone(self.summary()["verified"])
        # And again: there is nothing left to do, which is as well.
        self.check_silent(self.run_script())
        self.assertEqual(len(self.nights()), 2)
        self.assertEqual(self.summary()["rows"], 0)
        self.assertEqual(self.sandbox.ended(), stale)

    def test_filters_narrow_it_down(self):
        self.start()
        self.check_silent(self.run_script("--started-after", "2099-01-01"))
        self.assertEqual(self.sandbox.ended(), set())

    def test_a_name_that_no_session_has_is_told_for_it_may_be_mistyped(self):
        self.start()
        done = self.run_script("--protocol", "no-such-protocol")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("no session in the list has the protocol no-such-protocol", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(self.sandbox.ended(), set())
        # Once, whatever else there is to tell.
        done = self.run_script("--protocol", "no-such-protocol", "--protocol", "ssh", MAX_SESSIONS="1")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(done.stderr.count("no-such-protocol"), 1)

    def test_more_than_the_cap_is_none_at_all(self):
        self.start()
        done = self.run_script(MAX_SESSIONS="1")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("max-sessions", done.stderr)
        self.assertEqual(self.sandbox.requests(), 0)

    def test_without_a_whole_list_nothing_is_dropped(self):
        self.start("--faults", "list.not_authorized=100%")
        done = self.run_script()
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertNotEqual(done.stderr, "")
        self.assertEqual(self.sandbox.requests(), 0)

    def test_monitoring_hears_of_a_night_without_a_list(self):
        self.start()
        metrics = self.place / "bulkdrop.prom"
        self.check_silent(self.run_script(BULKDROP_METRICS=str(metrics)))
        self.assertIn("\nbulkdrop_run_exit_code 0\n", metrics.read_text())
        self.assertIn('bulkdrop_run_sessions{status="dropped"}', metrics.read_text())
        server, self.sandbox.url = self.sandbox.url, "http://127.0.0.1:1"
        done = self.run_script(BULKDROP_METRICS=str(metrics), BULKDROP_ATTEMPTS="1")
        self.sandbox.url = server
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("\nbulkdrop_run_exit_code 5\n", metrics.read_text())
        self.assertNotIn("bulkdrop_run_sessions", metrics.read_text())
        self.assertEqual(metrics.stat().st_mode & 0o777, 0o644)
        self.assertEqual(list(self.place.glob("bulkdrop.prom?*")), [])

    def test_what_a_list_says_of_itself_is_never_taken_for_the_night(self):
        self.start()
        metrics, seen, program = (self.place / name for name in ("bulkdrop.prom", "seen", "bulkdrop"))
        program.write_text(f'#!/bin/sh\n[ "$1" != drop ] || cp {metrics} {seen} || echo none >{seen}\n'
                           f'exec {BUILD}/bulkdrop "$@"\n')
        program.chmod(0o700)
        done = self.run_script(BULKDROP_METRICS=str(metrics), BULKDROP=str(program))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(seen.read_text(), "none\n")
        last_night = metrics.read_text()
        self.check_silent(self.run_script(BULKDROP_METRICS=str(metrics), BULKDROP=str(program)))
        self.assertEqual(seen.read_text(), last_night)
        self.assertEqual(metrics.stat().st_mode & 0o777, 0o644)

    def test_a_metrics_file_that_cannot_be_written_is_told(self):
        self.start("--faults", "list.not_authorized=100%")
        done = self.run_script(BULKDROP_METRICS=str(self.place / "nowhere" / "bulkdrop.prom"))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("could not be written", done.stderr)

    def test_what_may_be_alive_is_told(self):
        self.start("--faults", "drop_error=100%")
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn("may still be alive", done.stderr)

    def test_the_last_nights_are_kept(self):
        self.start()
        for day in range(1, 6):
            (self.state / f"night-2026010{day}T031700Z-77" / "run").mkdir(parents=True)
        self.check_silent(self.run_script(KEEP="3"))
        self.assertEqual([night.name[:14] for night in self.nights()][:2], ["night-20260104", "night-20260105"])
        self.assertEqual(len(self.nights()), 3)

    def test_one_at_a_time(self):
        self.start()
        with open(self.state / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.run_script().returncode, 75)
        self.check_silent(self.run_script())

    def test_wrong_settings_are_refused(self):
        self.start()
        for wrong in [{"STATE": ""}, {"STATE": "/no/such/place"}, {"KEEP": "many"}, {"BULKDROP": "/no/bulkdrop"},
                      {"MAX_SESSIONS": "some"}, {"OLDER_THAN": "soon"}]:
            with self.subTest(wrong):
                done = self.run_script(**wrong)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertNotEqual(done.stderr, "")
        self.assertEqual(self.sandbox.requests(), 0)

    def test_stopped_in_good_order(self):
        self.start("--latency", "200ms", "--workers", "1")
        with subprocess.Popen(["sh", SCRIPT], env=self.environment(), stderr=subprocess.PIPE, text=True) as script:
            give_up = time.monotonic() + 60
            while not self.sandbox.requests() and time.monotonic() < give_up:
                time.sleep(0.01)
            script.send_signal(signal.SIGTERM)
            told = script.stderr.read()
            self.assertEqual(script.wait(timeout=60), 143, told)
        self.assertEqual(self.summary()["stopped_by"], "signal")
        counts = self.summary()["counts"]
        self.assertEqual(counts["unknown"], 0)  # what was in flight was waited for
        self.assertEqual(counts["dropped"], len(self.sandbox.ended()))
        self.assertGreater(counts["unsent"], 0)

    def test_as_systemd_starts_it(self):
        self.start("--client-id", "cleanup")
        unit = (SAMPLES / "bulkdrop-cleanup.service").read_text()
        # What the samples' page says is to be done first.
        page = (SAMPLES / "README.md").read_text()
        steps = re.search(r"## Every night.*?```sh\n(.*?)systemctl", page, re.DOTALL).group(1)
        steps = steps.replace("/etc/bulkdrop", str(self.place / "etc")).replace("https://pam.example", self.sandbox.url)
        subprocess.run(["sh", "-e", "-c", steps], input="sandbox-secret\n", text=True, check=True)
        config = self.place / "etc" / "cleanup.toml"
        name, secret = re.search(r"^LoadCredential=([^:]+):/etc/bulkdrop/(.*)$", unit, re.MULTILINE).groups()
        self.assertEqual((self.place / "etc" / secret).stat().st_mode & 0o777, 0o600)
        shutil.copy(self.place / "etc" / secret, self.place / name)
        variables = dict(setting.split("=", 1) for line in re.findall(r"^Environment=(.*)$", unit, re.MULTILINE)
                         for setting in shlex.split(line))
        self.assertEqual(variables.pop("BULKDROP_CONFIG"), "/etc/bulkdrop/cleanup.toml")
        done = subprocess.run([SCRIPT], text=True, capture_output=True, timeout=120, check=False,
                              env={"PATH": f"{BUILD}:/usr/bin:/bin", "TZ": "UTC", "STATE_DIRECTORY": str(self.state),
                                   "CREDENTIALS_DIRECTORY": str(self.place), "BULKDROP_CONFIG": str(config), **variables})
        self.check_silent(done)
        self.assertEqual(len(self.nights()), 1)

    def test_a_stream_as_systemd_starts_it(self):
        self.start("--client-id", "stream")
        unit = (SAMPLES / "bulkdrop-stream.service").read_text()
        (self.place / "stream.toml").write_text(f'url = "{self.sandbox.url}"\nclient-id = "stream"\n')
        (self.place / "client-secret").write_text("sandbox-secret\n")
        alerts = self.place / "alerts.jsonl"
        alerts.write_text('{"session_id":"of before it was started"}\n')
        variables = dict(setting.split("=", 1) for line in re.findall(r"^Environment=(.*)$", unit, re.MULTILINE)
                         for setting in shlex.split(line))
        variables.update(ALERTS=str(alerts), BULKDROP_CONFIG=str(self.place / "stream.toml"), ROTATE="200ms")
        command = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE).group(1))
        sessions = [json.loads(line)["session_id"] for line in self.sandbox.export.read_text().splitlines()[:4]]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
                              env={"PATH": f"{BUILD}:/usr/bin:/bin", "STATE_DIRECTORY": str(self.state),
                                   "CREDENTIALS_DIRECTORY": str(self.place), **variables}) as service:
            self.wait_for(lambda: any(self.state.glob("*/journal.jsonl")))
            for done, session in enumerate(sessions):
                with alerts.open("a") as file:
                    file.write(json.dumps({"session_id": session}) + "\n")
                self.wait_for(lambda expected=done + 1: len(list(self.state.glob("*/summary.json"))) >= expected)
            # As KillMode=control-group does: the shell ends at once, and systemd waits for the rest.
            os.killpg(service.pid, signal.SIGTERM)
            told = service.stderr.read()
            self.assertEqual(service.wait(timeout=60), -signal.SIGTERM, told)
        self.assertEqual(self.sandbox.ended(), set(sessions))
        self.assertEqual(len(list(self.state.glob("*/summary.json"))), len(sessions))

    def wait_for(self, condition):
        give_up = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.01)

    def test_as_cron_starts_it(self):
        self.start("--client-id", "cleanup")
        (self.place / "cleanup.toml").write_text(f'url = "{self.sandbox.url}"\nclient-id = "cleanup"\n')
        (self.place / "client-secret").write_text("sandbox-secret\n")
        table = (SAMPLES / "bulkdrop-cleanup.cron").read_text()
        table = table.replace("/etc/bulkdrop", str(self.place)).replace("/var/lib/bulkdrop-cleanup", str(self.state))
        table = table.replace("/usr/libexec/bulkdrop", str(SAMPLES)).replace("/usr/local/bin", str(BUILD))
        lines = [line for line in table.splitlines() if line and not line.startswith("#")]
        variables = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
        jobs = [line for line in lines if not re.match(r"[A-Z_]+=", line)]
        self.assertEqual(len(jobs), 1)
        when, user, command = re.fullmatch(r"((?:\S+ ){5})(\S+) (.*)", jobs[0]).groups()
        self.assertRegex(when, r"^\d+ \d+ \* \* \* $")
        self.assertEqual(user, "bulkdrop")
        done = subprocess.run(["/bin/sh", "-c", command], env={"TZ": "UTC", **variables}, text=True, capture_output=True,
                              timeout=120, check=False)
        self.check_silent(done)
        self.assertEqual(len(self.nights()), 1)

    def test_the_service_may_make_all_the_system_calls_that_it_makes(self):
        self.start()
        trace = self.place / "trace"
        done = subprocess.run(["strace", "-f", "-qq", "-o", trace, "sh", SCRIPT],
                              # Sanitizers look for leaks by ptrace, which strace has taken.
                              env={**self.environment(), "ASAN_OPTIONS": "detect_leaks=0"}, text=True,
                              capture_output=True, timeout=120, check=False)
        self.check_silent(done)
        used = set(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace.read_text(), re.MULTILINE))
        self.assertIn("connect", used)
        unit = (SAMPLES / "bulkdrop-cleanup.service").read_text()
        groups = system_call_groups()
        allowed = expanded("@default", groups)
        for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
            named = set().union(*(expanded(word, groups) for word in line.lstrip("~").split()))
            allowed = allowed - named if line.startswith("~") else allowed | named
        self.assertEqual(used - allowed, set())


def system_call_groups():
    listed = subprocess.run(["systemd-analyze", "syscall-filter"], text=True, capture_output=True, check=True,
                            env=dict(os.environ, SYSTEMD_COLORS="0")).stdout
    groups = {}
    for line in listed.splitlines():
        if line.startswith("@"):
            members = groups.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())
        elif line.startswith("#"):
            members = []  # what systemd does not know
    return groups


def expanded(name, groups):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expanded(member, groups) for member in groups[name]))


class Kubernetes(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads((Path(__file__).parent / "kubernetes_schema.json").read_text())
        self.documents = {path.name: list(yaml.safe_load_all(path.read_text())) for path in SAMPLES.glob("*.yaml")}

    def test_manifests_have_only_fields_that_exist_and_fit(self):
        self.assertGreaterEqual(len(self.documents), 3)
        jsonschema.Draft7Validator.check_schema(self.schema)
        for name, documents in self.documents.items():
            for document in documents:
                with self.subTest(name):
                    kind = self.schema["definitions"][document["kind"]]
                    jsonschema.validate(document, {**kind, "definitions": self.schema["definitions"]})

    def test_a_slip_is_found(self):
        for change in [lambda job: job["spec"].update(concurrencypolicy="Forbid"),
                       lambda job: job["spec"].update(concurrencyPolicy="Never"),
                       lambda job: job["spec"].update(schedule="nightly"),
                       lambda job: job["spec"]["jobTemplate"]["spec"]["template"]["spec"].update(restartPolicy="Always")]:
            job = [part for part in yaml.safe_load_all((SAMPLES / "kubernetes-cronjob.yaml").read_text())
                   if part["kind"] == "CronJob"][0]
            change(job)
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(job, {**self.schema["definitions"]["CronJob"],
                                          "definitions": self.schema["definitions"]})

    def test_what_is_mounted_is_declared_and_volumes_are_used(self):
        for name, documents in self.documents.items():
            claims = {part["metadata"]["name"] for part in documents if part["kind"] == "PersistentVolumeClaim"}
            for document in documents:
                spec = document["spec"].get("jobTemplate", document).get("spec", {}).get("template", {}).get("spec")
                if not spec:
                    continue
                with self.subTest(name):
                    volumes = {volume["name"] for volume in spec["volumes"]}
                    mounted = {mount["name"] for part in spec["containers"] for mount in part["volumeMounts"]}
                    self.assertEqual(mounted, volumes)
                    if claims:
                        wanted = {volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"]
                                  if "persistentVolumeClaim" in volume}
                        self.assertEqual(wanted, claims)

    def test_the_cronjob_sets_what_the_script_reads(self):
        job = [part for part in self.documents["kubernetes-cronjob.yaml"] if part["kind"] == "CronJob"][0]
        container = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
        script = SCRIPT.read_text()
        for variable in container["env"]:
            if not variable["name"].startswith("BULKDROP_") and variable["name"] != "TMPDIR":
                self.assertIn(f"${{{variable['name']}:-", script)
        self.assertEqual(container["command"], ["sh", "/scripts/nightly-cleanup.sh"])


if __name__ == "__main__":
    unittest.main()
