"""Windows on any clock, and the instants of whatever a timestamp column may hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import driftline as dl
from driftline.errors import DataError, OptionError
from driftline.ingest import read_batches
from driftline.monitor.timestamps import NO_INSTANT, TimestampReader
from driftline.monitor.windows import WindowSpec, parse_duration
from driftline.monitor.zones import local_clock, to_micros, utc_from_wall

ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"]
HOUR = 3_600_000_000


def micros(text: str, zone: str = "UTC") -> int:
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def edges(window: str, zone: str, first: str, last: str) -> np.ndarray:
    return WindowSpec.parse(window, zone).edges(micros(first, zone), micros(last, zone))


def test_a_day_of_a_change_of_the_clock_has_23_and_25_hours() -> None:
    spring = WindowSpec.parse("1d", "Europe/Berlin").containing(micros("2015-03-29 12:00", "Europe/Berlin"))
    autumn = WindowSpec.parse("1d", "Europe/Berlin").containing(micros("2015-10-25 12:00", "Europe/Berlin"))
    assert [(each.end - each.start) // HOUR for each in (spring, autumn)] == [23, 25]
    assert len(edges("1h", "Europe/Berlin", "2015-03-29 00:00", "2015-03-29 23:59")) - 1 == 23
    assert len(edges("1h", "Europe/Berlin", "2015-10-25 00:00", "2015-10-25 23:59")) - 1 == 25
    assert set(np.diff(edges("15min", "Europe/Berlin", "2015-01-01", "2016-01-01"))) == {HOUR // 4}


@pytest.mark.parametrize("zone", ZONES)
def test_every_midnight_begins_a_window_of_days_hours_and_minutes(zone: str) -> None:
    midnights = [to_micros(datetime(2015, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=days)) for days in range(366)]
    for window in ("15min", "1h", "6h", "1d"):
        starts = set(edges(window, zone, "2015-01-01", "2016-01-02").tolist())
        assert starts.issuperset(midnights), window
    assert edges("1d", zone, "2015-01-01", "2015-12-31").tolist()[:-1] == midnights[:-1]


@pytest.mark.parametrize("zone", ZONES)
def test_months_and_weeks_begin_on_their_first_day(zone: str) -> None:
    for instant in edges("1mo", zone, "2015-01-15", "2015-12-15").tolist():
        begin = datetime.fromtimestamp(instant / 1e6, ZoneInfo(zone))
        assert (begin.day, begin.hour) == (1, 0)
    for instant in edges("7d", zone, "2015-01-15", "2015-12-15").tolist():
        begin = datetime.fromtimestamp(instant / 1e6, ZoneInfo(zone))
        assert (begin.weekday(), begin.hour) in ((0, 0), (0, 1))  # 1 where midnight is skipped


@pytest.mark.parametrize("zone", ZONES)
def test_arrays_of_wall_clocks_convert_as_datetime_does_one_by_one(zone: str) -> None:
    random = np.random.default_rng(1)
    seconds = random.integers(-(10**9), 2 * 10**9, 300)
    edge = micros("2015-03-29") // 10**6 + np.arange(0, 86_400, 900)
    for second in (*seconds.tolist(), *edge.tolist()):
        wall = datetime(1970, 1, 1) + timedelta(seconds=second)
        expected = to_micros(wall.replace(tzinfo=ZoneInfo(zone)))
        assert int(utc_from_wall(np.array([second * 10**6]), ZoneInfo(zone))[0]) == expected
        shown = datetime.fromtimestamp(second, ZoneInfo(zone)).replace(tzinfo=timezone.utc)
        assert int(local_clock(np.array([second * 10**6]), ZoneInfo(zone))[0]) == to_micros(shown)


def test_windows_are_half_open() -> None:
    spec = WindowSpec.parse("1h")
    window = spec.containing(HOUR)
    assert window == (HOUR, 2 * HOUR)
    assert spec.containing(2 * HOUR - 1) == window
    assert spec.containing(2 * HOUR) == (2 * HOUR, 3 * HOUR)


@pytest.mark.parametrize("window", ["1 day", "1D", "0h", "-1d", "7h", "1w", "", None, True, 0, 1.5])
def test_a_window_that_is_none_is_refused_with_what_would_work(window: object) -> None:
    with pytest.raises(OptionError, match="window"):
        WindowSpec.parse(window)


def test_an_unknown_zone_and_an_unknown_length_are_refused() -> None:
    with pytest.raises(OptionError, match="Europe/Berln"):
        WindowSpec.parse("1d", "Europe/Berln")
    with pytest.raises(OptionError, match="delay"):
        parse_duration("soon")
    assert parse_duration("90min") == 90 * 60 * 10**6


def test_timestamps_that_span_a_million_windows_are_an_error_that_names_the_years() -> None:
    with pytest.raises(DataError, match=r"1970-01-01 to 20"):
        WindowSpec.parse("15min").edges(0, micros("2024-01-01"))


def read(values: object, zone: str = "UTC", **options: str) -> tuple[list[int], dict[str, int]]:
    reader = TimestampReader("t", ZoneInfo(zone), **options)
    found = [instant for batch in read_batches({"t": values}) for instant in reader.read(batch).tolist()]
    return found, {name: number for name, number in reader.counts.items() if number}


def test_the_same_instant_in_every_container_is_the_same_instant() -> None:
    expected = micros("2015-06-01 10:00")
    local = micros("2015-06-01 10:00", "Europe/Berlin")
    aware = datetime(2015, 6, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    wall = "2015-06-01T10:00:00"
    for values in (
        [aware],
        [datetime(2015, 6, 1, 10, tzinfo=timezone.utc)],
        pd.Series([aware]).dt.tz_convert("Europe/Berlin").array,
        pa.array([aware], pa.timestamp("us", "Europe/Berlin")),
        pa.array([aware], pa.timestamp("ns", "UTC")),
        ["2015-06-01T12:00:00+02:00"],
        ["2015-06-01T10:00:00Z"],
    ):
        frame = pd.DataFrame({"t": values}) if isinstance(values, pd.api.extensions.ExtensionArray) else {"t": values}
        reader = TimestampReader("t", ZoneInfo("Europe/Berlin"))
        (batch,) = read_batches(frame)
        assert reader.read(batch).tolist() == [expected], type(values)
    for naive in ([datetime(2015, 6, 1, 10)], np.array([wall], "M8[s]"), np.array([wall], "M8[ns]"), [wall]):
        assert read(naive, "Europe/Berlin")[0] == [local]
        assert read(naive)[0] == [expected]


def test_dates_are_days_of_the_zone_of_the_windows() -> None:
    for values in ([date(2015, 6, 1)], pa.array([date(2015, 6, 1)]), ["2015-06-01"], pa.array(["2015-06-01"])):
        assert read(values, "America/Sao_Paulo")[0] == [micros("2015-06-01", "America/Sao_Paulo")]


def test_numbers_need_a_unit() -> None:
    for unit, value in {"s": 1.5, "ms": 1500, "us": 1_500_000, "ns": 1_500_000_000}.items():
        assert read(np.array([value]), unit=unit)[0] == [1_500_000]
    with pytest.raises(DataError, match="timestamp_unit"):
        read(np.array([1.5]))
    with pytest.raises(DataError, match="bool"):
        read(np.array([True]))


def test_what_cannot_be_read_is_counted_and_has_no_instant() -> None:
    found, counts = read(["2015-06-01", "yesterday", None, "01.06.2015"])
    assert found == [micros("2015-06-01"), NO_INSTANT, NO_INSTANT, NO_INSTANT]
    assert counts == {"unparsable_timestamps": 2, "null_timestamps": 1}
    assert read(["01.06.2015"], format="%d.%m.%Y")[0] == [micros("2015-06-01")]
    assert read(np.array(["NaT", "2015-06-01"], "M8[s]"))[1] == {"null_timestamps": 1}
    assert read(np.array([np.nan, np.inf, 1e300]), unit="s") == ([NO_INSTANT] * 3, {"null_timestamps": 3})


def test_texts_and_objects_with_and_without_a_zone_are_counted_as_mixed() -> None:
    assert read(["2015-06-01T00:00:00Z", "2015-06-01", "2015-06-02"])[1] == {"mixed_zones": 1}
    aware, naive = datetime(2015, 6, 1, tzinfo=timezone.utc), datetime(2015, 6, 1)
    found, counts = read([aware, naive, aware], "Europe/Berlin")
    assert found[0] - found[1] == 2 * HOUR
    assert counts == {"mixed_zones": 1}


def test_rows_taken_from_a_column_read_as_those_rows() -> None:
    """Every kind of memory: `take` against a profile of the same rows made by hand."""
    rows = np.array([1, 3, 4, 4, 0], dtype=np.int64)
    n = 5
    words = ["a", None, "much longer than twelve bytes", "", "ü"]
    columns = {
        "i8": pa.array([1, 2, None, 4, 5], pa.int8()),
        "f32": pa.array([1.5, None, -2, 4, 5], pa.float32()),
        "bits": pa.array([True, None, False, True, True]),
        "text": pa.array(words),
        "large": pa.array(words, pa.large_string()),
        "view": pa.array(words, pa.string_view()),
        "fixed": pa.array([b"ab", b"cd", None, b"ef", b"ab"], pa.binary(2)),
        "dictionary": pa.array(words).dictionary_encode(),
        "when": pa.array([1, 2, None, 4, 5], pa.timestamp("ms")),
        "decimal": pa.array([1, 2, None, 4, 5], pa.decimal128(10, 2)),
        "none": pa.nulls(n),
        "halves": pa.array([1.0, 2.0, None, 4.0, 5.0], pa.float16()),
    }
    table = pa.table(columns)
    padded = pa.concat_tables([table.slice(0, 2), table]).combine_chunks().slice(2)  # an offset in every buffer
    (batch,) = read_batches(padded)
    from driftline.profiling import BatchProfiler

    taken, plain = (BatchProfiler(like=None, schema=dl.Schema()) for _ in range(2))
    taken.add(batch.take(rows))
    by_hand = {name: [values.to_pylist()[row] for row in rows] for name, values in columns.items()}
    by_hand = {name: pa.array(values, columns[name].type) for name, values in by_hand.items()}
    plain.add(next(iter(read_batches(pa.table(by_hand)))))
    assert taken.finish().to_bytes() == plain.finish().to_bytes()
    objects = [1, "x", None, 2.5, b"y"]
    (batch,) = read_batches({"o": objects})
    expected = dl.profile({"o": [objects[row] for row in rows]})
    whole = BatchProfiler(like=None, schema=dl.Schema())
    whole.add(batch.take(rows))
    assert whole.finish().columns["o"].counts == expected.columns["o"].counts


def test_a_row_outside_a_column_cannot_be_taken() -> None:
    (batch,) = read_batches({"x": [1.0, 2.0]})
    with pytest.raises(dl.InputError, match="2 rows"):
        batch.take(np.array([2]))
