"""An Airflow of the tests' own: home, database and DAG folder are temporary, and set up before Airflow is imported."""

from __future__ import annotations

import inspect
import os
import sys
from datetime import datetime, timezone
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

DAY = datetime(2026, 1, 2, tzinfo=timezone.utc)


def environment(home: Path) -> dict[str, str]:
    """What Airflow reads from the environment when it is imported."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "FLIGHTS": str(home / "flights"),
    }


def set_up(home: Path) -> None:
    """Create the database; once per process, since Airflow keeps what it read at import."""
    assert "airflow" not in sys.modules, "Airflow was imported before its home was set"
    (home / "dags").mkdir()
    os.environ.update(environment(home))
    from airflow.utils.db import initdb

    initdb()


def load_dag_file(home: Path, source: Path) -> ModuleType:
    """The module of a DAG file that is copied into the DAG folder, where Airflow wants it."""
    path = home / "dags" / source.name
    path.write_bytes(source.read_bytes())
    spec = util.spec_from_file_location(source.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[source.stem] = module
    spec.loader.exec_module(module)
    return module


class Run:
    """A finished run of a DAG for DAY: states, tries and results of its tasks."""

    def __init__(self, dag: Any) -> None:
        if hasattr(dag, "sync_to_db"):  # Airflow 2.11 knows the assets of stored DAGs only.
            dag.sync_to_db()
        date = "logical_date" if "logical_date" in inspect.signature(dag.test).parameters else "execution_date"
        self._run = dag.test(**{date: DAY})
        self.state = str(self._run.state)
        instances = {(each.task_id, each.map_index): each for each in self._run.get_task_instances()}
        self.states = {key[0]: str(each.state) for key, each in instances.items() if key[1] < 1}
        self.tries = {key[0]: each.try_number for key, each in instances.items() if key[1] < 1}
        self._instances = instances

    def result(self, task_id: str, map_index: int = -1) -> Any:
        """What the task pushed as its return value."""
        return self._instances[task_id, map_index].xcom_pull(task_ids=task_id, map_indexes=map_index)

    def asset_extras(self, uri: str) -> list[dict[str, Any]]:
        """The extra of every event of an asset."""
        from airflow.utils.session import create_session

        try:
            from airflow.models.asset import AssetEvent as Event
        except ImportError:
            from airflow.models.dataset import DatasetEvent as Event
        with create_session() as session:
            events = session.query(Event).all()
            return [event.extra for event in events if event.uri == uri]
