"""pandas, column by column: through NumPy where the values are NumPy's, through Arrow where they are Arrow's.

Never through ``DataFrame.__arrow_c_stream__``: it needs pyarrow, copies, and turns NaN into null.
pandas is imported only by the caller who made the frame.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from driftline import _core
from driftline.ingest.arrays import read_array, read_objects
from driftline.ingest.arrow_streams import read_arrow_values
from driftline.ingest.batches import Batch, IngestColumn, Selection, Source, unique_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_source", "read_extension_array", "series_source"]


def frame_source(frame: pd.DataFrame, selection: Selection) -> Source:
    """One batch: every column of the frame. The index is not a column."""
    names = unique_names(frame.columns)
    columns = [
        read_extension_array(name, series.array)
        for name, (_, series) in zip(names, frame.items(), strict=True)
        if selection.keeps(name)
    ]
    n_rows = len(frame)
    return Source(iter([Batch(n_rows, columns)]), names=names, count_rows=lambda: n_rows)


def series_source(series: pd.Series[Any], selection: Selection) -> Source:
    """One column, named after the series, or ``value``."""
    names = unique_names(["value" if series.name is None else series.name])
    columns = [read_extension_array(name, series.array) for name in names if selection.keeps(name)]
    n_rows = len(series)
    return Source(iter([Batch(n_rows, columns)]), names=names, count_rows=lambda: n_rows)


def read_extension_array(name: str, array: Any) -> IngestColumn:
    """A column from what ``Series.array`` gives."""
    import pandas as pd

    if isinstance(array, pd.Categorical):
        return _read_categorical(name, array)
    if isinstance(array, pd.arrays.ArrowExtensionArray):
        return read_arrow_values(name, array.__arrow_array__())
    if isinstance(array, (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)):
        return _read_masked(name, array)
    if isinstance(array, (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray)):
        letter = "M" if isinstance(array, pd.arrays.DatetimeArray) else "m"
        column = read_array(name, np.asarray(array, dtype=f"{letter}8[{array.unit}]"))
        zone = getattr(array, "tz", None)
        return column if zone is None else replace(column, zone=str(zone))
    if isinstance(array, pd.arrays.StringArray):
        # Here NaN, too, only says "missing".
        return read_objects(name, array.to_numpy(dtype=object, na_value=None), str(array.dtype))
    if isinstance(array, (pd.arrays.NumpyExtensionArray, pd.arrays.SparseArray)):
        return read_array(name, np.asarray(array))
    return read_objects(name, np.asarray(array, dtype=object), str(array.dtype))


def _read_categorical(name: str, array: pd.Categorical) -> IngestColumn:
    labels = read_extension_array(name, array.categories.array)
    if labels.reason or len(labels.chunks) != 1:
        labels = read_objects(name, np.asarray(array.categories, dtype=object), str(array.categories.dtype))
    if labels.reason:
        return labels
    return IngestColumn(name, [_core.view_dictionary(np.asarray(array.codes), labels.chunks[0], str(array.dtype))])


def _read_masked(name: str, array: Any) -> IngestColumn:
    # The two arrays have no public name; asking for them publicly copies both.
    values, mask = getattr(array, "_data", None), getattr(array, "_mask", None)
    if not isinstance(values, np.ndarray) or not isinstance(mask, np.ndarray):
        mask = np.asarray(array.isna())
        values = array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=0)
    return IngestColumn(name, [_core.view_numpy(values, mask)])
