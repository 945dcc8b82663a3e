"""The Prometheus text file: readable by a parser, bounded in series, whole or not there."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import driftline as dl
from driftline.errors import InputError, OptionError
from driftline.notify import write_textfile

pytest.importorskip("prometheus_client")
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

NASTY = 'a"b\\c\nd{e="f"}'


def check(shifts: dict[str, float], n_rows: int = 1000) -> dl.Decision:
    random = np.random.default_rng(3)
    before = {name: random.normal(0, 1, n_rows) for name in shifts}
    after = {name: random.normal(shift, 1, n_rows) for name, shift in shifts.items()}
    return dl.check(before, after)


def read(path: Path) -> dict[tuple[str, str, str], float]:
    """Value per metric, column and whatever else tells its series apart."""
    samples = [
        sample for family in text_string_to_metric_families(path.read_text("utf-8")) for sample in family.samples
    ]
    found = {}
    for sample in samples:
        labels = dict(sample.labels)
        assert labels.pop("dataset") == "loans"
        found[sample.name.removeprefix("driftline_"), labels.pop("column", ""), "".join(labels.values())] = sample.value
    assert len(found) == len(samples)
    return found


def test_a_parser_reads_what_the_decision_says(tmp_path: Path) -> None:
    decision = check({"calm": 0.0, "moved": 2.0, NASTY: 3.0})
    path = tmp_path / "drift.prom"
    write_textfile(path, decision, dataset="loans", now=1000.5, window_end=500.0)
    found = read(path)
    reason = decision.columns["moved"].reasons[0]
    assert found["alert", "", ""] == 1
    assert found["columns", "", "alert"] == 2
    assert found["columns", "", "ok"] == 1
    assert found["rows", "", "current"] == 1000
    assert found["column_score", "moved", "psi"] == reason.value
    assert found["column_score_low", "moved", "psi"] == reason.ci_low
    assert found["column_score_high", "moved", "psi"] == reason.ci_high
    assert found["column_tolerance", "moved", "psi"] == reason.tolerance
    assert found["column_alert", "calm", ""] == 0
    assert found["last_evaluation_timestamp_seconds", "", ""] == 1000.5
    assert found["window_end_timestamp_seconds", "", ""] == 500
    assert 'a"b\\c\\nd{e="f"}' in {column for _, column, _ in found}


def test_columns_beyond_the_limit_share_one_series_that_crosses_no_line_for_them(tmp_path: Path) -> None:
    decision = check({**{f"calm{index}": 0.0 for index in range(30)}, "far": 3.0, "near": 2.0, "other": 1.5})
    write_textfile(tmp_path / "few.prom", decision, dataset="loans", most=2)
    found = read(tmp_path / "few.prom")
    assert {column for _, column, _ in found if column} == {"far", "near", "other"}
    assert found["column_alert", "other", ""] == 1  # the column that is called so
    rest = [decision.columns[name].reasons[0].value or 0.0 for name in decision.ranked[2:]]
    assert found["column_score", "other", "psi"] == max(rest)


def test_a_column_called_like_the_rest_is_told_apart(tmp_path: Path) -> None:
    write_textfile(tmp_path / "all.prom", check({"other": 2.0, "calm": 0.0}), dataset="loans", most=1)
    assert {column for _, column, _ in read(tmp_path / "all.prom") if column} == {'"other"', "other"}


def test_no_series_for_columns_is_a_limit_too(tmp_path: Path) -> None:
    write_textfile(tmp_path / "none.prom", check({"a": 2.0, "b": 2.0}), dataset="loans", most=0)
    found = read(tmp_path / "none.prom")
    assert found["column_alert", "other", ""] == 2


def test_a_column_that_is_gone_alerts_without_a_score(tmp_path: Path) -> None:
    decision = dl.check({"x": [1, 2] * 500, "y": [1, 2] * 500}, {"x": [1, 2] * 500})
    write_textfile(tmp_path / "gone.prom", decision, dataset="loans")
    found = read(tmp_path / "gone.prom")
    assert found["column_alert", "y", ""] == 1
    assert ("column_score", "y", "psi") not in found


def test_the_process_wide_registry_stays_as_it_was(tmp_path: Path) -> None:
    write_textfile(tmp_path / "drift.prom", check({"a": 0.0}), dataset="loans")
    write_textfile(tmp_path / "drift.prom", check({"a": 0.0}), dataset="loans")
    assert not [name for name in REGISTRY._names_to_collectors if "driftline" in name]
    assert [path.name for path in tmp_path.iterdir()] == ["drift.prom"]


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.drift\.prom"):
        write_textfile(tmp_path / "nowhere" / "drift.prom", check({"a": 0.0}), dataset="loans")


def test_wrong_calls_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = check({"a": 0.0})
    with pytest.raises(OptionError, match="most must be 0 or more"):
        write_textfile(tmp_path / "x.prom", decision, dataset="loans", most=-1)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(OptionError, match=r"pip install 'driftline\[prometheus\]'"):
        write_textfile(tmp_path / "x.prom", decision, dataset="loans")
