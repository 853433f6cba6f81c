"""Where an application's partitions begin: each one's meta record and offsets, set while none is at work.

First every partition is *marked* by a meta record that no worker starts on, and whoever had the partition's
producer is fenced: a worker that slept for an hour commits nothing any more. The last step takes the marks
away. So what is broken off in between is seen, and never taken for a beginning.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.core.stored import META_KEY, Meta, decode_meta, encode_meta
from streams.kafka.changelog import UNFINISHED, Reader
from streams.kafka.messages import Message
from streams.kafka.transaction import Transactions
from streams.settings import Settings

LOOKS_BACK: Final = (8, 4_096)
"""Offsets before the end among which a partition's meta record is looked for: it ends every transaction."""


async def mark(settings: Settings, partition_count: int) -> None:
    """Fence every partition's producer, and let no worker start until `begin`. Raises: KafkaError."""
    unfinished = Meta(offsets={}, partition_count=UNFINISHED, clock_ms=0)
    for number in range(partition_count):
        await _commit(settings, number, unfinished, {})


async def begin(settings: Settings, metas: Sequence[Meta]) -> None:
    """Let each partition go on from its meta record, the group's offsets included. Raises: KafkaError."""
    for number, meta in enumerate(metas):
        await _commit(settings, number, meta, meta.offsets)


async def newest_meta(consumer: AIOKafkaConsumer, place: TopicPartition, settings: Settings) -> Meta | None:
    """Return the committed meta record of a changelog's partition, None if there is none.

    Raises: StateError if another release wrote it.
    """
    start, end = (
        (await consumer.beginning_offsets([place]))[place],
        (await consumer.end_offsets([place]))[place],
    )
    reader = Reader(consumer, settings, place.partition)
    for first in (*(max(start, end - count) for count in LOOKS_BACK), start):
        newest: bytes | None = None
        async for records, _ in reader.records(end, start=first):
            newest = next((one.value for one in reversed(records) if one.key == META_KEY), newest)
        if newest is not None:
            return decode_meta(newest)
        if first == start:
            break
    return None


async def _commit(settings: Settings, number: int, meta: Meta, offsets: Mapping[str, int]) -> None:
    transactions = Transactions(settings, number)
    try:
        await transactions.start()
        await transactions.commit(
            {transactions.changelog: [Message(META_KEY, encode_meta(meta))]},
            {settings.topic(topic): offset for topic, offset in offsets.items()},
        )
    finally:
        await transactions.stop()
