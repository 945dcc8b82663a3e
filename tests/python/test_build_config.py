"""Facts that are written down in more than one file agree."""

from __future__ import annotations

import re
from pathlib import Path

import driftline
from driftline import _core

ROOT = Path(__file__).resolve().parents[2]


def test_the_version_is_that_of_pyproject() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', pyproject, re.MULTILINE)
    assert driftline.__version__ == _core.__version__ == version


def test_the_build_names_its_libraries() -> None:
    assert {name for name, version in _core.build_info().items() if version} == {"compiler", "tbb", "boost", "pybind11"}


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^(apt-get update && .* nox)$", readme, re.MULTILINE)
    assert f"({command})" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
