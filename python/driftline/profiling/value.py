"""Profile: what is kept of a table. A value that merges, compares and travels as bytes; it holds no rows."""

from __future__ import annotations

import hashlib
import html
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from driftline import _core
from driftline.errors import FormatError, InputError
from driftline.file_output import write_whole
from driftline.profiling.columns import Column, wrap_column
from driftline.schema import KINDS, Schema

__all__ = ["Profile", "digest_of", "load", "merge", "read_own"]

MAGIC = b"DRFTLN"
SHOWN_COLUMNS = 20
HEADER = ("name", "kind", "valid", "missing", "values")


class Profile:
    """Counts and one summary per column of a table; made by `profile`, `merge`, `load` or `Profile.from_bytes`.

    The same rows give an equal profile, with the same bytes, in whatever order, batches or threads they were read.

    Examples
    --------
    >>> import driftline as dl
    >>> first, second = dl.profile({"age": [31, 42]}), dl.profile({"age": [27, None]})
    >>> both = first + second
    >>> both.n_rows, both.columns["age"].n_null, both.columns["age"].mean
    (4, 1, 33.333333333333336)
    >>> both == dl.profile({"age": [27, 31, 42, None]})
    True
    """

    def __init__(self, core: _core.Profile, name: str = "") -> None:
        self._core = core
        self._name = name

    @property
    def name(self) -> str:
        """Where the rows came from: a file name, or empty. Not part of the bytes, nor of equality."""
        return self._name

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._core.n_rows

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """Column name to its counts and statistics, ordered by name."""
        return MappingProxyType({column.name: wrap_column(column) for column in self._core.columns})

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """The options it was made with: ``resolution``, ``max_categories``, ``hash_labels``."""
        return MappingProxyType(dict(self._core.options))

    @property
    def schema(self) -> Schema:
        """Kinds and roles of the columns, fit to profile other data the same way."""
        kinds = {name: column.kind for name, column in self.columns.items() if column.kind in KINDS}
        return Schema(kinds=kinds, roles={name: column.role for name, column in self.columns.items()})

    @cached_property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content: equal for equal profiles, whichever version wrote them."""
        return digest_of(self.to_bytes())

    def merge(self, other: Profile) -> Profile:
        """The profile of the rows of both.

        Columns are united; the rows of a side that lacks one count as ``n_absent``.

        Raises
        ------
        SchemaError
            When a column is of two kinds.
        OptionError
            When the two were made with different options.
        """
        if not isinstance(other, Profile):
            raise InputError(f"a Profile merges with a Profile, not with {type(other).__name__}")
        names = {name for name in (self.name, other.name) if name}
        return Profile(self._core.merge(other._core), names.pop() if len(names) == 1 else "")

    def __add__(self, other: object) -> Profile:
        return self.merge(other) if isinstance(other, Profile) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return self._core == other._core if isinstance(other, Profile) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def to_bytes(self) -> bytes:
        """The profile as bytes: documented, versioned, checksummed; equal for equal profiles."""
        return self._core.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """The profile that `to_bytes` wrote. Raises FormatError for anything else."""
        return cls(_core.Profile.from_bytes(_as_bytes(data)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes `to_bytes` to a file, which appears whole or not at all."""
        write_whole(path, self.to_bytes())

    def __reduce__(self) -> tuple[Any, tuple[bytes, str]]:
        return _restore, (self.to_bytes(), self.name)

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (column.name, column.kind, f"{column.n_valid:,}", f"{column.n_null + column.n_nan:,}", column.summary())
            for column in list(self.columns.values())[:SHOWN_COLUMNS]
        ]

    def _title(self) -> str:
        rows = f"{self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"
        return f"Profile({rows}, {len(self.columns):,} column{'' if len(self.columns) == 1 else 's'})"

    def _hidden(self) -> str:
        return f"… {len(self.columns) - SHOWN_COLUMNS:,} more" if len(self.columns) > SHOWN_COLUMNS else ""

    def __repr__(self) -> str:
        if not self.columns:
            return self._title()
        table = [HEADER, *((_printable(name), *rest) for name, *rest in self._rows())]
        widths = [max(len(row[i]) for row in table) for i in range(4)]
        lines = [
            f"  {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}"
            for row in table
        ]
        lines = [self._title(), *map(str.rstrip, lines)]
        return "\n".join([*lines, *(["  " + self._hidden()] if self._hidden() else [])])

    def _repr_html_(self) -> str:
        def row(cells: Iterable[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(row(cells, "td") for cells in self._rows())
        return (
            f"<div><p>{html.escape(self._title())}</p><table><thead>{row(HEADER, 'th')}</thead>"
            f"<tbody>{body}</tbody></table><p>{self._hidden()}</p></div>"
        )


def merge(profiles: Iterable[Profile]) -> Profile:
    """The profile of the rows of all `profiles`; of no rows when there are none.

    Order and grouping do not matter: any way of merging the same profiles gives the same bytes.

    Raises
    ------
    SchemaError
        When a column is of two kinds.
    OptionError
        When they were made with different options.

    Examples
    --------
    >>> import driftline as dl
    >>> dl.merge(dl.profile({"x": [day, day + 1]}) for day in range(30)).n_rows
    60
    """
    if isinstance(profiles, Profile) or not isinstance(profiles, Iterable):
        raise InputError(f"merge takes an iterable of profiles, such as [a, b], not {type(profiles).__name__}")
    merged: Profile | None = None
    for index, item in enumerate(profiles):
        if not isinstance(item, Profile):
            raise InputError(f"item {index} to merge is {type(item).__name__}, not a Profile; profile the data first")
        merged = item if merged is None else merged.merge(item)
    return empty_profile() if merged is None else merged


def digest_of(data: bytes) -> str:
    """`Profile.digest` of the profile whose `to_bytes` these are."""
    return hashlib.sha256(_core.Profile.content_of(data)).hexdigest()[:16]


def read_own(data: bytes, digest: str) -> Profile:
    """The profile of bytes that this very version wrote, when their digest is known: it is not computed again."""
    profile = Profile.from_bytes(data)
    profile.__dict__["digest"] = digest
    return profile


def load(path: str | os.PathLike[str]) -> Profile:
    """The profile that `Profile.save` wrote.

    Raises
    ------
    InputError
        When the file cannot be opened.
    FormatError
        When it holds no profile, a damaged one, or one from a newer version.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: {error.strerror or error}") from error
    try:
        return Profile(_core.Profile.from_bytes(data), Path(path).name)
    except FormatError as error:
        raise FormatError(f"{os.fspath(path)}: {error}") from error


def empty_profile() -> Profile:
    """The identity of merging: no rows, no columns, default options."""
    profiler = _core.Profiler(resolution=8192, max_categories=16384, hash_labels=False, salt="", threads=1)
    return Profile(profiler.finish())


def _restore(data: bytes, name: str) -> Profile:
    return Profile(_core.Profile.from_bytes(data), name)


def _as_bytes(data: Any) -> bytes:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise InputError(f"a profile is read from bytes, not from {type(data).__name__}; dl.load reads a file")
    return bytes(data)


def _printable(text: str) -> str:
    return text if text.isprintable() and text else repr(text)
