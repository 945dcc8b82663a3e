"""Laws of detectors and alert states that hold for every history."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.sequential import shiryaev_roberts
from driftline.sequential.alert_states import Acceptance, AlertState, Change, Mute, advance
from driftline.sequential.blocks import design_effect, measure_spread

VERDICTS = ("alert", "warn", "inconclusive", "ok", "skipped")
windows = st.lists(st.tuples(st.sampled_from(VERDICTS), st.booleans()), max_size=30)
mutes = st.none() | st.builds(lambda at, length: Mute(at, at + length), st.integers(0, 20), st.integers(1, 10))
acceptances = st.none() | st.builds(
    lambda at, length: Acceptance("merger", "Kim", at, None if length is None else at + length),
    st.integers(0, 20),
    st.none() | st.integers(1, 10),
)
History = list[tuple[AlertState | None, Change | None]]


def live(
    history: list[tuple[str, bool]], acceptance: Acceptance | None, mute: Mute | None, clear_after: int
) -> History:
    state: AlertState | None = None
    found: History = []
    for now, (verdict, alarmed) in enumerate(history, start=1):
        state, change = advance(state, verdict, alarmed, now, acceptance=acceptance, mute=mute, clear_after=clear_after)
        found.append((state, change))
    return found


@given(windows, acceptances, mutes, st.integers(1, 4))
def test_replaying_windows_gives_the_same_states_and_seen_ones_say_nothing(
    history: list[tuple[str, bool]], acceptance: Acceptance | None, mute: Mute | None, clear_after: int
) -> None:
    first = live(history, acceptance, mute, clear_after)
    assert live(history, acceptance, mute, clear_after) == first
    for now, (state, _) in enumerate(first, start=1):
        for seen in range(1, now + 1):
            again, change = advance(state, "alert", True, seen) if state is not None else (None, None)
            assert (again, change) == (state, None)


@given(windows, acceptances, mutes, st.integers(1, 4))
def test_a_message_is_about_a_state_that_was_entered(
    history: list[tuple[str, bool]], acceptance: Acceptance | None, mute: Mute | None, clear_after: int
) -> None:
    before: AlertState | None = None
    for now, (state, change) in enumerate(live(history, acceptance, mute, clear_after), start=1):
        if change is not None:
            assert state is not None
            assert (change.kind, change.at, change.since) == (state.state, now, state.since)
            late = before is not None and state.state == before.state == "cleared"  # it closed within a mute
            assert late or before is None or before.state != state.state or change.kind in ("new", "escalated")
        before = state


@given(windows, acceptances, mutes, st.integers(1, 4))
def test_nothing_is_told_within_a_mute_and_no_alarm_within_an_acceptance(
    history: list[tuple[str, bool]], acceptance: Acceptance | None, mute: Mute | None, clear_after: int
) -> None:
    for now, (state, change) in enumerate(live(history, acceptance, mute, clear_after), start=1):
        if mute is not None and mute.holds(now):
            assert change is None
        if acceptance is not None and acceptance.holds(now):
            assert change is None or change.kind in ("accepted", "cleared")
            assert state is None or state.state in ("accepted", "cleared")


@given(windows, st.integers(1, 4))
def test_an_alert_closes_exactly_after_so_many_quiet_windows(history: list[tuple[str, bool]], clear_after: int) -> None:
    quiet = 0
    is_open = False
    for (verdict, alarmed), (state, change) in zip(history, live(history, None, None, clear_after), strict=True):
        raised = alarmed or (is_open and verdict in ("warn", "alert"))
        quiet = 0 if raised else quiet + (verdict == "ok")
        is_open = raised or (is_open and quiet < clear_after)
        assert (state is not None and state.is_open) == is_open
        if not is_open:
            quiet = 0
        assert change is None or change.kind != "cleared" or not is_open


@given(windows, st.integers(1, 4))
def test_openings_and_closings_alternate(history: list[tuple[str, bool]], clear_after: int) -> None:
    kinds = [change.kind for _, change in live(history, None, None, clear_after) if change is not None]
    ends = [kind for kind in kinds if kind != "escalated"]
    assert ends == (["new", "cleared"] * len(ends))[: len(ends)]
    # At most one worsening between an opening and a closing.
    assert all(not (a == b == "escalated") for a, b in itertools.pairwise(kinds))


p_values = st.floats(0.0, 1.0)
columns = st.dictionaries(
    st.sampled_from("abcdef"), st.dictionaries(st.sampled_from(["psi", "nulls"]), p_values), max_size=6
)
Window = dict[str, dict[str, float]]


@given(st.lists(columns, max_size=12), st.floats(1.0, 1000.0))
def test_detectors_depend_on_the_windows_alone(history: list[Window], arl: float) -> None:
    def run(reverse: bool) -> list[tuple[Window, dict[str, list[str]]]]:
        state: Window = {}
        found = []
        for window in history:
            ordered = dict(sorted(window.items(), reverse=reverse))
            state, alarmed = shiryaev_roberts.advance(state, ordered, arl)
            found.append((state, alarmed))
        return found

    assert run(False) == run(True)


@given(st.lists(columns, min_size=1, max_size=12), st.floats(1.0, 1000.0))
def test_an_alarm_takes_as_much_from_the_detectors_as_the_promise_costs(history: list[Window], arl: float) -> None:
    """The step of the proof: the detectors that start again held at least K · arl together."""
    state: Window = {}
    for window in history:
        held = {(column, test): ln for column, tests in state.items() for test, ln in tests.items()}
        for column, tests in window.items():
            for test, p in tests.items():
                held[column, test] = shiryaev_roberts.step(
                    held.get((column, test), 0.0), shiryaev_roberts.log_e_value(p)
                )
        state, alarmed = shiryaev_roberts.advance(state, window, arl)
        ended = {(column, test) for column, tests in alarmed.items() for test in tests}
        if ended:
            most = max(held[detector] for detector in ended)  # beyond the range of doubles the sum is no question
            total = math.inf if most > 700 else sum(math.expm1(held[detector]) for detector in ended)
            assert total >= len(held) * arl * (1 - 1e-9)
        assert all(
            state[column][test] == (0.0 if (column, test) in ended else ln) for (column, test), ln in held.items()
        )


@given(p_values, p_values, st.floats(0.0, 50.0))
def test_a_smaller_p_value_never_lowers_a_detector(p: float, q: float, log1p_m: float) -> None:
    low, high = sorted((p, q))
    after = [shiryaev_roberts.step(log1p_m, shiryaev_roberts.log_e_value(each)) for each in (low, high)]
    assert after[0] >= after[1] - 1e-12 or after[0] == pytest.approx(after[1])


counts = st.integers(2, 5).flatmap(
    lambda bins: st.lists(st.lists(st.integers(0, 30), min_size=bins, max_size=bins), min_size=1, max_size=25)
)


@given(counts, st.randoms())
def test_a_row_is_worth_at_most_one_whatever_the_order_of_blocks(blocks: list[list[int]], order: random.Random) -> None:
    table = np.array(blocks, dtype=float)
    effect = design_effect(measure_spread(table), table)
    assert 1.0 <= effect < math.inf
    shuffled = list(blocks)
    order.shuffle(shuffled)
    again = np.array(shuffled, dtype=float)
    assert design_effect(measure_spread(again), again) == pytest.approx(effect)
    # Empty blocks and empty bins say nothing.
    padded = np.pad(table, ((0, 3), (0, 1)))
    assert design_effect(measure_spread(padded), padded) == pytest.approx(effect)
