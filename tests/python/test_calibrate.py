"""`driftline calibrate`, from the command line to a policy that `driftline monitor` reads."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import driftline as dl
from driftline.cli import ExitCode
from driftline.cli.config import read_config
from driftline.cli.monitoring import app
from driftline.monitor.calibration import policy_toml
from driftline.policy import DEFAULT_TOLERANCES
from driftline.sequential.replay import ColumnOutcome, Replay, Window, held_out_rate, replay, suggest_policy
from tests.python.monitor_logs import daily_log, day, rows_of

FLIGHTS = Path(__file__).parents[2] / "notebooks" / "data" / "flights_reference.parquet"
CONFIG = """
dataset = "flights"
log = "log.parquet"
timestamp = "{timestamp}"
reference = {{ from = {start}, to = {end} }}
store = "history.db"
"""
DAY = 86_400_000_000
MONTH = 30.436875


def configure(place: Path, log: Any, *, more: str = "", timestamp: str = "when", last: int = 28) -> Path:
    pq.write_table(log if isinstance(log, pa.Table) else pa.table(log), place / "log.parquet")
    start, end = ("2015-01-01", "2015-04-01") if timestamp == "DATE" else (day(0), day(last))
    path = place / "driftline.toml"
    path.write_text(more + CONFIG.format(timestamp=timestamp, start=start, end=end), encoding="utf-8")
    return path


@pytest.fixture
def flights(tmp_path: Path) -> Path:
    return configure(tmp_path, quarter(), timestamp="DATE")


def quarter() -> pa.Table:
    table = pq.read_table(FLIGHTS).drop_columns("Unnamed: 0")
    return table.filter(pc.less(table["DATE"], pa.scalar("2015-04-01").cast(pa.date32())))


def call(*arguments: str | Path) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def numbers(text: str) -> list[float]:
    return [float(each) for each in re.findall(r"(\d+\.\d+) windows a month", text)]


def is_above(policy: dl.Policy, name: str, column: ColumnOutcome) -> bool:
    tolerances = policy.settings(name, column.kind).tolerances
    return any(low > (tolerances[source] or (np.inf,))[0] for source, low in column.certain.items())


@lru_cache(maxsize=1)
def replayed_days() -> Replay:
    table = quarter()
    days = table["DATE"].combine_chunks().unique().to_pylist()
    rows = table.drop_columns("DATE")
    profiles = {each: dl.profile(rows.filter(pc.equal(table["DATE"], pa.scalar(each)))) for each in days}
    return replay([Window(i * DAY, (i + 1) * DAY, profiles[each]) for i, each in enumerate(sorted(days))])


def test_the_numbers_are_those_of_a_plain_recount(flights: Path) -> None:
    table = quarter()
    days, rows = table["DATE"], table.drop_columns("DATE")
    verdicts = []
    for each in days.unique():
        own = pc.equal(days, each)
        verdicts.append(dl.check(rows.filter(pc.invert(own)), rows.filter(own)).verdict)
    assert len(verdicts) == 90
    months = 90 / MONTH
    raised, alerts = verdicts.count("alert") + verdicts.count("warn"), verdicts.count("alert")
    text = call("calibrate", flights).output
    assert text.startswith("90 windows of 1d, 3.0 months")
    assert numbers(text)[:2] == [round(raised / months, 1), round(alerts / months, 1)]
    assert raised > alerts > 0


def test_the_expected_number_is_that_of_windows_left_out_one_by_one(flights: Path) -> None:
    found = replayed_days()
    above = 0
    for outcome in found.outcomes:
        rest = suggest_policy(Replay([each for each in found.outcomes if each is not outcome]))
        above += outcome.verdict in ("warn", "alert") and any(
            column.verdict in ("warn", "alert") and is_above(rest, name, column)
            for name, column in outcome.columns.items()
        )
    assert above > 0
    assert held_out_rate(found) * found.months == pytest.approx(above)
    assert numbers(call("calibrate", flights).output)[2] == round(above / found.months, 1)


def test_a_window_that_was_never_raised_is_not_expected_to_be() -> None:
    found = replayed_days()
    quiet = Replay([replace(each, verdict="ok") for each in found.outcomes])
    assert held_out_rate(quiet) == 0.0


def test_monitor_reads_the_policy_that_was_written_and_no_day_of_the_reference_is_above_it(flights: Path) -> None:
    place = flights.parent
    assert call("calibrate", flights, "--write", place / "policy.toml").exit_code == ExitCode.NO_ALERT
    assert not (place / "history.db").exists()
    written = read_config(place / "policy.toml").build_policy()
    assert written == suggest_policy(replayed_days())
    assert written.by_column
    for name, level in written.by_column.items():
        for source, (warn, alert) in level["tolerances"].items():
            floor = DEFAULT_TOLERANCES["nulls" if source == "nulls_new" else source]  # the one follows the other
            assert floor is not None, name
            assert floor[1] is not None
            assert warn >= floor[0]
            assert alert - warn == pytest.approx(floor[1] - floor[0], abs=0.02)
    # The days that were raised against each other are judged against their own quarter as a saved profile.
    dl.profile(quarter(), schema=dl.Schema(kinds={"DATE": "ignore"})).save(place / "quarter.dlp")
    text = flights.read_text(encoding="utf-8").replace("{ from = 2015-01-01, to = 2015-04-01 }", '"quarter.dlp"')
    flights.write_text(f"end = 2015-04-01\n{text}", encoding="utf-8")
    before = call("monitor", flights).output.splitlines()
    flights.write_text(f'policy = "policy.toml"\nend = 2015-04-01\n{text}', encoding="utf-8")
    after = call("monitor", flights).output.splitlines()
    assert len(before) == len(after) == 90
    raised = [sum(line.split()[1] in ("warn", "alert") for line in lines) for lines in (before, after)]
    assert raised[0] > 0
    assert raised[1] == 0


def test_the_shell_sees_the_result_alone_on_standard_output(flights: Path) -> None:
    command = [sys.executable, "-m", "driftline", "calibrate", flights.name, "--write", "policy.toml"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=flights.parent)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    assert 'policy = "policy.toml"' in done.stderr
    again = subprocess.run(command, check=False, capture_output=True, text=True, cwd=flights.parent)
    assert again.returncode == ExitCode.USAGE
    assert again.stdout == ""
    assert "--force" in again.stderr


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("no/such/policy.toml", "does not exist"),
        (".", "is a folder"),
        ("driftline.toml", "configuration itself"),
        ("log.parquet", "--force"),
    ],
)
def test_a_target_that_will_not_do_is_refused_before_any_work(tmp_path: Path, target: str, text: str) -> None:
    config = configure(tmp_path, daily_log(days=28))
    found = call("calibrate", config, "--write", tmp_path / target)
    assert found.exit_code == ExitCode.USAGE
    assert text in found.stderr
    assert found.stdout == ""


def test_force_replaces_a_policy_but_never_the_configuration(tmp_path: Path) -> None:
    config = configure(tmp_path, daily_log(days=28))
    target = tmp_path / "policy.toml"
    target.write_text("old", encoding="utf-8")
    assert call("calibrate", config, "--write", target, "--force").exit_code == 0
    assert read_config(target).build_policy() == dl.Policy()
    assert call("calibrate", config, "--write", config, "--force").exit_code == ExitCode.USAGE


@pytest.mark.parametrize(("days", "found"), [(6, "6 windows"), (0, "no windows")])
def test_a_reference_with_too_few_windows_says_how_many_it_has(tmp_path: Path, days: int, found: str) -> None:
    log = daily_log(days=28)
    config = configure(tmp_path, rows_of(log, slice(0, 300 * days) if days else slice(0, 1)), last=max(days, 1))
    if not days:
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace(day(0), "2023-01-01").replace(day(1), "2023-02-01"), encoding="utf-8")
    shown = call("calibrate", config)
    assert shown.exit_code == ExitCode.NOT_EVALUATED
    assert f"reference: it has {found} of 1d with rows" in shown.stderr
    assert "at least 10" in shown.stderr


def test_a_saved_profile_has_no_windows_and_says_so(tmp_path: Path) -> None:
    config = configure(tmp_path, daily_log(days=28))
    dl.profile({"amount": [1.0, 2.0]}).save(tmp_path / "r.dlp")
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"reference = .*", 'reference = "r.dlp"', text), encoding="utf-8")
    shown = call("calibrate", config)
    assert shown.exit_code == ExitCode.USAGE
    assert "saved profile" in shown.stderr


def test_weekends_that_differ_are_answered_with_references_of_the_same_weekday(tmp_path: Path) -> None:
    weekends = {number: 1.5 for number in range(56) if number % 7 in (5, 6)}
    config = configure(tmp_path, daily_log(days=56, shift=weekends), last=56)
    (line,) = [each for each in call("calibrate", config).output.splitlines() if "weekday" in each]
    assert line.startswith("weekly pattern in amount: a reference with same_weekday = 4 fits better")
    assert numbers(line) == [0.0]
    quiet = configure(tmp_path, daily_log(days=56), last=56)
    assert "weekday" not in call("calibrate", quiet).output


@pytest.mark.parametrize(("rule", "rate"), [("alert_after = 2", 1), ("arl = 50", 1)])
def test_the_rule_of_alarms_is_replayed_as_well(tmp_path: Path, rule: str, rate: int) -> None:
    config = configure(tmp_path, daily_log(days=28, shift={10: 3.0, 11: 3.0}), more=f"{rule}\n")
    (line,) = [each for each in call("calibrate", config).output.splitlines() if each.startswith(f"with {rule}")]
    assert numbers(line)[0] >= round(rate / (28 / MONTH), 1)


POLICIES = [
    dl.Policy(),
    dl.Policy(alpha=1e-05, correction="none", min_rows=10, share=0.3, on_change="warn"),
    dl.Policy(tolerances={"psi": (0.2, None), "nulls": (0.1, 0.2), "far_out": None}),
    dl.Policy(method="ks", by_kind={"categorical": {"method": "total_variation", "judge": False}}),
    dl.Policy(by_column={'a "b" \\ \x7f\n é.c': {"judge": True, "tolerances": {"psi": (0.3, 1.0)}}}),
    dl.Policy(by_column={"": {"judge": True}}),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_that_is_written_is_the_one_that_is_read(tmp_path: Path, policy: dl.Policy) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(policy_toml(policy), encoding="utf-8")
    assert read_config(path).build_policy() == policy
    config = tmp_path / "check.toml"
    config.write_text('policy = "policy.toml"', encoding="utf-8")
    assert read_config(config).build_policy() == policy


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "No such file"),
        ("[policy", "is not TOML"),
        ("alpha = 0.1", "nothing else; it holds alpha"),
        ('policy = "policy.toml"', "must hold the table"),
        ("[policy]\nalpa = 0.1", "policy.alpa: unknown key (did you mean 'alpha'?)"),
    ],
)
def test_a_policy_file_that_is_none_is_named_with_what_is_wrong(tmp_path: Path, content: str | None, text: str) -> None:
    if content is not None:
        (tmp_path / "policy.toml").write_text(content, encoding="utf-8")
    config = configure(tmp_path, daily_log(days=1), more='policy = "policy.toml"\n')
    shown = call("monitor", config)
    assert shown.exit_code == ExitCode.USAGE
    assert text in shown.stderr
    assert "policy.toml" in shown.stderr


def test_rows_are_not_counted_into_the_windows_of_others(tmp_path: Path) -> None:
    log = daily_log(days=28)
    order = np.random.default_rng(3).permutation(len(log["when"]))
    sorted_text = call("calibrate", configure(tmp_path, log)).output
    assert call("calibrate", configure(tmp_path, rows_of(log, order))).output == sorted_text
