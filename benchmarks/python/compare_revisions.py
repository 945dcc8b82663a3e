"""The working tree against an earlier revision, line by line: the C++ benchmarks and the end-to-end jobs.

    python benchmarks/python/compare_revisions.py                         against where this branch left main, or HEAD~1
    python benchmarks/python/compare_revisions.py --base v0.1.0 --filter histogram
    python benchmarks/python/compare_revisions.py --fail-above 1.10       exits with 1 where a line got slower than that

Both are built with the same tools (``nox -s bench`` installs them) in build/bench and run in turn. The ratio is that of
the fastest rounds. Beside it stands the range of the ratios of single rounds: where nothing changed, all six lie on the
same side of 1 for one line in 32, so only such lines are called slower or faster.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "bench"
PARTS = ("profile", "threads", "scipy", "values")
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}

Seconds = dict[str, float]


@dataclass(frozen=True)
class Build:
    """One of the two sides: its benchmark programs, and a folder to import driftline from."""

    programs: Path
    package: Path


@dataclass(frozen=True)
class Line:
    """One benchmark on both sides."""

    name: str
    base: float
    head: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        return self.head / self.base

    @property
    def verdict(self) -> str:
        if self.low > 1.0:
            return "slower"
        return "faster" if self.high < 1.0 else ""


def git(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def default_base() -> str:
    """Where this branch left main; the commit before on main itself."""
    head = git("rev-parse", "HEAD")
    left = (git("merge-base", "HEAD", main, check=False) for main in ("origin/main", "main"))
    return next((commit for commit in left if commit and commit != head), "HEAD~1")


def checkout(revision: str) -> Path:
    """The sources of a revision, in a git worktree that is kept, so that a second run builds less."""
    source = FOLDER / "base" / "source"
    commit = git("rev-parse", "--verify", f"{revision}^{{commit}}")
    if source.is_dir():
        git("-C", str(source), "checkout", "--quiet", "--force", "--detach", commit)
    else:
        git("worktree", "prune")
        git("worktree", "add", "--quiet", "--detach", str(source), commit)
    return source


def build(side: str, source: Path) -> Build:
    """Everything of one side by one CMake build: benchmark programs, and the package with its extension."""
    folder, package = FOLDER / side / "cmake", FOLDER / side / "package"
    pybind11 = subprocess.check_output([sys.executable, "-m", "pybind11", "--cmakedir"], text=True).strip()
    options = {
        "CMAKE_BUILD_TYPE": "Release",
        "DRIFTLINE_BENCHMARKS": "ON",
        "DRIFTLINE_PYTHON": "ON",
        "Python_EXECUTABLE": sys.executable,
        "pybind11_DIR": pybind11,
        "CMAKE_PREFIX_PATH": str(Path(pybind11).parents[3]),
    }
    settings = [f"-D{name}={value}" for name, value in options.items()]
    quiet = {"check": True, "stdout": sys.stderr}
    subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", folder, *settings], **quiet)  # type: ignore[call-overload]
    subprocess.run(["cmake", "--build", folder], **quiet)  # type: ignore[call-overload]
    shutil.rmtree(package, ignore_errors=True)
    ours = shutil.ignore_patterns("*.so", "*.tmp", "__pycache__")
    shutil.copytree(source / "python" / "driftline", package / "driftline", ignore=ours)
    install = ["cmake", "--install", folder, "--component", "python", "--prefix", package]
    subprocess.run(install, **quiet)  # type: ignore[call-overload]
    return Build(folder / "benchmarks" / "cpp", package)


def run_programs(side: Build, wanted: str) -> Seconds:
    """Processor time per iteration of every C++ benchmark; time on the clock where a benchmark asks for that."""
    found = {}
    for program in sorted(side.programs.glob("driftline_*_benchmark")):
        command = [program, "--benchmark_format=json", "--benchmark_min_time=0.1", f"--benchmark_filter={wanted}"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for entry in json.loads(done.stdout)["benchmarks"] if done.stdout.strip() else ():
            clock = "real_time" if "/real_time" in entry["name"] else "cpu_time"
            found[entry["name"]] = entry[clock] * UNITS[entry["time_unit"]]
    return found


def run_jobs(side: Build, parts: Sequence[str], rows: int) -> Seconds:
    """The end-to-end jobs of this tree on either side; a part that a side cannot do is left out."""
    found: Seconds = {}
    script, target = ROOT / "benchmarks" / "python" / "end_to_end.py", side.package / "timings.json"
    for part in parts:
        command = [sys.executable, script, "--rows", str(rows), "--rounds", "2", "--only", part, "--json", target]
        environment = os.environ | {"PYTHONPATH": str(side.package)}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            print(f"{part} does not run with {side.package}: {' '.join(last)}", file=sys.stderr)
            continue
        found |= json.loads(target.read_text(encoding="utf-8"))
    return found


def lines_of(base: Sequence[Seconds], head: Sequence[Seconds]) -> list[Line]:
    """The benchmarks that both sides have in every round."""
    lines = []
    for name in head[0]:
        if not all(name in found for found in (*base, *head)):
            continue
        before, now = [found[name] for found in base], [found[name] for found in head]
        ratios = [ours / theirs for ours, theirs in zip(now, before, strict=True)]
        lines.append(Line(name, min(before), min(now), min(ratios), max(ratios)))
    return lines


def too_slow(lines: Sequence[Line], limit: float) -> list[Line]:
    """Those above the limit that no noise explains."""
    return [line for line in lines if line.ratio > limit and line.verdict == "slower"]


def duration(seconds: float) -> str:
    unit = next((unit for unit in ("s", "ms", "us") if seconds >= UNITS[unit]), "ns")
    return f"{seconds / UNITS[unit]:.3g} {unit.replace('u', 'µ')}"


def table_of(lines: Sequence[Line]) -> str:
    rows = ["| what | base | head | head / base | rounds | |", "|---|---|---|---|---|---|"]
    for line in lines:
        times = f"{duration(line.base)} | {duration(line.head)} | {line.ratio:.2f}"
        rows.append(f"| {line.name} | {times} | {line.low:.2f} to {line.high:.2f} | {line.verdict} |")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", help="revision to compare with")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--rows", type=int, default=200_000, help="of the end-to-end jobs")
    parser.add_argument("--filter", default=".", help="C++ benchmarks whose names match this expression")
    parser.add_argument("--jobs", nargs="*", choices=PARTS, default=PARTS, help="parts of end_to_end.py; none for none")
    parser.add_argument("--fail-above", type=float, help="exit with 1 where head / base is above this, beyond noise")
    asked = parser.parse_args()
    revision = asked.base or default_base()
    sides = {"base": build("base", checkout(revision)), "head": build("head", ROOT)}
    found: dict[str, list[Seconds]] = {"base": [], "head": []}
    for number in range(asked.rounds):
        # Whoever begins has the cooler processor: they take turns at that too.
        for side in ("base", "head") if number % 2 == 0 else ("head", "base"):
            jobs = run_jobs(sides[side], asked.jobs, asked.rows)
            found[side].append(run_programs(sides[side], asked.filter) | jobs)
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr, flush=True)
    lines = lines_of(found["base"], found["head"])
    print(f"Base {git('log', '-1', '--format=%h %s', revision)}; {asked.rounds} rounds.\n\n{table_of(lines)}")
    slow = too_slow(lines, asked.fail_above) if asked.fail_above else []
    for line in slow:
        print(f"{line.name} takes {line.ratio:.2f} × the time of the base", file=sys.stderr)
    return int(bool(slow))


if __name__ == "__main__":
    raise SystemExit(main())
