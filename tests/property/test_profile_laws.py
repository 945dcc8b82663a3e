"""The same rows give the same bytes, however they arrive; merging forms a commutative monoid; nothing is lost."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import driftline as dl
from tests.property.strategies import (
    AWKWARD_LABELS,
    SHAPES,
    byte_labels,
    draw,
    finite_doubles,
    int64s,
    invalid_utf8,
    mixed_labels,
    number_lists,
    text_labels,
    zipf_labels,
)

ROWS = 12_000
RESOLUTIONS = [64, 8192]
SMALL = {"resolution": 64, "max_categories": 64}

every_shape = pytest.mark.parametrize("shape", SHAPES)
every_resolution = pytest.mark.parametrize("resolution", RESOLUTIONS)


def table(n: int = ROWS) -> dict[str, Any]:
    """Every fixed shape side by side, and labels of three kinds."""
    numbers = {shape: draw(shape, n) for shape in SHAPES}
    rng = np.random.default_rng(9)
    return {
        **numbers,
        "few_labels": rng.choice(np.array(["a", "b", "ü"]), n),
        "many_labels": zipf_labels(n, 4_000),
        "flags": rng.random(n) < 0.3,
        "moments": np.datetime64("2015-01-01", "ms") + rng.integers(0, 10**10, n).astype("timedelta64[ms]"),
    }


def take(data: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: values[rows] for name, values in data.items()}


def splits(n: int, seed: int, parts: int = 7) -> list[slice]:
    """Consecutive slices that cover n rows; one of them is empty."""
    cuts = sorted(np.random.default_rng(seed).integers(0, n + 1, parts - 1).tolist())
    cuts.insert(1, cuts[0])
    return [slice(a, b) for a, b in zip([0, *cuts], [*cuts, n], strict=True)]


def merged_at_random(profiles: list[dl.Profile], seed: int) -> dl.Profile:
    """Merges two picked at random until one is left: some merge tree over some order."""
    rng = np.random.default_rng(seed)
    left = list(profiles)
    while len(left) > 1:
        first = left.pop(int(rng.integers(len(left))))
        second = left.pop(int(rng.integers(len(left))))
        left.append(first + second)
    return left[0]


HASHED = {"hash_labels": True, "salt": "s", **SMALL}


@pytest.mark.parametrize("options", [{}, SMALL, HASHED], ids=["default", "small", "hashed"])
class TestTheSameRowsGiveTheSameBytes:
    def test_in_any_row_order(self, options: dict[str, Any]) -> None:
        data = table()
        expected = dl.profile(data, **options).to_bytes()
        order = np.random.default_rng(1).permutation(ROWS)
        assert dl.profile(take(data, order), **options).to_bytes() == expected
        assert dl.profile(take(data, slice(None, None, -1)), **options).to_bytes() == expected
        ascending = {name: np.sort(values) for name, values in data.items()}
        assert dl.profile(ascending, **options).to_bytes() == expected

    @pytest.mark.parametrize("seed", range(3))
    def test_in_any_batches(self, options: dict[str, Any], seed: int) -> None:
        data = table()
        expected = dl.profile(data, **options).to_bytes()
        batches = (take(data, part) for part in splits(ROWS, seed))
        assert dl.profile(batches, **options).to_bytes() == expected

    @pytest.mark.parametrize("seed", range(3))
    def test_in_any_merge_tree(self, options: dict[str, Any], seed: int) -> None:
        data = table()
        expected = dl.profile(data, **options).to_bytes()
        parts = [dl.profile(take(data, part), **options) for part in splits(ROWS, seed)]
        assert merged_at_random(parts, seed).to_bytes() == expected
        assert dl.merge(parts).to_bytes() == dl.merge(parts[::-1]).to_bytes() == expected

    @pytest.mark.parametrize("threads", [1, 2, 8])
    def test_with_any_number_of_threads(self, options: dict[str, Any], threads: int) -> None:
        data = table(60_000)
        expected = dl.profile(data, threads=3, **options).to_bytes()
        assert dl.profile(data, threads=threads, **options).to_bytes() == expected

    def test_in_any_column_order(self, options: dict[str, Any]) -> None:
        data = table(1000)
        backwards = dict(reversed(data.items()))
        assert dl.profile(backwards, **options).to_bytes() == dl.profile(data, **options).to_bytes()


@given(number_lists(), st.integers(0, 2**32 - 1))
def test_order_batches_and_merge_tree_leave_no_trace_in_numbers(values: list[float], seed: int) -> None:
    column = np.array(values, dtype=np.float64)
    expected = dl.profile({"x": column}, **SMALL).to_bytes()
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(column)
    assert dl.profile({"x": shuffled}, **SMALL).to_bytes() == expected
    parts = [shuffled[part] for part in splits(len(column), seed, 4)]
    assert dl.profile(({"x": part} for part in parts), **SMALL).to_bytes() == expected
    assert merged_at_random([dl.profile({"x": part}, **SMALL) for part in parts], seed).to_bytes() == expected


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=100, max_size=400), st.integers(0, 2**32 - 1))
def test_order_and_merge_tree_leave_no_trace_in_integers(values: list[int], seed: int) -> None:
    column = np.array(values, dtype=np.int64)
    expected = dl.profile({"x": column}, **SMALL).to_bytes()
    shuffled = np.random.default_rng(seed).permutation(column)
    parts = [dl.profile({"x": shuffled[part]}, **SMALL) for part in splits(len(column), seed, 4)]
    assert merged_at_random(parts, seed).to_bytes() == expected


@given(st.lists(mixed_labels, max_size=300), st.integers(0, 2**32 - 1))
def test_order_and_merge_tree_leave_no_trace_in_labels(values: list[Any], seed: int) -> None:
    schema = dl.Schema(kinds={"x": "categorical"})
    expected = dl.profile({"x": values}, schema=schema, **SMALL).to_bytes()
    order = np.random.default_rng(seed).permutation(len(values))
    shuffled = [values[i] for i in order]
    parts = [
        dl.profile({"x": np.array([*shuffled[part], None], dtype=object)[:-1]}, schema=schema, **SMALL)
        for part in splits(len(values), seed, 4)
    ]
    assert merged_at_random(parts, seed).to_bytes() == expected


CONTAINERS: dict[str, Callable[[dict[str, np.ndarray]], Any]] = {
    "pyarrow table": pa.table,
    "pyarrow batches": lambda data: pa.Table.from_batches(pa.table(data).to_batches(max_chunksize=777)),
    "pyarrow slice": lambda data: pa.table({k: np.concatenate([v[:3], v]) for k, v in data.items()}).slice(3),
    "record batch reader": lambda data: pa.table(data).to_reader(max_chunksize=500),
    "polars": pl.DataFrame,
    "polars lazy": lambda data: pl.DataFrame(data).lazy(),
    "pandas": pd.DataFrame,
    "pandas nullable": lambda data: pd.DataFrame({name: pd.array(values) for name, values in data.items()}),
    "structured": lambda data: np.rec.fromarrays(list(data.values()), names=list(data)),
    "strided": lambda data: {name: np.repeat(values, 3)[::3] for name, values in data.items()},
    "big-endian": lambda data: {name: values.astype(values.dtype.newbyteorder(">")) for name, values in data.items()},
    "generator": lambda data: (take(data, part) for part in splits(ROWS, 5)),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_any_container_gives_the_same_bytes(container: str) -> None:
    data = {shape: draw(shape, ROWS) for shape in SHAPES if not np.isnan(draw(shape, ROWS)).any()}
    expected = dl.profile(data).to_bytes()
    assert dl.profile(CONTAINERS[container](data)).to_bytes() == expected


@pytest.mark.parametrize("container", ["pyarrow table", "polars", "record batch reader", "strided"])
def test_containers_that_keep_nan_give_the_same_bytes_with_nan(container: str) -> None:
    data = {shape: draw(shape, ROWS) for shape in SHAPES}
    assert dl.profile(CONTAINERS[container](data)).to_bytes() == dl.profile(data).to_bytes()


LABEL_CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": lambda labels: labels,
    "object array": lambda labels: np.array([*labels, None], dtype=object)[:-1],
    "string": lambda labels: pa.array(labels, pa.string()),
    "large_string": lambda labels: pa.array(labels, pa.large_string()),
    "string_view": lambda labels: pa.array(labels, pa.string_view()),
    "dictionary int8": lambda labels: pa.array(labels).cast(pa.dictionary(pa.int8(), pa.string())),
    "dictionary uint16": lambda labels: pa.array(labels).cast(pa.dictionary(pa.uint16(), pa.string())),
    "polars": pl.Series,
    "polars categorical": lambda labels: pl.Series(labels, dtype=pl.Categorical),
    "pandas": pd.Series,
    "pandas category": lambda labels: pd.Series(pd.Categorical(labels)),
    "pandas arrow": lambda labels: pd.Series(labels, dtype=pd.ArrowDtype(pa.string())),
}


def as_one_type(first: dl.Profile, first_empty: dl.Profile, second: dl.Profile, second_empty: dl.Profile) -> bool:
    """Equal bytes once both have met the other's type, which is the only thing that may differ."""
    return (first + second_empty).to_bytes() == (second + first_empty).to_bytes()


