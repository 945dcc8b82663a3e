"""A store in one file, through the SQLite of the standard library."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from driftline.after_fork import renew_after_fork
from driftline.errors import OptionError, StoreError
from driftline.store.statements import Execute, SqlStore

__all__ = ["SqliteStore"]

BUSY_SECONDS = 30.0


class SqliteStore(SqlStore):
    """A store at a path (``":memory:"`` for one that is forgotten), in write-ahead mode.

    Many processes may share it, on one machine: SQLite does not work on network file systems. A process that finds it
    locked waits `busy_seconds`. Threads share one connection, one at a time; after a fork a new one is opened.

    Examples
    --------
    >>> with SqliteStore(":memory:") as store:
    ...     store.datasets()
    []
    """

    def __init__(self, path: str | os.PathLike[str], *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = os.fspath(path)
        self._busy_seconds = busy_seconds
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inherited: list[sqlite3.Connection] = []
        renew_after_fork(self, SqliteStore._renew)
        if self._path != ":memory:" and not Path(self._path).absolute().parent.is_dir():
            raise OptionError(f"store {self._path}: the folder {Path(self._path).absolute().parent} does not exist")
        try:
            self._migrate()
        except StoreError:
            self.close()
            raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        connection = sqlite3.connect(
            self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _renew(self) -> None:
        """After a fork: the lock may be held by a thread that the child has not, the connection is the parent's."""
        self._lock = threading.RLock()
        if self._connection is not None:
            self._inherited.append(self._connection)  # to close it here would tidy up files that the parent uses
            self._connection = None

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Execute]:
        with self._lock:
            try:
                connection = self._open()
                # Taking the write lock at once: a read lock that has to be raised later cannot wait for others.
                connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            except sqlite3.Error as error:
                raise self._explained(error) from error
            try:
                yield lambda statement, values: self._run(connection, statement, values)
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._explained(error) from error
                raise

    def _run(
        self, connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        return connection.execute(statement, values).fetchall()

    def _explained(self, error: sqlite3.Error) -> StoreError:
        text = str(error)
        advice = ""
        if "locked" in text or "busy" in text:
            advice = f"; another process held it for {self._busy_seconds:g} s: find that process, and run again"
        elif "full" in text:
            advice = "; free some space and run again: nothing of this window was written, the ones before are safe"
        elif "not a database" in text or "malformed" in text:
            advice = "; the file is no driftline store or is damaged: name another path"
        elif "unable to open" in text or "readonly" in text:
            advice = "; this user must be able to write the file and its folder"
        return StoreError(f"store {self._path}: {text}{advice}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
