"""Cramér–von Mises, energy and Anderson–Darling of rows: what both tests of them share."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import NDArray

import driftline as dl

METHODS = ["cramer_von_mises", "energy", "anderson_darling"]
Rows = NDArray[np.float64]


def evidence_of(reference: Any, current: Any, resolution: int = 8192) -> Any:
    sides = [dl.profile({"x": side}, resolution=resolution) for side in (reference, current)]
    return dl.compare(*sides, methods=METHODS).columns["x"].evidence


def counts_of(reference: Rows, current: Rows) -> tuple[Rows, Rows]:
    """Rows of each side at every value."""
    values = np.unique(np.r_[reference, current])
    sides = (np.searchsorted(np.sort(side), values, side="right") for side in (reference, current))
    first, second = (np.diff(side, prepend=0).astype(float) for side in sides)
    return first, second


def omega2(reference: Rows, current: Rows) -> float:
    """The mean square of the gap, with lines through equal values."""
    r, c = counts_of(reference, current)
    p, q = r / len(reference), c / len(current)
    after = np.cumsum(p - q)
    before = after - (p - q)
    return float(((p + q) / 2 * (before**2 + before * after + after**2) / 3).sum())


def scholz_stephens(reference: Rows, current: Rows) -> float:
    """Their equation 7 for two samples, value by value."""
    sides = counts_of(reference, current)
    rows = sides[0] + sides[1]
    total = rows.sum()
    below = np.cumsum(rows) - rows / 2
    varies = below * (total - below) - total * rows / 4
    parts = 0.0
    for side in sides:
        mid = np.cumsum(side) - side / 2
        gap = (total * mid - side.sum() * below) ** 2
        parts += float((rows / total * np.divide(gap, varies, where=varies > 0, out=np.zeros_like(gap))).sum()) / float(
            side.sum()
        )
    return (total - 1) / total * parts


def scipys_anderson(reference: Rows, current: Rows) -> Any:
    with warnings.catch_warnings():  # of p-values outside its table, and of arguments that SciPy renames
        warnings.simplefilter("ignore")
        return scipy.stats.anderson_ksamp([reference, current])
