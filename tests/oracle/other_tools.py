"""What evidently 0.7.21, NannyML 0.13.1 and whylogs 1.6.0 compute, written down from their documented formulas.

Plain NumPy and SciPy over the rows; `benchmarks/python/check_parity.py` holds the same against the real packages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, log2, sqrt
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import NDArray

Rows = NDArray[Any]


@dataclass(frozen=True)
class Number:
    """A tool's number and its p-value, None where it gives none."""

    value: float
    p_value: float | None = None


def label_counts(reference: Sequence[Any], current: Sequence[Any]) -> tuple[Rows, Rows]:
    """Rows per value of either side, nulls left out."""
    values = sorted({value for value in (*reference, *current) if value is not None})
    before, now = ([value for value in side if value is not None] for side in (reference, current))
    counts = [np.array([side.count(value) for value in values], dtype=float) for side in (before, now)]
    return counts[0], counts[1]


def js_nats(p: Rows, q: Rows) -> float:
    middle = (p + q) / 2
    halves = [np.sum(side[side > 0] * np.log(side[side > 0] / middle[side > 0])) for side in (p, q)]
    return max(0.0, float(sum(halves)) / 2)


# evidently


def _evidently_shares(reference: Rows, current: Rows) -> tuple[Rows, Rows]:
    numbers = np.asarray(reference).dtype.kind in "iuf"
    if numbers and len(np.unique(reference)) > 20:
        both = np.concatenate([reference, current])
        edges = np.histogram_bin_edges(both, bins="sturges")
        counts = [np.histogram(side, edges)[0].astype(float) for side in (reference, current)]
    else:
        counts = list(label_counts(list(reference), list(current)))
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()


def evidently_psi(reference: Rows, current: Rows) -> Number:
    def without_zeros(shares: Rows) -> Rows:
        smallest = shares[shares > 0].min()
        return np.where(shares > 0, shares, smallest / 1e6 if smallest <= 1e-4 else 1e-4)

    p, q = map(without_zeros, _evidently_shares(reference, current))
    return Number(float(((p - q) * np.log(p / q)).sum()))


def evidently_js(reference: Rows, current: Rows) -> Number:
    return Number(sqrt(js_nats(*_evidently_shares(reference, current))))


def evidently_wasserstein(reference: Rows, current: Rows) -> Number:
    scale = max(float(np.std(reference)), 0.001)
    return Number(float(scipy.stats.wasserstein_distance(reference, current)) / scale)


def evidently_ks(reference: Rows, current: Rows) -> Number:
    found = scipy.stats.ks_2samp(reference, current)
    return Number(float(found.statistic), float(found.pvalue))


def evidently_chi_square(reference: Rows, current: Rows) -> Number:
    before, now = label_counts(list(reference), list(current))
    expected = before * now.sum() / before.sum()
    with np.errstate(divide="ignore"):
        value = float(((now - expected) ** 2 / expected).sum())
    return Number(value, float(scipy.stats.chi2.sf(value, len(before) - 1)))


# NannyML


def _doane_edges(reference: Rows) -> Rows:
    n, low, high = len(reference), reference.min(), reference.max()
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    skewness = np.mean(((reference - reference.mean()) / reference.std()) ** 3)
    spread = sqrt(6 * (n - 2) / ((n + 1) * (n + 3)))
    bins = ceil(round(1 + log2(n) + log2(1 + abs(skewness) / spread), 9))
    return np.linspace(low, high, bins + 1)


def nannyml_js(reference: Rows, current: Rows) -> Number:
    if np.asarray(reference).dtype.kind in "iuf":
        edges = _doane_edges(reference.astype(float))
        before, now = (np.histogram(side, edges)[0].astype(float) for side in (reference, current))
        unseen = len(current) - now.sum()
    else:
        before, now = label_counts(list(reference), list(current))
        unseen = now[before == 0].sum()
        before, now = before[before > 0], now[before > 0]
    p, q = np.append(before, 0.0), np.append(now, unseen)
    return Number(sqrt(js_nats(p / p.sum(), q / q.sum()) / np.log(2)))


def _share_below(rows: Rows, edges: Rows) -> Rows:
    """Share below each right end of the bins, with the last end included."""
    ascending = np.sort(rows)
    below = np.searchsorted(ascending, edges[1:], side="left")
    below[-1] = np.searchsorted(ascending, edges[-1], side="right")
    return below / len(rows)


def nannyml_ks(reference: Rows, current: Rows) -> Number:
    if len(reference) < 10_000:
        return Number(float(scipy.stats.ks_2samp(reference, current).statistic))
    edges = np.linspace(reference.min(), reference.max(), 10_001)
    return Number(float(np.abs(_share_below(reference, edges) - _share_below(current, edges)).max()))


def nannyml_wasserstein(reference: Rows, current: Rows) -> Number:
    if len(reference) < 10_000:
        return Number(float(scipy.stats.wasserstein_distance(reference, current)))
    half = 0.5 * (reference.min() == reference.max())
    low, high = reference.min() - half, reference.max() + half
    edges = np.linspace(low, high, 10_001)
    one_too_many = (current.min() < low) / len(current)
    gaps = np.abs(_share_below(reference, edges) - _share_below(current, edges) - one_too_many)
    outside = np.maximum(low - current, 0).mean() + np.maximum(current - high, 0).mean()
    return Number(float(gaps.sum() * (edges[1] - edges[0]) + outside))


def nannyml_chi_square(reference: Rows, current: Rows) -> Number:
    value, p_value, _, _ = scipy.stats.chi2_contingency(label_counts(list(reference), list(current)))
    return Number(float(value), float(p_value))


# whylogs


def whylogs_ks(reference: Rows, current: Rows) -> Number:
    sides = [np.sort(side) for side in (reference, current)]
    probes = []
    for side in sides:
        places = np.floor(np.linspace(0, 1, 100) * len(side)).astype(int)
        probes.append(side[np.minimum(places, len(side) - 1)])
    points = np.concatenate(probes)
    below = [np.searchsorted(side, points, side="left") / len(side) for side in sides]
    value = float(np.abs(below[0] - below[1]).max())
    n, m = map(len, sides)
    return Number(value, float(scipy.stats.kstwo.sf(value, np.round(n * m / (n + m)))))


def whylogs_chi_square(reference: Rows, current: Rows) -> Number:
    before, now = label_counts(list(reference), list(current))
    expected = np.array([int(count / len(reference) * len(current)) for count in before], dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(((now - expected) ** 2 / expected).sum()) if (expected > 0).all() else np.inf
    return Number(value, float(scipy.stats.chi2.sf(value, max(1, int((now > 0).sum()) - 1))))


FORMULAS: dict[tuple[str, str], Callable[[Rows, Rows], Number]] = {
    ("evidently", "psi"): evidently_psi,
    ("evidently", "jensen_shannon"): evidently_js,
    ("evidently", "wasserstein"): evidently_wasserstein,
    ("evidently", "ks"): evidently_ks,
    ("evidently", "chi_square"): evidently_chi_square,
    ("nannyml", "jensen_shannon"): nannyml_js,
    ("nannyml", "wasserstein"): nannyml_wasserstein,
    ("nannyml", "ks"): nannyml_ks,
    ("nannyml", "chi_square"): nannyml_chi_square,
    ("whylogs", "ks"): whylogs_ks,
    ("whylogs", "chi_square"): whylogs_chi_square,
}
