"""The simple rule: a column alarms when ``alert_after`` windows in a row were raised."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.errors import OptionError

__all__ = ["advance"]

_RAISED = ("warn", "alert")


def advance(
    state: Mapping[str, int], verdicts: Mapping[str, str], alert_after: int
) -> tuple[dict[str, int], list[str]]:
    """Windows in a row that were ``warn`` or ``alert`` so far, per column, and the columns that alarm now.

    ``ok`` ends a row; ``inconclusive`` and ``skipped`` say nothing, so they neither end nor lengthen it. The rule
    promises no rate of false alarms: see docs/monitoring_error_control.md.

    Raises
    ------
    OptionError
        If ``alert_after`` is not a whole number of at least 1.

    Examples
    --------
    >>> state, alarmed = advance({}, {"age": "warn"}, alert_after=2)
    >>> state, alarmed
    ({'age': 1}, [])
    >>> advance(state, {"age": "alert"}, alert_after=2)
    ({'age': 2}, ['age'])
    """
    given: object = alert_after
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise OptionError(f"alert_after must be a whole number of windows, at least 1; got {alert_after!r}")
    after = dict(state)
    for name, verdict in verdicts.items():
        if verdict in _RAISED:
            after[name] = after.get(name, 0) + 1
        elif verdict == "ok":
            after[name] = 0
    return after, [name for name, verdict in verdicts.items() if verdict in _RAISED and after[name] >= alert_after]
