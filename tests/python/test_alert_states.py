"""The life of an alert, told in windows."""

from __future__ import annotations

import json

import pytest

from driftline.errors import FormatError, OptionError
from driftline.sequential.alert_states import Acceptance, AlertState, Change, Mute, advance


def live(
    windows: list[tuple[str, bool]],
    *,
    acceptance: Acceptance | None = None,
    mute: Mute | None = None,
    clear_after: int = 1,
) -> list[tuple[str, str]]:
    """State and kind of change ("" for none) after each window; windows end at 1, 2, 3, …"""
    state: AlertState | None = None
    told = []
    for now, (verdict, alarmed) in enumerate(windows, start=1):
        state, change = advance(state, verdict, alarmed, now, acceptance=acceptance, mute=mute, clear_after=clear_after)
        told.append(("" if state is None else state.state, "" if change is None else change.kind))
    return told


def test_an_alert_is_told_once_when_it_opens_and_once_when_it_closes() -> None:
    assert live([("ok", False), ("alert", True), ("alert", True), ("warn", False), ("ok", False), ("ok", False)]) == [
        ("", ""),
        ("new", "new"),
        ("ongoing", ""),
        ("ongoing", ""),
        ("cleared", "cleared"),
        ("cleared", ""),
    ]


def test_verdicts_alone_open_nothing() -> None:
    assert live([("alert", False), ("warn", False)]) == [("", ""), ("", "")]


def test_the_detector_alone_opens_an_alert_whatever_the_window_says() -> None:
    assert live([("inconclusive", True), ("inconclusive", False)]) == [("new", "new"), ("ongoing", "")]


def test_worse_is_told_once() -> None:
    windows = [("warn", True), ("alert", False), ("warn", False), ("alert", False)]
    assert live(windows) == [("new", "new"), ("escalated", "escalated"), ("ongoing", ""), ("ongoing", "")]


def test_clearing_needs_quiet_windows_in_a_row_and_undecided_ones_prove_nothing() -> None:
    windows = [("warn", True), ("ok", False), ("warn", False), ("ok", False), ("inconclusive", False), ("ok", False)]
    assert live(windows, clear_after=2)[-3:] == [("ongoing", ""), ("ongoing", ""), ("cleared", "cleared")]
    assert live([("warn", True), *[("skipped", False)] * 5], clear_after=1)[-1] == ("ongoing", "")


def test_a_cleared_alert_can_open_again() -> None:
    assert live([("warn", True), ("ok", False), ("warn", True)])[-1] == ("new", "new")


def test_a_mute_is_silent_and_ends_with_what_still_stands() -> None:
    mute = Mute(at=1, until=3)
    windows = [("warn", True), ("warn", True), ("warn", True), ("warn", True), ("warn", True)]
    assert live(windows, mute=mute) == [
        ("new", "new"),
        ("muted", ""),
        ("muted", ""),
        ("ongoing", "ongoing"),
        ("ongoing", ""),
    ]
    assert live([windows[0], ("alert", True), ("alert", True), ("warn", False)], mute=mute)[-1] == ("escalated",) * 2
    assert live([("ok", False), ("alert", True), ("alert", True), ("alert", True)], mute=mute)[-1] == ("new", "new")
    # It closed while nobody wanted to hear of it, so that is told afterwards.
    closed = [("alert", True), ("ok", False), ("ok", False), ("ok", False), ("ok", False)]
    assert live(closed, mute=mute) == [
        ("new", "new"),
        ("cleared", ""),
        ("cleared", ""),
        ("cleared", "cleared"),
        ("cleared", ""),
    ]
    # Opened and closed within a mute: nobody ever heard of it.
    unheard = [("ok", False), ("alert", True), ("ok", False), ("ok", False)]
    assert live(unheard, mute=mute)[-1] == ("cleared", "")


def test_an_accepted_change_is_told_as_accepted_and_reported_with_its_reason() -> None:
    acceptance = Acceptance("US merged into AA", "Kim", at=1, until=3)
    windows = [("alert", True)] * 5
    assert live(windows, acceptance=acceptance) == [
        ("new", "new"),
        ("accepted", "accepted"),
        ("accepted", ""),
        ("ongoing", "ongoing"),
        ("ongoing", ""),
    ]
    state, _ = advance(None, "alert", True, 2, acceptance=acceptance)
    assert state is not None
    assert (state.state, state.reason, state.by, state.until) == ("accepted", "US merged into AA", "Kim", 3)
    assert live([("ok", False), ("alert", True)], acceptance=acceptance)[-1] == ("accepted", "")
    for_ever = Acceptance("merger", "Kim", at=1)
    assert {kind for _, kind in live(windows, acceptance=for_ever)[2:]} == {""}


def test_muted_and_accepted_is_silent() -> None:
    acceptance = Acceptance("merger", "Kim", at=1)
    windows = [("alert", True)] * 4
    assert [kind for _, kind in live(windows, acceptance=acceptance, mute=Mute(at=1, until=3))] == [
        "new",
        "",
        "",
        "accepted",
    ]


def test_a_window_that_was_seen_changes_nothing() -> None:
    state, _ = advance(None, "alert", True, 5)
    assert advance(state, "ok", False, 5) == (state, None)
    assert advance(state, "ok", False, 4) == (state, None)


def test_a_change_says_since_when() -> None:
    state, _ = advance(None, "warn", True, 5)
    state, _ = advance(state, "warn", False, 6)
    assert advance(state, "alert", False, 7)[1] == Change("escalated", "alert", since=5, at=7)


def test_a_state_survives_json_and_other_data_are_refused() -> None:
    state, _ = advance(None, "alert", True, 2, acceptance=Acceptance("merger", "Kim", at=1))
    assert state is not None
    assert AlertState.from_dict(json.loads(json.dumps(state.to_dict()))) == state
    for wrong in ({}, {**state.to_dict(), "state": "sleeping"}, {**state.to_dict(), "more": 1}):
        with pytest.raises(FormatError, match="an alert state has"):
            AlertState.from_dict(wrong)


def test_bad_calls_say_what_would_work() -> None:
    with pytest.raises(OptionError, match="verdict must be one of alert"):
        advance(None, "fine", False, 1)
    with pytest.raises(OptionError, match="clear_after must be"):
        advance(None, "ok", False, 1, clear_after=0)
    with pytest.raises(OptionError, match="needs a reason and a name"):
        Acceptance(" ", "Kim", at=1)
    with pytest.raises(OptionError, match="ends after it begins"):
        Acceptance("merger", "Kim", at=3, until=3)
    with pytest.raises(OptionError, match="ends after it begins"):
        Mute(at=3, until=2)
