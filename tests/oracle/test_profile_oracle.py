"""Profiles against a slow plain reference, NumPy, and rational arithmetic on the raw rows."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import driftline as dl
from tests.oracle import slow_reference as slow
from tests.property.strategies import SHAPES, draw, finite, finite_doubles, number_lists, text_labels, zipf_labels

RESOLUTIONS = [64, 8192]
PROBABILITIES = [0.0, 1e-9, 0.001, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.7, 0.75, 0.9, 0.999, 1.0 - 2**-53, 1.0]

every_shape = pytest.mark.parametrize("shape", SHAPES)
every_resolution = pytest.mark.parametrize("resolution", RESOLUTIONS)


def numeric(values: Any, resolution: int = 8192) -> dl.profiling.NumericColumn:
    column = dl.profile({"x": np.asarray(values)}, resolution=resolution).columns["x"]
    assert isinstance(column, dl.profiling.NumericColumn)
    return column


@every_shape
@every_resolution
def test_counts_and_extrema_are_those_of_the_rows(shape: str, resolution: int) -> None:
    values = draw(shape, 20_000)
    column = numeric(values, resolution)
    rows = finite(values)
    assert column.n_rows == len(values)
    assert column.n_valid == len(rows)
    assert column.n_nan == np.isnan(values).sum()
    assert (column.n_pos_inf, column.n_neg_inf) == ((values == np.inf).sum(), (values == -np.inf).sum())
    assert column.n_null == column.n_absent == 0
    assert (column.n_zero, column.n_negative) == ((rows == 0).sum(), (rows < 0).sum())
    assert (column.min, column.max) == (rows.min(), rows.max())


@every_shape
@every_resolution
def test_mean_and_std_are_the_nearest_doubles(shape: str, resolution: int) -> None:
    values = draw(shape, 3_000)
    column = numeric(values, resolution)
    rows = finite(values).tolist()
    assert column.mean == slow.exact_mean(rows)
    assert column.std == slow.exact_std(rows)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in ("huge", "subnormals")])
def test_the_sum_is_that_of_fsum(shape: str) -> None:
    rows = finite(draw(shape, 8_000))[:4096]  # a power of two: dividing the sum rounds nothing
    assert numeric(rows).mean == math.fsum(rows) / 4096


@given(st.lists(finite_doubles, min_size=1, max_size=60))
def test_mean_and_std_are_the_nearest_doubles_of_any_numbers(values: list[float]) -> None:
    column = numeric(values, 64)
    assert column.mean == slow.exact_mean(values)
    assert column.std == (slow.exact_std(values) if len(values) > 1 else None)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=60))
def test_integers_are_summarised_as_the_nearest_doubles(values: list[int]) -> None:
    column = numeric(np.array(values, dtype=np.int64))
    doubles = [float(value) for value in values]
    assert (column.min, column.max) == (min(doubles), max(doubles))
    assert column.mean == slow.exact_mean(doubles)
    assert column.std == slow.exact_std(doubles)


def test_cancellation_costs_nothing() -> None:
    column = numeric([1e308, 1.0, -1e308, 1e-300, 3.0, 0.0])
    assert column.mean == slow.exact_mean([4.0, 0.0, 0.0, 0.0, 0.0, 1e-300])
    offset = numeric([1e15 + k for k in range(5)])
    assert offset.std == math.sqrt(2.5)


@every_shape
@every_resolution
def test_quantile_bounds_contain_the_true_quantile(shape: str, resolution: int) -> None:
    values = draw(shape, 20_000)
    column = numeric(values, resolution)
    ascending = np.sort(finite(values)).tolist()
    for q in PROBABILITIES:
        low, high = column.quantile_bounds(q)
        true = slow.quantile(ascending, q)
        assert low <= true <= high, q
        assert low <= column.quantile(q) <= high, q
        if column.exact:
            assert low == column.quantile(q) == high == true, q
    for q in (0.25, 0.5, 0.75):
        low, high = column.quantile_bounds(q)
        assert low <= np.quantile(ascending, q, method="inverted_cdf") <= high


@every_shape
@every_resolution
def test_cdf_bounds_contain_the_true_share(shape: str, resolution: int) -> None:
    values = draw(shape, 20_000)
    column = numeric(values, resolution)
    ascending = np.sort(finite(values)).tolist()
    picked = np.random.default_rng(5).choice(ascending, 60).tolist()
    beside = [math.nextafter(x, -math.inf) for x in picked[:20]] + [
        (a + b) / 2 for a, b in itertools.pairwise(picked[:20])
    ]
    for x in [*picked, *beside, -math.inf, math.inf, 0.0, ascending[0], ascending[-1]]:
        low, high = column.cdf_bounds(x)
        true = slow.cdf(ascending, x)
        slack = Fraction(1, 2**50)  # a share is a rounded quotient
        assert Fraction(low) - slack <= true <= Fraction(high) + slack, x
        assert low <= column.cdf(x) <= high, x
        if column.exact:
            assert low == high == float(true), x


@given(number_lists(min_size=1, max_size=150), st.floats(0, 1), finite_doubles)
def test_bounds_contain_the_truth_for_any_numbers(values: list[float], q: float, x: float) -> None:
    ascending = sorted(value for value in values if math.isfinite(value))
    if not ascending:
        return
    column = numeric(values, 64)
    low, high = column.quantile_bounds(q)
    assert low <= slow.quantile(ascending, q) <= high
    share_low, share_high = column.cdf_bounds(x)
    assert share_low - 2**-50 <= float(slow.cdf(ascending, x)) <= share_high + 2**-50


@every_shape
@every_resolution
def test_cells_are_those_of_the_definition(shape: str, resolution: int) -> None:
    rows = finite(draw(shape, 6_000)).tolist()
    expected = slow.cell_of_rows(rows, resolution)
    low, high, count = (part.tolist() for part in numeric(rows, resolution)._core.cells())
    assert count == [rows_in for *_, rows_in in expected]
    for i, (smallest, largest, _) in enumerate(expected):
        assert low[i] <= smallest <= largest <= high[i]
    assert all(high[i] < low[i + 1] for i in range(len(low) - 1))


@given(st.lists(finite_doubles, min_size=65, max_size=250))
def test_cells_are_those_of_the_definition_for_any_numbers(values: list[float]) -> None:
    expected = slow.cell_of_rows(values, 64)
    low, high, count = (part.tolist() for part in numeric(values, 64)._core.cells())
    assert count == [rows_in for *_, rows_in in expected]
    assert all(low[i] <= cell[0] and cell[1] <= high[i] for i, cell in enumerate(expected))


def test_many_pages_share_the_cells() -> None:
    rows = [math.ldexp(1.0 + k / 97, exponent) for exponent in range(-400, 400, 2) for k in range(40)]
    expected = slow.cell_of_rows(rows, 8192)
    assert numeric(rows)._core.cells()[2].tolist() == [rows_in for *_, rows_in in expected]


def test_a_column_with_at_most_resolution_distinct_values_is_exact() -> None:
    rng = np.random.default_rng(8)
    values = rng.normal(size=8192)
    column = numeric(np.concatenate([values, rng.choice(values, 50_000)]))
    assert column.exact
    assert column.n_distinct == 8192
    low, high, count = column._core.cells()
    assert np.array_equal(low, np.sort(values))
    assert np.array_equal(low, high)
    assert count.sum() == 58_192


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in ("hundred_decades",)])
def test_no_coarse_cell_holds_more_than_a_hundredth_of_the_rows(shape: str) -> None:
    rows = finite(draw(shape, 50_000))
    low, high, count = numeric(rows)._core.cells()
    coarse = count[low < high]
    assert coarse.max(initial=0) <= 0.01 * len(rows)


@every_shape
def test_histogram_counts_equal_numpys_where_no_edge_cuts_a_cell(shape: str) -> None:
    rows = finite(draw(shape, 5_000))  # at most 8192 distinct values: every cell is one value
    column = numeric(rows)
    edges = np.unique(np.quantile(rows, np.linspace(0, 1, 12)))
    assert column.histogram(edges).tolist() == np.histogram(rows, edges)[0].tolist()


@given(st.lists(text_labels, max_size=120))
def test_label_counts_are_those_of_a_counter(labels: list[str]) -> None:
    column = dl.profile({"x": labels}, schema=dl.Schema(kinds={"x": "categorical"})).columns["x"]
    if labels:
        assert isinstance(column, dl.profiling.CategoricalColumn)
        assert column.counts == dict(Counter(labels))
        assert list(column.counts.values()) == sorted(column.counts.values(), reverse=True)
        assert column.n_distinct == len(set(labels))
        assert column.n_distinct_bounds == (len(set(labels)), len(set(labels)))


def test_kept_labels_of_an_overflowed_column_have_their_true_counts() -> None:
    labels = zipf_labels(40_000, 5_000)
    column = dl.profile({"x": labels}, max_categories=256).columns["x"]
    assert isinstance(column, dl.profiling.CategoricalColumn)
    true = Counter(labels.tolist())
    assert column.overflowed
    assert len(column.counts) == 256
    assert all(true[label] == count for label, count in column.counts.items())


@pytest.mark.parametrize("n_distinct", [2_000, 30_000, 300_000])
def test_distinct_estimates_are_near_the_truth(n_distinct: int) -> None:
    # 1,024 kept hashes: the relative error has standard deviation 1/sqrt(1022); six of them fail once in 5e8.
    values = np.random.default_rng(n_distinct).permutation(n_distinct) * 7 - 1_000
    column = numeric(values)
    tolerance = 0.0 if n_distinct <= 8192 else 6 / math.sqrt(1022)
    assert column.n_distinct == pytest.approx(n_distinct, rel=tolerance + 1e-12)


def test_distinct_bounds_cover_the_truth_as_often_as_they_say() -> None:
    # 200 columns at 95 %: fewer than 171 covered has probability below 1e-6.
    rng = np.random.default_rng(11)
    columns = {str(i): rng.integers(-(2**40), 2**40, 20_000) for i in range(200)}
    profile = dl.profile(columns)
    covered = 0
    for name, values in columns.items():
        low, high = profile.columns[name].n_distinct_bounds
        covered += low <= len(np.unique(values)) <= high
    assert covered >= 171


@settings(max_examples=40)
@given(st.lists(finite_doubles, min_size=2, max_size=40))
def test_the_reference_itself_agrees_with_numpy(values: list[float]) -> None:
    spread = max(map(abs, values))
    if not 1e-100 < spread < 1e100:
        return
    assert slow.exact_mean(values) == pytest.approx(np.mean(values), rel=1e-9, abs=1e-12 * spread)
    assert slow.exact_std(values) == pytest.approx(np.std(values, ddof=1), rel=1e-6, abs=1e-7 * spread)
