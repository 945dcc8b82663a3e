"""What people say about a column, checked before it goes into the audit log: a change is expected, or be quiet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from driftline import formatting as fmt
from driftline.errors import OptionError
from driftline.monitor.settings import Settings, instant_of, moment_of
from driftline.store import Acceptance, Mute, SqlStore

__all__ = ["acceptance_of", "audit_lines", "configured_mutes", "last_mutes", "mute_of"]

CONFIGURATION = "configuration"


def acceptance_of(
    settings: Settings, column: str, reason: str, by: str, *, until: Any, since: Any, segment: str, now: int
) -> Acceptance:
    """The line for the audit log. Raises OptionError without a reason or a name, or for an end before its beginning."""
    if not (reason.strip() and by.strip()):
        raise OptionError("an acceptance needs a reason and the name of who gives it")
    begin = instant_of(since, settings.spec, "since")
    end = instant_of(until, settings.spec, "until")
    holds_from = now if begin is None else begin
    if end is not None and end <= holds_from:
        begin_text = _moment(holds_from)
        raise OptionError(f"accept: until is {_moment(end)}, not later than {begin_text}, from when it would hold")
    return Acceptance(settings.dataset, column, segment, reason, by, now, holds_from, end)


def mute_of(
    settings: Settings, column: str, *, until: Any, since: Any, by: str, reason: str, segment: str, now: int
) -> Mute:
    """The line for the audit log.

    Raises OptionError without a name, for an end before its beginning, and for windows of rows, which have no dates.
    """
    if settings.spec.by_rows:
        raise OptionError("mute: windows of rows have no dates until which a column could be muted")
    if not by.strip():
        raise OptionError("mute: needs the name of who asks for it")
    begin = now if since is None else moment_of(since, settings.spec, "since")
    end = moment_of(until, settings.spec, "until")
    if end <= begin:
        raise OptionError(f"mute: until is {_moment(end)}, not later than {_moment(begin)}, from when it would hold")
    return Mute(settings.dataset, column, segment, reason, by, now, begin, end)


def last_mutes(mutes: Sequence[Mute]) -> dict[tuple[str, str], Mute]:
    """The mute that was given last for each column and segment."""
    return {(each.column, each.segment): each for each in sorted(mutes, key=lambda each: each.given_at)}


def configured_mutes(settings: Settings, wanted: Mapping[str, int], known: Sequence[Mute], now: int) -> list[Mute]:
    """Lines that bring the audit log to what the configuration says: new ones, changed ones, and lifted ones.

    They hold from the first window on. What somebody said later by hand stays until the configuration changes.
    """
    said = last_mutes([each for each in known if each.by == CONFIGURATION])
    lines = []
    for column, until in wanted.items():
        before = said.get((column, ""))
        if before is None or before.until != until:
            lines.append(Mute(settings.dataset, column, "", "", CONFIGURATION, now, 0, until))
    for (column, segment), before in said.items():
        if column not in wanted and before.until > before.since:
            lines.append(Mute(settings.dataset, column, segment, "", CONFIGURATION, now, now, now))
    return lines


def audit_lines(store: SqlStore, dataset: str) -> list[tuple[str, str]]:
    """What people have said about columns and holds or held: column (and segment), and the words, oldest first."""
    lines: list[tuple[int, str, str, str]] = []
    for said in store.acceptances(dataset):
        until = "for good" if said.until is None else f"until {_moment(said.until)}"
        text = f"accepted from {_moment(said.since)} {until} by {said.by}: {said.reason}"
        lines.append((said.given_at, said.column, said.segment, text))
    for mute in store.mutes(dataset):
        since = "" if mute.since == 0 else f" from {_moment(mute.since)}"
        held = f"muted{since} until {_moment(mute.until)}" if mute.until > mute.since else "no longer muted"
        text = f"{held} by {mute.by}" + (f": {mute.reason}" if mute.reason else "")
        lines.append((mute.given_at, mute.column, mute.segment, text))
    return [
        (fmt.name(column) + (f", {fmt.printable(segment)}" if segment else ""), fmt.printable(text))
        for _, column, segment, text in sorted(lines)
    ]


def _moment(microseconds: int) -> str:
    """A time of the audit log: the day, or the time in UTC."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
    return f"{moment:%Y-%m-%d}" if microseconds % 86_400_000_000 == 0 else f"{moment:%Y-%m-%d %H:%MZ}"
