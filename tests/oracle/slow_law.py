"""The sampling law of the divergences on bins of labels, written a second time from docs/methods/psi.md.

It shows that the core computes the law that the docs describe; that the law's claims hold is for tests/calibration.

Plain loops over lists of counts, SciPy's distributions, numeric derivatives, sums over every number of hidden rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from tests.oracle import slow_bins as slow

LEAST = 2.0
"""Rows that a bin must expect on the smaller side to stand on its own."""
ROOTS = ("jensen_shannon", "hellinger")
SHRUNK = ("psi", "kl_divergence")
Z = float(stats.norm.isf(0.05))


@dataclass(frozen=True)
class Table:
    """Counts of labels on both sides."""

    reference: tuple[float, ...]
    current: tuple[float, ...]

    @property
    def n(self) -> float:
        return sum(self.reference)

    @property
    def m(self) -> float:
        return sum(self.current)

    @property
    def pairs(self) -> list[tuple[float, float]]:
        return list(zip(self.reference, self.current, strict=True))

    def expects(self, r: float, c: float) -> float:
        return min(self.n, self.m) * (r + c) / (self.n + self.m)


def term(method: str, table: Table, r: float, c: float, *, endless: bool) -> float:
    """What one bin adds; shares shrunk for the rows there are, or as with endless rows."""
    n, m = table.n, table.m
    occupied = sum(1 for pair in table.pairs if sum(pair) > 0)
    added = [0.002 if endless else max(occupied / 2 / rows, 0.002) for rows in (n, m)]
    if endless and method not in SHRUNK:
        added = [0.0, 0.0]
    p, q = r / n, c / m
    if p == q:
        return 0.0
    shares = slow.Shrunk(([p], [q]), n, m, (added[0], added[1]))
    divergence, _ = slow.DIVERGENCES[method]
    total = divergence(shares)
    # A single bin's shares need not sum to the same; Kullback–Leibler's generator is t ln t − t + 1.
    return total - shares.q[0] + shares.p[0] if method == "kl_divergence" else total


def deviation(method: str, table: Table, bins: Sequence[tuple[float, float]]) -> float:
    """Standard deviation by the delta method, with secants where a small count makes them steeper."""
    n, m = table.n, table.m
    occupied = sum(1 for pair in table.pairs if sum(pair) > 0)
    added = [max(occupied / 2, 0.002 * rows) / rows for rows in (n, m)]
    variance = 0.0
    for side, rows in enumerate((n, m)):
        square = mean = 0.0
        for r, c in bins:
            count = (r, c)[side]
            equal = (c * n / m, r * m / n)[side]

            def at(x: float, r: float = r, c: float = c, side: int = side) -> float:
                return term(method, table, x if side == 0 else r, x if side == 1 else c, endless=False)

            step = 1e-5 * max(count, 1e-3)
            slope = (at(count + step) - at(count - step)) / (2 * step) if count > 0 else (at(step) - at(0)) / step
            pooled = (r + c) / (n + m)
            share = (count / rows + added[side] * pooled) / (1 + added[side])
            error = slope * math.sqrt(share * rows)
            if count < 10:
                limit = min(upper(count), equal) if count < equal else max(lower(count), equal)
                secant = math.copysign(1.0, limit - count) * (at(limit) - at(count)) / Z
                error = secant if abs(secant) > abs(error) else error
            square += error**2
            mean += error * math.sqrt(count)
        variance += max(0.0, square - mean**2 / rows)
    return math.sqrt(variance)


def lower(count: float) -> float:
    """Byar's limit of a Poisson mean."""
    return count * max(0.0, 1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3 if count > 0 else 0.0


def upper(count: float) -> float:
    """Byar's limit of a Poisson mean."""
    return (count + 1) * (1 - 1 / (9 * (count + 1)) + Z / (3 * math.sqrt(count + 1))) ** 3


def scaled(method: str, table: Table, bins: Sequence[tuple[float, float]], margin: float) -> tuple[float, float]:
    """Degrees of freedom and unit of the noncentral chi-square law whose variance is that of the delta method."""
    unit = slow.DIVERGENCES[method][1] * (1 / table.n + 1 / table.m)
    value = sum(term(method, table, r, c, endless=False) for r, c in bins)
    more = deviation(method, table, bins) ** 2 / (4 * unit * value) if value > 1e-6 * unit else 1.0
    inflation = margin * max(1.0, more)
    return (len(bins) - 1) / inflation, unit * inflation


def pooled(table: Table) -> list[tuple[float, float]]:
    """Sparse bins as one, which joins the smallest other bin if it is sparse itself."""
    filled = [pair for pair in table.pairs if table.expects(*pair) >= LEAST]
    sparse = [pair for pair in table.pairs if table.expects(*pair) < LEAST]
    rest = (sum(r for r, _ in sparse), sum(c for _, c in sparse))
    if sum(rest) > 0 and (table.expects(*rest) >= LEAST or not filled):
        filled.append(rest)
    elif sum(rest) > 0:
        smallest = min(range(len(filled)), key=lambda i: sum(filled[i]))
        filled[smallest] = (filled[smallest][0] + rest[0], filled[smallest][1] + rest[1])
    return filled


def p_above(method: str, table: Table, tolerance: float) -> float:
    """p-value of "the distance is at most the tolerance"."""
    effect = tolerance**2 if method in ROOTS else tolerance
    bins = pooled(table)
    value = sum(term(method, table, r, c, endless=False) for r, c in bins)
    if len(bins) < 2 or value <= effect:
        return 1.0
    df, unit = scaled(method, table, bins, 1.5 if method in ROOTS else 1.25)
    return float(stats.ncx2.sf(value / unit, df, effect / unit))


def p_below(method: str, table: Table, tolerance: float) -> float:
    """p-value of "the distance is at least the tolerance". Tables with one or more than two well-filled bins."""
    effect = tolerance**2 if method in ROOTS else tolerance
    bins = [pair for pair in table.pairs if table.expects(*pair) >= LEAST]
    assert len(bins) != 2, "two bins have a correction for continuity"
    sparse = [pair for pair in table.pairs if table.expects(*pair) < LEAST]
    df, unit = scaled(method, table, bins, 1.4 if method == "kl_divergence" else 1.1)
    filled = sum(max(term(method, table, r, c, endless=endless) for endless in (False, True)) for r, c in bins)

    def law(seen: float, hidden_from: float) -> float:
        if seen <= 0:
            return 0.0
        return float(
            stats.ncx2.cdf(seen / unit, df, hidden_from / unit) if hidden_from > 0 else stats.chi2.cdf(seen / unit, df)
        )

    if not sparse:
        return 1.0 if filled >= effect else law(filled, effect)
    # One row on a side whose share is not shared with the other side.
    by_reference, by_current = (term(method, table, 1, 0, endless=True), term(method, table, 0, 1, endless=True))
    seen = filled + by_reference * sum(r for r, _ in sparse) + by_current * sum(c for _, c in sparse)
    if seen >= effect:
        return 1.0
    step = max(by_reference, by_current)
    worst = 0.0
    for part in range(9):
        hidden = effect * part / 8
        rows = range(math.floor(seen / step) + 1)
        worst = max(
            worst,
            sum(stats.poisson.pmf(k, hidden / step) * law(seen - k * step, effect - hidden) for k in rows),
        )
    return min(1.0, worst)
