#!/usr/bin/env python3
"""report.html in a real Chromium: runs of the real program against bulkdrop-sandbox, opened from the disk.

    tests/report_page.py [BUILD]

Needs Debian's chromium and chromium-driver.
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

from browser.webdriver import Browser

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "build/release").resolve()
HOSTILE = ["<script>alert(1)</script>", "</script><script>alert(2)</script>", "<!--<script>", "<img src=x onerror=alert(3)>",
           "\u2028\u202e\u200b", "'\"&amp;&#60;", "{{7*7}}", "=1+1"]


class Sandbox:
    def __init__(self, place, *options):
        self.token = place / "token"
        self.token.write_text("a-token-that-is-always-good")
        self.process = subprocess.Popen([BUILD / "bulkdrop-sandbox", "--port", "0", "--token-file", self.token, *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


def bulkdrop(*arguments, cwd, codes=(0, 1)):
    done = subprocess.run([BUILD / "bulkdrop", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)
    if done.returncode not in codes:
        raise RuntimeError(f"bulkdrop {arguments[0]}: exit code {done.returncode}: {done.stderr}")
    return done


def dropped(place, sandbox, *options, codes=(0, 1)):
    return bulkdrop("drop", "--url", sandbox.url, "--token-file", sandbox.token, "--yes", "--out", "run", "-q", *options,
                    cwd=place, codes=codes)


def a_mixed_run(place):
    """Some gone, some refused, some in doubt; hostile text wherever somebody else can put it."""
    with Sandbox(place, "--sessions", "400", "--export", place / "export.csv", "--latency", "2ms",
                 "--faults", "drop_error=40%,reset=2%") as sandbox:
        with open(place / "export.csv", newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
        columns = {name: number for number, name in enumerate(rows[0])}
        for number, row in enumerate(rows[1:]):
            hostile = HOSTILE[number % len(HOSTILE)]
            row[columns["User"]] += hostile
            row[columns["Device"]] = hostile
        rows += [[hostile] * len(rows[0]) for hostile in HOSTILE]
        with open(place / "hostile <b>.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        dropped(place, sandbox, "--reason", HOSTILE[1], "--attempts", "2", "hostile <b>.csv")


def a_large_run(place):
    """100,000 sessions and more, none of which is sent: the server's first answer says that nothing may be."""
    with open(place / "export.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["Session ID", "User", "Credential", "Device", "Origin IP", "Protocol", "Start"])
        for n in range(100_500):
            table.writerow([f"{n:040x}", f"operator{n % 997}", f"usrdomadm{n % 31:02}", f"10.{n % 200}.{n % 251}.7:22",
                            f"172.16.{n % 256}.{n % 99}", "ssh", f"2026-05-06 {n % 24:02}:05:07"])
    with Sandbox(place, "--sessions", "1", "--faults", "not_authorized=first:1000") as sandbox:
        dropped(place, sandbox, "export.csv", codes=(4,))


class Page(unittest.TestCase):
    make = None

    @classmethod
    def setUpClass(cls):
        if cls.make is None:
            raise unittest.SkipTest("has no run of its own")
        cls.place = tempfile.TemporaryDirectory()
        cls.directory = pathlib.Path(cls.place.name)
        cls.addClassCleanup(cls.place.cleanup)
        cls.make(cls.directory)
        cls.page = cls.directory / "run" / "report.html"
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browser.log("browser")
        self.browser.log("performance")
        self.browser.open(self.page.as_uri())

    def tearDown(self):
        self.assertEqual(self.browser.log("browser"), [], "the console stays silent")
        asked = [message["params"]["request"]["url"] for message in (
            json.loads(entry["message"])["message"] for entry in self.browser.log("performance"))
            if message["method"] == "Network.requestWillBeSent" and message["params"]["documentURL"] == self.page.as_uri()]
        self.assertEqual(set(asked), {self.page.as_uri()}, "the page asks for nothing but itself")
        self.assertEqual(self.browser.run("return performance.getEntriesByType('resource').map(e => e.name)"), [])

    def cells(self, column):
        return self.browser.run("return [...document.querySelectorAll('tbody td.c-' + arguments[0])].map(c => c.textContent)",
                                column)

    def found(self):
        return self.browser.run("return document.getElementById('found').textContent")

    def search(self, text):
        self.browser.run("const s = document.getElementById('search'); s.value = arguments[0];"
                         "s.dispatchEvent(new Event('input'));"
                         # Timers of one page ring in their order, however busy the machine is.
                         "return new Promise(done => setTimeout(() => requestAnimationFrame(done), 400))", text)

    def becomes(self, look, expected):
        """Keys are pressed in another process than the page's."""
        end = time.monotonic() + 20
        while look() != expected and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(look(), expected)


class MixedRun(Page):
    make = staticmethod(a_mixed_run)

    def failed(self):
        with open(self.directory / "run" / "failed.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_it_says_what_summary_json_says(self):
        summary = json.loads((self.directory / "run" / "summary.json").read_text())
        told = self.browser.run("return Object.fromEntries([...document.querySelectorAll('.outcomes tbody tr')].map("
                                "r => [r.cells[0].textContent, Number(r.cells[1].textContent.replaceAll(',', ''))]))")
        self.assertEqual(told, {status: count for status, count in summary["counts"].items() if count})
        self.assertEqual(sum(told.values()), summary["rows"])
        self.assertGreater(told["failed"], 20)
        self.assertEqual(len(self.failed()), told["failed"] + told.get("unknown", 0) + told["invalid"])
        self.assertIn(f"{told['dropped']} of ", self.browser.run("return document.querySelector('h1').textContent"))

    def test_hostile_text_stays_text(self):
        self.assertEqual(self.browser.run("return document.querySelectorAll('script').length"), 2)
        self.assertEqual(self.browser.run("return document.querySelectorAll('img, iframe, link').length"), 0)
        self.assertTrue(any("<script>" in user for user in self.cells("user")))
        self.assertIn("</script><script>alert(2)</script>", self.browser.run("return document.querySelector('header').textContent"))
        self.assertIn("hostile <b>.csv:", self.cells("row")[0])

    def test_with_and_without_script_the_first_rows_are_the_same(self):
        with_script = self.browser.run("return document.querySelector('#table tbody').innerText")
        with Browser(script=False) as plain:
            plain.open(self.page.as_uri())
            document = plain.tools("DOM.getDocument")["root"]["nodeId"]
            body = plain.tools("DOM.querySelector", nodeId=document, selector="#table tbody")["nodeId"]
            without = plain.tools("DOM.getOuterHTML", nodeId=body)["outerHTML"]
            self.assertIn("Without JavaScript", plain.tools("DOM.getOuterHTML", nodeId=document)["outerHTML"])
            plain_picture = plain.picture()
        self.assertGreater(len(plain_picture), 10_000)
        self.assertEqual(self.browser.run(
            "const t = document.createElement('table'); t.innerHTML = arguments[0];"
            "return [...t.rows].map(r => [...r.cells].map(c => c.textContent))", without),
            self.browser.run("return [...document.querySelectorAll('#table tbody tr')].map("
                             "r => [...r.cells].map(c => c.textContent))"))
        self.assertTrue(with_script)

    def test_search_by_keyboard(self):
        wanted = self.failed()[3]
        self.browser.press("/")
        self.becomes(lambda: self.browser.run("return document.activeElement.id"), "search")
        self.browser.press(*wanted["Session ID"])
        self.becomes(lambda: self.cells("id"), [wanted["Session ID"]])
        self.assertIn("1 of ", self.found())
        self.browser.press("Escape")
        self.becomes(lambda: len(self.cells("id")) > 1, True)
        self.browser.press(*"drop_error operator")
        self.becomes(lambda: self.browser.run("return document.getElementById('search').value"), "drop_error operator")
        rows = "return [...document.querySelectorAll('#table tbody tr')].map(r => r.textContent)"
        self.becomes(lambda: all("drop_error" in row and "operator" in row for row in self.browser.run(rows)), True)
        self.assertGreater(len(self.browser.run(rows)), 1)

    def test_every_column_sorts_both_ways_and_says_so(self):
        self.browser.resize(1920, 1000)  # where every column is shown
        self.addCleanup(self.browser.tools, "Emulation.clearDeviceMetricsOverride")
        self.search("failed operator1")  # on one page
        columns = self.browser.run("return [...document.querySelectorAll('#table th')].map(h => h.dataset.column)")
        self.assertTrue({"id", "status", "user", "device", "message", "attempts", "sent", "finished", "row"} <= set(columns))
        for column in columns:
            self.browser.run(f"document.querySelector('th.c-{column} button').focus()")
            orders = []
            for direction in ("ascending", "descending"):
                self.browser.press("Enter")
                self.becomes(lambda: self.browser.run("return [...document.querySelectorAll('th[aria-sort]')].map("
                                                      "h => [h.dataset.column, h.getAttribute('aria-sort')])"),
                             [[column, direction]])
                orders.append(self.cells(column))
            if column not in ("row", "attempts"):  # which are not in the order of their text
                self.assertEqual([text.lower() for text in orders[0]], sorted(text.lower() for text in orders[0]), column)
                self.assertEqual([text.lower() for text in orders[1]],
                                 sorted((text.lower() for text in orders[1]), reverse=True), column)
            if column == "row":
                self.assertEqual(orders[1], orders[0][::-1])

    def test_light_and_dark(self):
        colours = []
        for scheme in ("light", "dark"):
            self.browser.emulate(prefers_color_scheme=scheme)
            colours.append(self.browser.run("return getComputedStyle(document.body).backgroundColor"))
            contrast = self.browser.run("""
                const light = (colour) => { const c = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255)
                  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                  return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
                const card = light(getComputedStyle(document.querySelector('section')).backgroundColor);
                return ['h1', 'td', '.note', 'dt', '.said', '#place'].map(s => document.querySelector(s)).filter(Boolean)
                  .map(e => light(getComputedStyle(e).color))
                  .map(l => (Math.max(l, card) + 0.05) / (Math.min(l, card) + 0.05))""")
            self.assertGreaterEqual(min(contrast), 4.5, scheme)  # WCAG 2.2, 1.4.3
        self.browser.emulate(prefers_color_scheme="light")
        self.assertNotEqual(*colours)

    def test_narrow_windows_need_no_sideways_scrolling(self):
        self.browser.resize(390, 844)
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), 390)
        self.browser.tools("Emulation.clearDeviceMetricsOverride")

    def test_every_column_that_is_shown_can_be_read_without_scrolling_sideways(self):
        self.addCleanup(self.browser.tools, "Emulation.clearDeviceMetricsOverride")
        for width in (1280, 1366, 1600, 1920):
            self.browser.resize(width, 900)
            self.assertLessEqual(*self.browser.run("const s = document.querySelector('#table').closest('.scroll');"
                                                   "return [s.scrollWidth, s.clientWidth]"), width)

    def test_charts_have_names_and_words(self):
        charts = self.browser.run("return [...document.querySelectorAll('svg[role=img]')].map(s => ["
                                  "s.querySelector('title').textContent, s.querySelector('desc').textContent])")
        self.assertEqual(len(charts), 4)
        for title, words in charts:
            self.assertTrue(title and words)

    def test_a4_pages(self):
        pdf = self.browser.pdf()
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        self.assertTrue(3 <= pages <= 12, f"{pages} pages")

    def test_made_again_it_is_the_same(self):
        before = self.page.read_bytes()
        bulkdrop("report", self.directory / "run", cwd="/")
        self.assertEqual(self.page.read_bytes(), before)


