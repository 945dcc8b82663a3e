"""The sampling laws of Cramér–von Mises, energy and Anderson–Darling: series in mpmath, permutations, simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.integrate
import scipy.stats

import driftline as dl
from tests.oracle.slow_cells import METHODS, evidence_of, scipys_anderson


def cramer_von_mises_tail(x: float) -> Any:
    """Anderson and Darling (1952), equation 4.35."""
    with mpmath.workdps(40):
        total = mpmath.mpf(0)
        for j in range(60):
            a = mpmath.mpf(4 * j + 1) ** 2 / (16 * mpmath.mpf(x))
            coefficient = mpmath.gamma(j + 0.5) / mpmath.gamma(0.5) / mpmath.factorial(j)
            term = coefficient * mpmath.sqrt(4 * j + 1) * mpmath.exp(-a) * mpmath.besselk(0.25, a)
            total += term
            if abs(term) < mpmath.mpf(10) ** -38:
                break
        return 1 - total / (mpmath.pi * mpmath.sqrt(x))


def anderson_darling_tail(x: float) -> Any:
    """Anderson and Darling (1954), the series of integrals."""
    with mpmath.workdps(30):
        z, total = mpmath.mpf(x), mpmath.mpf(0)
        for j in range(60):
            a = (4 * j + 1) ** 2 * mpmath.pi**2 / (8 * z)
            if a > 80:
                break
            integral = mpmath.quad(lambda w, a=a: mpmath.exp(z / (8 * (w * w + 1)) - a * w * w), [0, 1, 4, 12])
            total += mpmath.binomial(-0.5, j) * (4 * j + 1) * mpmath.exp(-a) * integral
        return 1 - mpmath.sqrt(2 * mpmath.pi) / z * total


class TestPublishedQuantiles:
    """Of the series that driftline is compared with."""

    @pytest.mark.parametrize(("x", "tail"), [(0.46136, 0.05), (0.74346, 0.01), (1.16786, 0.001)])
    def test_quantiles_of_the_cramer_von_mises_limit(self, x: float, tail: float) -> None:
        assert float(cramer_von_mises_tail(x)) == pytest.approx(tail, rel=1e-4)

    @pytest.mark.parametrize(("x", "tail"), [(2.492367, 0.05), (3.878125, 0.01)])
    def test_quantiles_of_the_anderson_darling_limit(self, x: float, tail: float) -> None:
        assert float(anderson_darling_tail(x)) == pytest.approx(tail, rel=1e-5)


class TestPValues:
    SHIFTS = (0.0, 0.05, 0.15, 0.3, 0.6)

    @pytest.mark.parametrize("shift", SHIFTS)
    def test_of_cramer_von_mises_is_the_tail_of_the_limit(self, shift: float) -> None:
        rng = np.random.default_rng(3)
        evidence = evidence_of(rng.normal(size=400), rng.normal(shift, 1, 300))["cramer_von_mises"]
        tail = cramer_von_mises_tail(400 * 300 / 700 * evidence.value)
        assert evidence.p_value == pytest.approx(float(tail), rel=1e-8)

    @pytest.mark.parametrize("shift", SHIFTS[:4])
    def test_of_anderson_darling_is_the_tail_of_the_limit(self, shift: float) -> None:
        rng = np.random.default_rng(4)
        evidence = evidence_of(rng.normal(size=400), rng.normal(shift, 1, 300))["anderson_darling"]
        tail = anderson_darling_tail(evidence.details["smooth_statistic"])
        assert evidence.p_value == pytest.approx(float(tail), rel=1e-6)

    def test_of_anderson_darling_is_that_of_scipy_without_ties_within_its_table(self) -> None:
        rng = np.random.default_rng(5)
        for shift in (0.06, 0.08, 0.1):
            reference, current = rng.normal(size=900), rng.normal(shift, 1, 700)
            expected = scipys_anderson(reference, current).pvalue
            assert 0.001 < expected < 0.25
            assert evidence_of(reference, current)["anderson_darling"].p_value == pytest.approx(expected, rel=0.1)

    def test_far_in_the_tail_the_leading_weight_is_left(self) -> None:
        """P(Q > x) → P(λ₁χ² > x)·Π(1 − λ_j/λ₁)^(−1/2); the product over j ≥ 2 of 1 − 1/j² is 1/2."""
        evidence = evidence_of(np.arange(400.0), np.arange(400.0) + 150)["cramer_von_mises"]
        x = 200 * evidence.value
        expected = math.sqrt(2) * scipy.stats.chi2.sf(math.pi**2 * x, 1)
        assert 0 < evidence.p_value < 1e-30
        assert evidence.p_value == pytest.approx(expected, rel=0.02)

    @pytest.mark.parametrize("shift", [0.0, 0.12, 0.2, 0.3])
    @pytest.mark.parametrize("ties", [False, True])
    def test_of_energy_is_that_of_a_permutation_test(self, shift: float, ties: bool) -> None:
        rng = np.random.default_rng(6)
        reference, current = rng.normal(size=400), rng.normal(shift, 1, 300)
        if ties:
            reference, current = np.round(reference), np.round(current)
        evidence = evidence_of(reference, current)["energy"]
        pooled = np.r_[reference, current]
        draws, reached = 2_000, 0
        for _ in range(draws):
            rows = rng.permutation(pooled)
            reached += scipy.stats.energy_distance(rows[:400], rows[400:]) >= evidence.value - 1e-12
        p_value = (reached + 1) / (draws + 1)
        # Five standard errors fail once in a million; 0.01: finite samples.
        slack = 5 * math.sqrt(max(p_value * (1 - p_value), 0.005) / draws) + 0.01
        assert evidence.p_value == pytest.approx(p_value, abs=slack)

    def test_of_energy_between_two_values_is_that_of_a_proportion(self) -> None:
        """The gap is (p − q) over one width: its square is χ² with one degree of freedom."""
        evidence = evidence_of([0.0] * 200 + [3.0] * 100, [0.0] * 90 + [3.0] * 70)["energy"]
        pooled = 170 / 460
        z2 = (100 / 300 - 70 / 160) ** 2 / (pooled * (1 - pooled) * (1 / 300 + 1 / 160))
        assert evidence.p_value == pytest.approx(scipy.stats.chi2.sf(z2, 1), rel=1e-9)

    def test_of_energy_of_uniform_rows_is_that_of_cramer_von_mises(self) -> None:
        reference, current = np.arange(4_000) / 4_000, np.arange(0.5, 1_000) / 1_000 * 0.97
        found = evidence_of(reference, current)
        assert 1e-6 < found["energy"].p_value < 0.5
        assert found["energy"].p_value == pytest.approx(found["cramer_von_mises"].p_value, rel=0.1)


N_COLUMNS = 1_500
ALPHA = 0.05
FAILURE = 1e-6


def most_of(alpha: float) -> int:
    """More of the columns than this come with less than the failure probability."""
    return int(scipy.stats.binom.isf(FAILURE, N_COLUMNS, alpha))


def least_of(alpha: float) -> int:
    return int(scipy.stats.binom.ppf(FAILURE, N_COLUMNS, alpha))


Draw = Callable[[np.random.Generator, int], Any]
SAME: dict[str, Draw] = {
    "normal": lambda rng, rows: rng.normal(size=rows),
    "heavy tails": lambda rng, rows: rng.standard_t(3, rows),
    "poisson": lambda rng, rows: rng.poisson(1.0, rows),
    "binary": lambda rng, rows: (rng.random(rows) < 0.3).astype(float),
    "zero inflated": lambda rng, rows: np.where(rng.random(rows) < 0.4, 0.0, rng.exponential(size=rows)),
}


def columns(draw_rows: Draw, rows: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng([11, seed])
    return {f"c{i}": draw_rows(rng, rows) for i in range(N_COLUMNS)}


class TestErrorRates:
    """A correct law fails a bound once in a million seeds."""

    @pytest.mark.parametrize("shape", SAME)
    @pytest.mark.parametrize(("n", "m"), [(300, 200), (1_000, 60)])
    def test_without_drift_p_values_reject_at_most_at_their_level(self, shape: str, n: int, m: int) -> None:
        report = dl.compare(columns(SAME[shape], n, 1), columns(SAME[shape], m, 2), methods=METHODS)
        rejected = {
            method: sum(report[f"c{i}", method].p_value <= ALPHA for i in range(N_COLUMNS)) for method in METHODS
        }
        assert all(count <= most_of(ALPHA) for count in rejected.values()), rejected
        if shape == "normal":  # a p-value that never rejects would hold every bound
            assert rejected["cramer_von_mises"] >= least_of(0.045)
            assert rejected["anderson_darling"] >= least_of(0.04)
            assert rejected["energy"] >= least_of(0.04)

    DISTANCE = 0.15

    def uniform_apart(self) -> dict[str, float]:
        """Distances of the uniform law from itself moved: the gap rises in a line, stays, and falls."""
        d = self.DISTANCE
        return {
            "cramer_von_mises": d**2 * (1 - d) + d**3 / 3,
            "energy": math.sqrt(2 * (d**2 * (1 - d) + 2 * d**3 / 3)),
        }

    def gathered(self) -> dict[str, float]:
        """Of the uniform law on [0, 1] from that on [0.45, 0.55]: slopes of 0 and 10."""
        x = np.linspace(0, 1, 2_000_001)
        G = np.clip((x - 0.45) * 10, 0, 1)
        gap, middle = (x - G) ** 2, (x + G) / 2
        return {
            "cramer_von_mises": float(scipy.integrate.trapezoid(gap, middle)),
            "energy": math.sqrt(2 * float(scipy.integrate.trapezoid(gap, x))),
        }

    @pytest.mark.parametrize("change", ["moved", "gathered"])
    @pytest.mark.parametrize(("n", "m"), [(500, 400), (3_000, 60)])
    def test_at_the_true_distance_neither_side_is_claimed_too_often(self, change: str, n: int, m: int) -> None:
        if change == "moved":
            true, other = self.uniform_apart(), lambda rng, rows: rng.random(rows) + self.DISTANCE
        else:
            true, other = self.gathered(), lambda rng, rows: 0.45 + 0.1 * rng.random(rows)
        reference = columns(lambda rng, rows: rng.random(rows), n, 3)
        report = dl.compare(reference, columns(other, m, 4), methods=list(true))
        for method, tolerance in true.items():
            found: list[Any] = [report[name, method] for name in reference]
            assert sum(evidence.p_above(tolerance) <= ALPHA for evidence in found) <= most_of(ALPHA)
            assert sum(evidence.p_below(tolerance) <= ALPHA for evidence in found) <= most_of(ALPHA)
            # Laws that claim nothing would hold every bound.
            assert all(evidence.p_above(tolerance / 50) <= ALPHA for evidence in found) or m < 100

    def test_anderson_darling_knows_no_tolerance(self) -> None:
        evidence = evidence_of(np.arange(300.0), np.arange(300.0) + 40)["anderson_darling"]
        assert evidence.interval(0.9) is None
        assert (evidence.p_above(0.1), evidence.p_below(0.1)) == (1.0, 1.0)
        assert evidence.rows_needed(0.1, 0.05) == (None, "no_law")
