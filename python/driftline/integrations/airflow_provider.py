"""What Airflow asks every provider for; it loads this through the entry point `apache_airflow_provider`.

Apart from the operators, because Airflow reads it while it is still importing itself.
"""

from __future__ import annotations

from typing import Any

__all__ = ["get_provider_info"]


def get_provider_info() -> dict[str, Any]:
    """Name and decorators of the provider.

    Examples
    --------
    >>> get_provider_info()["task-decorators"][0]["name"]
    'drift_check'
    """
    return {
        "package-name": "driftline",
        "name": "driftline",
        "description": "Has the data moved away from a reference, by how much, and how sure is that?",
        "task-decorators": [
            {"name": "drift_check", "class-name": "driftline.integrations.airflow.drift_check_task"},
        ],
    }
