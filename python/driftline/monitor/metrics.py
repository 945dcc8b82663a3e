"""The last window of a history as a text file of metrics, for Prometheus' node exporter."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from driftline.decision import SEVERITY, VERDICTS
from driftline.monitor.evaluate import verdict_in_force
from driftline.monitor.settings import Settings
from driftline.notify.prometheus import Gauges, Measured, set_columns
from driftline.store import SqlStore, WindowRecord

__all__ = ["write_metrics"]


def write_metrics(
    path: str | os.PathLike[str],
    settings: Settings,
    store: SqlStore,
    references: Mapping[str, str],
    *,
    now: float,
    most: int = 50,
) -> None:
    """Write the metrics of the last window against each reference (its name to its key in the store).

    The gauges are those of `driftline.notify.write_textfile`, with one more label, ``reference``. The verdict is the
    one that is left after accepted changes; a window that did not arrive has one, too. Where there are segments, there
    is ``driftline_segment_alert{segment}``. At most ``most`` columns have series of their own.

    Raises OptionError if prometheus_client is missing, InputError if the file cannot be written.
    """
    gauges = Gauges(dataset=settings.dataset)
    config = settings.config_hash()
    records = [each for each in store.windows(dataset=settings.dataset) if each.key.series.config_hash == config]
    acceptances = store.acceptances(settings.dataset)
    for name, key in references.items():
        own = [each for each in records if each.key.series.reference == key]
        last = max((each.key.start for each in own if not each.key.segment), default=None)
        inner = gauges.within(reference=name)
        for record in own:
            if record.key.start != last:
                continue
            alert = float(verdict_in_force(settings, record, acceptances)[0] == "alert")
            if record.key.segment:
                within = inner.within(segment=record.key.segment)
                within.set("segment_alert", "1 when a segment has drifted", alert)
            else:
                inner.set("alert", "1 when the data set has drifted", alert)
                _set_window(inner, record, store.decision(record.key), most)
                if not settings.spec.by_rows:
                    ended = record.key.end / 1e6
                    inner.set("window_end_timestamp_seconds", "end of the window that was evaluated", ended)
    gauges.set_evaluated(now)
    gauges.write(path)


def _set_window(gauges: Gauges, record: WindowRecord, decision: str, most: int) -> None:
    verdicts = [found[0] for found in record.columns.values()]
    for each in VERDICTS:
        gauges.set("columns", "columns with a verdict", verdicts.count(each), verdict=each)
    gauges.set("rows", "rows of each side", record.n_rows, side="current")
    if not decision:
        return
    found = json.loads(decision)
    gauges.set("rows", "rows of each side", found["reference"]["n_rows"], side="reference")
    measured = [_measured(column) for column in found["columns"]]
    set_columns(gauges, sorted(measured, key=lambda each: (-SEVERITY[each.verdict], -_excess(each))), most)


def _measured(column: Mapping[str, Any]) -> Measured:
    reason = column["reasons"][0]
    facts = (reason[field] for field in ("source", "value", "ci_low", "ci_high", "tolerance"))
    return Measured(column["name"], column["verdict"], *facts)


def _excess(column: Measured) -> float:
    """How many times its tolerance a column is."""
    return column.value / column.tolerance if column.value is not None and column.tolerance else 0.0
