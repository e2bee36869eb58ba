#!/usr/bin/env python3
"""The manual's pages in the formatters that show them, and against the program's own --help.

    pages_test.py BUILD_DIRECTORY
"""

import functools
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop()).resolve()
PAGES = sorted((BUILD / "manual" / "man").glob("*.1"))
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "NOTES",
            "SEE ALSO"]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def run(*words):
    environment = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="100", MAN_KEEP_FORMATTING="")
    return subprocess.run([str(word) for word in words], env=environment, text=True, capture_output=True, timeout=60,
                          check=False)


@functools.cache
def shown(page):
    return run("man", "-l", page).stdout


@functools.cache
def help_of(name):
    program, _, command = name.partition("-")
    if command == "sandbox":
        return run(BUILD / name, "--help").stdout
    return run(BUILD / program, *([command] if command else []), "--help").stdout


class Pages(unittest.TestCase):
    def test_every_command_has_one(self):
        commands = re.findall(r"^  ([a-z]+) ", help_of("bulkdrop").partition("Commands:")[2].partition("\n\n")[0],
                              re.MULTILINE)
        self.assertGreaterEqual(len(commands), 6)
        names = [page.stem for page in PAGES]
        for command in commands:
            self.assertIn(f"bulkdrop-{command}", names)
        self.assertIn("bulkdrop", names)

    def test_formatters_find_nothing_to_warn_of(self):
        for page in PAGES:
            with self.subTest(page.name):
                formatted = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page)
                self.assertEqual((formatted.returncode, formatted.stderr), (0, ""))
                linted = run("mandoc", "-T", "lint", "-W", "warning", page)
                self.assertEqual((linted.returncode, linted.stdout + linted.stderr), (0, ""))

    def test_a_page_with_a_table_asks_for_tbl(self):
        for page in PAGES:
            source = page.read_text()
            self.assertEqual("\n.TS\n" in source, source.startswith("'\\\" t\n"), page.name)

    def test_name_and_summary_are_found_by_whatis(self):
        for page in PAGES:
            with self.subTest(page.name):
                found = run("lexgrog", page)
                self.assertEqual(found.returncode, 0, found.stderr)
                self.assertIn(f'"{page.stem} - ', found.stdout)

    def test_sections_stand_in_their_usual_order(self):
        for page in PAGES:
            with self.subTest(page.name):
                there = re.findall(r"^([A-Z][A-Z ]+)$", shown(page), re.MULTILINE)
                self.assertEqual([section for section in there if section in SECTIONS], SECTIONS)

    def test_what_is_shown_can_be_typed(self):
        for page in PAGES:
            with self.subTest(page.name):
                text = shown(page)
                self.assertNotIn("−", text)
                self.assertNotRegex(text, r"@[A-Z a-z]+@")
                self.assertNotRegex(text, r"(?<!\w)‐-|[’‘`]{1}\w+=")

    def test_options_are_those_of_the_program(self):
        every = set(OPTION.findall("".join(help_of(page.stem) for page in PAGES)))
        for page in PAGES:
            with self.subTest(page.name):
                told = set(OPTION.findall(shown(page)))
                self.assertEqual(told - every, set())
                if page.stem != "bulkdrop":  # whose help has an example, too
                    self.assertEqual(set(OPTION.findall(help_of(page.stem))) - told, {"--help"} - told)

    def test_other_pages_named_are_there(self):
        names = {page.stem for page in PAGES}
        for page in PAGES:
            with self.subTest(page.name):
                self.assertEqual(set(re.findall(r"\b(bulkdrop[a-z-]*)\(1\)", shown(page))) - names, set())

    def test_what_input_may_be_is_told_where_it_is_read(self):
        told = " ".join(shown(BUILD / "manual" / "man" / "bulkdrop-drop.1").split())
        for words in ("objects one behind the other, as jq prints them", "An export that was cut off is warned of",
                      "cut_inputs"):
            self.assertIn(words, told)


if __name__ == "__main__":
    unittest.main()
