#!/usr/bin/env python3
"""What `cmake --install` puts where, and that it works from there.

    install_test.py SOURCE_DIRECTORY BUILD_DIRECTORY
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop()).resolve()
SOURCE = Path(sys.argv.pop()).resolve()
# The most that systemd may find exposed, of 100: everything that a client of HTTPS can do without is off.
MOST_EXPOSED = 15


def run(*words, **environment):
    return subprocess.run([str(word) for word in words], env=dict(os.environ, LC_ALL="C.UTF-8", **environment),
                          text=True, capture_output=True, timeout=120, check=False)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Path(tempfile.mkdtemp())
        cls.usr = cls.place / "usr"
        done = run("cmake", "--install", BUILD, "--prefix", cls.usr)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        cls.units = cls.usr / "lib/systemd/system"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    def test_everything_has_its_place(self):
        found = {str(path.relative_to(self.usr)) for path in self.usr.rglob("*") if path.is_file()}
        # bindir may have a prefix of its own, but all below is fixed by those who read it.
        for name in ["bin/bulkdrop", "share/man/man1/bulkdrop.1", "share/man/man1/bulkdrop-drop.1",
                     "share/bash-completion/completions/bulkdrop", "share/zsh/site-functions/_bulkdrop",
                     "share/fish/vendor_completions.d/bulkdrop.fish", "share/doc/bulkdrop/README.md",
                     "share/doc/bulkdrop/LICENSE", "share/doc/bulkdrop/examples/config.toml",
                     "libexec/bulkdrop/nightly-cleanup.sh", "lib/systemd/system/bulkdrop-cleanup.service",
                     "lib/systemd/system/bulkdrop-cleanup.timer", "lib/systemd/system/bulkdrop-cleanup-failed.service"]:
            self.assertIn(name, found)
        self.assertFalse([name for name in found if "manual" in name or name.endswith((".in", ".a", "demo.sh"))])
        self.assertTrue(os.access(self.usr / "libexec/bulkdrop/nightly-cleanup.sh", os.X_OK))

    def test_what_the_readme_links_to_is_there(self):
        documents = self.usr / "share/doc/bulkdrop"
        linked = re.findall(r"\]\(([^)#:]+)\)", (documents / "README.md").read_text())
        self.assertTrue(linked)
        self.assertEqual([link for link in linked if not (documents / link).exists()], [])

    def test_it_runs_from_there(self):
        version = run(self.usr / "bin/bulkdrop", "--version")
        self.assertRegex(version.stdout, r"^bulkdrop \d+\.\d+\.\d+\n$")
        page = run("man", "-M", self.usr / "share/man", "bulkdrop-drop", MANWIDTH="80")
        self.assertIn("--max-sessions", page.stdout, page.stderr)
        plan = run(self.usr / "bin/bulkdrop", "drop", "--dry-run", "--url", "https://pam.example",
                   self.usr / "share/doc/bulkdrop/examples/ids.txt")
        self.assertEqual(plan.returncode, 0, plan.stderr)

    def test_a_staging_directory_takes_it_all(self):
        stage = self.place / "stage"
        before = {path.name for path in SOURCE.iterdir()}
        done = run("cmake", "--install", BUILD, "--prefix", "/opt/bulkdrop", DESTDIR=str(stage))
        self.assertEqual({path.name for path in SOURCE.iterdir()}, before)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([path.name for path in stage.iterdir()], ["opt"])
        staged = stage / "opt/bulkdrop"
        unit = (staged / "lib/systemd/system/bulkdrop-cleanup.service").read_text()
        self.assertIn("ExecStart=/opt/bulkdrop/libexec/bulkdrop/nightly-cleanup.sh\n", unit)
        self.assertTrue((staged / "libexec/bulkdrop/nightly-cleanup.sh").is_file())

    def test_the_units_are_those_of_the_samples(self):
        for unit in self.units.iterdir():
            text = unit.read_text().replace(f"{self.usr}/libexec/", "/usr/libexec/")
            self.assertEqual(text, (SOURCE / "samples" / unit.name).read_text())

    def test_systemd_finds_nothing_wrong_with_the_units(self):
        checked = run("systemd-analyze", "verify", *sorted(self.units.iterdir()), MANPATH=str(self.usr / "share/man"))
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_systemd_finds_nothing_wrong_with_the_sample_for_a_stream(self):
        checked = run("systemd-analyze", "verify", SOURCE / "samples/bulkdrop-stream.service",
                      MANPATH=str(self.usr / "share/man"))
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_the_services_are_locked_in(self):
        for unit in [self.units / "bulkdrop-cleanup.service", SOURCE / "samples/bulkdrop-stream.service"]:
            checked = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit)
            self.assertEqual(checked.returncode, 0, checked.stdout[-2000:] + checked.stderr)

    def test_the_timer_starts_it_every_night(self):
        times = re.search(r"^OnCalendar=(.*)$", (self.units / "bulkdrop-cleanup.timer").read_text(), re.MULTILINE)
        found = run("systemd-analyze", "calendar", "--iterations=2", times.group(1), TZ="UTC")
        nights = re.findall(r"(\d{4}-\d\d-\d\d) 03:17:00", found.stdout)
        self.assertGreaterEqual(len(set(nights)), 2, found.stdout + found.stderr)


if __name__ == "__main__":
    unittest.main()
