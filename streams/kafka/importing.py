"""An archive's states into an empty changelog, of another cluster or another number of partitions."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import BrokerResponseError, KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.topics import changelog
from streams.core.archive import Head, State, Tail
from streams.core.stored import META_KEY, Meta
from streams.kafka.beginning import begin, mark, newest_meta
from streams.kafka.changelog import UNFINISHED, Reader
from streams.kafka.connection import onlooker, producing, refusal
from streams.kafka.group import refuse_members
from streams.kafka.origin import Offsets, Origin, find_offsets, metas_of
from streams.kafka.states import SILENT, OnProgress, find_changelog
from streams.kafka.topic_check import home_of, problems
from streams.settings import Settings

BATCH_BYTES: Final = 256 * 1024
OPEN_BYTES_MOST: Final = 32 << 20
"""Of batches that are being filled, one a partition."""
BATCH_BYTES_LEAST: Final = 4 * 1024
PROGRESS_EVERY: Final = 1_000
SENT_MOST: Final = 64
"""Batches that are not acknowledged yet."""


class Source(Struct, frozen=True):
    """An archive that was read once already, so that it is known to be whole."""

    head: Head
    tail: Tail
    states: Callable[[], Iterator[State]]
    """Reads it from its beginning."""


async def import_states(
    settings: Settings, source: Source, *, origin: Origin | None, on_progress: OnProgress = SILENT
) -> Offsets:
    """Write the states and set where each partition goes on; return the group's new offsets.

    Until the end no worker starts on what is written.
    Raises: ConfigError when the cluster is not ready for it, or the broker is away in between.
    """
    if mistakes := await problems(settings):
        raise ConfigError(mistakes)
    await refuse_members(settings)
    head, count = source.head, (await find_changelog(settings)).partition_count
    if source.tail.torn_count and count != head.partition_count:
        torn = f"{source.tail.torn_count:,} subscribers have states in several partitions"
        raise ConfigError([f"{torn}, which cannot become one: import into {head.partition_count} partitions"])
    async with onlooker(settings.bootstrap_servers) as consumer:
        await _refuse_states(consumer, settings, count)
        offsets = await find_offsets(consumer, settings, head, origin)
    try:
        await mark(settings, count)
        await _write(settings, source, count, on_progress)
        await refuse_members(settings)
        await begin(settings, metas_of(head, offsets, count))
    except (KafkaError, TimeoutError) as error:
        broken = f"the broker broke off ({type(error).__name__})"
        raise ConfigError([f"{broken}: empty it with `usagewatch rebuild`, then import again"]) from error
    return offsets


async def _refuse_states(consumer: AIOKafkaConsumer, settings: Settings, count: int) -> None:
    """Raise ConfigError if anything was counted in the changelog, or another import is at it.

    One that a worker has only looked at, or that was rebuilt, is empty.
    """
    for number in range(count):
        place = TopicPartition(settings.topic(changelog(settings.app_id).name), number)
        end, is_empty = (await consumer.end_offsets([place]))[place], True
        async for records, _ in Reader(consumer, settings, number).records(end):
            is_empty = all(record.key == META_KEY for record in records)
            if not is_empty:
                break
        if not (is_empty and _is_unused(await newest_meta(consumer, place, settings))):
            raise ConfigError([f"{place.topic} is not empty: `usagewatch rebuild` empties it"])


def _is_unused(meta: Meta | None) -> bool:
    """Return whether a partition has counted nothing and nobody is importing into it."""
    return meta is None or (not meta.ledger and meta.partition_count != UNFINISHED)


async def _write(settings: Settings, source: Source, count: int, on_progress: OnProgress) -> None:
    topic = (await find_changelog(settings)).name
    batch_bytes = max(min(BATCH_BYTES, OPEN_BYTES_MOST // count), BATCH_BYTES_LEAST)
    async with producing(settings.bootstrap_servers, batch_bytes=batch_bytes) as producer:
        shipment = _Shipment(producer, topic)
        for number, state in enumerate(source.states(), start=1):
            # Among as many partitions whoever spreads keys in a way of its own goes on doing so.
            is_same = count == source.head.partition_count
            await shipment.add(state.partition if is_same else home_of(state.key, count), state)
            if not number % PROGRESS_EVERY:
                on_progress(number, source.tail.state_count)
        await shipment.settle()


class _Shipment:
    """Fills one batch a partition; a few are on their way."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._open: dict[int, BatchBuilder] = {}
        self._sent: deque[asyncio.Future[object]] = deque()

    async def add(self, partition: int, state: State) -> None:
        """Put a state into its partition's batch, and send that if it is full."""
        now_ms = time.time_ns() // 1_000_000
        batch = self._open.get(partition)
        if batch is None or batch.append(timestamp=now_ms, key=state.key, value=state.value) is None:
            await self._send(partition)
            batch = self._open[partition] = self._producer.create_batch()
            batch.append(timestamp=now_ms, key=state.key, value=state.value)

    async def settle(self) -> None:
        """Return when all is acknowledged."""
        for partition in tuple(self._open):
            await self._send(partition)
        while self._sent:
            await self._acknowledged()

    async def _send(self, partition: int) -> None:
        batch = self._open.pop(partition, None)
        if batch is None:
            return
        self._sent.append(await self._producer.send_batch(batch, self._topic, partition=partition))
        while len(self._sent) > SENT_MOST:
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        try:
            await self._sent.popleft()
        except BrokerResponseError as error:
            raise ConfigError([f"{self._topic}: the broker refused states: {refusal(error)}"]) from error
