"""A decision as a text file of metrics, which Prometheus' node exporter picks up after a batch job."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from driftline import formatting as fmt
from driftline.decision import VERDICTS
from driftline.errors import OptionError
from driftline.file_output import write_whole

if TYPE_CHECKING:
    from driftline.decision import ColumnDecision, Decision

__all__ = ["Gauges", "Measured", "set_columns", "write_textfile"]

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
    gauges = Gauges(dataset=dataset)
    gauges.set("alert", "1 when the data set has drifted", float(decision.verdict == "alert"))
    for verdict in VERDICTS:
        gauges.set("columns", "columns with a verdict", decision.counts[verdict], verdict=verdict)
    set_columns(gauges, [_measured(decision.columns[name]) for name in decision.ranked], most)
    for side, profile in (("reference", decision.report.reference), ("current", decision.report.current)):
        gauges.set("rows", "rows of each side", profile.n_rows, side=side)
    gauges.set_evaluated(time.time() if now is None else now)
    if window_end is not None:
        gauges.set("window_end_timestamp_seconds", "end of the window that was evaluated", window_end)
    gauges.write(path)


class Gauges:
    """Gauges in a registry of their own, made when first set; all have the labels given here.

    Raises OptionError if prometheus_client is missing.
    """

    def __init__(self, **labels: str) -> None:
        try:
            from prometheus_client import CollectorRegistry
        except ModuleNotFoundError:
            raise OptionError("prometheus_client is missing, pip install 'driftline[prometheus]'") from None
        self._registry = CollectorRegistry()
        self._made: dict[str, Any] = {}
        self._labels = _printable(labels)

    def within(self, **labels: str) -> Gauges:
        """The same gauges, with more labels on what is set."""
        inner = copy(self)
        inner._labels = {**self._labels, **_printable(labels)}
        return inner

    def set(self, name: str, meaning: str, value: float, **labels: str) -> None:
        """Set ``driftline_NAME``."""
        given = {**self._labels, **labels}
        if name not in self._made:
            from prometheus_client import Gauge

            self._made[name] = Gauge(f"driftline_{name}", meaning, tuple(given), registry=self._registry)
        self._made[name].labels(**given).set(value)

    def set_evaluated(self, seconds: float) -> None:
        """Set the time of the evaluation, of which there is one for a data set."""
        self.set("last_evaluation_timestamp_seconds", "when the data were last evaluated", seconds)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write all of them to a file, which appears whole or not at all."""
        from prometheus_client import generate_latest

        write_whole(path, generate_latest(self._registry))


def _printable(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: fmt.printable(value, most=_NAME_WIDTH) for name, value in labels.items()}


class Measured(NamedTuple):
    """What decided about a column."""

    name: str
    verdict: str
    source: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    tolerance: float | None


_PARTS = {
    "score": ("the distance or share that decided", "value"),
    "score_low": ("lower end of its interval", "ci_low"),
    "score_high": ("upper end of its interval", "ci_high"),
    "tolerance": ("what it was held against", "tolerance"),
}


def set_columns(gauges: Gauges, ranked: Sequence[Measured], most: int) -> None:
    """Set the gauges of columns, the worst first: the first ``most`` on their own, the rest as one."""
    judged = [each for each in ranked if each.verdict != "skipped"]
    for each in judged[:most]:
        _set_column(gauges, _label(each.name), [each])
    if judged[most:]:
        _set_column(gauges, OTHER, judged[most:])


def _set_column(gauges: Gauges, label: str, columns: Sequence[Measured]) -> None:
    alerting = sum(column.verdict == "alert" for column in columns)
    gauges.set("column_alert", "columns that alert", alerting, column=label)
    worst: dict[str, Measured] = {}
    for each in columns:
        known = worst.get(each.source)
        if each.value is not None and (known is None or (known.value or 0.0) < each.value):
            worst[each.source] = each
    for method, column in worst.items():
        for part, (meaning, field) in _PARTS.items():
            value = getattr(column, field)
            if value is not None and math.isfinite(value):
                gauges.set(f"column_{part}", meaning, value, column=label, method=method)


def _measured(column: ColumnDecision) -> Measured:
    reason = column.reasons[0]
    facts = (reason.source, reason.value, reason.ci_low, reason.ci_high, reason.tolerance)
    return Measured(column.name, column.verdict, *facts)


def _label(name: str) -> str:
    """The column as a label; one that is called like the rest is told apart."""
    shown = fmt.printable(name, most=_NAME_WIDTH)
    return f'"{shown}"' if shown == OTHER else shown
