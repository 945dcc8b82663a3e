"""What can be said of a window before its values are looked at: whether it is there, whole, and as large as usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any

from driftline import formatting as fmt
from driftline.decision import Decision
from driftline.monitor.partition import Facts
from driftline.monitor.settings import Settings
from driftline.monitor.windows import Window, WindowSpec
from driftline.monitor.zones import DAY, from_micros
from driftline.profiling import Profile

__all__ = ["Finding", "examine", "late_rows", "missing", "no_reference", "worth_of_window"]

_LIKE = 8  # windows of the same sort that say what is usual
_FEWEST_LIKE = 3
_GAP = 0.25  # share of a window by which a silence at its ends must be longer than usual


@dataclass(frozen=True)
class Finding:
    """A fact about a window's arrival. ``topic`` is ``freshness`` or ``volume``; ``verdict`` what it comes to."""

    code: str
    topic: str
    verdict: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON-safe data."""
        return {"code": self.code, "topic": self.topic, "verdict": self.verdict, "text": self.text}


def missing(settings: Settings, window: Window) -> Finding:
    """Nothing arrived."""
    return Finding("missing", "freshness", settings.on_missing, f"no rows in {settings.spec.title(window)}")


def late_rows(before: int, now: int) -> Finding:
    """The window had been decided with other rows."""
    came = (
        f"{now - before:,} rows came"
        if now > before
        else f"{before - now:,} rows went"
        if now < before
        else "rows changed"
    )
    return Finding(
        "late_rows", "freshness", "note", f"{came} after this window was first decided (then {before:,} rows)"
    )


def no_reference(reference: str, found: int, needed: int) -> Finding:
    """There are not enough windows before this one to compare it with."""
    return Finding("no_reference", "freshness", "note", f"{reference}: {found} of {needed} windows are there so far")


def worth_of_window(decision: Decision, n_rows: int) -> list[Finding]:
    """How many independent rows the rows of a window are worth, where they come in blocks; of the judged columns."""
    worth = {
        name: decision.report.row_worth[name].shares[1] * n_rows
        for name, column in decision.columns.items()
        if name in decision.report.row_worth and column.verdict != "skipped"
    }
    if not worth:
        return []
    least, most = min(worth, key=lambda name: worth[name]), max(worth, key=lambda name: worth[name])
    range_ = f"{worth[least]:,.0f} independent ones ({fmt.name(least)})"
    range_ += "" if least == most else f" to {worth[most]:,.0f} ({fmt.name(most)})"
    return [Finding("blocks", "volume", "note", f"in blocks, its rows are worth {range_}")]


def examine(
    settings: Settings, window: Window, profile: Profile, facts: Mapping[Window, Facts], earlier: Sequence[Window]
) -> list[Finding]:
    """Findings about a window that has rows; `earlier` are those before it, ascending, `facts` what is known of all."""
    own = facts[window]
    found = []
    if own.n_rows < settings.policy.min_rows:
        text = f"{own.n_rows:,} rows; a verdict needs {settings.policy.min_rows}"
        found.append(Finding("too_small", "volume", "note", text))
    if profile.columns and not any(column.n_valid for column in profile.columns.values()):
        found.append(Finding("empty", "volume", settings.on_missing, f"{own.n_rows:,} rows without a single value"))
    like = _alike(settings.spec, window, earlier)
    if len(like) >= _FEWEST_LIKE:
        found += _volume(settings, own, [facts[each].n_rows for each in like])
        found += _partial(settings, window, own, [(each, facts[each]) for each in like])
    return found


def _alike(spec: WindowSpec, window: Window, earlier: Sequence[Window]) -> list[Window]:
    """The last windows before this one of the same weekday and time of day (of any, where windows are longer)."""
    if spec.by_rows:
        return []
    weekly = window.end - window.start < 2 * DAY
    mark = _mark(window, spec)
    alike = (each for each in reversed(earlier) if not weekly or _mark(each, spec) == mark)
    return list(islice(alike, _LIKE))


def _mark(window: Window, spec: WindowSpec) -> tuple[int, ...]:
    begin = from_micros(window.start, spec.zone)
    return begin.weekday(), begin.hour, begin.minute


def _volume(settings: Settings, facts: Facts, usual: Sequence[int]) -> list[Finding]:
    middle = median(usual)
    low, high = settings.volume
    # A count of n rows varies by about its root even where nothing happened.
    noise = 3 * middle**0.5
    text = f"{facts.n_rows:,} rows, {facts.n_rows / middle:.0%} of the {middle:,.0f} that are usual"
    if facts.n_rows < min(low * middle, middle - noise):
        return [Finding("volume_low", "volume", settings.on_volume, text)]
    if facts.n_rows > max(high * middle, middle + noise):
        return [Finding("volume_high", "volume", settings.on_volume, text)]
    return []


def _partial(settings: Settings, window: Window, facts: Facts, like: Sequence[tuple[Window, Facts]]) -> list[Finding]:
    length = window.end - window.start
    ends = [(each.end - known.last) / (each.end - each.start) for each, known in like]
    begins = [(known.first - each.start) / (each.end - each.start) for each, known in like]
    silent_end, silent_begin = (window.end - facts.last) / length, (facts.first - window.start) / length
    zone = settings.spec.zone
    if silent_end > median(ends) + _GAP:
        text = f"no rows after {from_micros(facts.last, zone).isoformat(sep=' ', timespec='minutes')}"
        return [Finding("partial", "volume", settings.on_volume, text)]
    if silent_begin > median(begins) + _GAP:
        text = f"no rows before {from_micros(facts.first, zone).isoformat(sep=' ', timespec='minutes')}"
        return [Finding("partial", "volume", settings.on_volume, text)]
    return []
