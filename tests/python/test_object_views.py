"""Python objects as columns: what each value becomes, what is counted and what is refused."""

from __future__ import annotations

import datetime as dt
import decimal
import gc
import sys
import zoneinfo
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import driftline as dl
from driftline import _core
from tests.python.column_facts import labels, profile_of

NAN, INFINITY = float("nan"), float("inf")
UTC = dt.timezone.utc


class Money:
    def __str__(self) -> str:
        return "5 €"


class Text(str):
    __slots__ = ()


MOMENT = dt.datetime(2024, 2, 29, 12, 30, 15, 250_000)
LABELS: list[tuple[Any, Any]] = [
    (True, True),
    (np.bool_(False), False),
    (3, 3),
    (np.int8(-3), -3),
    (-(2**63), -(2**63)),
    (2**63, 2**63),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (2**64, 2.0**64),
    (-(2**63) - 1, -(2**63)),  # beyond int64, but its nearest double is not
    (2**70 + 1, 2.0**70),
    (2.5, 2.5),
    (3.0, 3),
    (-0.0, 0),
    (np.float32(0.1), float(np.float32(0.1))),
    (np.float16(0.1), float(np.float16(0.1))),
    (np.longdouble("0.5"), 0.5),
    (decimal.Decimal("0.1"), 0.1),
    (decimal.Decimal("9007199254740993"), 2**53 + 1),
    (decimal.Decimal("12E2"), 1200),
    (decimal.Decimal("1E+30"), 1e30),
    ("a", "a"),
    (Text("naïve 名古屋"), "naïve 名古屋"),
    (np.str_("a"), "a"),
    (b"\xff\0", b"\xff\0"),
    (bytearray(b"ab"), b"ab"),
    (np.bytes_(b"ab"), b"ab"),
    (Money(), "5 €"),
    ((1, 2), "(1, 2)"),
    (1j, "1j"),
    (dt.date(1970, 1, 3), 172_800.0),
    (dt.date(1, 1, 1), -62_135_596_800.0),
    (MOMENT, 1_709_209_815.25),
    (MOMENT.replace(tzinfo=UTC), 1_709_209_815.25),
    (MOMENT.replace(tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo")), 1_709_209_815.25 - 9 * 3600),
    (MOMENT.replace(tzinfo=dt.timezone(-dt.timedelta(hours=3, microseconds=250_000))), 1_709_209_815.5 + 3 * 3600),
    (dt.timedelta(days=-1, microseconds=500_000), -86_399.5),
    (pd.Timestamp(1_700_000_000_123_456_789), float(Fraction(1_700_000_000_123_456_789, 10**9))),
    (pd.Timestamp("2024-02-29 12:30:15.25", tz="Asia/Tokyo"), 1_709_209_815.25 - 9 * 3600),
    (pd.Timedelta(-1, "ns"), -1e-9),
    (np.datetime64(1_700_000_000_123_456_789, "ns"), float(Fraction(1_700_000_000_123_456_789, 10**9))),
    (np.datetime64("1970-02"), 31 * 86_400.0),
    (np.timedelta64(25, "m"), 1500.0),
]


@pytest.mark.parametrize(
    ("value", "label"), LABELS, ids=[f"{i} {type(value).__name__}" for i, (value, _) in enumerate(LABELS)]
)
def test_each_python_value_has_its_label(value: Any, label: Any) -> None:
    # The text beside it keeps the column categorical.
    for values in ([value, "beside", None], np.array([value, "beside", None], dtype=object)):
        found = labels(_core.view_objects(values))
        del found["beside"]
        assert found == {label: 1}
        assert [type(key) for key in found] == [type(label)]


@pytest.mark.parametrize(
    "value", [None, pd.NA, pd.NaT, np.datetime64("NaT"), np.timedelta64("NaT", "s")], ids=lambda value: repr(value)
)
def test_each_way_to_say_missing_is_a_null(value: Any) -> None:
    view = _core.view_objects([value, 1, value])
    found = profile_of(view, "numeric")
    assert (view.logical, found.n_null, found.n_valid) == ("number", 2, 1)
    assert profile_of(view, "categorical").n_null == 2


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (NAN, "n_nan"),
        (np.float32("nan"), "n_nan"),
        (decimal.Decimal("NaN"), "n_nan"),
        (decimal.Decimal("sNaN"), "n_nan"),
        (INFINITY, "n_pos_inf"),
        (decimal.Decimal("Infinity"), "n_pos_inf"),
        (decimal.Decimal("1E+400"), "n_pos_inf"),
        (10**400, "n_pos_inf"),
        (-INFINITY, "n_neg_inf"),
        (-(10**400), "n_neg_inf"),
    ],
    ids=lambda value: repr(value)[:20],
)
@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_what_is_not_finite_is_counted(kind: str, value: Any, where: str) -> None:
    view = _core.view_objects([value, 1, None])
    found = profile_of(view, kind)
    assert view.logical == "number"
    assert [getattr(found, name) for name in ("n_nan", "n_pos_inf", "n_neg_inf")] == [
        int(name == where) for name in ("n_nan", "n_pos_inf", "n_neg_inf")
    ]
    assert (found.n_valid, found.n_null) == (1, 1)


