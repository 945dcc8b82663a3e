"""A store for teams: PostgreSQL through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from driftline.after_fork import renew_after_fork
from driftline.errors import OptionError, StoreError
from driftline.store.statements import Execute, SqlStore

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import SQLAlchemyError

__all__ = ["PostgresStore"]

# One number for all driftline stores: only one process at a time creates or upgrades tables.
_MIGRATION_LOCK = 0x64726966746C


class PostgresStore(SqlStore):
    """A store in a PostgreSQL database: ``postgresql://user:password@host:5432/name``.

    The tables are created in the first schema of the search path. Writers wait for one another, at most `wait_seconds`.
    The password never appears in an error. Connections are not shared with a child of a fork.
    """

    blob = "BYTEA"

    def __init__(self, url: str, *, connect_seconds: int = 10, wait_seconds: float = 30.0) -> None:
        self._engine = _engine(url, connect_seconds)
        self._shown = self._engine.url.render_as_string(hide_password=True)
        self._wait_seconds = wait_seconds
        renew_after_fork(self, PostgresStore._renew)
        try:
            self._migrate()
        except StoreError:
            self.close()
            raise

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Execute]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.begin() as connection:
                if writes:
                    # Readers never wait. Writers of one store do, so that read-then-write is one step.
                    _run(connection, f"SET LOCAL lock_timeout = {round(self._wait_seconds * 1000)}", {})
                    _run(connection, "SELECT pg_advisory_xact_lock(:number)", {"number": _MIGRATION_LOCK})
                yield lambda statement, values: _run(connection, statement, values)
        except SQLAlchemyError as error:
            raise StoreError(f"store {self._shown}: {self._reason(error)}") from error

    def _reason(self, error: SQLAlchemyError) -> str:
        cause = getattr(error, "orig", None)
        text = str(cause or error).strip().splitlines()[0]
        if getattr(cause, "sqlstate", None) == "55P03":
            return f"another process held it for {self._wait_seconds:g} s: find that process, and run again ({text})"
        return text

    def _renew(self) -> None:
        """After a fork: the connections are the parent's, which goes on with them."""
        self._engine.dispose(close=False)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _engine(url: str, connect_seconds: int) -> Engine:
    try:
        import sqlalchemy
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise OptionError(f"store: PostgreSQL needs {error.name}: pip install 'driftline[postgres]'") from error
    try:
        parsed = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
        return sqlalchemy.create_engine(
            parsed, pool_pre_ping=True, pool_size=2, connect_args={"connect_timeout": connect_seconds}
        )
    except (ArgumentError, ValueError):
        raise OptionError("store: not a URL of a database; write postgresql://user:password@host:5432/name") from None
    except ImportError as error:
        raise OptionError(f"store: PostgreSQL needs {error.name}: pip install 'driftline[postgres]'") from error


def _run(connection: Connection, statement: str, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    from sqlalchemy import text

    result = connection.execute(text(statement), dict(values))
    return result.fetchall() if result.returns_rows else []
