"""Files and streams larger than memory: time against pyarrow's own decoding, peak memory, and what a second core gives.

    python benchmarks/python/streams.py                     all of it, some minutes on two cores and 5 GB of disk
    python benchmarks/python/streams.py --only parquet      against decoding
    python benchmarks/python/streams.py --scale 0.1         a quick look

Everything that is compared runs in turn, round after round, and the fastest of each counts. CPU seconds stand beside
the wall clock, for a machine that is busy with other things. Prints Markdown.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from end_to_end import make_table, show

import driftline as dl

NAMES = [*(f"float{i}" for i in range(6)), "int0", "int2", "category2", "string0"]
FOUR = ["float0", "float1", "int0", "category1"]
ROWS_IN_A_GROUP = 1_000_000


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def fastest(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, float]]:
    """Least wall and least CPU seconds of several calls of each, called in turn."""
    found = dict.fromkeys(functions, (float("inf"), float("inf")))
    for _ in range(rounds):
        for name, function in functions.items():
            wall, cpu = time.perf_counter(), cpu_seconds()
            function()
            now = time.perf_counter() - wall, cpu_seconds() - cpu
            found[name] = min(found[name][0], now[0]), min(found[name][1], now[1])
    return found


# Each side in processes of its own: in one, the allocator keeps for the one what it then takes back from the other.
CALLS = """
    import sys, time, resource
    import pyarrow as pa, pyarrow.dataset
    import driftline as dl
    what, path, threads, calls = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    pa.set_cpu_count(threads)
    def decode():  # all batches, looked at by nobody; with the options that make pyarrow fastest here
        options = pyarrow.dataset.ParquetFragmentScanOptions(pre_buffer=False)
        parquet = pyarrow.dataset.ParquetFileFormat(default_fragment_scan_options=options)
        dataset = pyarrow.dataset.dataset(path, format=parquet)
        for _ in dataset.scanner(batch_size=131_072, batch_readahead=4, use_threads=threads > 1).to_reader():
            pass
    def profile():
        dl.profile(path, threads=threads)
    def clocks():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return time.perf_counter(), usage.ru_utime + usage.ru_stime
    work = {"decode": decode, "profile": profile}[what]
    work()
    for _ in range(calls):
        before = clocks()
        work()
        print(*(now - then for now, then in zip(clocks(), before)))
"""


def fastest_in_processes(path: Path, threads: int, rounds: int, calls: int) -> dict[str, tuple[float, float]]:
    """Least wall and CPU seconds of decoding and of profiling a file, by processes for one and the other in turn."""
    found = dict.fromkeys(("decode", "profile"), (float("inf"), float("inf")))
    for _ in range(rounds):
        for what, least in found.items():
            command = [sys.executable, "-c", textwrap.dedent(CALLS), what, path, str(threads), str(calls)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            times = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
            found[what] = min(least[0], *(wall for wall, _ in times)), min(least[1], *(cpu for _, cpu in times))
    return found


def measure_parquet(scale: float, folder: Path) -> None:
    table = make_table(int(1_000_000 * scale), 1)
    rows = []
    for compression in ("zstd", "snappy"):
        path = folder / f"{compression}.parquet"
        pq.write_table(table, path, compression=compression)
        for threads in (1, 2):
            found = fastest_in_processes(path, threads, rounds=3, calls=4)
            (decoded, decode_cpu), (profiled, profile_cpu) = found["decode"], found["profile"]
            times = [f"{decoded:.3f} s", f"{profiled:.3f} s", f"{profiled / decoded:.2f}"]
            cpu = [f"{decode_cpu:.3f} s", f"{profile_cpu:.3f} s", f"{profile_cpu / decode_cpu:.2f}"]
            rows.append([compression, str(threads), *times, *cpu])
    header = ["compression", "threads", "pyarrow decodes", "profile", "ratio", "its CPU", "CPU of profile", "ratio"]
    show("Profile of a Parquet file of 50 columns", header, rows)


# Not from getrusage: there a process starts with the peak of the one that started it.
PEAK = """
    import sys
    import driftline as dl
    import pyarrow.parquet
    def kib(field):
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))
    def decode(paths):
        for path in paths:
            with pyarrow.parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16) as file:
                for _ in file.iter_batches(batch_size=100_000):
                    pass
    work = {"decode": decode, "profile": dl.profile}[sys.argv[1]]
    work([sys.argv[3]])
    before = kib("VmRSS")
    work([sys.argv[2]] * int(sys.argv[4]))
    print(kib("VmHWM") - before)
