"""The wheel works in an environment that holds nothing else.

``DRIFTLINE_WHEEL`` names the wheel to test; without it one is built from the source tree, which takes minutes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
IMPORT_BUDGET_MS = 150
EXTENSION_BUDGET_BYTES = 5_000_000


def run(*command: str | Path, cwd: Path) -> str:
    """Output of a command, started outside the source tree and without the settings of this process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if "DRIFTLINE_WHEEL" in os.environ:
        return Path(os.environ["DRIFTLINE_WHEEL"])
    folder = tmp_path_factory.mktemp("wheel")
    build_folder = f"-Cbuild-dir={folder / 'build'}"
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", f"--wheel-dir={folder}", build_folder, ROOT, cwd=folder)
    return next(folder.glob("driftline-*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment into which only the wheel was installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    executable = folder / "bin" / "python"
    run(executable, "-m", "pip", "install", wheel, cwd=folder)
    return executable


def test_it_brings_only_numpy_and_jinja2(python: Path, tmp_path: Path) -> None:
    listed = json.loads(run(python, "-m", "pip", "list", "--format=json", cwd=tmp_path))
    names = {package["name"].lower() for package in listed} - {"pip", "setuptools"}
    assert names == {"driftline", "numpy", "jinja2", "markupsafe"}


def test_it_works_there(python: Path, tmp_path: Path) -> None:
    assert "works" in run(python, ROOT / "tests" / "smoke.py", cwd=tmp_path)


def test_it_loads_one_tbb_its_own_if_it_has_one(python: Path, wheel: Path, tmp_path: Path) -> None:
    script = (
        "import pathlib, driftline, driftline._core;"
        "maps = pathlib.Path('/proc/self/maps').read_text().split();"
        "print(pathlib.Path(driftline.__file__).parent, *{word for word in maps if 'libtbb' in word})"
    )
    package, *libraries = run(python, "-c", script, cwd=tmp_path).split()
    bundled = any("libtbb" in name for name in zipfile.ZipFile(wheel).namelist())
    assert len(libraries) == 1
    assert Path(libraries[0]).is_relative_to(package) == bundled


def test_the_import_is_quick(python: Path, tmp_path: Path) -> None:
    # Processor time, the least of several runs: what else the machine does must not count.
    script = "import time; t = time.process_time(); import driftline; print(1e3 * (time.process_time() - t))"
    assert min(float(run(python, "-c", script, cwd=tmp_path)) for _ in range(7)) <= IMPORT_BUDGET_MS


def test_the_import_starts_no_thread(python: Path, tmp_path: Path) -> None:
    count = "import os; print(len(os.listdir('/proc/self/task')))"
    assert run(python, "-c", f"import numpy, driftline._core; {count}", cwd=tmp_path) == run(
        python, "-c", f"import numpy; {count}", cwd=tmp_path
    )


def test_the_extension_is_small(wheel: Path) -> None:
    entries = zipfile.ZipFile(wheel).infolist()
    (size,) = (entry.file_size for entry in entries if re.search(r"/_core\..*so$", entry.filename))
    assert size <= EXTENSION_BUDGET_BYTES


def test_the_licences_of_what_is_compiled_in_are_in_the_wheel(wheel: Path) -> None:
    names = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if "/licenses/" in name}
    assert names == {"LICENSE", "oneTBB.txt", "Boost.txt", "pybind11.txt"}
