"""Cramér–von Mises, energy and Anderson–Darling against SciPy, series in mpmath, exact enumeration and simulation."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import polars
import pyarrow as pa
import pytest
import scipy.stats
from numpy.typing import NDArray

import driftline as dl
from tests.property.strategies import SHAPES, draw, finite

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


def moved(shape: str, n: int, m: int) -> tuple[Rows, Rows]:
    reference, current = finite(draw(shape, n, 1)), finite(draw(shape, m, 2))
    return reference, np.where(np.arange(len(current)) % 5 == 0, np.median(reference), current)


def tiny_and_tied() -> list[tuple[Rows, Rows]]:
    rng = np.random.default_rng(1)
    sizes = [(2, 2), (2, 5), (7, 3), (11, 13), (40, 9), (300, 20)]
    plain = [(rng.normal(size=n), rng.normal(0.4, 1, m)) for n, m in sizes]
    return plain + [(np.round(2 * a), np.round(2 * b)) for a, b in plain]


class TestValuesAreThoseOfTheRows:
    @pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"huge", "subnormals"}))
    def test_on_every_shape(self, shape: str) -> None:
        reference, current = moved(shape, 1_000, 701)
        found = evidence_of(reference, current)
        for evidence in found.values():
            assert evidence.certified_low == evidence.value == evidence.certified_high
        self.check(reference, current, found)

    @pytest.mark.parametrize("pair", range(12))
    def test_of_few_rows_and_of_ties(self, pair: int) -> None:
        reference, current = tiny_and_tied()[pair]
        self.check(reference, current, evidence_of(reference, current))

    @staticmethod
    def check(reference: Rows, current: Rows, found: Any) -> None:
        cramer, energy, anderson = (found[method] for method in METHODS)
        assert cramer.value == pytest.approx(omega2(reference, current), rel=1e-9, abs=1e-15)
        expected = scipy.stats.cramervonmises_2samp(reference, current, method="asymptotic").statistic
        assert cramer.details["statistic"] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert energy.value == pytest.approx(scipy.stats.energy_distance(reference, current), rel=1e-9)
        assert anderson.value == pytest.approx(scholz_stephens(reference, current), rel=1e-9)
        assert anderson.certified_low == anderson.value == anderson.certified_high
        if len(np.unique(np.r_[reference, current])) > 1:
            expected = scipys_anderson(reference, current).statistic
            assert anderson.details["normalised_statistic"] == pytest.approx(expected, rel=1e-8, abs=1e-8)

    def test_at_both_ends_of_the_range_of_doubles(self) -> None:
        far = evidence_of([-1.7e308, -1.7e308, 0.0], [1.7e308] * 3)
        # (F − G)² is 4/9 on the left half and 1 on the right one.
        assert far["energy"].value == pytest.approx(math.sqrt(2 * 1.7 * (4 / 9 + 1)) * 1e154, rel=1e-12)
        near = evidence_of([5e-324] * 3, [1.5e-323] * 3)
        assert near["energy"].value == pytest.approx(math.sqrt(2 * 2) * math.sqrt(5e-324), rel=1e-9)
        assert near["cramer_von_mises"].value == pytest.approx(1 / 3, rel=1e-12)

    def test_a_constant_of_another_size_has_not_moved(self) -> None:
        """The midrank statistic would be 8250."""
        reference, current = np.full(1_000, 5.0), np.full(10, 5.0)
        found = evidence_of(reference, current)
        assert [(found[method].value, found[method].p_value) for method in METHODS] == [(0.0, 1.0)] * 3
        statistic = scipy.stats.cramervonmises_2samp(reference, current, method="asymptotic").statistic
        assert found["cramer_von_mises"].details["statistic"] == pytest.approx(statistic, rel=1e-9)

    @pytest.mark.parametrize("method", METHODS)
    def test_the_negative_of_a_column_is_as_far(self, method: str) -> None:
        rng = np.random.default_rng(2)
        reference, current = rng.poisson(2.0, 900).astype(float), rng.poisson(2.6, 700).astype(float)
        there, back = evidence_of(reference, current)[method], evidence_of(-reference, -current)[method]
        assert there.value == pytest.approx(back.value, rel=1e-12)
        assert there.p_value == pytest.approx(back.p_value, rel=1e-9)


class TestPublishedNumbers:
    X = (7.6, 8.4, 8.6, 8.7, 9.3, 9.9, 10.1, 10.6, 11.2)
    Y = (5.2, 5.7, 5.9, 6.5, 6.8, 8.2, 9.1, 9.8, 10.8, 11.3, 11.5, 12.3, 12.5, 13.4, 14.6)

    def test_conovers_example(self) -> None:
        cramer, energy, anderson = (evidence_of(list(self.X), list(self.Y))[method] for method in METHODS)
        assert cramer.details["statistic"] == pytest.approx(0.2615740740740744, rel=1e-12)
        assert cramer.p_value == pytest.approx(0.18, abs=0.005)
        assert energy.value == pytest.approx(0.9105147, abs=5e-8)
        assert anderson.details["normalised_statistic"] == pytest.approx(0.8866981, abs=5e-8)
        # SciPy's table has .1412; lines through the values make it the more careful the fewer rows there are.
        assert 0.1412 <= anderson.p_value <= 0.1412 + 0.03

    def test_energy_with_weights(self) -> None:
        assert evidence_of([0.0] * 3 + [1.0], [0.0])["energy"].value == pytest.approx(math.sqrt(2) * 0.25, rel=1e-15)

    @pytest.mark.parametrize("distance", [0.25, 1.0, 7.0])
    def test_energy_of_a_constant_that_moves(self, distance: float) -> None:
        found = evidence_of([3.0] * 4, [3.0 + distance] * 9)
        assert found["energy"].value == pytest.approx(math.sqrt(2 * distance), rel=1e-15)

    @pytest.mark.parametrize(
        ("statistic", "m", "n", "reached", "of"),
        [(710, 5, 6, 48, 462), (1897, 7, 7, 117, 1716), (576, 4, 6, 2, 210), (1764, 6, 7, 2, 1716)],
    )
    def test_andersons_table(self, statistic: int, m: int, n: int, reached: int, of: int) -> None:
        """Every order of the rows: as many reach his U as he printed, and the limit's p-value is near and not below."""
        orders = [set(order) for order in itertools.combinations(range(m + n), m)]
        first = {str(i): sorted(order) for i, order in enumerate(orders)}
        second = {str(i): sorted(set(range(m + n)) - order) for i, order in enumerate(orders)}
        report = dl.compare(first, second, methods=["cramer_von_mises"])
        found: list[Any] = [report[name, "cramer_von_mises"] for name in first]
        at = (statistic / (n * m) - (4 * n * m - 1) / 6) / (n + m)
        extreme = [evidence for evidence in found if evidence.details["statistic"] >= at - 1e-9]
        assert len(extreme) / len(orders) == pytest.approx(reached / of, rel=1e-12)
        p_value = max(evidence.p_value for evidence in extreme)
        assert p_value == pytest.approx(reached / of, abs=0.03)
        for alpha in (0.01, 0.05, 0.1):
            assert sum(evidence.p_value <= alpha for evidence in found) <= 1.15 * alpha * len(orders)

    @pytest.mark.parametrize(("x", "tail"), [(0.46136, 0.05), (0.74346, 0.01), (1.16786, 0.001)])
    def test_quantiles_of_the_cramer_von_mises_limit(self, x: float, tail: float) -> None:
        assert float(cramer_von_mises_tail(x)) == pytest.approx(tail, rel=1e-4)

    @pytest.mark.parametrize(("x", "tail"), [(2.492367, 0.05), (3.878125, 0.01)])
    def test_quantiles_of_the_anderson_darling_limit(self, x: float, tail: float) -> None:
        assert float(anderson_darling_tail(x)) == pytest.approx(tail, rel=1e-5)


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


