"""`driftline monitor` and its companions, as a scheduler sees them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import driftline as dl
from driftline.cli import ExitCode
from driftline.cli.monitor_config import MonitorConfig
from driftline.cli.monitoring import app
from driftline.store import open_store
from tests.python.monitor_logs import daily_log, day, day_of, rows_of
from tests.python.web_server import serving

CONFIG = """
dataset = "orders"
log = "log/*.parquet"
timestamp = "when"
window = "1d"
end = {end}
reference = {{ from = {start}, to = {to} }}
store = "history.db"
reports = "reports"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    log = daily_log(shift={10: 2.0})
    (tmp_path / "log").mkdir()
    for number in range(14):
        pq.write_table(pa.table(rows_of(log, day_of(log) == number)), tmp_path / "log" / f"{day(number)}.parquet")
    configure(tmp_path)
    return tmp_path


def configure(place: Path, *, more: str = "", **changed: str) -> Path:
    text = CONFIG.format(end=day(14), start=day(0), to=day(7))
    lines = [changed.pop(line.split(" =")[0], line) for line in text.strip().splitlines()]
    path = place / "driftline.toml"
    path.write_text("\n".join([*lines, *changed.values(), more]), encoding="utf-8")
    return path


def call(*arguments: str | Path) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_run_prints_a_line_per_new_window_and_exits_with_1_when_one_alerts(place: Path) -> None:
    result = call("monitor", place / "driftline.toml")
    assert result.exit_code == ExitCode.ALERT
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [day(number), "alert" if number == 10 else "ok"] for number in range(7, 14)
    ]
    assert "alert: amount" in lines[3]
    reports = sorted(path.name for path in (place / "reports").glob("*/*.html"))
    assert reports == [f"{day(number)}.html" for number in range(7, 14)]
    page = (place / "reports" / "index.html").read_text()
    assert f"most in {day(10)}: PSI" in page
    assert "<script" not in page


def test_a_second_run_finds_nothing_new_and_changes_no_file(place: Path) -> None:
    call("monitor", place / "driftline.toml")
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.suffix in (".html", ".db")}
    result = call("monitor", place / "driftline.toml")
    assert result.exit_code == ExitCode.NO_ALERT
    assert result.stdout.strip() == "nothing new"
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_files_that_are_cut_in_another_way_are_the_same_log(place: Path) -> None:
    call("monitor", place / "driftline.toml")
    files = sorted((place / "log").glob("*"))
    whole = pa.concat_tables([pq.read_table(file) for file in files])
    for file in files:
        file.unlink()
    for part in range(5):
        rows = [row for row in range(len(whole)) if row % 5 == part]  # unsorted within the log as well
        pq.write_table(whole.take(rows[::-1]), place / "log" / f"{part}.parquet")
    assert call("monitor", place / "driftline.toml").stdout.strip() == "nothing new"


def test_json_says_everything_a_machine_needs(place: Path) -> None:
    result = call("monitor", place / "driftline.toml", "--format", "json", "--exit-zero")
    assert result.exit_code == ExitCode.NO_ALERT
    found = json.loads(result.stdout)
    assert found["verdict"] == "alert"
    window = found["windows"][3]
    assert (window["title"], window["verdict"], window["n_rows"]) == (day(10), "alert", 300)
    assert window["columns"]["amount"]["verdict"] == "alert"
    assert found["rows_read"] == 4200


def test_history_prints_exports_draws_and_forgets(place: Path) -> None:
    call("monitor", place / "driftline.toml")
    store = place / "history.db"
    assert len(call("history", store).stdout.splitlines()) == 8
    assert len(json.loads(call("history", store, "--format", "json").stdout)) == 7
    call("history", place / "driftline.toml", "--parquet", place / "h.parquet", "--html", place / "h.html")
    table = pq.read_table(place / "h.parquet").to_pylist()
    alerts = [(row["title"], row["column"]) for row in table if row["column_verdict"] == "alert"]
    assert alerts == [(day(10), "amount")]
    assert (place / "h.html").read_text().startswith("<!DOCTYPE html>")
    result = call("history", store, "--delete-before", day(12))
    assert "deleted 5 windows" in result.stderr
    assert call("history", place / "none.db").exit_code == ExitCode.USAGE


