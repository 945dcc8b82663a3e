"""The command line: exit codes, streams and files, as a scheduler sees them."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import junitparser
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import driftline as dl
from driftline.cli import ExitCode, commands, monitoring
from tests.python.web_server import serving, status

DATA = Path(__file__).resolve().parents[2] / "notebooks" / "data"
REFERENCE, CURRENT = (str(DATA / f"flights_{side}.parquet") for side in ("reference", "current"))
FLIGHTS = ["check", "--reference", REFERENCE, "--current", CURRENT]
COMMAND = [sys.executable, "-m", "driftline"]


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120, **options}
    return subprocess.run([*COMMAND, *map(str, arguments)], check=False, **options)  # type: ignore[call-overload, no-any-return]


def call(*arguments: str | Path) -> Any:
    """The command in this process: exit code and streams as outside, at a hundredth of the time."""
    result = CliRunner().invoke(monitoring.app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def write(path: Path, values: object) -> Path:
    pq.write_table(pa.table({"x": values}), path)
    return path


@pytest.fixture
def sides(tmp_path: Path) -> dict[str, Path]:
    """Data of 2,000 rows: the same again, a little moved (PSI about 0.15), far away, and too few to tell."""
    random = np.random.default_rng(3)
    return {
        "reference": write(tmp_path / "reference.parquet", random.normal(0, 1, 20_000)),
        "ok": write(tmp_path / "ok.parquet", random.normal(0, 1, 20_000)),
        "warn": write(tmp_path / "warn.parquet", random.normal(0.4, 1, 20_000)),
        "alert": write(tmp_path / "alert.parquet", random.normal(2, 1, 20_000)),
        "inconclusive": write(tmp_path / "inconclusive.parquet", random.normal(0.3, 1, 60)),
        "skipped": write(tmp_path / "skipped.parquet", random.normal(0, 1, 10)),
    }


def check(sides: dict[str, Path], current: str, *arguments: str) -> int:
    return call("check", "-r", sides["reference"], "-c", sides[current], *arguments).exit_code


def test_the_flights_exit_with_1_and_leave_a_report(tmp_path: Path) -> None:
    page, data = tmp_path / "report.html", tmp_path / "decision.json"
    result = run(*FLIGHTS, "--html", page, "--json", data)
    assert result.returncode == ExitCode.ALERT == 1
    assert result.stdout.startswith("ALERT  1 of 6 judged columns drifted\n")
    assert result.stderr.splitlines() == [f"wrote {data}", f"wrote {page}"]
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(data.read_text(encoding="utf-8"))["verdict"] == "alert"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["decision.json", "report.html"]


@pytest.mark.parametrize(
    ("current", "fail_on", "expected"),
    [
        ("ok", "alert", 0),
        ("ok", "inconclusive", 0),
        ("inconclusive", "alert", 0),
        ("inconclusive", "warn", 0),
        ("inconclusive", "inconclusive", 1),
        ("warn", "alert", 0),
        ("warn", "warn", 1),
        ("warn", "inconclusive", 1),
        ("alert", "alert", 1),
        ("alert", "warn", 1),
        ("alert", "inconclusive", 1),
        ("skipped", "alert", 3),
        ("skipped", "inconclusive", 3),
    ],
)
def test_the_exit_code_follows_from_the_verdict(
    sides: dict[str, Path], current: str, fail_on: str, expected: int
) -> None:
    assert dl.check(sides["reference"], sides[current]).verdict == current
    assert check(sides, current, "--fail-on", fail_on) == expected
    assert check(sides, current, "--fail-on", fail_on, "--exit-zero") == (3 if expected == 3 else 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "--reference", REFERENCE],
        ["nonsense"],
        [*FLIGHTS, "--nonsense"],
        [*FLIGHTS, "--fail-on", "sometimes"],
        [*FLIGHTS, "--format", "html"],
        [*FLIGHTS, "--threads", "0"],
        [*FLIGHTS, "--config", "nowhere.toml"],
        [*FLIGHTS, "--json", "same.out", "--html", "same.out"],
        ["profile", REFERENCE],
        ["monitor", "x.toml"],
        ["history", "x.db"],
    ],
    ids=lambda arguments: f"{arguments[0]} {' '.join(arguments[1:])[-30:]}",
)
def test_a_wrong_call_exits_with_2_and_prints_nothing_on_stdout(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_process_exits_with_the_code_of_the_command() -> None:
    result = run(*FLIGHTS, "--nonsense")
    assert (result.returncode, result.stdout) == (2, "")


def test_what_cannot_be_evaluated_exits_with_3(tmp_path: Path, sides: dict[str, Path]) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 this is no Parquet")
    empty = tmp_path / "empty.csv"
    empty.touch()
    for path in (tmp_path / "nowhere.parquet", broken, empty, tmp_path / "*.nothing"):
        result = call("check", "-r", sides["reference"], "-c", path)
        assert (result.exit_code, result.stdout) == (3, "")
        assert path.name in result.stderr
        assert len(result.stderr.splitlines()) <= 3
        assert "Traceback" not in result.stderr


def test_an_unexpected_error_exits_with_3_and_shows_its_traceback_on_request(
    sides: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(commands, "read_side", fail)
    called = ["check", "-r", sides["reference"], "-c", sides["ok"]]
    short, long = call(*called), call(*called, "--debug")
    assert short.exit_code == long.exit_code == 3
    assert short.stderr == "driftline: unexpected ZeroDivisionError: a bug (--debug shows where)\n"
    assert "Traceback" in long.stderr
    assert long.stdout == short.stdout == ""


def test_what_cannot_be_delivered_exits_with_4_and_is_printed_all_the_same(tmp_path: Path) -> None:
    result = call(*FLIGHTS, "--html", tmp_path / "no" / "such" / "folder.html")
    assert result.exit_code == 4
    assert result.stdout.startswith("ALERT")
    assert "cannot write" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_exits_with_4() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = run(*FLIGHTS, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 4
    assert "standard output" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_report_replaces_an_older_one_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "report.html"
    page.write_text("older", encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    monkeypatch.setattr(os, "fdatasync" if hasattr(os, "fdatasync") else "fsync", fail)
    result = call(*FLIGHTS, "--html", page)
    assert result.exit_code == 4
    assert "No space left on device" in result.stderr
    assert page.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.skipif(os.name != "posix", reason="modes and links as POSIX has them")
def test_outputs_have_ordinary_permissions_and_follow_links(tmp_path: Path) -> None:
    (tmp_path / "real.html").touch()
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    run(*FLIGHTS, "--html", tmp_path / "link.html", "--json", tmp_path / "new.json", umask=0o027)
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").stat().st_size > 10_000
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o640
    assert run(*FLIGHTS, "--html", "/dev/null").returncode == 1
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_an_input_is_never_overwritten(sides: dict[str, Path]) -> None:
    before = sides["reference"].read_bytes()
    assert call("profile", sides["reference"], "-o", sides["reference"]).exit_code == 2
    pattern = sides["reference"].parent / "*.parquet"
    assert call("check", "-r", pattern, "-c", sides["ok"], "--json", sides["reference"]).exit_code == 2
    assert sides["reference"].read_bytes() == before


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def test_json_on_stdout_is_strict_and_what_the_library_says() -> None:
    result = run(*FLIGHTS, "--format", "json")
    assert result.returncode == 1
    assert result.stderr == ""
    expected = dl.check(REFERENCE, CURRENT).to_json()
    assert json.loads(result.stdout, parse_constant=refuse_constant) == json.loads(expected)


def test_junit_has_one_case_for_each_column() -> None:
    result = call(*FLIGHTS, "--format", "junit")
    assert (result.exit_code, result.stderr) == (1, "")
    (suite,) = junitparser.JUnitXml.fromstring(result.stdout.encode())
    decision = dl.check(REFERENCE, CURRENT)
    assert {case.name for case in suite} == set(decision.columns)
    failed = {case.name for case in suite if any(isinstance(found, junitparser.Failure) for found in case.result)}
    skipped = {case.name for case in suite if any(isinstance(found, junitparser.Skipped) for found in case.result)}
    assert failed == set(decision.alerts)
    assert skipped == {name for name, column in decision.columns.items() if column.verdict == "skipped"}
    assert (suite.tests, suite.failures, suite.skipped) == (len(decision.columns), len(failed), len(skipped))


def test_junit_survives_names_that_xml_cannot_hold(tmp_path: Path) -> None:
    name = "\x00\x1b]<&\"'\ud7ff\ufffe"
    reference, current = tmp_path / "r.dlp", tmp_path / "c.dlp"
    dl.profile({name: [1.0, 2.0] * 200}).save(reference)
    dl.profile({name: [3.0, 4.0] * 200}).save(current)
    result = call("check", "-r", reference, "-c", current, "--format", "junit")
    assert result.exit_code == 1
    (case,) = ElementTree.fromstring(result.stdout).iter("testcase")
    assert '<&"' in case.attrib["name"]


def test_saved_profiles_and_data_mix_on_either_side(tmp_path: Path) -> None:
    expected = call(*FLIGHTS, "--format", "json").stdout
    saved = tmp_path / "looks_like.parquet"  # what it is follows from its content
    result = call("profile", REFERENCE, "-o", saved)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"wrote {saved}\n")
    against_data = json.loads(call("check", "-r", saved, "-c", CURRENT, "--format", "json").stdout)
    wanted = json.loads(expected)
    for decision in (against_data, wanted):
        del decision["reference"]["name"]
    assert against_data == wanted


def test_merged_parts_are_the_profile_of_the_whole(tmp_path: Path) -> None:
    table = pq.read_table(REFERENCE)
    for i in range(3):
        part = tmp_path / f"part{i}.parquet"
        pq.write_table(table.slice(i * 17_000, 17_000), part)
        assert call("profile", part, "-o", tmp_path / f"part{i}.dlp", "--quiet").stderr == ""
    assert call("merge", tmp_path / "part?.dlp", "-o", tmp_path / "merged.dlp").exit_code == 0
    assert call("profile", tmp_path / "part*.parquet", "-o", tmp_path / "whole.dlp").exit_code == 0
    assert (tmp_path / "merged.dlp").read_bytes() == (tmp_path / "whole.dlp").read_bytes()
    parts = [argument for i in range(3) for argument in ("-r", str(tmp_path / f"part{i}.dlp"))]
    assert call("check", *parts, "-c", tmp_path / "whole.dlp").exit_code == 0


def test_show_prints_what_a_profile_holds(tmp_path: Path) -> None:
    saved = tmp_path / "flights.dlp"
    made = dl.profile(REFERENCE)
    made.save(saved)
    text = call("show", saved).stdout
    assert text.startswith(f"49,992 rows, 8 columns, digest {made.digest}\n")
    assert [name for name in made.columns if f"\n{name}" not in text.replace('"', "")] == []
    told = json.loads(call("show", saved, "--format", "json").stdout, parse_constant=refuse_constant)
    assert (told["n_rows"], told["digest"]) == (made.n_rows, made.digest)
    airline = next(column for column in told["columns"] if column["name"] == "AIRLINE")
    assert airline["top"][0] == {"label": "WN", "count": made.columns["AIRLINE"].counts["WN"]}
    assert call("show", REFERENCE).exit_code == 3


def test_targets_and_columns_and_configuration_reach_the_decision(tmp_path: Path, sides: dict[str, Path]) -> None:
    random = np.random.default_rng(5)
    for side, label in (("reference", [0.0, 1.0] * 500), ("current", [None] * 1000)):
        table = {"x": random.normal(size=1000), "label": pa.array(label, pa.float64()), "id": random.normal(size=1000)}
        pq.write_table(pa.table(table), tmp_path / f"{side}.parquet")
    pair = ["check", "-r", tmp_path / "reference.parquet", "-c", tmp_path / "current.parquet", "--format", "json"]
    roles = {c["name"]: c["role"] for c in json.loads(call(*pair, "--target", "label").stdout)["columns"]}
    assert roles == {"x": "feature", "label": "target", "id": "feature"}
    assert call(*pair).exit_code == 1
    assert call(*pair, "--target", "label").exit_code == 0
    only = json.loads(call(*pair, "--columns", "x", "--columns", "id").stdout)
    assert {column["name"] for column in only["columns"]} == {"x", "id"}
    config = tmp_path / "driftline.toml"
    config.write_text("columns = ['x']\n[policy]\nalpha = 0.01\n", encoding="utf-8")
    made = json.loads(call(*pair, "--config", config).stdout)
    assert made["policy"]["alpha"] == 0.01
    assert [column["name"] for column in made["columns"]] == ["x"]


def test_help_and_version_say_what_there_is() -> None:
    assert run("--version").stdout == f"driftline {dl.__version__}\n"
    result = run("--help", env={**os.environ, "TERM": "dumb", "NO_COLOR": "1"})
    assert result.returncode == 0
    commands = ("profile", "merge", "show", "check", "monitor", "history", "accept", "rebaseline", "calibrate")
    for command in commands:
        assert f" {command} " in result.stdout
    schema = run("check", "--config-schema")
    assert schema.returncode == 0
    assert "policy" in json.loads(schema.stdout)["properties"]


def test_without_the_extra_it_says_which_one_to_install(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')\n", "utf-8"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    result = run(*FLIGHTS, env={**os.environ, "PYTHONPATH": path})
    assert (result.returncode, result.stdout) == (2, "")
    assert "pip install 'driftline[cli]'" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
def test_a_reader_who_has_seen_enough_is_no_failure() -> None:
    shell = f"'{sys.executable}' -m driftline check -r '{REFERENCE}' -c '{CURRENT}' --format json"
    script = f"set -o pipefail; {shell} | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert result.stdout.splitlines() == ["{", "1"]
    assert result.stderr == ""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_an_interrupt_exits_with_130(tmp_path: Path) -> None:
    fifo = tmp_path / "endless.dlp"
    os.mkfifo(fifo)
    process = subprocess.Popen([*COMMAND, "show", str(fifo)], stderr=subprocess.PIPE, text=True)
    descriptor = os.open(fifo, os.O_WRONLY)  # returns once the reader is there
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    os.close(descriptor)
    assert process.returncode == ExitCode.INTERRUPTED == 130
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("environment", "painted"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_is_for_terminals_or_on_request(environment: dict[str, str], painted: bool) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR"}}
    result = run(*FLIGHTS, env={**inherited, **environment})
    assert ("\x1b[" in result.stdout) == painted


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    result = run(*FLIGHTS, env=environment)
    assert result.returncode == 1
    assert "US vanished: 6.84 % → 0" in result.stdout


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("arguments", "shown"), [([], True), (["--quiet"], False)], ids=["as is", "quiet"])
def test_progress_is_for_terminals(arguments: list[str], shown: bool, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    run("profile", REFERENCE, "-o", tmp_path / "x.dlp", *arguments, capture_output=False, stderr=theirs)
    os.set_blocking(ours, False)
    os.close(theirs)
    try:
        told = os.read(ours, 10_000)
    except OSError:  # nothing was written before the other end was closed
        told = b""
    os.close(ours)
    assert (b"49,992" in told) == shown


def test_a_webhook_is_told_of_a_verdict_that_fails_and_of_no_other(sides: dict[str, Path]) -> None:
    with serving() as server:
        assert check(sides, "ok", "--webhook", server.url()) == ExitCode.NO_ALERT
        assert check(sides, "warn", "--webhook", server.url()) == ExitCode.NO_ALERT
        assert server.bodies == []
        assert check(sides, "alert", "--webhook", server.url(), "--html", str(sides["ok"].with_suffix(".html"))) == 1
    told = json.loads(server.bodies[0])
    assert (told["dataset"], told["verdict"]) == ("alert.parquet", "alert")
    assert told["link"].endswith("ok.html")


def test_a_webhook_that_refuses_makes_the_result_undelivered(sides: dict[str, Path]) -> None:
    with serving(status(404)) as server:
        url = server.url("/s3cret")
        result = call("check", "-r", sides["reference"], "-c", sides["alert"], "--webhook", url)
    assert result.exit_code == ExitCode.NOT_DELIVERED == 4
    assert result.stdout.startswith("ALERT")
    assert "answered 404 Not Found" in result.stderr
    assert "s3cret" not in result.output


def test_a_webhook_that_cannot_be_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRIFTLINE_TEST_UNSET", raising=False)
    result = call("check", "-r", "nowhere", "-c", "nowhere", "--webhook", "https://x/${DRIFTLINE_TEST_UNSET}")
    assert result.exit_code == ExitCode.USAGE
    assert "DRIFTLINE_TEST_UNSET is not set" in result.stderr
