"""Importing starts nothing, and working touches neither the network, nor files that were not named, nor the data."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

import driftline as dl

READERS_AND_PLOTTERS = ["pandas", "pyarrow", "polars", "scipy", "matplotlib", "pydantic", "typer", "rich"]
NOT_AT_IMPORT = [*READERS_AND_PLOTTERS, "jinja2", "socket", "ssl", "sqlite3"]

AUDIT = """
    import os, sys
    import numpy  # sets an environment variable of its own
    seen = []
    def watch(event, arguments):
        if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")):
            seen.append(event)
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            mode, flags = arguments[1], arguments[2]
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
                seen.append(f"{event} {os.fsdecode(arguments[0])}")
        if event in ("os.mkdir", "os.rename", "os.remove", "os.putenv", "tempfile.mkstemp"):
            seen.append(f"{event} {arguments}")
    sys.addaudithook(watch)
"""


def run(script: str, cwd: Path, *arguments: str) -> str:
    """Output of a script in a fresh interpreter that writes no bytecode."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_touches_no_network_and_writes_nothing(tmp_path: Path) -> None:
    script = AUDIT + "    import driftline, driftline._core\n    driftline.check, driftline.profile\n    print(seen)"
    assert run(script, tmp_path).strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_importing_loads_no_optional_package(tmp_path: Path) -> None:
    script = f"""
        import sys, numpy
        before = set(sys.modules)
        import driftline
        [getattr(driftline, name) for name in driftline.__all__]
        print([name for name in {NOT_AT_IMPORT!r} if name in sys.modules and name not in before])
    """
    assert run(script, tmp_path).strip() == "[]"


def test_checking_data_in_memory_loads_no_reader_and_no_plotter(tmp_path: Path) -> None:
    script = f"""
        import sys, numpy as np, driftline as dl
        decision = dl.check({{"x": np.arange(500.0)}}, {{"x": np.arange(500.0)}})
        decision.to_json()
        print([name for name in {READERS_AND_PLOTTERS!r} if name in sys.modules])
    """
    assert run(script, tmp_path).strip() == "[]"


def test_importing_leaves_global_state_alone(tmp_path: Path) -> None:
    script = """
        import locale, logging, os, signal, sys, threading, warnings
        import numpy as np
        def state():
            return (
                list(warnings.filters), logging.root.handlers[:], logging.root.level, dict(os.environ), os.getcwd(),
                locale.setlocale(locale.LC_ALL), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM),
                np.geterr(), np.random.get_state()[1].tolist(), threading.active_count(), sys.getrecursionlimit(),
                5e-324 * 1.0 > 0.0,
            )
        before = state()
        import driftline as dl
        dl.check({"x": np.arange(500.0)}, {"x": np.arange(500.0)}).to_html()
        print(state() == before)
    """
    assert run(script, tmp_path).strip() == "True"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads through /proc")
def test_importing_starts_no_thread(tmp_path: Path) -> None:
    script = """
        import os, numpy
        before = len(os.listdir("/proc/self/task"))
        import driftline, driftline._core
        print(len(os.listdir("/proc/self/task")) - before)
    """
    assert run(script, tmp_path).strip() == "0"


def test_a_whole_check_runs_without_sockets_and_writes_only_what_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for name in ("reference", "current"):
        table = pa.table({"x": rng.normal(size=2_000), "label": rng.choice(["a", "b"], 2_000)})
        pa.parquet.write_table(table, tmp_path / f"{name}.parquet")
    script = (
        AUDIT
        + """
    def refuse(event, arguments):
        if event.startswith("socket."):
            raise AssertionError(f"{event} {arguments}")
    sys.addaudithook(refuse)
    import driftline as dl
    reference = dl.profile("reference.parquet")
    reference.save("reference.dlp")
    decision = dl.check(dl.load("reference.dlp"), "current.parquet")
    decision.to_json()
    decision.to_text()
    decision._repr_html_()
    decision.to_html("report.html")
    print("\\n".join(seen))
    """
    )
    events = run(script, tmp_path).split("\n")
    left = [event for event in events if event and ".dlp" not in event and "report.html" not in event]
    assert left == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "current.parquet",
        "reference.dlp",
        "reference.parquet",
        "report.html",
    ]


def digest(value: Any) -> str:
    """Hash of everything a caller can see in a table."""
    if isinstance(value, dict):
        return "".join(digest(part) for part in value.values())
    if isinstance(value, np.ndarray):
        content = repr(value.tolist()).encode() if value.dtype == object else value.tobytes()
        return hashlib.sha256(content + str((value.dtype, value.shape, value.flags.writeable)).encode()).hexdigest()
    if isinstance(value, pd.DataFrame):
        hashed = pd.util.hash_pandas_object(value, index=True).to_numpy().tobytes()
        return hashlib.sha256(hashed + repr((value.dtypes.to_dict(), value.attrs)).encode()).hexdigest()
    if isinstance(value, pl.DataFrame):
        return hashlib.sha256(value.hash_rows().to_numpy().tobytes() + repr(value.schema).encode()).hexdigest()
    if isinstance(value, pa.Table):
        return hashlib.sha256(repr(value.to_pydict()).encode() + repr(value.schema).encode()).hexdigest()
    return hashlib.sha256(repr(value).encode()).hexdigest()


def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    numbers = rng.normal(size=3_000)
    numbers[::7] = np.nan
    numbers[::11] = -0.0
    return {"x": numbers, "n": rng.integers(-9, 9, 3_000), "label": rng.choice(["b", "a", ""], 3_000)}


TABLES: dict[str, Callable[[], Any]] = {
    "arrays": columns,
    "lists": lambda: {name: values.tolist() for name, values in columns().items()},
    "pandas": lambda: pd.DataFrame(columns()),
    "pandas category": lambda: pd.DataFrame(columns()).astype({"label": "category"}),
    "polars": lambda: pl.DataFrame(columns()),
    "pyarrow": lambda: pa.table(columns()),
    "matrix": lambda: np.asfortranarray(np.random.default_rng(2).normal(size=(500, 3))),
    "structured": lambda: np.rec.fromarrays(list(columns().values()), names="x,n,label"),
}


@pytest.mark.parametrize("table", TABLES)
def test_the_callers_data_are_not_changed(table: str) -> None:
    data = TABLES[table]()
    before = digest(data)
    dl.profile(data, threads=2)
    decision = dl.check(data, data)
    decision.to_html()
    dl.compare(dl.profile(data), data)
    assert digest(data) == before


def test_read_only_arrays_are_read() -> None:
    data = columns()
    expected = dl.profile(data)
    for values in data.values():
        values.flags.writeable = False
    assert dl.profile(data) == expected


def test_numbers_are_read_where_they_lie() -> None:
    import tracemalloc

    data = {str(i): np.random.default_rng(i).normal(size=1_000_000) for i in range(4)}
    dl.profile({"0": data["0"][:10]})
    tracemalloc.start()
    dl.profile(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000  # one column alone holds eight times as much
