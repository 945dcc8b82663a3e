"""A check as a run of Weights & Biases: numbers that are drawn over runs, the report as a page, and an alert."""

from __future__ import annotations

import wandb

import driftline as dl
from driftline.notify import Message, flat_metrics


def check(reference: str, current: str, project: str) -> dl.Decision:
    """Check, and log what was found."""
    decision = dl.check(reference, current)
    with wandb.init(project=project, job_type="drift") as run:
        run.log({**flat_metrics(decision), "drift/report": wandb.Html(decision.to_html())})
        run.summary["drift/verdict"] = decision.verdict
        if decision.verdict == "alert":
            message = Message.of_decision(decision, dataset=project)
            run.alert(title=message.title, text=message.text, level=wandb.AlertLevel.WARN)
    return decision
