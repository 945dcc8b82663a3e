"""Memory: flat however many rows there are, and an error in plain words where there is too little of it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import driftline as dl
from driftline.ingest.memory import available_memory


def small_table(n: int) -> pa.Table:
    rng = np.random.default_rng(0)
    few = np.array([f"label {k}" for k in range(40)])[rng.integers(0, 40, n)]
    return pa.table(
        {"number": rng.normal(size=n), "few": few, "many": [f"user {k}" for k in rng.integers(0, 10**9, n)]}
    )


PEAK = """
    import sys
    import driftline as dl
    def kib(field):
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))
    dl.profile(sys.argv[2], threads=2)
    before = kib("VmRSS")
    dl.profile(sys.argv[1], threads=2)
    print(kib("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_memory_does_not_grow_with_the_rows_of_a_row_group(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    n = 4_000_000
    table = pa.table({f"x{i}": rng.normal(size=n) for i in range(8)})  # 244 MiB
    pq.write_table(table, tmp_path / "large.parquet", row_group_size=n, compression="none")
    pq.write_table(table.slice(0, 1000), tmp_path / "small.parquet")
    command = [sys.executable, "-c", textwrap.dedent(PEAK), str(tmp_path / "large.parquet")]
    added = int(subprocess.run([*command, str(tmp_path / "small.parquet")], capture_output=True, check=True).stdout)
    assert added < 60 * 1024, added


def test_reading_files_does_not_import_pandas(tmp_path: Path) -> None:
    """It would take 45 MiB and a third of a second."""
    pq.write_table(small_table(1_000), tmp_path / "x.parquet")
    script = "import sys, driftline as dl; dl.profile(sys.argv[1]); print([m for m in sys.modules if 'pandas' in m])"
    command = [sys.executable, "-c", script, str(tmp_path / "x.parquet")]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "pandas.core" not in found


def test_a_run_ends_before_the_memory_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("driftline.ingest.memory.available_memory", lambda: 10 << 20)
    pq.write_table(small_table(100), tmp_path / "x.parquet")
    before = threading.active_count()
    for data in (tmp_path / "x.parquet", [{"x": [1.0]}, {"x": [2.0]}], {"x": [1.0]}):
        with pytest.raises(dl.InputError, match=r"only 10 MiB of memory are left.*columns=.*threads"):
            dl.profile(data)
    assert threading.active_count() == before


def test_a_data_set_whose_row_groups_do_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pq.write_table(small_table(30_000), tmp_path / "x.parquet")
    dataset = pyarrow.dataset.dataset(tmp_path / "x.parquet")
    assert dl.profile(dataset).n_rows == 30_000
    monkeypatch.setattr("driftline.ingest.arrow_streams.available_memory", lambda: 100_000)
    with pytest.raises(dl.InputError, match=r"x\.parquet: a row group of \d+ MiB does not fit.*hand over the paths"):
        dl.profile(dataset)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits the address space")
def test_memory_that_is_refused_is_an_error_with_the_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": ["y" * 150_000_000]}), tmp_path / "x.parquet", compression="zstd")
    script = """
        import resource, sys
        import pyarrow.parquet
        import driftline as dl
        dl.profile({"x": [1.0]})
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + (100 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            dl.profile(sys.argv[1], threads=1)
        except dl.InputError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "x.parquet")]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "x.parquet: memory ran out" in found.stdout, found.stderr


LIMITED = """
    import pathlib, resource, sys, threading
    import numpy as np, pyarrow as pa, pyarrow.csv, pyarrow.parquet as pq
    import driftline as dl
    folder, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    table = pa.table({str(i): np.random.default_rng(i).normal(size=100_000) for i in range(20)})
    pq.write_table(table, folder / "x.parquet")
    pyarrow.csv.write_csv(table.slice(0, 30_000), folder / "x.csv")
    # No heap has room for this by chance.
    pq.write_table(pa.table({"x": ["y" * 150_000_000]}), folder / "long.parquet", compression="zstd")
    for write, name in ((pq.write_table, "small.parquet"), (pyarrow.csv.write_csv, "small.csv")):
        write(table.slice(0, 10), folder / name)
        dl.profile(folder / name)  # what is imported now needs no memory later
    def source(what):
        return {"memory": table, "generator": iter([table] * 3)}.get(what, folder / what)
    for what in ("x.parquet", "long.parquet", "x.csv", "generator", "memory"):
        for mebibytes in (1, 4, 16, 2_000):
            held = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (held + (mebibytes << 20), resource.RLIM_INFINITY))
            try:
                dl.profile(source(what), threads=threads)
                result = "ok"
            except dl.InputError as error:
                result = f"refused: {error}"
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(what, mebibytes, threading.active_count(), result, flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits the address space")
@pytest.mark.parametrize("threads", [1, 2])
def test_any_limit_of_memory_gives_the_profile_or_an_error_that_says_so(threads: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(LIMITED), str(tmp_path), str(threads)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    lines = [line.split(" ", 3) for line in found.stdout.splitlines()]
    assert len(lines) == 20
    assert {n_threads for _, _, n_threads, _ in lines} == {"1"}
    assert all(result == "ok" for _, mebibytes, _, result in lines if mebibytes == "2000")
    refused = [result for *_, result in lines if result != "ok"]
    assert len(refused) >= 3
    assert all("memory" in result or "thread" in result for result in refused), refused


def test_the_least_of_machine_and_control_groups_is_available(tmp_path: Path) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "groups"
    mib = 1 << 20

    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert available_memory(proc, groups) is None
    write(proc / "meminfo", "MemTotal: 9000 kB\nMemAvailable:    8192000 kB\n")
    write(proc / "self" / "cgroup", "0::/pod/box\n")
    assert available_memory(proc, groups) == 8_000 * mib
    write(groups / "pod" / "box" / "memory.max", "max\n")
    write(groups / "pod" / "box" / "memory.current", f"{5 * mib}\n")
    assert available_memory(proc, groups) == 8_000 * mib
    write(groups / "pod" / "memory.max", f"{100 * mib}\n")
    write(groups / "pod" / "memory.current", f"{90 * mib}\n")
    write(groups / "pod" / "memory.stat", f"anon 5\ninactive_file {20 * mib}\nactive_file {3 * mib}\n")
    assert available_memory(proc, groups) == 33 * mib
    write(proc / "self" / "cgroup", "9:cpu:/\n4:memory:/box\n")
    write(groups / "memory" / "memory.limit_in_bytes", "9223372036854771712\n")
    write(groups / "memory" / "memory.usage_in_bytes", f"{700 * mib}\n")
    write(groups / "memory" / "box" / "memory.limit_in_bytes", f"{64 * mib}\n")
    write(groups / "memory" / "box" / "memory.usage_in_bytes", f"{70 * mib}\n")
    write(groups / "memory" / "box" / "memory.stat", f"total_inactive_file {mib}\ntotal_active_file 0\n")
    assert available_memory(proc, groups) == 0
