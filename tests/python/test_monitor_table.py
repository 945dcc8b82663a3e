"""The history as a Parquet file: nothing of what the store holds is lost or changed on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import driftline as dl
from driftline.monitor import LogRange
from driftline.monitor.table import write_parquet
from driftline.store import WindowRecord
from tests.python.monitor_logs import daily_log, day, day_of, rows_of


def history() -> list[WindowRecord]:
    """With a shift, a day that is missing, one with too few rows for a verdict, and segments."""
    log = daily_log(days=14, shift={10: 2.0})
    keep = (day_of(log) != 9) & ((day_of(log) != 12) | (np.arange(len(log["when"])) % 30 == 0))
    monitor = dl.Monitor(
        rows_of(log, keep), reference=LogRange(day(0), day(7)), timestamp="when", end=day(14), merge=0,
        segments=["city"], segment_values={"city": ["Oslo"]}, dataset="Bestellungen für Öl",
    )  # fmt: skip
    monitor.run()
    return monitor.history()


def test_every_number_of_the_store_is_in_the_file_once(tmp_path: Path) -> None:
    records = history()
    write_parquet(records, tmp_path / "history.parquet")
    rows = pq.read_table(tmp_path / "history.parquet").to_pylist()
    assert len(rows) == sum(1 + len(each.columns) for each in records)
    found = {(row["window_start"], row["window_end"], row["segment"], row["column"]): row for row in rows}
    assert len(found) == len(rows)
    for each in records:
        key = (each.key.start, each.key.end, each.key.segment)
        whole = found[(*key, "")]
        assert (whole["dataset"], whole["reference"], whole["config_hash"]) == each.key.series
        facts = ("verdict", "n_rows", "digest", "reference_digest", "span_start", "title")
        assert [whole[name] for name in facts] == [getattr(each, name) for name in facts]
        assert whole["findings"] == "; ".join(finding["text"] for finding in each.findings)
        for name, measured in each.columns.items():
            row = found[(*key, name)]
            assert [row[part] for part in ("column_verdict", "value", "ci_low", "ci_high", "source")] == measured
            assert row["verdict"] == each.verdict
    assert {row["verdict"] for row in rows} >= {"alert", "ok", "skipped"}
    assert any(row["value"] is None for row in rows if row["column"])


def test_the_types_of_the_file_do_not_depend_on_what_is_in_it(tmp_path: Path) -> None:
    write_parquet([], tmp_path / "none.parquet")
    write_parquet(history(), tmp_path / "some.parquet")
    none, some = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("none", "some"))
    assert none.num_rows == 0
    assert none.schema.equals(some.schema)
    assert some.schema.field("value").type == pa.float64()
    assert some.schema.field("window_start").type == pa.int64()
