"""Without drift, a column alarms at most as often as alpha says. Seeds are fixed; a bound fails once in a million."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

import driftline as dl

ALPHA = 0.05
N_COLUMNS = 150
FAILURE_PROBABILITY = 1e-6

UNCORRECTED = {"alpha": ALPHA, "correction": "none"}

POPULATIONS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "tied": lambda rng, n: rng.poisson(3.0, n).astype(float),
    "zero_inflated": lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)),
    "heavy_tails": lambda rng, n: rng.standard_cauchy(n),
    "zipf": lambda rng, n: np.array([f"c{i}" for i in np.minimum(rng.zipf(1.6, n), 200)]),
    "rare_categories": lambda rng, n: np.where(rng.random(n) < 0.99, "common", rng.choice(["x", "y", "z"], n)),
    "nulls": lambda rng, n: np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
}


def table(population: str, n: int, side: int) -> dict[str, Any]:
    """Columns of independent rows that all come from one population, the same on both sides."""
    rng = np.random.default_rng([side, n])
    return {f"c{i}": POPULATIONS[population](rng, n) for i in range(N_COLUMNS)}


def most_false_alarms(n_tests: int) -> int:
    """More than this many of `n_tests` tests at level alpha alarm less than once in a million."""
    return int(scipy.stats.binom.isf(FAILURE_PROBABILITY, n_tests, ALPHA))


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("population", POPULATIONS)
class TestWithoutDrift:
    @pytest.mark.parametrize("larger_reference", [1, 5])
    def test_columns_warn_or_alert_at_most_at_the_stated_level(
        self, population: str, n: int, larger_reference: int
    ) -> None:
        report = dl.compare(table(population, n * larger_reference, 1), table(population, n, 2))
        decision = dl.decide(report, dl.Policy(**UNCORRECTED))
        assert decision.counts["warn"] + decision.counts["alert"] <= most_false_alarms(N_COLUMNS)

    def test_change_is_claimed_at_most_at_the_stated_level(self, population: str, n: int) -> None:
        report = dl.compare(table(population, n, 3), table(population, n, 4))
        decision = dl.decide(report, dl.Policy(**UNCORRECTED))
        changed = sum(column.changed for column in decision.columns.values())
        assert changed <= most_false_alarms(N_COLUMNS)

    @pytest.mark.parametrize("method", ["ks", "total_variation", "jensen_shannon", "hellinger", "chi_square"])
    def test_p_values_of_no_change_are_at_most_alpha_as_often(self, population: str, n: int, method: str) -> None:
        report = dl.compare(table(population, n, 5), table(population, n, 6), methods=[method])
        found = [column.evidence[method].p_value for column in report.columns.values() if column.evidence]
        p_values = [p_value for p_value in found if p_value is not None]
        assert sum(p_value <= ALPHA for p_value in p_values) <= most_false_alarms(N_COLUMNS)


def test_the_corrected_data_set_seldom_alarms() -> None:
    # 40 data sets of 30 columns; Benjamini–Hochberg holds each at 5 % when nothing drifts.
    alarms = 0
    for repetition in range(40):
        rng = np.random.default_rng(repetition)
        sides = [{f"c{i}": rng.normal(size=300) for i in range(30)} for _ in range(2)]
        alarms += dl.check(*sides).verdict in ("warn", "alert")
    assert alarms <= most_false_alarms(40)


def test_a_real_change_alarms() -> None:
    rng = np.random.default_rng(1)
    sides = [{f"c{i}": rng.normal(shift, 1.0, 1000) for i in range(20)} for shift in (0.0, 1.0)]
    assert dl.check(*sides).counts["alert"] == 20


def test_a_tiny_but_certain_change_does_not() -> None:
    rng = np.random.default_rng(1)
    decision = dl.check({"x": rng.normal(size=1_000_000)}, {"x": rng.normal(0.02, 1.0, 1_000_000)})
    assert decision.verdict == "ok"
    assert decision.columns["x"].changed
