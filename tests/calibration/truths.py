"""True distances of populations over the bins of a column, as with endless rows, for many columns at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

KEPT_PSEUDO_ROWS = 0.002
"""Of a side's rows: what remains of PSI's shrinkage when the rows are endless."""


def shrunk(p: Array, q: Array, n: int, m: int) -> tuple[Array, Array]:
    pooled = (n * p + m * q) / (n + m)
    p, q = ((side + KEPT_PSEUDO_ROWS * pooled) / (1 + KEPT_PSEUDO_ROWS) for side in (p, q))
    return p, q


def weighted_log(weight: Array, above: Array, below: Array) -> Array:
    """Sum over the bins of weight · ln(above / below); nothing where the weight is 0."""
    held = weight != 0
    ratio = np.divide(above, below, out=np.ones_like(above), where=held)
    return np.sum(weight * np.log(ratio), axis=-1, where=held)


def psi(p: Array, q: Array, n: int, m: int) -> Array:
    p, q = shrunk(p, q, n, m)
    return weighted_log(p - q, p, q)


def kl_divergence(p: Array, q: Array, n: int, m: int) -> Array:
    p, q = shrunk(p, q, n, m)
    return weighted_log(q, q, p)


def jensen_shannon(p: Array, q: Array, n: int, m: int) -> Array:
    nats = (weighted_log(p, 2 * p, p + q) + weighted_log(q, 2 * q, p + q)) / 2
    return np.sqrt(np.maximum(nats, 0.0) / np.log(2))


def hellinger(p: Array, q: Array, n: int, m: int) -> Array:
    return np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2, axis=-1) / 2)


def total_variation(p: Array, q: Array, n: int, m: int) -> Array:
    return np.sum(np.abs(p - q), axis=-1) / 2


ON_BINS: dict[str, Callable[[Array, Array, int, int], Array]] = {
    "psi": psi,
    "kl_divergence": kl_divergence,
    "jensen_shannon": jensen_shannon,
    "hellinger": hellinger,
    "total_variation": total_variation,
}


def mixed(p: Array, q: Array, theta: Array) -> Array:
    return (1 - theta)[:, None] * p + theta[:, None] * q


def tuned(p: Array, q: Array, n: int, m: int, wanted: float) -> Array:
    """For each column the part of the changed population that makes PSI as large; NaN where none does.

    `p` and `q` hold one row per column. By bisection: PSI of a mixture rises with its part.
    """
    low, high = np.zeros(len(p)), np.ones(len(p))
    reachable = psi(p, q, n, m) >= wanted
    for _ in range(50):
        middle = (low + high) / 2
        above = psi(p, mixed(p, q, middle), n, m) >= wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(reachable, high, np.nan)
