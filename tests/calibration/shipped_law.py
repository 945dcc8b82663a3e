"""The law of PSI that the core has, for many columns at once: what `score_laws` compares with other laws.

`tests/oracle/slow_law.py` has it in plain loops for all four divergences, to prove that the core computes what the docs
say; this form is for thousands of settings. Tests hold both against the core.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.special
import scipy.stats
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

KEPT = 0.002
"""Pseudo-rows per row that are left when rows are endless."""
LEAST = 2.0
"""Rows that a bin must expect on the smaller side to stand on its own."""
MARGIN_ABOVE, MARGIN_BELOW = 1.25, 1.1
SPLITS = 8
Z = float(scipy.special.ndtri(0.95))
LARGEST_EXACT = 2_000.0
"""Noncentrality beyond which the core takes Sankaran's approximation."""


@dataclass(frozen=True)
class Score:
    """PSI of n and m rows; `occupied` bins have a row, for each column."""

    n: float
    m: float
    occupied: Array

    @property
    def unit(self) -> float:
        return 1 / self.n + 1 / self.m

    def shrink(self, p: Array, q: Array, *, endless: bool = False) -> tuple[Array, Array]:
        a, b = self.pseudo(endless=endless)
        weight = self.n / (self.n + self.m)
        middle = weight * p + (1 - weight) * q
        return (p + a * middle) / (1 + a), (q + b * middle) / (1 + b)

    def pseudo(self, *, endless: bool = False) -> tuple[Any, Any]:
        """Pseudo-rows per row of each side."""
        if endless:
            return KEPT, KEPT
        a, b = (np.maximum(0.5 * self.occupied, KEPT * rows) / rows for rows in (self.n, self.m))
        return a, b

    def terms(self, r: Array, c: Array, *, endless: bool = False) -> Array:
        """What each bin adds."""
        p, q = r / self.n, c / self.m
        x, y = self.shrink(p, q, endless=endless)
        some = p != q
        return np.where(some, (x - y) * np.log(np.where(some, x, 1) / np.where(some, y, 1)), 0.0)

    def slopes(self, r: Array, c: Array) -> tuple[Array, Array, Array, Array]:
        """Derivatives of each bin's term by the raw shares, and the shrunk shares."""
        x, y = (np.maximum(side, 1e-300) for side in self.shrink(r / self.n, c / self.m))
        ratio = np.log(x / y)
        by_x, by_y = ratio + 1 - y / x, 1 - x / y - ratio
        a, b = self.pseudo()
        w = self.n / (self.n + self.m)
        by_p = by_x * (1 + a * w) / (1 + a) + by_y * b * w / (1 + b)
        by_q = by_x * a * (1 - w) / (1 + a) + by_y * (1 + b * (1 - w)) / (1 + b)
        return by_p, by_q, x, y


@dataclass(frozen=True)
class Tables:
    """Counts of many columns of n reference and m current rows: one row per column, one column per bin."""

    reference: Array
    current: Array
    exists: Flags
    """A bin without rows may exist (a group of labels), or only fill up the row."""
    numeric: bool

    @cached_property
    def score(self) -> Score:
        n, m = (float(side[0].sum()) for side in (self.reference, self.current))
        return Score(n, m, ((self.reference + self.current) > 0).sum(axis=1, keepdims=True).astype(float))

    def __len__(self) -> int:
        return len(self.reference)

    def __getitem__(self, chosen: Any) -> Tables:
        return Tables(self.reference[chosen], self.current[chosen], self.exists[chosen], self.numeric)

    def expected(self, r: Array, c: Array) -> Array:
        """Rows of bins on the smaller side if nothing changed."""
        n, m = self.score.n, self.score.m
        share = (r + c) / (n + m)
        if self.numeric:
            share = np.where(r > 0, r / n, share)
        return min(n, m) * share


def pooled(tables: Tables, sparse: Flags, least: float = LEAST) -> Tables:
    """Sparse bins as one, in a column of its own; joined to the smallest of the others if it is sparse itself."""
    r, c = (np.where(sparse, 0.0, side) for side in (tables.reference, tables.current))
    rest_r, rest_c = ((side - kept).sum(axis=1) for side, kept in ((tables.reference, r), (tables.current, c)))
    alone = (tables.expected(rest_r, rest_c) >= least) | ~(r + c > 0).any(axis=1)
    smallest = np.where(r + c > 0, r + c, np.inf).argmin(axis=1)
    rows = np.flatnonzero(~alone)
    r[rows, smallest[rows]] += rest_r[rows]
    c[rows, smallest[rows]] += rest_c[rows]
    r, c = np.c_[r, np.where(alone, rest_r, 0.0)], np.c_[c, np.where(alone, rest_c, 0.0)]
    return Tables(r, c, r + c > 0, tables.numeric)