def assert_certified(evidence: Any, true: float) -> None:
    slack = 1e-9 * true + 1e-14
    assert evidence.certified_low <= evidence.value <= evidence.certified_high
    assert evidence.certified_low - slack <= true <= evidence.certified_high + slack


def assert_all_certified(found: Any, reference: Rows, current: Rows) -> None:
    assert_certified(found["cramer_von_mises"], omega2(reference, current))
    assert_certified(found["energy"], float(scipy.stats.energy_distance(reference, current)))
    assert_certified(found["anderson_darling"], scholz_stephens(reference, current))


CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "none": lambda rows: rows,
    "shifted": lambda rows: rows + 0.2 * np.diff(np.quantile(rows, [0.2, 0.8])),
    "scaled": lambda rows: rows * 1.7,
    "one value": lambda rows: np.full_like(rows, np.median(rows)),
    "few rows": lambda rows: rows[:60] * 1.1,
}


class TestCertifiedBounds:
    @pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"huge", "subnormals"}))
    @pytest.mark.parametrize("resolution", [64, 8192])
    def test_hold_the_values_of_the_rows(self, shape: str, resolution: int) -> None:
        reference, current = finite(draw(shape, 9_000, 1)), finite(draw(shape, 7_001, 2))
        for change in CHANGES.values():
            other = change(current)
            assert_all_certified(evidence_of(reference, other, resolution), reference, other)

    @pytest.mark.parametrize("shape", ["normal", "lognormal", "saturated_scores"])
    def test_are_narrow_on_coarse_columns(self, shape: str) -> None:
        reference, current = finite(draw(shape, 40_000, 1)), finite(draw(shape, 30_000, 2)) * 1.1
        assert len(np.unique(reference)) > 8_192
        found = evidence_of(reference, current)
        assert_all_certified(found, reference, current)
        widths = {name: evidence.certified_high - evidence.certified_low for name, evidence in found.items()}
        assert all(width > 0 for width in widths.values())
        assert all(width < 0.2 * found[name].value for name, width in widths.items())

    @pytest.mark.parametrize("reversed_order", [False, True])
    def test_hold_where_the_rows_of_a_cell_are_apart(self, reversed_order: bool) -> None:
        """Within every cell all rows of one side come before those of the other: as far as the bounds must reach."""
        rng = np.random.default_rng(7)
        base = np.floor(rng.random(20_000) * 64) / 64 + 1
        low = base + rng.random(20_000) / 1_000
        high = base + 1 / 128 + rng.random(20_000) / 1_000
        sides = (high[:12_000], low[12_000:]) if reversed_order else (low[:12_000], high[12_000:])
        assert_all_certified(evidence_of(*sides, resolution=64), *sides)

    @pytest.mark.parametrize("shape", ["normal", "lognormal", "saturated_scores", "ties"])
    @pytest.mark.parametrize("resolution", [64, 8192])
    @pytest.mark.parametrize("narrow", [np.float32, np.float16])
    def test_hold_between_widths(self, shape: str, resolution: int, narrow: Any) -> None:
        reference = finite(draw(shape, 12_000, 1)).astype(narrow)
        wide = finite(draw(shape, 9_001, 2)) * 1.05
        found = evidence_of(reference, wide, resolution)
        rounded = wide.astype(narrow).astype(float)
        assert_all_certified(found, reference.astype(float), rounded)

    def test_the_same_numbers_at_another_width_have_not_moved(self) -> None:
        values = np.array([0.1, 0.2, 0.3] * 100)
        found = evidence_of(values.astype(np.float32), values)
        assert [found[method].value for method in METHODS] == [0.0] * 3


