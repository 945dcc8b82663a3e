"""Numbers as people read them, and foreign text that cannot harm a terminal."""

from __future__ import annotations

import math
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from driftline import formatting as fmt

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
effects = st.floats(min_value=0, max_value=5)


def read(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


@given(effects, effects)
@example(0.2499999, 0.25)
@example(0.09999999999, 0.1)
@example(0.1, 0.1)
def test_a_shown_number_never_crosses_a_threshold(value: float, threshold: float) -> None:
    shown = read(fmt.number(value, apart_from=(threshold,)))
    if abs(value - threshold) > 1e-12 * threshold:
        assert (shown > threshold, shown < threshold) == (value > threshold, value < threshold)


@given(finite)
def test_a_number_is_shown_to_its_first_digits(value: float) -> None:
    assert math.isclose(read(fmt.number(value, digits=3)), value, rel_tol=0.005, abs_tol=1e-300)


@given(st.floats(min_value=0, max_value=1))
def test_none_and_all_are_said_of_exact_shares_only(value: float) -> None:
    shown = fmt.share(value)
    assert (shown == "0") == (value == 0)
    assert (shown == "100") == (value == 1)


@given(st.floats(min_value=0, max_value=100), effects)
def test_a_bound_holds_and_stays_below_the_limit_that_the_value_is_below(value: float, limit: float) -> None:
    bound = read(fmt.at_most(value, limit).removesuffix(" or less"))
    assert bound >= value * (1 - 1e-12)
    if value < limit * (1 - 1e-9):
        assert bound < limit


@given(st.text())
@example("\x1b[31m\n\r\t\u202e\u2066\ufeff\ue000\ud800\u2028")
def test_printable_text_moves_no_cursor_and_reorders_nothing(text: str) -> None:
    shown = fmt.printable(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    overrides = {"LRO", "RLO", "LRE", "RLE", "LRI", "RLI", "FSI"}
    assert not any(unicodedata.bidirectional(char) in overrides for char in shown)
    shown.encode("utf-8")


@given(st.text(max_size=60), st.integers(1, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    shown = fmt.printable(text)
    assert fmt.display_width(fmt.shorten(shown, width)) <= width
    if fmt.display_width(shown) <= width:
        assert fmt.shorten(shown, width) == shown


def test_a_long_label_is_cut_before_anything_is_done_with_it() -> None:
    assert len(fmt.label("x" * 100_000_000)) == fmt.LABEL_WIDTH
    assert fmt.label(b"\xff\xfe") == "\\xff\\xfe"
