"""The benchmark scripts run, at sizes where their numbers mean nothing, and judge as they say."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import driftline as dl

SCRIPTS = Path(__file__).resolve().parents[2] / "benchmarks" / "python"


def run(script: str, *arguments: str | Path) -> str:
    """What the script prints, run as by a user, with the driftline that is tested."""
    package = str(Path(dl.__file__).resolve().parents[1])
    command = [sys.executable, str(SCRIPTS / script), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": package}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def load(script: str) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{script}", SCRIPTS / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured by /proc")
def test_the_comparison_with_tools_writes_the_table_that_it_prints(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    shown = run("compare_tools.py", table, "--rows", "500", "--columns", "10", "--rounds", "1", "--tools", "scipy")
    assert shown.strip() == table.read_text(encoding="utf-8").strip()
    assert "500 rows × 10 columns (6 float, 2 int, 1 category, 1 string)" in shown
    assert "failed" not in shown
    times = [cells(line)[1] for line in shown.splitlines() if line.startswith(("| driftline", "| the same", "| SciPy"))]
    assert len(times) == 5
    assert all(re.fullmatch(r"[\d.e-]+ s", time) for time in times)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured by /proc")
def test_growth_has_a_table_for_each_thing_that_grows(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    shown = run("growth.py", table, "--scale", "0.0001", "--rounds", "1")
    assert shown.strip() == table.read_text(encoding="utf-8").strip()
    assert shown.count("\n### ") == 5
    grown = [cells(line)[0] for line in shown.splitlines() if line.startswith("| 1")]
    assert {"1", "10", "100", "1,000", "10,000"} <= set(grown)


def test_the_jobs_that_revisions_are_compared_by_exist() -> None:
    known = run("end_to_end.py", "--help")
    assert all(f"{part}," in known or f"{part}}}" in known for part in load("compare_revisions").PARTS)


def test_a_line_is_slower_only_if_every_round_says_so() -> None:
    revisions = load("compare_revisions")
    base = [{"slow": 1.0, "noise": 1.0, "fast": 1.0, "gone": 1.0}, {"slow": 1.2, "noise": 1.4, "fast": 1.5}]
    head = [{"slow": 1.2, "noise": 1.3, "fast": 0.9, "new": 1.0}, {"slow": 1.5, "noise": 1.2, "fast": 0.6}]
    lines = {line.name: line for line in revisions.lines_of(base, head)}
    assert list(lines) == ["slow", "noise", "fast"]
    assert [line.verdict for line in lines.values()] == ["slower", "", "faster"]
    assert lines["slow"].ratio == pytest.approx(1.2)
    assert revisions.too_slow(list(lines.values()), 1.1) == [lines["slow"]]
    assert revisions.too_slow(list(lines.values()), 1.25) == []
