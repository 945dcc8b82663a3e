"""Speed of monitors: a year of windows in one pass, the page of a long history, rows logged one by one.

Run as ``python benchmarks/python/monitoring.py [--rows 10000000]``; prints one line per measurement, with its budget.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

import driftline as dl
from driftline.monitor.timeline import render_timeline
from driftline.store import Series, WindowKey, WindowRecord

COLUMNS = 50
DAYS = 365
DAY = 86_400_000_000
BATCH = 131_072
START = np.datetime64("2015-01-01", "us")


def year_of_batches(rows: int) -> Iterator[pa.RecordBatch]:
    """A year of rows in the order of time: 45 numeric columns and 5 of text."""
    source = np.random.default_rng(1)
    numbers = [pa.array(source.normal(size=BATCH)) for _ in range(COLUMNS - 5)]
    labels = pa.array([f"label {i}" for i in range(20)])
    texts = [pa.DictionaryArray.from_arrays(source.integers(0, 20, BATCH), labels) for _ in range(5)]
    columns = [*numbers, *texts]
    names = ["when", *(f"c{i}" for i in range(COLUMNS))]
    step = DAYS * DAY / rows
    for begin in range(0, rows, BATCH):
        n = min(BATCH, rows - begin)
        when = START + ((begin + np.arange(n)) * step).astype(np.int64).astype("timedelta64[us]")
        yield pa.record_batch([pa.array(when), *(column.slice(0, n) for column in columns)], names=names)


def seconds(work: Callable[[], object]) -> float:
    """Of processor time, over all threads: a busy machine does not count."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def measure_year(rows: int) -> None:
    ignored = dl.Schema(kinds={"when": "ignore"})
    past = dl.profile(year_of_batches(200_000), schema=ignored)
    day = dl.profile(year_of_batches(rows // DAYS), schema=ignored)
    plain = seconds(lambda: dl.profile(year_of_batches(rows), schema=ignored))
    judged = seconds(lambda: [dl.check(past, day) for _ in range(10)]) / 10 * DAYS
    before = resident()
    with tempfile.TemporaryDirectory() as folder, dl.Monitor(
        year_of_batches(rows), reference=past, timestamp="when", end="2016-01-01", store=Path(folder) / "history.db"
    ) as monitor:  # fmt: skip
        whole = seconds(monitor.run)
        monitor._log = year_of_batches(rows)
        again = seconds(monitor.run)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{rows:,} rows × {COLUMNS} columns, {DAYS} windows in one pass: {whole:.1f} s")
    print(f"  a second run that finds nothing new {again:.1f} s; one profile of all rows {plain:.1f} s;")
    print(f"  {DAYS} times compare and decide {judged:.1f} s; peak memory {most} MB, {before} MB before the run")


def resident() -> int:
    """Megabytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 20


def measure_page(windows: int = 1000, columns: int = 200) -> None:
    draw = random.Random(1)
    verdicts = ("ok", "ok", "ok", "ok", "inconclusive", "warn", "alert")
    series = Series("log", "reference", "config")
    records = [
        WindowRecord(
            WindowKey(series, i * DAY, (i + 1) * DAY), draw.choice(verdicts), 1000, "d", "r", i * DAY,
            columns={f"c{j}": [draw.choice(verdicts), draw.random(), 0.0, 1.0, "psi"] for j in range(columns)},
            title=f"day {i}",
        )
        for i in range(windows)
    ]  # fmt: skip
    page = ""

    def draw_page() -> None:
        nonlocal page
        page = render_timeline(records)

    spent = seconds(draw_page)
    print(f"page of {windows:,} windows × {columns} columns: {spent:.2f} s (budget 3 s), {len(page) / 1e6:.1f} MB")


def measure_log() -> None:
    names = [f"c{i}" for i in range(20)]
    source = np.random.default_rng(1)
    past = dl.profile({name: source.normal(size=10_000) for name in names})
    rows = [dict(zip(names, values, strict=True)) for values in source.normal(size=(20_480, 20)).tolist()]
    monitor = dl.Monitor(reference=past, window=10**9)
    spent = seconds(lambda: [monitor.log(row) for row in rows])
    print(f"log of one row of 20 columns: {spent / len(rows) * 1e6:.1f} µs (budget 50 µs)")
    batch = {name: source.normal(size=10_000) for name in names}
    monitor.log(batch)
    logged = min(seconds(lambda: [monitor.log(batch) for _ in range(20)]) for _ in range(3))
    profiled = min(seconds(lambda: dl.profile([batch] * 20)) for _ in range(3))
    print(
        f"log of 10,000 rows: {logged / 20 * 1e3:.1f} ms, {logged / profiled:.2f} times the profile of them in batches"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args().rows
    measure_year(rows)  # first, for the memory that others leave is not its own
    measure_log()
    measure_page()


if __name__ == "__main__":
    main()
