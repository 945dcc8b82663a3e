"""Layers look one way only: the tables below are the whole truth about who may include or import whom."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPP = ROOT / "cpp"
PYTHON = ROOT / "python" / "driftline"

MAY_INCLUDE = {
    "base": set(),
    "column": {"base"},
    "parallel": {"base"},
    "summary": {"base", "column"},
    "profile": {"base", "column", "parallel", "summary"},
    "drift": {"base", "column", "summary", "profile"},
    "bindings": {"base", "column", "parallel", "summary", "profile", "drift"},
}

# A third-party header has one door.
ONLY_IN = {
    r"tbb/|oneapi/": {"parallel"},
    r"boost/multiprecision/": {"summary"},
    r"boost/crc": {"profile"},
    r"boost/math/": {"drift"},
    r"Eigen/": {"joint"},
    r"pybind11/|Python\.h": {"bindings"},
}

MAY_IMPORT = {
    "errors": set(),
    "schema": {"errors"},
    "ingest": {"_core", "errors"},
    "profiling": {"_core", "errors", "schema", "ingest"},
    "methods": {"_core", "errors"},
    "report": {"_core", "errors", "profiling", "methods"},
    "explain": {"report"},
    "comparison": {"_core", "errors", "schema", "profiling", "methods", "report", "explain"},
    "policy": {"errors", "methods", "report"},
    "render": {"errors", "profiling", "report", "policy"},
    "cli": {"errors", "schema", "profiling", "methods", "comparison", "policy", "render"},
}


def _includes(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(encoding="utf-8"), re.MULTILINE)


def _cpp_files() -> list[tuple[str, Path]]:
    files = [(path.parent.name, path) for path in (CPP / "driftline").rglob("*.[ch]pp")]
    return files + [("bindings", path) for path in (CPP / "bindings").rglob("*.[ch]pp")]


def test_every_layer_of_the_core_is_in_the_table() -> None:
    assert {layer for layer, _ in _cpp_files()} == set(MAY_INCLUDE)


@pytest.mark.parametrize(("layer", "path"), _cpp_files(), ids=lambda value: getattr(value, "name", value))
def test_includes_look_one_way(layer: str, path: Path) -> None:
    for header in _includes(path):
        if header.startswith("driftline/"):
            target = header.split("/")[1]
            assert target == layer or target in MAY_INCLUDE[layer], f"{path.name} of {layer}/ includes {header}"
        for pattern, doors in ONLY_IN.items():
            assert not re.match(pattern, header) or layer in doors, f"{path.name} of {layer}/ includes {header}"
        assert header not in {"execution", "format"}, f"{path.name}: <{header}> does not work with GCC 12 beside TBB"