class TestOnlyTheRowsCount:
    """Not their order, container or type."""

    VALUES = np.random.default_rng(8).integers(-300, 300, 3_000)

    @staticmethod
    def facts(reference: Any, current: Any, threads: int = 1) -> list[tuple[Any, ...]]:
        sides = [dl.profile({"x": side}, threads=threads) for side in (reference, current)]
        found = dl.compare(*sides, methods=METHODS).columns["x"].evidence
        return [
            (name, one.value, one.certified_low, one.certified_high, one.p_value, one.interval(0.9), dict(one.details))
            for name, one in found.items()
        ]

    def test_in_any_order_and_with_any_number_of_threads(self) -> None:
        rng = np.random.default_rng(9)
        reference, current = rng.lognormal(size=30_000), rng.lognormal(0.1, 1, 20_000)
        expected = self.facts(reference, current)
        assert self.facts(rng.permutation(reference), current[::-1]) == expected
        assert self.facts(reference, current, threads=2) == expected

    def test_in_any_container_and_whole_number_type(self) -> None:
        reference, current = self.VALUES[:2_000], self.VALUES[2_000:] + 20
        expected = self.facts(reference, current)
        assert self.facts(pa.array(reference.tolist()), current.tolist()) == expected
        assert self.facts(polars.Series(reference), as_type(current, np.int32)) == expected
        assert self.facts(reference.astype(float), as_type(current, np.int16)) == expected

    def test_booleans_are_zeros_and_ones(self) -> None:
        reference, current = self.VALUES[:2_000] > 100, self.VALUES[2_000:] > 120
        assert self.facts(reference, current) == self.facts(reference.astype(int), current.astype(float))

    def test_dates_are_their_seconds(self) -> None:
        reference, current = np.abs(self.VALUES[:2_000]), np.abs(self.VALUES[2_000:]) + 20
        dates = [side.astype("datetime64[s]") for side in (reference, current)]
        expected = self.facts(reference, current)
        assert self.facts(*dates) == expected
        assert self.facts(dates[0].astype("datetime64[ns]"), dates[1].astype("datetime64[ms]")) == expected

    def test_nulls_and_infinities_do_not(self) -> None:
        reference, current = self.VALUES[:2_000].astype(float), self.VALUES[2_000:] + 20.0
        holes = np.r_[reference, np.nan, np.inf, -np.inf]
        assert self.facts(holes, current) == self.facts(reference, current)


def as_type(rows: Any, dtype: Any) -> Any:
    return np.ascontiguousarray(rows.astype(dtype))


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
            "cramer_von_mises": float(np.trapezoid(gap, middle)),
            "energy": math.sqrt(2 * float(np.trapezoid(gap, x))),
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
