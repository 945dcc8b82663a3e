"""Safe after fork, under spawn, in threads; threads are as many as asked for; Ctrl-C stops a long profile.

What could hang runs in a process of its own with a time limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import driftline as dl
from driftline import _core

TIME_LIMIT_S = 60.0

counts_threads = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads through /proc")


def columns(n: int = 100_000, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {f"x{i}": rng.normal(size=n) for i in range(4)} | {"label": rng.choice(["a", "b", "c"], n)}


def run(script: str, **environment: str) -> str:
    """Output of a script in a fresh interpreter; a hang or a failure fails the test."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


FORK = """
    import os, sys, threading, time
    import numpy as np
    import driftline as dl

    data = {str(i): np.random.default_rng(i).normal(size=300_000) for i in range(4)}
    expected = dl.profile(data, threads=4).to_bytes()
    assert dl.check(data, data).verdict == "ok"

    def child_works(fork=os.fork):
        pid = fork()
        if pid == 0:
            same = dl.profile(data, threads=4).to_bytes() == expected and dl.check(data, data).verdict == "ok"
            os._exit(0 if same else 3)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status) == 0
            time.sleep(0.01)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        return False
"""


def test_a_child_forked_after_use_profiles_and_compares() -> None:
    assert run(FORK + "    print([child_works() for _ in range(5)])").strip() == str([True] * 5)


def test_a_grandchild_works_too() -> None:
    script = """
    if os.fork() == 0:
        os._exit(0 if child_works() else 3)
    print(os.waitstatus_to_exitcode(os.wait()[1]))
    """
    assert run(FORK + script).strip() == "0"


def test_a_child_forked_while_another_thread_profiles_works() -> None:
    script = """
    busy = threading.Event()
    def work():
        while not busy.is_set():
            dl.profile(data, threads=4)
    worker = threading.Thread(target=work)
    worker.start()
    results = [child_works() for _ in range(5)]
    busy.set()
    worker.join()
    print(results)
    """
    assert run(FORK + script).strip() == str([True] * 5)


def test_a_child_forked_from_another_thread_works() -> None:
    script = """
    results = []
    worker = threading.Thread(target=lambda: results.append(child_works()))
    worker.start()
    worker.join()
    print(results)
    """
    assert run(FORK + script).strip() == "[True]"


def test_the_parent_works_on_after_a_fork() -> None:
    script = """
    assert child_works()
    print(dl.profile(data, threads=4).to_bytes() == expected)
    """
    assert run(FORK + script).strip() == "True"


def profile_bytes(seed: int) -> bytes:
    return dl.profile(columns(20_000, seed), threads=2).to_bytes()


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_of_a_pool_send_profiles_home(method: str) -> None:
    script = f"""
        import multiprocessing, numpy as np, driftline as dl
        from concurrent.futures import ProcessPoolExecutor

        if __name__ == "__main__":
            parts = [np.random.default_rng(i).normal(size=20_000) for i in range(4)]
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("{method}")) as pool:
                profiles = list(pool.map(dl.profile, [{{"x": part}} for part in parts]))
            print(dl.merge(profiles) == dl.profile({{"x": np.concatenate(parts)}}))
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool_example.py"
        path.write_text(textwrap.dedent(script))
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False)
    assert done.stdout.strip() == "True", done.stderr


def test_many_threads_may_compare_the_same_profiles() -> None:
    reference, current = dl.profile(columns(seed=1)), dl.profile(columns(seed=2))
    expected = dl.compare(reference, current).to_json()
    barrier = threading.Barrier(8)

    def compare(_: int) -> str:
        barrier.wait()
        report = dl.compare(reference, current)
        dl.decide(report)
        return report.to_json()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(compare, range(8))) == {expected}


def test_many_threads_may_read_one_profile() -> None:
    profile = dl.profile(columns())
    barrier = threading.Barrier(8)

    def read(_: int) -> tuple[Any, ...]:
        barrier.wait()
        column = profile.columns["x0"]
        return column.quantile(0.3), column.cdf(0.1), column.mean, profile.to_bytes(), (profile + profile).digest

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read, range(16)))) == 1


def test_many_threads_may_profile_at_once() -> None:
    expected = [profile_bytes(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(profile_bytes, range(6))) == expected


THREADS_USED = """
    import os, threading, time
    import numpy as np
    import driftline as dl
    from driftline import _core
    data = {str(i): np.random.default_rng(i).normal(size=2_000_000) for i in range(8)}
    most = 0
    done = False
    def watch():
        global most
        while not done:
            most = max(most, len(os.listdir("/proc/self/task")))
    watcher = threading.Thread(target=watch)
    watcher.start()
    time.sleep(0.05)
    before = most
"""


@counts_threads
@pytest.mark.parametrize(("threads", "extra"), [(1, 0), (2, 1), (3, 2)])
def test_no_more_threads_work_than_asked_for(threads: int, extra: int) -> None:
    script = f"""
    dl.profile(data, threads={threads})
    done = True
    watcher.join()
    print(most - before)
    """
    assert 0 <= int(run(THREADS_USED + script)) <= extra


@counts_threads
def test_the_environment_can_force_one_thread() -> None:
    script = """
    assert _core.available_threads() == 1
    dl.profile(data)
    done = True
    watcher.join()
    print(most - before)
    """
    assert run(THREADS_USED + script, DRIFTLINE_NUM_THREADS="1").strip() == "0"


def test_threads_follow_affinity_and_environment() -> None:
    assert 1 <= _core.available_threads() <= (os.cpu_count() or 1)
    ask = "from driftline import _core; print(_core.available_threads())"
    assert run(ask, DRIFTLINE_NUM_THREADS="1").strip() == "1"
    if hasattr(os, "sched_setaffinity"):
        pinned = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); " + ask
        assert run(pinned, DRIFTLINE_NUM_THREADS="").strip() == "1"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", ""])
def test_an_environment_that_names_no_number_of_threads_is_ignored(value: str) -> None:
    ask = "from driftline import _core; print(_core.available_threads())"
    assert int(run(ask, DRIFTLINE_NUM_THREADS=value)) >= 1


def test_other_python_threads_run_while_profiling() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000)
    data = {str(i): values for i in range(60)}
    ticks = 0
    running = True

    def tick() -> None:
        nonlocal ticks
        while running:
            ticks += 1
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        started, before = time.monotonic(), ticks
        dl.profile(data, threads=1)
        took, ticked = time.monotonic() - started, ticks - before
    finally:
        running = False
        ticker.join()
    # With the lock held throughout, the ticker would run a handful of times.
    assert ticked > 20 * took, (ticked, took)