@pytest.mark.parametrize(
    ("values", "logical", "is_integer"),
    [
        ([], "null", False),
        ([None, pd.NaT, pd.NA], "null", False),
        ([True, None], "boolean", False),
        ([1, np.int8(2), None, 2**64 - 1], "number", True),
        ([1, 2.5], "number", False),
        ([NAN], "number", False),
        ([decimal.Decimal("0.5")], "number", False),
        ([dt.date(2024, 1, 1), MOMENT, pd.Timestamp(0), np.datetime64(0, "s")], "datetime", False),
        ([dt.timedelta(1), pd.Timedelta(1), np.timedelta64(1, "s")], "duration", False),
        ([b"a", bytearray()], "binary", False),
        (["a"], "text", False),
        ([True, 1], "text", False),
        ([1, "1"], "text", False),
        ([b"a", "a"], "text", False),
        ([MOMENT, 1], "text", False),
        ([MOMENT, dt.timedelta(1)], "text", False),
    ],
    ids=str,
)
def test_the_type_of_a_column_is_what_its_values_have_in_common(values: Any, logical: str, is_integer: bool) -> None:
    view = _core.view_objects(values, "object")
    assert (view.length, view.type_name, view.logical) == (len(values), "object", logical)
    assert (view.is_integer, view.is_dictionary) == (is_integer, False)


def test_the_text_one_the_integer_one_and_true_are_three_labels() -> None:
    found = profile_of(_core.view_objects(["1", 1, True, b"1", 1.0]), "categorical").counts()
    assert Counter({(type(label), label): n for label, n in found}) == Counter(
        {(str, "1"): 1, (int, 1): 2, (bool, True): 1, (bytes, b"1"): 1}
    )


def test_integers_beyond_the_doubles_agree_with_an_integer_array() -> None:
    values = [2**53 + 1, -(2**62) - 1, 7, 7]
    assert labels(_core.view_objects(values)) == labels(_core.view_numpy(np.array(values)))
    objects, array = (
        profile_of(view, "numeric") for view in (_core.view_objects(values), _core.view_numpy(np.array(values)))
    )
    assert (objects.min, objects.mean, objects.looks_unique()) == (array.min, array.mean, array.looks_unique())


def test_lone_surrogates_are_labels_of_their_own() -> None:
    view = _core.view_objects(["\ud800", "\ud800", "\udfff", "?"])
    found = profile_of(view, "categorical")
    assert sorted(n for _, n in found.counts()) == [1, 1, 2]


def test_values_may_change_or_vanish_after_the_view_is_made() -> None:
    values = [f"label number {i}" for i in range(1000)]
    expected = Counter(values)
    view = _core.view_objects(values)
    values[:] = ["other"] * 1000
    gc.collect()
    assert labels(view) == expected


def test_strings_are_let_go_with_the_view() -> None:
    text = "".join(["not ", "interned"])
    before = sys.getrefcount(text)
    view = _core.view_objects([text] * 100)
    assert sys.getrefcount(text) > before
    del view
    assert sys.getrefcount(text) == before


class Broken:
    def __str__(self) -> str:
        raise ValueError("no text for this")


class Interrupting:
    def __str__(self) -> str:
        raise KeyboardInterrupt


class BrokenZone(dt.tzinfo):
    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        raise LookupError("no such zone")


def test_a_value_whose_own_code_fails_is_named_by_row() -> None:
    with pytest.raises(dl.InputError, match="row 1 cannot be read: ValueError: no text for this"):
        _core.view_objects(["a", Broken()])
    with pytest.raises(dl.InputError, match="row 0 cannot be read: LookupError: no such zone"):
        _core.view_objects([MOMENT.replace(tzinfo=BrokenZone())])


def test_an_interrupt_is_not_an_input_error() -> None:
    with pytest.raises(KeyboardInterrupt):
        _core.view_objects(["a", Interrupting()])


def test_objects_must_be_a_list_or_a_column() -> None:
    with pytest.raises(dl.InputError, match="tuple"):
        _core.view_objects(("a",))  # type: ignore[arg-type]
    with pytest.raises(dl.InputError, match=r"one-dimensional.*\(1, 1\)"):
        _core.view_objects(np.array([["a"]], dtype=object))
