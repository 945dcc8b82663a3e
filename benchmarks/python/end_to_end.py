"""How long a whole job takes, as ratios to what NumPy and SciPy need for the same columns.

    python benchmarks/python/end_to_end.py                  all of it, about five minutes on two cores
    python benchmarks/python/end_to_end.py --rows 100000    a quick look
    python benchmarks/python/end_to_end.py --only profile threads

Files and streams have a script of their own, streams.py.

Everything that is compared runs in turn, round after round, and the fastest of each counts, so that a busy moment of
the machine hits both sides. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import scipy
import scipy.stats

import driftline as dl

N_FLOATS, N_INTEGERS, N_CATEGORIES, N_STRINGS = 30, 10, 5, 5
N_NUMBERS = N_FLOATS + N_INTEGERS

Timings = dict[str, float]


@dataclass(frozen=True)
class Job:
    """Two tables of the same population, and how often each measurement is repeated."""

    reference: pa.Table
    current: pa.Table
    rounds: int


def float_column(rng: np.random.Generator, i: int, n: int) -> np.ndarray:
    """Shapes that real columns have, in turn."""
    shapes: list[Callable[[], np.ndarray]] = [
        lambda: rng.normal(50.0, 12.0, n),
        lambda: rng.lognormal(3.0, 1.5, n),
        lambda: np.round(rng.lognormal(4.0, 1.0, n), 2),
        lambda: np.where(rng.random(n) < 0.6, 0.0, rng.exponential(30.0, n)),
        lambda: 1.0 / (1.0 + np.exp(-rng.normal(2.0, 3.0, n))),
        lambda: 1.42e9 + rng.integers(0, 180 * 86_400_000, n) / 1000.0,
    ]
    return shapes[i % len(shapes)]()


def integer_column(rng: np.random.Generator, i: int, n: int) -> np.ndarray:
    """Counts, codes and wide integers, in turn."""
    return [rng.poisson(20.0, n), rng.integers(0, 5_000, n), rng.integers(0, 2**40, n)][i % 3]


def category_column(rng: np.random.Generator, i: int, n: int) -> pa.Array:
    """Dictionary-encoded, 10 to 1,000 labels of very different frequency."""
    n_labels = 10 ** (i % 3 + 1)
    codes = np.minimum(rng.zipf(1.3, n), n_labels).astype(np.int32) - 1
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array([f"label {k}" for k in range(n_labels)]))


def string_column(rng: np.random.Generator, i: int, n: int) -> pa.Array:
    """Plain strings of about a dozen characters, 500 different ones."""
    return pa.array([f"city of {k + i}" for k in range(500)]).take(pa.array(rng.integers(0, 500, n)))


COLUMNS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    f"{name}{i}": lambda rng, n, make=make, i=i: make(rng, i, n)
    for name, count, make in [
        ("float", N_FLOATS, float_column),
        ("int", N_INTEGERS, integer_column),
        ("category", N_CATEGORIES, category_column),
        ("string", N_STRINGS, string_column),
    ]
    for i in range(count)
}


def make_table(n: int, seed: int, names: Iterable[str] = COLUMNS) -> pa.Table:
    """Some or all of the 50 columns."""
    rng = np.random.default_rng(seed)
    return pa.table({name: COLUMNS[name](rng, n) for name in names})


def fastest(functions: Mapping[str, Callable[..., object]], rounds: int) -> Timings:
    """Seconds of the fastest of several calls of each, called in turn."""
    found = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            started = time.perf_counter()
            function()
            found[name] = min(found[name], time.perf_counter() - started)
    return found


def show(title: str, header: list[str], rows: list[list[str]]) -> None:
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "|".join(" --- " for _ in header) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def nanoseconds(seconds: float, values: int) -> str:
    return f"{seconds / values * 1e9:.2f} ns"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


def arrays(table: pa.Table, prefix: str) -> dict[str, np.ndarray]:
    return {name: table[name].to_numpy() for name in table.column_names if name.startswith(prefix)}


def measure_profile(job: Job) -> Timings:
    """One thread, data in memory: each sort of column by itself, numbers against numpy.sum."""
    n = job.reference.num_rows
    floats, integers = arrays(job.reference, "float"), arrays(job.reference, "int")
    numbers = floats | integers
    categories = job.reference.select([f"category{i}" for i in range(N_CATEGORIES)])
    strings = job.reference.select([f"string{i}" for i in range(N_STRINGS)])
    found = fastest(
        {
            "floats": lambda: dl.profile(floats, threads=1),
            "floats, numpy.sum": lambda: [values.sum() for values in floats.values()],
            "integers": lambda: dl.profile(integers, threads=1),
            "integers, numpy.sum": lambda: [values.sum() for values in integers.values()],
            "numbers": lambda: dl.profile(numbers, threads=1),
            "numbers, numpy.sum": lambda: [values.sum() for values in numbers.values()],
            "categories": lambda: dl.profile(categories, threads=1),
            "strings": lambda: dl.profile(strings, threads=1),
            "table": lambda: dl.profile(job.reference, threads=1),
        },
        job.rounds,
    )
    rows = []
    for name, values in [
        ("floats", N_FLOATS * n),
        ("integers", N_INTEGERS * n),
        ("numbers", N_NUMBERS * n),
        ("categories", N_CATEGORIES * n),
        ("strings", N_STRINGS * n),
        ("table", 50 * n),
    ]:
        summed = found.get(f"{name}, numpy.sum")
        ratio = f"{found[name] / summed:.1f}" if summed else ""
        rows.append([name, f"{found[name]:.3f} s", nanoseconds(found[name], values), ratio])
    show("Profile, data in memory, 1 thread", ["columns", "time", "per value", "× numpy.sum"], rows)
    return found


def measure_threads(job: Job) -> Timings:
    parts = {
        "numbers": job.reference.select(job.reference.column_names[:N_NUMBERS]),
        "strings": job.reference.select([f"string{i}" for i in range(N_STRINGS)]),
        "table": job.reference,
    }
    calls = {
        f"{name} {threads}": lambda part=part, threads=threads: dl.profile(part, threads=threads)
        for name, part in parts.items()
        for threads in (1, 2)
    }
    found = fastest(calls, job.rounds)
    rows = []
    for name in parts:
        one, two = found[f"{name} 1"], found[f"{name} 2"]
        rows.append([name, f"{one:.3f} s", f"{two:.3f} s", f"{one / two:.2f}"])
    show("Profile, data in memory, 1 against 2 threads", ["columns", "1 thread", "2 threads", "faster by"], rows)
    return found


def measure_scipy(job: Job) -> Timings:
    """Both tables profiled and compared, against one two-sample test after the other."""
    sides = [{f"float{i}": table[f"float{i}"].to_numpy() for i in range(10)} for table in (job.reference, job.current)]

    def loop() -> None:
        for name in sides[0]:
            scipy.stats.ks_2samp(sides[0][name], sides[1][name], method="asymp")

    found = fastest(
        {
            "driftline": lambda: dl.check(*sides, threads=1),
            "scipy": loop,
        },
        min(job.rounds, 2),
    )
    rows = [
        [
            "profile both, compare (4 methods and 10 signals a column), decide; 1 thread",
            f"{found['driftline']:.3f} s",
            "1",
        ],
        ["scipy.stats.ks_2samp per column", f"{found['scipy']:.3f} s", f"{found['scipy'] / found['driftline']:.1f}"],
    ]
    show("10 float columns a side, against a SciPy loop", ["what", "time", "ratio"], rows)
    return found


def measure_values(job: Job) -> Timings:
    """What is done with finished profiles."""
    left, right = dl.profile(job.reference), dl.profile(job.current)
    numbers = job.reference.column_names[:N_NUMBERS]

    def wide(table: pa.Table) -> dl.Profile:
        names = [*numbers, *table.column_names[N_NUMBERS:]]
        columns = [table[name].slice(0, 100_000) for name in names * 4]
        return dl.profile(pa.table(columns, names=[f"c{i}" for i in range(len(columns))]))

    wide_left, wide_right = wide(job.reference), wide(job.current)
    data = left.to_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.dlp"
        left.save(path)
        found = fastest(
            {
                "compare + decide, 200 columns": lambda: dl.decide(dl.compare(wide_left, wide_right)),
                "the same, 1 thread": lambda: dl.decide(dl.compare(wide_left, wide_right, threads=1)),
                "compare + decide + JSON, 200 columns": lambda: dl.decide(dl.compare(wide_left, wide_right)).to_json(),
                "compare + decide + HTML, 200 columns": lambda: dl.decide(dl.compare(wide_left, wide_right)).to_html(),
                "merge, 50 columns": lambda: left + right,
                "to_bytes, 50 columns": left.to_bytes,
                "from_bytes, 50 columns": lambda: dl.Profile.from_bytes(data),
                "save, 50 columns": lambda: left.save(path),
                "load, 50 columns": lambda: dl.load(path),
            },
            max(job.rounds, 5),
        )
    rows = [[name, milliseconds(seconds)] for name, seconds in found.items()]
    rows.append(["size of the profile, 50 columns", f"{len(data) / 1024:.0f} KiB"])
    page = dl.decide(dl.compare(wide_left, wide_right)).to_html()
    rows.append(["size of the HTML report, 200 columns", f"{len(page) / 1024:.0f} KiB"])
    show("Finished profiles", ["what", "time"], rows)
    return found


def measure_import(job: Job) -> Timings:
    statements = {
        "nothing": "pass",
        "import numpy": "import numpy",
        "import driftline": "import driftline",
        "import driftline, all of it": "import driftline; driftline.check; driftline.profile",
        "import scipy.stats": "import scipy.stats",
    }
    calls = {
        name: lambda code=code: subprocess.run([sys.executable, "-c", code], check=True)
        for name, code in statements.items()
    }
    found = fastest(calls, max(job.rounds, 8))
    rows = [[name, milliseconds(found[name] - found["nothing"])] for name in statements if name != "nothing"]
    show("Import, above an interpreter that does nothing", ["what", "time"], rows)
    return found


MEASUREMENTS = {
    "profile": measure_profile,
    "threads": measure_threads,
    "scipy": measure_scipy,
    "values": measure_values,
    "import": measure_import,
}


def cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file that the seconds are written to, by name")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    options = parser.parse_args()
    print(
        f"driftline {dl.__version__}, NumPy {np.__version__}, SciPy {scipy.__version__}, pyarrow {pa.__version__}, "
        f"Python {platform.python_version()}; {cpu_name()}, {len(os.sched_getaffinity(0))} cores. "
        f"{options.rows:,} rows × 50 columns ({N_FLOATS} float, {N_INTEGERS} int, {N_CATEGORIES} category, "
        f"{N_STRINGS} string); fastest of {options.rounds} alternating rounds."
    )
    job = Job(make_table(options.rows, 1), make_table(options.rows, 2), options.rounds)
    timings: Timings = {}
    for name in options.only:
        timings |= {f"{name}: {what}": seconds for what, seconds in MEASUREMENTS[name](job).items()}
    if options.json:
        options.json.write_text(json.dumps(timings), encoding="utf-8")


if __name__ == "__main__":
    main()
