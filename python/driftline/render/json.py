"""Strict JSON: what a parser that knows neither NaN nor Infinity reads, with every number as it was."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from importlib.resources import files
from typing import Any

import numpy as np

__all__ = ["json_schema", "plain", "to_json"]

_PLAIN = frozenset({str, bool, int, type(None)})


def plain(value: Any) -> Any:
    """The same data made of dict, list, str, int, float, bool and ``None`` only.

    NaN and infinities become ``None``, NumPy scalars and arrays plain numbers and lists; integers keep every digit.
    Bytes become text where they are UTF-8 and ``{"hex": ...}`` where they are not.

    Examples
    --------
    >>> plain({"share": np.float32(0.5), "counts": np.array([2**60, 1]), "ratio": float("inf")})
    {'share': 0.5, 'counts': [1152921504606846976, 1], 'ratio': None}
    """
    kind = type(value)
    if kind is float:  # most of what a report holds
        return value if math.isfinite(value) else None
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {str(key): item if type(item) in _PLAIN else plain(item) for key, item in value.items()}
    if kind is list:
        return [plain(item) for item in value]
    if kind is np.ndarray and value.dtype.kind in "iuf" and np.isfinite(value).all():
        return value.tolist()
    if isinstance(value, str):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return _bytes(bytes(value))
    if isinstance(value, (Sequence, Set)):
        return [plain(item) for item in value]
    raise TypeError(f"no JSON for {type(value).__name__}")


def _bytes(value: bytes) -> Any:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def to_json(data: Any, *, indent: int | None = None) -> str:
    """Strict JSON text, in ASCII so that no console or file encoding can spoil it.

    Examples
    --------
    >>> to_json({"psi": 0.1, "p_value": float("nan")})
    '{"psi": 0.1, "p_value": null}'
    """
    try:
        return json.dumps(data, indent=indent, allow_nan=False, default=_one_level)
    except (TypeError, ValueError):  # a NaN or an infinity, or a name that is no text
        return json.dumps(plain(data), indent=indent, allow_nan=False)


def _one_level(value: Any) -> Any:
    """What `plain` makes of a value that the encoder does not know, but for what is in it."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return dict(value) if isinstance(value, Mapping) else plain(value)


def json_schema(name: str) -> dict[str, Any]:
    """The published JSON Schema of ``"decision"`` or ``"report"``.

    Examples
    --------
    >>> json_schema("decision")["title"]
    'driftline decision'
    """
    text = files("driftline.render").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