@pytest.mark.parametrize("container", LABEL_CONTAINERS)
def test_labels_are_the_same_in_every_container(container: str) -> None:
    labels = [*AWKWARD_LABELS, None, *np.random.default_rng(3).choice(AWKWARD_LABELS, 500).tolist()]
    make = LABEL_CONTAINERS[container]
    plain = dl.profile({"x": labels})
    other = dl.profile({"x": make(labels)})
    assert other.columns["x"].counts == plain.columns["x"].counts
    assert as_one_type(plain, dl.profile({"x": labels[:0]}), other, dl.profile({"x": make(labels)[:0]}))


@given(st.lists(byte_labels, min_size=1, max_size=60))
def test_labels_that_are_not_utf8_are_counted_as_they_are(payloads: list[bytes]) -> None:
    column = dl.profile(pa.table({"x": invalid_utf8([*payloads, None])}))
    assert sum(column.columns["x"].counts.values()) == len(payloads)
    assert column.columns["x"].n_distinct == len(set(payloads))
    assert dl.Profile.from_bytes(column.to_bytes()) == column


@given(st.lists(text_labels, min_size=1, max_size=80), st.randoms(use_true_random=False))
def test_nothing_depends_on_dictionary_codes(labels: list[str], random: Any) -> None:
    categories = list(dict.fromkeys(labels))
    shuffled = [*categories, "never used", "nor this"]
    random.shuffle(shuffled)
    plain = dl.profile({"x": pd.Categorical(labels, categories=categories)})
    recoded = dl.profile({"x": pd.Categorical(labels, categories=shuffled)})
    assert recoded.to_bytes() == plain.to_bytes()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "uint64", "float16", "float32", "float64"])
