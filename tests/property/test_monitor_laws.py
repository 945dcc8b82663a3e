"""Laws of monitors: windows do not depend on how a log is cut or ordered, nor on when and how often it is read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import driftline as dl
from driftline.monitor import Monitor
from driftline.monitor.windows import WindowSpec
from driftline.monitor.zones import to_micros

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo")
LENGTHS = ("15min", "1h", "6h", "1d", "7d", "1mo")
HOURS = 24 * 6
PAST = {"x": [float(value % 13) for value in range(500)], "c": ["a", "b"] * 250}


@st.composite
def logs(draw: st.DrawFn) -> dict[str, Any]:
    """Rows over six days around a change of the clock, in any order, some of them without a time."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    n = draw(st.integers(1, 400))
    hours = random.integers(0, HOURS, n)
    when = np.datetime64("2015-03-26", "s") + (hours * 3600 + random.integers(0, 3600, n)).astype("timedelta64[s]")
    when[random.random(n) < 0.02] = np.datetime64("NaT")
    city = np.array(["a", "b", "c"])[random.integers(0, 3, n)]
    return {"when": when, "x": random.integers(0, 13, n).astype(float), "c": city}


def history(log: Any, store: Any = ":memory:", **options: Any) -> Monitor:
    given = {"reference": PAST, "timestamp": "when", "timezone": "Europe/Berlin", "window": "1d", **options}
    return Monitor(log, store=store, policy=dl.Policy(min_rows=5), merge=2, **given)


def content(monitor: Monitor) -> list[Any]:
    records = monitor.store.windows()
    return [(each, monitor.store.decision(each.key)) for each in records]


@given(logs(), st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from(["6h", "1d"]))
@settings(max_examples=15, deadline=None)
def test_windows_do_not_depend_on_order_and_cut(log: dict[str, Any], seed: int, n_parts: int, window: str) -> None:
    whole = history(log, window=window, segments=["c"])
    whole.run(now="2015-04-01")
    order = np.random.default_rng(seed).permutation(len(log["when"]))
    parts = [{name: values[rows] for name, values in log.items()} for rows in np.array_split(order, n_parts)]
    cut = history(iter([part for part in parts if len(part["when"])]), window=window, segments=["c"])
    cut.run(now="2015-04-01")
    assert content(cut) == content(whole)


@given(logs(), st.lists(st.integers(0, HOURS), max_size=4))
@settings(max_examples=15, deadline=None)
def test_runs_at_any_times_leave_what_one_run_leaves(log: dict[str, Any], hours: list[int]) -> None:
    """No row of this log is late: each is there when its window is first decided."""
    whole = history(log)
    whole.run(now="2015-04-02")
    often = history(log)
    for hour in (*sorted(hours), 7 * 24):
        often.run(now=datetime(2015, 3, 26) + timedelta(hours=hour))
    assert content(often) == content(whole)
    assert often.run(now="2015-04-02").windows == []


@given(st.sampled_from(ZONES), st.sampled_from(LENGTHS), st.integers(-(10**9), 2 * 10**9), st.integers(0, 400 * 86_400))
@settings(max_examples=60, deadline=None)
def test_windows_cover_time_without_gap_and_overlap(zone: str, length: str, start: int, span: int) -> None:
    spec = WindowSpec.parse(length, zone)
    low, high = start * 10**6, (start + span) * 10**6
    edges = spec.edges(low, high)
    assert np.all(np.diff(edges) > 0)
    assert edges[0] <= low < edges[1]
    assert edges[-2] <= high < edges[-1]
    for instant in (low, high, int(edges[(len(edges) - 1) // 2])):
        window = spec.containing(instant)
        assert window.start <= instant < window.end
        assert window.start in edges
        assert window.end in edges


@given(st.sampled_from(ZONES), st.dates(datetime(1971, 1, 1).date(), datetime(2035, 1, 1).date()))
@settings(max_examples=60, deadline=None)
def test_a_day_is_the_time_between_two_midnights_of_its_zone(zone: str, day: Any) -> None:
    begin, end = (
        to_micros(datetime(each.year, each.month, each.day, tzinfo=ZoneInfo(zone)))
        for each in (day, day + timedelta(days=1))
    )
    assert WindowSpec.parse("1d", zone).containing(begin) == (begin, end)
