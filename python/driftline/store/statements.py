"""A store in SQL: what is asked and written, whichever database answers."""

from __future__ import annotations

import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, TypeAlias

from driftline.errors import StoreError
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
from driftline.store.schema import MIGRATIONS

__all__ = ["Execute", "SqlStore"]

Execute: TypeAlias = "Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]"

_CLAIM_SECONDS = 600

_PROFILE_KEY = ("dataset", "profiling", "window_start", "window_end", "segment")
_PROFILE = ("n_rows", "first_row", "last_row", "digest", "data")
_WINDOW_KEY = ("dataset", "reference", "config_hash", "window_start", "window_end", "segment")
_DECISION = (
    *("verdict", "n_rows", "digest", "reference_digest", "span_start", "findings", "column_verdicts", "state"),
    *("title", "decision"),
)
_OF_WINDOW = " AND ".join(f"{name} = :{name}" for name in _WINDOW_KEY)


class SqlStore(ABC):
    """The history of monitors. Every method is one transaction, and safe beside other processes on the same store.

    A subclass brings the connection: `_transaction` gives a function that runs one statement with named parameters.
    """

    blob = "BLOB"
    files: ProfileFiles | None = None
    """Where profiles are kept if not in the database."""

    @abstractmethod
    def _transaction(self, *, writes: bool = False) -> AbstractContextManager[Execute]:
        """Everything in it happens or nothing does; errors of the database become StoreError."""

    @abstractmethod
    def close(self) -> None:
        """Give the connection back; the store cannot be used any more."""

    def __enter__(self) -> SqlStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Tables

    def _migrate(self) -> None:
        with self._transaction(writes=True) as run:
            run("CREATE TABLE IF NOT EXISTS driftline_store (version BIGINT NOT NULL)", {})
            rows = run("SELECT version FROM driftline_store", {})
            version = int(rows[0][0]) if rows else 0
            if version > len(MIGRATIONS):
                raise StoreError(
                    f"the store has version {version}; this driftline knows up to {len(MIGRATIONS)}: upgrade driftline"
                )
            if version == len(MIGRATIONS):
                return
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    run(statement.format(blob=self.blob), {})
            run("DELETE FROM driftline_store", {})
            run("INSERT INTO driftline_store (version) VALUES (:version)", {"version": len(MIGRATIONS)})

    # Windows

    def save(
        self,
        windows: Iterable[WindowRecord] = (),
        profiles: Iterable[ProfileRecord] = (),
        messages: Iterable[PendingMessage] = (),
    ) -> None:
        """Write all of these or none; a record with the same key is replaced, a message with the same key is kept."""
        stored = [profile if self.files is None else self.files.put_away(profile) for profile in profiles]
        with self._transaction(writes=True) as run:
            replaced = [] if self.files is None else [_find_profile(run, profile.key) for profile in stored]
            for profile in stored:
                run(_PUT_PROFILE, _profile_row(profile))
            for window in windows:
                run(_PUT_DECISION, _window_row(window))
            for message in messages:
                run(_PUT_MESSAGE, {**_window_key(message.key), "body": json.dumps(message.body)})
        self._forget(replaced, stored)

    def windows(
        self, series: Series | None = None, *, dataset: str | None = None, segment: str | None = None, since: int = 0
    ) -> list[WindowRecord]:
        """Decisions without their JSON, in the order of time."""
        wanted = {"dataset": dataset, "segment": segment, **(series._asdict() if series else {})}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = "".join(f" AND {name} = :{name}" for name in given)
        names = ", ".join((*_WINDOW_KEY, *_DECISION[:-1]))
        with self._transaction() as run:
            rows = run(
                f"SELECT {names} FROM decision WHERE window_end > :since{where} "
                "ORDER BY dataset, reference, config_hash, window_start, segment",
                {**given, "since": since},
            )
        return [_window(row) for row in rows]

    def decision(self, key: WindowKey) -> str:
        """The JSON of one decision; empty where there is none."""
        with self._transaction() as run:
            rows = run(f"SELECT decision FROM decision WHERE {_OF_WINDOW}", _window_key(key))
        return zlib.decompress(bytes(rows[0][0])).decode() if rows and rows[0][0] else ""

    def datasets(self) -> list[str]:
        """Names of the data sets with a history."""
        with self._transaction() as run:
            return [row[0] for row in run("SELECT DISTINCT dataset FROM decision ORDER BY dataset", {})]

    # Profiles

    def profiles(self, dataset: str, profiling: str, segment: str = "") -> list[ProfileRecord]:
        """What is known of every window's rows, without the profile itself, in the order of time."""
        names = ", ".join((*_PROFILE_KEY, *_PROFILE[:-1]))
        with self._transaction() as run:
            rows = run(
                f"SELECT {names} FROM profile WHERE dataset = :dataset AND profiling = :profiling "
                "AND segment = :segment ORDER BY window_start",
                {"dataset": dataset, "profiling": profiling, "segment": segment},
            )
        return [ProfileRecord(ProfileKey(*row[:5]), *row[5:9]) for row in rows]

    def profile(self, key: ProfileKey) -> ProfileRecord | None:
        """One window's profile, with its bytes."""
        with self._transaction() as run:
            found = _find_profile(run, key)
        return None if found is None else self._with_data(found)

    def merge_profiles(
        self, parts: Iterable[ProfileRecord], merged: Callable[[ProfileRecord, ProfileRecord], ProfileRecord]
    ) -> None:
        """Add rows to windows that other processes may be adding to as well."""
        with self._transaction(writes=True) as run:
            replaced, stored = [], []
            for part in parts:
                known = _find_profile(run, part.key)
                whole = part if known is None else merged(self._with_data(known), part)
                whole = whole if self.files is None else self.files.put_away(whole)
                run(_PUT_PROFILE, _profile_row(whole))
                replaced.append(known)
                stored.append(whole)
        self._forget(replaced, stored)

    def _with_data(self, record: ProfileRecord) -> ProfileRecord:
        if self.files is not None:
            return self.files.with_data(record)
        if not record.data:
            raise StoreError(
                'the profiles of this store are files; say where, with profiles = "file:///…" or another URL'
            )
        return record

    def _forget(self, replaced: Iterable[ProfileRecord | None], stored: Iterable[ProfileRecord]) -> None:
        """Remove the files of profiles that others have replaced; those that lie in the database have none."""
        if self.files is not None:
            now = {(each.key, each.digest) for each in stored}
            gone = [each for each in replaced if each is not None and (each.key, each.digest) not in now]
            self.files.remove(each for each in gone if not each.data)

    # Acceptances

    def accept(self, acceptance: Acceptance) -> None:
        """Add a line to the audit log."""
        with self._transaction(writes=True) as run:
            run(
                "INSERT INTO acceptance (dataset, column_name, segment, reason, by_name, given_at, since_time, "
                "until_time) VALUES (:dataset, :column, :segment, :reason, :by, :given_at, :since, :until)",
                asdict(acceptance),
            )

    def acceptances(self, dataset: str) -> list[Acceptance]:
        """The audit log of a data set, oldest first."""
        with self._transaction() as run:
            rows = run(
                "SELECT dataset, column_name, segment, reason, by_name, given_at, since_time, until_time "
                "FROM acceptance WHERE dataset = :dataset ORDER BY given_at, column_name, segment",
                {"dataset": dataset},
            )
        return [Acceptance(*row) for row in rows]

    def mute(self, *mutes: Mute) -> None:
        """Add lines to the audit log."""
        with self._transaction(writes=True) as run:
            for mute in mutes:
                run(
                    "INSERT INTO mute (dataset, column_name, segment, reason, by_name, given_at, since_time, "
                    "until_time) VALUES (:dataset, :column, :segment, :reason, :by, :given_at, :since, :until) "
                    "ON CONFLICT DO NOTHING",
                    asdict(mute),
                )

    def mutes(self, dataset: str) -> list[Mute]:
        """The mutes in the audit log of a data set, oldest first."""
        with self._transaction() as run:
            rows = run(
                "SELECT dataset, column_name, segment, reason, by_name, given_at, since_time, until_time FROM mute "
                "WHERE dataset = :dataset ORDER BY given_at, column_name, segment",
                {"dataset": dataset},
            )
        return [Mute(*row) for row in rows]

    # Messages

    def claim_messages(self, dataset: str, now: int) -> list[PendingMessage]:
        """Messages that nobody else is delivering, oldest first; this process has ten minutes to deliver them."""
        names = ", ".join((*_WINDOW_KEY, "body", "attempts"))
        given = {"dataset": dataset, "now": now, "stale": now - _CLAIM_SECONDS * 1_000_000}
        free = "dataset = :dataset AND delivered_at IS NULL AND (claimed_at IS NULL OR claimed_at <= :stale)"
        with self._transaction(writes=True) as run:
            rows = run(f"SELECT {names} FROM message WHERE {free} ORDER BY window_start, segment", given)
            run(f"UPDATE message SET claimed_at = :now, attempts = attempts + 1 WHERE {free}", given)
        return [PendingMessage(_key(row), json.loads(row[6]), row[7] + 1) for row in rows]

    def settle_message(self, key: WindowKey, delivered_at: int | None) -> None:
        """Note that a message has been delivered, or (None) that it is free for the next attempt."""
        with self._transaction(writes=True) as run:
            run(
                f"UPDATE message SET delivered_at = :delivered_at, claimed_at = NULL WHERE {_OF_WINDOW}",
                {**_window_key(key), "delivered_at": delivered_at},
            )

    # Retention

    def delete_before(self, moment: int, *, dataset: str | None = None) -> int:
        """Delete windows that ended at or before `moment`, with their profiles and messages; returns how many."""
        where = "window_end <= :moment" + (" AND dataset = :dataset" if dataset is not None else "")
        given = {"moment": moment, **({"dataset": dataset} if dataset is not None else {})}
        with self._transaction(writes=True) as run:
            (number,) = run(f"SELECT COUNT(*) FROM decision WHERE {where}", given)[0]
            names = ", ".join((*_PROFILE_KEY, *_PROFILE[:-1]))
            rows = run(f"SELECT {names} FROM profile WHERE {where}", given) if self.files is not None else []
            for table in ("decision", "profile", "message"):
                run(f"DELETE FROM {table} WHERE {where}", given)
        self._forget([ProfileRecord(ProfileKey(*row[:5]), *row[5:9]) for row in rows], [])
        return int(number)


