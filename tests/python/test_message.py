"""Messages say what, how much, since when, which way and where to look; in any zone, for any name, never too long."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import driftline as dl
from driftline.notify import ColumnChange, Message


def microseconds(*parts: int, zone: str = "UTC") -> int:
    moment = datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[misc,arg-type]
    return int(moment.astimezone(timezone.utc).timestamp()) * 1_000_000


def change(column: str = "age", **more: Any) -> ColumnChange:
    return ColumnChange(column=column, change="new", sentence=f"{column} moved up: median 31 → 61.", **more)


def test_a_message_says_everything_a_person_asks() -> None:
    since = microseconds(2015, 6, 28)
    told = change(value=0.5123, ci_low=0.4512, ci_high=0.5789, tolerance=0.25, source="psi", since=since)
    window = {"start": microseconds(2015, 7, 1), "end": microseconds(2015, 7, 2)}
    message = Message(dataset="flights", verdict="alert", changes=(told,), link="https://reports/7.html", **window)
    assert message.title == "ALERT flights 2015-07-01: age"
    assert message.text == (
        "new: age moved up: median 31 → 61. PSI 0.51 [0.45, 0.58], tolerance 0.25. Since 2015-06-28.\n"
        "report: https://reports/7.html"
    )


@pytest.mark.parametrize(
    ("start", "end", "zone", "said"),
    [
        ((2015, 7, 1), (2015, 7, 2), "UTC", "2015-07-01"),
        ((2015, 7, 1), (2015, 7, 8), "UTC", "2015-07-01 to 2015-07-07"),
        ((2015, 7, 1, 13), (2015, 7, 1, 14), "UTC", "2015-07-01 13:00Z to 14:00"),
        ((2015, 7, 1, 23), (2015, 7, 2), "UTC", "2015-07-01 23:00Z to 2015-07-02 00:00Z"),
        ((2015, 3, 29), (2015, 3, 30), "Europe/Berlin", "2015-03-29"),  # 23 hours
        ((2015, 10, 25), (2015, 10, 26), "Europe/Berlin", "2015-10-25"),  # 25 hours
        ((2015, 7, 1, 13, 30), (2015, 7, 1, 14), "Asia/Kolkata", "2015-07-01 13:30+0530 to 14:00"),
    ],
)
def test_a_window_is_told_in_its_own_zone(start: Any, end: Any, zone: str, said: str) -> None:
    ends = {"start": microseconds(*start, zone=zone), "end": microseconds(*end, zone=zone)}
    assert Message(dataset="d", verdict="ok", zone=zone, **ends).window == said


def test_a_window_of_rows_is_told_in_rows() -> None:
    message = Message(dataset="d", verdict="alert", start=10_000, end=20_000, rows=True, changes=(change(since=5000),))
    assert message.window == "rows 10,000 to 20,000"
    assert message.text.endswith("Since row 5,000.")
    assert message.to_dict()["window"]["unit"] == "rows"


def test_the_message_about_a_decision_names_what_alerts_worst_first() -> None:
    random = np.random.default_rng(7)
    before = {name: random.normal(0, 1, 2000) for name in ("calm", "far", "near")}
    after = {"calm": random.normal(0, 1, 2000), "far": random.normal(3, 1, 2000), "near": random.normal(1, 1, 2000)}
    decision = dl.check(before, after)
    message = Message.of_decision(decision, dataset="loans", link="report.html")
    assert [each.column for each in message.changes] == ["far", "near"]
    worst, reason = message.changes[0], decision.columns["far"].reasons[0]
    assert (worst.value, worst.ci_low, worst.ci_high) == (reason.value, reason.ci_low, reason.ci_high)
    assert worst.text == reason.text
    assert "far moved up: median" in message.text
    assert reason.text in message.text


def test_a_column_without_numbers_is_told_by_its_sentence() -> None:
    decision = dl.check({"x": [1, 2] * 500, "y": [1, 2] * 500}, {"x": [1, 2] * 500})
    message = Message.of_decision(decision, dataset="loans")
    assert message.text == "alert: y is absent from the current data.\n1 of 2 judged columns drifted"


def test_the_json_is_strict_whatever_the_numbers() -> None:
    message = Message(dataset="d", verdict="alert", changes=(change(value=float("nan"), ci_high=float("inf")),))
    data = json.loads(json.dumps(message.to_dict(), allow_nan=False))
    assert data["changes"][0]["value"] is None
    assert data["changes"][0]["ci_high"] is None


def test_the_id_is_that_of_the_content() -> None:
    assert Message(dataset="d", verdict="ok").id == Message(dataset="d", verdict="ok").id
    assert Message(dataset="d", verdict="ok").id != Message(dataset="e", verdict="ok").id


def test_many_columns_make_a_short_text_and_a_whole_payload() -> None:
    message = Message(dataset="d", verdict="alert", changes=tuple(change(f"c{index}") for index in range(200)))
    assert message.title == "ALERT d: c0, c1, c2 and 197 more"
    assert message.text.count("\n") == 10
    assert "and 190 more columns" in message.text
    assert len(message.to_dict()["changes"]) == 200


def test_no_name_or_label_can_start_a_line_or_grow_without_end() -> None:
    told = ColumnChange(column="a\nb\x1b[31m", change="new", sentence="x\r\nreport: http://evil " + "y" * 10_000)
    message = Message(dataset="d\nALERT", verdict="alert", changes=(told,))
    assert "\n" not in message.title
    assert message.text.count("\n") == 0
    assert "\x1b" not in message.title + message.text
    assert len(message.title) < 300
    assert len(message.text) < 1200
