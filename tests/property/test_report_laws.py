"""A report depends on the rows of each column alone: not on containers, batches, threads, files or other columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import driftline as dl
from tests.property.strategies import SHAPES, draw, finite, zipf_labels


def test_an_unrelated_column_changes_no_raw_score() -> None:
    sides = [{"x": draw("money", 4_000, seed), "y": zipf_labels(4_000, 40, seed)} for seed in (1, 2)]
    others = [{f"z{i}": draw("normal", 4_000, seed + i) for i in range(20)} for seed in (0, 100)]
    crowd = [{**side, **more} for side, more in zip(sides, others, strict=True)]
    alone, among = dl.compare(*sides), dl.compare(*crowd)
    for name in ("x", "y"):
        for method, evidence in alone.columns[name].evidence.items():
            other = among[name, method]
            assert (evidence.value, evidence.certified_low, evidence.certified_high) == (
                other.value,
                other.certified_low,
                other.certified_high,
            )
            assert (evidence.ci_low, evidence.ci_high, evidence.p_value) == (other.ci_low, other.ci_high, other.p_value)


def test_profiles_saved_and_loaded_compare_like_the_data() -> None:
    sides = [{shape: draw(shape, 3_000, seed) for shape in SHAPES} for seed in (1, 2)]
    loaded = [dl.Profile.from_bytes(dl.profile(side).to_bytes()) for side in sides]
    expected = dl.compare(*sides).to_json()
    assert dl.compare(*loaded).to_json() == dl.compare(*map(dl.profile, sides)).to_json() == expected


def test_threads_batches_and_order_change_nothing_in_a_report() -> None:
    sides = [{shape: draw(shape, 6_000, seed) for shape in SHAPES} for seed in (1, 2)]
    expected = dl.compare(*sides).to_json()
    for threads in (1, 2, 8):
        assert dl.compare(*sides, threads=threads).to_json() == expected
    order = np.random.default_rng(0).permutation(6_000)
    shuffled = [{name: values[order] for name, values in side.items()} for side in sides]

    def batches(side: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for part in (slice(0, 1), slice(1, 1), slice(1, None)):
            yield {name: values[part] for name, values in side.items()}

    assert dl.compare(*map(batches, shuffled)).to_json() == expected


FRAMES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "pyarrow": pa.table,
    "polars": pl.DataFrame,
    "pandas": pd.DataFrame,
    "pandas nullable": lambda data: pd.DataFrame(data).convert_dtypes(),
    "lists": lambda data: {name: values.tolist() for name, values in data.items()},
    "float32 indices": lambda data: {**data, "ties": data["ties"].astype(np.float32)},
    "int8": lambda data: {**data, "ties": data["ties"].astype(np.int8)},
}


@pytest.mark.parametrize("frame", FRAMES)
def test_the_container_changes_no_evidence(frame: str) -> None:
    sides = [
        {"money": draw("money", 3_000, seed), "ties": draw("ties", 3_000, seed), "label": zipf_labels(3_000, 30, seed)}
        for seed in (1, 2)
    ]
    plain, other = dl.compare(*sides), dl.compare(*map(FRAMES[frame], sides))
    for name, column in plain.columns.items():
        found = {method: evidence.value for method, evidence in other.columns[name].evidence.items()}
        assert found == {method: evidence.value for method, evidence in column.evidence.items()}


def test_nan_and_null_are_the_same_evidence() -> None:
    reference, current = draw("mixed_nulls", 4_000, 1), draw("mixed_nulls", 3_000, 2)
    with_nan = dl.compare({"x": reference}, {"x": current}).columns["x"]
    with_nulls = dl.compare(
        *({"x": pa.array(values, mask=np.isnan(values))} for values in (reference, current))
    ).columns["x"]
    assert [with_nan.reference.n_nan, with_nan.reference.n_null] == [
        with_nulls.reference.n_null,
        with_nulls.reference.n_nan,
    ]
    assert {name: one.to_dict()["value"] for name, one in with_nan.evidence.items()} == {
        name: one.to_dict()["value"] for name, one in with_nulls.evidence.items()
    }
    sides = [(column.signals["nulls"].reference, column.signals["nulls"].current) for column in (with_nan, with_nulls)]
    assert sides[0] == sides[1]
    assert with_nan.signals["nulls"].p_value == with_nulls.signals["nulls"].p_value


@pytest.mark.parametrize("shape", ["normal", "money", "zero_inflated", "ties", "heavy_tails"])
def test_pooling_windows_never_adds_drift(shape: str) -> None:
    # Convex in the current shares at fixed reference bins; PSI up to its smoothing of 0.2 % of the rows a side.
    reference = dl.profile({"x": finite(draw(shape, 20_000, 1))})
    windows = [
        dl.profile({"x": finite(draw(shape, 20_000, seed)) * scale + shift})
        for seed, (scale, shift) in enumerate([(1.0, 0.0), (1.5, 0.0), (1.0, 3.0), (0.4, -2.0)])
    ]
    methods = ["psi", "jensen_shannon", "total_variation", "ks"]
    single = [dl.compare(reference, window, methods=methods).columns["x"].evidence for window in windows]
    pooled = dl.compare(reference, dl.merge(windows), methods=methods).columns["x"].evidence
    rows = np.array([window.n_rows for window in windows], dtype=float)
    for method in methods:
        power = 2 if method == "jensen_shannon" else 1
        mean = np.average([evidence[method].value ** power for evidence in single], weights=rows)
        slack = 0.01 * mean if method == "psi" else 1e-9
        assert pooled[method].certified_low ** power <= mean + slack, method
