"""The doors of the core for NumPy arrays and for codes: what each value becomes and what is refused."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import driftline as dl
from driftline import _core
from tests.python.column_facts import labels, numbers, profile_of

NAN = float("nan")
NUMBERS = [np.dtype(code) for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")]


def numpy_values(dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    if dtype.kind == "f":
        return np.array([0.0, -0.0, 0.1, -2.5, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal]).astype(dtype)
    info = np.iinfo(dtype)
    return np.array([info.min, info.max, info.max - 1, 0, 1, 100], dtype)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_numbers_of_every_dtype_are_their_nearest_doubles(dtype: np.dtype[Any]) -> None:
    values = numpy_values(dtype)
    view = _core.view_numpy(values)
    assert (view.length, view.type_name, view.logical) == (len(values), dtype.name, "number")
    assert view.is_integer == (dtype.kind in "iu")
    assert numbers(view) == Counter(float(Fraction(value.item())) for value in values)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_strides_and_read_only_arrays_are_followed(dtype: np.dtype[Any]) -> None:
    values = numpy_values(dtype)
    structured = np.zeros(len(values), dtype=[("pad", "i1"), ("x", dtype)])
    structured["x"] = values
    frozen = values.copy()
    frozen.flags.writeable = False
    square = np.stack([values, values], axis=1)
    for same in (values[::-1], structured["x"], frozen, square[:, 1], np.repeat(values, 3)[::3]):
        assert numbers(_core.view_numpy(same)) == numbers(_core.view_numpy(values))


def test_the_array_is_kept_alive_and_then_let_go() -> None:
    class Tracked(np.ndarray[Any, Any]):
        pass

    values = np.arange(1000.0).view(Tracked)
    tracker = weakref.ref(values)
    view = _core.view_numpy(values)
    part = view.slice(10, 20)
    del values, view
    gc.collect()
    assert numbers(part) == Counter(map(float, range(10, 20)))
    del part
    gc.collect()
    assert tracker() is None


def test_booleans_are_booleans() -> None:
    view = _core.view_numpy(np.array([True, False, True]))
    assert (view.logical, view.is_integer) == ("boolean", False)
    assert numbers(view) == Counter([1.0, 0.0, 1.0])
    assert labels(view) == {True: 2, False: 1}
    assert {type(label) for label in labels(view)} == {bool}


@pytest.mark.parametrize("mask", [np.array([False, True, True, False]), np.array([0, 9, 1, 9, 1, 9, 0, 9], bool)[::2]])
def test_a_mask_marks_nulls(mask: np.ndarray[Any, Any]) -> None:
    values = np.array([1.0, 2.0, NAN, 4.0])
    view = _core.view_numpy(values, mask)
    found = profile_of(view, "numeric")
    assert (found.n_null, found.n_nan, found.n_valid) == (int(mask.sum()), int(np.isnan(values[~mask]).sum()), 2)
    assert profile_of(view.slice(1, 3), "numeric").n_null == int(mask[1:3].sum())


PER_SECOND = {
    "W": Fraction(1, 604_800),
    "D": Fraction(1, 86_400),
    "h": Fraction(1, 3600),
    "m": Fraction(1, 60),
    **{unit: Fraction(1000**power) for power, unit in enumerate(("s", "ms", "us", "ns", "ps", "fs", "as"))},
}


@pytest.mark.parametrize("count", [1, 25])
@pytest.mark.parametrize("unit", PER_SECOND)
@pytest.mark.parametrize("kind", ["M8", "m8"])
def test_times_of_every_unit_are_the_nearest_double_of_their_seconds(kind: str, unit: str, count: int) -> None:
    ticks = [0, 1, -1, 2**53 + 1, 2**62 + 12345, -(2**61) - 1, 1_700_000_000_123_456_789, 2**63 - 1, 1 - 2**63]
    values = np.array([*ticks, -(2**63)], "i8").view(f"{kind}[{count}{unit}]")
    found = profile_of(_core.view_numpy(values), "numeric")
    assert found.n_null == 1
    low, _, _ = found.cells()
    assert set(low.tolist()) == {float(tick * count / PER_SECOND[unit]) for tick in ticks}


def test_calendar_years_and_months_begin_on_a_day() -> None:
    for values in (np.array(["1970-02", "NaT", "2024-03"], "M8[M]"), np.array(["1971", "NaT", "1969"], "M8[Y]")):
        view = _core.view_numpy(values)
        days = values.astype("M8[D]").astype("i8")[[0, 2]]
        assert (view.logical, view.type_name) == ("datetime", values.dtype.name)
        assert numbers(view) == Counter(float(86_400 * day) for day in days.tolist())
        assert profile_of(view, "numeric").n_null == 1
    assert profile_of(_core.view_numpy(np.array(["NaT", "NaT"], "M8")), "datetime").n_null == 2


def test_fixed_width_text_and_bytes_lose_only_their_padding() -> None:
    texts = np.array(["", "a", "naïve", "名古屋", "😀", "a\0b", "lone \ud800"])
    view = _core.view_numpy(texts)
    assert (view.logical, view.type_name) == ("text", "str")
    assert profile_of(view, "categorical").n_valid == len(texts)
    assert set(texts.tolist()[:-1]) <= set(labels(view))
    assert labels(_core.view_numpy(texts[:-1][::-2])) == Counter(texts[:-1][::-2].tolist())

    data = np.array([b"", b"a", b"\xff\0b", b"a"])
    assert labels(_core.view_numpy(data)) == Counter(data.tolist())
    assert _core.view_numpy(data).logical == "binary"


def test_text_beyond_unicode_is_refused() -> None:
    with pytest.raises(dl.InputError, match=r"1114112, above U\+10FFFF"):
        _core.view_numpy(np.array([0x110000], "u4").view("U1"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 2)), r"one-dimensional.*\(2, 2\)"),
        (np.zeros(()), "one-dimensional"),
        (np.zeros(2, np.dtype("f8").newbyteorder("S")), "byte order"),
        (np.zeros(2, np.dtype("M8[s]").newbyteorder("S")), "byte order"),
        (np.zeros(2, np.dtype("U3").newbyteorder("S")), "byte order"),
        (np.zeros(2, complex), "complex128"),
        (np.zeros(2, np.longdouble), "float128|longdouble"),
        (np.array([object()]), "object"),
        (np.zeros(2, [("a", "i4")]), "cannot be read"),
        (np.zeros(2, "m8[M]"), "no fixed length"),
        (np.zeros(2, "m8"), "no fixed length"),
    ],
    ids=lambda value: f"{value.ndim}-d {value.dtype}" if isinstance(value, np.ndarray) else "",
)
def test_arrays_without_a_reading_are_refused_in_words(values: Any, message: str) -> None:
    with pytest.raises(dl.InputError, match=message):
        _core.view_numpy(values)


@pytest.mark.parametrize(
    "mask", [np.zeros(2, bool), np.zeros((3, 1), bool), np.zeros(3, "i1")], ids=["length", "shape", "dtype"]
)
def test_masks_of_another_shape_or_dtype_are_refused(mask: Any) -> None:
    with pytest.raises(dl.InputError, match="mask"):
        _core.view_numpy(np.zeros(3), mask)


def test_slices_outside_the_column_are_refused() -> None:
    view = _core.view_numpy(np.arange(3))
    assert view.slice(3, 3).length == 0
    for begin, end in ((-1, 2), (2, 1), (0, 4)):
        with pytest.raises(dl.OptionError, match="slice"):
            view.slice(begin, end)


@pytest.mark.parametrize("code", ["i1", "i2", "i4", "i8"])
def test_minus_one_is_a_null_and_codes_become_values(code: str) -> None:
    categories = _core.view_objects(["a", "b", None])
    view = _core.view_dictionary(np.array([0, 1, 0, -1, 2], code), categories, "category")
    assert (view.type_name, view.logical, view.is_dictionary) == ("category", "text", True)
    assert labels(view) == {"a": 2, "b": 1}
    assert profile_of(view, "categorical").n_null == 2
    assert labels(view.slice(1, 3)) == {"a": 1, "b": 1}


@pytest.mark.parametrize("code", [3, -2, 127])
def test_a_code_without_a_value_makes_the_column_unreadable(code: int) -> None:
    view = _core.view_dictionary(np.array([0, code], "i1"), _core.view_objects(["a", "b", "c"]), "category")
    found = profile_of(view, "categorical")
    assert found.kind == "unsupported"
    assert f"code {code}" in found.reason


def test_codes_must_be_integers() -> None:
    with pytest.raises(dl.InputError, match="integers"):
        _core.view_dictionary(np.zeros(2), _core.view_objects(["a"]), "category")
