"""Layers look one way only: the tables below say who may include or import whom."""

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
    r"boost/math/": {"drift"},
    r"Eigen/": {"joint"},
    r"pybind11/|Python\.h": {"bindings"},
}

# Modules and packages of the Python side, each importing only those above it. What a function imports when it is called
# (a report that renders itself) is listed apart, so that the way data flow stays visible.
ORDER = [
    "_core",
    "errors",
    "after_fork",
    "schema",
    "file_output",
    "ingest",
    "profiling",
    "formatting",
    "render.json",
    "left_out",
    "kind_change",
    "encoding_change",
    "methods",
    "multiplicity",
    "policy",
    "evidence",
    "explain",
    "report",
    "notes",
    "sequential.blocks",
    "row_worth",
    "comparison",
    "reasons",
    "standing",
    "minimum_effect",
    "decision",
    "checking",
    "sequential",
    "render",
    "notify",
    "store",
    "monitor",
    "integrations",
    "cli",
]
ON_CALL = {
    "report": {"comparison", "decision", "explain", "notes", "render", "render.json"},
    "decision": {"render"},
    "notes": set(),
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


def _module(path: Path) -> str:
    """Name as in ORDER: the package for its modules, but for those that are listed themselves."""
    name = ".".join(path.relative_to(PYTHON).with_suffix("").parts)
    return name if name in ORDER else name.split(".")[0]


def _listed(imported: str) -> str | None:
    """The entry of ORDER that `driftline.…` stands for; None for names from other packages."""
    if imported.split(".")[0] != "driftline":
        return None
    parts = imported.split(".")[1:]
    for size in (2, 1):
        if ".".join(parts[:size]) in ORDER:
            return ".".join(parts[:size])
    return None


def _imports(path: Path) -> list[tuple[str, bool]]:
    """Names of ORDER that a module imports when it runs, and whether only a call does it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [(entry, id(node) in inside) for entry in map(_listed, names) if entry is not None]
    return found


def _python_files() -> list[Path]:
    return sorted(
        path
        for path in PYTHON.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py") or path.parent != PYTHON
    )


def test_every_python_module_is_in_the_order() -> None:
    assert {_module(path) for path in _python_files()} | {"_core"} == set(ORDER)


@pytest.mark.parametrize("path", _python_files(), ids=lambda path: str(path.relative_to(PYTHON)))
def test_imports_look_one_way(path: Path) -> None:
    module = _module(path)
    for imported, on_call in _imports(path):
        if imported == module or (on_call and imported in ON_CALL.get(module, ())):
            continue
        assert ORDER.index(imported) < ORDER.index(module), f"{path.name} of {module} imports {imported}"