def test_the_width_of_whole_numbers_leaves_the_summary_alone(dtype: str) -> None:
    values = np.random.default_rng(4).integers(0, 100, ROWS)
    plain = dl.profile({"x": values})
    other = dl.profile({"x": values.astype(dtype)})
    assert as_one_type(plain, dl.profile({"x": values[:0]}), other, dl.profile({"x": values.astype(dtype)[:0]}))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_of_time_leaves_the_summary_alone(unit: str) -> None:
    seconds = np.random.default_rng(4).integers(-(10**9), 2 * 10**9, ROWS)
    plain = seconds.astype("datetime64[s]")
    other = plain.astype(f"datetime64[{unit}]")
    profiles = [dl.profile({"x": part}) for part in (plain, plain[:0], other, other[:0])]
    assert as_one_type(*profiles)


@every_shape
@every_resolution
class TestMerging:
    def parts(self, shape: str, resolution: int) -> list[dl.Profile]:
        pieces = [draw(shape, 3000, 1), draw(shape, 5000, 2)[::2], draw("ties", 100, 3), draw(shape, 1, 4)]
        return [dl.profile({"x": piece}, resolution=resolution) for piece in pieces]

    def test_is_associative(self, shape: str, resolution: int) -> None:
        a, b, c, d = self.parts(shape, resolution)
        left = ((a + b) + c) + d
        assert left.to_bytes() == (a + (b + (c + d))).to_bytes() == ((a + b) + (c + d)).to_bytes()

    def test_is_commutative(self, shape: str, resolution: int) -> None:
        a, b, *_ = self.parts(shape, resolution)
        assert (a + b).to_bytes() == (b + a).to_bytes()
        assert a + b == b + a
        assert hash(a + b) == hash(b + a)

    def test_has_the_empty_profile_as_identity(self, shape: str, resolution: int) -> None:
        a, *_ = self.parts(shape, resolution)
        no_rows = dl.profile({"x": draw(shape, 10)[:0]}, resolution=resolution)
        assert (a + no_rows).to_bytes() == (no_rows + a).to_bytes() == a.to_bytes()
        nothing = dl.profile({}, resolution=resolution)
        assert (a + nothing).to_bytes() == (nothing + a).to_bytes() == a.to_bytes()


def test_merging_nothing_gives_the_identity_with_default_options() -> None:
    some = dl.profile(table(500))
    assert dl.merge([]) + some == some == some + dl.merge([])
    assert dl.merge([some]) == some


@given(st.lists(st.lists(st.tuples(finite_doubles, text_labels, int64s), max_size=40), min_size=3, max_size=3))
def test_merging_is_associative_and_commutative_for_any_rows(parts: list[list[tuple[float, str, int]]]) -> None:
    def of(rows: list[tuple[float, str, int]]) -> dl.Profile:
        data = {
            "number": np.array([row[0] for row in rows], dtype=np.float64),
            "label": pa.array([row[1] for row in rows], pa.string()),
            "whole": np.array([row[2] for row in rows], dtype=np.int64),
        }
        return dl.profile(data, **SMALL)

    a, b, c = map(of, parts)
    assert ((a + b) + c).to_bytes() == (a + (b + c)).to_bytes() == ((c + a) + b).to_bytes()
    assert (a + b + c).to_bytes() == of([*parts[0], *parts[1], *parts[2]]).to_bytes()


