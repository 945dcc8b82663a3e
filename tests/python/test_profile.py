"""Profile is a value: it merges, compares, travels."""

from __future__ import annotations

import copy
import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import driftline as dl
from driftline.profiling import CategoricalColumn, NumericColumn, OtherColumn, as_profile

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {"age": [31, 42, None, 27], "city": ["Oslo", "Rome", "Oslo", None]}

values = st.one_of(st.none(), st.floats(allow_subnormal=True))
labels = st.one_of(st.none(), st.text(max_size=3))
rows = st.lists(st.tuples(values, labels), max_size=30)


def table(data: list[tuple[Any, Any]]) -> dict[str, Any]:
    return {"x": np.array([np.nan if x is None else x for x, _ in data], dtype=float), "y": [y for _, y in data]}


# --- a value ----------------------------------------------------------------------------------------------------------


@given(rows, rows, rows)
def test_merging_is_profiling_the_rows_together(a: Any, b: Any, c: Any) -> None:
    one, two, three = (dl.profile(table(part)) for part in (a, b, c))
    whole = dl.profile(table(a + b + c))
    assert (one + two) + three == one + (two + three) == dl.merge([three, one, two]) == whole
    assert dl.profile(map(table, (a, b, c))).to_bytes() == whole.to_bytes()
    assert dl.merge([]) + whole == whole == whole + dl.merge([])


@given(rows)
def test_bytes_copies_and_pickles_are_equal(data: Any) -> None:
    profile = dl.profile(table(data))
    twins = [dl.Profile.from_bytes(profile.to_bytes()), pickle.loads(pickle.dumps(profile)), copy.deepcopy(profile)]
    for twin in twins:
        assert (twin, hash(twin), twin.digest, twin.to_bytes()) == (
            profile,
            hash(profile),
            profile.digest,
            profile.to_bytes(),
        )


def test_profiles_of_other_rows_differ() -> None:
    profiles = [dl.profile({"a": [1, 2]}), dl.profile({"a": [1, 3]}), dl.profile({"b": [1, 2]}), dl.merge([])]
    assert len({profile.digest for profile in profiles}) == len(set(profiles)) == 4
    assert profiles[0] != "not a profile"
    assert profiles[0] != profiles[0].to_bytes()


def test_rows_of_a_side_without_the_column_are_absent() -> None:
    both = dl.profile({"a": [1, None]}) + dl.profile({"b": ["x"]})
    counts = {name: (c.n_rows, c.n_valid, c.n_null + c.n_nan, c.n_absent) for name, c in both.columns.items()}
    assert counts == {"a": (3, 1, 1, 1), "b": (3, 1, 0, 2)}


def test_profiles_that_do_not_fit_are_refused() -> None:
    numbers = dl.profile({"zip": [1, 2]})
    with pytest.raises(dl.SchemaError, match="zip"):
        numbers + dl.profile({"zip": ["x"]})
    with pytest.raises(dl.OptionError, match="resolution"):
        numbers.merge(dl.profile({"zip": [1, 2]}, resolution=100))
    with pytest.raises(dl.InputError, match="Profile"):
        numbers.merge({"zip": [1]})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        numbers + 1


@pytest.mark.parametrize(
    ("profiles", "words"),
    [(dl.merge, "iterable of profiles"), (5, "iterable of profiles"), ([1], "item 0 to merge is int, not a Profile")],
)
def test_only_profiles_are_merged(profiles: Any, words: str) -> None:
    with pytest.raises(dl.InputError, match=words):
        dl.merge(profiles)
    with pytest.raises(dl.InputError, match="iterable of profiles"):
        dl.merge(dl.profile(TABLE))  # type: ignore[arg-type]


def test_names_survive_where_they_are_unambiguous(tmp_path: Path) -> None:
    dl.profile(TABLE).save(tmp_path / "monday")
    monday = dl.load(tmp_path / "monday")
    assert (monday.name, (monday + monday).name, (monday + dl.profile(TABLE)).name) == ("monday",) * 3
    assert pickle.loads(pickle.dumps(monday)).name == "monday"
    assert monday == dl.profile(TABLE)


# --- files ------------------------------------------------------------------------------------------------------------


def test_load_reads_what_save_wrote(tmp_path: Path) -> None:
    profile = dl.profile(TABLE)
    profile.save(tmp_path / "a.profile")
    profile.save(str(tmp_path / "a.profile"))
    assert dl.load(tmp_path / "a.profile") == dl.load(str(tmp_path / "a.profile")) == profile
    assert (tmp_path / "a.profile").read_bytes() == profile.to_bytes()
    assert list(tmp_path.iterdir()) == [tmp_path / "a.profile"]


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = dl.profile(TABLE)
    profile.save(tmp_path / "a.profile")
    before = (tmp_path / "a.profile").read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync" if hasattr(os, "fdatasync") else "fsync", full_disk)
    with pytest.raises(dl.InputError, match=r"a\.profile: No space left"):
        dl.profile({"b": [1]}).save(tmp_path / "a.profile")
    assert (tmp_path / "a.profile").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "a.profile"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(dl.InputError, match=r"none/a\.profile: No such file or directory"):
        dl.profile(TABLE).save(tmp_path / "none" / "a.profile")


