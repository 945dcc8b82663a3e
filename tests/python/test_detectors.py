"""Detectors over time on real windows: what a decision hands to them, and what they make of it."""

from __future__ import annotations

import numpy as np
import pytest

import driftline as dl
from driftline.sequential import shiryaev_roberts


def test_the_p_values_for_detectors_are_those_of_the_tests_before_correction() -> None:
    rng = np.random.default_rng(1)
    reference = {"x": rng.normal(size=500), "gone": rng.normal(size=500), "few": [1.0] * 20 + [None] * 480}
    current = {"x": rng.normal(0.6, 1.0, 500), "few": [1.0] * 20 + [None] * 480}
    decision = dl.check(reference, current)
    psi = decision.report["x", "psi"]
    for level, tolerance in (("warn", 0.1), ("alert", 0.25)):
        found = decision.p_values(level)
        assert found["x"]["psi"] == psi.p_above(tolerance)
        assert found["x"]["far_out"] <= 1.0
        assert found["gone"] == {"absent_in_current": 0.0}
        assert found["few"] == {"nulls": 1.0, "non_finite": 1.0}
    assert dl.decide(decision.report, dl.Policy(on_absent="warn")).p_values("alert")["gone"] == {
        "absent_in_current": 1.0
    }
    assert "gone" not in dl.decide(decision.report, dl.Policy(on_absent="note")).p_values()
    with pytest.raises(dl.OptionError, match="level must be"):
        decision.p_values("ok")


def test_a_weak_change_in_every_window_alarms_in_the_end_and_names_the_column_and_the_test() -> None:
    rng = np.random.default_rng(2)
    reference = dl.profile({name: rng.normal(size=5000) for name in "abcdefgh"})
    state: dict[str, dict[str, float]] = {}
    windows = 0
    for _ in range(40):
        windows += 1
        rows = {name: rng.normal(size=300) for name in "abcdefgh"}
        rows["c"] = rows["c"] + 0.45
        decision = dl.check(reference, rows)
        state, alarmed = shiryaev_roberts.advance(state, decision.p_values("warn"), arl=200)
        if alarmed:
            break
    assert alarmed == {"c": ["psi"]}
    assert 1 < windows < 40  # no single window was enough


def test_a_column_that_is_gone_alarms_at_once() -> None:
    decision = dl.check({"a": [1, 2] * 100, "b": [1, 2] * 100}, {"a": [1, 2] * 100})
    _, alarmed = shiryaev_roberts.advance({}, decision.p_values(), arl=10_000)
    assert alarmed == {"b": ["absent_in_current"]}
