"""Since when: the window in which an alarm's evidence began.

A detector adds up evidence, so its alarm comes later than the change. Where the evidence began is estimated as it is
for Page's chart: C becomes max(0, C + ln E) with the same e-values, and the change began in the window after the one
in which C was 0 for the last time. That start makes the product of the e-values up to the alarm the largest.

Reference: Page (1954), doi:10.1093/biomet/41.1-2.100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from driftline.sequential.shiryaev_roberts import log_e_value

__all__ = ["Rises", "advance", "advance_streaks", "earliest", "without"]

Rises: TypeAlias = "Mapping[str, Mapping[str, Sequence[float]]]"


def advance(state: Rises, p_values: Mapping[str, Mapping[str, float]], now: int) -> dict[str, dict[str, list[float]]]:
    """Column to test to [C, end of the first window of its rise] after a window that ends at ``now``.

    Tests whose C is 0 are left out; a test that was not made stays as it is. Fit for JSON.

    Examples
    --------
    >>> state = advance({}, {"age": {"psi": 0.9, "nulls": 0.01}}, now=1)
    >>> state = advance(state, {"age": {"psi": 0.01, "nulls": 0.01}}, now=2)
    >>> earliest(state, {"age": ["psi"]}, 2), earliest(state, {"age": ["psi", "nulls"]}, 2)
    ({'age': 2}, {'age': 1})
    """
    after = {column: {test: list(rise) for test, rise in tests.items()} for column, tests in state.items()}
    for column, tests in p_values.items():
        rises = after.setdefault(column, {})
        for test, p_value in tests.items():
            held, since = rises.pop(test, [0.0, now])
            if held + log_e_value(p_value) > 0.0:
                rises[test] = [held + log_e_value(p_value), since]
    return {column: rises for column, rises in after.items() if rises}


def earliest(state: Rises, alarmed: Mapping[str, Iterable[str]], now: int) -> dict[str, int]:
    """For each column that alarms, the end of the first window of the longest rise among the tests that do.

    ``now``, the end of the window of the alarm, where no test rises.
    """
    return {
        column: min((int(state[column][test][1]) for test in tests if test in state.get(column, {})), default=now)
        for column, tests in alarmed.items()
    }


def without(state: Rises, alarmed: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Sequence[float]]]:
    """The state without the tests that alarm: their detectors start again, and so does the search for a beginning."""
    left = {
        column: {test: rise for test, rise in tests.items() if test not in set(alarmed.get(column, ()))}
        for column, tests in state.items()
    }
    return {column: rises for column, rises in left.items() if rises}


def advance_streaks(state: Mapping[str, int], streaks: Mapping[str, int], now: int) -> dict[str, int]:
    """Column to the end of the first window of its row of raised windows, given how long each row is by now.

    Examples
    --------
    >>> advance_streaks({"age": 3}, {"age": 2, "city": 1, "zip": 0}, now=4)
    {'age': 3, 'city': 4}
    """
    return {column: state.get(column, now) for column, length in streaks.items() if length > 0}
