"""Where a monitor keeps its history: one file by default, PostgreSQL for teams.

>>> with open_store(":memory:") as store:
...     store.windows()
[]
"""

from __future__ import annotations

import os

from driftline.errors import OptionError
from driftline.store.profile_files import ProfileFiles
from driftline.store.records import (
    Acceptance,
    Mute,
    PendingMessage,
    ProfileKey,
    ProfileRecord,
    Series,
    WindowKey,
    WindowRecord,
)
from driftline.store.statements import SqlStore

__all__ = [
    "Acceptance",
    "Mute",
    "PendingMessage",
    "ProfileFiles",
    "ProfileKey",
    "ProfileRecord",
    "Series",
    "SqlStore",
    "WindowKey",
    "WindowRecord",
    "open_store",
]


def open_store(place: str | os.PathLike[str], *, profiles: str | None = None) -> SqlStore:
    """The store at a path, or behind a ``postgresql://`` URL; created if it is not there yet.

    With `profiles`, a URL that fsspec knows, profiles of windows are files there; otherwise they are in the database.

    Raises
    ------
    OptionError
        When the place cannot be one: another kind of URL, a folder that does not exist, a missing package.
    StoreError
        When it cannot be opened.
    """
    files = None if profiles is None else ProfileFiles(profiles)
    if files is not None:
        files.check()
    store = _open(os.fspath(place))
    store.files = files
    return store


def _open(text: str) -> SqlStore:
    if not text:
        raise OptionError(f"store must be a path or a postgresql:// URL, got {text!r}")
    scheme = text.partition("://")[0] if "://" in text else ""
    if scheme.split("+")[0] in ("postgresql", "postgres"):
        from driftline.store.postgres import PostgresStore

        return PostgresStore(text)
    if scheme:
        raise OptionError(f"store: {scheme}:// is not known; give a path for SQLite, or postgresql://…")
    from driftline.store.sqlite import SqliteStore

    return SqliteStore(text)
