"""`profile` follows the schema, the reference and the options it is given."""

from __future__ import annotations

import copy
import pickle
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import driftline as dl
from driftline.profiling import profile_like

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {"age": [31, 42, None, 27], "city": ["Oslo", "Rome", "Oslo", None]}


def test_kinds_follow_types_and_the_schema_overrides_them() -> None:
    data = {
        "zip": [1, 2, 2],
        "flag": [1, 0, None],
        "when": np.array(["2024-01-01"] * 3, dtype="M8[D]"),
        "on": [True, False, True],
        "secret": ["x"] * 3,
    }
    inferred = dl.profile(data)
    assert {n: c.kind for n, c in inferred.columns.items()} == {
        "zip": "numeric",
        "flag": "numeric",
        "when": "datetime",
        "on": "boolean",
        "secret": "categorical",
    }
    kinds = {"zip": "categorical", "flag": "boolean", "when": "categorical", "on": "numeric", "secret": "ignore"}
    schema = dl.Schema(kinds=kinds, roles={"on": "target"})
    profile = dl.profile(data, schema=schema)
    assert profile.columns["zip"].counts == {2: 2, 1: 1}
    assert profile.columns["on"].role == "target"
    assert profile.columns["zip"].role == "feature"
    assert profile.schema.kinds == {name: kind for name, kind in kinds.items() if kind != "ignore"}
    assert profile.schema.roles == {"zip": "feature", "flag": "feature", "when": "feature", "on": "target"}
    assert dl.profile({k: v for k, v in data.items() if k != "secret"}, schema=profile.schema) == profile


@pytest.mark.parametrize(
    ("values", "kind"),
    [(["1", "2"], "numeric"), (["a"], "datetime"), ([1.5], "datetime"), ([b"x"], "boolean"), (["yes"], "boolean")],
)
def test_a_kind_the_values_cannot_have_is_a_status_of_the_column(values: list[Any], kind: str) -> None:
    profile = dl.profile({"bad": values, "good": values}, schema=dl.Schema(kinds={"bad": kind}))
    assert profile.columns["bad"].kind == "unsupported"
    assert f"the schema says {kind}" in profile.columns["bad"].reason
    assert profile.columns["good"].n_valid == len(values)


def test_a_column_without_a_value_takes_any_kind() -> None:
    for kind in ("numeric", "datetime", "boolean", "categorical"):
        profile = dl.profile({"a": [None, None]}, schema=dl.Schema(kinds={"a": kind}))
        assert profile.columns["a"].n_null == 2
        assert profile.columns["a"].kind in (kind, "null")


def test_a_schema_that_speaks_of_an_unknown_column_is_refused() -> None:
    for data in (TABLE, iter([TABLE])):
        with pytest.raises(dl.SchemaError, match=r"schema: no column 'cities' \(did you mean 'city'\?\)"):
            dl.profile(data, schema=dl.Schema(roles={"cities": "id"}))
    assert dl.profile(TABLE, columns=["age"], schema=dl.Schema(kinds={"city": "ignore"})).n_rows == 4
    assert dl.profile(iter([]), schema=dl.Schema(kinds={"city": "ignore"})).n_rows == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"kinds": {"a": "number"}},
            r"'a': unknown kind 'number' \(did you mean 'numeric'\?\); there are numeric",
        ),
        ({"kinds": {"a": None}}, "unknown kind None"),
        ({"kinds": {"a": "embedding"}}, "embedding.*not available"),
        ({"roles": {"a": "label"}}, "unknown role 'label'.*target"),
        ({"kinds": ["a"]}, "mapping"),
    ],
)
def test_a_schema_with_unknown_words_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(dl.OptionError, match=words):
        dl.Schema(**options)


def test_a_schema_is_a_value() -> None:
    kinds = {"b": "numeric", 0: "categorical"}
    schema = dl.Schema(kinds=kinds, roles={"b": "id"})  # type: ignore[arg-type]
    kinds["c"] = "numeric"
    assert schema == dl.Schema(kinds={"0": "categorical", "b": "numeric"}, roles={"b": "id"})
    assert hash(schema) == hash(pickle.loads(pickle.dumps(schema)))
    assert pickle.loads(pickle.dumps(schema)) == copy.deepcopy(schema) == schema
    assert dl.profile(np.array([[1, 2]]), schema=dl.Schema(kinds={0: "categorical"})).columns["0"].counts == {1: 1}
    with pytest.raises(TypeError):
        schema.kinds["x"] = "numeric"  # type: ignore[index]


# --- like a reference -------------------------------------------------------------------------------------------------


def test_current_data_are_profiled_as_the_reference_was() -> None:
    schema = dl.Schema(kinds={"zip": "categorical", "noise": "ignore"}, roles={"score": "prediction"})
    data = {"zip": [1, 2], "score": [0.5, 0.25], "noise": [1, 2]}
    reference = dl.profile(data, schema=schema, resolution=100, max_categories=1000)
    current = profile_like(reference, {"zip": [2.0, np.nan], "score": [1, 0], "extra": [1, 2]})
    assert {n: (c.kind, c.role) for n, c in current.columns.items()} == {
        "zip": ("categorical", "feature"),
        "score": ("numeric", "prediction"),
        "extra": ("numeric", "feature"),
    }
    assert current.columns["zip"].counts == {2: 1}
    assert current.options == reference.options
    assert "noise" not in profile_like(reference, data, schema=dl.Schema(kinds={"noise": "ignore"})).columns
    assert profile_like(reference, data, schema=schema) == reference