"""


def added_memory(what: str, path: Path, small: Path, times: int) -> str:
    """Peak resident memory of a fresh process that reads a file so many times, above what a small file left behind."""
    command = [sys.executable, "-c", textwrap.dedent(PEAK), what, str(path), str(small), str(times)]
    return f"{int(subprocess.run(command, check=True, capture_output=True).stdout) / 1024:.0f} MiB"


def write_rows(path: Path, n: int, rows_in_a_group: int, names: Sequence[str] = NAMES) -> None:
    """Some columns of `n` rows; the same million over and over."""
    table = make_table(min(ROWS_IN_A_GROUP, n), 1, names)
    whole = pa.concat_tables([table] * (n // table.num_rows))
    pq.write_table(whole, path, compression="zstd", row_group_size=rows_in_a_group)


def measure_memory(scale: float, folder: Path) -> None:
    small, million, giant = (folder / f"{name}.parquet" for name in ("small", "million", "giant"))
    write_rows(small, 1_000, 1_000)
    n_million, n_giant = int(1_000_000 * scale), int(20_000_000 * scale)
    write_rows(million, n_million, ROWS_IN_A_GROUP)
    write_rows(giant, n_giant, n_giant)
    rows = []
    for path, n, times in (
        (million, n_million, 1),
        (million, n_million, 10),
        (million, n_million, 100),
        (million, n_million, 200),
        (giant, n_giant, 1),
    ):
        added = [added_memory(what, path, small, times) for what in ("decode", "profile")]
        rows.append([f"{n * times:,}", f"{times} of {n:,}", f"{n * times * 80 / 2**20:,.0f} MiB", *added])
    header = ["rows, 10 columns", "row groups", "decoded size", "peak, pyarrow reads in batches", "peak, profile"]
    show("Peak memory of reading a Parquet file, or the same one again and again", header, rows)


def repeated(table: pa.Table, n: int) -> Iterator[pa.RecordBatch]:
    """The batches of a table, over and over, until there were `n` rows."""
    batches = table.to_batches(max_chunksize=1 << 17)
    done = 0
    while done < n:
        for batch in batches:
            yield batch
            done += batch.num_rows


def measure_threads(scale: float, folder: Path) -> None:
    """Shapes that are hard to share out: many short columns, few long ones, one row group."""
    rng = np.random.default_rng(0)
    n_long = int(200_000_000 * scale)
    wide = pa.table({f"x{i}": rng.normal(size=10_000) for i in range(int(10_000 * scale))})
    long = make_table(1_000_000, 1, FOUR)
    giant = folder / "giant.parquet"
    n_giant = int(20_000_000 * scale)
    write_rows(giant, n_giant, 1 << 40, FOUR)
    one = folder / "one.parquet"
    pq.write_table(pa.table({"x": rng.normal(size=n_giant)}), one, row_group_size=n_giant)
    wide_file = folder / "wide.parquet"
    pq.write_table(wide, wide_file)
    shapes: dict[str, tuple[Callable[[int], object], int]] = {
        f"{wide.num_columns:,} columns × 10,000 rows, in memory": (lambda t: dl.profile(wide, threads=t), 2),
        f"{wide.num_columns:,} columns × 10,000 rows, Parquet": (lambda t: dl.profile(wide_file, threads=t), 2),
        f"4 columns × {n_long:,} rows, generator": (lambda t: dl.profile(repeated(long, n_long), threads=t), 1),
        f"4 columns × {n_giant:,} rows, one row group": (lambda t: dl.profile(giant, threads=t), 3),
        f"1 column × {n_giant:,} rows, one row group": (lambda t: dl.profile(one, threads=t), 3),
    }
    rows = []
    for name, (work, rounds) in shapes.items():
        found = fastest({"1": lambda work=work: work(1), "2": lambda work=work: work(2)}, rounds)
        (alone, alone_cpu), (both, both_cpu) = found["1"], found["2"]
        rows.append([name, f"{alone:.2f} s", f"{both:.2f} s", f"{alone / both:.2f}", f"{both_cpu / alone_cpu:.2f}"])
    show("1 against 2 threads", ["shape", "1 thread", "2 threads", "faster by", "× CPU"], rows)


MEASUREMENTS = {"parquet": measure_parquet, "memory": measure_memory, "threads": measure_threads}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows or columns")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    arguments = parser.parse_args()
    for name in arguments.only:
        with tempfile.TemporaryDirectory() as folder:
            MEASUREMENTS[name](arguments.scale, Path(folder))


if __name__ == "__main__":
    main()
