"""What every renderer says the same way: the two sides, the order of columns, and what a decision comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from driftline.decision import Decision
    from driftline.profiling import Profile
    from driftline.report import DriftReport, Evidence

__all__ = ["Groups", "Judged", "Side", "describe_sides", "group_columns", "judged_by", "time_text"]

_TRACE = 0.05
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison as a header shows it; ``time_range`` is empty where no column tells the time."""

    role: str
    name: str
    n_rows: int
    digest: str
    time_range: str
    time_column: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The evidence that decides about a column, and its tolerances; without ``alert``, it can only warn."""

    evidence: Evidence
    value: float
    warn: float
    alert: float | None


@dataclass(frozen=True, slots=True)
class Groups:
    """Names of columns, each in one group, the most severe first.

    ``settled`` holds columns that are ok although they certainly changed by more than a trace of the tolerance;
    ``quiet`` the other ok ones; ``left_out``
    those that never enter a verdict by their nature (row ids, dates); ``skipped`` those that could not be judged.
    """

    alert: list[str]
    warn: list[str]
    inconclusive: list[str]
    settled: list[str]
    quiet: list[str]
    skipped: list[str]
    left_out: list[str]

    def ranked(self) -> list[str]:
        """All columns, the most severe first."""
        return [*self.drifted(), *self.quiet, *self.skipped, *self.left_out]

    def drifted(self) -> list[str]:
        """Columns that need a look: alert, warn, inconclusive, certainly changed."""
        return [*self.alert, *self.warn, *self.inconclusive, *self.settled]


def describe_sides(report: DriftReport) -> tuple[Side, Side]:
    """Name, rows and time range of the reference and of the current data."""
    column = _time_column(report)
    return _side("reference", report.reference, column), _side("current", report.current, column)


def _side(role: str, profile: Profile, column: str) -> Side:
    return Side(role, profile.name, profile.n_rows, profile.digest, _time_range(profile, column), column)


def _time_column(report: DriftReport) -> str:
    candidates = [c for c in report.columns.values() if c.kind == "datetime" or c.left_out == "date"]
    candidates.sort(key=lambda column: column.role != "timestamp")
    return candidates[0].name if candidates else ""


def _time_range(profile: Profile, name: str) -> str:
    column: Any = profile.columns.get(name) if name else None
    if column is None or not column.n_valid:
        return ""
    if column.kind == "datetime":
        first, last = time_text(column.min), time_text(column.max)
    elif column.kind == "categorical" and not column.overflowed:
        labels = sorted(str(label) for label in column.counts)
        first, last = labels[0], labels[-1]
    else:
        return ""
    if all(time[10:] in {"", " 00:00"} for time in (first, last)):
        first, last = first[:10], last[:10]
    return first if first == last else f"{first} to {last}"


def time_text(seconds: float) -> str:
    """Seconds since 1970 as a UTC date and time, to the second, or as they are where the calendar ends.

    Examples
    --------
    >>> time_text(1435708800.0)
    '2015-07-01 00:00'
    """
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds:g} s"
    return moment.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00") if moment.year >= 1000 else moment.isoformat(" ")


def group_columns(decision: Decision) -> Groups:
    """Sort the columns of a decision into groups, each with the most severe first."""
    groups = Groups([], [], [], [], [], [], [])
    for name in decision.ranked:
        verdict = decision.columns[name]
        if verdict.verdict == "ok":
            (groups.settled if verdict.changed and _is_worth_a_line(decision, name) else groups.quiet).append(name)
        elif verdict.verdict == "skipped":
            is_left_out = any(reason.code.startswith("left_out") for reason in verdict.reasons)
            (groups.left_out if is_left_out else groups.skipped).append(name)
        else:
            getattr(groups, verdict.verdict).append(name)
    return groups


def _is_worth_a_line(decision: Decision, name: str) -> bool:
    """With enough rows every column certainly changes a little; a trace of the tolerance is not news."""
    judged = judged_by(decision, name)
    return judged is not None and judged.value >= _TRACE * judged.warn


def judged_by(decision: Decision, name: str) -> Judged | None:
    """The evidence that decides about a column, if it has a value and the policy tolerances for it."""
    column = decision.report.columns[name]
    settings = decision.policy.settings(name, column.kind)
    evidence, tolerance = column.evidence.get(settings.method), settings.tolerance(settings.method)
    if evidence is None or evidence.value is None or tolerance is None:
        return None
    return Judged(evidence, evidence.value, *tolerance)
