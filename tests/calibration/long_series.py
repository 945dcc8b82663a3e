"""Measure false alarms over years and delays to detection, write them as tables, fail where the promise is broken.

Part of ``nox -s calibration``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import scipy.stats

from tests.calibration import calibrators, flight_days
from tests.calibration.rates import CHANCE
from tests.calibration.windows import RULES, Series, delays, false_alarms, false_alarms_at_the_tolerance

OUTPUT = Path("docs/monitoring_results.md")
BLOCKS_OUTPUT = Path("docs/blocks_results.md")
ARL = 200.0
DAYS = 365
QUIET = [
    Series(200, 5_000, 500),
    Series(200, 5_000, 500, weekly=0.3),
    Series(200, 20_000, 2_000, weekly=0.3),
    Series(200, 1_000, 500, weekly=0.3),
    Series(200, 500, 500, weekly=0.3),
]
SHIFTS = (0.3, 0.5, 1.0)
SIZES = (500, 2_000, 10_000)
MOST_DELAY = 12


def main() -> int:
    options = parse()
    began = time.monotonic()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("spawn")) as pool:
        years = [pool.submit(false_alarms, series, DAYS, options.seed) for series in QUIET]
        changes = [
            (level, shift, rows, pool.submit(delays, changed(level, shift, rows), MOST_DELAY, options.seed + repeat))
            for level in ("warn", "alert")
            for shift in SHIFTS
            for rows in SIZES
            for repeat in range(options.repeats)
        ]
        hardest = [
            (n, pool.submit(false_alarms_at_the_tolerance, n, options.windows, ARL, options.seed)) for n in (1, 20, 200)
        ]
        quiet = [(series, job.result()) for series, job in zip(QUIET, years, strict=True)]
        found: dict[tuple[str, float, int], list[dict[str, float]]] = {}
        for level, shift, rows, job in changes:
            found.setdefault((level, shift, rows), []).append(job.result())
        uniform = [(n, job.result()) for n, job in hardest]
    choice = calibrators.table(options.repeats * 100, options.seed)
    text = "\n\n".join([quiet_table(quiet), hard_table(uniform, options.windows), delay_table(found), choice])
    options.output.write_text(text + "\n", encoding="utf-8")
    options.blocks_output.write_text(flight_days.table(options.repeats * 20, options.seed) + "\n", encoding="utf-8")
    broken = [n for n, alarms in uniform if scipy.stats.poisson.sf(alarms - 1, options.windows / ARL) < CHANCE]
    broken += [
        counts["detector"] for _, counts in quiet if scipy.stats.poisson.sf(counts["detector"] - 1, DAYS / ARL) < CHANCE
    ]
    print(f"{time.monotonic() - began:.0f} s; {len(broken)} promises broken; {options.output}")
    return 1 if broken else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.long_series", description=__doc__)
    parser.add_argument("--repeats", type=int, default=9, help="series for each change")
    parser.add_argument("--windows", type=int, default=20_000, help="windows of the hardest null")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--blocks-output", type=Path, default=BLOCKS_OUTPUT)
    return parser.parse_args()


def changed(level: str, shift: float, rows: int) -> Series:
    return Series(20, 20_000, rows, shift=shift, shifted=1, level=level)


def quiet_table(quiet: list[tuple[Series, dict[str, int]]]) -> str:
    head = "rows of the reference, of a window"
    lines = [
        f"Windows with a false alarm in a year of {DAYS} daily windows, 200 columns; the detector promises at most "
        f"{DAYS / ARL:.1f} (`arl` = {ARL:.0f}), the other rules nothing:",
        "",
        f"| {head} | weekly pattern | {' | '.join(RULES)} |",
        "|---" * (len(RULES) + 2) + "|",
    ]
    for series, counts in quiet:
        pattern = f"{series.weekly:g} sd" if series.weekly else "none"
        cells = [f"{series.reference_rows:,}, {series.window_rows:,}", pattern, *(str(counts[rule]) for rule in RULES)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def hard_table(uniform: list[tuple[int, int]], windows: int) -> str:
    lines = [
        f"The hardest null, every effect exactly at its tolerance (uniform p-values), {windows:,} windows: at most "
        f"{windows / ARL:.0f} alarms are promised.",
        "",
        "| detectors | windows with an alarm |",
        "|---|---|",
        *(f"| {n} | {alarms} |" for n, alarms in uniform),
    ]
    return "\n".join(lines)


def delay_table(found: dict[tuple[str, float, int], list[dict[str, float]]]) -> str:
    shown = RULES[:4]
    lines = [
        "Windows until a column that shifted is named, median (largest); one of 20 columns shifts, reference of 20,000 "
        f"rows; – is more than {MOST_DELAY}:",
        "",
        f"| tolerance | shift | rows of a window | {' | '.join(shown)} |",
        "|---" * (len(shown) + 3) + "|",
    ]
    for (level, shift, rows), series in found.items():
        cells = [level, f"{shift:g} sd", f"{rows:,}"]
        for rule in shown:
            waits = [each[rule] for each in series]
            cells.append(f"{shown_wait(statistics.median(waits))} ({shown_wait(max(waits))})")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shown_wait(windows: float) -> str:
    return "–" if windows > MOST_DELAY else f"{windows:g}"


if __name__ == "__main__":
    sys.exit(main())