def test_an_accepted_change_alerts_no_more(place: Path) -> None:
    config = place / "driftline.toml"
    accepted = call("accept", config, "amount", "--reason", "new price list", "--by", "Kim", "--since", day(9))
    assert accepted.exit_code == 0
    result = call("monitor", config)
    assert result.exit_code == ExitCode.NO_ALERT
    assert "accepted: amount" in result.stdout
    with open_store(place / "history.db") as store:
        assert [each.by for each in store.acceptances("orders")] == ["Kim"]


def test_a_muted_column_alerts_without_a_message_about_it(place: Path) -> None:
    config = place / "driftline.toml"
    muted = call("mute", config, "amount", "--until", "2999-01-01", "--since", day(0), "--by", "Kim")
    assert muted.exit_code == 0
    assert "'amount' is muted by Kim until 2999-01-01" in muted.stderr
    with serving() as server:
        configure(place, more=f'[notify]\nwebhook = {{ url = "{server.url("/hook")}" }}\n[mute]\ncity = 2024-03-20')
        result = call("monitor", config)
        assert (result.exit_code, server.paths) == (ExitCode.ALERT, [])
        assert "alert: amount; muted: amount" in result.stdout
    with open_store(place / "history.db") as store:
        audit = [(each.column, each.by) for each in store.mutes("orders")]
        assert audit == [("amount", "Kim"), ("city", "configuration")]
    assert call("mute", config, "amount", "--until", "soon").exit_code == ExitCode.USAGE
    assert "muted from" in (place / "reports" / "index.html").read_text()


@pytest.mark.parametrize("command", [["mute", "--until", "2999-01-01"], ["accept", "--reason", "prices"]], ids=str)
def test_words_about_a_column_that_the_log_lacks_are_refused(place: Path, command: list[str]) -> None:
    config = place / "driftline.toml"
    result = call(command[0], config, "amuont", *command[1:])
    assert result.exit_code == ExitCode.USAGE
    assert "no column 'amuont' (did you mean 'amount'?)" in result.stderr
    assert not (place / "history.db").exists()


def test_rebaseline_makes_the_reference_of_the_next_run(place: Path) -> None:
    config = place / "driftline.toml"
    call("monitor", config)
    assert call("rebaseline", config, "--from", day(10), "--to", day(11)).exit_code == ExitCode.USAGE
    result = call("rebaseline", config, "--from", day(10), "--to", day(11), "-o", place / "new.dlp")
    assert result.exit_code == 0, result.stderr
    assert dl.load(place / "new.dlp").n_rows == 300
    configure(place, reference='reference = "new.dlp"')
    result = call("monitor", config)
    verdicts = {line.split()[0]: line.split()[1] for line in result.stdout.splitlines()}
    assert verdicts[day(10)] == "ok"
    assert verdicts[day(9)] == "alert"
    assert call("rebaseline", config, "--from", day(0), "--to", day(7)).exit_code == 0
    assert dl.load(place / "new.dlp").n_rows == 2100


