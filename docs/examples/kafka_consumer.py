"""A Kafka consumer that checks every so many messages: it keeps a profile, not the messages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException

import driftline as dl

BATCH = 1000


def decisions(consumer: Consumer, reference: dl.Profile, n_rows: int, idle: float = 5.0) -> Iterator[dl.Decision]:
    """A decision for each full window; ends when no message came for ``idle`` seconds.

    Offsets are committed after the decision is taken: a consumer that dies reads its window again.
    """
    window: dl.Profile | None = None
    while messages := consumer.consume(min(BATCH, n_rows - (window.n_rows if window else 0)), timeout=idle):
        rows = [json.loads(message.value()) for message in messages if not failed(message.error())]
        if rows:
            batch = dl.profile({name: [row.get(name) for row in rows] for name in reference.columns})
            window = batch if window is None else window + batch
        if window is not None and window.n_rows >= n_rows:
            yield dl.check(reference, window)
            consumer.commit(asynchronous=False)
            window = None


def failed(error: KafkaError | None) -> bool:
    """Whether a message is only a note, such as the end of a partition; real errors are raised."""
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    return error is not None
