"""The operators inside a real Airflow: what happens to a task in each case, and what parsing a DAG costs."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if find_spec("airflow") is None:
    pytest.skip("Airflow has an environment of its own: nox -s airflow", allow_module_level=True)

from tests.integrations.airflow_home import Run, environment, load_dag_file, set_up

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "airflow_dag.py"
OUTCOMES = Path(__file__).with_name("outcomes_dag.py")


def flights(n_rows: int, shift: float, seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    airline = random.choice(["AA", "DL", "UA"], n_rows)
    delay = random.normal(shift, 1.0, n_rows)
    return pa.table({"DEPARTURE_DELAY": delay, "AIRLINE": airline, "CANCELLED": random.random(n_rows) < 0.02})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("airflow")
    data = home / "flights"
    data.mkdir()
    tables = {
        "reference": flights(4000, 0.0, 1),
        "2026-01-02": flights(4000, 0.0, 2),
        "moved": flights(4000, 2.0, 3),
        "a_little": flights(40000, 0.45, 4),
        "three_rows": flights(3, 0.0, 5),
    }
    for name, table in tables.items():
        pq.write_table(table, data / f"{name}.parquet")
    before = dict(os.environ)
    set_up(home)
    yield home
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def outcomes(home: Path) -> Run:
    return Run(load_dag_file(home, OUTCOMES).dag)


def test_no_drift_succeeds_and_the_result_is_small_plain_and_complete(outcomes: Run, home: Path) -> None:
    found = outcomes.result("same")
    assert outcomes.states["same"] == "success"
    assert (found["status"], found["verdict"], found["worst"]) == ("no_drift", "ok", [])
    assert found["counts"]["ok"] == 3
    assert found["rows"] == {"reference": 4000, "current": 4000}
    assert found["report"] == f"{home}/flights/reports/2026-01-02/same.html"
    assert "<html" in Path(found["report"]).read_text(encoding="utf-8")
    assert len(json.dumps(found, allow_nan=False)) < 2000


def test_drift_fails_at_once_with_its_result_and_report_at_hand(outcomes: Run, home: Path) -> None:
    assert (outcomes.states["fails"], outcomes.tries["fails"]) == ("failed", 1)
    assert outcomes.states["after_fails"] == "upstream_failed"
    found = outcomes.result("fails")
    assert (found["status"], found["verdict"]) == ("drift", "alert")
    worst = found["worst"][0]
    assert (worst["column"], worst["source"], worst["direction"]) == ("DEPARTURE_DELAY", "psi", "up")
    assert worst["tolerance"] < worst["ci_low"] < worst["value"] < worst["ci_high"]
    assert "<html" in (home / "flights" / "moved.html").read_text(encoding="utf-8")


def test_drift_can_skip_what_comes_after(outcomes: Run) -> None:
    assert (outcomes.states["skips"], outcomes.states["after_skips"]) == ("skipped", "skipped")
    assert outcomes.result("skips")["status"] == "drift"


def test_drift_can_be_a_warning_in_a_task_that_succeeds(outcomes: Run) -> None:
    assert outcomes.states["warns"] == "success"
    assert outcomes.result("warns")["status"] == "drift"
    assert len(outcomes.result("warns")["worst"]) == 1


@pytest.mark.parametrize("task_id", ["unreadable", "not_judged", "unwritable", "bad_columns"])
def test_what_another_try_may_mend_is_tried_again(outcomes: Run, task_id: str) -> None:
    assert (outcomes.states[task_id], outcomes.tries[task_id]) == ("failed", 2)


@pytest.mark.parametrize("task_id", ["bad_policy", "one_side_only"])
def test_a_wrong_call_fails_without_another_try(outcomes: Run, task_id: str) -> None:
    assert (outcomes.states[task_id], outcomes.tries[task_id]) == ("failed", 1)


def test_policy_and_mildest_verdict_are_the_users(outcomes: Run) -> None:
    assert outcomes.states["lenient"] == "success"
    assert outcomes.result("strict")["verdict"] == "warn"
    assert (outcomes.states["strict"], outcomes.tries["strict"]) == ("failed", 1)


def test_a_mapped_check_judges_every_part(outcomes: Run) -> None:
    assert [outcomes.result("mapped", part)["status"] for part in (0, 1)] == ["no_drift", "drift"]


def test_a_branch_follows_the_verdict(outcomes: Run) -> None:
    ran = {name for name, state in outcomes.states.items() if state == "success"}
    assert {"branch_same", "same_ok", "branch_moved", "moved_drifted", "branch_nowhere"} <= ran
    assert [outcomes.states[name] for name in ("same_drifted", "moved_ok", "not_followed")] == ["skipped"] * 3
    assert outcomes.result("branch_moved")["status"] == "drift"


def test_a_function_brings_the_current_data_or_both_sides(outcomes: Run) -> None:
    assert outcomes.result("current_data")["worst"][0]["column"] == "DEPARTURE_DELAY"
    assert outcomes.states["current_data"] == "success"
    assert outcomes.states["both_sides"] == "skipped"


@pytest.mark.parametrize("name", ["same", "warns", "branch_same", "branch_moved"])
def test_the_event_of_an_asset_carries_the_result(outcomes: Run, name: str) -> None:
    (extra,) = outcomes.asset_extras(f"x-driftline://{name}")
    assert extra == outcomes.result(name)


def test_the_example_runs(home: Path) -> None:
    run = Run(load_dag_file(home, EXAMPLE).dag)
    assert run.state == "success"
    assert run.states == {
        **dict.fromkeys(["check", "branch", "publish", "late_flights"], "success"),
        "retrain": "skipped",
    }


@pytest.mark.parametrize("source", [EXAMPLE, OUTCOMES], ids=lambda path: path.stem)
def test_a_dag_survives_being_stored(home: Path, source: Path) -> None:
    from airflow.serialization.serialized_objects import SerializedDAG

    try:
        from airflow.serialization.serialized_objects import DagSerialization as Dags
    except ImportError:
        Dags = SerializedDAG
    dag = load_dag_file(home, source).dag
    stored = json.loads(json.dumps(Dags.to_dict(dag)))
    restored = Dags.from_dict(stored)
    assert set(restored.task_dict) == set(dag.task_dict)
    task = restored.task_dict["check" if source is EXAMPLE else "fails"]
    assert task.task_type == "DriftCheckOperator"
    assert "current" in task.template_fields
    assert task.current == dag.task_dict[task.task_id].current
    branch = restored.task_dict["branch" if source is EXAMPLE else "branch_same"]
    assert getattr(branch, "_can_skip_downstream", True)  # Airflow 2.11 goes by what the task pushed.


def test_parsing_a_dag_loads_no_statistics(home: Path) -> None:
    script = (
        "import runpy, sys\n"
        "runpy.run_path(sys.argv[1])\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'driftline'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(EXAMPLE)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, **environment(home)},
    )
    assert ast.literal_eval(done.stdout.splitlines()[-1]) == [
        "driftline",
        "driftline.errors",
        "driftline.integrations",
        "driftline.integrations.airflow",
        "driftline.integrations.airflow_provider",
    ]


def test_a_wrong_on_drift_is_refused_when_the_dag_is_parsed(home: Path) -> None:
    from driftline.integrations.airflow import DriftCheckOperator

    with pytest.raises(ValueError, match="on_drift must be one of fail, skip, warn, got 'explode'"):
        DriftCheckOperator(task_id="x", reference="a", current="b", on_drift="explode")


def test_airflow_finds_the_provider(home: Path) -> None:
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    manager.initialize_providers_taskflow_decorator()
    assert "driftline" in manager.providers
    assert manager.taskflow_decorators["drift_check"].__name__ == "drift_check_task"
