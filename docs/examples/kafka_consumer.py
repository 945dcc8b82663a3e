"""A Kafka consumer that watches a topic hour by hour: it keeps profiles, not messages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

import driftline as dl

BATCH = 1000
MOST_UNSTORED = 100_000


def watch(consumer: Consumer, monitor: dl.Monitor, idle: float = 5.0) -> Iterator[dl.monitor.WindowResult]:
    """The hours that become complete; ends when no message came for ``idle`` seconds.

    The monitor has ``timestamp="at"`` and ``timestamp_unit="ms"``: the time is that of the message.
    """
    unstored = 0
    while True:
        messages = consumer.consume(BATCH, timeout=idle)
        rows = [row_of(message) for message in messages if not failed(message.error())]
        if rows:
            names = dict.fromkeys(name for row in rows for name in row)
            monitor.log({name: [row.get(name) for row in rows] for name in names})
            unstored += len(rows)
        if unstored and (not messages or unstored >= MOST_UNSTORED):
            decided = monitor.flush().windows
            # Now the rows are in the store. Who is killed between these two lines reads them again.
            consumer.commit(asynchronous=False)
            unstored = 0
            yield from decided
        if not messages:
            return


def row_of(message: Message) -> dict:
    """What a message says, and when it was sent."""
    return {"at": message.timestamp()[1], **json.loads(message.value())}


def failed(error: KafkaError | None) -> bool:
    """Whether a message is only a note, such as the end of a partition; real errors are raised."""
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    return error is not None
