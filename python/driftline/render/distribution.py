"""Both sides of one column on a shared axis: what the charts draw and their tables list."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bars", "Histogram", "shared_bars", "shared_histogram"]

Floats = npt.NDArray[np.float64]

MAX_BINS = 60
MAX_BARS = 12
_TAIL = 0.005  # of the values on either end may lie outside the axis, so that one outlier does not flatten the rest
_LOG_RATIO = 30.0  # 99.5 % quantile over median; an exponential law has 8, a lognormal of sigma 1 has 13
_FAR = 1.7976931348623157e308


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of the valid rows in the same bins, with what lies outside of them.

    ``edges`` has one element more than ``reference`` and ``current``; ``below`` and ``above`` hold the shares of
    the two sides outside the edges.
    """

    edges: Floats
    reference: Floats
    current: Floats
    below: tuple[float, float]
    above: tuple[float, float]
    logarithmic: bool
    whole_numbers: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of the valid rows of the labels that matter most; ``others`` are the rest, ``n_others`` labels of them."""

    labels: list[Any]
    reference: list[float]
    current: list[float]
    others: tuple[float, float]
    n_others: int


def shared_histogram(reference: Any, current: Any) -> Histogram | None:
    """Histogram of two numeric columns on one axis, or ``None`` where one has no values or the axis no finite width."""
    if not reference.n_valid or not current.n_valid:
        return None
    low, high, logarithmic = _axis(reference, current)
    whole = all(side.kind != "datetime" and side._core.all_integers for side in (reference, current))
    edges = _log_edges(low, high) if logarithmic else _linear_edges(low, high, whole_numbers=whole)
    if edges is None or not _can_be_cut(edges):
        return None
    shares = [_shares(side, edges) for side in (reference, current)]
    return Histogram(
        edges=edges,
        reference=shares[0][1:-1],
        current=shares[1][1:-1],
        below=(float(shares[0][0]), float(shares[1][0])),
        above=(float(shares[0][-1]), float(shares[1][-1])),
        logarithmic=logarithmic,
        whole_numbers=whole,
    )


def _axis(reference: Any, current: Any) -> tuple[float, float, bool]:
    sides = (reference, current)
    low = min(side.quantile(_TAIL) for side in sides)
    high = max(side.quantile(1 - _TAIL) for side in sides)
    smallest, largest = min(side.min for side in sides), max(side.max for side in sides)
    median = min(side.quantile(0.5) for side in sides)
    if low > 0 and high > _LOG_RATIO * median:
        return low, high, True
    room = 0.2 * (high - low)
    low = smallest if smallest >= low - room else low
    high = largest if largest <= high + room else high
    return low, high, False


def _can_be_cut(edges: Floats) -> bool:
    """Whether there is room for one more bin below the edges, and one above."""
    return bool(np.all(np.diff(np.concatenate(([-_FAR], edges, [_FAR]))) > 0))


def _shares(side: Any, edges: Floats) -> Floats:
    whole_line = np.concatenate(([-_FAR], edges, [_FAR]))
    counts: Floats = np.asarray(side.histogram(whole_line), dtype=np.float64)
    shares: Floats = counts / side.n_valid
    return shares


def _log_edges(low: float, high: float) -> Floats | None:
    if not (0 < low < high < math.inf):
        return None
    return np.geomspace(low, np.nextafter(high, math.inf), MAX_BINS + 1)


def _linear_edges(low: float, high: float, *, whole_numbers: bool) -> Floats | None:
    width = high - low
    if not math.isfinite(width) or 0 < width < MAX_BINS * sys.float_info.min:
        return None
    if width == 0:
        half = 0.5 if whole_numbers else max(abs(low), 1.0) / 2
        return np.array([low - half, low + half])
    step = nice_step(width / MAX_BINS, whole_numbers=whole_numbers)
    offset = step / 2 if whole_numbers and step == 1 else 0.5 if whole_numbers else 0.0
    first = math.floor((low + offset) / step)
    last = max(first + 1, math.ceil((high + offset) / step))
    edges: Floats = np.arange(first, last + 1, dtype=np.float64) * step - offset
    edges[-1] = max(edges[-1], np.nextafter(high, math.inf))  # the largest value is inside
    return edges


def nice_step(step: float, *, whole_numbers: bool = False) -> float:
    """Smallest of 1, 2, 2.5, 5 times a power of ten that is at least ``step``."""
    if whole_numbers and step <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        if factor * power >= step and not (whole_numbers and factor * power % 1):
            return factor * power
    return 10.0 * power


def shared_bars(
    reference: Sequence[tuple[Any, int]], current: Sequence[tuple[Any, int]], *, in_order: bool = False
) -> Bars | None:
    """Shares of the labels with the largest share on either side, from all labels with their counts.

    They are listed by share, or, ``in_order``, by their values.
    """
    counts = [{_typed(label): count for label, count in side} for side in (reference, current)]
    totals = [sum(side.values()) for side in counts]
    if not all(totals):
        return None
    share = {
        key: (counts[0].get(key, 0) / totals[0], counts[1].get(key, 0) / totals[1])
        for key in [*counts[0], *(key for key in counts[1] if key not in counts[0])]
    }
    ranked = sorted(share, key=lambda key: -max(share[key]))
    kept = ranked if len(ranked) <= MAX_BARS + 1 else ranked[:MAX_BARS]
    rest = ranked[len(kept) :]
    if in_order:
        kept.sort(key=lambda key: key[1])
    return Bars(
        labels=[label for _, label in kept],
        reference=[share[key][0] for key in kept],
        current=[share[key][1] for key in kept],
        others=(math.fsum(share[key][0] for key in rest), math.fsum(share[key][1] for key in rest)),
        n_others=len(rest),
    )


def _typed(label: Any) -> tuple[str, Any]:
    """The string "1", the integer 1 and True are three labels."""
    return type(label).__name__, label
