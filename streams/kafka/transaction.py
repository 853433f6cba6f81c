"""One partition's producer: outputs, states and offsets become visible together or not at all."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError

from schemas.topics import changelog
from streams.kafka.closing import stop_producer
from streams.kafka.messages import Message
from streams.settings import Settings

BATCH_MAX_BYTES: Final = 900_000
"""Below the broker's default ``max.message.bytes`` of 1,048,588, which counts a whole batch. A single larger
record still gets a batch of its own."""
RETRY_BACKOFF_MS: Final = 5
"""Kafka answers a transaction's first write now and then with NOT_ENOUGH_REPLICAS while it verifies it;
aiokafka's default of 100 ms shows in the tail of the latency."""

log = logging.getLogger(__name__)


class Transactions:
    """The producer of partition ``partition``; ``start`` fences whoever had it before.

    ``name``: of what is no worker but writes in transactions too, and fences its like alone.

    After any error it is of no more use: stop it, start another, and read what was committed.
    """

    def __init__(self, settings: Settings, partition: int, *, name: str = "") -> None:
        self.changelog = TopicPartition(settings.topic(changelog(settings.app_id).name), partition)
        """Where the partition's states go: nobody else writes there."""
        self._group_id = settings.app_id
        self._partition = partition
        self._timeout_s = settings.transaction_timeout_ms / 1000
        transactional_id = "-".join(filter(None, (settings.app_id, name, str(partition))))
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            client_id=transactional_id,
            transactional_id=transactional_id,
            transaction_timeout_ms=settings.transaction_timeout_ms,
            request_timeout_ms=max(settings.transaction_timeout_ms, 10_000),
            max_batch_size=BATCH_MAX_BYTES,
            retry_backoff_ms=RETRY_BACKOFF_MS,
        )

    async def start(self) -> None:
        """Become the partition's only writer: the former owner is fenced, what it left open is aborted."""
        await self._producer.start()

    async def commit(
        self, messages: Mapping[TopicPartition, Sequence[Message]], offsets: Mapping[str, int]
    ) -> int:
        """Write ``messages``, some of them to the changelog, and commit ``offsets``, by the full topic name.

        Returns: the changelog's end, after its last record and the transaction's marker; 0 if nothing went
            there.
        Raises: KafkaError or TimeoutError; whether it was committed is then unknown.
        """
        async with asyncio.timeout(self._timeout_s):
            await self._producer.begin_transaction()
            ended = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001 - it names the cause
            try:
                return await self._commit(messages, offsets)
            except (IllegalOperation, AssertionError) as error:
                # What aiokafka answers when it is asked for more after a fence has ended the transaction.
                if ended.done() and isinstance(cause := ended.exception(), KafkaError):
                    raise cause from error
                raise

    async def _commit(
        self, messages: Mapping[TopicPartition, Sequence[Message]], offsets: Mapping[str, int]
    ) -> int:
        """Write and commit in the transaction that is open; return the changelog's end."""
        batches = [(place, batch) for place, rows in messages.items() for batch in self._batches(rows)]
        deliveries = [
            await self._producer.send_batch(batch, place.topic, partition=place.partition)
            for place, batch in batches
        ]
        # aiokafka commits even if a batch was refused, so each is waited for.
        results: list[Any] = await asyncio.gather(
            *deliveries, self._send_offsets(offsets), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        await self._producer.commit_transaction()
        ends = [
            metadata.offset + batch.record_count() + 1
            for (place, batch), metadata in zip(batches, results[:-1], strict=True)
            if place == self.changelog
        ]
        return int(ends[-1]) if ends else 0

    async def _send_offsets(self, offsets: Mapping[str, int]) -> None:
        if offsets:
            await self._producer.send_offsets_to_transaction(
                {TopicPartition(topic, self._partition): offset for topic, offset in offsets.items()},
                self._group_id,
            )

    def _batches(self, rows: Sequence[Message]) -> list[Any]:
        """Return the rows in as many batches as they need."""
        return batches_of(self._producer, rows)

    async def stop(self) -> None:
        """Close the connections; what is still on its way is given up after a moment."""
        await self._stop(self._producer)

    async def _stop(self, producer: AIOKafkaProducer) -> None:
        if error := await stop_producer(producer):
            facts = {"partition": self._partition, "error": type(error).__name__}
            log.warning("producer given up", extra=facts)


def batches_of(producer: AIOKafkaProducer, rows: Sequence[Message]) -> list[Any]:
    """Return the rows in as many batches of a producer as they need."""
    batches = []
    start = 0
    while start < len(rows):
        batch = producer.create_batch()
        start += _fill(batch, rows, start)
        batches.append(batch)
    return batches


def _fill(batch: Any, rows: Sequence[Message], start: int) -> int:  # noqa: ANN401 - aiokafka's builder
    """Append rows from ``start`` on until the batch is full, and close it; return how many fit, at least one.

    Appends to the record-batch builder below aiokafka's: 1 µs a row instead of 2 to 3.
    """
    append, now_ms = batch._builder.append, time.time_ns() // 1_000_000  # noqa: SLF001
    count = 0
    for index in range(start, len(rows)):
        key, value, headers, timestamp_ms = rows[index]
        stamp_ms = now_ms if timestamp_ms is None else timestamp_ms
        if append(count, stamp_ms, key, value, list(headers)) is None:
            break
        count += 1
    batch._relative_offset = count  # noqa: SLF001 - its count of records
    batch.close()
    return count
