"""Rows that come in blocks (days, users, sessions): how many independent rows they are worth.

Rows of one day resemble each other, so shares vary more between days than counting rows says. The design effect is how
many times more: rows / design effect is the number of independent rows with the same spread. It grows with the size of
a block, so it is not the design effect that is carried from the reference to a window of one day, but the spread
between blocks that is beyond chance.

For k bins the spread is a matrix with k − 1 directions. Their mean design effect is Rao and Scott's first correction
of a chi-square statistic; if few directions carry it all (a storm delays every flight), the tail is longer than the
mean says, and Satterthwaite's approximation gives the factor at the 95 % quantile, which is what `design_effect` is.

References: Rao, Scott (1981), doi:10.1080/01621459.1981.10477633; (1984), doi:10.1214/aos/1176346391.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_BLOCKS",
    "RowWorth",
    "Spread",
    "design_effect",
    "largest_design_effect",
    "measure_spread",
    "ordered_design_effect",
    "ordered_spreads",
]

LEAST_BLOCKS = 10
"""Fewer blocks with values say too little about how blocks differ."""

_NORMAL_95 = 1.6448536269514722

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowWorth:
    """What one row of the (reference, current data) is worth: 1 / design effect, in each question."""

    shares: tuple[float, float] = (1.0, 1.0)
    order: tuple[float, float] = (1.0, 1.0)
    nulls: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """How shares in k bins vary between blocks beyond chance, as if blocks were endless.

    In units of the variance of one row: ``total`` and ``squares`` are the sum and the sum of squares over the
    ``directions`` = k − 1 in which shares can move. Known from ``degrees`` + 1 blocks.
    """

    directions: int
    total: float
    squares: float
    degrees: float = math.inf


def measure_spread(counts: Counts, groups: NDArray[np.intp] | None = None) -> Spread:
    """The spread of counts, one row for each block and one column for each bin.

    Unbiased but for being at least 0, by the method of moments. Blocks and bins without a row are left out. With fewer
    than ``LEAST_BLOCKS`` blocks nothing is known, and the rows of a block are taken for copies of one. ``groups``: the
    group of each block, from 0 on, whose shares it is compared with instead of those of all.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> alike = rng.multinomial(100, [0.5, 0.3, 0.2], size=2000)
    >>> round(design_effect(measure_spread(alike), alike), 1)
    1.0
    """
    table = np.asarray(counts, dtype=float)
    rows = table.sum(axis=1) > 0
    table = table[rows][:, table.sum(axis=0) > 0]
    n_blocks, n_bins = table.shape
    group = np.zeros(n_blocks, dtype=np.intp) if groups is None else np.unique(groups[rows], return_inverse=True)[1]
    degrees = n_blocks - int(group.max(initial=0)) - 1
    if n_bins < 2:
        return Spread(0, 0.0, 0.0)
    if degrees < LEAST_BLOCKS - 1:
        return Spread(n_bins - 1, n_bins - 1.0, n_bins - 1.0)
    sizes = table.sum(axis=1)
    shares = table.sum(axis=0) / sizes.sum()
    of_groups = np.stack([np.bincount(group, weights=column) for column in table.T], axis=1)
    expected = (of_groups / of_groups.sum(axis=1, keepdims=True))[group] * sizes[:, None]
    beyond = (table - expected) / np.sqrt(shares)
    spread = beyond.T @ beyond * (n_blocks / degrees) / sizes.sum()
    directions = n_bins - 1
    trace = float(np.trace(spread))
    # The square of an estimate is too large by its variance; this is the unbiased one for normal errors.
    squares = float(np.sum(spread * spread)) - trace * trace / degrees
    squares *= degrees * degrees / ((degrees - 1.0) * (degrees + 2.0))
    growth = _growth(sizes)
    if growth <= 0.0:
        return Spread(directions, 0.0, 0.0, degrees)
    total = max(0.0, trace - directions) / growth
    own = (squares - 2.0 * trace + directions) / (growth * growth)
    return Spread(directions, total, min(max(own, total * total / directions), total * total), degrees)


def design_effect(spread: Spread, counts: Counts) -> float:
    """Rows that are worth one independent row in blocks of these sizes; at least 1.

    Of the 95 % quantile of the chi-square statistic of the shares, divided by a spread that is an estimate itself.
    """
    directions = spread.directions
    growth = _growth(np.asarray(counts, dtype=float).sum(axis=1))
    if directions == 0 or growth <= 0.0:
        return 1.0
    trace = directions + growth * spread.total
    squares = directions + 2.0 * growth * spread.total + growth * growth * spread.squares
    unequal = max(1.0, squares * directions / (trace * trace))
    quantile = _chi_square_95(directions / unequal)
    by_quantile = unequal * quantile / _chi_square_95(directions)
    # The first term of the quantile of F in terms of that of chi-square.
    by_estimate = 1.0 + (quantile - directions / unequal + 2.0) / (2.0 * spread.degrees)
    return max(1.0, trace / directions * by_quantile * by_estimate)


def ordered_design_effect(known: Counts, counts: Counts) -> float:
    """The largest design effect of the shares below an edge between two bins, which a distribution function is made of.

    ``known`` are the blocks that the spread is measured on, ``counts`` those it is wanted for.
    """
    return largest_design_effect(ordered_spreads(known), counts)


def ordered_spreads(known: Counts) -> list[Spread]:
    """The spread of the share below each edge between two bins."""
    return [measure_spread(_below(known, edge)) for edge in range(1, np.shape(known)[1])]


def largest_design_effect(spreads: Sequence[Spread], counts: Counts) -> float:
    """The largest design effect of the shares below an edge, given their spreads; at least 1."""
    effects = [design_effect(spread, _below(counts, edge)) for edge, spread in enumerate(spreads, 1)]
    return max([1.0, *effects])


def _below(counts: Counts, edge: int) -> Counts:
    return np.stack([counts[:, :edge].sum(axis=1), counts[:, edge:].sum(axis=1)], axis=1)


def _growth(sizes: NDArray[Any]) -> float:
    """What the spread between blocks is multiplied by: other rows in the same block, of the average row."""
    total = float(sizes.sum())
    return float(np.sum(sizes * (sizes - 1.0))) / total if total > 0.0 else 0.0


def _chi_square_95(degrees: float) -> float:
    """95 % quantile of chi-square (Wilson and Hilferty); within 3 % from one degree of freedom on."""
    unit = 2.0 / (9.0 * degrees)
    return degrees * (1.0 - unit + _NORMAL_95 * math.sqrt(unit)) ** 3
