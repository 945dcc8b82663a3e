"""One task for each thing that can happen to a drift check; the tests run it once and look at every outcome."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, Asset, BaseOperator, task

from driftline.integrations.airflow import DriftBranchOperator, DriftCheckOperator

DATA = os.environ["FLIGHTS"]
REFERENCE = f"{DATA}/reference.parquet"
SAME = f"{DATA}/{{{{ ds }}}}.parquet"
MOVED = f"{DATA}/moved.parquet"


class Nothing(BaseOperator):
    """Does nothing."""

    def execute(self, context: Any) -> None:
        """Succeed."""


def check(task_id: str, current: str, **options: Any) -> DriftCheckOperator:
    return DriftCheckOperator(task_id=task_id, reference=REFERENCE, current=current, **options)


with DAG(
    "outcomes",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(0)},
) as dag:
    check("same", SAME, html=f"{DATA}/reports/{{{{ ds }}}}/same.html", outlets=[Asset("x-driftline://same")])
    check("fails", MOVED, html=f"file://{DATA}/moved.html") >> Nothing(task_id="after_fails")
    check("skips", MOVED, on_drift="skip") >> Nothing(task_id="after_skips")
    check("warns", MOVED, on_drift="warn", most=1, outlets=[Asset("x-driftline://warns")])
    check("unreadable", f"{DATA}/nowhere.parquet")
    check("not_judged", f"{DATA}/three_rows.parquet")
    check("unwritable", MOVED, on_drift="warn", html=f"{REFERENCE}/report.html")
    check("bad_policy", SAME, policy={"alfa": 0.1})
    check("bad_columns", SAME, columns=["nowhere"])
    check("lenient", MOVED, policy={"by_column": {"DEPARTURE_DELAY": {"judge": False}, "AIRLINE": {"judge": False}}})
    check("strict", f"{DATA}/a_little.parquet", fail_on="warn")
    DriftCheckOperator.partial(task_id="mapped", reference=REFERENCE, on_drift="warn").expand(current=[SAME, MOVED])

    for name, current in [("same", SAME), ("moved", MOVED)]:
        branch = DriftBranchOperator(
            task_id=f"branch_{name}",
            reference=REFERENCE,
            current=current,
            follow_task_ids_if_drift=f"{name}_drifted",
            follow_task_ids_if_ok=[f"{name}_ok"],
            outlets=[Asset(f"x-driftline://branch_{name}")],
        )
        branch >> [Nothing(task_id=f"{name}_drifted"), Nothing(task_id=f"{name}_ok")]
    DriftBranchOperator(task_id="branch_nowhere", reference=REFERENCE, current=SAME) >> Nothing(task_id="not_followed")

    @task.drift_check(reference=REFERENCE, columns=["DEPARTURE_DELAY"], on_drift="warn")
    def current_data(shift: float, ds: str | None = None) -> dict[str, list[float]]:
        assert ds == "2026-01-02"
        return {"DEPARTURE_DELAY": [shift + value % 50 for value in range(2000)]}

    @task.drift_check(on_drift="skip")
    def both_sides() -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        return {"x": [1, 2] * 500}, {"x": [3, 4] * 500}

    @task.drift_check
    def one_side_only() -> dict[str, list[int]]:
        return {"x": [1, 2] * 500}

    current_data(100.0)
    both_sides()
    one_side_only()