@pytest.mark.parametrize(
    ("reference", "current", "kind"),
    [
        ([1, 2], ["x"], "categorical"),
        ([1, 2], np.array(["2024-01-01"], dtype="M8[D]"), "datetime"),
        ([1, 2], [True], "numeric"),
        ([True], [0, 1], "boolean"),
        (["1", "2"], [1], "numeric"),
        (["True"], [True], "boolean"),
        (pd.Categorical([1, 2]), [1], "categorical"),
        (np.array(["2024-01-01"], dtype="M8[D]"), [5], "numeric"),
        (np.array(["2024-01-01"], dtype="M8[D]"), ["2024-01-01"], "categorical"),
        ([None], [5], "numeric"),
        (np.array([1j]), [5], "numeric"),
        ([1, 2], [None], "null"),
        ([1, 2], np.array([1j]), "unsupported"),
    ],
)
def test_values_of_another_sort_keep_their_own_kind(reference: Any, current: Any, kind: str) -> None:
    known = dl.profile({"a": reference})
    assert profile_like(known, {"a": current}).columns["a"].kind == kind


def test_columns_of_the_reference_may_be_missing(tmp_path: Path) -> None:
    reference = dl.profile({"a": [1], "b": ["x"]})
    (tmp_path / "x.csv").write_text("b\nx\ny\n")
    pl.DataFrame({"b": ["x", "y"]}).write_parquet(tmp_path / "x.parquet")
    data = {"b": ["x", "y"]}
    for current in (data, pl.LazyFrame(data), iter([data]), tmp_path / "x.csv", tmp_path / "x.parquet"):
        profile = profile_like(reference, current, columns=["a"])
        assert (profile.n_rows, list(profile.columns)) == (2, [])
    assert list(profile_like(reference, data, columns=["a", "b"]).columns) == ["b"]
    with pytest.raises(dl.InputError, match=r"no column 'c'\. The data have 'b'"):
        profile_like(reference, data, columns=["a", "c"])


def test_hashed_labels_are_hashed_on_both_sides() -> None:
    reference = dl.profile(TABLE, hash_labels=True, salt="pepper")
    assert "Oslo" not in reference.columns["city"].counts
    assert b"Oslo" not in reference.to_bytes()
    assert profile_like(reference, TABLE, salt="pepper") == reference
    assert profile_like(reference, TABLE, salt="other") != reference
    with pytest.raises(dl.OptionError, match="salt"):
        profile_like(dl.profile(TABLE), TABLE, salt="pepper")


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 0},
        {"threads": -1},
        {"threads": 1.5},
        {"threads": True},
        {"resolution": 0},
        {"resolution": 63},
        {"resolution": "fine"},
        {"max_categories": -5},
        {"max_categories": 63},
        {"max_categories": 2**40},
        {"hash_labels": "no"},
        {"salt": "pepper"},
        {"progress": 1},
        {"schema": {"a": "numeric"}},
    ],
    ids=str,
)
def test_an_option_out_of_range_is_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(dl.OptionError, match=next(iter(options))):
        dl.profile(TABLE, **options)


def test_options_that_do_not_exist_are_refused() -> None:
    with pytest.raises(TypeError, match="bins"):
        dl.profile(TABLE, bins=10)  # type: ignore[call-arg]
    with pytest.raises(dl.InputError, match="Profile already"):
        dl.profile(dl.profile(TABLE))


def test_threads_leave_no_trace() -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({f"c{i}": rng.lognormal(size=200_000) for i in range(3)})
    frame["label"] = rng.integers(0, 40_000, len(frame)).astype(str)
    digests = {dl.profile(frame, threads=threads).digest for threads in (1, 2, np.int64(8), None)}
    assert len(digests) == 1


def test_progress_is_told_rows_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftline.profiling.build.PROGRESS_ROWS", 1000)
    monkeypatch.setattr("driftline.profiling.running.PARCEL_CELLS_IN_MEMORY", 1000)
    frame = pd.DataFrame({"a": np.arange(2500.0), "b": pd.Categorical(["x", "y"] * 1250), "c": ["u", None] * 1250})
    calls: list[tuple[int, int | None]] = []
    assert dl.profile(frame, progress=lambda *call: calls.append(call)) == dl.profile(frame)
    assert calls == [(1000, 2500), (2000, 2500), (2500, 2500)]
    calls.clear()
    dl.profile(iter([frame, frame]), progress=lambda *call: calls.append(call))
    assert calls[-1] == (5000, None)


def test_progress_is_drawn_on_a_terminal_only(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    dl.profile(TABLE, progress=True)
    dl.profile(TABLE, progress=False)
    dl.profile(TABLE)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    dl.profile(TABLE, progress=True)
    assert capsys.readouterr() == ("", f"\r[{'#' * 30}] 4 of 4 rows (100%)\n")
    dl.profile(iter([TABLE, TABLE]), progress=True)
    assert capsys.readouterr() == ("", "\r8 rows\n")


def test_progress_appears_by_itself_when_it_takes_long(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    dl.profile(TABLE)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("driftline.profiling.progress.SHOWN_AFTER_S", 0.0)
    dl.profile(TABLE)
    assert capsys.readouterr().err.endswith("4 of 4 rows (100%)\n")
    dl.profile(TABLE, progress=False)
    assert capsys.readouterr() == ("", "")


def test_progress_is_drawn_below_the_cell_of_a_notebook(monkeypatch: Any) -> None:
    shown: list[dict[str, str]] = []
    handle = SimpleNamespace(update=lambda content, **_: shown.append(content))
    shell = type("ZMQInteractiveShell", (), {})()
    display = SimpleNamespace(display=lambda content, **_: shown.append(content) or handle)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell, display=display))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    dl.profile(TABLE, progress=True)
    assert shown == [
        {"text/plain": "4 of 4 rows (100%)", "text/html": '<progress value="1.000"></progress> 4 of 4 rows (100%)'}
    ]
