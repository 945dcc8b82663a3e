"""How cost grows with rows, columns, distinct values and threads.

Each table changes one of them and keeps the others. Every cell is the fastest of some calls, the sizes taking turns, so
a busy moment of the machine does not look like growth. Prints Markdown, and writes it to a file if one is named; about
five minutes and 4 GB of memory.

    python benchmarks/python/growth.py [TABLE.md]
    python benchmarks/python/growth.py --scale 0.001        everything a thousand times smaller, a quick look
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from end_to_end import cpu_name, fastest, make_table

import driftline as dl

sys.path.insert(0, str(Path(__file__).resolve().parent / "other_tools"))
import timing

MIXED = ("float1", "int1", "category1", "string0")
BATCH = 131_072
ROWS_OF_A_COLUMN = 10_000
MOST = {"rows": 1e8, "columns": 1e4, "distinct": 1e7, "compared": 5e3, "threaded": 2e6}
CORES = len(os.sched_getaffinity(0))


def sizes(largest: float, smallest: int = 1) -> list[int]:
    """Powers of ten from the smallest on, and the largest."""
    powers = [10**k for k in range(12) if smallest <= 10**k < largest]
    return [*powers, int(largest)]


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Three digits, and no power of ten for large ones."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def per_value(seconds: float, values: int) -> str:
    return f"{number(seconds / values * 1e9)} ns"


def batches(pool: Sequence[pa.Table], n: int) -> Iterator[pa.Table]:
    """A stream of `n` rows, which uses a pool of batches over and over."""
    for k, begin in enumerate(range(0, n, BATCH)):
        yield pool[k % len(pool)].slice(0, min(BATCH, n - begin))


def batch_pool() -> list[pa.Table]:
    return [make_table(BATCH, seed, MIXED) for seed in range(8)]


def peak_of_stream(n: int) -> float:
    """Bytes that a stream of `n` rows adds; to be asked in a fresh process, as freed memory is used again."""
    pool = batch_pool()
    dl.profile(batches(pool, 1000))
    return timing.measure(lambda _, n: dl.profile(batches(pool, n)), None, n)["peak"]


def grow_rows(largest: float, rounds: int) -> str:
    """A stream of four columns on all cores: time per value, and memory while it runs."""
    pool = batch_pool()
    counts = sizes(largest, 1000)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:
        peaks = fresh.map(peak_of_stream, counts, chunksize=1)
    calls = {str(n): lambda n=n: dl.profile(batches(pool, n)) for n in counts}
    found = fastest(calls, rounds)
    rows = []
    for n, peak in zip(counts, peaks, strict=True):
        seconds = found[str(n)]
        rows.append([f"{n:,}", f"{number(seconds)} s", per_value(seconds, n * len(MIXED)), f"{peak / 2**20:.1f} MiB"])
    return markdown(["rows, 4 columns", "time", "per value", "peak memory added"], rows)


def grow_columns(largest: float, rounds: int) -> str:
    """Many float columns of 10,000 rows in memory: a hundred different ones under many names."""
    different = make_table(ROWS_OF_A_COLUMN, 1, [f"float{i % 30}" for i in range(30)])
    arrays = [different[name].to_numpy() for name in different.column_names]
    counts = sizes(largest)
    frames = {n: {f"c{i}": arrays[i % len(arrays)] for i in range(n)} for n in counts}
    calls = {
        f"{n} {threads}": lambda n=n, threads=threads: dl.profile(frames[n], threads=threads)
        for n in counts
        for threads in {1, CORES}
    }
    found = fastest(calls, rounds)
    rows = []
    for n in counts:
        alone, together = found[f"{n} 1"], found[f"{n} {CORES}"]
        times = [f"{number(alone)} s", per_value(alone, n * ROWS_OF_A_COLUMN)]
        rows.append([f"{n:,}", *times, f"{number(together)} s", f"{alone / together:.2f}"])
    return markdown(["columns of 10,000 rows", "1 thread", "per value", f"{CORES} threads", "faster by"], rows)


def with_distinct(kind: str, distinct: int, n: int) -> pa.Table:
    """One column of `n` rows that holds `distinct` values, each about as often."""
    drawn = np.random.default_rng(1).permutation(np.arange(n, dtype=np.int64) % distinct)
    spread = np.sort(np.random.default_rng(2).lognormal(3.0, 1.5, distinct))
    columns: dict[str, Callable[[], Any]] = {
        "float": lambda: spread[drawn],
        "integer": lambda: drawn * 37,
        "category": lambda: pa.DictionaryArray.from_arrays(pa.array(drawn, pa.int32()), text(np.arange(distinct))),
        "string": lambda: text(drawn),
    }
    return pa.table({"x": columns[kind]()})


def text(numbers: np.ndarray) -> pa.Array:
    return pa.array(numbers + 1_000_000_000).cast(pa.string())


def grow_distinct(largest: float, rounds: int) -> str:
    """One column of each kind, one thread; as many rows as the most distinct values."""
    n, kinds = int(largest), ("float", "integer", "category", "string")
    rows = []
    for distinct in sizes(largest):
        tables = {kind: with_distinct(kind, distinct, n) for kind in kinds}
        found = fastest({kind: partial(dl.profile, tables[kind], threads=1) for kind in kinds}, rounds)
        rows.append([f"{distinct:,}", *(per_value(found[kind], n) for kind in kinds)])
    return markdown(["distinct values", *(f"{kind}, per value" for kind in kinds)], rows)


def grow_threads(largest: float, rounds: int) -> str:
    """Four shapes of data, on one thread and more."""
    n = int(largest)
    mixed = make_table(n, 1, MIXED)
    pool = [mixed.slice(begin, BATCH) for begin in range(0, n, BATCH)]
    wide_columns = max(1, n * len(MIXED) // ROWS_OF_A_COLUMN)
    values = mixed[MIXED[0]].to_numpy()[:ROWS_OF_A_COLUMN]
    wide = {f"c{i}": values for i in range(wide_columns)}
    counts = sorted({*(2**k for k in range(10) if 2**k < CORES), CORES})
    shapes: dict[str, Callable[[int], object]] = {
        f"{n:,} rows × 4, in memory": lambda threads: dl.profile(mixed, threads=threads),
        "the same, as a stream of batches": lambda threads: dl.profile(batches(pool, n), threads=threads),
        f"one float column of {n:,} rows": lambda threads: dl.profile(mixed.select([MIXED[0]]), threads=threads),
        f"10,000 rows × {wide_columns:,}": lambda threads: dl.profile(wide, threads=threads),
    }
    calls = {f"{shape} {threads}": partial(work, threads) for shape, work in shapes.items() for threads in counts}
    found = fastest(calls, rounds)
    rows = []
    for shape in shapes:
        alone = found[f"{shape} 1"]
        times = [found[f"{shape} {threads}"] for threads in counts]
        rows.append([shape, *(f"{number(seconds)} s ({alone / seconds:.2f} ×)" for seconds in times)])
    return markdown(["data", *(f"{threads} thread{'s' * (threads > 1)}" for threads in counts)], rows)


def grow_compared(largest: float, rounds: int) -> str:
    """Finished profiles of float columns of 10,000 rows: compare with the default methods and decide."""
    names = [f"float{i}" for i in range(30)]
    sides = [make_table(ROWS_OF_A_COLUMN, seed, names) for seed in (1, 2)]
    counts = sizes(largest)
    pairs = {n: [dl.profile({f"c{i}": side[i % 30].to_numpy() for i in range(n)}) for side in sides] for n in counts}
    calls = {
        f"{n} {threads}": lambda n=n, threads=threads: dl.decide(dl.compare(*pairs[n], threads=threads))
        for n in counts
        for threads in {1, CORES}
    }
    found = fastest(calls, rounds)
    rows = []
    for n in counts:
        alone, together = found[f"{n} 1"], found[f"{n} {CORES}"]
        times = [f"{number(alone * 1e3)} ms", f"{number(alone / n * 1e6)} µs", f"{number(together * 1e3)} ms"]
        rows.append([f"{n:,}", *times])
    return markdown(["columns", "compare and decide, 1 thread", "per column", f"{CORES} threads"], rows)


PARTS: dict[str, tuple[str, Callable[[float, int], str]]] = {
    "rows": ("With rows: a stream on every core", grow_rows),
    "columns": ("With columns", grow_columns),
    "distinct": ("With distinct values: one thread", grow_distinct),
    "threaded": ("With threads", grow_threads),
    "compared": ("With columns that are compared", grow_compared),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="?", type=Path, help="file that the tables are written to")
    parser.add_argument("--scale", type=float, default=1.0, help="largest sizes as a share of those of a full run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args()
    text = (
        f"driftline {dl.__version__}, pyarrow {pa.__version__}, Python {platform.python_version()}; {cpu_name()}, "
        f"{CORES} cores. Fastest of {asked.rounds} rounds.\n"
    )
    for name in asked.only:
        title, part = PARTS[name]
        text += f"\n### {title}\n\n{part(max(1.0, MOST[name] * asked.scale), asked.rounds)}\n"
        print(f"{name} measured", file=sys.stderr, flush=True)
    print(text)
    if asked.table:
        asked.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
