"""One virtual environment per tool, in build/tools, and a way to run its script on arrays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[2] / "build" / "tools"

COMMON = ["pandas==2.3.3", "numpy==2.4.6", "scipy==1.17.1", "pyarrow==26.0.1"]
# What works with CPython 3.11: evidently 0.7.21 does not import with pandas 3, NannyML needs statsmodels undeclared.
REQUIREMENTS = {
    "evidently": ["evidently==0.7.21", *COMMON],
    "nannyml": ["nannyml==0.13.1", *COMMON, "statsmodels"],
    "whylogs": ["whylogs[viz]==1.6.0", *COMMON],
    "popmon": ["popmon==1.4.12", *COMMON],
    "datasketches": ["datasketches==5.2.0", *COMMON],
}


def python_of(tool: str) -> Path:
    """The interpreter of a tool's environment, which is made when it is missing; ours for what is not listed above."""
    if tool not in REQUIREMENTS:
        return Path(sys.executable)
    folder = FOLDER / tool
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(REQUIREMENTS[tool])
    done = folder / "requirements.txt"
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return python
    uv = shutil.which("uv") or (str(beside) if (beside := Path(sys.executable).with_name("uv")).is_file() else None)
    if uv:
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    else:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, *REQUIREMENTS[tool]], check=True)
    done.write_text(wanted, encoding="utf-8")
    return python


def call(tool: str, script: str, *arguments: str | Path, timeout: float | None = None) -> None:
    """Run a script of this folder in a tool's environment, for so many seconds at most."""
    own = tool in REQUIREMENTS
    environment = {name: value for name, value in os.environ.items() if not (own and name.startswith("PYTHON"))}
    command = [str(python_of(tool)), str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"{tool} failed:\n{done.stderr[-3000:]}")


def run(tool: str, what: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """What the script of a tool finds for the arrays, see exchange.py: ``found``, ``seconds``, ``versions``."""
    python_of(tool)
    with TemporaryDirectory(dir=FOLDER) as folder:
        source, target = Path(folder, "columns.npz"), Path(folder, "found.json")
        np.savez(source, **arrays)  # type: ignore[arg-type]
        call(tool, f"{tool}_numbers.py", what, source, target)
        found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found
