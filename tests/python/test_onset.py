"""Since when: the window in which the evidence of an alarm began, against its definition."""

from __future__ import annotations

import json
import math

import numpy as np

from driftline.sequential import alert_states, onset, shiryaev_roberts


def begin_of_most_evidence(p_values: list[float]) -> int:
    """The start that makes the product of all e-values from there on the largest, by trying every one."""
    logs = [math.log(0.2 * p**-0.8) for p in p_values]
    sums = [sum(logs[start:]) for start in range(len(logs))]
    return max(range(len(logs)), key=sums.__getitem__)


def test_the_beginning_is_where_the_evidence_up_to_the_alarm_is_the_largest() -> None:
    random = np.random.default_rng(1)
    tried = 0
    for _ in range(200):
        state: dict[str, dict[str, list[float]]] = {}
        drawn = np.concatenate([random.random(15), random.random(15) * random.choice([0.01, 0.2])]).clip(1e-12).tolist()
        for now, p_value in enumerate(drawn):
            state = onset.advance(json.loads(json.dumps(state)), {"age": {"psi": p_value}}, now)
            if "age" in state:
                tried += 1
                assert onset.earliest(state, {"age": ["psi"]}, now)["age"] == begin_of_most_evidence(drawn[: now + 1])
    assert tried > 1000


def test_a_change_that_a_detector_finds_late_is_dated_to_its_first_window() -> None:
    detectors: dict[str, dict[str, float]] = {}
    rises: dict[str, dict[str, list[float]]] = {}
    for now in range(1, 100):
        p_values = {"age": {"psi": 0.02 if now > 50 else 0.8, "nulls": 1.0}}
        detectors, alarmed = shiryaev_roberts.advance(detectors, p_values, arl=200)
        rises = onset.advance(rises, p_values, now)
        if alarmed:
            break
    assert now > 52, "weak evidence takes some windows"
    assert onset.earliest(rises, alarmed, now) == {"age": 51}
    assert onset.without(rises, alarmed) == {}


def test_an_alarm_without_a_rise_is_dated_to_its_own_window() -> None:
    assert onset.earliest({}, {"age": ["psi"]}, now=7) == {"age": 7}


def test_a_row_of_raised_windows_begins_with_its_first() -> None:
    since: dict[str, int] = {}
    for now, length in enumerate([0, 1, 1, 2, 0, 1], start=1):  # the third window settled nothing
        since = onset.advance_streaks(since, {"age": length}, now)
        assert since == ({} if length == 0 else {"age": 6 if now == 6 else 2})


def test_an_alert_state_keeps_the_beginning_for_as_long_as_it_is_open() -> None:
    state, change = alert_states.advance(None, "alert", alarmed=True, now=9, since=4)
    assert change is not None
    assert (change.since, change.at) == (4, 9)
    state, change = alert_states.advance(state, "alert", alarmed=True, now=10, since=10)
    state, change = alert_states.advance(state, "ok", alarmed=False, now=11)
    assert change is not None
    assert (change.kind, change.since) == ("cleared", 4)
