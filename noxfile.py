"""The one list of developer commands: ``nox -l`` shows them, ``nox`` runs what a change must pass.

The C++ sessions need the Debian packages libgtest-dev and libbenchmark-dev (or GoogleTest and Google Benchmark from
elsewhere); everything else comes from the package index. Build folders stay in ``build/``, so a second run is short.
"""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "cpp", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
BUILD = Path("build").absolute()
WHEELS = BUILD / "wheels"
BUILD_TOOLS = [*PROJECT["build-system"]["requires"], "cmake>=3.25", "ninja"]


@nox.session(tags=["quick"])
def lint(session: nox.Session) -> None:
    """Style of the Python and C++ sources; ``nox -s lint -- --fix`` repairs what can be repaired."""
    session.install("ruff==0.17.6", "clang-format==23.1.5")
    fix = "--fix" in session.posargs
    folders = [Path("cpp"), Path("tests/cpp"), Path("benchmarks/cpp")]
    sources = sorted(str(path) for folder in folders for path in folder.rglob("*.[ch]pp"))
    session.run("ruff", "check", *(["--fix"] if fix else []))
    session.run("ruff", "format", *([] if fix else ["--check"]))
    session.run("clang-format", *(["-i"] if fix else ["--dry-run", "--Werror"]), *sources)


@nox.session(tags=["quick"])
def types(session: nox.Session) -> None:
    """Static types of the package."""
    extra = [name for name in PROJECT["project"]["optional-dependencies"]["cli"] if not name.startswith("driftline")]
    session.install("mypy==2.4.1", *PROJECT["project"]["dependencies"], *extra)
    session.run("mypy")


@nox.session
def cpp(session: nox.Session) -> None:
    """C++ unit tests; ``nox -s cpp -- asan`` or ``-- tsan`` runs them under sanitizers."""
    preset = session.posargs[0] if session.posargs else "dev"
    session.install(*BUILD_TOOLS)
    options = [f"-DTBB_ROOT={build_instrumented_tbb(session)}"] if preset == "tsan" else []
    configure_and_build(session, preset, *options)
    session.run("ctest", "--preset", preset)


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel that the other sessions install, in build/wheels."""
    session.install("build", *BUILD_TOOLS)
    for old in WHEELS.glob("*.whl"):
        old.unlink()
    settings = [f"-Cbuild-dir={BUILD / 'wheel'}", "-Ccmake.define.DRIFTLINE_WERROR=ON"]
    session.run("python", "-m", "build", "--wheel", "--no-isolation", f"--outdir={WHEELS}", *settings)


@nox.session(requires=["wheel"])
def tests(session: nox.Session) -> None:
    """All Python tests on the installed wheel; arguments after ``--`` go to pytest."""
    install_wheel(session, "test")
    run_pytest(session, *session.posargs)


@nox.session(requires=["wheel"], default=False)
def calibration(session: nox.Session) -> None:
    """Error rates by simulation, written to docs/calibration_results.md; fails where a promise is broken. Slow."""
    install_wheel(session, "test")
    session.run("python", "-m", "tests.calibration", *session.posargs)
    session.run("python", "-m", "tests.calibration.long_series")


@nox.session(python="3.10", venv_backend="uv", default=False)
def minimums(session: nox.Session) -> None:
    """The Python tests with the oldest Python and the oldest dependencies that pyproject.toml allows."""
    session.install("--resolution=lowest-direct", ".[test]", env={"UV_PYTHON_DOWNLOADS": "never"})
    run_pytest(session, *session.posargs)


@nox.session(requires=["wheel"], default=False)
def bench(session: nox.Session) -> None:
    """C++ benchmarks, then the end-to-end ones."""
    install_wheel(session, "test")
    session.install(*BUILD_TOOLS)
    configure_and_build(session, "bench")
    for program in sorted((BUILD / "cpp/bench/benchmarks/cpp").glob("driftline_*_benchmark")):
        session.run(str(program), external=True)
    session.run("python", "benchmarks/python/end_to_end.py")


@nox.session(requires=["wheel"], default=False)
def parity(session: nox.Session) -> None:
    """Our numbers by other tools' definitions against the real packages, which are installed in build/tools."""
    install_wheel(session, "test")
    session.run("python", "benchmarks/python/check_parity.py")


@nox.session(requires=["wheel"], default=False, name="compare-tools")
def compare_tools(session: nox.Session) -> None:
    """False alarms and power of driftline and of other tools, side by side; arguments after ``--`` go to the script."""
    install_wheel(session, "test")
    session.run("python", "benchmarks/python/compare_error_rates.py", *session.posargs)


@nox.session(requires=["wheel"], default=False)
def docs(session: nox.Session) -> None:
    """The documentation, warnings as errors, in build/docs."""
    install_wheel(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "docs", str(BUILD / "docs"))


def install_wheel(session: nox.Session, extra: str) -> None:
    """Install the built wheel with an extra; a wheel of the same version that is already there is replaced."""
    path = next(WHEELS.glob("*.whl"))
    session.install(f"{path}[{extra}]")
    session.install("--force-reinstall", "--no-deps", str(path))
    session.env["DRIFTLINE_WHEEL"] = str(path)


def run_pytest(session: nox.Session, *arguments: str) -> None:
    """Run the tests on every core this process may use."""
    workers = len(os.sched_getaffinity(0))
    session.run("pytest", f"--numprocesses={workers}", "--dist=worksteal", *arguments)


def configure_and_build(session: nox.Session, preset: str, *options: str) -> None:
    """Configure and build one preset of CMakePresets.json with the tools of the session."""
    python = Path(session.bin) / "python"
    session.run("cmake", "--preset", preset, f"-DPython_EXECUTABLE={python}", *options)
    session.run("cmake", "--build", "--preset", preset)


def build_instrumented_tbb(session: nox.Session) -> Path:
    """Build oneTBB itself for ThreadSanitizer, which would report its task hand-over as races otherwise."""
    prefix = BUILD / "tbb-tsan"
    if prefix.exists():
        return prefix
    requirement = next(r for r in BUILD_TOOLS if r.startswith("pxr-tbb-dev"))
    sources = Path(session.create_tmp()).absolute()
    session.install("pip")
    session.run("pip", "download", "--no-deps", "--no-binary=pxr-tbb-dev", f"--dest={sources}", requirement)
    with tarfile.open(next(sources.glob("pxr_tbb_dev-*.tar.gz"))) as archive:
        archive.extractall(sources, filter="data")
    source = next(path for path in sources.glob("pxr_tbb_dev-*") if path.is_dir())
    options = ["-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DTBB_SANITIZE=thread", "-DTBB_TEST=OFF", "-DTBBMALLOC_BUILD=OFF"]
    session.run("cmake", "-G", "Ninja", "-S", str(source), "-B", str(sources / "build"), *options)
    session.run("cmake", "--build", str(sources / "build"))
    session.run("cmake", "--install", str(sources / "build"), f"--prefix={prefix}")
    return prefix
