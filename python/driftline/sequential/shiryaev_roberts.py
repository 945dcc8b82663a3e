"""Alarms over time with a promised rate: the Shiryaev–Roberts detector on e-values, for a whole data set.

Each window gives a column the p-value of "the effect is at most the tolerance". `log_e_value` turns it into a bet whose
expected payoff is at most 1 while that is so. The detector M starts at 0 and becomes (M + 1) · E: one new bet is placed
with every window, and all bets ride on. While nothing exceeds the tolerance, M grows by at most 1 a window on average,
so it seldom reaches a threshold; afterwards it grows like a product.

Each test of each column (its distance, its nulls, …) has a detector. `advance` decides for all K of them together: k
alarm when each has reached K · arl / k, for the largest such k, and start again at 0. Then the expected number of
windows with a false alarm is at most T / arl among the first T, for every T and however columns depend on each other;
docs/monitoring_error_control.md has the proof.

References: Shin, Ramdas, Rinaldo (2023), doi:10.51387/23-NEJSDS51 (e-detectors); Vovk, Wang (2021),
doi:10.1214/20-AOS2020 (calibration); Wang, Ramdas (2022), doi:10.1111/rssb.12489 (many e-values).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from driftline.errors import OptionError

__all__ = ["advance", "alarms", "e_value", "log_e_value", "step"]

_SMALLEST_P = 5e-324  # of a double; a p-value that underflowed is no proof
_KAPPA = 0.2


def log_e_value(p_value: float) -> float:
    """Logarithm of the e-value of a p-value: κ · p^(κ−1) with κ = 1/5.

    If p is uniform on (0, 1) the expectation of the e-value is 1; if p is larger it is less. Of the calibrators that
    were compared this κ finds changes soonest over the widest range; docs/monitoring_error_control.md has the table.

    Raises
    ------
    OptionError
        If it is no probability.

    Examples
    --------
    >>> [round(e_value(p), 2) for p in (1.0, 0.05, 0.001, 1e-6)]
    [0.2, 2.2, 50.24, 12619.15]
    """
    if not 0.0 <= p_value <= 1.0:
        raise OptionError(f"a p-value is between 0 and 1, got {p_value!r}")
    return math.log(_KAPPA) + (_KAPPA - 1.0) * math.log(max(p_value, _SMALLEST_P))


def e_value(p_value: float) -> float:
    """The e-value itself.

    Examples
    --------
    >>> round(e_value(1.0), 12)
    0.2
    """
    return math.exp(log_e_value(p_value))


def step(log1p_m: float, log_e: float) -> float:
    """One window: M becomes (M + 1) · E. The detector is kept as ln(1 + M), which is 0 at the start and never negative.

    Examples
    --------
    >>> round(math.expm1(step(0.0, math.log(20.0))), 9)
    20.0
    """
    exponent = log1p_m + log_e
    return max(0.0, exponent) + math.log1p(math.exp(-abs(exponent)))


def alarms(state: Mapping[str, Mapping[str, float]], arl: float) -> dict[str, list[str]]:
    """Columns that alarm, the strongest first, with the tests that do: the most k of K detectors at K · arl / k.

    Examples
    --------
    >>> alarms({"a": {"psi": math.log1p(300.0), "nulls": 0.0}, "b": {"psi": math.log1p(310.0)}}, arl=200)
    {'b': ['psi'], 'a': ['psi']}
    >>> alarms({"a": {"psi": math.log1p(300.0), "nulls": 0.0}, "b": {"psi": 0.0}}, arl=200)
    {}
    """
    detectors = [(-held, column, test) for column, tests in state.items() for test, held in tests.items()]
    detectors.sort()
    enough = (k for k in range(len(detectors), 0, -1) if -detectors[k - 1][0] >= math.log1p(len(detectors) * arl / k))
    found: dict[str, list[str]] = {}
    for _, column, test in detectors[: next(enough, 0)]:
        found.setdefault(column, []).append(test)
    return found


def advance(
    state: Mapping[str, Mapping[str, float]], p_values: Mapping[str, Mapping[str, float]], arl: float
) -> tuple[dict[str, dict[str, float]], dict[str, list[str]]]:
    """The detectors after one more window, and the columns that alarm in it with the tests that do.

    Parameters
    ----------
    state : mapping
        Column to test to ln(1 + M), as the last call gave it; empty before the first window. Fit for JSON.
    p_values : mapping
        Column to test to the p-value of "the effect is at most the tolerance", from rows that no earlier window used;
        ``Decision.p_values()`` has them. A test that was not made is left out: its detector stays as it is.
    arl : float
        Average run length: at most one false alarm per ``arl`` windows is expected, over all columns and tests.

    Returns
    -------
    state, alarms
        Detectors that alarm start again at 0. A test once made is counted for ever.

    Raises
    ------
    OptionError
        If ``arl`` is not a number of at least 1.

    Examples
    --------
    >>> state, alarmed = advance({}, {"age": {"psi": 1e-3}, "city": {"psi": 0.7}}, arl=100)
    >>> alarmed, round(math.expm1(state["age"]["psi"]), 1)
    ({}, 50.2)
    >>> advance(state, {"age": {"psi": 1e-2}, "city": {"psi": 1.0}}, arl=100)[1]
    {'age': ['psi']}
    """
    given: object = arl
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 1.0 <= given < math.inf:
        raise OptionError(f"arl must be a number of windows, at least 1; got {arl!r}")
    after = {column: dict(tests) for column, tests in state.items()}
    for column, tests in p_values.items():
        held = after.setdefault(column, {})
        for test, p_value in tests.items():
            held[test] = step(held.get(test, 0.0), log_e_value(p_value))
    alarmed = alarms(after, arl)
    for column, names in alarmed.items():
        after[column].update(dict.fromkeys(names, 0.0))
    return after, alarmed
