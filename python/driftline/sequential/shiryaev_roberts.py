"""Alarms over time with a promised rate: the Shiryaev–Roberts detector on e-values, for all columns of a data set.

Each window gives a column the p-value of "the effect is at most the tolerance". `log_e_value` turns it into a bet whose
expected payoff is at most 1 while that is so. The detector M starts at 0 and becomes (M + 1) · E: one new bet is placed
with every window, and all bets ride on. While nothing exceeds the tolerance, M grows by at most 1 a window on average,
so it seldom reaches a threshold; afterwards it grows like a product.

`advance` decides for K columns together: k of them alarm when each has reached K · arl / k, for the largest such k, and
start again at 0. Then the expected number of windows with a false alarm is at most T / arl among the first T, for every
T and however the columns depend on each other; docs/monitoring_error_control.md has the proof.

References: Shin, Ramdas, Rinaldo (2023), doi:10.51387/23-NEJSDS51 (e-detectors); Vovk, Wang (2021),
doi:10.1214/20-AOS2020 (calibration); Wang, Ramdas (2022), doi:10.1111/rssb.12489 (many e-values).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from driftline.errors import OptionError

__all__ = ["advance", "alarms", "e_value", "log_e_value", "mean_log_e", "step"]

_SMALLEST_P = 5e-324  # of a double; a p-value that underflowed is no proof
_SERIES_BELOW = 1e-3


def log_e_value(p_value: float) -> float:
    """Logarithm of the e-value of a p-value: of the mixture of κ·p^(κ−1) over all κ in (0, 1).

    With u = −ln p it is (eᵘ − 1 − u) / u². No κ has to be chosen: for small p it is about u / e times less than with
    the best κ for that p. If p is uniform on (0, 1) the expectation of the e-value is 1; if p is larger it is less.

    Raises
    ------
    OptionError
        If it is no probability.

    Examples
    --------
    >>> [round(e_value(p), 2) for p in (1.0, 0.05, 0.001, 1e-6)]
    [0.5, 1.78, 20.79, 5239.14]
    """
    if not 0.0 <= p_value <= 1.0:
        raise OptionError(f"a p-value is between 0 and 1, got {p_value!r}")
    u = -math.log(max(p_value, _SMALLEST_P))
    if u < _SERIES_BELOW:
        return math.log(0.5 + u / 6.0 + u**2 / 24.0 + u**3 / 120.0)
    if u < 1.0:
        return math.log((math.expm1(u) - u) / u**2)
    return u + math.log1p(-(1.0 + u) * math.exp(-u)) - 2.0 * math.log(u)


def e_value(p_value: float) -> float:
    """The e-value itself; infinite where it leaves the range of doubles.

    Examples
    --------
    >>> e_value(1.0)
    0.5
    """
    return _exp(log_e_value(p_value))


def mean_log_e(p_values: Iterable[float]) -> float:
    """Logarithm of the mean of the e-values of several tests of one column: an e-value, however they depend.

    Raises
    ------
    OptionError
        Without a p-value.

    Examples
    --------
    >>> round(math.exp(mean_log_e([0.001, 1.0])), 2)
    10.65
    """
    logs = [log_e_value(p_value) for p_value in p_values]
    if not logs:
        raise OptionError("a column without a test has no e-value; leave it out of this window")
    largest = max(logs)
    return largest + math.log(sum(math.exp(each - largest) for each in logs) / len(logs))


def step(log1p_m: float, log_e: float) -> float:
    """One window: M becomes (M + 1) · E. The detector is kept as ln(1 + M), which is 0 at the start and never negative.

    Examples
    --------
    >>> round(math.expm1(step(0.0, math.log(20.0))), 9)
    20.0
    """
    exponent = log1p_m + log_e
    return max(0.0, exponent) + math.log1p(math.exp(-abs(exponent)))


def alarms(state: Mapping[str, float], arl: float) -> list[str]:
    """Columns that alarm, the strongest first: the most k columns of K that have each reached K · arl / k.

    Examples
    --------
    >>> alarms({"a": math.log1p(300.0), "b": 0.0, "c": math.log1p(310.0)}, arl=200)
    ['c', 'a']
    >>> alarms({"a": math.log1p(300.0), "b": 0.0, "c": 0.0}, arl=200)
    []
    """
    ranked = sorted(state, key=lambda name: (-state[name], name))
    for k in range(len(ranked), 0, -1):
        if state[ranked[k - 1]] >= math.log1p(len(ranked) * arl / k):
            return ranked[:k]
    return []


def advance(
    state: Mapping[str, float], p_values: Mapping[str, Iterable[float]], arl: float
) -> tuple[dict[str, float], list[str]]:
    """The detectors after one more window, and the columns that alarm in it.

    Parameters
    ----------
    state : mapping
        Column to ln(1 + M), as the last call gave it; empty before the first window. Fit for JSON.
    p_values : mapping
        Column to the p-values of its tests of "the effect is at most the tolerance", each from rows that no earlier
        window used. 0 for what is certain (a column that is gone). A column that was not judged is left out: its
        detector stays as it is.
    arl : float
        Average run length: at most one false alarm per ``arl`` windows is expected, over all columns.

    Returns
    -------
    state, alarms
        Columns that alarm start again at 0. A column once seen is counted for ever.

    Raises
    ------
    OptionError
        If ``arl`` is not a number of at least 1.

    Examples
    --------
    >>> state, alarmed = advance({}, {"age": [1e-4], "city": [0.7]}, arl=100)
    >>> alarmed, round(math.expm1(state["age"]), 1)
    ([], 117.8)
    >>> advance(state, {"age": [1e-3], "city": [1.0]}, arl=100)[1]
    ['age']
    """
    given: object = arl
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 1.0 <= given < math.inf:
        raise OptionError(f"arl must be a number of windows, at least 1; got {arl!r}")
    after = dict.fromkeys(p_values, 0.0) | dict(state)
    for name, column_p_values in p_values.items():
        after[name] = step(after[name], mean_log_e(column_p_values))
    alarmed = alarms(after, arl)
    after.update(dict.fromkeys(alarmed, 0.0))
    return after, alarmed


def _exp(exponent: float) -> float:
    return math.exp(exponent) if exponent < 709.0 else math.inf
