"""Data for the law tests: fixed shapes that real columns have, and Hypothesis strategies for the unreal ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from numpy.typing import NDArray

Numbers = NDArray[Any]
Shape = Callable[[np.random.Generator, int], Numbers]

LARGEST = 1.7e308
SUBNORMAL = 5e-324


def _normal(rng: np.random.Generator, n: int) -> Numbers:
    return rng.normal(50.0, 12.0, n)


def _lognormal(rng: np.random.Generator, n: int) -> Numbers:
    return rng.lognormal(3.0, 1.5, n)


def _timestamps(rng: np.random.Generator, n: int) -> Numbers:
    return 1.42e9 + rng.integers(0, 180 * 86_400_000, n) / 1000.0


def _money(rng: np.random.Generator, n: int) -> Numbers:
    return np.round(rng.lognormal(4.0, 1.0, n), 2)


def _saturated_scores(rng: np.random.Generator, n: int) -> Numbers:
    return 1.0 / (1.0 + np.exp(-rng.normal(9.0, 5.0, n)))


def _zero_inflated(rng: np.random.Generator, n: int) -> Numbers:
    return np.where(rng.random(n) < 0.6, 0.0, rng.exponential(30.0, n))


def _ties(rng: np.random.Generator, n: int) -> Numbers:
    return rng.integers(0, 6, n).astype(float)


def _heavy_tails(rng: np.random.Generator, n: int) -> Numbers:
    return rng.standard_cauchy(n) * 3.0


def _sentinels(rng: np.random.Generator, n: int) -> Numbers:
    return np.where(rng.random(n) < 0.1, -999.0, rng.normal(0.0, 1.0, n))


def _mixed_nulls(rng: np.random.Generator, n: int) -> Numbers:
    return np.where(rng.random(n) < 0.2, np.nan, rng.normal(5.0, 2.0, n))


def _non_finite(rng: np.random.Generator, n: int) -> Numbers:
    values = rng.normal(0.0, 1.0, n)
    values[rng.random(n) < 0.05] = np.nan
    values[rng.random(n) < 0.05] = np.inf
    values[rng.random(n) < 0.05] = -np.inf
    return values


def _huge(rng: np.random.Generator, n: int) -> Numbers:
    return rng.choice([-1.0, 1.0], n) * LARGEST * rng.random(n)


def _subnormals(rng: np.random.Generator, n: int) -> Numbers:
    return rng.integers(-(1 << 20), 1 << 20, n) * SUBNORMAL


def _hundred_decades(rng: np.random.Generator, n: int) -> Numbers:
    return np.where(rng.random(n) < 0.5, rng.normal(1e6, 1.0, n), 10.0 ** rng.uniform(-50, 50, n))


def _int64_extremes(rng: np.random.Generator, n: int) -> Numbers:
    ends = np.array([-(2**63), 2**63 - 1, -(2**53) - 1, 2**53 + 1, 0, -1], dtype=np.int64)
    return np.where(rng.random(n) < 0.1, rng.choice(ends, n), rng.integers(-(2**62), 2**62, n))


def _counters(rng: np.random.Generator, n: int) -> Numbers:
    return rng.permutation(n).astype(np.int64)


SHAPES: dict[str, Shape] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "timestamps": _timestamps,
    "money": _money,
    "saturated_scores": _saturated_scores,
    "zero_inflated": _zero_inflated,
    "ties": _ties,
    "heavy_tails": _heavy_tails,
    "sentinels": _sentinels,
    "mixed_nulls": _mixed_nulls,
    "non_finite": _non_finite,
    "huge": _huge,
    "subnormals": _subnormals,
    "hundred_decades": _hundred_decades,
    "int64_extremes": _int64_extremes,
    "counters": _counters,
}
"""Name to generator of a numeric column."""

AWKWARD_LABELS = ["", " ", '"', "'", "a,b", "a\nb", "a\r\n", "\x00", "<script>", "☃", "𝔘", "null", "NaN", "1", "1.0"]


def draw(shape: str, n: int, seed: int = 0) -> Numbers:
    """`n` rows of a fixed shape; the same for the same seed."""
    return SHAPES[shape](np.random.default_rng([seed, n]), n)


def finite(values: Numbers) -> NDArray[np.float64]:
    """The rows that enter distances and moments, as the doubles a profile keeps."""
    rows = values.astype(np.float64)
    return rows[np.isfinite(rows)]


def zipf_labels(n: int, n_labels: int, seed: int = 0, exponent: float = 1.1) -> NDArray[Any]:
    """`n` rows of the labels ``v0``, ``v1``, … with Zipf frequencies."""
    weights = np.arange(1, n_labels + 1, dtype=float) ** -exponent
    codes = np.random.default_rng([seed, n]).choice(n_labels, n, p=weights / weights.sum())
    return np.array([f"v{i}" for i in range(n_labels)])[codes]


def invalid_utf8(payloads: list[bytes | None]) -> pa.Array:
    """A text column whose bytes are as given, whether or not they are UTF-8."""
    return pa.array(payloads, pa.binary()).view(pa.string())


_PLAIN = st.floats(allow_nan=True, allow_infinity=True, width=64)
_SMALL = st.integers(-20, 20).map(float)
_CENTS = st.integers(-10_000, 10_000).map(lambda cents: cents / 100)
_EXTREME = st.sampled_from(
    [0.0, -0.0, SUBNORMAL, -SUBNORMAL, 2.2250738585072014e-308, LARGEST, -LARGEST, 0.5, 1.0, -1.0, 1.0 - 2**-53, 0.1]
)
doubles = st.one_of(_PLAIN, _SMALL, _CENTS, _EXTREME)
finite_doubles = doubles.filter(lambda x: x == x and abs(x) != float("inf"))

int64s = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-5, 5), st.sampled_from([-(2**63), 2**63 - 1]))

text_labels = st.one_of(
    st.sampled_from(AWKWARD_LABELS), st.text(max_size=8), st.integers(0, 200).map(lambda i: f"label {i}")
)
byte_labels = st.one_of(st.binary(max_size=6), st.sampled_from([b"\xff\xfe", b"ok", b"\xc3", b"\xed\xa0\x80", b""]))
mixed_labels = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 300), st.integers(-(2**63), 2**64 - 1), finite_doubles, text_labels
)


def number_lists(min_size: int = 0, max_size: int = 200) -> st.SearchStrategy[list[float]]:
    """Columns of doubles, with repeats, non-finite values and extremes."""
    return st.lists(doubles, min_size=min_size, max_size=max_size)