def test_load_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(dl.InputError, match=r"none\.profile: No such file"):
        dl.load(tmp_path / "none.profile")
    content = dl.profile(TABLE).to_bytes()
    flipped = content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]
    for damaged in (b"", b"PK\3\4", content[:-1], flipped, content + b"\0"):
        (tmp_path / "bad.profile").write_bytes(damaged)
        with pytest.raises(dl.FormatError, match=r"bad\.profile: "):
            dl.load(tmp_path / "bad.profile")
    with pytest.raises(dl.InputError, match="read from bytes"):
        dl.Profile.from_bytes("text")  # type: ignore[arg-type]


def test_a_path_to_a_profile_is_taken_for_the_profile(tmp_path: Path) -> None:
    profile = dl.profile(TABLE)
    profile.save(tmp_path / "a.profile")
    (tmp_path / "a.csv").write_text("age,city\n31,Oslo\n")
    assert as_profile(tmp_path / "a.profile") == as_profile(profile) == as_profile(TABLE) == profile
    assert as_profile(tmp_path / "a.csv").n_rows == 1
    assert as_profile({"age": ["x"]}, like=profile).columns["age"].kind == "categorical"


# --- columns ----------------------------------------------------------------------------------------------------------


def test_columns_say_what_they_hold() -> None:
    data = pd.DataFrame({"n": [1.0, 2.0, 4.0, np.inf], "c": ["b", "a", "b", "\n"], "z": [None] * 4, "l": [1j] * 4})
    columns = dl.profile(data).columns
    number, label = columns["n"], columns["c"]
    assert isinstance(number, NumericColumn)
    assert (number.min, number.max, number.n_valid, number.n_pos_inf, number.exact) == (1, 4, 3, 1, True)
    assert number.mean == 7 / 3
    assert number.std == pytest.approx(np.std([1, 2, 4], ddof=1), rel=1e-15)
    assert number.histogram([0, 2, 4]).tolist() == [1, 2]
    assert (number.cdf(2), number.cdf_bounds(2)) == (2 / 3, (2 / 3, 2 / 3))
    assert number.quantile_bounds(0) == (1, 1)
    assert isinstance(label, CategoricalColumn)
    assert (label.top(1), label.n_distinct, label.n_distinct_bounds, label.overflowed) == ([("b", 2)], 3, (3, 3), False)
    assert isinstance(columns["z"], OtherColumn)
    assert columns["z"].kind == "null"
    assert isinstance(columns["l"], OtherColumn)
    assert "complex128" in columns["l"].reason
    assert list(columns) == sorted(columns)
    with pytest.raises(TypeError):
        columns["new"] = number  # type: ignore[index]


def test_labels_are_those_that_are_counted() -> None:
    columns = {
        column.name: column for column in dl.profile({"c": ["a", "b", None, "a"], "n": [1, 2, 3, 4]})._core.columns
    }
    labels = [columns["c"].label(index) for index in range(columns["c"].n_labels)]
    assert sorted(labels) == sorted(label for label, _ in columns["c"].counts())
    assert columns["n"].n_labels == 0
    with pytest.raises(IndexError, match='column "c" keeps 2 labels; there is none at 2'):
        columns["c"].label(2)


def test_undefined_statistics_are_none() -> None:
    empty = dl.profile({"a": np.array([np.nan, np.inf])}).columns["a"]
    assert (empty.n_valid, empty.n_nan, empty.n_pos_inf) == (0, 1, 1)
    single = dl.profile({"a": [5]}).columns["a"]
    assert (single.mean, single.std) == (5, None)
    with pytest.raises(dl.OptionError, match=r"1\.5"):
        single.quantile(1.5)


def test_what_is_shown_is_safe_and_short() -> None:
    data = {f"<script>{i}": [f"<b>\n{i}</b>" * 20, None] for i in range(40)}
    profile = dl.profile(data)
    text, page = repr(profile), profile._repr_html_()
    assert text.startswith("Profile(2 rows, 40 columns)\n")
    assert len(text.splitlines()) == 23
    assert all(line.isprintable() and len(line) < 120 for line in text.splitlines())
    assert "… 20 more" in text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page
    assert repr(dl.profile({"a": [1]})).startswith("Profile(1 row, 1 column)")
    assert repr(dl.merge([])) == "Profile(0 rows, 0 columns)"
    days = dl.profile({"day": np.array(["2024-01-01", "2024-03-01"], dtype="M8[D]")})
    assert "2024-01-01 … " in repr(days)
    assert "2024-03-01" in repr(days.columns["day"])


def test_dates_beyond_the_calendar_are_shown() -> None:
    assert "e+" in repr(dl.profile({"t": np.array([-(2**62), 2**62], dtype="M8[s]")}))
