"""How often do driftline, evidently, NannyML and whylogs call a column drifted, with nothing configured.

Every tool gets the same seeded columns and its own defaults. Where nothing changed an alarm is false; in the other
scenarios it is wanted. Real packages, each in an environment of its own (build/tools). Prints a Markdown table, and
writes it to a file if one is named; about ten minutes.

    python benchmarks/python/compare_error_rates.py [TABLE.md] [--sizes 50 200]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import driftline as dl

sys.path.insert(0, str(Path(__file__).resolve().parent / "other_tools"))
import environments

SEED = 20261121
# Rows on either side, and how many columns are drawn.
REPETITIONS = {50: 120, 200: 100, 1000: 80, 10_000: 40, 100_000: 16, 1_000_000: 4}
TOOLS = ("evidently", "nannyml", "whylogs")
COLUMNS = (
    "driftline, warn or alert",
    "driftline, alert",
    "evidently",
    "NannyML, one chunk",
    "NannyML, any of 10 chunks",
    "whylogs",
)
ZIPF = (1 / np.arange(1, 23)) / (1 / np.arange(1, 23)).sum()

Rows = NDArray[Any]
Draw = Callable[[np.random.Generator, int], Rows]


def zipf_labels(random: np.random.Generator, size: int) -> Rows:
    return np.array([f"v{index}" for index in range(22)])[random.choice(22, size, p=ZIPF)]


def zero_inflated(random: np.random.Generator, size: int) -> Rows:
    return np.where(random.random(size) < 0.4, 0.0, random.lognormal(size=size))


def with_nulls(random: np.random.Generator, size: int) -> Rows:
    return np.where(random.random(size) < 0.2, np.nan, random.normal(size=size))


def with_new_label(random: np.random.Generator, size: int) -> Rows:
    return np.where(random.random(size) < 0.05, "new", zipf_labels(random, size))


def normal(random: np.random.Generator, size: int) -> Rows:
    return random.normal(size=size)


# Scenario to kind of column, reference and current rows.
SCENARIOS: dict[str, tuple[str, Draw, Draw]] = {
    "nothing: normal": ("numeric", normal, normal),
    "nothing: lognormal": ("numeric", lambda r, n: r.lognormal(size=n), lambda r, n: r.lognormal(size=n)),
    "nothing: zero-inflated": ("numeric", zero_inflated, zero_inflated),
    "nothing: 22 Zipf labels": ("label", zipf_labels, zipf_labels),
    "shift of 0.5 sd": ("numeric", normal, lambda r, n: r.normal(0.5, 1, n)),
    "20 % new nulls": ("numeric", normal, with_nulls),
    "5 % a new label": ("label", zipf_labels, with_new_label),
}


def draw(scenario: str, size: int) -> tuple[str, Rows, Rows]:
    """Kind, and one repetition per row of both sides."""
    kind, reference, current = SCENARIOS[scenario]
    random = np.random.default_rng([SEED, list(SCENARIOS).index(scenario), size])
    sides = [[make(random, size) for make in (reference, current)] for _ in range(REPETITIONS[size])]
    before, now = (np.array(side) for side in zip(*sides, strict=True))
    return kind, before, now


def driftline_alarms(reference: Rows, current: Rows) -> dict[str, float]:
    """Alarms over the repetitions, each checked by itself, as a table of one column."""
    alarms = dict.fromkeys(COLUMNS[:2], 0.0)
    for before, now in zip(reference, current, strict=True):
        verdict = dl.check({"x": before}, {"x": now}).columns["x"].verdict
        alarms[COLUMNS[0]] += verdict in ("warn", "alert")
        alarms[COLUMNS[1]] += verdict == "alert"
    return alarms


def interval(alarms: float, repetitions: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, doi:10.1080/01621459.1927.10502953."""
    z2 = 1.959964**2
    share = alarms / repetitions
    middle = (share + z2 / (2 * repetitions)) / (1 + z2 / repetitions)
    half = sqrt(z2 * (share * (1 - share) / repetitions + z2 / (4 * repetitions**2))) / (1 + z2 / repetitions)
    return max(0.0, middle - half), min(1.0, middle + half)


def cell(alarms: float | None, repetitions: int) -> str:
    if alarms is None:
        return "–"
    low, high = interval(alarms, repetitions)
    return f"{100 * alarms / repetitions:.0f} ({100 * low:.0f}–{100 * high:.0f})"


def measure_size(size: int, seconds: dict[str, float], versions: set[str]) -> dict[str, str]:
    """Scenario to its row of the table; each tool is started once."""
    found: dict[str, dict[str, float]] = {}
    arrays = {}
    for scenario in SCENARIOS:
        kind, reference, current = draw(scenario, size)
        name = scenario.replace(":", "")
        arrays[f"{name}:{kind}:reference"], arrays[f"{name}:{kind}:current"] = reference, current
        began = time.process_time()
        found[scenario] = driftline_alarms(reference, current)
        seconds["driftline"] += time.process_time() - began
    for tool in TOOLS:
        result = environments.run(tool, "alarms", arrays)
        for scenario in SCENARIOS:
            found[scenario] |= result["found"][scenario.replace(":", "")]
        seconds[tool] += result["seconds"]
        versions |= {" ".join(package) for package in result["versions"].items()}
    rows = {}
    for scenario, alarms in found.items():
        cells = " | ".join(cell(alarms.get(name), REPETITIONS[size]) for name in COLUMNS)
        rows[scenario] = f"| {scenario} | {size:,} | {REPETITIONS[size]} | {cells} |"
        print(rows[scenario], file=sys.stderr, flush=True)
    return rows


def measure(sizes: list[int]) -> tuple[list[str], dict[str, float], set[str]]:
    """Rows of the table, CPU seconds per tool, versions."""
    seconds: dict[str, float] = dict.fromkeys(("driftline", *TOOLS), 0.0)
    versions: set[str] = set()
    rows = [measure_size(size, seconds, versions) for size in sizes]
    return [of_size[scenario] for scenario in SCENARIOS for of_size in rows], seconds, versions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="?", type=Path, help="file that the table is written to")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(REPETITIONS), choices=list(REPETITIONS))
    asked = parser.parse_args()
    lines, seconds, versions = measure(asked.sizes)
    head = ["what changed", "rows a side", "columns", *COLUMNS]
    used = ", ".join(sorted({f"driftline {dl.__version__}", *versions}))
    times = ", ".join(f"{tool} {spent:.0f}" for tool, spent in seconds.items())
    text = "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines, ""])
    text += f"\nSeed {SEED}; {used}. CPU seconds: {times}.\n"
    print(text)
    if asked.table:
        asked.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
