"""A history as a flat table, for whoever wants to query or draw it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from driftline.errors import InputError
from driftline.file_output import write_whole
from driftline.store import WindowRecord

__all__ = ["flat_columns", "write_parquet"]

_FACTS = ("verdict", "n_rows", "digest", "reference_digest", "span_start", "title")


def flat_columns(records: Iterable[WindowRecord]) -> dict[str, list[Any]]:
    """Column name to values: a row for each window and column, and one with an empty column for the window itself.

    Examples
    --------
    >>> flat_columns([])["verdict"]
    []
    """
    names = ("dataset", "reference", "config_hash", "window_start", "window_end", "segment")
    own = ("column", "column_verdict", "value", "ci_low", "ci_high", "source", "findings")
    table: dict[str, list[Any]] = {name: [] for name in (*names, *_FACTS, *own)}
    for record in records:
        found = "; ".join(each["text"] for each in record.findings)
        key = (*record.key.series, *record.key[1:])
        facts = [getattr(record, name) for name in _FACTS]
        lines = [("", None, None, None, None, None, found)]
        lines += [(name, *measured, "") for name, measured in record.columns.items()]
        for line in lines:
            for name, value in zip(table, (*key, *facts, *line), strict=True):
                table[name].append(value)
    return table


def write_parquet(records: Iterable[WindowRecord], path: Path) -> None:
    """The flat table as a Parquet file, which appears whole or not at all."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError("writing Parquet needs pyarrow: pip install 'driftline[files]'") from error
    whole, real = ("window_start", "window_end", "n_rows", "span_start"), ("value", "ci_low", "ci_high")
    columns = flat_columns(records)
    types = {name: pa.int64() if name in whole else pa.float64() if name in real else pa.string() for name in columns}
    table = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    write_whole(path, buffer.getvalue())