class LargeRun(Page):
    make = staticmethod(a_large_run)

    def spent(self):
        metrics = self.browser.tools("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    def test_it_is_soon_usable_and_says_what_it_leaves_out(self):
        # Processor time, so that a machine that has other things to do makes no page slow. It is about a second; a slow
        # spell of a shared machine makes it a fifth more.
        self.browser.tools("Performance.enable", timeDomain="threadTicks")
        # It is counted from 0 for each page. The least of three: what else runs on the machine takes its caches.
        spent = []
        for _ in range(3):
            self.browser.open("about:blank")
            self.browser.open(self.page.as_uri())
            spent.append(self.spent())
        self.assertGreater(min(spent), 0.1, "nothing was measured")
        spent = min(spent)
        ready = self.browser.run("return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        print(f"100,000 rows, {self.page.stat().st_size / 1e6:.1f} MB: {spent:.2f} s of processor time, "
              f"usable after {ready / 1000:.2f} s")
        self.assertLess(spent, 1.5)
        self.assertIn("This page holds the first 100,000 of 100,500: failed.csv has them all.",
                      self.browser.run("return document.getElementById('cap').textContent"))
        self.assertEqual(self.found(), "100,000 rows")
        self.assertEqual(len(self.cells("id")), 50)

    def test_pages_turn_to_the_last_row(self):
        self.browser.run("document.getElementById('last').focus()")
        self.browser.press("Enter")
        self.becomes(lambda: self.cells("id")[-1], f"{99_999:040x}")
        self.assertEqual(self.browser.run("return document.getElementById('place').textContent"),
                         "99,951 to 100,000 of 100,000")

    def test_it_sorts_and_searches_without_a_pause(self):
        took = self.browser.run("""
            const took = [], timed = (work) => { const from = performance.now(); work(); took.push(performance.now() - from); };
            timed(() => document.querySelector('th.c-device button').click());
            timed(() => document.querySelector('th.c-id button').click());
            return took""")
        self.assertLess(max(took), 1500)
        self.search("operator13 10.13.")
        self.assertTrue(all(user.startswith("operator13") for user in self.cells("user")))
        self.assertNotEqual(self.found(), "100,000 rows")

    def test_it_prints_what_is_found_up_to_a_limit(self):
        pages = len(re.findall(rb"/Type\s*/Page\b", self.browser.pdf()))
        self.assertTrue(8 <= pages <= 40, f"{pages} pages")
        self.assertEqual(len(self.cells("id")), 50)  # as before


if __name__ == "__main__":
    unittest.main(verbosity=2)
