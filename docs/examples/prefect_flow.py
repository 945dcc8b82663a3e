"""A Prefect flow that fails when the data have drifted, and keeps the finding as an artifact."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact

import driftline as dl
from driftline.notify import summary


@task(retries=2, retry_delay_seconds=60)
def check(reference: str, current: str, html: str) -> dict:
    """Raises, and is retried, when the data cannot be read; drift is a result."""
    decision = dl.check(reference, current)
    decision.to_html(html)
    create_markdown_artifact(f"```\n{decision.to_text()}\n```\n\n[report]({html})", key="drift")
    return summary(decision, report=html)


@flow
def nightly(reference: str, current: str, html: str) -> dict:
    """Check, and stop what would come next when the data have drifted."""
    found = check(reference, current, html)
    if found["status"] == "drift":
        raise RuntimeError(f"drift: {found['headline']}, report {found['report']}")
    return found