def noncentral(x: Array, df: Array, noncentrality: Array, *, above: bool) -> Array:
    """P(X ≥ x) or P(X ≤ x) as the core computes it."""
    x, df, noncentrality = np.broadcast_arrays(x, df, noncentrality)
    result = np.full(x.shape, 1.0 if above else 0.0)
    usual = (x > 0) & (df > 0)
    far = usual & (noncentrality > LARGEST_EXACT)
    exact = usual & ~far
    tail = scipy.stats.ncx2.sf if above else scipy.stats.ncx2.cdf
    result[exact] = np.clip(tail(x[exact], df[exact], np.maximum(noncentrality[exact], 0.0)), 0.0, 1.0)
    score = normal_score(x[far], df[far], noncentrality[far])
    result[far] = scipy.special.ndtr(-score if above else score)
    return result


def normal_score(x: Array, df: Array, noncentrality: Array) -> Array:
    """Sankaran (1963), doi:10.1093/biomet/50.1-2.199."""
    mean, half = df + noncentrality, df + 2 * noncentrality
    h = 1 - 2 / 3 * mean * (df + 3 * noncentrality) / half**2
    p = half / mean**2
    m = (h - 1) * (1 - 3 * h)
    centre = 1 + h * p * (h - 1 - 0.5 * (2 - h) * m * p)
    return ((x / mean) ** h - centre) / (h * np.sqrt(2 * p) * (1 + 0.5 * m * p))


def poisson_limits(count: Array) -> tuple[Array, Array]:
    """Byar's one-sided 95 % limits of a Poisson mean."""
    some = np.maximum(count, 1e-300)
    low = some * np.maximum(0.0, 1 - 1 / (9 * some) - Z / (3 * np.sqrt(some))) ** 3
    following = count + 1
    high = following * (1 - 1 / (9 * following) + Z / (3 * np.sqrt(following))) ** 3
    return np.where(count > 0, low, 0.0), high


def delta_variance(score: Score, r: Array, c: Array, terms: Array) -> Array:
    """Of the sum of the terms: delta method, with secants to a Poisson limit where a small count makes them steeper."""
    n, m = score.n, score.m
    by_p, by_q, x, y = score.slopes(r, c)
    total: Array = np.zeros(len(r))
    for slope, share, count, equal, rows, in_reference in (
        (by_p, x, r, c * n / m, n, True),
        (by_q, y, c, r * m / n, m, False),
    ):
        error = np.where(r + c > 0, slope * np.sqrt(share / rows), 0.0)
        i, j = np.nonzero((count < 10) & (r + c > 0))
        few, same = count[i, j], equal[i, j]
        low, high = poisson_limits(few)
        other = np.where(few < same, np.minimum(high, same), np.maximum(low, same))
        sides = (other, c[i, j]) if in_reference else (r[i, j], other)
        there = replace(score, occupied=score.occupied[i, 0]).terms(*sides)
        secant = np.where(other < few, -1.0, 1.0) * (there - terms[i, j]) / Z
        slow = error[i, j]
        error[i, j] = np.where(np.abs(secant) > np.abs(slow), secant, slow)
        total += np.maximum(0.0, (error**2).sum(axis=1) - (error * np.sqrt(count)).sum(axis=1) ** 2 / rows)
    return total


class ScaledLaw:
    """Noncentral chi-square whose variance is that of the delta method, over the bins of `tables` that are `held`."""

    def __init__(self, tables: Tables, held: Flags, score: Score, margin: float) -> None:
        r, c = np.where(held, tables.reference, 0.0), np.where(held, tables.current, 0.0)
        terms = score.terms(r, c)
        self.value = terms.sum(axis=1)
        self.high = np.maximum(terms, score.terms(r, c, endless=True)).sum(axis=1)
        self.bins = held.sum(axis=1)
        unit, variance = score.unit, delta_variance(score, r, c, terms)
        some = self.value > 1e-6 * unit
        more = np.where(some, variance / (4 * unit * np.where(some, self.value, 1.0)), 1.0)
        inflation = margin * np.maximum(1.0, more)
        self.df, self.unit = (self.bins - 1.0) / inflation, unit * inflation

    def above(self, seen: Array, effect: Array) -> Array:
        return noncentral(seen / self.unit, self.df, effect / self.unit, above=True)

    def below(self, chosen: Any, seen: Array, effect: Array) -> Array:
        """Of the columns that are chosen; with one bin or none the score is certain."""
        df, unit = self.df[chosen], self.unit[chosen]
        certain = np.where(seen >= effect, 1.0, 0.0)
        return np.where(df > 0, noncentral(seen / unit, df, effect / unit, above=False), certain)


