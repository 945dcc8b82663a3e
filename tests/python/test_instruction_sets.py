"""A profile has the same bytes whatever instructions the machine has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import driftline as dl

WRITE_PROFILE = """
import sys
import numpy as np, pyarrow as pa
import driftline as dl
rng = np.random.default_rng(3)
n = 70_001
normal = rng.standard_normal(n)
nulls = rng.random(n) < 0.1
edges = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 0.5, 1 - 2**-53, 5e-324, 1.7e308, 2.0**53, 999.0])
dl.profile(pa.table({
    "normal": normal,
    "edges": rng.choice(edges, n),
    "scores": 1 / (1 + np.exp(-8 * normal)),
    "decades": 10.0 ** (600 * rng.random(n) - 300),
    "nulls": pa.array(normal, mask=nulls),
    "float32": pa.array(normal.astype(np.float32), mask=nulls),
    "int64": rng.integers(-2**63, 2**63 - 1, n),
    "uint64": rng.integers(0, 2**64 - 1, n, dtype=np.uint64),
    "ids": np.arange(n),
    "int8": rng.integers(-128, 128, n).astype(np.int8),
    "bool": pa.array(nulls),
    "time": pa.array(rng.integers(0, 2**61, n).astype("datetime64[ns]"), mask=nulls),
}), threads=1).save(sys.argv[1])
"""


def _write(path: Path, isa: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(dl.__file__).parents[1])
    search = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "DRIFTLINE_ISA": isa, "PYTHONPATH": search}
    return subprocess.run(
        [sys.executable, "-c", WRITE_PROFILE, str(path)], env=environment, capture_output=True, text=True, check=False
    )


def test_profiles_have_the_same_bytes_on_every_instruction_set(tmp_path: Path) -> None:
    written = {}
    for isa in ("scalar", "avx2", "avx512", ""):
        path = tmp_path / f"{isa or 'chosen'}.dlp"
        result = _write(path, isa)
        if "not among what this machine can run" in result.stderr and isa.startswith("avx"):
            continue
        assert result.returncode == 0, result.stderr
        written[isa] = path.read_bytes()
    if len(written) == 2:
        pytest.skip("this machine has the scalar kernels only")
    assert set(written.values()) == {written["scalar"]}


def test_an_unknown_instruction_set_is_refused_by_name(tmp_path: Path) -> None:
    result = _write(tmp_path / "profile.dlp", "mmx")
    assert result.returncode != 0
    assert "DRIFTLINE_ISA=mmx is not among what this machine can run: scalar" in result.stderr
