"""Check yesterday's predictions against a reference: stop on drift, branch on drift, or check what a function made."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, Asset, task

from driftline.integrations.airflow import DriftBranchOperator, DriftCheckOperator

DATA = os.environ.get("FLIGHTS", "/data/flights")

with DAG("check_flights", schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:
    check = DriftCheckOperator(
        task_id="check",
        reference=f"{DATA}/reference.parquet",
        current=f"{DATA}/{{{{ ds }}}}.parquet",
        policy={"by_column": {"AIRLINE": {"tolerances": {"psi": [0.2, 0.5]}}}},
        on_drift="fail",
        html=f"{DATA}/reports/{{{{ ds }}}}.html",
        outlets=[Asset("x-driftline://flights")],
        retries=2,
    )
    branch = DriftBranchOperator(
        task_id="branch",
        reference=f"{DATA}/reference.parquet",
        current=f"{DATA}/{{{{ ds }}}}.parquet",
        follow_task_ids_if_drift="retrain",
        follow_task_ids_if_ok="publish",
    )

    @task
    def retrain() -> None:
        """Train a new model; the result of the check is at hand."""

    @task
    def publish() -> None:
        """Publish the predictions."""

    @task.drift_check(reference=f"{DATA}/reference.parquet", columns=["DEPARTURE_DELAY"], on_drift="warn")
    def late_flights(ds: str | None = None) -> dict[str, list[float]]:
        """The rows to check may come from anywhere: a query, a service, a frame."""
        import pyarrow.parquet as pq

        table = pq.read_table(f"{DATA}/{ds}.parquet", columns=["DEPARTURE_DELAY"])
        return table.to_pydict()

    check >> branch >> [retrain(), publish()]
    late_flights()
