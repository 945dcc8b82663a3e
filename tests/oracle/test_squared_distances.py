"""Cramér–von Mises, energy and Anderson–Darling against SciPy, published numbers and the rows themselves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars
import pyarrow as pa
import pytest
import scipy.stats

import driftline as dl
from tests.oracle.slow_cells import METHODS, Rows, evidence_of, omega2, scholz_stephens, scipys_anderson
from tests.property.strategies import SHAPES, draw, finite


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
