"""What people have been told about a column, and what they should hear next: one message per change of state.

An alert opens when the detector (or ``alert_after``) alarms. It stays open while windows are ``warn`` or ``alert``, and
closes after ``clear_after`` windows that are ``ok``; ``inconclusive`` and ``skipped`` windows prove neither.

| state | meaning | said when it is entered |
|---|---|---|
| ``new`` | opened in this window | yes |
| ``ongoing`` | still open | only if a mute or an acceptance ended |
| ``escalated`` | was at most ``warn`` so far, ``alert`` in this window | yes |
| ``cleared`` | closed | yes, if its opening was said |
| ``muted`` | open, and nobody wants to hear of it before a date | no |
| ``accepted`` | open, and someone said why it is expected | yes, if its opening was said |

Times are those of windows, never of a clock, so that the same windows give the same states whenever they are run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from driftline.errors import FormatError, OptionError

__all__ = ["STATES", "Acceptance", "AlertState", "Change", "Mute", "advance"]

STATES = ("new", "ongoing", "escalated", "cleared", "muted", "accepted")
_LEVELS = ("", "warn", "alert")
_VERDICTS = ("alert", "warn", "inconclusive", "ok", "skipped")


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence until a time; holds for windows with ``at < now <= until``.

    Examples
    --------
    >>> Mute(at=10, until=20).holds(15)
    True
    """

    at: int
    until: int

    def __post_init__(self) -> None:
        if self.until <= self.at:
            raise OptionError(f"a mute ends after it begins, got at={self.at}, until={self.until}")

    def holds(self, now: int) -> bool:
        """Whether a window that ends at ``now`` is muted."""
        return self.at < now <= self.until


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Someone's word that a change is expected, and why; for ever, or until a time.

    Examples
    --------
    >>> Acceptance(reason="US merged into AA", by="Kim", at=10).holds(15)
    True
    """

    reason: str
    by: str
    at: int
    until: int | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip():
            raise OptionError(f"an acceptance needs a reason and a name, got {self.reason!r} by {self.by!r}")
        if self.until is not None and self.until <= self.at:
            raise OptionError(f"an acceptance ends after it begins, got at={self.at}, until={self.until}")

    def holds(self, now: int) -> bool:
        """Whether a window that ends at ``now`` is covered."""
        return self.at < now and (self.until is None or now <= self.until)


@dataclass(frozen=True, slots=True)
class AlertState:
    """Where the alert of one column stands. A value that a store can keep as JSON.

    ``level`` is the worst verdict of the open alert, ``since`` and ``at`` are the ends of its first and of the last
    window, ``quiet`` counts ``ok`` windows in a row, ``told`` is the level that people know of ("" for nothing).
    ``until``, ``reason`` and ``by`` are those of the mute or the acceptance in force.

    Examples
    --------
    >>> state, change = advance(None, "alert", alarmed=True, now=1)
    >>> AlertState.from_dict(state.to_dict()) == state
    True
    """

    state: str
    level: str
    since: int
    at: int
    quiet: int = 0
    told: str = ""
    until: int | None = None
    reason: str = ""
    by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the alert still stands."""
        return self.state != "cleared"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AlertState:
        """What `to_dict` gave.

        Raises
        ------
        FormatError
            If it is something else.
        """
        known = {field.name for field in fields(cls)}
        if set(data) != known or data["state"] not in STATES or data["level"] not in _LEVELS:
            raise FormatError(f"an alert state has {', '.join(sorted(known))} and a known state; got {dict(data)!r}")
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Change:
    """What a message is about. ``kind`` is the state entered, ``since`` when the alert opened, ``at`` this window.

    Examples
    --------
    >>> advance(None, "warn", alarmed=True, now=7)[1]
    Change(kind='new', level='warn', since=7, at=7)
    """

    kind: str
    level: str
    since: int
    at: int


