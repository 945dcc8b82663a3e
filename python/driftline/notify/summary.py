"""A decision in a few plain values: for an orchestrator's messages between tasks, not for keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from driftline import formatting as fmt
from driftline.errors import OptionError
from driftline.render.json import plain

if TYPE_CHECKING:
    from driftline.decision import Decision

__all__ = ["FAIL_ON", "failing_verdicts", "summary"]

FAIL_ON = ("alert", "warn", "inconclusive")
_NAME_WIDTH = 200


def failing_verdicts(fail_on: str) -> tuple[str, ...]:
    """The verdicts at least as bad as ``fail_on``.

    Raises
    ------
    OptionError
        For anything but ``"alert"``, ``"warn"`` and ``"inconclusive"``.

    Examples
    --------
    >>> failing_verdicts("warn")
    ('alert', 'warn')
    """
    if fail_on not in FAIL_ON:
        raise OptionError(f"fail_on must be one of {', '.join(FAIL_ON)}, got {fail_on!r}")
    return FAIL_ON[: FAIL_ON.index(fail_on) + 1]


def summary(decision: Decision, *, fail_on: str = "alert", most: int = 10, report: str | None = None) -> dict[str, Any]:
    """The decision as a small dict of plain JSON values.

    Parameters
    ----------
    decision : Decision
        What to sum up.
    fail_on : str
        The mildest verdict that counts as drift: ``"alert"``, ``"warn"`` or ``"inconclusive"``.
    most : int
        Name at most so many columns, the worst first; ``counts`` holds all.
    report : str, optional
        Where the report is, passed on as it is.

    Returns
    -------
    dict
        ``status`` (``"drift"``, ``"no_drift"`` or ``"not_judged"``), ``verdict``, ``headline``, ``counts`` of columns
        per verdict, ``worst`` (column, verdict, direction, reason, value, interval and tolerance of each), ``rows``
        and ``digests`` of both sides, ``report``.

    Examples
    --------
    >>> import driftline as dl
    >>> found = summary(dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100}))
    >>> found["status"], found["counts"]["alert"], found["worst"][0]["column"]
    ('drift', 1, 'age')
    """
    failing = failing_verdicts(fail_on)
    sides = {"reference": decision.report.reference, "current": decision.report.current}
    status = "drift" if decision.verdict in failing else "not_judged" if decision.verdict == "skipped" else "no_drift"
    named = [name for name in decision.ranked if decision.columns[name].verdict in FAIL_ON]
    data: dict[str, Any] = plain(
        {
            "status": status,
            "verdict": decision.verdict,
            "headline": decision.headline,
            "counts": dict(decision.counts),
            "worst": [_column(decision, name) for name in named[:most]],
            "rows": {side: profile.n_rows for side, profile in sides.items()},
            "digests": {side: profile.digest for side, profile in sides.items()},
            "report": report,
        }
    )
    return data


def _column(decision: Decision, name: str) -> dict[str, Any]:
    column = decision.columns[name]
    reason = column.reasons[0]
    return {
        "column": fmt.printable(name, most=_NAME_WIDTH),
        "verdict": column.verdict,
        "direction": decision.report.columns[name].direction,
        "reason": fmt.printable(reason.text, most=2 * _NAME_WIDTH),
        "source": reason.source,
        "value": reason.value,
        "ci_low": reason.ci_low,
        "ci_high": reason.ci_high,
        "tolerance": reason.tolerance,
    }
