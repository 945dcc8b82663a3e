"""The seam to error control over time: what a window's decision does to detectors and alert states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from driftline.decision import Decision
from driftline.monitor.settings import Settings
from driftline.monitor.windows import Window
from driftline.sequential import alert_states
from driftline.store import Acceptance, Mute

__all__ = ["Alarms", "advance_alarms", "in_force", "mute_in_force"]


@dataclass(frozen=True)
class Alarms:
    """State after a window, as JSON-safe data, and the changes of state that a person should hear of."""

    state: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)


def advance_alarms(
    settings: Settings,
    window: Window,
    previous: dict[str, Any],
    own: Decision,
    settled: Decision,
    acceptances: Sequence[Acceptance],
    mutes: Sequence[Mute] = (),
    segment: str = "",
) -> Alarms:
    """Take one window further: which columns alarm, then the alert state of each.

    Detectors read the decision of the window's `own` rows, since no row may count twice; verdicts are those of the
    span that was `settled`.
    """
    verdicts = {name: column.verdict for name, column in settled.columns.items()}
    state, alarmed = _alarmed(settings, previous, own, verdicts, window.end)
    alerts: dict[str, Any] = {}
    changes: list[dict[str, Any]] = []
    known = previous.get("alerts", {})
    for name, verdict in verdicts.items():
        before = alert_states.AlertState.from_dict(known[name]) if name in known else None
        accepted = in_force(settings, acceptances, window, name, segment)
        word = None
        if accepted is not None:
            word = alert_states.Acceptance(accepted.reason, accepted.by, accepted.since, accepted.until)
        quiet = mute_in_force(mutes, window, name, segment)
        after, change = alert_states.advance(
            *(before, verdict, name in alarmed, window.end),
            acceptance=word,
            mute=None if quiet is None else alert_states.Mute(quiet.since, quiet.until),
            since=alarmed.get(name),
        )
        if after is not None:
            alerts[name] = after.to_dict()
        if change is not None:
            since = settings.spec.containing(change.since - 1).start  # alert states speak of the ends of windows
            changes.append({"column": name, "kind": change.kind, "level": change.level, "since": since})
    return Alarms({**state, "alerts": alerts}, changes)


def in_force(
    settings: Settings, acceptances: Sequence[Acceptance], window: Window, column: str, segment: str = ""
) -> Acceptance | None:
    """The acceptance that covers a column in a window: the last one given, if the window lies in its time.

    An acceptance without an end covers every window that is counted in rows.
    """
    given = [each for each in acceptances if each.column == column and each.segment in ("", segment)]
    if not given:
        return None
    last = max(given, key=lambda each: each.given_at)
    if settings.spec.by_rows:
        return last if last.until is None else None
    return last if last.since < window.end and (last.until is None or window.end <= last.until) else None


def mute_in_force(mutes: Sequence[Mute], window: Window, column: str, segment: str = "") -> Mute | None:
    """The mute that covers a column in a window: the last one given, if the window ends between its ends."""
    given = [each for each in mutes if each.column == column and each.segment in ("", segment)]
    last = max(given, key=lambda each: each.given_at, default=None)
    return last if last is not None and last.since < window.end <= last.until else None


def _alarmed(
    settings: Settings, previous: dict[str, Any], own: Decision, verdicts: dict[str, str], now: int
) -> tuple[dict[str, Any], dict[str, int]]:
    """The state after the window, and the columns that alarm in it with the end of the first window of the evidence."""
    from driftline.sequential import onset, shiryaev_roberts, streaks

    if settings.arl is None:
        rows, names = streaks.advance(previous.get("streaks", {}), verdicts, settings.alert_after)
        since = onset.advance_streaks(previous.get("since", {}), rows, now)
        return {"streaks": rows, "since": since}, {name: since[name] for name in names}
    p_values = own.p_values()
    detectors, found = shiryaev_roberts.advance(previous.get("detectors", {}), p_values, settings.arl)
    rises = onset.advance(previous.get("rises", {}), p_values, now)
    return {"detectors": detectors, "rises": onset.without(rises, found)}, onset.earliest(rises, found, now)
