#!/usr/bin/env python3
"""The Debian package, made from what is built: lintian accepts it, this Debian can install it, and it runs when unpacked.

    package_test.py SOURCE_DIRECTORY BUILD_DIRECTORY
"""

import gzip
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


def run(*words, **more):
    return subprocess.run([str(word) for word in words], text=True, capture_output=True, timeout=300, check=False,
                          env=dict(os.environ, LC_ALL="C.UTF-8"), **more)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Path(tempfile.mkdtemp())
        # As README has it, where that is what was built.
        words = ["--preset", "deb"] if BUILD == SOURCE / "build" / "release" else ["--config", BUILD / "CPackConfig.cmake"]
        made = run("cpack", *words, "-B", cls.place / "made", cwd=SOURCE)
        packages = list((cls.place / "made").glob("*.deb"))
        if made.returncode != 0 or len(packages) != 1:
            raise RuntimeError(made.stdout + made.stderr)
        cls.package = packages[0]
        cls.root = cls.place / "root"
        unpacked = run("dpkg-deb", "-x", cls.package, cls.root)
        if unpacked.returncode != 0:
            raise RuntimeError(unpacked.stderr)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.place)

    def field(self, name):
        return run("dpkg-deb", "-f", self.package, name).stdout.strip()

    def test_lintian_accepts_it(self):
        words = ["lintian", "--fail-on", "error,warning", "--no-cfg", self.package]
        if os.geteuid() == 0:
            words.insert(1, "--allow-root")
        checked = run(*words)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""), checked.stderr)

    def test_its_name_and_fields_are_those_of_debian(self):
        self.assertRegex(self.package.name, r"^bulkdrop_\d+\.\d+\.\d+_[a-z0-9]+\.deb$")
        depends = self.field("Depends")
        for library in ["libc6 (", "libcurl4", "libssl3", "libre2", "libsimdjson", "libfmt"]:
            self.assertIn(library, depends)
        self.assertNotIn("-dev", depends)
        self.assertEqual(self.field("Section"), "admin")

    def test_this_debian_can_install_it(self):
        simulated = run("apt-get", "install", "--simulate", "--no-install-recommends", self.package)
        self.assertEqual(simulated.returncode, 0, simulated.stderr)
        self.assertIn("Inst bulkdrop", simulated.stdout)

    def test_dpkg_installs_it(self):
        # Into a root of its own, where its libraries are not: what is asked is what dpkg thinks of the files.
        root = self.place / "dpkg"
        for name in ["info", "updates", "triggers"]:
            (root / "var/lib/dpkg" / name).mkdir(parents=True)
        for name in ["status", "available"]:
            (root / "var/lib/dpkg" / name).touch()
        done = run("dpkg", f"--root={root}", "--force-not-root", "--force-depends", f"--log={self.place}/dpkg.log",
                   "--install", self.package)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("install ok installed", run("dpkg", f"--root={root}", "--status", "bulkdrop").stdout)
        self.assertEqual(run("dpkg", f"--root={root}", "--verify", "bulkdrop").stdout, "")

    def test_it_runs_when_unpacked(self):
        program = self.root / "usr/bin/bulkdrop"
        self.assertEqual(run(program, "--version").stdout, f"bulkdrop {self.field('Version')}\n")
        sections = run("readelf", "--sections", "--wide", program).stdout
        self.assertIn(".text", sections)
        self.assertNotIn(".debug_info", sections)
        page = run("man", "-M", self.root / "usr/share/man", "bulkdrop")
        self.assertIn("still_alive", page.stdout, page.stderr)

    def test_its_units_call_what_it_brings(self):
        unit = (self.root / "usr/lib/systemd/system/bulkdrop-cleanup.service").read_text()
        self.assertIn("ExecStart=/usr/libexec/bulkdrop/nightly-cleanup.sh\n", unit)
        self.assertTrue(os.access(self.root / "usr/libexec/bulkdrop/nightly-cleanup.sh", os.X_OK))

    def test_the_changelog_is_ours_in_debians_form(self):
        changelog = gzip.open(self.root / "usr/share/doc/bulkdrop/changelog.gz", "rt", encoding="utf-8").read()
        parsed = run("dpkg-parsechangelog", "-l", "-", "-S", "Version", input=changelog)
        self.assertEqual((parsed.stdout.strip(), parsed.stderr), (self.field("Version"), ""))
        # Word for word, but for the layout.
        ours = (SOURCE / "CHANGELOG.md").read_text(encoding="utf-8")
        items = re.findall(r"^- (.*(?:\n  .*)*)", ours, re.MULTILINE)
        flat = " ".join(changelog.split())
        self.assertGreater(len(items), 3)
        for item in items:
            self.assertIn(" ".join(item.replace("`", "").split()), flat)


if __name__ == "__main__":
    unittest.main()