def _upsert(table: str, key: Sequence[str], values: Sequence[str]) -> str:
    names = (*key, *values)
    changed = ", ".join(f"{name} = excluded.{name}" for name in values)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )


_PUT_PROFILE = _upsert("profile", _PROFILE_KEY, _PROFILE)
_PUT_DECISION = _upsert("decision", _WINDOW_KEY, _DECISION)
_PUT_MESSAGE = (
    f"INSERT INTO message ({', '.join(_WINDOW_KEY)}, body, attempts) "
    f"VALUES ({', '.join(':' + name for name in _WINDOW_KEY)}, :body, 0) ON CONFLICT DO NOTHING"
)


def _find_profile(run: Execute, key: ProfileKey) -> ProfileRecord | None:
    where = " AND ".join(f"{name} = :{name}" for name in _PROFILE_KEY)
    rows = run(f"SELECT {', '.join(_PROFILE)} FROM profile WHERE {where}", _profile_key(key))
    if not rows:
        return None
    n_rows, first, last, digest, data = rows[0]
    return ProfileRecord(key, n_rows, first, last, digest, zlib.decompress(bytes(data)))


def _profile_key(key: ProfileKey) -> dict[str, Any]:
    return dict(zip(_PROFILE_KEY, key, strict=True))


def _packed(data: bytes) -> bytes:
    """What `zlib.decompress` reads. Cells of numbers do not repeat, so there looking for repeats only costs time."""
    sample = b"".join(data[begin : begin + 4096] for begin in range(0, len(data), 1 << 16))
    plain = _deflated(sample, zlib.Z_HUFFMAN_ONLY)
    pays = len(zlib.compress(sample, 1)) < 0.95 * len(plain)
    return zlib.compress(data, 1) if pays else _deflated(data, zlib.Z_HUFFMAN_ONLY)


