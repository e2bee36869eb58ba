#!/usr/bin/env python3
"""Kills bulkdrop with SIGKILL at every point of a run, lets `bulkdrop resume` finish it, and holds the reports against
the server's ledger.

    tests/kill_storm.py [BUILD] [--kills N] [--seed S] [--jobs J] [--only TEXT] [--short] [--keep]

BUILD holds bulkdrop and bulkdrop-sandbox (default: build/release). Needs Python 3.9 and strace; without strace, or
where it may not trace, the kills come at random moments only, and it says so. Ends with 0 if nothing is wrong. Each
storm has a server of its own on loopback and a directory of its own below $TMPDIR; --keep keeps those with findings.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from storm import victim
from storm.plans import measure, plans
from storm.run import Storm
from storm.variants import SHORT, VARIANTS


def storm(arguments, variant, kills, seed):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kill-storm-"))
    done = Storm(arguments.build, directory, variant, kills, seed).run()
    if not done.findings.wrong or not arguments.keep:
        shutil.rmtree(directory, ignore_errors=True)
    return done


class Table:
    def __init__(self):
        self.kills = collections.Counter()
        self.storms = collections.Counter()
        self.by_variant = collections.defaultdict(collections.Counter)

    def add(self, done):
        of_variant = self.by_variant[done.variant.name]
        of_variant["storms"] += 1
        of_variant["kills"] += len(done.deaths)
        of_variant["lost"] += done.findings.lost
        of_variant["false"] += done.findings.false_dropped
        of_variant["resent"] += sum(done.findings.resent)
        of_variant["most"] = max([of_variant["most"], *done.findings.resent])
        of_variant["looked"] += len(done.findings.never_asked)
        of_variant["never"] += sum(done.findings.never_asked)
        of_variant["never most"] = max([of_variant["never most"], *done.findings.never_asked])
        of_variant["wrong"] += len(done.findings.wrong)
        self.kills.update(kill.call for kill in done.deaths)

    def print(self):
        print("\nkilled right before")
        for call, count in self.kills.most_common():
            print(f"  {call:<16}{count:>7}")
        print(f"\n{'':<36}{'storms':>7}{'kills':>7}{'lost':>7}{'false':>9}{'asked':>8}{'most of':>9}{'in doubt,':>15}"
              f"{'most of':>9}{'wrong':>7}")
        print(f"{'':<36}{'':>7}{'':>7}{'':>7}{'dropped':>9}{'again':>8}{'one kill':>9}{'never asked':>15}"
              f"{'one kill':>9}")
        total = collections.Counter()
        for name, counts in [*self.by_variant.items(), ("all", total)]:
            print(f"{name:<36}" + "".join(f"{counts[column]:>{width}}" for column, width in (
                ("storms", 7), ("kills", 7), ("lost", 7), ("false", 9), ("resent", 8), ("most", 9), ("never", 15),
                ("never most", 9), ("wrong", 7))))
            most = {column: max(total[column], counts[column]) for column in ("most", "never most")}
            total.update(counts)
            for column, value in most.items():
                total[column] = value
        print(f"\nlooked at the rows in doubt after {total['looked'] // 2} kills")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent / "build" / "release")
    parser.add_argument("--kills", type=int, default=3000, metavar="N", help="stop after so many [3000]")
    parser.add_argument("--seed", type=int, default=None, metavar="S")
    parser.add_argument("--jobs", type=int, default=2 * os.cpu_count(), metavar="J",
                        help="storms at once [two a core: they wait a lot]")
    parser.add_argument("--only", default="", metavar="TEXT", help="only variants with TEXT in their names")
    parser.add_argument("--short", action="store_true", help="40 kills, three variants: for the test suite")
    parser.add_argument("--seconds", type=float, default=None, metavar="T", help="begin no storm after so long")
    parser.add_argument("--keep", action="store_true", help="keep the directories of storms with findings")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    if arguments.short:
        arguments.kills = 40
        arguments.seconds = arguments.seconds or 15
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    traces = victim.strace_works()
    if not traces:
        print("*** strace can't be used here: kills come at random moments only, and not at every call ***")
    variants = [variant for variant in VARIANTS if arguments.only in variant.name and
                (not arguments.short or variant.name in SHORT)]
    begin = time.monotonic()
    measures = {variant.name: measure(arguments.build, variant, traces) for variant in variants}
    points = sum(sum(measured.calls.values()) for measured in measures.values())
    print(f"seed {seed}, {len(variants)} variants, {points} points, each in drop and in resume", flush=True)
    chance = random.Random(seed)
    table = Table()
    killed = wrong = 0
    source = plans(variants, measures, chance)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = set()
        while running or killed < arguments.kills:
            over = arguments.seconds and time.monotonic() - begin > arguments.seconds
            while len(running) < arguments.jobs and killed < arguments.kills and not over:
                variant, kills = next(source)
                running.add(pool.submit(storm, arguments, variant, kills, chance.randrange(1 << 31)))
            if not running:
                break
            finished, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for done in (future.result() for future in finished):
                table.add(done)
                killed += len(done.deaths)
                wrong += len(done.findings.wrong)
                if done.findings.wrong:
                    print(f"WRONG in {done.directory} ({done.variant.name}; planned: "
                          f"{', '.join(map(str, done.kills))}; killed {len(done.deaths)} times)")
                    for what in done.findings.wrong:
                        print(f"  {what}", flush=True)
    table.print()
    print(f"\n{killed} kills in {time.monotonic() - begin:.0f} s, {wrong} wrong")
    return 1 if wrong or not killed else 0


if __name__ == "__main__":
    sys.exit(main())
