#!/usr/bin/python3
"""The charts of what compare.sh --save kept, as SVG.

    charts.py clients RESULTS.jsonl OUT.svg        CPU for each drop, client by client
    charts.py in-flight RESULTS.jsonl OUT.svg      the same against the number of requests in flight
"""
import json
import statistics
import sys

import matplotlib

matplotlib.use("svg")
# No date and no random names: the same results give the same file.
matplotlib.rcParams.update({"svg.hashsalt": "bulkdrop", "svg.fonttype": "none", "font.family": "sans-serif"})
import matplotlib.pyplot as plt  # noqa: E402

OURS, OTHERS = "#1f6feb", "#8b949e"


def medians(file):
    """µs of CPU for each drop by client, without those that failed."""
    runs = {}
    with open(file) as record:
        for result in map(json.loads, record):
            runs.setdefault(result["client"], []).append(result)
    return {client: statistics.median((run["user_s"] + run["system_s"]) / run["rows"] * 1e6 for run in results)
            for client, results in runs.items() if not any(run["problem"] for run in results)}


def clients(cost, axes):
    names = sorted((name for name in cost if name != "no syncs"), key=cost.get, reverse=True)
    bars = axes.barh(names, [cost[name] for name in names], color=[OURS if name == "bulkdrop" else OTHERS for name in names])
    axes.bar_label(bars, [f"{cost[name]:,.0f} µs" for name in names], padding=4)
    axes.set_xscale("log")
    axes.set_xlim(right=max(cost.values()) * 4)
    axes.set_xlabel("CPU for each drop, user + system (logarithmic)")


def in_flight(cost, axes):
    for client, color in (("bulkdrop", OURS), ("bare_loop", OTHERS)):
        points = sorted((int(name.partition(", ")[2]), value) for name, value in cost.items() if name.startswith(client + ","))
        axes.plot(*zip(*points), marker="o", color=color, label=client)
    numbers = [number for number, _ in points]
    axes.set_xscale("log")
    axes.set_xticks(numbers, [f"{number:,}" for number in numbers])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("requests in flight")
    axes.set_ylabel("µs CPU for each drop")
    axes.legend(frameon=False)


def main(arguments):
    if len(arguments) != 3 or arguments[0] not in ("clients", "in-flight"):
        print(__doc__, file=sys.stderr)
        return 2
    figure, axes = plt.subplots(figsize=(7, 2.8 if arguments[0] == "clients" else 3.2))
    (clients if arguments[0] == "clients" else in_flight)(medians(arguments[1]), axes)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    # A background of its own: a page may be dark.
    figure.savefig(arguments[2], metadata={"Date": None}, facecolor="white")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
