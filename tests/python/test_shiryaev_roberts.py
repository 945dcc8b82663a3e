"""The detector against its definitions, written out slowly."""

from __future__ import annotations

import itertools
import json
import math

import mpmath
import numpy as np
import pytest

from driftline.errors import OptionError
from driftline.sequential import shiryaev_roberts, streaks
from driftline.sequential.shiryaev_roberts import advance, alarms, e_value, log_e_value, step


@pytest.mark.parametrize("p", [1.0, 0.37, 0.05, 1e-3, 1e-9, 1e-100, 1e-300])
def test_the_e_value_is_the_calibrator_of_its_definition(p: float) -> None:
    with mpmath.workdps(40):
        exact = mpmath.log(mpmath.mpf(p) ** (mpmath.mpf("0.2") - 1) / 5)
        assert log_e_value(p) == pytest.approx(float(exact), rel=1e-13)


def test_the_e_value_of_a_uniform_p_value_is_1_on_average() -> None:
    # In u = −ln p the density is e^−u; the integrand falls as e^(−u/5), so 180 is far enough.
    mean = mpmath.quad(lambda u: e_value(float(mpmath.exp(-u))) * mpmath.exp(-u), [0, 1, 10, 60, 180])
    assert float(mean) == pytest.approx(1.0, abs=1e-9)


def test_the_e_value_falls_as_the_p_value_rises() -> None:
    p_values = [0.0, 5e-324, *np.geomspace(1e-300, 1.0, 2000)]
    logs = [log_e_value(p) for p in p_values]
    assert all(a >= b for a, b in itertools.pairwise(logs))
    assert all(math.isfinite(each) for each in logs)
    assert e_value(0.0) > 1e250
    assert e_value(1.0) == pytest.approx(0.2)


@pytest.mark.parametrize("p", [-0.1, 1.0000001, math.nan])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(OptionError, match="between 0 and 1"):
        log_e_value(p)


def test_the_detector_is_the_sum_over_all_starts_of_the_products_since() -> None:
    rng = np.random.default_rng(1)
    p_values = rng.uniform(size=40) ** 2
    e_values = [e_value(p) for p in p_values]
    log1p_m = 0.0
    for t, p in enumerate(p_values, start=1):
        log1p_m = step(log1p_m, log_e_value(p))
        assert math.expm1(log1p_m) == pytest.approx(sum(math.prod(e_values[s:t]) for s in range(t)), rel=1e-10)


def test_the_detector_neither_overflows_nor_sinks() -> None:
    log1p_m = 0.0
    for _ in range(1000):
        log1p_m = step(log1p_m, log_e_value(0.0))
    assert math.isfinite(log1p_m)
    log1p_m = 50.0
    for _ in range(100):
        log1p_m = step(log1p_m, log_e_value(1.0))
    # Where every p is 1, M settles where (M + 1) / 5 = M.
    assert math.expm1(log1p_m) == pytest.approx(0.25)


def test_the_detectors_that_alarm_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(2)
    seen = set()
    for _ in range(300):
        arl = float(rng.integers(1, 20))
        m = {(c, t): float(rng.choice([0.0, arl / 2, arl, 2 * arl, 3 * arl, 6 * arl])) for c in "abc" for t in "xy"}
        ranked = sorted(m, key=lambda name: (-m[name], name))
        enough = [k for k in range(1, 7) if m[ranked[k - 1]] >= 6 * arl / k]
        expected = ranked[: max(enough, default=0)]
        state = {column: {test: math.log1p(m[column, test]) for test in "xy"} for column in "abc"}
        found = [(column, test) for column, tests in alarms(state, arl).items() for test in tests]
        assert sorted(found) == sorted(expected)
        seen.add(len(expected))
    assert seen >= {0, 1, 2, 3}


def test_one_detector_alarms_alone_at_k_times_arl_and_all_together_at_arl() -> None:
    state = {f"c{i}": {"psi": 0.0} for i in range(10)}
    assert alarms({**state, "c3": {"psi": math.log1p(1999.0)}}, arl=200) == {}
    assert alarms({**state, "c3": {"psi": math.log1p(2000.0)}}, arl=200) == {"c3": ["psi"]}
    assert len(alarms({name: {"psi": math.log1p(200.0)} for name in state}, arl=200)) == 10
    assert alarms({}, arl=200) == {}


def test_an_alarm_starts_its_detectors_again_and_leaves_the_others() -> None:
    window = {"a": {"psi": 0.0, "nulls": 0.4}, "c": {"psi": 0.9}}
    state, alarmed = advance({"b": {"psi": 1.0}}, window, arl=50)
    assert alarmed == {"a": ["psi"]}
    assert state["a"] == {"psi": 0.0, "nulls": step(0.0, log_e_value(0.4))}
    assert state["b"] == {"psi": 1.0}  # not judged in this window
    assert state["c"] == {"psi": step(0.0, log_e_value(0.9))}


def test_a_test_once_made_is_counted_for_ever() -> None:
    alone = {"a": {"psi": math.log1p(199.0)}}
    window = {"a": {"psi": 0.01}}
    assert advance(alone, window, arl=200)[1] == {"a": ["psi"]}
    others = {f"b{i}": {"psi": 0.0} for i in range(20)}
    assert advance({**alone, **others}, window, arl=200)[1] == {}


def test_the_given_state_is_left_as_it_is_and_the_new_one_survives_json() -> None:
    state, _ = advance({}, {"a": {"psi": 0.2, "nulls": 1.0}, "b": {"psi": 1e-9}}, arl=1e6)
    again = json.loads(json.dumps(state, allow_nan=False))
    window = {"a": {"psi": 0.3}, "b": {"psi": 1e-3}}
    assert advance(again, window, arl=1e6) == advance(state, window, arl=1e6)
    assert state == again


@pytest.mark.parametrize("arl", [0, 0.5, -3, math.inf, math.nan, "200", True])
def test_an_impossible_run_length_is_refused(arl: float) -> None:
    with pytest.raises(OptionError, match="arl must be"):
        shiryaev_roberts.advance({}, {}, arl)


def test_a_row_of_raised_windows_alarms_from_its_length_on() -> None:
    state: dict[str, int] = {}
    alarmed = []
    for verdict in ("warn", "inconclusive", "alert", "skipped", "warn", "ok", "warn"):
        state, found = streaks.advance(state, {"a": verdict}, alert_after=2)
        alarmed.append(bool(found))
    assert alarmed == [False, False, True, False, True, False, False]


@pytest.mark.parametrize("alert_after", [0, 1.0, True])
def test_an_impossible_row_is_refused(alert_after: int) -> None:
    with pytest.raises(OptionError, match="alert_after must be"):
        streaks.advance({}, {}, alert_after)
