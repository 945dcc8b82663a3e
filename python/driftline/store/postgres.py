"""A store for teams: PostgreSQL through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from driftline.errors import OptionError, StoreError
from driftline.store.statements import Execute, SqlStore

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["PostgresStore"]

# One number for all driftline stores: only one process at a time creates or upgrades tables.
_MIGRATION_LOCK = 0x64726966746C


class PostgresStore(SqlStore):
    """A store in a PostgreSQL database: ``postgresql://user:password@host:5432/name``.

    The tables are created in the first schema of the search path. The password never appears in an error.
    """

    blob = "BYTEA"

    def __init__(self, url: str, *, connect_seconds: int = 10) -> None:
        self._engine = _engine(url, connect_seconds)
        self._shown = self._engine.url.render_as_string(hide_password=True)
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
                    _run(connection, "SELECT pg_advisory_xact_lock(:number)", {"number": _MIGRATION_LOCK})
                yield lambda statement, values: _run(connection, statement, values)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StoreError(f"store {self._shown}: {reason}") from error

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
