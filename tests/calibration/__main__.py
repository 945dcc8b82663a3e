"""Measure the error rates, write them as tables, fail where a promise is broken.

``nox -s calibration`` runs it on the built wheel; ``--thin --replicates 100`` is a quick look.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import driftline as dl
from tests.calibration import grid, tables
from tests.calibration.rates import CHANCE, Rate

OUTPUT = Path("docs/calibration_results.md")


def main() -> int:
    options = parse()
    started = time.monotonic()
    jobs = (grid.thin if options.thin else grid.full)(options.replicates)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("spawn")) as pool:
        found = list(pool.map(functools.partial(grid.run, options.seed), jobs))
        suspects = [(job, rates) for job, (rates, _) in zip(jobs, found, strict=True) if doubtful(rates)]
        again = list(pool.map(functools.partial(grid.run, options.seed + 1), [job for job, _ in suspects]))
    broken = [rate for (_, first), (second, _) in zip(suspects, again, strict=True) for rate in in_both(first, second)]
    rates = [rate for some, _ in found for rate in some]
    seconds = sum(spent for _, spent in [*found, *again])
    text = heading(options, rates, seconds) + "\n" + tables.pages(rates, broken)
    options.output.write_text(text.rstrip() + "\n", encoding="utf-8")
    expected = tables.expectations(rates)
    options.output.with_name("decisions_rates.md").write_text(expected.rstrip() + "\n", encoding="utf-8")
    print(
        f"{len(rates):,} rates in {time.monotonic() - started:.0f} s; {len(broken)} promises broken; {options.output}"
    )
    return 1 if broken else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("--thin", action="store_true", help="two sizes only")
    parser.add_argument("--replicates", type=int, default=600, help="columns per setting of up to 1,000 rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    return parser.parse_args()


def doubtful(rates: list[Rate]) -> list[Rate]:
    return [rate for rate in rates if rate.chance() < CHANCE]


def in_both(first: list[Rate], second: list[Rate]) -> list[Rate]:
    """Of thousands of rates that hold some exceed the bound by chance; those do not do it again."""
    repeated = {rate.key for rate in doubtful(second)}
    return [rate for rate in doubtful(first) if rate.key in repeated]


def heading(options: argparse.Namespace, rates: list[Rate], seconds: float) -> str:
    thin = "--thin " if options.thin else ""
    judged = sum(rate.limit is not None for rate in rates)
    return (
        f"Made by `python -m tests.calibration {thin}--replicates {options.replicates} --seed {options.seed}` on "
        f"{date.today():%Y-%m-%d} with driftline {dl.__version__}: {len(rates):,} rates, {judged:,} of them promised, "
        f"from {options.replicates:,} columns each (fewer where columns are long); {seconds / 60:.0f} minutes of CPU.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
