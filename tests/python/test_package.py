"""The package: what importing it costs, what it offers, and what it says when its core is missing."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

import pytest

import driftline as dl


def run(script: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_importing_loads_nothing_heavy() -> None:
    done = run("""
        import sys
        import driftline
        heavy = {"numpy", "pandas", "polars", "pyarrow", "jinja2", "driftline._core"} & set(sys.modules)
        assert not heavy, heavy
    """)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there() -> None:
    for name in dl.__all__:
        assert getattr(dl, name) is not None
    assert set(dl.__all__) <= set(dir(dl))
    with pytest.raises(AttributeError, match="profil"):
        dl.profil  # noqa: B018


def test_a_missing_core_is_explained() -> None:
    done = run("""
        import sys
        sys.modules["driftline._core"] = None
        import driftline
        driftline.profile
    """)
    assert done.returncode == 1
    assert "ImportError: driftline._core, the compiled part of driftline, is missing" in done.stderr
    assert "pip install" in done.stderr


def test_an_interrupt_stops_a_long_profile() -> None:
    script = """
        import os, signal, threading, time
        import numpy as np
        import driftline as dl

        rng = np.random.default_rng(1)
        data = {f"c{i}": rng.normal(size=4_000_000) for i in range(4)}
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        begin = time.perf_counter()
        try:
            for _ in range(2000):
                dl.profile(data)
        except KeyboardInterrupt:
            assert time.perf_counter() - begin < 5
            print("stopped")
    """
    done = run(script, timeout=120)
    assert done.stdout == "stopped\n", done.stderr
