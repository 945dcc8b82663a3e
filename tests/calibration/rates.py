"""How often something happened, how often it may, and whether that can be chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import scipy.stats

ALPHA = 0.05
LEVEL = 0.90
MISSES = 0.10
"""Of the intervals at that level."""
CHANCE = 0.001
"""What is less likely than this is not taken for chance."""


@dataclass(frozen=True)
class Rate:
    """Of `trials` columns (or data sets) of one setting `total` did something; a promise limits their share.

    Without a limit the mean informs: how often a change is found, or how wide an interval is.
    """

    claim: str
    shape: str
    change: str
    effect: float
    n: int
    m: int
    total: float
    trials: int
    limit: float | None = None

    @property
    def key(self) -> tuple[str, str, str, float, int, int]:
        return self.claim, self.shape, self.change, self.effect, self.n, self.m

    @property
    def mean(self) -> float:
        return self.total / self.trials

    @property
    def surely(self) -> float:
        """The lower 99.9 % confidence bound of the rate (Clopper and Pearson)."""
        return float(scipy.stats.beta.ppf(CHANCE, self.total, self.trials - self.total + 1)) if self.total else 0.0

    def chance(self) -> float:
        """Probability of so many if the true rate is the promised one."""
        if self.limit is None:
            return 1.0
        return float(scipy.stats.binom.sf(self.total - 1, self.trials, self.limit))


class Tally:
    """Counts of one setting, by claim."""

    def __init__(self, shape: str, change: str, effect: float, n: int, m: int) -> None:
        self.setting = shape, change, effect, n, m
        self.totals: defaultdict[str, float] = defaultdict(float)
        self.trials: defaultdict[str, int] = defaultdict(int)
        self.limits: dict[str, float | None] = {}

    def add(self, claim: str, happened: float, limit: float | None = None) -> None:
        self.totals[claim] += happened
        self.trials[claim] += 1
        self.limits[claim] = limit

    def rates(self) -> Iterator[Rate]:
        for claim, trials in self.trials.items():
            yield Rate(claim, *self.setting, self.totals[claim], trials, self.limits[claim])
