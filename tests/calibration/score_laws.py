"""Score laws that PSI could have: which claims hold, what they find, how long intervals are, what they cost.

``nox -s laws`` runs it on the built wheel; ``--replicates 50`` is a quick look. The tables are those of docs/methods.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

import driftline as dl
from tests.calibration import law_pages, score_groups
from tests.calibration.bin_tables import NO_CHANGE, SHAPES
from tests.calibration.boundary_laws import Bootstrap, SaddlePoint
from tests.calibration.candidate_laws import FixedPools, Law, Plain, Shipped, Wald
from tests.calibration.columns import ALERT, WARN
from tests.calibration.rates import ALPHA, CHANCE, MISSES, Rate

OUTPUT = Path("docs/methods/psi_laws.md")
GROUPS_OUTPUT = Path("docs/methods/groups_results.md")

ROWS = (50, 100, 200, 500, 1_000, 5_000, 10_000, 100_000)
SIZES = tuple(product(ROWS, ROWS))
SOME_SIZES = tuple((n, m) for n, m in SIZES if n in (m, ROWS[-1]))
"""Where the slow laws are measured too: the same rows on both sides, and the largest reference against each."""
FAST: tuple[type[Law], ...] = (Plain, FixedPools, Wald, Shipped)
SLOW: dict[type[Law], int] = {SaddlePoint: 2, Bootstrap: 5}
"""Laws that take longer, and how many times fewer columns they get."""
INTERVALS = 40
"""Columns of a setting without change of which the interval is computed."""


@dataclass
class Scores:
    """Rates by law, and what the laws took."""

    rates: defaultdict[str, list[Rate]] = field(default_factory=lambda: defaultdict(list))
    broken: defaultdict[str, list[Rate]] = field(default_factory=lambda: defaultdict(list))
    seconds: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    columns: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    closer: list[Rate] = field(default_factory=list)
    """Of the shipped law, with many more columns."""
    all_seconds: float = 0.0

    def took(self, law: str, what: str, since: float, columns: int) -> None:
        self.seconds[law, what] += time.process_time() - since
        self.columns[law, what] += columns

    def add(self, other: Scores) -> None:
        for law, rates in other.rates.items():
            self.rates[law] += rates
        for law, rates in other.broken.items():
            self.broken[law] += rates
        for key, seconds in other.seconds.items():
            self.seconds[key] += seconds
            self.columns[key] += other.columns[key]
        self.closer += other.closer
        self.all_seconds += other.all_seconds


@dataclass(frozen=True)
class Setting:
    """One shape at one pair of sizes; all its changes are measured on the same references."""

    shape: str
    n: int
    m: int

    def laws(self, replicates: int) -> dict[type[Law], int]:
        """With the columns that each gets."""
        slow = {law: max(20, replicates // less) for law, less in SLOW.items() if (self.n, self.m) in SOME_SIZES}
        return dict.fromkeys(FAST, replicates) | slow


def measure(setting: Setting, laws: dict[type[Law], int], seed: int) -> Scores:
    """Every change of a setting by some laws."""
    rng = np.random.default_rng([seed, setting.n, setting.m, *setting.shape.encode()])
    references = SHAPES[setting.shape](rng, setting.n, max(laws.values()))
    scores = Scores()
    unchanged, _ = references.draw(rng, NO_CHANGE, 0.0, setting.m)
    for law, columns in laws.items():
        for rate in without_change(setting, law(unchanged[:columns]), scores):
            scores.rates[law.name].append(rate)
    for change, effect in product([each for each in references.shares if each != NO_CHANGE], (WARN, ALERT)):
        for times in (1, 2):
            part = references.part_for(change, times * effect, setting.m)
            if part > 1:
                break
            tables, true = references.draw(rng, change, part, setting.m)
            for law, columns in laws.items():
                since = time.process_time()
                made = law(tables[:columns])
                where = (setting.shape, change, times * effect, setting.n, setting.m)
                if times == 1:
                    scores.rates[law.name] += at_the_truth(made, true[:columns], where)
                    scores.took(law.name, "claims", since, columns)
                else:
                    found = int(made.above(effect).sum())
                    scores.rates[law.name].append(Rate(f"finds {effect}", *where, found, columns))
    return scores


def without_change(setting: Setting, law: Law, scores: Scores) -> Iterator[Rate]:
    where = (setting.shape, NO_CHANGE, 0.0, setting.n, setting.m)
    columns = len(law.tables)
    for name, tolerance in (("warns", WARN), ("alerts", ALERT)):
        yield Rate(name, *where, int(law.above(tolerance).sum()), columns, ALPHA)
    yield Rate("ok", *where, int(law.below(WARN).sum()), columns)
    some = type(law)(law.tables[: INTERVALS // SLOW.get(type(law), 1)])
    since = time.process_time()
    low, high = some.interval(8)
    scores.took(law.name, "interval", since, len(low))
    yield Rate("width", *where, float((high - low).sum()), len(low))


def at_the_truth(law: Law, true: Any, where: tuple[str, str, float, int, int]) -> list[Rate]:
    above, below = law.above(true), law.below(true)
    return [
        Rate("above", *where, int(above.sum()), len(true), ALPHA),
        Rate("below", *where, int(below.sum()), len(true), ALPHA),
        Rate("interval misses", *where, int((above | below).sum()), len(true), MISSES),
    ]


def accused(rates: Sequence[Rate]) -> list[Rate]:
    return [rate for rate in rates if rate.chance() < CHANCE]


def score(setting: Setting, replicates: int, seed: int) -> Scores:
    """A setting, and again with another seed where a law breaks a promise."""
    since = time.process_time()
    scores = measure(setting, setting.laws(replicates), seed)
    suspects = {law: columns for law, columns in setting.laws(replicates).items() if accused(scores.rates[law.name])}
    if suspects:
        again = measure(setting, suspects, seed + 1)
        for law in suspects:
            repeated = {rate.key for rate in accused(again.rates[law.name])}
            scores.broken[law.name] += [rate for rate in accused(scores.rates[law.name]) if rate.key in repeated]
    scores.all_seconds = time.process_time() - since
    return scores


CLOSER = (
    Setting("saturated scores", 100, 10_000),
    Setting("ties", 10_000, 100_000),
    Setting("22 Zipf", 5_000, 100_000),
    Setting("22 Zipf", 5_000, 10_000_000),
    Setting("22 Zipf", 10_000_000, 500),
)
"""Where the shipped law came nearest to what is promised, and two settings with a side that is all but exact."""
TIMES_CLOSER = 20


def look_closer(setting: Setting, replicates: int, seed: int) -> Scores:
    """The most frequent wrong claim of each kind of the shipped law."""
    since = time.process_time()
    rates = measure(setting, {Shipped: TIMES_CLOSER * replicates}, seed + 2).rates[Shipped.name]
    kinds = ([rate for rate in rates if rate.claim == claim] for claim in ("above", "below"))
    worst = [max(kind, key=lambda rate: rate.mean) for kind in kinds]
    return Scores(closer=worst, all_seconds=time.process_time() - since)


def main() -> int:
    options = parse()
    started = time.process_time()
    settings = [Setting(shape, n, m) for n, m in SIZES for shape in SHAPES]
    drawn = {"replicates": options.replicates, "seed": options.seed}
    scores = Scores()
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        for job, over in ((score, settings), (look_closer, CLOSER)):
            for each in pool.map(functools.partial(job, **drawn), over):
                scores.add(each)
    made_by = f"python -m tests.calibration.score_laws --replicates {options.replicates} --seed {options.seed}"
    groups = score_groups.page(options.replicates, options.seed)
    seconds = time.process_time() - started + scores.all_seconds
    version = f"on {date.today():%Y-%m-%d} with driftline {dl.__version__}"
    few = ", ".join(f"{law.name} {options.replicates // less:,}" for law, less in SLOW.items())
    heading = (
        f"Made by `{made_by}` {version}: {len(SIZES)} pairs of sizes, {options.replicates:,} columns per setting; "
        f"slow laws at {len(SOME_SIZES)} pairs ({few} columns): the same rows on both sides, and {ROWS[-1]:,} "
        f"reference rows against each; {seconds / 60:.0f} minutes of CPU."
    )
    options.output.write_text(law_pages.page(scores, heading, SOME_SIZES), encoding="utf-8")
    options.groups_output.write_text(f"Made by `{made_by}` {version}: {groups}", encoding="utf-8")
    print(f"{seconds:.0f} s; {options.output}; {options.groups_output}")
    return 1 if scores.broken[Shipped.name] else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.score_laws", description=__doc__)
    parser.add_argument("--replicates", type=int, default=1_000, help="columns per setting; slow laws get fewer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--groups-output", type=Path, default=GROUPS_OUTPUT)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
