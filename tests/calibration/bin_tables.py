"""Counts of bins drawn directly, without rows: references with the bins that the core would make of them, and changes.

A column of a setting costs microseconds so, where rows, profiles and a comparison cost a millisecond. Numbers without
ties fill their bins exactly, and what is random is the share of the population between two edges; labels get their bins
by their counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from tests.calibration import truths
from tests.calibration.populations import GROUPS, NUMERIC_CHANGES, POPULATIONS, Labels
from tests.calibration.shipped_law import Tables

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

BINS = 10
OWN_LABELS = 20
NO_CHANGE = "no change"
COLUMNS_TO_TUNE = 60


@dataclass(frozen=True)
class References:
    """Counts of many references in their bins, and the shares of the populations in them."""

    counts: Array
    exists: NDArray[np.bool_]
    shares: dict[str, Array]
    """Of the population (`NO_CHANGE`) and of each that it may change to."""
    beyond: tuple[tuple[Whole, Whole], ...] = ()
    """Bins that are there only if a current row is in them, with the bin that else holds their share; −1: none."""

    @property
    def numeric(self) -> bool:
        return bool(self.beyond)

    @property
    def rows(self) -> int:
        return int(self.counts[0].sum())

    def part_for(self, change: str, effect: float, m: int) -> float:
        """Of current rows that come from the changed population, so that half of the columns get a larger PSI."""
        p, q = (self.shares[name][:COLUMNS_TO_TUNE] for name in (NO_CHANGE, change))
        return float(np.median(np.nan_to_num(truths.tuned(p, q, self.rows, m, effect), nan=np.inf)))

    def draw(self, rng: np.random.Generator, change: str, part: float, m: int) -> tuple[Tables, Array]:
        """Current rows, and the true PSI of each column."""
        p, q = (self.shares[name].copy() for name in (NO_CHANGE, change))
        q = truths.mixed(p, q, np.full(len(p), part))
        current = rng.multinomial(m, q / q.sum(axis=1, keepdims=True)).astype(float)
        exists = self.exists.copy()
        columns = np.arange(len(current))
        for bins, neighbours in self.beyond:
            unseen = columns[(bins >= 0) & (current[columns, bins] == 0)]
            for side in (p, q):
                side[unseen, neighbours[unseen]] += side[unseen, bins[unseen]]
                side[unseen, bins[unseen]] = 0.0
            exists[unseen, bins[unseen]] = False
        return Tables(self.counts, current, exists, self.numeric), truths.psi(p, q, self.rows, m)


Shape = Callable[[np.random.Generator, int, int], References]
"""Takes reference rows and a number of columns."""


def without_ties(at_start: float = 0.0, at_end: float = 0.0) -> Shape:
    """Numbers of which a share is one value, the least or the greatest, and all others differ."""

    def draw(rng: np.random.Generator, n: int, columns: int) -> References:
        rows = rng.multinomial(n, (at_start, 1 - at_start - at_end, at_end), columns).astype(float)
        free = equal_rows(rows[:, 1], BINS - (at_start > 0) - (at_end > 0))
        # k ordered rows leave k + 1 gaps of exponential width; an edge lies in the middle of one. So a bin has as many
        # gaps as rows, and what remains is half a gap at each end.
        gaps = rng.standard_gamma(np.pad(free, ((0, 0), (1, 1)), constant_values=0.5))
        gaps *= (1 - at_start - at_end) / gaps.sum(axis=1, keepdims=True)
        none = np.flatnonzero(free[:, -1] == 0)
        if at_end == 0 and len(none):  # fewer rows than bins: the last half is that of the last bin there is
            gaps[none, (free[none] > 0).sum(axis=1)] += gaps[none, -1]
            gaps[none, -1] = 0.0
        if at_start > 0:
            gaps[:, 0] += at_start
            free = np.c_[rows[:, 0], free]
        else:
            gaps = np.c_[gaps[:, 0] + gaps[:, 1], gaps[:, 2:]]
        if at_end > 0:
            gaps[:, -1] += at_end
            free = np.c_[free, rows[:, 2]]
        else:
            gaps = np.c_[gaps[:, :-2], gaps[:, -2] + gaps[:, -1]]
        return numbers(free, np.c_[np.zeros(columns), np.minimum(np.cumsum(gaps, axis=1), 1.0)])

    return draw


def equal_rows(rows: Array, bins: int) -> Array:
    """Counts of bins that close when the next row would take them above their part of the rows that are left."""
    left, counts = rows.copy(), []
    for closed in range(bins):
        counts.append(np.minimum(left, np.maximum(1.0, np.floor(left / (bins - closed)))))
        left = left - counts[-1]
    return np.stack(counts, axis=1)


def numbers(counts: Array, levels: Array) -> References:
    """Bins between levels of the population; one without a row of the reference holds nothing and is none."""
    shares = {NO_CHANGE: np.diff(levels)} | {
        name: np.diff(np.reshape(law.cdf(levels.ravel()), levels.shape)) for name, law in NUMERIC_CHANGES.items()
    }
    none = np.full(len(counts), -1)
    return References(counts, counts > 0, shares, ((none, none),))


def ties(rng: np.random.Generator, n: int, columns: int) -> References:
    """Poisson numbers with mean 3."""
    reached = scipy.stats.poisson.cdf(np.arange(25), 3.0)
    reached[-1] = 1.0
    cells = rng.multinomial(n, np.diff(reached, prepend=0.0), columns)
    bins = bins_of_values(cells)
    width = int(bins.max()) + 2  # the last for the rows beyond a greatest value with a bin of its own
    exact = {NO_CHANGE: np.diff(reached, prepend=0.0)} | {
        name: np.diff(law.cdf(reached), prepend=0.0) for name, law in NUMERIC_CHANGES.items()
    }
    counts = folded(cells.astype(float), bins, width)
    shares = {name: folded(np.broadcast_to(each, cells.shape), bins, width) for name, each in exact.items()}
    each = np.arange(columns)
    low, high = bins[:, 0], bins[:, -1]
    first, last = (counts[each, low] == 0), (counts[each, high] == 0)
    beyond = (
        (np.where(first, low, -1), np.where(first, low + 1, -1)),
        (np.where(last, high, -1), np.where(last, high - 1, -1)),
    )
    exists = counts > 0
    exists[first, low[first]] = True
    exists[last, high[last]] = True
    return References(counts, exists, shares, beyond)


def bins_of_values(cells: Whole) -> Whole:
    """The bin of each value, by the rows that references have of each: equal_share_edges and bound_end_values.

    A value that a reference lacks falls to the side of the edge; one beyond its least or greatest value is apart where
    that has a bin of its own.
    """
    columns, values = cells.shape
    n = cells.sum(axis=1)
    own = (cells >= n[:, None] / BINS) & (cells > 0)
    bins_left = BINS - own.sum(axis=1).astype(float)
    rows_left = n - np.where(own, cells, 0).sum(axis=1).astype(float)
    room = rows_left / np.maximum(1.0, bins_left)
    index, held, is_open = np.full(columns, -1), np.zeros(columns), np.zeros(columns, dtype=bool)
    found = np.full((columns, values), -1)
    for value in range(values):
        count, alone, some = cells[:, value], own[:, value], cells[:, value] > 0
        closes = some & is_open & (alone | (held + count > room))
        rows_left, bins_left = rows_left - closes * held, bins_left - closes
        room = np.where(closes, rows_left / np.maximum(1.0, bins_left), room)
        starts = some & (alone | closes | ~is_open)
        index = index + starts
        held = np.where(some, np.where(starts, count, held + count), held)
        is_open = np.where(some, ~alone, is_open)
        found[some, value] = index[some]
    return with_gaps(found, own)


def with_gaps(found: Whole, own: NDArray[np.bool_]) -> Whole:
    """Bins of the values that references lack, marked with −1."""
    columns, values = found.shape
    each, every = np.arange(columns)[:, None], np.arange(values)
    seen = found >= 0
    before = np.maximum.accumulate(np.where(seen, every, -1), axis=1)
    after = np.minimum.accumulate(np.where(seen, every, values)[:, ::-1], axis=1)[:, ::-1]
    inside = (before >= 0) & (after < values)
    low, high = np.where(inside, before, 0), np.where(inside, after, 0)
    bins = found[each, np.where(every < EDGES[low, high], low, high)]
    first, last = after[:, :1], before[:, -1:]
    bins = np.where(before < 0, found[each, first] - own[each, first], bins)
    bins = np.where(after == values, found[each, last] + own[each, last], bins)
    return np.where(seen, found, bins) - np.minimum(bins.min(axis=1, keepdims=True), 0)


def edge_between(below: int, above: int) -> float:
    """The number with the most trailing zero bits in the middle half of the gap, the lowest on ties."""
    low, high = (int(np.float64(x).view(np.int64)) for x in (0.75 * below + 0.25 * above, 0.25 * below + 0.75 * above))
    for zeros in reversed(range(53)):
        candidate = -(-low >> zeros) << zeros
        if candidate <= high:
            break
    return float(np.int64(candidate).view(np.float64))


EDGES = np.array([[edge_between(below, above) for above in range(25)] for below in range(25)])
"""Between whole numbers, the first below the second."""


def folded(cells: Array, bins: Whole, width: int) -> Array:
    """Sums of cells by bin, for each row."""
    rows = np.arange(len(cells))[:, None]
    places = (rows * width + bins).ravel()
    return np.bincount(places, cells.ravel(), len(cells) * width).astype(float).reshape(len(cells), width)


def labels(population: Labels, groups: int = GROUPS, group_of: Whole | None = None) -> Shape:
    """Labels; those that can get a bin of their own are drawn one by one, the others by group."""
    group_of = population.groups if group_of is None else group_of

    def draw(rng: np.random.Generator, n: int, columns: int) -> References:
        least = max(n / 40, 20)
        able = np.flatnonzero(scipy.stats.binom.sf(np.ceil(least) - 1, n, population.p) > 1e-9)
        cell_of = len(able) + group_of
        cell_of[able] = np.arange(len(able))
        width = len(able) + groups
        by_cell = {
            name: np.bincount(cell_of, each, width)
            for name, each in {NO_CHANGE: population.p, **population.changed}.items()
        }
        cells = rng.multinomial(n, by_cell[NO_CHANGE], columns)
        bins = bins_of_labels(cells, n, group_of[able])
        counts = folded(cells.astype(float), bins, width)
        shares = {name: folded(np.broadcast_to(each, cells.shape), bins, width) for name, each in by_cell.items()}
        exists = bins == np.arange(width)
        return References(counts, exists, shares)

    return draw


def bins_of_labels(cells: Whole, n: int, group_of: Whole) -> Whole:
    """Where each of the frequent labels, which come first, and each group counts: on its own, or in its group."""
    able = len(group_of)
    frequent = cells[:, :able]
    rank = np.argsort(np.argsort(-frequent, axis=1, kind="stable"), axis=1)
    own = (frequent >= max(n / 40, 20)) & (rank < OWN_LABELS)
    places = np.broadcast_to(np.arange(cells.shape[1]), cells.shape).copy()
    places[:, :able] = np.where(own, places[:, :able], able + group_of)
    return places


SHAPES: dict[str, Shape] = {
    "10 even bins": without_ties(),
    "ties": ties,
    "zero-inflated": without_ties(at_start=0.7),
    "saturated scores": without_ties(at_end=0.3),
    **{each.name: labels(each) for each in POPULATIONS.values() if isinstance(each, Labels)},
}
"""Numbers without ties, Poisson, 70 % zeros, 30 % ones; and the labels of the long calibration."""