def test_rows_of_a_side_without_the_column_are_absent_in_any_order() -> None:
    a = dl.profile({"x": [1.0, 2.0], "only_a": ["p", "q"]})
    b = dl.profile({"x": [3.0], "only_b": [True]})
    c = dl.profile({"only_b": [False, True, None]})
    union = a + b + c
    assert union == c + (b + a) == dl.profile([{"x": [1.0, 2.0], "only_a": ["p", "q"]}]) + (c + b)
    assert {name: column.n_absent for name, column in union.columns.items()} == {"x": 3, "only_a": 4, "only_b": 2}
    assert {column.n_rows for column in union.columns.values()} == {6}


def test_a_column_that_starts_all_null_takes_the_kind_of_its_first_values() -> None:
    late = dl.profile({"x": [None, None]}) + dl.profile({"x": np.array([1.5])})
    early = dl.profile({"x": np.array([1.5])}) + dl.profile({"x": [None, None]})
    assert late == early
    assert late.columns["x"].kind == "numeric"
    assert late.columns["x"].n_null == 2


SAVED: dict[str, Callable[[], dl.Profile]] = {
    "default": lambda: dl.profile(table()),
    "coarse": lambda: dl.profile(table(), **SMALL),
    "exact": lambda: dl.profile(table(300)),
    "hashed": lambda: dl.profile(table(300), hash_labels=True, salt="pepper"),
    "empty": lambda: dl.merge([]),
    "null and unsupported": lambda: dl.profile({"x": [None]}) + dl.profile({"y": pa.array([[1], [2]])}),
}


@pytest.mark.parametrize("name", SAVED)
def test_saving_and_loading_is_the_identity(name: str, tmp_path: Path) -> None:
    profile = SAVED[name]()
    profile.save(tmp_path / "p.dlp")
    copies = [
        dl.load(tmp_path / "p.dlp"),
        dl.Profile.from_bytes(profile.to_bytes()),
        pickle.loads(pickle.dumps(profile)),
        copy.copy(profile),
        copy.deepcopy(profile),
    ]
    for other in copies:
        assert other == profile
        assert other.to_bytes() == profile.to_bytes()
        assert other.digest == profile.digest
    assert (tmp_path / "p.dlp").read_bytes() == profile.to_bytes()


def test_a_loaded_profile_merges_like_the_one_that_was_saved() -> None:
    data = table()
    whole = dl.profile(data, **SMALL).to_bytes()
    parts = [dl.profile(take(data, part), **SMALL).to_bytes() for part in splits(ROWS, 8)]
    assert dl.merge(dl.Profile.from_bytes(part) for part in parts).to_bytes() == whole


def counted(column: Any) -> int:
    missing = column.n_null + column.n_nan + column.n_pos_inf + column.n_neg_inf + column.n_absent
    return int(column.n_valid + missing)


def test_counts_conserve_rows_before_and_after_merging() -> None:
    data = table()
    whole = dl.profile(data, **SMALL)
    parts = [dl.profile(take(data, part), **SMALL) for part in splits(ROWS, 2)]
    for profile in [whole, *parts, dl.merge(parts)]:
        for column in profile.columns.values():
            assert counted(column) == column.n_rows == profile.n_rows, column.name
    for name in SHAPES:
        column = whole.columns[name]
        assert int(column._core.cells()[2].sum()) == column.n_valid
        inside = column.histogram([-np.inf, -1.0, 0.0, 0.3, 1e9, np.inf])
        assert inside.sum() == pytest.approx(column.n_valid, rel=1e-12)
    assert sum(whole.columns["few_labels"].counts.values()) == ROWS


@given(number_lists())
def test_counts_conserve_for_any_numbers(values: list[float]) -> None:
    column = dl.profile({"x": np.array(values)}, resolution=64).columns["x"]
    assert counted(column) == len(values) == column.n_rows
    assert column.n_valid == 0 or int(column._core.cells()[2].sum()) == column.n_valid


def test_equal_profiles_are_equal_and_others_are_not() -> None:
    plain = dl.profile({"x": [1.0, 2.0]})
    others = [
        dl.profile({"x": [1.0, 2.0, 2.0]}),
        dl.profile({"x": [1.0, 3.0]}),
        dl.profile({"y": [1.0, 2.0]}),
        dl.profile({"x": [1.0, 2.0]}, resolution=64),
        dl.profile({"x": [1.0, 2.0]}, schema=dl.Schema(roles={"x": "target"})),
        dl.profile({"x": ["1", "2"]}),
    ]
    assert all(other != plain and other.to_bytes() != plain.to_bytes() for other in others)
    assert len({profile.digest for profile in [plain, *others]}) == len(others) + 1
