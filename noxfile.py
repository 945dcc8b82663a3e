"""The one list of developer commands: ``nox -l`` shows them, ``nox`` runs what a change must pass.

The C++ sessions need the Debian packages libgtest-dev and libbenchmark-dev (or GoogleTest and Google Benchmark from
elsewhere), the tests of stores postgresql (without it those are skipped); everything else comes from the package
index. Build folders stay in ``build/``, so a second run is short.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "cpp", "tests", "airflow(3)"]

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


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Every fuzzer for a minute, from the profiles in tests/golden; ``-- 600`` for ten. Needs Clang."""
    seconds = session.posargs[0] if session.posargs else "60"
    compilers = [path for path in map(shutil.which, ["clang++", *(f"clang++-{v}" for v in range(20, 13, -1))]) if path]
    if not compilers:
        session.error("no clang++ was found; install Debian's clang")
    session.install(*BUILD_TOOLS)
    configure_and_build(session, "fuzz", f"-DCMAKE_CXX_COMPILER={compilers[0]}")
    for program in sorted((BUILD / "cpp/fuzz/tests/fuzz").glob("*_fuzzer")):
        found = BUILD / "fuzz" / program.name
        found.mkdir(parents=True, exist_ok=True)
        limits = [f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=20", f"-artifact_prefix={found}/"]
        session.run(str(program), *limits, "-print_final_stats=1", str(found), "tests/golden/1", external=True)


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


@nox.session(requires=["wheel"], default=False)
def laws(session: nox.Session) -> None:
    """Candidate sampling laws of PSI by simulation, written to docs/methods/psi_laws.md and groups_results.md; slow."""
    install_wheel(session, "test")
    session.run("python", "-m", "tests.calibration.score_laws", *session.posargs)


@nox.session(python="3.10", venv_backend="uv", default=False)
def minimums(session: nox.Session) -> None:
    """The Python tests with the oldest Python and the oldest dependencies that pyproject.toml allows."""
    session.install("--resolution=lowest-direct", ".[test]", env={"UV_PYTHON_DOWNLOADS": "never"})
    run_pytest(session, *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """This tree against a base revision, line by line; ``-- --base v0.1.0``, ``-- --fail-above 1.10``."""
    session.install(*BUILD_TOOLS, *PROJECT["project"]["dependencies"], "pandas", "pyarrow", "scipy")
    session.run("python", "benchmarks/python/compare_revisions.py", *session.posargs)


@nox.session(default=False)
def instructions(session: nox.Session) -> None:
    """Instructions of the numeric pass over a million values, the same on a busy machine; needs Debian's valgrind."""
    session.install(*BUILD_TOOLS)
    configure_and_build(session, "bench")
    wanted = session.posargs[0] if session.posargs else "numeric_summary/0"
    program = BUILD / "cpp/bench/benchmarks/cpp/driftline_numeric_summary_benchmark"
    count = [
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--toggle-collect=driftline::NumericAccumulator::add*",
    ]
    # So short a time is over after one iteration.
    once = [f"--benchmark_filter=BM_{wanted}", "--benchmark_min_time=0.000001"]
    session.run("valgrind", *count, str(program), *once, external=True)


@nox.session(requires=["wheel"], default=False)
def growth(session: nox.Session) -> None:
    """How cost grows with rows, columns, distinct values and threads, written to docs/performance_growth.md."""
    install_wheel(session, "test")
    session.run("python", "benchmarks/python/growth.py", *(session.posargs or ["docs/performance_growth.md"]))


@nox.session(requires=["wheel"], default=False)
def streams(session: nox.Session) -> None:
    """Parquet files, generators and wide tables: time against pyarrow's decoding, memory, and both cores."""
    install_wheel(session, "test")
    session.run("python", "benchmarks/python/streams.py", *session.posargs)


@nox.session(requires=["wheel"], default=False)
def parity(session: nox.Session) -> None:
    """Our numbers by other tools' definitions against the real packages, which are installed in build/tools."""
    install_wheel(session, "test")
    session.run("python", "benchmarks/python/check_parity.py")


@nox.session(requires=["wheel"], default=False, name="compare-tools")
def compare_tools(session: nox.Session) -> None:
    """Time and memory of driftline and of other tools, written to docs/performance_tools.md; fifteen minutes."""
    install_wheel(session, "test")
    session.run("python", "benchmarks/python/compare_tools.py", *(session.posargs or ["docs/performance_tools.md"]))


@nox.session(requires=["wheel"], default=False, name="compare-error-rates")
def compare_error_rates(session: nox.Session) -> None:
    """False alarms and power of driftline and of other tools, written to docs/comparison_results.md; ten minutes."""
    install_wheel(session, "test")
    script = "benchmarks/python/compare_error_rates.py"
    session.run("python", script, *(session.posargs or ["docs/comparison_results.md"]))


@nox.session(requires=["wheel"], default=False)
@nox.parametrize("version", [nox.param("3", id="3"), nox.param("2.11", id="2.11")])
def airflow(session: nox.Session, version: str) -> None:
    """The operators inside a real Airflow, each version in an environment of its own."""
    airflow = {"3": ["apache-airflow>=3,<4"], "2.11": ["apache-airflow>=2.11,<3", "apache-airflow-providers-standard"]}
    install_wheel(session, "airflow", "pytest>=9.0", *airflow[version])
    session.run("pytest", "-W", "ignore", "tests/integrations/test_airflow.py", *session.posargs)


@nox.session(requires=["wheel"], default=False)
def examples(session: nox.Session) -> None:
    """The examples in docs/examples that need a package of their own, and MLflow."""
    # Prefect 3.8 does not start with FastAPI 0.165.
    packages = ["confluent-kafka", "fastapi<0.140", "httpx", "kfp", "prefect>=3,<4", "wandb"]
    install_wheel(session, "cli,mlflow", "pytest>=9.0", *packages)
    tests = ["tests/integrations/test_examples.py", "tests/integrations/test_mlflow.py"]
    session.run("pytest", *tests, *session.posargs)


@nox.session(requires=["wheel"], default=False)
def docs(session: nox.Session) -> None:
    """The documentation, warnings as errors, in build/docs."""
    install_wheel(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "docs", str(BUILD / "docs"))


def install_wheel(session: nox.Session, extra: str, *more: str) -> None:
    """Install the built wheel with an extra, and more beside it; a wheel of the same version is replaced."""
    path = next(WHEELS.glob("*.whl"))
    session.install(f"{path}[{extra}]", *more)
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
