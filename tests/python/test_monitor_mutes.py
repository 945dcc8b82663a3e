"""Muted columns: judged, stored and shown, and told of again when the mute has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import driftline as dl
from driftline.errors import OptionError
from driftline.monitor import LogRange
from driftline.store import open_store
from tests.python.monitor_logs import daily_log, day

SHIFTED = dict.fromkeys(range(8, 14), 2.0)


class Inbox:
    """A target that keeps what it gets."""

    name = "inbox"

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def deliver(self, message: Any) -> None:
        self.messages.append(message)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(message.window, change.change) for message in self.messages for change in message.changes]


def watch(inbox: Inbox, **options: Any) -> dl.Monitor:
    given = {"reference": LogRange(day(0), day(7)), "timestamp": "when", "end": day(14), "targets": [inbox], **options}
    return dl.Monitor(daily_log(shift=SHIFTED), **given)


def states(monitor: dl.Monitor) -> list[str | None]:
    return [each.state["alerts"].get("amount", {}).get("state") for each in monitor.history()]


def test_no_message_while_muted_and_one_after_it_if_the_alert_is_still_open() -> None:
    inbox = Inbox()
    monitor = watch(inbox)
    monitor.mute("amount", until=day(12), since=day(0), by="Kim", reason="price list")
    run = monitor.run()
    assert states(monitor) == [None, "muted", "muted", "muted", "muted", "new", "ongoing"]
    assert inbox.told == [(day(12), "new")]
    assert [each.verdict for each in run.windows] == ["ok"] + 6 * ["alert"], "what is found stays as it is"
    (change,) = inbox.messages[0].changes
    assert change.since == int(np.datetime64(day(8), "us").astype(int)), "since the first window of the alert"


def test_a_mute_that_never_ends_in_the_log_is_silent_and_one_without_an_alert_changes_nothing() -> None:
    inbox = Inbox()
    monitor = watch(inbox)
    monitor.mute("amount", until="2999-01-01", since=day(0), by="Kim")
    monitor.mute("city", until="2999-01-01", since=day(0), by="Kim")
    monitor.run()
    assert inbox.told == []
    assert {name for each in monitor.history() for name in each.state["alerts"]} == {"amount"}


def test_a_later_word_replaces_an_earlier_one() -> None:
    inbox = Inbox()
    clock = iter(range(10**6))
    monitor = watch(inbox, clock=lambda: 1.75e9 + next(clock))
    monitor.mute("amount", until="2999-01-01", since=day(0), by="Kim")
    monitor.mute("amount", until=day(10), since=day(0), by="Ada")
    monitor.run()
    assert inbox.told == [(day(10), "new")]


def test_the_configuration_mutes_from_the_first_window_and_lifts_what_it_no_longer_says(tmp_path: Path) -> None:
    store, inbox = tmp_path / "history.db", Inbox()
    with watch(inbox, mute={"amount": day(13)}, store=store) as monitor:
        monitor.run(now=day(12))
        assert states(monitor) == [None, "muted", "muted", "muted", "muted"]
        monitor.run(now=day(12))
        assert [(each.by, each.until > each.since) for each in monitor.store.mutes("log")] == [("configuration", True)]
    with watch(inbox, store=store) as monitor:  # a service that says nothing about mutes
        monitor.run(now=day(12))
        assert len(monitor.store.mutes("log")) == 1
    with watch(inbox, store=store, mute={}) as monitor:
        monitor.run(now=day(13))
        assert [each.until > each.since for each in monitor.store.mutes("log")] == [True, False]
        assert states(monitor)[-1] == "new"
    assert inbox.told == [(day(12), "new")]


def test_the_page_of_the_history_shows_who_muted_what_and_until_when() -> None:
    monitor = watch(Inbox(), mute={"city": day(9)})
    monitor.mute("amount", until="2999-01-01", since=day(0), by="Kim", reason="<b>prices</b>")
    monitor.accept("city", reason="moved", by="Ada")
    monitor.run()
    page = monitor.to_html()
    assert f"muted from {day(0)} until 2999-01-01 by Kim: &lt;b&gt;prices&lt;/b&gt;" in page
    assert f"muted until {day(9)} by configuration" in page
    assert "by Ada: moved" in page
    assert "6 alert, muted" in page


def test_a_mute_can_be_of_one_segment() -> None:
    inbox = Inbox()
    monitor = watch(inbox, segments=["city"], segment_values={"city": ["Oslo"]}, reference=daily_log(days=7, seed=2))
    monitor.mute("amount", until="2999-01-01", since=day(0), by="Kim", segment="city=Oslo")
    monitor.run()
    found = {each.key.segment: each.state["alerts"].get("amount", {}).get("state") for each in monitor.history()[-3:]}
    assert found == {"": "ongoing", "city=Oslo": "muted", "city=other": "ongoing"}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"until": day(3), "since": day(5), "by": "Kim"}, "later"),
        ({"until": "soon", "by": "Kim"}, "must be a date"),
        ({"until": "2999-01-01", "by": " "}, "name"),
    ],
)
def test_words_that_make_no_sense_are_refused(words: dict[str, str], text: str) -> None:
    monitor = watch(Inbox())
    with pytest.raises(OptionError, match=text):
        monitor.mute("amount", **words)
    assert monitor.store.mutes("log") == []


def test_windows_of_rows_have_no_dates_to_mute_until() -> None:
    with pytest.raises(OptionError, match="windows of rows"):
        dl.Monitor(reference={"x": [1.0]}, window=100, mute={"x": "2999-01-01"})


def test_the_audit_log_is_in_the_store(tmp_path: Path) -> None:
    with watch(Inbox(), store=tmp_path / "h.db") as monitor:
        given = monitor.mute("amount", until="2999-01-01", by="Kim", reason="why")
    with open_store(tmp_path / "h.db") as store:
        assert store.mutes("log") == [given]
        assert store.mutes("other") == []
