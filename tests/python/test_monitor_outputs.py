"""What a run leaves for CI and Prometheus, and what it says when nobody could be told."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from junitparser import JUnitXml

import driftline as dl
from driftline.cli import ExitCode
from tests.python.monitor_logs import daily_log, day
from tests.python.test_monitor_cli import call, configure, place

__all__ = ["place"]


def test_junit_has_a_suite_per_window_and_a_case_per_column_and_finding(place: Path) -> None:
    (place / "log" / f"{day(11)}.parquet").unlink()
    result = call("monitor", configure(place, more='junit = "drift.xml"'))
    assert result.exit_code == ExitCode.ALERT
    suites = list(JUnitXml.fromfile(str(place / "drift.xml")))
    assert [suite.name for suite in suites] == [f"orders {day(number)} reference" for number in range(7, 14)]
    failed = {(suite.name.split()[1], case.name) for suite in suites for case in suite if case.result}
    assert failed == {(day(10), "amount"), (day(11), "missing")}
    shifted = next(case for case in suites[3] if case.name == "amount")
    assert shifted.result[0].message.startswith("alert: PSI ")
    assert [case.name for case in suites[0]] == ["amount", "city"]
    again = call("monitor", place / "driftline.toml", "--junit", place / "other.xml")
    assert again.exit_code == ExitCode.NO_ALERT
    assert list(JUnitXml.fromfile(str(place / "other.xml"))) == []
    assert call("monitor", place / "driftline.toml", "--junit", place / "no" / "j.xml").exit_code == ExitCode.USAGE


def test_junit_skips_what_is_accepted(place: Path) -> None:
    config = configure(place, more='junit = "drift.xml"')
    call("accept", config, "amount", "--reason", "prices", "--by", "Kim", "--since", day(9))
    assert call("monitor", config).exit_code == ExitCode.NO_ALERT
    xml = JUnitXml.fromfile(str(place / "drift.xml"))
    assert (xml.failures, xml.skipped) == (0, 1)


def metrics(path: Path) -> dict[str, float]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_prometheus_gets_the_last_window_of_each_reference(place: Path) -> None:
    pytest.importorskip("prometheus_client")
    references = "[references.first]\nfrom = 2024-03-04\nto = 2024-03-11\n[references.before]\nprevious = true"
    config = configure(place, reference="", end="", more=f'prometheus = "drift.prom"\n{references}')
    call("monitor", config, "--now", day(11))
    found = metrics(place / "drift.prom")
    labels = 'dataset="orders",reference="first"'
    assert found[f"driftline_alert{{{labels}}}"] == 1
    assert found[f'driftline_column_alert{{column="amount",{labels}}}'] == 1
    of_amount = '{column="amount",dataset="orders",method="psi",reference="first"}'
    score = found[f"driftline_column_score{of_amount}"]
    assert found[f"driftline_column_score_low{of_amount}"] <= score <= found[f"driftline_column_score_high{of_amount}"]
    assert found[f"driftline_column_tolerance{of_amount}"] == 0.25
    assert found[f'driftline_rows{{{labels},side="current"}}'] == 300
    assert found[f'driftline_rows{{{labels},side="reference"}}'] == 2100
    end = int(np.datetime64(day(11), "s").astype(int))
    assert found[f"driftline_window_end_timestamp_seconds{{{labels}}}"] == end
    assert found['driftline_rows{dataset="orders",reference="before",side="reference"}'] == 300
    first = found['driftline_last_evaluation_timestamp_seconds{dataset="orders"}']
    call("monitor", config, "--now", day(12), "--prometheus", place / "other.prom")
    assert metrics(place / "other.prom")[f"driftline_alert{{{labels}}}"] == 0
    call("monitor", config, "--now", day(12))
    later = metrics(place / "drift.prom")
    assert later['driftline_last_evaluation_timestamp_seconds{dataset="orders"}'] > first, "also when nothing is new"
    assert later[f"driftline_alert{{{labels}}}"] == 0


def test_prometheus_says_that_a_window_is_missing(place: Path) -> None:
    pytest.importorskip("prometheus_client")
    (place / "log" / f"{day(13)}.parquet").unlink()
    call("monitor", configure(place, more='prometheus = "drift.prom"'))
    found = metrics(place / "drift.prom")
    assert found['driftline_alert{dataset="orders",reference="reference"}'] == 1
    assert not any("column=" in name for name in found)


def test_many_columns_share_a_series_and_segments_have_one_each(tmp_path: Path) -> None:
    pytest.importorskip("prometheus_client")
    from driftline.monitor.metrics import write_metrics

    random = np.random.default_rng(3)
    log = daily_log(9)
    wide = {**log, **{f"c{i}": random.normal(size=len(log["when"])) for i in range(60)}}
    past = {**daily_log(7, seed=2), **{f"c{i}": random.normal(size=2100) for i in range(60)}}
    options = {"timestamp": "when", "end": day(9), "segments": ["city"], "segment_values": {"city": ["Oslo"]}}
    monitor = dl.Monitor(wide, reference=past, **options)
    run = monitor.run()
    write_metrics(tmp_path / "w.prom", monitor.settings, monitor.store, run.references, now=1.0, most=5)
    found = metrics(tmp_path / "w.prom")
    columns = {name.split('column="')[1].split('"')[0] for name in found if 'column="' in name}
    assert len(columns) == 6
    assert "other" in columns
    assert len([name for name in found if name.startswith("driftline_segment_alert")]) == 2


def test_a_webhook_that_does_not_answer_is_4_and_names_the_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["driftline.notify.send"], "FIRST_PAUSE", 0.0)
    config = configure(place, more='[notify]\nwebhook = { url = "http://127.0.0.1:9/s3cret" }')
    result = call("monitor", config)
    assert result.exit_code == ExitCode.NOT_DELIVERED
    assert "driftline.toml:9: not delivered, tried again at the next run: webhook http://127.0.0.1:9/" in result.stderr
    assert "s3cret" not in result.stderr
    assert len(result.stdout.splitlines()) == 7, "what was found is printed all the same"


def test_a_target_that_fails_while_it_is_written_is_4_and_the_result_is_printed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise dl.InputError("no space left on device")

    monkeypatch.setattr("driftline.cli.output.write_whole", full)
    result = call("monitor", configure(place, more='junit = "drift.xml"'))
    assert result.exit_code == ExitCode.NOT_DELIVERED
    assert "no space left" in result.stderr
    assert len(result.stdout.splitlines()) == 7
