"""What a column's numbers are, written to be read: rational arithmetic, sorted rows, no cleverness, no speed."""

from __future__ import annotations

import math
import struct
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


def bits(x: float) -> int:
    """The 64 bits of a double."""
    return int(struct.unpack("<Q", struct.pack("<d", x))[0])


def exact_mean(values: Sequence[float]) -> float:
    """The double nearest to the mean."""
    return _nearest(sum(map(Fraction, values), Fraction(0)) / len(values))


def exact_std(values: Sequence[float]) -> float:
    """The double nearest to the sample standard deviation (n - 1)."""
    n = len(values)
    total = sum(map(Fraction, values), Fraction(0))
    squares = sum((Fraction(x) ** 2 for x in values), Fraction(0))
    return nearest_root((n * squares - total * total) / (n * (n - 1)))


def nearest_root(x: Fraction) -> float:
    """The double nearest to the square root of a rational, found with whole numbers."""
    if x == 0:
        return 0.0
    # Scaled so that the root has more than 60 bits beyond the last one of any double.
    shift = 2 * 1200
    root = math.isqrt((x.numerator << shift) // x.denominator)
    below = Fraction(root, 1 << (shift // 2))
    above = Fraction(root + 1, 1 << (shift // 2))
    low, high = _nearest(below), _nearest(above)
    if low == high:
        return low
    middle = (Fraction(low) + Fraction(high)) / 2
    if x == middle * middle:
        return low if bits(low) % 2 == 0 else high
    return low if x < middle * middle else high


def _nearest(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def quantile(ascending: Sequence[float], q: float) -> float:
    """The value of rank ⌈q·n⌉, as NumPy's ``inverted_cdf`` has it."""
    rank = math.ceil(q * len(ascending))
    return ascending[max(rank, 1) - 1]


def cdf(ascending: Sequence[float], x: float) -> Fraction:
    """Share of the values at most `x`."""
    return Fraction(bisect_right(ascending, x), len(ascending))


def between(ascending: Sequence[float], low: float, high: float) -> int:
    """How many values lie in [low, high]."""
    return bisect_right(ascending, high) - bisect_left(ascending, low)


@dataclass(frozen=True, order=True)
class Place:
    """Where the histogram's definition puts a value: side and binade, and 52 bits of mantissa."""

    side: str
    exponent: int
    mantissa: int

    @property
    def page(self) -> tuple[str, int]:
        return self.side, self.exponent


def place(x: float) -> Place:
    """Page and mantissa of a finite value."""
    if x == 0.0:
        return Place("zero", 0, 0)
    if x < 0:
        side, of = "negative", -x
    elif x < 0.5:
        side, of = "below half", x
    elif x < 1.0:
        side, of = "below one", 1.0 - x
    else:
        side, of = "from one", x
    word = bits(of)
    return Place(side, word >> 52, word & ((1 << 52) - 1))


def cell_of_rows(values: Sequence[float], resolution: int) -> list[tuple[float, float, int]]:
    """Smallest row, largest row and number of rows of each occupied cell, ascending.

    Levels straight from their definition: the global one is the smallest with at most `resolution` cells, a page's own
    the smaller of that and the smallest with at most so many cells as a page may have.
    """
    places = {x: place(x) for x in set(values)}
    by_page: dict[tuple[str, int], set[int]] = {}
    for at in places.values():
        by_page.setdefault(at.page, set()).add(at.mantissa)
    cap = _page_cap(len(by_page))
    levels = range(53)

    def n_cells(page: tuple[str, int], level: int) -> int:
        return len({mantissa >> level for mantissa in by_page[page]})

    overall = next((level for level in levels if sum(n_cells(page, level) for page in by_page) <= resolution), 52)
    own = {page: min(overall, next((level for level in levels if n_cells(page, level) <= cap), 52)) for page in by_page}
    rows: dict[tuple[tuple[str, int], int], Counter[float]] = {}
    for x in values:
        at = places[x]
        rows.setdefault((at.page, at.mantissa >> own[at.page]), Counter())[x + 0.0] += 1
    return sorted((min(cell), max(cell), cell.total()) for cell in rows.values())


def _page_cap(n_pages: int) -> int:
    if n_pages <= 128:
        return 64
    share = 64 * 128 // n_pages
    return 1 << (share.bit_length() - 1) if share >= 1 else 1


def psi(reference: Sequence[int], current: Sequence[int]) -> float:
    """PSI with both shares shrunk towards the pooled ones, as the documentation defines it."""
    pairs = [(r, c) for r, c in zip(reference, current, strict=True) if r or c]
    n, m, n_bins = sum(r for r, _ in pairs), sum(c for _, c in pairs), len(pairs)
    add_n, add_m = max(n_bins / 2, 0.002 * n), max(n_bins / 2, 0.002 * m)
    total = 0.0
    for r, c in pairs:
        pooled = (r + c) / (n + m)
        p = (r + add_n * pooled) / (n + add_n)
        q = (c + add_m * pooled) / (m + add_m)
        total += (p - q) * math.log(p / q)
    return total


def jensen_shannon(reference: Sequence[int], current: Sequence[int]) -> float:
    """Distance, base 2, of raw shares."""
    n, m = sum(reference), sum(current)
    total = 0.0
    for r, c in zip(reference, current, strict=True):
        p, q = r / n, c / m
        middle = (p + q) / 2
        total += sum(share * math.log2(share / middle) / 2 for share in (p, q) if share > 0)
    return math.sqrt(max(total, 0.0))


def hellinger(reference: Sequence[int], current: Sequence[int]) -> float:
    """Distance of raw shares."""
    n, m = sum(reference), sum(current)
    total = sum((math.sqrt(r / n) - math.sqrt(c / m)) ** 2 for r, c in zip(reference, current, strict=True))
    return math.sqrt(total / 2)


def total_variation(reference: Sequence[int], current: Sequence[int]) -> float:
    """Half the sum of the differences of raw shares."""
    n, m = sum(reference), sum(current)
    return sum(abs(r / n - c / m) for r, c in zip(reference, current, strict=True)) / 2
