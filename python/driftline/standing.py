"""Where a column stands before anything is tested: left out, exempt, absent, of another kind, or too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.formatting import count
from driftline.reasons import Finding

if TYPE_CHECKING:
    from driftline.policy import Policy, Settings
    from driftline.report import ColumnReport

__all__ = ["standing_without_tests"]

_LEFT_OUT = {
    "row_id": "looks like a row id",
    "date": "is a date",
    "overflow": "holds labels that hardly ever repeat",
}
_VERDICT_OF = {"note": "skipped", "warn": "warn", "alert": "alert"}


def standing_without_tests(column: ColumnReport, settings: Settings, policy: Policy) -> Finding | None:
    """What is known of a column without a test, or ``None`` when its evidence can be judged.

    With the code ``insufficient_data`` its signals still count.
    """
    if settings.judge is False:
        return Finding("skipped", "left_out_policy", "left out by the policy")
    if settings.judge is None and column.left_out:
        return Finding("skipped", f"left_out_{column.left_out}", _LEFT_OUT[column.left_out])
    if column.role == "target" and _is_empty_target(column):
        return Finding("skipped", "exempt_target", "a target without values on one side is no finding")
    if column.status == "absent_in_current":
        return Finding(_VERDICT_OF[policy.on_absent], column.status, "absent from the current data")
    if column.status == "absent_in_reference":
        return Finding(_VERDICT_OF[policy.on_extra], column.status, "new: absent from the reference")
    if column.status == "kind_changed":
        return Finding("alert", column.status, column.reason)
    if column.status in ("unsupported_type", "error", "insufficient_data"):
        return Finding("skipped", column.status, column.reason)
    return _too_few_rows(column, policy.min_rows)


def _is_empty_target(column: ColumnReport) -> bool:
    return any(side is None or not side.n_valid for side in (column.reference, column.current))


def _too_few_rows(column: ColumnReport, min_rows: int) -> Finding | None:
    sides = (("the reference", column.reference), ("the current data", column.current))
    if all(side is None or side.n_valid >= min_rows for _, side in sides):
        return None
    few = [
        f"{count(side.n_valid)} value{'' if side.n_valid == 1 else 's'} in {where}"
        for where, side in sides
        if side is not None and side.n_valid < min_rows
    ]
    text = f"{' and '.join(few)}, fewer than {count(min_rows)}"
    return Finding("skipped", "insufficient_data", text)
