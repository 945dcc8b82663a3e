"""Decisions in MLflow: metrics over runs, the whole decision as JSON, the report as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.errors import OptionError
from driftline.notify.flat_metrics import flat_metrics

if TYPE_CHECKING:
    from driftline.decision import Decision

__all__ = ["log_decision"]

# What a tracking server takes in one request.
_METRICS_AT_ONCE = 500


def log_decision(decision: Decision, *, step: int | None = None, folder: str = "drift", prefix: str = "drift") -> None:
    """Log a decision to the active MLflow run, or to a new one.

    Its numbers become metrics (:func:`driftline.notify.flat_metrics`), the verdict the tag ``<prefix>.verdict``, and
    the artifacts ``<folder>/decision.json`` and ``<folder>/report.html`` hold the rest. Needs
    ``pip install 'driftline[mlflow]'``.

    Parameters
    ----------
    decision : Decision
        What to log.
    step : int, optional
        Step of the metrics, for several windows in one run; the artifacts of a step have its number in their names.
    folder : str
        Folder of the artifacts.
    prefix : str
        First part of the metrics' names.

    Raises
    ------
    OptionError
        If MLflow is missing.

    Examples
    --------
    >>> import driftline as dl
    >>> decision = dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100})
    >>> log_decision(decision)  # doctest: +SKIP
    """
    try:
        import mlflow
    except ModuleNotFoundError:
        raise OptionError("mlflow is missing, pip install 'driftline[mlflow]'") from None
    metrics = list(flat_metrics(decision, prefix=prefix).items())
    for start in range(0, len(metrics), _METRICS_AT_ONCE):
        mlflow.log_metrics(dict(metrics[start : start + _METRICS_AT_ONCE]), step=step)
    mlflow.set_tag(f"{prefix}.verdict", decision.verdict)
    suffix = "" if step is None else f"-{step}"
    mlflow.log_text(decision.to_json(indent=2), f"{folder}/decision{suffix}.json")
    mlflow.log_text(decision.to_html(), f"{folder}/report{suffix}.html")
