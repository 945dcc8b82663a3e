"""The seam between a monitor and alert states, with small stand-ins for them."""

from __future__ import annotations

import sys
import types
from dataclasses import asdict, dataclass
from typing import Any

import pytest

import driftline as dl
from driftline.monitor import LogRange
from tests.python.monitor_logs import daily_log, day


@dataclass(frozen=True)
class State:
    open: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> State:
        return cls(**data)


@dataclass(frozen=True)
class Change:
    kind: str
    level: str
    since: int


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Alert states that open with an alarm and close without one; returns what they were asked."""
    asked: list[tuple[Any, ...]] = []

    def advance(before: State | None, verdict: str, alarmed: bool, now: int, *, acceptance: Any = None) -> Any:
        asked.append((verdict, alarmed, now, acceptance))
        if alarmed == (before is not None and before.open):
            return before, None
        return State(alarmed), Change("new" if alarmed else "cleared", verdict, now)

    def streaks(state: dict[str, int], verdicts: dict[str, str], alert_after: int) -> Any:
        after = {name: state.get(name, 0) + 1 if verdict == "alert" else 0 for name, verdict in verdicts.items()}
        return after, [name for name, number in after.items() if number >= alert_after]

    package = types.ModuleType("driftline.sequential")
    states = types.ModuleType("driftline.sequential.alert_states")
    states.AlertState, states.advance = State, advance  # type: ignore[attr-defined]
    states.Acceptance = lambda *given: given  # type: ignore[attr-defined]
    rows, detector = types.ModuleType("streaks"), types.ModuleType("shiryaev_roberts")
    rows.advance = streaks  # type: ignore[attr-defined]
    package.alert_states, package.streaks, package.shiryaev_roberts = states, rows, detector  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "driftline.sequential", package)
    return asked


def watch(**options: Any) -> dl.Monitor:
    log = daily_log(shift=dict.fromkeys((9, 10, 12), 2.0))
    return dl.Monitor(log, reference=LogRange(day(0), day(7)), timestamp="when", **options)


def opened(monitor: dl.Monitor) -> list[bool]:
    return [each.state["alerts"].get("amount", {}).get("open", False) for each in monitor.history()]


def test_states_go_from_window_to_window_through_the_store(calls: list[tuple[Any, ...]]) -> None:
    once = watch(end=day(14))
    once.run()
    assert opened(once) == [False, False, True, True, False, True, False]
    nightly = watch()
    for number in range(1, 15):
        nightly.run(now=day(number))
    assert [each.state for each in nightly.history()] == [each.state for each in once.history()]


def test_alert_after_waits_for_windows_in_a_row(calls: list[tuple[Any, ...]]) -> None:
    monitor = watch(end=day(14), alert_after=2)
    monitor.run()
    assert opened(monitor) == [False, False, False, True, False, False, False]


def test_an_acceptance_is_handed_over_while_it_holds(calls: list[tuple[Any, ...]]) -> None:
    monitor = watch(end=day(14))
    monitor.accept("amount", reason="price list", by="Kim", since=day(10), until=day(12))
    monitor.run()
    accepted = [now for _, _, now, acceptance in calls if acceptance is not None]
    ends = {each.title: each.key.end for each in monitor.history()}
    assert accepted == [ends[day(10)], ends[day(11)]]