class ShippedLaw:
    """p-values of "PSI is at most" and "at least" a tolerance, one tolerance per column."""

    def __init__(self, tables: Tables) -> None:
        sparse = tables.exists & (tables.expected(tables.reference, tables.current) < LEAST)
        filled = tables.exists & ~sparse
        merged = pooled(tables, sparse)
        score = tables.score  # its shrinkage is that of all bins, pooled or not
        self.for_above = ScaledLaw(merged, merged.exists, score, MARGIN_ABOVE)
        self.for_below = ScaledLaw(tables, filled, score, MARGIN_BELOW)
        self.any_sparse = sparse.any(axis=1)
        one, none = np.array(1.0), np.array(0.0)
        by_reference = score.terms(one * score.n, none, endless=True) / score.n
        by_current = score.terms(none, one * score.m, endless=True) / score.m
        hidden = (by_reference * tables.reference + by_current * tables.current) * sparse
        self.step = float(max(by_reference, by_current))
        self.seen = self._continuous(tables, filled) + hidden.sum(axis=1)

    def _continuous(self, tables: Tables, filled: Flags) -> Array:
        """The score of the well-filled bins; of two bins it takes few values, so half a row is added."""
        first = filled.argmax(axis=1)
        each = np.arange(len(tables))
        n, m = tables.score.n, tables.score.m
        share = (tables.reference[each, first] + tables.current[each, first]) / (n + m)
        two = (self.for_below.bins == 2) & (share < 1)
        share = np.where(two, share, 0.5)
        half_row = np.where(two, 0.5 / min(n, m) / np.sqrt(share * (1 - share)), 0.0)
        return (np.sqrt(self.for_below.high) + half_row) ** 2

    def p_above(self, tolerance: Any) -> Array:
        effect = np.broadcast_to(np.asarray(tolerance, dtype=float), self.seen.shape)
        law = self.for_above
        return np.where((law.df <= 0) | (law.value <= effect), 1.0, law.above(law.value, effect))

    def p_below(self, tolerance: Any, enough: float = 1.0) -> Array:
        """Where p is above `enough`, a p above it: what hidden parts of the change would add is left out."""
        effect = np.broadcast_to(np.asarray(tolerance, dtype=float), self.seen.shape)
        p = np.ones(len(self.seen))
        open_ = np.flatnonzero(self.seen < effect)
        plain = self.for_below.below(open_, self.seen[open_], effect[open_])
        p[open_] = plain
        for part in range(1, SPLITS + 1):
            left = open_[self.any_sparse[open_] & (p[open_] <= enough)]
            p[left] = np.maximum(p[left], self._split_below(left, effect[left], effect[left] * part / SPLITS))
        return np.minimum(p, 1.0)

    def _split_below(self, chosen: NDArray[np.intp], effect: Array, hidden: Array) -> Array:
        """P(statistic ≤ seen) if sparse bins hold `hidden` of the effect, shown by a Poisson number of rows."""
        mean = hidden / self.step
        width = np.sqrt(mean)
        stride = np.maximum(1.0, np.floor(0.25 * width))
        top = np.minimum(np.floor(self.seen[chosen] / self.step), np.floor(mean + 6 * width))
        steps = np.arange(int((top // stride).max(initial=0)) + 1)
        rows = top[:, None] - steps * stride[:, None]
        weight = stride[:, None] * np.exp(
            rows * np.log(mean)[:, None] - mean[:, None] - scipy.special.gammaln(rows + 1)
        )
        negligible = (rows < mean[:, None]) & (weight < 1e-9)
        # The first negligible number of rows still counts.
        counts = (rows >= 0) & (np.cumsum(negligible, axis=1) - negligible == 0)
        i, k = np.nonzero(counts)
        which = chosen[i]
        p = self.for_below.below(which, self.seen[which] - rows[i, k] * self.step, (effect - hidden)[i])
        return np.bincount(i, weight[i, k] * p, len(chosen)).astype(float)