MISTAKES = {
    "unknown key": ({"window": 'windw = "1d"'}, ":4: windw: unknown key"),
    "wrong type": ({"timestamp": "timestamp = 3"}, ":3: timestamp:"),
    "bad window": ({"window": 'window = "1 day"'}, ":4: window"),
    "bad zone": ({"zone": 'timezone = "Mars"'}, ":9: timezone"),
    "missing file": ({"reference": 'reference = "none.parquet"'}, ":6: reference"),
    "missing log": ({"log": 'log = "none/*.parquet"'}, ":2: log"),
    "missing column": ({"timestamp": 'timestamp = "wehn"'}, ":3: timestamp"),
    "missing segment": ({"more": 'segments = ["town"]'}, ":9: segments"),
    "missing block": ({"more": 'block = "usr"'}, ":9: block: no column 'usr'"),
    "few blocks": ({"more": 'block = "day"'}, ":9: block = 'day': the reference has 7 such blocks"),
    "missing kind": ({"more": "[schema.kinds]\namuont = 'numeric'"}, ":9: schema.kinds: no column 'amuont'"),
    "missing role": ({"more": "[schema]\nroles = { amuont = 'target' }"}, ":10: schema.roles: no column 'amuont'"),
    "junit": ({"more": 'junit = "no/such/junit.xml"'}, ":9: junit: cannot write"),
    "junit folder": ({"more": 'junit = "log"'}, ":9: junit: cannot write"),
    "prometheus": ({"more": 'prometheus = "no/such/drift.prom"'}, ":9: prometheus: cannot write"),
    "webhook": ({"more": '[notify]\nwebhook = { url = "ftp://h" }'}, ":10: notify.webhook: webhook url: must be"),
    "webhook variable": (
        {"more": '[notify]\nwebhook = { url = "https://h/${NO_SUCH_VARIABLE}" }'},
        ":10: notify.webhook: webhook url: the environment variable NO_SUCH_VARIABLE is not set",
    ),
    "apprise": ({"more": '[notify]\napprise = ["nosuch://h"]'}, ":10: notify.apprise: apprise: does not know"),
    "two windows": ({"more": "[window]\nrows = 1000"}, "is not TOML: Cannot"),
    "list of dates": ({"end": "end = [1]"}, ":5: end: must be a date such as 2015-04-01, got [1]"),
    "number of a log": ({"log": "log = 3"}, ":2: log: must be a path, or a list of paths, got 3"),
    "mute number": ({"more": "[mute]\namount = 3"}, ":10: mute.amount: must be a date"),
    "a table of windows": ({"window": "window = { rows = 1000, length = '1d' }"}, ":4: window: must be"),
    "reference twice": ({"more": "[references.a]\nrolling = 3"}, ":6: reference: give either"),
    "unreachable store": ({"store": 'store = "postgresql://kim:s3cret@127.0.0.1:1/d"'}, ":7: store"),
    "two references": ({"reference": 'reference = { rolling = 3, data = "x" }'}, ":6: reference"),
    "half a range": ({"reference": "reference = { from = 2024-01-01 }"}, ":6: reference"),
    "no reference": ({"reference": ""}, "reference: give either reference"),
    "unknown reference": ({"reference": "reference = { roling = 3 }"}, ":6: reference.roling: unknown key"),
    "store": ({"store": 'store = "no/such/h.db"'}, ":7: store"),
    "unknown store": ({"store": 'store = "redis://h"'}, ":7: store"),
    "variable": ({"store": 'store = "postgresql://kim:${NO_SUCH_VARIABLE}@h/d"'}, ":7: store"),
    "policy": ({"more": "[policy]\nalpha = 2.0"}, ":9: policy"),
    "policy key": ({"more": "[policy]\nalfa = 0.1"}, ":10: policy.alfa: unknown key"),
    "muted column": ({"more": "[mute]\namuont = 2024-03-20"}, ":9: mute: no column 'amuont'"),
    "muted until": ({"more": '[mute]\namount = "soon"'}, ":9: mute amount must be a date"),
    "volume": ({"more": "volume = [1.0]"}, ":9: volume"),
    "end": ({"end": 'end = "soon"'}, ":5: end"),
    "missing dataset": ({"dataset": ""}, "dataset: is missing"),
}


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # by Apprise
@pytest.mark.parametrize(("changed", "text"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_file_names_key_and_line_before_any_work(
    place: Path, changed: dict[str, str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    result = call("monitor", configure(place, **changed))
    assert result.exit_code == ExitCode.USAGE
    assert text in result.stderr, result.stderr
    assert not (place / "reports").exists()


def test_blocks_are_named_in_the_file_and_their_worth_is_printed(place: Path) -> None:
    configure(place, more='block = "6h"')
    result = call("monitor", place / "driftline.toml", "--exit-zero")
    assert result.exit_code == ExitCode.NO_ALERT, result.stderr
    assert all("in blocks, its rows are worth" in line for line in result.stdout.splitlines())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_target_without_permission_is_refused_before_any_work(place: Path) -> None:
    (place / "shut").mkdir(mode=0o500)
    result = call("monitor", configure(place, more='junit = "shut/junit.xml"'))
    assert result.exit_code == ExitCode.USAGE
    assert ":9: junit: cannot write" in result.stderr


def test_data_that_cannot_be_read_is_3_and_never_drift(place: Path) -> None:
    pq.write_table(pa.table({"when": [1.5], "amount": [1.0]}), place / "log" / "odd.parquet")
    result = call("monitor", place / "driftline.toml")
    assert result.exit_code == ExitCode.NOT_EVALUATED
    assert "timestamp_unit" in result.stderr


def test_a_missing_day_is_an_alert_of_its_own(place: Path) -> None:
    for number in (10, 11, 12):
        (place / "log" / f"{day(number)}.parquet").unlink()
    result = call("monitor", place / "driftline.toml")
    assert result.exit_code == ExitCode.ALERT
    assert f"no rows in {day(12)}  (3 windows since {day(10)})" in result.stdout


def test_the_schema_of_the_file_is_published() -> None:
    schema = json.loads(call("monitor", "--config-schema").stdout)
    assert {"dataset", "log", "window", "reference", "store", "policy"} <= set(schema["properties"])


def test_the_documentation_has_a_row_for_every_key_and_for_no_other() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text.partition("## Every key")[2], re.MULTILINE)
    written = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert written == {field.alias or name for name, field in MonitorConfig.model_fields.items()}


def test_the_command_is_found_from_outside(place: Path) -> None:
    command = [sys.executable, "-m", "driftline", "monitor", str(place / "driftline.toml"), "--now", day(8)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == ExitCode.NO_ALERT, done.stderr
    assert done.stdout.split()[:2] == [day(7), "ok"]


class _Message:
    def __init__(self, **given: Any) -> None:
        self.given = given


def _notify(sent: list[dict[str, Any]], failures: list[str]) -> types.ModuleType:
    """A stand-in for driftline.notify: targets that take messages, or fail."""
    module = types.ModuleType("driftline.notify")

    def send(message: _Message, targets: Any) -> list[str]:
        sent.append(message.given)
        return failures

    module.Message = _Message  # type: ignore[attr-defined]
    module.ColumnChange = lambda **given: given  # type: ignore[attr-defined]
    module.Webhook = lambda url, headers: (url, headers)  # type: ignore[attr-defined]
    module.send = send  # type: ignore[attr-defined]
    return module


def test_what_needs_attention_is_sent_once_and_a_failure_is_4_and_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    failures = ["webhook: no answer"]
    monkeypatch.setitem(sys.modules, "driftline.notify", _notify(sent, failures))
    for number in (11, 12):
        (place / "log" / f"{day(number)}.parquet").unlink()
    config = configure(place, more='[notify]\nwebhook = { url = "https://example.com" }')
    result = call("monitor", config)
    assert result.exit_code == ExitCode.NOT_DELIVERED
    assert "no answer" in result.stderr
    failures.clear()
    assert call("monitor", config).exit_code == ExitCode.NO_ALERT
    assert call("monitor", config).exit_code == ExitCode.NO_ALERT
    assert not [each for each in sent if day(12) in each["headline"]], "nothing new on the second day"
    missing = [each for each in sent if f"no rows in {day(11)}" in each["headline"]]
    assert len(missing) == 2, "once in vain, once delivered"
    assert missing[0] == missing[1]
