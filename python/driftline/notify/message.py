"""What a person is told about a window: what changed, by how much, which way, since when, and where to look."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from driftline import formatting as fmt
from driftline.reasons import title as method_title
from driftline.render.json import plain, to_json

if TYPE_CHECKING:
    from driftline.decision import Decision

__all__ = ["ColumnChange", "Message"]

SCHEMA_VERSION = "1.0"
MOST_LISTED = 10
_LINE_WIDTH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True)
class ColumnChange:
    """What happened to one column.

    Parameters
    ----------
    column : str
        Its name.
    change : str
        What is new about it: ``"new"``, ``"escalated"``, ``"cleared"``, …; or its verdict.
    sentence : str
        What happened and which way, as ``ColumnReport.sentence`` says it.
    value, ci_low, ci_high, tolerance : float, optional
        How much, between which bounds, and what it was held against.
    since : int, optional
        Start of the first window of this change, in the unit of the message's ``start``.
    source : str
        The method or signal that ``value`` is of.
    text : str
        The numbers in words, as ``Reason.text`` says them; made from the numbers when empty.
    direction : str
        Which way, in a word, as ``ColumnReport.direction`` has it; empty where there is none.

    Examples
    --------
    >>> told = ColumnChange(column="age", change="new", sentence="", value=0.5, tolerance=0.25, source="psi")
    >>> told.measured
    'PSI 0.5, tolerance 0.25'
    """

    column: str
    change: str
    sentence: str
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    tolerance: float | None = None
    since: int | None = None
    source: str = ""
    text: str = ""
    direction: str = ""

    @property
    def measured(self) -> str:
        """How much, in words; nothing for a column that could not be measured."""
        if self.text or self.value is None:
            return self.text
        limits = () if self.tolerance is None else (self.tolerance,)
        between = fmt.interval(self.ci_low, self.ci_high, apart_from=limits)
        parts = [method_title(self.source) if self.source else "", fmt.number(self.value, apart_from=limits), between]
        measured = " ".join(filter(None, parts))
        return (
            measured if self.tolerance is None else f"{measured}, tolerance {repr(self.tolerance).removesuffix('.0')}"
        )


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is new about a window of a data set.

    Parameters
    ----------
    dataset : str
        Name of the log.
    start, end : int, optional
        The window, half-open: microseconds since 1970 (UTC), or row numbers when ``rows`` is true.
    verdict : str
        The verdict on the window.
    changes : tuple of ColumnChange
        What is new, the worst first.
    headline : str
        What it comes to, as ``Decision.headline`` says it.
    link : str
        Where the report is.
    zone : str
        Time zone in which times are written.
    rows : bool
        Whether windows are counted in rows.

    Examples
    --------
    >>> change = ColumnChange(column="age", change="new", sentence="age moved up: median 31 → 61.", since=0)
    >>> message = Message(dataset="loans", start=0, end=86_400_000_000, verdict="alert", changes=(change,))
    >>> print(message.title)
    ALERT loans 1970-01-01: age
    >>> print(message.text)
    new: age moved up: median 31 → 61. Since 1970-01-01.
    """

    dataset: str
    verdict: str
    changes: tuple[ColumnChange, ...] = ()
    start: int | None = None
    end: int | None = None
    headline: str = ""
    link: str = ""
    zone: str = "UTC"
    rows: bool = False

    @property
    def title(self) -> str:
        """One line: verdict, data set, window, the columns concerned."""
        names = [fmt.name(change.column) for change in self.changes]
        listed = ", ".join(fmt.shorten(name, 40) for name in names[:3])
        listed += f" and {len(names) - 3} more" * (len(names) > 3)
        head = " ".join(filter(None, (self.verdict.upper(), fmt.name(self.dataset), self.window)))
        said = listed or fmt.printable(self.headline)
        return f"{head}: {said}" if said else head

    @property
    def window(self) -> str:
        """The window in words; nothing where there is none."""
        if self.start is None or self.end is None:
            return ""
        if self.rows:
            return f"rows {fmt.count(self.start)} to {fmt.count(self.end)}"
        start, end = self._moment(self.start), self._moment(self.end)
        if _is_midnight(start) and _is_midnight(end):
            last = end - timedelta(days=1)  # wall clock: a day with 23 hours is a day
            return f"{start:%Y-%m-%d}" + f" to {last:%Y-%m-%d}" * (last.date() > start.date())
        same_day = start.date() == end.date()
        return f"{_written(start)} to {end:%H:%M}" if same_day else f"{_written(start)} to {_written(end)}"

    @property
    def text(self) -> str:
        """A line for each change, the first ten; then the link."""
        lines = [self._line(change) for change in self.changes[:MOST_LISTED]]
        n_more = len(self.changes) - MOST_LISTED
        lines += [f"and {n_more} more column{'s' * (n_more > 1)}"] * (n_more > 0)
        lines += [fmt.printable(self.headline)] * bool(self.headline)
        lines += [f"report: {self.link}"] * bool(self.link)
        return "\n".join(lines) or self.title

    @property
    def id(self) -> str:
        """The same for the same content: a receiver that got it twice can tell."""
        return hashlib.sha256(to_json(self._content()).encode("ascii")).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, numbers and texts; what a webhook posts."""
        data: dict[str, Any] = plain({"schema_version": SCHEMA_VERSION, "id": self.id, **self._content()})
        return data

    def _content(self) -> dict[str, Any]:
        changes = [{**asdict(change), "text": change.measured} for change in self.changes]
        window = {
            "start": self.start,
            "end": self.end,
            "unit": "rows" if self.rows else "microseconds since 1970 (UTC)",
            "text": self.window,
        }
        return {
            "dataset": self.dataset,
            "verdict": self.verdict,
            "headline": self.headline,
            "window": None if self.start is None else window,
            "title": self.title,
            "text": self.text,
            "link": self.link,
            "changes": changes,
        }

    def _line(self, change: ColumnChange) -> str:
        since = "" if change.since is None else f" Since {self._point(change.since)}."
        measured = f" {fmt.printable(change.measured, most=_LINE_WIDTH)}." if change.measured else ""
        sentence = fmt.printable(change.sentence, most=_LINE_WIDTH) or f"{fmt.name(change.column)}."
        return f"{change.change}: {sentence}{measured}{since}"

    def _point(self, value: int) -> str:
        if self.rows:
            return f"row {fmt.count(value)}"
        moment = self._moment(value)
        return f"{moment:%Y-%m-%d}" if _is_midnight(moment) else _written(moment)

    def _moment(self, microseconds: int) -> datetime:
        zone: tzinfo = timezone.utc if self.zone == "UTC" else ZoneInfo(self.zone)
        return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(zone)

    @classmethod
    def of_decision(cls, decision: Decision, *, dataset: str, link: str = "", **window: Any) -> Message:
        """The message about a single check: every column that alerts or warns, the worst first.

        ``window`` may give ``start``, ``end``, ``zone`` and ``rows``.

        Examples
        --------
        >>> import driftline as dl
        >>> decision = dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100})
        >>> Message.of_decision(decision, dataset="loans").title
        'ALERT loans: age'
        """
        changes = []
        for name in (*decision.alerts, *decision.warnings):
            column, reason = decision.columns[name], decision.columns[name].reasons[0]
            changes.append(
                ColumnChange(
                    column=name,
                    change=column.verdict,
                    sentence=decision.report.columns[name].sentence,
                    value=reason.value,
                    ci_low=reason.ci_low,
                    ci_high=reason.ci_high,
                    tolerance=reason.tolerance,
                    source=reason.source,
                    text=reason.text if reason.source else "",
                    direction=decision.report.columns[name].direction,
                )
            )
        return cls(
            dataset=dataset,
            verdict=decision.verdict,
            changes=tuple(changes),
            headline=decision.headline,
            link=link,
            **window,
        )


def _is_midnight(moment: datetime) -> bool:
    return moment.hour == moment.minute == moment.second == moment.microsecond == 0


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}{moment:%z}".replace("+0000", "Z")