def _deflated(data: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(1, strategy=strategy)
    return packer.compress(data) + packer.flush()


def _profile_row(record: ProfileRecord) -> dict[str, Any]:
    facts = (record.n_rows, record.first, record.last, record.digest, _packed(record.data))
    return {**_profile_key(record.key), **dict(zip(_PROFILE, facts, strict=True))}


def _window_key(key: WindowKey) -> dict[str, Any]:
    return dict(zip(_WINDOW_KEY, (*key.series, *key[1:]), strict=True))


def _window_row(record: WindowRecord) -> dict[str, Any]:
    texts = [json.dumps(each, allow_nan=False) for each in (record.findings, record.columns, record.state)]
    decision = zlib.compress(record.decision.encode(), 1) if record.decision else b""
    values = (record.verdict, record.n_rows, record.digest, record.reference_digest, record.span_start)
    return {**_window_key(record.key), **dict(zip(_DECISION, (*values, *texts, record.title, decision), strict=True))}


def _key(row: Sequence[Any]) -> WindowKey:
    return WindowKey(Series(*row[:3]), *row[3:6])


def _window(row: Sequence[Any]) -> WindowRecord:
    verdict, n_rows, digest, reference_digest, span_start, findings, columns, state, title = row[6:15]
    return WindowRecord(
        *(_key(row), verdict, n_rows, digest, reference_digest, span_start),
        findings=json.loads(findings),
        columns=json.loads(columns),
        state=json.loads(state),
        title=title,
    )
