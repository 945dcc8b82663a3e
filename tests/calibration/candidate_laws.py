"""Sampling laws that PSI could have, by formulas of the counts, each for many columns at once: what
`score_laws` compares.

A law claims that PSI is above a tolerance, or below it, each wrongly in at most `ALPHA` of the columns whose PSI is the
tolerance. Its 90 % interval holds the tolerances of which it claims neither.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special
from numpy.typing import NDArray

from tests.calibration.rates import ALPHA
from tests.calibration.shipped_law import Score, ShippedLaw, Tables, noncentral, pooled

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LARGEST = 16.0
"""No PSI is larger: pseudo-rows of 0.2 % leave 2 ln 1001."""
LEAST_OF_OTHERS = 5.0
"""Rows that bins must expect in the laws that rely on it, the usual rule for chi-square."""


class Law(ABC):
    """Claims about many columns; a tolerance is one number or one for each column."""

    name: str

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    @abstractmethod
    def above(self, tolerance: Any) -> Flags: ...

    @abstractmethod
    def below(self, tolerance: Any) -> Flags: ...

    def interval(self, steps: int = 14) -> tuple[Array, Array]:
        """Both ends, by bisection."""
        high = self._end(self.below, steps)
        return self._end(lambda tolerance: ~self.above(tolerance), steps), high

    def _end(self, beyond: Callable[[Array], Flags], steps: int) -> Array:
        """The least tolerance that is beyond the end, for each column; `LARGEST` if none is."""
        low, high = np.zeros(len(self.tables)), np.full(len(self.tables), 2.0**-6)
        while (short := ~beyond(high) & (high < LARGEST)).any():
            low, high = np.where(short, high, low), np.where(short, np.minimum(2 * high, LARGEST), high)
        for _ in range(steps):
            middle = (low + high) / 2
            past = beyond(middle)
            low, high = np.where(past, low, middle), np.where(past, middle, high)
        return high


class Plain(Law):
    """Noncentral chi-square on all bins that hold a row."""

    name = "plain"

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.df = tables.score.occupied[:, 0] - 1
        self.value = tables.score.terms(tables.reference, tables.current).sum(axis=1)

    def above(self, tolerance: Any) -> Flags:
        return self._tail(tolerance, above=True) <= ALPHA

    def below(self, tolerance: Any) -> Flags:
        return self._tail(tolerance, above=False) <= ALPHA

    def _tail(self, tolerance: Any, *, above: bool) -> Array:
        unit = self.tables.score.unit
        tail = noncentral(self.value / unit, self.df, tolerance / unit, above=above)
        certain = np.where((self.value > tolerance) == above, 0.0, 1.0)  # one bin: PSI is 0, and known to be
        return np.where(self.df > 0, tail, certain)


class FixedPools(Plain):
    """The same after pooling bins that expect fewer than 5 rows by the shares of the reference alone."""

    name = "fixed pools"

    def __init__(self, tables: Tables) -> None:
        score = tables.score
        sparse = tables.reference * (min(score.n, score.m) / score.n) < LEAST_OF_OTHERS
        merged = pooled(tables, sparse & tables.exists, LEAST_OF_OTHERS)
        super().__init__(merged)


class Wald(Law):
    """The larger p of noncentral chi-square and a normal error with the delta method's bias and variance.

    Sparse bins are pooled for "above". "Below" spends half of alpha on confidence limits of what sparse bins hold.
    """

    name = "Wald"

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        score = tables.score
        sparse = tables.exists & (tables.expected(tables.reference, tables.current) < LEAST_OF_OTHERS)
        merged = pooled(tables, sparse, LEAST_OF_OTHERS)
        self.bins = merged.exists.sum(axis=1)
        self.value, self.deviation, self.bias = delta_method(score, merged.reference, merged.current)
        r, c = (np.where(sparse, 0.0, side) for side in (tables.reference, tables.current))
        self.filled = (tables.exists & ~sparse).sum(axis=1)
        value, deviation, _ = delta_method(score, r, c)
        self.high = np.maximum(score.terms(r, c), score.terms(r, c, endless=True)).sum(axis=1)
        self.inflation = np.maximum(1.0, deviation**2 / (4 * score.unit * np.maximum(value, 1e-6 * score.unit)))
        self.any_sparse = sparse.any(axis=1)
        self.bound = np.where(self.any_sparse, self._bound(score, sparse), 0.0)

    def _bound(self, score: Score, sparse: Flags) -> Array:
        """What sparse bins add at most, surely enough: limits of the shares of both sides, times what they add."""
        bound: Array = np.zeros(len(sparse))
        rows = [np.where(sparse, side, 0.0).sum(axis=1) for side in (self.tables.reference, self.tables.current)]
        alpha = np.where(sum(rows) > 0, ALPHA / 4, ALPHA / 2)
        for seen, total, slope in zip(rows, (score.n, score.m), slopes_of_sparse(score), strict=True):
            share = scipy.special.betaincinv(seen + 1, np.maximum(total - seen, 1e-9), 1 - alpha)
            bound = np.where(sum(rows) > 0, bound + slope * share, np.maximum(bound, slope * share))
        return bound

    def above(self, tolerance: Any) -> Flags:
        unit = self.tables.score.unit
        law = noncentral(self.value / unit, self.bins - 1.0, tolerance / unit, above=True)
        normal = scipy.special.ndtr((tolerance + self.bias - self.value) / np.maximum(self.deviation, 1e-12))
        return (self.bins > 1) & (self.value > tolerance) & (np.maximum(law, normal) <= ALPHA)

    def below(self, tolerance: Any) -> Flags:
        unit = self.tables.score.unit * self.inflation
        visible = tolerance - self.bound
        df = (self.filled - np.where(self.any_sparse, 0.0, 1.0)) / self.inflation
        p = noncentral(self.high / unit, df, np.maximum(visible, 0.0) / unit, above=False)
        p = np.where(df > 0, p, 0.0)
        return (self.high < visible) & (p <= np.where(self.any_sparse, ALPHA / 2, ALPHA))


class Shipped(Law):
    """The law of the core."""

    name = "shipped"

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.law = ShippedLaw(tables)

    def above(self, tolerance: Any) -> Flags:
        return self.law.p_above(tolerance) <= ALPHA

    def below(self, tolerance: Any) -> Flags:
        return self.law.p_below(tolerance, ALPHA) <= ALPHA


def delta_method(score: Score, r: Array, c: Array) -> tuple[Array, Array, Array]:
    """PSI of the bins, its standard deviation by slopes, and its bias by second derivatives."""
    held = r + c > 0
    by_p, by_q, *shares = score.slopes(r, c)
    x, y = (np.where(held, share, 1.0) for share in shares)
    a, b = score.pseudo()
    w = score.n / (score.n + score.m)
    curved_p = (1 / x + y / x**2) * ((1 + a * w) / (1 + a)) ** 2
    curved_q = (1 / y + x / y**2) * ((1 + b * (1 - w)) / (1 + b)) ** 2
    variance, bias = np.zeros(len(r)), np.zeros(len(r))
    for slope, share, curved, rows in ((by_p, x, curved_p, score.n), (by_q, y, curved_q, score.m)):
        slope, share = np.where(held, slope, 0.0), np.where(held, share, 0.0)
        variance += np.maximum(0.0, (share * slope**2).sum(axis=1) - (share * slope).sum(axis=1) ** 2) / rows
        bias += 0.5 * (np.where(held, curved, 0.0) * share * (1 - share)).sum(axis=1) / rows
    return score.terms(r, c).sum(axis=1), np.sqrt(variance), bias


def slopes_of_sparse(score: Score) -> tuple[float, float]:
    """What shares of one side add at most to PSI, if the other side has no rows there."""
    whole, none = np.array(1.0), np.array(0.0)
    by_reference = score.terms(whole * score.n, none, endless=True)
    by_current = score.terms(none, whole * score.m, endless=True)
    return float(by_reference), float(by_current)
