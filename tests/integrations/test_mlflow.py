"""A real MLflow takes what we log: every name, all numbers, JSON and page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import driftline as dl
from driftline.errors import OptionError
from driftline.integrations.mlflow import log_decision
from driftline.notify import flat_metrics

pytestmark = pytest.mark.filterwarnings("ignore")
NASTY = ["age [years]", "a/b", "a:b", "A", "a", "..", "/etc", "ünïcode", "数据", "x" * 400, "tab\there", " ", "-", "%"]


@pytest.fixture
def mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow = pytest.importorskip("mlflow")
    mlflow.set_tracking_uri(f"file://{tmp_path}/runs")
    yield mlflow
    mlflow.end_run()


def check(names: list[str]) -> dl.Decision:
    return dl.check({name: [1, 2, 3] * 200 for name in names}, {name: [2, 3, 4] * 200 for name in names})


def test_every_metric_arrives_under_its_own_name(mlflow: Any, tmp_path: Path) -> None:
    decision = check(NASTY)
    with mlflow.start_run() as run:
        log_decision(decision)
    kept = mlflow.get_run(run.info.run_id).data
    assert kept.metrics == flat_metrics(decision)
    assert len([name for name in kept.metrics if name.startswith("drift/psi/")]) == len(NASTY)
    assert kept.tags["drift.verdict"] == "alert"


def test_json_and_page_are_artifacts_of_the_step(mlflow: Any, tmp_path: Path) -> None:
    decision = check(["a"])
    with mlflow.start_run() as run:
        log_decision(decision, step=3)
    folder = Path(mlflow.get_run(run.info.run_id).info.artifact_uri.removeprefix("file://")) / "drift"
    assert json.loads((folder / "decision-3.json").read_text(encoding="utf-8")) == decision.to_dict()
    assert (folder / "report-3.html").read_text(encoding="utf-8") == decision.to_html()


def test_hundreds_of_columns_are_logged(mlflow: Any) -> None:
    decision = check([f"c{index}" for index in range(200)])
    with mlflow.start_run() as run:
        log_decision(decision)
    assert len(mlflow.get_run(run.info.run_id).data.metrics) == len(flat_metrics(decision)) > 1000


def test_without_mlflow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(OptionError, match=r"pip install 'driftline\[mlflow\]'"):
        log_decision(check(["a"]))
