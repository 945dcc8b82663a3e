"""Alert states in a monitor: what opens, stays, closes and is accepted, from window to window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import driftline as dl
from driftline.monitor import LogRange
from driftline.notify import Message
from tests.python.monitor_logs import daily_log, day


def watch(**options: Any) -> dl.Monitor:
    log = daily_log(shift=dict.fromkeys((9, 10, 12), 2.0))
    return dl.Monitor(log, reference=LogRange(day(0), day(7)), timestamp="when", **options)


def states(monitor: dl.Monitor) -> list[str | None]:
    """The state of the column that shifts in the third, fourth and sixth window."""
    return [each.state["alerts"].get("amount", {}).get("state") for each in monitor.history()]


def test_states_go_from_window_to_window_through_the_store() -> None:
    once = watch(end=day(14))
    once.run()
    assert states(once) == [None, None, "new", "ongoing", "cleared", "new", "cleared"]
    nightly = watch()
    for number in range(1, 15):
        nightly.run(now=day(number))
    assert [each.state for each in nightly.history()] == [each.state for each in once.history()]


def test_windows_older_than_lookback_still_hold_the_state() -> None:
    once = watch(end=day(14))
    once.run()
    nightly = watch(lookback="1d")
    for number in range(1, 15):
        nightly.run(now=day(number))
    assert states(nightly) == states(once)


def test_alert_after_waits_for_windows_in_a_row() -> None:
    monitor = watch(end=day(14), alert_after=2)
    monitor.run()
    assert states(monitor)[:5] == [None, None, None, "new", "cleared"]
    assert "new" not in states(monitor)[5:]


def test_a_detector_alarms_at_a_shift_and_is_quiet_before() -> None:
    monitor = watch(end=day(14), arl=50)
    monitor.run()
    assert states(monitor)[:3] == [None, None, "new"]


def test_an_acceptance_holds_from_when_it_was_given_until_it_ends() -> None:
    monitor = watch(end=day(14))
    monitor.accept("amount", reason="price list", by="Kim", since=day(10), until=day(12))
    monitor.run()
    assert states(monitor) == [None, None, "new", "accepted", "cleared", "new", "cleared"]


class _Inbox:
    name = "inbox"

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def deliver(self, message: Message) -> None:
        self.messages.append(message)


@pytest.mark.parametrize("rule", [{"arl": 1e6}, {"alert_after": 2}], ids=["detector", "in a row"])
def test_a_message_says_what_how_much_which_way_since_when_and_where(rule: dict[str, Any], tmp_path: Any) -> None:
    inbox = _Inbox()
    log = daily_log(shift=dict.fromkeys((9, 10, 11, 12, 13), 0.6))
    given = {"reference": LogRange(day(0), day(7)), "timestamp": "when", "end": day(14), "merge": 0}
    dl.Monitor(log, targets=[inbox], reports=tmp_path, **given, **rule).run()
    message = inbox.messages[0]
    (change,) = message.changes
    assert message.start is not None
    assert change.since == int(np.datetime64(day(9), "us").astype(int)) < message.start
    assert (change.column, change.change, change.direction, change.source) == ("amount", "new", "up", "psi")
    assert change.ci_low is not None
    assert change.ci_high is not None
    assert change.value is not None
    assert change.ci_low <= change.value <= change.ci_high
    assert "amount moved up: median" in message.text
    assert f"[{change.ci_low:.2}, " in message.text
    assert f"Since {day(9)}." in message.text
    assert message.link.endswith(f"{message.window}.html")
    assert f"report: {message.link}" in message.text
    assert message.to_dict()["changes"][0]["direction"] == "up"
