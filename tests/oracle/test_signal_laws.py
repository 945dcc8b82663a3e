"""The laws of the signals against SciPy: sizes by enumeration, integrals by adaptive quadrature."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

import driftline as dl


@cache
def _with_nulls(count: int, rows: int) -> dl.Profile:
    values = np.arange(rows, dtype=float)
    values[:count] = np.nan
    return dl.profile({"x": values})


def _nulls(before: int, n: int, after: int, m: int) -> Any:
    return dl.compare(_with_nulls(before, n), _with_nulls(after, m), methods=["ks"]).columns["x"].signals["nulls"]


@pytest.mark.parametrize("tolerance", [0.005, 0.02, 0.1])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
@pytest.mark.parametrize(("n", "m"), [(50, 50), (120, 50)])
def test_nulls_alarm_at_the_tolerance_at_most_at_alpha(n: int, m: int, share: float, tolerance: float) -> None:
    """Enumerated, not simulated: every pair of counts with its binomial probability."""
    alpha = 0.05
    size = 0.0
    before = stats.binom(n, share).pmf(np.arange(n + 1))
    after = stats.binom(m, share + tolerance).pmf(np.arange(m + 1))
    for i, j in itertools.product(range(n + 1), range(m + 1)):
        weight = before[i] * after[j]
        if weight > 1e-9 and _nulls(i, n, j, m).p_above(tolerance) <= alpha:
            size += weight
    assert size <= alpha


def test_the_interval_of_nulls_covers_about_as_often_as_it_says() -> None:
    n = m = 100
    level = 0.90
    for p, q in [(0.0, 0.0), (0.05, 0.05), (0.05, 0.15), (0.4, 0.5)]:
        before = stats.binom(n, p).pmf(np.arange(n + 1))
        after = stats.binom(m, q).pmf(np.arange(m + 1))
        covered = 0.0
        for i, j in itertools.product(np.flatnonzero(before > 1e-6), np.flatnonzero(after > 1e-6)):
            low, high = _nulls(int(i), n, int(j), m).interval(level)
            covered += before[i] * after[j] * (low - 1e-12 <= abs(q - p) <= high + 1e-12)
        # A score interval oscillates around its level by a few percent at this size.
        assert covered >= level - 0.04


def test_far_out_follows_the_law_of_the_mass_beyond_the_extremes() -> None:
    """U is Beta(2, n − 1), so p = P(Bin(m, min(1, tolerance + U)) ≥ k)."""
    rng = np.random.default_rng(1)
    n, m, k = 300, 200, 6
    reference = rng.normal(size=n)
    current = np.concatenate([np.full(k, 1e6), rng.choice(reference, m - k)])
    signal = dl.compare({"x": reference}, {"x": current}).columns["x"].signals["far_out"]
    assert signal.value == k / m
    mass = stats.beta(2, n - 1)
    for tolerance in (0.001, 0.01):
        expected = integrate.quad(
            lambda u, tau=tolerance: mass.pdf(u) * stats.binom.sf(k - 1, m, min(1.0, tau + u)), 0, 0.2, limit=200
        )[0]
        assert signal.p_above(tolerance) == pytest.approx(expected, rel=1e-3)


def test_unseen_labels_are_held_against_what_chance_withholds() -> None:
    reference = ["a"] * 150 + ["b"] * 48 + ["c"] * 2 + ["d"]
    current = ["a"] * 80 + ["b"] * 15 + ["new"] * 4 + ["newer"]
    signal = dl.compare({"x": reference}, {"x": current}).columns["x"].signals["unseen"]
    n, f1, f2, k, m = len(reference), 1, 1, 5, len(current)
    assert signal.value == pytest.approx(k / m - f1 / n)
    assert [tuple(pair) for pair in signal.details["labels"]] == [("new", 4), ("newer", 1)]
    bound = (f1 + 1.645 * np.sqrt(f1 + 2 * f2 + 1) + 3) / n
    for tolerance in (0.0, 0.01, 0.02):
        assert signal.p_above(tolerance) == pytest.approx(stats.binom.sf(k - 1, m, bound + tolerance), rel=1e-9)


def test_vanished_is_unseen_with_the_sides_swapped() -> None:
    one = ["a"] * 150 + ["b"] * 50 + ["c"] * 30
    other = ["a"] * 80 + ["b"] * 20
    vanished = dl.compare({"x": one}, {"x": other}).columns["x"].signals["vanished"]
    unseen = dl.compare({"x": other}, {"x": one}).columns["x"].signals["unseen"]
    assert (vanished.value, vanished.reference, vanished.current) == (unseen.value, unseen.current, unseen.reference)
    assert vanished.p_above(0.01) == unseen.p_above(0.01)


@pytest.mark.parametrize("shape", ["uniform", "zipf", "one heavy"])
@pytest.mark.parametrize("n", [60, 500])
def test_unseen_rarely_alarms_without_drift(shape: str, n: int) -> None:
    """At most alpha = 0.05 of 400 draws; more than 45 would have probability below 1e-6 (binomial tail)."""
    rng = np.random.default_rng(7)
    weights = {
        "uniform": np.ones(300),
        "zipf": 1 / np.arange(1, 301) ** 1.2,
        "one heavy": np.r_[1000.0, np.ones(99)],
    }[shape]
    labels = np.array([f"v{i}" for i in range(len(weights))])
    weights = weights / weights.sum()
    alarms = 0
    for _ in range(400):
        sides = [dl.profile({"x": rng.choice(labels, n, p=weights)}) for _ in range(2)]
        signals = dl.compare(*sides, methods=["psi"]).columns["x"].signals
        alarms += min(signals["unseen"].p_above(0.01), signals["vanished"].p_above(0.01)) <= 0.025
    assert stats.binom.sf(45, 400, 0.05) < 1e-6
    assert alarms <= 45


def test_mean_shift_is_in_standard_deviations_of_the_reference() -> None:
    rng = np.random.default_rng(3)
    reference, current = rng.normal(10, 2, 400), rng.normal(11, 3, 300)
    signal = dl.compare({"x": reference}, {"x": current}).columns["x"].signals["mean_shift"]
    scale = reference.std(ddof=1)
    assert signal.value == pytest.approx(abs(current.mean() - reference.mean()) / scale, rel=1e-12)
    # Welch's standard error in units of the reference's deviation, with the error of that unit.
    error = np.sqrt((1 + signal.value**2 / 2) / 397 + current.var(ddof=1) / scale**2 / 297)
    assert signal.p_value == pytest.approx(2 * stats.norm.sf(signal.value / error), rel=1e-6)
    assert signal.p_value == pytest.approx(stats.ttest_ind(reference, current, equal_var=False).pvalue, rel=0.5)


def test_constants_are_signalled_both_ways() -> None:
    varied = {"x": [1.0] * 90 + [2.0] * 10}
    same = {"x": [1.0] * 100}
    other = {"x": [5.0] * 100}
    assert "constant" not in dl.compare(same, same).columns["x"].signals
    became = dl.compare(varied, same).columns["x"].signals["constant"]
    stopped = dl.compare(same, varied).columns["x"].signals["constant"]
    changed = dl.compare(same, other).columns["x"].signals["constant"]
    assert (became.value, stopped.value, changed.value) == pytest.approx((0.1, 0.1, 1.0))
    assert [signal.details["side"] for signal in (became, stopped, changed)] == ["current", "reference", "both"]
