"""Laws of verdicts, corrections, shown numbers and JSON."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from driftline import formatting
from driftline.decision import VERDICTS, decide
from driftline.multiplicity import adjust
from driftline.policy import Policy
from driftline.render.json import plain, to_json
from tests.python.fakes import FakeSignal, column, report

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)
effects = st.floats(0, 0.6).map(lambda x: round(x, 4))
errors = st.sampled_from([0.001, 0.01, 0.05])
cells = st.tuples(effects, errors, st.one_of(st.none(), effects))
finite = st.floats(allow_nan=False, allow_infinity=False)
WORSE = {verdict: rank for rank, verdict in enumerate(("skipped", "ok", "inconclusive", "warn", "alert"))}


def make(name: str, cell: tuple[float, float, float | None]) -> Any:
    value, error, nulls = cell
    signals = [] if nulls is None else [FakeSignal(nulls, 0.004, reference=0.1, current=0.1 + nulls, name="nulls")]
    return column(name, value, *signals, error=error)


def verdicts(cells: list[Any], **options: Any) -> list[str]:
    decision = decide(report(*(make(f"c{i}", cell) for i, cell in enumerate(cells))), Policy(**options))
    return [decision.columns[f"c{i}"].verdict for i in range(len(cells))]


@given(p_values)
def test_benjamini_hochberg_is_the_published_procedure(p: list[float]) -> None:
    np.testing.assert_allclose(adjust(p, "benjamini_hochberg"), stats.false_discovery_control(p), rtol=1e-12, atol=0)


@given(p_values)
def test_corrections_never_make_a_p_value_smaller_and_keep_the_order(p: list[float]) -> None:
    assert adjust(p, "none") == p
    for correction in ("benjamini_hochberg", "bonferroni"):
        adjusted = adjust(p, correction)
        assert all(raw <= new <= 1 for raw, new in zip(p, adjusted, strict=True))
        order = np.argsort(p, kind="stable")
        assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


@given(st.lists(cells, min_size=1, max_size=8), st.randoms())
def test_the_order_of_columns_does_not_matter(cells: list[Any], random: Any) -> None:
    order = list(range(len(cells)))
    random.shuffle(order)
    found = verdicts([cells[i] for i in order])
    assert [found[order.index(i)] for i in range(len(cells))] == verdicts(cells)


@given(effects, errors)
def test_without_a_correction_the_interval_says_the_verdict(value: float, error: float) -> None:
    decision = decide(report(make("x", (value, error, None))), Policy(correction="none"))
    reason = decision.columns["x"].reasons[0]
    assert reason.ci_low is not None
    assert reason.ci_high is not None
    assume(min(abs(end - limit) for end in (reason.ci_low, reason.ci_high) for limit in (0.1, 0.25)) > 1e-9)
    expected = "alert" if reason.ci_low > 0.25 else "warn" if reason.ci_low > 0.1 else "inconclusive"
    assert decision.columns["x"].verdict == ("ok" if reason.ci_high < 0.1 else expected)


@given(st.lists(cells, min_size=1, max_size=8), st.floats(0, 0.3))
def test_a_larger_effect_never_gives_a_milder_verdict(cells: list[Any], more: float) -> None:
    value, error, nulls = cells[0]
    before, after = verdicts(cells)[0], verdicts([(value + more, error, nulls), *cells[1:]])[0]
    assert WORSE[after] >= WORSE[before]


@given(st.lists(cells, min_size=1, max_size=8), cells)
def test_another_column_that_is_quiet_never_turns_ok_into_something_else(cells: list[Any], other: Any) -> None:
    alone, together = verdicts(cells), verdicts([*cells, (0.0, other[1], None)])
    for before, after in zip(alone, together, strict=False):
        assert WORSE[after] <= WORSE[before] or before == "inconclusive"
        assert (before == "ok") <= (after == "ok")


@given(st.lists(cells, min_size=1, max_size=8))
def test_a_correction_holds_back_and_never_adds(cells: list[Any]) -> None:
    free = verdicts(cells, correction="none")
    for correction in ("benjamini_hochberg", "bonferroni"):
        held = verdicts(cells, correction=correction)
        assert all(WORSE[after] <= WORSE[before] for before, after in zip(free, held, strict=True))


@given(st.lists(cells, min_size=1, max_size=8))
def test_every_column_has_one_verdict_with_a_reason_and_the_counts_add_up(cells: list[Any]) -> None:
    decision = decide(report(*(make(f"c{i}", cell) for i, cell in enumerate(cells))))
    assert sum(decision.counts.values()) == len(cells)
    assert sorted(decision.ranked) == sorted(decision.columns)
    for one in decision.columns.values():
        assert one.verdict in VERDICTS
        assert one.reasons
        assert all(reason.text and reason.code for reason in one.reasons)


def shown(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", "").replace("∞", "Infinity"))


def side(value: Any, limit: Any) -> int:
    return int(value > limit) - int(value < limit)


near = st.tuples(finite, st.integers(-3, 3)).map(
    lambda pair: float(np.nextafter(pair[0], math.copysign(math.inf, pair[1]))) if pair[1] else pair[0]
)


@given(st.one_of(finite, st.floats(0, 1)), st.lists(st.floats(0, 1), max_size=2), st.integers(1, 4))
@example(0.0999999, [0.1], 2)
@example(0.1, [0.1], 2)
@example(0.2499, [0.1, 0.25], 2)
@example(float(np.nextafter(0.1, 1)), [0.1], 2)
@example(float(np.nextafter(0.1, 0)), [0.1], 2)
def test_a_shown_number_never_crosses_or_touches_a_threshold(value: float, limits: list[float], digits: int) -> None:
    text = formatting.number(value, digits=digits, apart_from=limits)
    for limit in limits:
        assert side(shown(text), Decimal(repr(limit))) == side(value, limit)


def thousandths(value: float) -> Decimal:
    return Decimal(repr(value)) * 100


@given(st.floats(0, 1), st.lists(st.floats(0.001, 0.5).map(lambda x: round(x, 3)), max_size=2))
@example(0.06999, [0.07])
@example(0.07, [0.07])
@example(float(np.nextafter(0.07, 0)), [0.07])
@example(0.2900001, [0.29])
@example(0.29, [0.29])
@example(0.1, [0.1])
def test_a_shown_share_never_crosses_or_touches_a_threshold(value: float, limits: list[float]) -> None:
    text = formatting.share(value, apart_from=limits)
    for limit in limits:
        assert side(shown(text), thousandths(limit)) == side(value, limit)
    assert (shown(text) == 0) == (value == 0)
    assert (shown(text) == 100) == (value == 1)


@given(effects, errors, st.sampled_from([0.05, 0.01]))
def test_the_numbers_in_a_reason_agree_with_its_verdict(value: float, error: float, alpha: float) -> None:
    found = decide(report(make("x", (value, error, None))), Policy(alpha=alpha)).columns["x"]
    reason = found.reasons[0]
    numbers = re.fullmatch(r"PSI (\S+) \[(\S+), (\S+)\], (.*)", reason.text)
    assert numbers is not None
    value_shown, low, high = (shown(numbers[i]) for i in (1, 2, 3))
    assert reason.tolerance is not None
    tolerance = Decimal(repr(reason.tolerance))
    assert side(value_shown, tolerance) == side(value, reason.tolerance)
    if reason.code.endswith(("_alert", "_warn")):
        assert low >= tolerance
    if reason.code == "within_tolerance":
        assert high <= tolerance


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(),
        st.binary(max_size=8),
        st.integers(0, 2**63 - 1).map(np.int64),
        st.floats(width=32).map(np.float32),
        st.lists(st.floats(), max_size=3).map(np.array),
        st.booleans().map(np.bool_),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


def refuse(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


@given(json_values)
@example({"count": np.uint64(2**64 - 1), "edge": float("-inf"), "label": "\ud800</script>\x00"})
def test_json_is_strict_and_loses_nothing_that_is_finite(value: Any) -> None:
    text = to_json(value)
    assert text.isascii()
    assert json.loads(text, parse_constant=refuse) == plain(value)


@pytest.mark.parametrize("value", [2**63, 2**53 + 1, -(2**63), np.uint64(2**64 - 1)])
def test_64_bit_counts_survive(value: int) -> None:
    assert json.loads(to_json([value])) == [int(value)]
