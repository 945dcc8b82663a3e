"""Tables of a store and how older ones are brought up to date; the same SQL for every database."""

from __future__ import annotations

__all__ = ["MIGRATIONS"]

# Each entry is one version: statements that lead there from the one before. Never changed once released.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE profile (
            dataset TEXT NOT NULL, profiling TEXT NOT NULL, window_start BIGINT NOT NULL, window_end BIGINT NOT NULL,
            segment TEXT NOT NULL, n_rows BIGINT NOT NULL, first_row BIGINT NOT NULL, last_row BIGINT NOT NULL,
            digest TEXT NOT NULL, data {blob} NOT NULL,
            PRIMARY KEY (dataset, profiling, window_start, window_end, segment))""",
        """CREATE TABLE decision (
            dataset TEXT NOT NULL, reference TEXT NOT NULL, config_hash TEXT NOT NULL, window_start BIGINT NOT NULL,
            window_end BIGINT NOT NULL, segment TEXT NOT NULL, verdict TEXT NOT NULL, n_rows BIGINT NOT NULL,
            digest TEXT NOT NULL, reference_digest TEXT NOT NULL, span_start BIGINT NOT NULL, findings TEXT NOT NULL,
            column_verdicts TEXT NOT NULL, state TEXT NOT NULL,
            title TEXT NOT NULL, decision {blob} NOT NULL,
            PRIMARY KEY (dataset, reference, config_hash, window_start, window_end, segment))""",
        """CREATE TABLE acceptance (
            dataset TEXT NOT NULL, column_name TEXT NOT NULL, segment TEXT NOT NULL, given_at BIGINT NOT NULL,
            reason TEXT NOT NULL, by_name TEXT NOT NULL, since_time BIGINT NOT NULL, until_time BIGINT,
            PRIMARY KEY (dataset, column_name, segment, given_at))""",
        """CREATE TABLE message (
            dataset TEXT NOT NULL, reference TEXT NOT NULL, config_hash TEXT NOT NULL, window_start BIGINT NOT NULL,
            window_end BIGINT NOT NULL, segment TEXT NOT NULL, body TEXT NOT NULL, attempts BIGINT NOT NULL,
            claimed_at BIGINT, delivered_at BIGINT,
            PRIMARY KEY (dataset, reference, config_hash, window_start, window_end, segment))""",
    ),
    (
        """CREATE TABLE mute (
            dataset TEXT NOT NULL, column_name TEXT NOT NULL, segment TEXT NOT NULL, given_at BIGINT NOT NULL,
            reason TEXT NOT NULL, by_name TEXT NOT NULL, since_time BIGINT NOT NULL, until_time BIGINT NOT NULL,
            PRIMARY KEY (dataset, column_name, segment, given_at))""",
    ),
)