def advance(
    previous: AlertState | None,
    verdict: str,
    alarmed: bool,  # noqa: FBT001
    now: int,
    *,
    acceptance: Acceptance | None = None,
    mute: Mute | None = None,
    clear_after: int = 1,
    since: int | None = None,
) -> tuple[AlertState | None, Change | None]:
    """The state after one more window, and what to say about it, if anything.

    Parameters
    ----------
    previous : AlertState, optional
        The state after the window before; ``None`` for a column that never alarmed.
    verdict : str
        Of the column in this window.
    alarmed : bool
        Whether the detector, or ``alert_after``, alarms in this window.
    now : int
        End of the window. A window that does not end after the last one changes nothing: it was seen.
    acceptance, mute : optional
        What people said about the column; ignored outside the times they speak of.
    clear_after : int
        Windows in a row that must be ``ok`` for the alert to close.
    since : int, optional
        End of the first window of the evidence for an alert that opens now; by default of this window.

    Raises
    ------
    OptionError
        If the verdict is unknown, or ``clear_after`` is not a whole number of at least 1.

    Examples
    --------
    >>> state, change = advance(None, "warn", alarmed=True, now=1)
    >>> state, change = advance(state, "alert", alarmed=False, now=2)
    >>> change.kind, change.since
    ('escalated', 1)
    >>> state, change = advance(state, "ok", alarmed=False, now=3)
    >>> state.state, change.kind
    ('cleared', 'cleared')
    """
    if verdict not in _VERDICTS:
        raise OptionError(f"verdict must be one of {', '.join(_VERDICTS)}; got {verdict!r}")
    given: object = clear_after
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise OptionError(f"clear_after must be a whole number of windows, at least 1; got {clear_after!r}")
    if previous is not None and now <= previous.at:
        return previous, None
    muted = mute is not None and mute.holds(now)
    opened = previous if previous is not None and previous.is_open else None
    quiet = 0 if opened is None else opened.quiet
    if alarmed or (opened is not None and verdict in ("warn", "alert")):
        level = max(
            verdict if verdict in _LEVELS else "warn", "" if opened is None else opened.level, key=_LEVELS.index
        )
        begin = now if since is None else min(since, now)
        return _open(previous, level, 0, now, acceptance, mute if muted else None, begin)
    if verdict == "ok":
        quiet += 1
    if opened is not None and quiet < clear_after:
        return _open(opened, opened.level, quiet, now, acceptance, mute if muted else None, now)
    return (None, None) if previous is None else _closed(previous, now, muted=muted)


def _closed(previous: AlertState, now: int, *, muted: bool) -> tuple[AlertState, Change | None]:
    said = bool(previous.told) and not muted
    told = "" if said else previous.told
    state = AlertState("cleared", previous.level, previous.since, now, told=told)
    return state, Change("cleared", previous.level, previous.since, now) if said else None


def _open(
    previous: AlertState | None,
    level: str,
    quiet: int,
    now: int,
    acceptance: Acceptance | None,
    mute: Mute | None,
    begin: int,
) -> tuple[AlertState, Change | None]:
    goes_on = previous is not None and previous.is_open
    since = previous.since if previous is not None and goes_on else begin
    told = "" if previous is None else previous.told
    if acceptance is not None and acceptance.holds(now):
        said = bool(told) and mute is None
        told = "" if mute is None else told
        state = AlertState(
            "accepted", level, since, now, quiet, told, acceptance.until, acceptance.reason, acceptance.by
        )
        return state, Change("accepted", level, since, now) if said else None
    if mute is not None:
        return AlertState("muted", level, since, now, quiet, told, until=mute.until), None
    kind = _kind(previous if goes_on else None, told, level)
    silent = kind == "ongoing" and previous is not None and previous.state not in ("muted", "accepted")
    state = AlertState(kind, level, since, now, quiet, told=level)
    return state, None if silent else Change(kind, level, since, now)


def _kind(opened: AlertState | None, told: str, level: str) -> str:
    if opened is None:
        return "new"
    if not told:
        return "ongoing" if opened.state == "accepted" else "new"
    return "escalated" if _LEVELS.index(level) > _LEVELS.index(told) else "ongoing"
