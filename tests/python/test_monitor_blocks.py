"""Blocks in a monitor: the same numbers as `check` with blocks gives, whatever a block and a reference is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import driftline as dl
from driftline.errors import OptionError
from driftline.monitor import LogRange, blocks, open_blocks, previous, rolling, same_weekday
from driftline.monitor.blocks import BlockSpec, merge_blocks, pack_blocks, sampled, unpack_blocks
from driftline.monitor.windows import WindowSpec
from tests.calibration import flight_days
from tests.python.monitor_logs import daily_log, day, day_of, rows_of

IGNORE_WHEN = dl.Schema(kinds={"when": "ignore"})


def wandering(days: int = 40, rows: int = 240, seed: int = 5) -> dict[str, Any]:
    """A log whose mean wanders from day to day and from hour to hour, with 60 users who differ as well."""
    random = np.random.default_rng(seed)
    log = daily_log(days, rows, seed=seed)
    user = random.integers(0, 60, days * rows)
    by_day, by_hour = random.normal(0, 0.4, days), random.normal(0, 0.3, days * 24)
    hour = (log["when"] - np.datetime64("2024-03-04")).astype("timedelta64[h]").astype(int)
    log["amount"] = log["amount"] + by_day[day_of(log)] + by_hour[hour] + random.normal(0, 0.5, 60)[user]
    return {**log, "user": user}


def parts(log: dict[str, Any], labels: Any) -> list[dl.Profile]:
    return [dl.profile(rows_of(log, labels == each), schema=IGNORE_WHEN) for each in np.unique(labels)]


def hour_of(log: dict[str, Any]) -> Any:
    return (log["when"] - np.datetime64("2024-03-04")).astype("timedelta64[h]").astype(int)


def assert_same(found: dl.Decision, wanted: dl.Decision) -> None:
    """But for the order in which blocks are added up."""
    for name, column in wanted.report.columns.items():
        for method, evidence in column.evidence.items():
            own = found.report[name, method]
            assert (own.value, own.n_reference, own.n_current) == (
                *(evidence.value, evidence.n_reference, evidence.n_current),
            )
            assert own.effective_rows == pytest.approx(evidence.effective_rows, rel=1e-9)
            assert own.p_value == (evidence.p_value and pytest.approx(evidence.p_value, rel=1e-6))
        worth = wanted.report.row_worth[name]
        assert found.report.row_worth[name].nulls == pytest.approx(worth.nulls, rel=1e-9)


LABELS = {"day": day_of, "hour": hour_of, "6h": lambda log: hour_of(log) // 6, "user": lambda log: log["user"]}


@pytest.mark.parametrize("window", ["1d", "6h"])
@pytest.mark.parametrize("block", LABELS)
def test_a_window_gets_the_numbers_of_a_check_with_the_same_blocks(block: str, window: str) -> None:
    log = wandering()
    monitor = dl.Monitor(
        *(log,),
        reference=LogRange(day(0), day(30)),
        timestamp="when",
        end=day(40),
        window=window,
        block=block,
        merge=0,
    )
    results = monitor.run().windows
    length = 24 if window == "1d" else 6
    for number in (0, 3):
        found = results[number].decision
        assert found is not None
        begin = 30 * 24 + number * length
        sides = rows_of(log, day_of(log) < 30), rows_of(log, (hour_of(log) >= begin) & (hour_of(log) < begin + length))
        given = tuple(parts(side, LABELS[block](side)) for side in sides)
        if block == "hour":  # the reference has 720 of them: a sample is kept, which the monitor alone knows
            assert len(given[0]) == 720
            worth = found.report["amount", "psi"].effective_rows[0]
            whole = dl.compare(*(dl.profile(side, schema=IGNORE_WHEN) for side in sides), blocks=given)
            assert worth == pytest.approx(whole["amount", "psi"].effective_rows[0], rel=0.5)
            continue
        wanted = dl.check(*(dl.profile(side, schema=IGNORE_WHEN) for side in sides), blocks=given)
        assert_same(found, wanted)
    assert all("independent ones" in each.record.findings[-1]["text"] for each in results)


def test_blocks_come_from_the_store_as_they_were_when_they_were_read(tmp_path: Path) -> None:
    log = wandering(12)
    for block in ("6h", "user"):
        options = {"reference": rolling(3), "timestamp": "when", "block": block, "segments": ["city"]}
        options["segment_values"] = {"city": ["Oslo"]}
        whole = dl.Monitor(log, **options, end=day(12))
        whole.run()
        nightly = dl.Monitor(log, **options, store=tmp_path / f"{block}.db", lookback="1d")
        for number in range(1, 13):
            nightly.run(now=day(number))
        assert nightly.history() == whole.history()
        assert any(each.verdict != "skipped" for each in whole.history())
        profiling = nightly._judge.settings.profiling_hash(None)
        kept = nightly.store.profiles("log", f"{profiling}-blocks")
        assert len(kept) == 12
        assert nightly.store.delete_before(2**62) > 0
        assert nightly.store.profiles("log", f"{profiling}-blocks") == []


def test_rows_that_a_service_logs_have_the_blocks_of_a_log(tmp_path: Path) -> None:
    log = wandering(16)
    options = {"reference": LogRange(day(0), day(12)), "timestamp": "when", "block": "user", "end": day(16)}
    whole = dl.Monitor(log, **options)
    whole.run()
    store = tmp_path / "live.db"
    for part in range(3):  # as three processes
        with dl.Monitor(**options, store=store) as monitor:
            monitor.log(rows_of(log, np.arange(len(log["when"])) % 3 == part))
    with dl.Monitor(**options, store=store) as monitor:
        monitor.flush()
        assert monitor.history() == whole.history()


def test_a_reference_of_data_is_cut_into_blocks_too() -> None:
    past, log = wandering(20, seed=6), wandering(4)
    run = dl.Monitor(log, reference=past, timestamp="when", end=day(4), block="day", merge=0).run()
    found = run.windows[1].decision
    assert found is not None
    sides = past, rows_of(log, day_of(log) == 1)
    given = tuple(parts(side, day_of(side)) for side in sides)
    wanted = dl.check(*(dl.profile(side, schema=IGNORE_WHEN) for side in sides), blocks=given)
    assert_same(found, wanted)


def test_windows_that_are_merged_bring_their_blocks_along() -> None:
    log = wandering(30)
    monitor = dl.Monitor(log, reference=LogRange(day(0), day(20)), timestamp="when", end=day(30), block="day", merge=9)
    results = monitor.run().windows
    last = min(results, key=lambda each: each.record.span_start - each.record.key.start)
    assert last.record.span_start < last.record.key.start
    days = [number for number in range(20, 30) if last.record.span_start <= _start(number) <= last.record.key.start]
    sides = rows_of(log, day_of(log) < 20), rows_of(log, np.isin(day_of(log), days))
    given = tuple(parts(side, day_of(side)) for side in sides)
    wanted = dl.check(*(dl.profile(side, schema=IGNORE_WHEN) for side in sides), blocks=given)
    assert last.decision is not None
    assert_same(last.decision, wanted)


def _start(number: int) -> int:
    return int(np.datetime64(day(number), "us").astype(int))


def test_of_many_blocks_the_same_sample_is_kept_in_whatever_order_and_parts_they_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 20)
    monkeypatch.setattr(open_blocks, "MOST_COLUMNS", 50)  # so that windows wait in the file
    log = wandering(16)
    expected = {f"int {user}" for user in range(60)}
    expected = set(sampled(expected))
    assert len(expected) == 20
    shuffled = rows_of(log, np.random.default_rng(2).permutation(len(log["when"])))
    histories = []
    for given in (log, [rows_of(shuffled, np.arange(len(log["when"])) % 7 == part) for part in range(7)]):
        data = iter([pd.DataFrame(each) for each in ([given] if isinstance(given, dict) else given)])
        options = {"reference": LogRange(day(0), day(12)), "timestamp": "when", "block": "user", "end": day(16)}
        monitor = dl.Monitor(data, **options, merge=0)
        monitor.run()
        histories.append(monitor.history())
        kept = monitor.store.profiles("log", f"{monitor.settings.profiling_hash(None)}-blocks")
        record = monitor.store.profile(kept[-1].key)
        assert record is not None
        assert set(unpack_blocks(record.data)) <= expected
    assert histories[0] == histories[1]


def test_merging_samples_gives_the_sample_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 5)
    random = np.random.default_rng(3)
    sides = [{f"u{i}": dl.profile({"x": [float(i)]}) for i in random.integers(0, 30, 12)} for _ in range(2)]
    merged = merge_blocks(sides)
    assert merged == merge_blocks([{name: side[name] for name in sampled(side)} for side in sides])
    assert set(merged) == set(sampled({*sides[0], *sides[1]}))
    assert unpack_blocks(pack_blocks(merged)) == merged
    for data in (b"", b"\x05\0\0\0\0\0\0\0[1,2]", pack_blocks(merged)[:-3]):
        with pytest.raises(dl.FormatError):
            unpack_blocks(data)


def test_rows_without_a_user_are_in_no_block() -> None:
    log = pd.DataFrame(wandering(16))
    log["user"] = log["user"].astype("Float64").where(log.index % 10 > 0)
    options = {"reference": LogRange(day(0), day(12)), "timestamp": "when", "end": day(16), "merge": 0}
    monitor = dl.Monitor(log, **options, block="user")
    run = monitor.run()
    assert run.windows[0].record.n_rows == 240
    record = monitor.store.profile(
        monitor.store.profiles("log", f"{monitor.settings.profiling_hash(None)}-blocks")[0].key
    )
    assert record is not None
    assert sum(each.n_rows for each in unpack_blocks(record.data).values()) == 216


@pytest.mark.parametrize(
    ("window", "block", "held"),
    [
        ("1d", "day", True), ("1h", "day", True), ("15min", "1h", True), ("1d", "hour", False), ("7d", "day", False),
        ("1h", "6h", True), ("6h", "hour", False), ("8h", "12h", False), ("1d", "week", True), ("7d", "14d", True),
        ("1mo", "day", False), ("7d", "1mo", False), ("1d", "month", True), ("1d", "user", False), (500, "day", False),
    ],
)  # fmt: skip
def test_a_block_holds_windows_where_each_of_them_lies_in_one(window: Any, block: str, held: bool) -> None:
    spec = WindowSpec.parse(window, "Europe/Berlin")
    block_spec = BlockSpec.parse(block, "Europe/Berlin")
    assert block_spec.holds(spec) == held
    if block_spec.length is not None and not spec.by_rows:
        begin, end = _start(-40), _start(300)  # both changes of the clock
        edges = set(spec.edges(begin, end).tolist())
        low, high = min(edges), max(edges)
        inner = [edge for edge in block_spec.length.edges(begin, end).tolist() if low <= edge <= high]
        assert held == (set(inner) <= edges)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no text": ({"block": 3}, "block must be 'hour'"),
    "few windows": ({"block": "day", "reference": rolling(4)}, "has 4 such blocks"),
    "one window": ({"block": "day", "reference": previous()}, "has 1 such block;"),
    "few weekdays": ({"block": "day", "reference": same_weekday(4)}, "has 4 such blocks"),
    "short range": ({"block": "day", "reference": LogRange(day(0), day(7))}, "has 7 such blocks"),
    "range of few weeks": ({"block": "week", "reference": LogRange(day(0), day(28))}, "has 4 such blocks"),
    "no timestamp": ({"block": "day", "timestamp": None, "window": 500, "reference": {"x": [1]}}, "needs timestamp"),
}


@pytest.mark.parametrize(("options", "text"), MISTAKES.values(), ids=MISTAKES)
def test_blocks_that_cannot_be_are_refused_before_any_work(options: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError, match=text):
        dl.Monitor(iter([1]), **{"timestamp": "when", "reference": rolling(30), **options})


def test_blocks_that_the_data_do_not_have_are_refused(tmp_path: Path) -> None:
    log = wandering(12)
    dl.profile(log).save(tmp_path / "r.dlp")
    options: dict[str, Any] = {"timestamp": "when", "end": day(12)}
    with pytest.raises(OptionError, match="a saved profile does not tell how blocks differ"):
        dl.Monitor(log, reference=tmp_path / "r.dlp", block="day", **options).run()
    with pytest.raises(OptionError, match="block: reference: no column 'when'"):
        dl.Monitor(log, reference={"amount": [1.0] * 100}, block="day", **options).run()
    with pytest.raises(dl.DataError, match="block: no column 'usr'"):
        dl.Monitor(log, reference=rolling(3), block="usr", **options).run()
    with pytest.raises(OptionError, match="has 2 such blocks"):
        dl.Monitor(log, reference=daily_log(days=2), block="day", **options).run()
    with pytest.raises(OptionError, match="name the windows in the configuration"):
        dl.Monitor(log, reference=rolling(12), block="day", **options).merged_windows(day(0), day(3))


def test_without_blocks_nothing_of_them_is_stored_or_said() -> None:
    monitor = dl.Monitor(wandering(14), reference=LogRange(day(0), day(10)), timestamp="when", end=day(14))
    run = monitor.run()
    assert all(each.record.findings == [] for each in run.windows)
    with monitor.store._transaction() as query:
        assert query("SELECT COUNT(*) FROM profile WHERE profiling LIKE '%blocks'", {})[0][0] == 0


def test_false_alarms_between_random_days_of_the_flights_hold_with_blocks_and_not_without() -> None:
    """The days of the year in random order: nothing changes but the draw, so 5 % of the windows may show p ≤ 5 %.

    185 windows against the 180 before: more than the bound by chance once in a million.
    """
    columns = ["AIRLINE", "DEPARTURE_DELAY"]
    files = [flight_days.DATA / f"flights_{side}.parquet" for side in ("reference", "current")]
    frame = pd.concat(map(pd.read_parquet, files))
    days = np.sort(frame["DATE"].unique())
    order = np.random.default_rng(1).permutation(len(days))
    frame["DATE"] = frame["DATE"].map(dict(zip(days, days[order], strict=True)))
    options = {
        "reference": LogRange(str(days[0]), str(days[180])),
        "timestamp": "DATE",
        "end": "2016-01-01",
        "merge": 0,
    }
    shown = {}
    for block in (None, "day"):
        run = dl.Monitor(frame, columns=columns, block=block, methods=["psi", "ks"], **options).run()
        assert len(run.windows) == 185
        reports = [each.decision.report for each in run.windows if each.decision is not None]
        for name, method in (("AIRLINE", "psi"), ("DEPARTURE_DELAY", "psi"), ("DEPARTURE_DELAY", "ks")):
            p_values = [report[name, method].p_value for report in reports]
            shown[name, method, block] = sum(p is not None and p <= 0.05 for p in p_values)
    most = scipy.stats.binom.isf(1e-6, 185, 0.05)
    for (name, method, block), number in shown.items():
        assert (number <= most) == (block is not None), (name, method, block, number)


def test_false_alarms_hold_where_only_a_sample_of_sessions_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a session, alike within it; sixty sessions a day, and a sample of a hundred of the reference's 1,200."""
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 100)
    random = np.random.default_rng(11)
    days, sessions, rows = 100, 60, 10
    session = np.repeat(np.arange(days * sessions), rows)
    amount = random.normal(0, 1.0, days * sessions)[session] + random.normal(0, 0.5, len(session))
    at = np.repeat(np.arange(days), sessions * rows).astype("timedelta64[D]")
    log = {"when": np.datetime64("2024-03-04", "us") + at, "amount": amount, "session": session}
    options = {"reference": LogRange(day(0), day(20)), "timestamp": "when", "end": day(days), "columns": ["amount"]}
    shown = {}
    for block in (None, "session"):
        run = dl.Monitor(log, **options, block=block, merge=0, methods=["psi", "ks"]).run()
        reports = [each.decision.report for each in run.windows if each.decision is not None]
        for method in ("psi", "ks"):
            p_values = [report["amount", method].p_value for report in reports]
            shown[method, block] = sum(p is not None and p <= 0.05 for p in p_values)
    most = scipy.stats.binom.isf(1e-6, days - 20, 0.05)
    for (method, block), number in shown.items():
        assert (number <= most) == (block is not None), (method, block, number)
