"""Bins and sampling laws of the distances on bins, written from their definition: plain loops, rational numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from scipy import stats


@dataclass(frozen=True)
class Cell:
    """Rows between two values; one value if they are the same."""

    low: float
    high: float
    rows: int


def equal_share_bins(cells: Sequence[Cell], bins: int) -> list[list[Cell]]:
    """The walk along the reference: a heavy value has a bin of its own, the others close at an equal share."""
    n = sum(cell.rows for cell in cells)
    heavy = [cell.low == cell.high and cell.rows * bins >= n for cell in cells]
    rows_left = sum(cell.rows for cell, own in zip(cells, heavy, strict=True) if not own)
    bins_left = bins - sum(heavy)
    result: list[list[Cell]] = []
    filling: list[Cell] = []

    def close() -> None:
        nonlocal rows_left, bins_left, filling
        if filling:
            result.append(filling)
            rows_left -= sum(cell.rows for cell in filling)
            bins_left -= 1
            filling = []

    for cell, own in zip(cells, heavy, strict=True):
        if own:
            close()
            result.append([cell])
        else:
            share = Fraction(rows_left, max(1, bins_left))
            if filling and sum(c.rows for c in filling) + cell.rows > share:
                close()
            filling.append(cell)
    close()
    return result


def gaps(bins: Sequence[Sequence[Cell]]) -> list[tuple[float, float]]:
    """Between which values of the reference each edge lies."""
    return [(before[-1].high, after[0].low) for before, after in pairwise(bins)]


def trailing_zero_bits(word: int) -> int:
    """Of the 52 mantissa bits of a double's 64 bits."""
    return next((zeros for zeros in range(52) if word >> zeros & 1), 52)


def holds_multiple(first: int, last: int, step: int) -> bool:
    """Is a multiple of `step` among the whole numbers from `first` to `last`?"""
    return first <= last and last // step > (first - 1) // step


def frequent_labels(reference: Counter[str]) -> set[str]:
    """Labels with a bin of their own. Requires that the 20th and the 21st do not tie."""
    least = max(reference.total() / 40, 20)
    return {label for label, rows in reference.most_common(20) if rows >= least}


@dataclass(frozen=True)
class Shrunk:
    """Shares of both sides over the bins that hold a row, pulled towards those of both sides together."""

    raw: tuple[list[float], list[float]]
    n: float
    m: float
    relative: tuple[float, float]
    """Pseudo-rows of each side as a multiple of its rows."""

    @property
    def p(self) -> list[float]:
        return self._side(0)

    @property
    def q(self) -> list[float]:
        return self._side(1)

    @property
    def unit(self) -> float:
        return 1 / self.n + 1 / self.m

    @property
    def df(self) -> int:
        return len(self.raw[0]) - 1

    def _side(self, side: int) -> list[float]:
        n, m, a = self.n, self.m, self.relative[side]
        pooled = [(n * p + m * q) / (n + m) for p, q in zip(*self.raw, strict=True)]
        return [(share + a * pi) / (1 + a) for share, pi in zip(self.raw[side], pooled, strict=True)]


def shrunk_shares(reference: Sequence[float], current: Sequence[float], pseudo_rows: float | None = None) -> Shrunk:
    """``pseudo_rows=0`` keeps the raw shares; by default as many as PSI adds."""
    pairs = [(r, c) for r, c in zip(reference, current, strict=True) if r or c]
    n, m = sum(r for r, _ in pairs), sum(c for _, c in pairs)
    added = [max(len(pairs) / 2, 0.002 * rows) if pseudo_rows is None else pseudo_rows for rows in (n, m)]
    return Shrunk(([r / n for r, _ in pairs], [c / m for _, c in pairs]), n, m, (added[0] / n, added[1] / m))


def estimated_psi(p: Sequence[float], q: Sequence[float], n: float, m: float) -> float:
    """What PSI tends to as the rows of both sides grow in proportion: two in a thousand remain pseudo-rows."""
    return psi(Shrunk((list(p), list(q)), n, m, (0.002, 0.002)))


def psi(shares: Shrunk) -> float:
    return sum((p - q) * math.log(p / q) for p, q in zip(shares.p, shares.q, strict=True))


def kl_divergence(shares: Shrunk) -> float:
    """Of the current from the reference data, in nats."""
    return sum(q * math.log(q / p) for p, q in zip(shares.p, shares.q, strict=True))


def jensen_shannon_bits(shares: Shrunk) -> float:
    """The divergence: the square of the distance."""
    total = 0.0
    for p, q in zip(shares.p, shares.q, strict=True):
        total += sum(share * math.log2(2 * share / (p + q)) / 2 for share in (p, q) if share > 0)
    return total


def hellinger_squared(shares: Shrunk) -> float:
    return sum((math.sqrt(p) - math.sqrt(q)) ** 2 for p, q in zip(shares.p, shares.q, strict=True)) / 2


DIVERGENCES = {
    "psi": (psi, 1.0),
    "kl_divergence": (kl_divergence, 1 / 2),
    "jensen_shannon": (jensen_shannon_bits, 1 / (8 * math.log(2))),
    "hellinger": (hellinger_squared, 1 / 8),
}
"""What is summed, and by what factor its null law differs from (1/n + 1/m) times a chi-square variable."""


def p_no_change(shares: Shrunk) -> float:
    """Upper tail of PSI's chi-square null law. Holds where every bin is well filled."""
    return float(stats.chi2.sf(psi(shares) / shares.unit, shares.df))
