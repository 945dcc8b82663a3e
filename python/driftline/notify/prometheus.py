"""A decision as a text file of metrics, which Prometheus' node exporter picks up after a batch job."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING, Any

from driftline import formatting as fmt
from driftline.decision import VERDICTS
from driftline.errors import OptionError
from driftline.file_output import write_whole

if TYPE_CHECKING:
    from driftline.decision import ColumnDecision, Decision
    from driftline.reasons import Reason

__all__ = ["write_textfile"]

OTHER = "other"
_NAME_WIDTH = 120


def write_textfile(
    path: str | os.PathLike[str],
    decision: Decision,
    *,
    dataset: str,
    most: int = 50,
    window_end: float | None = None,
    now: float | None = None,
) -> None:
    """Write the metrics of a decision to ``path``, which appears whole or not at all.

    Gauges, all with the label ``dataset``:

    ``driftline_alert``
        1 when the verdict is ``alert``, else 0.
    ``driftline_columns{verdict}``
        Columns with each verdict.
    ``driftline_column_score{column, method}``, ``…_score_low``, ``…_score_high``, ``driftline_column_tolerance``
        What decided about each column, its interval and its tolerance. The ``most`` worst columns have a series of
        their own. The rest share ``column="other"``, per method their largest score: a sum would cross a threshold
        that none of them does.
    ``driftline_column_alert{column}``
        1 for a column that alerts, else 0; for ``other`` the number of those that do.
    ``driftline_rows{side}``
        Rows of the reference and of the current data.
    ``driftline_last_evaluation_timestamp_seconds``, ``driftline_window_end_timestamp_seconds``
        When this was written, and the end of the window if there is one: alert on their age to notice a job or a
        table that has stopped.

    Needs ``pip install 'driftline[prometheus]'``. The registry is a private one.

    Parameters
    ----------
    path : path
        A file whose name ends in ``.prom``, one for each data set.
    decision : Decision
        What to write.
    dataset : str
        Name of the data set.
    most : int
        Columns with a series of their own, 0 or more.
    window_end, now : float, optional
        Seconds since 1970; ``now`` defaults to the time of the call.

    Raises
    ------
    OptionError
        If the package is missing or ``most`` is negative.
    InputError
        If the file cannot be written; an older one stays.

    Examples
    --------
    >>> import driftline as dl
    >>> decision = dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100})
    >>> write_textfile("drift.prom", decision, dataset="loans")  # doctest: +SKIP
    """
    if most < 0:
        raise OptionError(f"most must be 0 or more, got {most}")
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ModuleNotFoundError:
        raise OptionError("prometheus_client is missing, pip install 'driftline[prometheus]'") from None
    registry = CollectorRegistry()
    gauges = _Gauges(registry, fmt.printable(dataset, most=_NAME_WIDTH))
    gauges.set("alert", "1 when the data set has drifted", float(decision.verdict == "alert"))
    for verdict in VERDICTS:
        gauges.set("columns", "columns with a verdict", decision.counts[verdict], verdict=verdict)
    _set_columns(gauges, decision, most)
    for side, profile in (("reference", decision.report.reference), ("current", decision.report.current)):
        gauges.set("rows", "rows of each side", profile.n_rows, side=side)
    written = time.time() if now is None else now
    gauges.set("last_evaluation_timestamp_seconds", "when the data were last evaluated", written)
    if window_end is not None:
        gauges.set("window_end_timestamp_seconds", "end of the window that was evaluated", window_end)
    write_whole(path, generate_latest(registry))


class _Gauges:
    """The gauges of one registry, made when first set."""

    def __init__(self, registry: Any, dataset: str) -> None:
        self._registry = registry
        self._dataset = dataset
        self._made: dict[str, Any] = {}

    def set(self, name: str, meaning: str, value: float, **labels: str) -> None:
        if name not in self._made:
            from prometheus_client import Gauge

            self._made[name] = Gauge(f"driftline_{name}", meaning, ("dataset", *labels), registry=self._registry)
        self._made[name].labels(dataset=self._dataset, **labels).set(value)


def _set_columns(gauges: _Gauges, decision: Decision, most: int) -> None:
    names = [name for name in decision.ranked if decision.columns[name].verdict != "skipped"]
    for name in names[:most]:
        _set_column(gauges, _label(name), [decision.columns[name]])
    if names[most:]:
        _set_column(gauges, OTHER, [decision.columns[name] for name in names[most:]])


def _set_column(gauges: _Gauges, label: str, columns: list[ColumnDecision]) -> None:
    alerting = sum(column.verdict == "alert" for column in columns)
    gauges.set("column_alert", "columns that alert", alerting, column=label)
    worst: dict[str, Reason] = {}
    for reason in (column.reasons[0] for column in columns):
        known = worst.get(reason.source)
        if reason.value is not None and (known is None or (known.value or 0.0) < reason.value):
            worst[reason.source] = reason
    for method, reason in worst.items():
        parts = {
            "score": ("the distance or share that decided", reason.value),
            "score_low": ("lower end of its interval", reason.ci_low),
            "score_high": ("upper end of its interval", reason.ci_high),
            "tolerance": ("what it was held against", reason.tolerance),
        }
        for part, (meaning, value) in parts.items():
            if value is not None and math.isfinite(value):
                gauges.set(f"column_{part}", meaning, value, column=label, method=method)


def _label(name: str) -> str:
    """The column as a label; one that is called like the rest is told apart."""
    shown = fmt.printable(name, most=_NAME_WIDTH)
    return f'"{shown}"' if shown == OTHER else shown
