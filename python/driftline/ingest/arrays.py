"""NumPy arrays and Python lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from driftline import _core
from driftline.errors import InputError
from driftline.ingest.batches import Batch, IngestColumn, Selection, Source, unique_names

if TYPE_CHECKING:
    pass

__all__ = ["array_source", "read_array", "read_objects"]


def array_source(data: Any, selection: Selection) -> Source:
    """1-D: one column named ``value``. 2-D: columns ``0``, ``1``, … Structured: one column per field."""
    array = data if isinstance(data, np.ma.MaskedArray) else np.asarray(data)
    if array.dtype.names is not None:
        parts = {name: array[name] for name in array.dtype.names}
    elif array.ndim == 2:
        parts = {str(j): array[:, j] for j in range(array.shape[1])}
    else:
        parts = {"value": array}
    if array.ndim not in (1, 2) or (array.dtype.names is not None and array.ndim != 1):
        raise InputError(
            f"a NumPy array with shape {array.shape} and dtype {array.dtype} is no table; "
            "give one column (n,), columns side by side (n, k), or a structured array (n,)"
        )
    names = unique_names(parts)
    columns = [
        read_array(name, part) for name, part in zip(names, parts.values(), strict=True) if selection.keeps(name)
    ]
    n_rows = len(array)
    return Source(iter([Batch(n_rows, columns)]), names=names, count_rows=lambda: n_rows)


def read_array(name: str, array: np.ndarray[Any, Any]) -> IngestColumn:
    """A column from a one-dimensional array, without a copy unless byte order, unit or width demand one."""
    mask = None
    if isinstance(array, np.ma.MaskedArray):
        mask = None if array.mask is np.ma.nomask else np.ma.getmaskarray(array)
        array = np.asarray(array.data)
    if array.ndim != 1:
        return IngestColumn(name, [], f"each row is an array of shape {array.shape[1:]}; give one column per element")
    if array.dtype.kind in "OT":
        objects = array.astype(object, copy=False)
        if mask is not None:
            objects = objects.copy()
            objects[mask] = None
        return read_objects(name, objects, str(array.dtype))
    readable = _readable_dtype(array.dtype)
    if readable is None:
        return IngestColumn(name, [], f"values of dtype {array.dtype} are not supported")
    return IngestColumn(name, [_core.view_numpy(array.astype(readable, copy=False), mask)])


def read_objects(name: str, values: Any, type_name: str = "object") -> IngestColumn:
    """A column from a list or an object array of Python values; unreadable if one of them fails to show itself."""
    try:
        return IngestColumn(name, [_core.view_objects(values, type_name)])
    except InputError as error:
        return IngestColumn(name, [], str(error))


def _readable_dtype(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """The dtype in which the core reads such values; None when there is none."""
    if dtype.kind in "biuSU":
        return dtype.newbyteorder("=")
    if dtype.kind == "f":
        return dtype.newbyteorder("=") if dtype.itemsize <= 8 else np.dtype(np.float64)
    if dtype.kind not in "mM":
        return None
    unit, _ = np.datetime_data(dtype)
    if unit == "generic" or (dtype.kind == "m" and unit in "YM"):
        return None  # no length in seconds
    # Calendar years and months have no fixed length either, but the day they begin on has.
    return np.dtype(f"{dtype.kind}8[{'D' if unit in ('Y', 'M', 'W') else unit}]")
