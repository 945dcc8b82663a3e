"""The examples in docs/examples run, each in the environment that has its package: nox -s examples."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from importlib import util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import driftline as dl
from driftline.notify import flat_metrics
from tests.python.web_server import serving, status

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
AIRLINES = ["AA", "DL", "UA"]

# The packages warn about their own future.
pytestmark = pytest.mark.filterwarnings("ignore")


def example(name: str) -> ModuleType:
    spec = util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def flights(n_rows: int, scale: float, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {"AIRLINE": random.choice(AIRLINES, n_rows).tolist(), "DISTANCE": (scale * random.random(n_rows)).tolist()}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sides = {"reference": (1000.0, 1), "2026-01-02": (1000.0, 2), "2026-01-03": (3000.0, 3)}
    for name, (scale, seed) in sides.items():
        pq.write_table(pa.table(flights(2000, scale, seed)), tmp_path / f"{name}.parquet")
    dl.profile(tmp_path / "reference.parquet").save(tmp_path / "reference.dlp")
    return tmp_path


def nightly(data: Path, day: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The script for cron, with a command `driftline` that is the one under test."""
    command = data / "bin" / "driftline"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m driftline "$@"\n')
    command.chmod(0o755)
    return subprocess.run(
        ["bash", EXAMPLES / "nightly.sh"],
        env={
            **os.environ,
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "REFERENCE": str(data / "reference.dlp"),
            "DATA": str(data),
            "DAY": day,
            **more,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(shutil.which("flock") is None, reason="needs flock of util-linux")
def test_the_script_for_cron_speaks_only_when_somebody_has_to_act(data: Path) -> None:
    pytest.importorskip("typer")
    quiet = nightly(data, "2026-01-02")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    drifted = nightly(data, "2026-01-03")
    assert drifted.returncode == 1
    assert drifted.stdout.startswith("drift on 2026-01-03: ALERT  1 of 2 judged columns drifted, report ")
    assert (data / "reports" / "2026-01-03.html").is_file()
    with serving() as server:
        told = nightly(data, "2026-01-03", WEBHOOK=server.url("/s3cret"))
        assert (told.returncode, server.paths) == (1, ["/s3cret"])
    with serving(status(404)) as server:
        untold = nightly(data, "2026-01-03", WEBHOOK=server.url("/s3cret"))
    assert untold.returncode == 4
    assert "could not deliver: ALERT" in untold.stderr
    assert "s3cret" not in untold.stdout + untold.stderr
    missing = nightly(data, "2026-01-04")
    assert missing.returncode == 3
    assert missing.stderr.endswith("drift check of 2026-01-04 failed with exit code 3\n")


@pytest.mark.skipif(shutil.which("flock") is None, reason="needs flock of util-linux")
def test_two_runs_of_the_script_do_not_overlap(data: Path) -> None:
    pytest.importorskip("typer")
    with subprocess.Popen(
        ["flock", data / ".nightly.lock", "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        second = nightly(data, "2026-01-02")
        holder.stdin.close()
    assert (second.returncode, second.stderr) == (3, "drift check: the last run has not ended\n")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in EXAMPLES.glob("driftline-nightly.*"):
        text = unit.read_text(encoding="utf-8").replace("/opt/drift", str(EXAMPLES))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "driftline-nightly.timer"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "driftline-nightly" in line]
    assert complaints == []


def test_prefect(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(data / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    pytest.importorskip("prefect")
    from prefect.testing.utilities import prefect_test_harness

    flow = example("prefect_flow")
    reference, html = str(data / "reference.parquet"), str(data / "report.html")
    with prefect_test_harness(server_startup_timeout=180):
        assert flow.nightly(reference, str(data / "2026-01-02.parquet"), html)["status"] == "no_drift"
        with pytest.raises(RuntimeError, match="drift: 1 of 2 judged columns drifted"):
            flow.nightly(reference, str(data / "2026-01-03.parquet"), html)
    assert Path(html).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_kubeflow(data: Path) -> None:
    pytest.importorskip("kfp")
    from kfp import compiler

    pipeline = example("kubeflow_pipeline")
    compiler.Compiler().compile(pipeline.check_and_retrain, str(data / "pipeline.yaml"))
    compiled = (data / "pipeline.yaml").read_text(encoding="utf-8")
    assert "comp-check-drift" in compiled
    assert "system.HTML" in compiled
    logged: dict[str, float] = {}
    verdict = pipeline.check_drift.python_func(
        reference=SimpleNamespace(path=str(data / "reference.parquet")),
        current=SimpleNamespace(path=str(data / "2026-01-03.parquet")),
        metrics=SimpleNamespace(log_metric=logged.__setitem__),
        report=SimpleNamespace(path=str(data / "report.html")),
    )
    assert verdict == "alert"
    assert logged["drift/alert"] == 1
    assert (data / "report.html").is_file()


def test_fastapi(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    from concurrent.futures import ThreadPoolExecutor

    from fastapi.testclient import TestClient

    monkeypatch.setenv("REFERENCE", str(data / "reference.dlp"))
    monkeypatch.setenv("STORE", str(data / "history.db"))
    service = example("fastapi_service")
    rows = flights(1200, 3000.0, 4)
    requests = [{"AIRLINE": a, "DISTANCE": d} for a, d in zip(rows["AIRLINE"], rows["DISTANCE"], strict=True)]
    began = time.time() // 3600
    for part in (requests[:400], requests[400:]):  # the service is started twice
        with TestClient(service.app) as client:
            predicted = client.post("/predict", json=part[0]).json()
            assert predicted == {"late": part[0]["DISTANCE"] > 1000}
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(lambda row: client.post("/predict", json=row), part[1:]))
    ended = time.time() // 3600
    with TestClient(service.app) as client:
        later = (ended + 1) * 3600
        service.app.state.monitor = service.watch(lambda: later)
        found = client.get("/drift").json()
        assert client.get("/drift").json() == found
    assert len(found) == ended - began + 1
    assert sum(hour["rows"] for hour in found) == 1200
    assert all((hour["verdict"], hour["drifted"]) == ("alert", ["DISTANCE"]) for hour in found if hour["rows"] > 100)


def test_kafka(data: Path) -> None:
    """Against the broker that librdkafka brings for tests, over the loopback."""
    kafka = pytest.importorskip("confluent_kafka")
    producer = kafka.Producer({"test.mock.num.brokers": 1})
    (broker,) = producer.list_topics(timeout=30).brokers.values()
    begin = int(time.time()) // 3600 * 3600 - 2 * 3600
    for hour, (scale, seed) in enumerate(((1000.0, 5), (3000.0, 6))):
        rows = flights(1500, scale, seed)
        for number, (airline, distance) in enumerate(zip(rows["AIRLINE"], rows["DISTANCE"], strict=True)):
            value = json.dumps({"AIRLINE": airline, "DISTANCE": distance})
            producer.produce("flights", value, timestamp=(begin + 3600 * hour + number) * 1000)
            producer.poll(0)
    assert producer.flush(30) == 0
    settings = {
        "bootstrap.servers": f"{broker.host}:{broker.port}",
        "group.id": "drift",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    options = {"timestamp": "at", "timestamp_unit": "ms", "window": "1h", "store": data / "history.db"}
    watch, found = example("kafka_consumer").watch, []
    for _ in range(2):  # the second consumer finds nothing that the first one has stored
        consumer = kafka.Consumer(settings)
        consumer.subscribe(["flights"])
        reference = str(data / "reference.dlp")
        with dl.Monitor(reference=reference, clock=lambda: float(begin + 2 * 3600), **options) as monitor:
            found.append(list(watch(consumer, monitor, idle=15.0)))
        consumer.close()
    assert [(hour.verdict, hour.record.n_rows) for hour in found[0]] == [("ok", 1500), ("alert", 1500)]
    assert [name for name, each in found[0][1].record.columns.items() if each[0] == "alert"] == ["DISTANCE"]
    assert found[1] == []


def test_wandb(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline: nothing leaves this machine."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(data))
    monkeypatch.setenv("WANDB_SILENT", "true")
    wandb = pytest.importorskip("wandb")
    logged: dict[str, Any] = {}
    told: list[str] = []
    leave = wandb.Run.__exit__

    def note_and_leave(run: Any, *error: Any) -> Any:
        logged.update(dict(run.summary))
        return leave(run, *error)

    monkeypatch.setattr(wandb.Run, "__exit__", note_and_leave)
    monkeypatch.setattr(wandb.Run, "alert", lambda _, **message: told.append(message["title"]))
    decision = example("wandb_run").check(str(data / "reference.parquet"), str(data / "2026-01-03.parquet"), "flights")
    metrics = flat_metrics(decision)
    assert {name: logged[name] for name in metrics} == metrics
    assert logged["drift/verdict"] == "alert"
    assert told == ["ALERT flights: DISTANCE"]
    pages = [path.read_text(encoding="utf-8") for path in data.rglob("*.html")]
    assert any("<title>" in page and "DISTANCE" in page for page in pages)
