"""A dict of columns: name to array, list, series or Arrow array."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from driftline.errors import InputError
from driftline.ingest.arrays import read_array, read_objects
from driftline.ingest.arrow_streams import read_arrow_values
from driftline.ingest.batches import Batch, IngestColumn, Selection, Source, unique_names

__all__ = ["dict_source"]


def dict_source(data: Mapping[Any, Any], selection: Selection) -> Source:
    """One batch. Raises InputError if the values are not columns of one length."""
    names = unique_names(data)
    lengths = {name: _length(name, values) for name, values in zip(names, data.values(), strict=True)}
    _require_one_length(lengths)
    columns = [
        _read_column(name, values) for name, values in zip(names, data.values(), strict=True) if selection.keeps(name)
    ]
    n_rows = next(iter(lengths.values()), 0)
    return Source(iter([Batch(n_rows, columns)]), names=names, count_rows=lambda: n_rows)


def _length(name: str, values: Any) -> int:
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__len__") or _is_scalar(values):
        raise InputError(
            f"the dict holds {type(values).__name__} under {name!r}, which is no column. A dict is a table: name to "
            "array or list. For a record, or a list of records, give pandas.DataFrame(records)"
        )
    return len(values)


def _is_scalar(values: Any) -> bool:
    return getattr(values, "shape", None) == ()


def _require_one_length(lengths: Mapping[str, int]) -> None:
    by_length: dict[int, list[str]] = {}
    for name, length in lengths.items():
        by_length.setdefault(length, []).append(name)
    if len(by_length) > 1:
        found = "; ".join(
            f"{length:,} rows in {', '.join(map(repr, names[:3]))}{', …' if len(names) > 3 else ''}"
            for length, names in by_length.items()
        )
        raise InputError(f"the columns of a dict must have one length; found {found}")


def _read_column(name: str, values: Any) -> IngestColumn:
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(values, (pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray)):
        from driftline.ingest.pandas_frames import read_extension_array

        return read_extension_array(name, getattr(values, "array", values))
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return read_arrow_values(name, values)
    if isinstance(values, np.ndarray) or hasattr(values, "__array__"):
        return read_array(name, values if isinstance(values, np.ndarray) else np.asarray(values))
    if isinstance(values, Sequence):
        return read_objects(name, list(values))
    raise InputError(f"the dict holds {type(values).__name__} under {name!r}; give an array, a list or a series")
