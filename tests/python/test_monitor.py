"""A monitor over a log: what is decided, when, and that a second run changes nothing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import driftline as dl
from driftline.errors import DataError, InputError, OptionError, StoreError
from driftline.monitor import LogRange, previous, rolling, same_hour, same_weekday
from driftline.monitor.open_profiles import OpenProfiles
from driftline.store import WindowRecord, open_store
from tests.python.forking import in_child
from tests.python.monitor_logs import daily_log, day, day_of, rows_of

FIRST_WEEK = LogRange(day(0), day(7))


def watch(log: Any, *, days: int = 14, **options: Any) -> dl.Monitor:
    given = {"reference": FIRST_WEEK, "timestamp": "when", "end": day(days), **options}
    return dl.Monitor(log, **given)


def verdicts(monitor: dl.Monitor, **options: Any) -> dict[str, str]:
    return {each.title: each.verdict for each in monitor.run(**options).windows}


def findings(records: list[WindowRecord]) -> dict[str, list[str]]:
    return {each.title: [found["code"] for found in each.findings] for each in records if each.findings}


def stored(monitor: dl.Monitor) -> list[Any]:
    """The whole history as it lies in the store, profiles and decisions included."""
    store = monitor.store
    records = store.windows()
    profiling = {each.key: store.decision(each.key) for each in records}
    return [records, profiling]


def test_each_day_is_decided_once_and_a_shift_is_found_on_its_day() -> None:
    monitor = watch(daily_log(shift={10: 2.0}))
    found = verdicts(monitor)
    assert list(found) == [day(number) for number in range(7, 14)]
    assert found.pop(day(10)) == "alert"
    assert set(found.values()) == {"ok"}


def test_a_second_run_writes_nothing() -> None:
    monitor = watch(daily_log(shift={10: 2.0}))
    monitor.run()
    before = stored(monitor)
    saved = []
    monitor.store.save = lambda *given: saved.append(given)  # type: ignore[method-assign]
    assert monitor.run().windows == []
    assert saved == []
    assert stored(monitor) == before


def test_day_by_day_gives_the_history_of_one_run(tmp_path: Path) -> None:
    log = daily_log(rows=120, shift={10: 0.6, 11: 0.6})  # small windows, so that some have to be merged
    whole = watch(log, end=None)
    whole.run(now=day(14))
    nightly = watch(log, end=None)
    for number in range(1, 15):
        nightly.run(now=day(number))
    assert stored(nightly) == stored(whole)
    assert any(each.span_start < each.key.start for each in whole.history())


def test_a_window_waits_for_its_delay() -> None:
    log = daily_log(days=9)
    monitor = watch(log, end=None, delay="6h")
    assert list(verdicts(monitor, now=f"{day(8)}T05:59")) == []
    run = monitor.run(now=f"{day(8)}T06:00")
    assert [each.title for each in run.windows] == [day(7)]
    assert run.pending == [day(8)]


def test_late_rows_are_reported_and_the_window_is_decided_again() -> None:
    log = daily_log()
    late = (day_of(log) == 9) & (np.arange(len(log["when"])) % 5 == 0)
    monitor = watch(rows_of(log, ~late))
    monitor.run()
    again = watch(log, store=monitor.store)
    run = again.run()
    assert [(each.title, each.is_update) for each in run.windows] == [(day(9), True)]
    assert "60 rows came after" in run.windows[0].record.findings[0]["text"]
    assert again.run().windows == []
    assert findings(again.history())[day(9)] == ["late_rows"]


def test_a_missing_day_is_an_alert_and_its_neighbours_are_not() -> None:
    log = daily_log()
    monitor = watch(rows_of(log, day_of(log) != 9))
    found = verdicts(monitor)
    assert found.pop(day(9)) == "alert"
    assert set(found.values()) == {"ok"}
    assert findings(monitor.history()) == {day(9): ["missing"]}


def test_a_log_that_stopped_is_missing_until_now() -> None:
    found = verdicts(watch(daily_log(days=10), end=None), now=day(13))
    assert [found[day(number)] for number in range(7, 13)] == ["ok"] * 3 + ["alert"] * 3


def test_a_day_whose_rows_are_gone_keeps_its_decision() -> None:
    log = daily_log()
    monitor = watch(log)
    monitor.run()
    before = stored(monitor)
    run = watch(rows_of(log, day_of(log) != 9), store=monitor.store).run()
    assert run.vanished == [day(9)]
    assert stored(monitor) == before


@pytest.mark.parametrize(
    ("keep", "code"),
    [
        (lambda _, on: ~on | (np.arange(len(on)) % 4 == 0), "volume_low"),
        (lambda _, on: np.sort(np.concatenate([np.arange(len(on)), np.flatnonzero(on)])), "volume_high"),
        (lambda log, on: ~on | (log["when"] < np.datetime64(f"{day(30)}T14:00")), "partial"),
        (lambda log, on: ~on | (log["when"] > np.datetime64(f"{day(30)}T10:00")), "partial"),
        (lambda _, on: ~on | (np.cumsum(on) <= 20), "too_small"),
    ],
    ids=["thinned", "doubled", "cut off at its end", "cut off at its beginning", "tiny"],
)
def test_a_thinned_doubled_truncated_or_tiny_day_is_a_finding(keep: Any, code: str) -> None:
    log = daily_log(days=35)
    log = rows_of(log, keep(log, day_of(log) == 30))
    found = findings(_history(watch(log, days=35)))
    assert code in found.pop(day(30))
    assert found == {}


def test_a_day_without_a_single_value_is_empty() -> None:
    log = daily_log()
    on = day_of(log) == 9
    frame = pd.DataFrame(log)
    frame.loc[on, ["amount", "city"]] = None
    assert "empty" in findings(_history(watch(frame)))[day(9)]


def _history(monitor: dl.Monitor) -> list[WindowRecord]:
    monitor.run()
    return monitor.history()


def test_rows_without_a_window_are_counted() -> None:
    log = daily_log(days=10)
    frame = pd.DataFrame(log)
    frame.loc[:4, "when"] = pd.NaT
    frame.loc[5:7, "when"] = pd.Timestamp("2999-01-01")
    frame.loc[8:9, "when"] = pd.Timestamp("1999-01-01")
    run = watch(frame, start=day(0), end=None).run(now=day(10))
    assert run.counts == {"null_timestamps": 5, "future_timestamps": 3, "outside_start_end": 2}
    assert run.n_rows == 3000


def test_an_undecided_window_is_merged_with_those_before_until_it_is_settled() -> None:
    log = daily_log(rows=40, days=16)  # fewer than min_rows: alone, no day can be judged
    past = daily_log(rows=3000, days=7, seed=2)
    spans = {each.title: each for each in _history(watch(log, days=16, reference=past, merge=10))}
    first, last = spans[day(0)], spans[day(15)]
    assert first.verdict == "skipped"
    assert last.verdict == "ok"
    assert last.span_start < last.key.start
    days = [number for number in range(16) if last.span_start <= _start(number) <= last.key.start]
    ignore_when = dl.Schema(kinds={"when": "ignore"})
    expected = dl.check(past, rows_of(log, np.isin(day_of(log), days)), schema=ignore_when)
    assert {name: found[:2] for name, found in last.columns.items()} == {
        name: [column.verdict, column.reasons[0].value] for name, column in expected.columns.items()
    }
    of_the_log = _history(watch(log, days=16, merge=10))
    assert all(each.span_start >= _start(7) for each in of_the_log), "windows of the reference are not merged"
    unmerged = _history(watch(log, days=16, merge=0))
    assert {each.verdict for each in unmerged} == {"skipped"}


def _start(number: int) -> int:
    return int(np.datetime64(day(number), "us").astype(int))


def test_references_that_move_compare_with_the_windows_they_name() -> None:
    log = daily_log(days=22, rows=1500, shift=dict.fromkeys((5, 12, 19), 3.0))  # every Saturday is another world
    weekly = verdicts(watch(log, days=22, reference=same_weekday(2)))
    assert [weekly[day(number)] for number in range(22)] == ["skipped"] * 14 + ["ok"] * 8
    daily = verdicts(watch(log, days=22, reference=previous()))
    assert [number for number in range(22) if daily[day(number)] == "alert"] == [5, 6, 12, 13, 19, 20]
    monitor = watch(log, days=22, reference=rolling(3))
    record = next(each for each in _history(monitor) if each.title == day(9))
    three = dl.profile(rows_of(log, np.isin(day_of(log), [6, 7, 8])), schema=dl.Schema(kinds={"when": "ignore"}))
    assert record.reference_digest == three.digest
    assert record.key.series.reference == "rolling 3"
    hourly = watch(rows_of(log, day_of(log) < 4), days=4, window="6h", reference=same_hour(1), policy=dl.Policy())
    assert len(hourly.run().windows) == 16


def test_several_references_have_a_history_each() -> None:
    log = daily_log(shift=dict.fromkeys(range(10, 14), 2.0))
    run = watch(log, reference={"quarter": FIRST_WEEK, "yesterday": previous()}).run()
    quarter = [each.verdict for each in run.windows if each.reference == "quarter"]
    yesterday = {each.title: each.verdict for each in run.windows if each.reference == "yesterday"}
    assert quarter == ["ok"] * 3 + ["alert"] * 4
    assert [number for number in range(1, 14) if yesterday[day(number)] == "alert"] == [10]


def test_a_fixed_reference_of_data_gives_what_check_gives() -> None:
    log = daily_log(shift={10: 0.4})
    past = daily_log(days=7, seed=2)
    run = watch(log, reference=past).run()
    for number, each in enumerate(run.windows):
        expected = dl.check(past, rows_of(log, day_of(log) == number), schema=dl.Schema(kinds={"when": "ignore"}))
        if each.record.span_start == each.record.key.start:
            assert each.decision is not None
            assert each.decision.to_dict() == expected.to_dict()


def test_windows_of_rows_need_no_timestamp_and_wait_until_they_are_full() -> None:
    log = daily_log(days=4)
    del log["when"]
    monitor = dl.Monitor(
        log, reference=daily_log(days=7, seed=2), window=500, schema=dl.Schema(kinds={"when": "ignore"})
    )
    run = monitor.run()
    assert [each.title for each in run.windows] == ["rows 0 to 500", "rows 500 to 1,000"]
    assert run.pending == ["rows 1,000 to 1,500"]
    assert monitor.run().windows == []


def test_segments_are_judged_apart_with_one_correction_for_all() -> None:
    log = daily_log(rows=1200)
    log["amount"] = np.where((log["city"] == "Rome") & (day_of(log) == 9), log["amount"] + 3, log["amount"])
    past = daily_log(days=7, rows=1200, seed=2)
    run = watch(log, reference=past, segments=["city"], max_segments=2, merge=0).run()
    on_day = {each.segment: each for each in run.windows if each.title == day(9)}
    names = {"", *(f"city={name}" for name in _most_frequent(past["city"], 2)), "city=other"}
    assert set(on_day) == names
    raised = {segment for segment, each in on_day.items() if each.verdict == "alert" and segment}
    assert raised == ({"city=Rome"} if "city=Rome" in names else {"city=other"})
    rows = {segment: each.record.n_rows for segment, each in on_day.items()}
    assert sum(number for segment, number in rows.items() if segment) == rows[""] == 1200
    reason = on_day[raised.pop()].decision.columns["amount"].reasons[0]  # type: ignore[union-attr]
    alone = dl.check(rows_of(past, past["city"] == "Rome"), rows_of(log, (day_of(log) == 9) & (log["city"] == "Rome")))
    assert reason.p_adjusted is not None
    assert reason.p_adjusted >= (alone.columns["amount"].reasons[0].p_adjusted or 0.0)


def _most_frequent(values: Any, number: int) -> list[str]:
    names, counts = np.unique(values, return_counts=True)
    return [names[index] for index in np.lexsort((names, -counts))[:number]]


def test_segments_of_a_saved_profile_are_refused_with_what_would_work() -> None:
    log = daily_log()
    with pytest.raises(OptionError, match="segment_values"):
        watch(log, reference=dl.profile(log), segments=["city"]).run()
    values = {"city": ["Oslo", "Rome"]}
    run = watch(log, segments=["city"], segment_values=values).run()
    assert {each.segment for each in run.windows} == {"", "city=Oslo", "city=Rome", "city=other"}


def test_an_accepted_change_is_reported_and_alerts_no_more_until_it_expires() -> None:
    log = daily_log(shift=dict.fromkeys(range(9, 14), 2.0))
    monitor = watch(log)
    monitor.accept("amount", reason="new price list", by="Kim", since=day(10), until=day(13))
    found = monitor.run().windows
    assert [each.verdict for each in found] == ["ok", "ok", "alert", "ok", "ok", "ok", "alert"]
    assert [each.accepted for each in found if each.accepted] == [["amount"]] * 3
    assert [each.verdict for each in monitor.history()][2:] == ["alert"] * 5, "what was measured stays"
    (line,) = monitor.store.acceptances("log")
    assert (line.reason, line.by) == ("new price list", "Kim")
    with pytest.raises(OptionError, match="reason"):
        monitor.accept("amount", reason=" ", by="Kim")


def test_of_two_acceptances_the_one_given_last_holds() -> None:
    monitor = watch(daily_log(shift=dict.fromkeys(range(9, 14), 2.0)))
    monitor.accept("amount", reason="new price list", by="Kim", since=day(12))
    monitor.accept("amount", reason="it began earlier", by="Kim", since=day(9))
    monitor.accept("amount", reason="and ends", by="Kim", since=day(9), until=day(11))
    found = monitor.run().windows
    assert [each.verdict for each in found] == ["ok", "ok", "ok", "ok", "alert", "alert", "alert"]
    assert [line.reason for line in monitor.store.acceptances("log")][-1] == "and ends"


def test_a_new_reference_can_be_made_of_stored_windows() -> None:
    log = daily_log(shift=dict.fromkeys(range(9, 14), 2.0))
    monitor = watch(log)
    monitor.run()
    made, number = monitor.merged_windows(day(9), day(14))
    rows = rows_of(log, day_of(log) >= 9)
    assert number == 5
    assert made == dl.profile(rows, schema=dl.Schema(kinds={"when": "ignore"}))
    assert set(verdicts(watch(rows, reference=made)).values()) == {"ok"}


def test_rows_logged_one_by_one_give_the_history_of_the_log(tmp_path: Path) -> None:
    log = daily_log(days=3)
    past = daily_log(days=7, seed=2)
    clock = [0.0]
    live = dl.Monitor(reference=past, timestamp="when", clock=lambda: clock[0])
    for when, amount, city in zip(log["when"].tolist(), log["amount"].tolist(), log["city"].tolist(), strict=True):
        clock[0] = when.replace(tzinfo=timezone.utc).timestamp()
        live.log({"when": when, "amount": amount, "city": city})
    clock[0] += 86_400
    live.flush()
    listed = {name: values.tolist() for name, values in log.items()}
    whole = dl.Monitor(listed, reference=past, timestamp="when", end=day(3))
    whole.run()
    assert live.history() == whole.history()


def test_a_window_is_decided_by_the_call_that_finds_it_complete() -> None:
    log = daily_log(days=2)
    clock = [datetime(2024, 3, 4, 12, tzinfo=timezone.utc).timestamp()]
    live = dl.Monitor(reference=daily_log(days=7, seed=2), timestamp="when", clock=lambda: clock[0])
    assert live.log(rows_of(log, log["when"] < np.datetime64("2024-03-04T12:00"))) is None
    clock[0] += 86_400
    run = live.log(rows_of(log, log["when"] < np.datetime64("2024-03-04T01:00")))
    assert run is not None
    assert [each.title for each in run.windows] == [day(0)]


def test_a_restart_and_a_second_process_add_to_the_same_window(tmp_path: Path) -> None:
    log = daily_log(days=1)
    past = daily_log(days=7, seed=2)
    now = datetime(2024, 3, 5, tzinfo=timezone.utc).timestamp()
    for part in range(3):
        with dl.Monitor(reference=past, timestamp="when", store=tmp_path / "h.db", clock=lambda: now - 1) as monitor:
            monitor.log(rows_of(log, np.arange(300) % 3 == part))
    with dl.Monitor(reference=past, timestamp="when", store=tmp_path / "h.db", clock=lambda: now) as monitor:
        (found,) = monitor.flush().windows
    assert found.record.digest == dl.profile(log, schema=dl.Schema(kinds={"when": "ignore"})).digest


def test_many_threads_log_without_losing_a_row() -> None:
    live = dl.Monitor(reference=daily_log(days=2, seed=2), timestamp="when", clock=lambda: 1_709_550_000.0)
    when = datetime(2024, 3, 4, tzinfo=timezone.utc)

    def work() -> None:
        for number in range(700):
            live.log({"when": when, "amount": float(number), "city": "Oslo"})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live.flush()
    assert live.flush().counts == {}
    merged, _ = live.merged_windows(day(0), day(1))
    assert merged.n_rows == 2800


def test_threads_that_log_while_windows_become_complete_leave_the_history_of_the_log() -> None:
    log = daily_log(days=3, rows=2000)
    past = daily_log(days=7, seed=2)
    rows = list(zip(log["when"].tolist(), log["amount"].tolist(), log["city"].tolist(), strict=True))
    clock = [rows[0][0]]
    live = dl.Monitor(
        reference=past, timestamp="when", delay="6h", clock=lambda: clock[0].replace(tzinfo=timezone.utc).timestamp()
    )
    barrier = threading.Barrier(4)
    runs = []

    def work(number: int) -> None:
        for begin in range(0, len(rows), 500):  # no thread runs ahead of the others by more than a quarter of a day
            barrier.wait(60)
            for when, amount, city in rows[begin + number : begin + 500 : 4]:
                clock[0] = max(clock[0], when)
                runs.append(live.log({"when": when, "amount": amount, "city": city}))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock[0] += timedelta(days=2)
    runs.append(live.flush())
    decided = [each.title for run in runs if run is not None for each in run.windows if each.record.n_rows]
    assert decided == [day(0), day(1), day(2)]
    whole = dl.Monitor({name: values.tolist() for name, values in log.items()}, reference=past, timestamp="when")
    whole.run(now=clock[0].replace(tzinfo=timezone.utc))
    assert [(each.key.start, each.digest, each.verdict) for each in live.history()] == [
        (each.key.start, each.digest, each.verdict) for each in whole.history()
    ]


def hold(lock: Any, inside: threading.Event, done: threading.Event) -> None:
    with lock:
        inside.set()
        done.wait(60)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_rows_that_wait_are_stored_by_the_process_that_logged_them_and_no_other(tmp_path: Path) -> None:
    now = datetime(2024, 3, 4, 12, tzinfo=timezone.utc)
    options: dict[str, Any] = {"timestamp": "when", "store": tmp_path / "h.db", "clock": now.timestamp}
    live = dl.Monitor(reference=daily_log(days=2, seed=2), **options)

    def log(number: int) -> None:
        for value in range(number):
            live.log({"when": now, "amount": float(value), "city": "Oslo"})

    def work_of_child(number: int) -> None:
        log(number)
        live.close()

    log(100)
    in_child(lambda: work_of_child(30))
    log(7)
    holder = threading.Thread(target=hold, args=(live._lock, inside := threading.Event(), done := threading.Event()))
    holder.start()
    assert inside.wait(30)
    in_child(lambda: work_of_child(1))
    done.set()
    holder.join()
    live.flush()
    in_child(live.flush)
    live.close()
    with dl.Monitor(reference=daily_log(days=2, seed=2), **options) as monitor:
        assert monitor.merged_windows(day(0), day(1))[0].n_rows == 138


def test_closing_and_flushing_again_stores_nothing_twice(tmp_path: Path) -> None:
    now = datetime(2024, 3, 4, 12, tzinfo=timezone.utc)
    options: dict[str, Any] = {"timestamp": "when", "store": tmp_path / "h.db", "clock": now.timestamp}
    live = dl.Monitor(reference=daily_log(days=2, seed=2), **options)
    batch = {"when": [now] * 100, "amount": [1.0] * 100, "city": ["Oslo"] * 100}
    live.log(batch)
    assert live.flush().windows == []
    live.flush()
    live.log(batch)
    live.close()
    live.close()
    with dl.Monitor(reference=daily_log(days=2, seed=2), **options) as monitor:
        assert monitor.merged_windows(day(0), day(1))[0].n_rows == 200


def test_a_segment_that_skips_a_window_goes_on_where_it_was() -> None:
    log = daily_log(days=12, rows=600, shift=dict.fromkeys(range(8, 12), 3.0))
    gone = (log["city"] == "Lima") & (day_of(log) == 9)
    monitor = watch(rows_of(log, ~gone), days=12, segments=["city"], segment_values={"city": ["Lima"]}, merge=0)
    monitor.run()
    found = {each.title: each for each in monitor.history(segment="city=Lima")}
    assert list(found) == [day(7), day(8), day(10), day(11)]
    states = {title: each.state["alerts"].get("amount") for title, each in found.items()}
    assert [states[day(number)]["state"] for number in (8, 10, 11)] == ["new", "ongoing", "ongoing"]
    assert states[day(8)]["since"] == states[day(11)]["since"]


def test_decisions_of_all_windows_can_be_had_after_a_long_run_and_are_those_that_were_stored(tmp_path: Path) -> None:
    log = daily_log(days=40, rows=100, shift={30: 1.0})
    monitor = watch(log, days=40, segments=["city"], segment_values={"city": ["Oslo"]}, store=tmp_path / "h.db")
    windows = monitor.run().windows
    assert len(windows) > 64
    assert any(each.record.span_start < each.record.key.start for each in windows)
    for each in windows:
        assert each.decision is not None
        assert each.decision.to_json() == monitor.store.decision(each.record.key)


@pytest.mark.parametrize("reference", [rolling(5), same_weekday(2)])
def test_decisions_against_windows_before_can_be_made_again(reference: Any) -> None:
    monitor = watch(daily_log(days=40, rows=100), days=40, reference=reference)
    for each in monitor.run().windows:
        found = "" if each.decision is None else each.decision.to_json()
        assert found == monitor.store.decision(each.record.key)


def test_a_log_that_comes_back_to_windows_again_and_again_gives_the_same_history() -> None:
    """As files do that hold a year of one region each."""
    log = daily_log(days=30, rows=400)
    parts = [rows_of(log, np.arange(len(log["when"])) % 8 == part) for part in range(8)]
    whole, cut = watch(log, days=30), watch(iter(parts), days=30)
    whole.run()
    cut.run()
    assert stored(cut) == stored(whole)


def test_few_windows_are_open_while_a_sorted_log_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    most = []
    begin = OpenProfiles._begin

    def counted(self: OpenProfiles, *given: Any) -> Any:
        found = begin(self, *given)
        most.append(len(self._open))
        return found

    monkeypatch.setattr(OpenProfiles, "_begin", counted)
    log = daily_log(days=30)
    order = np.argsort(log["when"] + np.random.default_rng(1).integers(0, 3_600, len(log["when"])).astype("m8[s]"))
    watch(iter([rows_of(log, rows) for rows in np.array_split(order, 20)]), days=30).run()
    assert max(most) == 2


def test_segments_of_the_current_window_stay_open_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    begin = OpenProfiles._begin

    def counted(self: OpenProfiles, key: Any, *given: Any) -> Any:
        begun.append(key)
        return begin(self, key, *given)

    monkeypatch.setattr(OpenProfiles, "_begin", counted)
    log = daily_log(days=10)
    log["shop"] = np.array([f"shop {i}" for i in range(30)])[np.arange(len(log["when"])) % 30]
    values = {"shop": [f"shop {i}" for i in range(20)]}
    parts = [rows_of(log, slice(begin, begin + 100)) for begin in range(0, 3000, 100)]
    watch(iter(parts), days=10, segments=["shop"], max_segments=20, segment_values=values).run()
    assert len(begun) == len(set(begun)) == 10 * 22


def test_a_full_temporary_folder_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def seek(self, *_: object) -> int:
            return 0

        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", lambda _: Full())
    with pytest.raises(StoreError, match=r"No space left on device.*TMPDIR"):
        watch(daily_log()).run()


def test_a_log_that_jumps_between_too_many_windows_is_refused_with_what_would_work() -> None:
    log = daily_log(days=40, rows=60)
    mixed = rows_of(log, np.random.default_rng(1).permutation(len(log["when"])))
    batches = [rows_of(mixed, slice(begin, begin + 50)) for begin in range(0, 2400, 50)]
    with pytest.raises(DataError, match="max_open_windows"):
        watch(iter(batches), days=40, max_open_windows=2).run()
    whole = watch(log, days=40)
    whole.run()
    cut = watch(iter(batches), days=40, max_open_windows=30)
    cut.run()
    assert stored(cut) == stored(whole)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"timestamp": None}, "need timestamp"),
        ({"timestamp": "wehn"}, "did you mean 'when'"),
        ({"segments": ["town"]}, "town"),
        ({"end": "soon"}, "end must be a date"),
        ({"start": day(5), "end": day(2)}, "end must come after start"),
        ({"volume": (2.0, 3.0)}, "volume"),
        ({"merge": -1}, "merge"),
        ({"on_missing": "cry"}, "on_missing"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"windw": "1d"}, "windw"),
        ({"reference": None}, "reference is missing"),
        ({"reference": LogRange(day(40), day(50))}, "no whole window"),
        ({"store": "redis://x"}, "redis"),
        ({"store": "no/such/folder/h.db"}, "does not exist"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(options: dict[str, Any], text: str) -> None:
    with pytest.raises(dl.DriftlineError, match=text):
        watch(daily_log(), **options).run()


def test_a_monitor_without_a_log_cannot_run() -> None:
    with pytest.raises(InputError, match="log"):
        watch(None).run()


def test_an_empty_log_decides_nothing(tmp_path: Path) -> None:
    log = rows_of(daily_log(), slice(0, 0))
    assert watch(log, reference=daily_log(days=7)).run().windows == []
    with open_store(tmp_path / "h.db") as store:
        assert store.windows() == []
