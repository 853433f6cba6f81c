"""How a command reaches a broker, and what it says when none answers."""

import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    BrokerResponseError,
    InvalidTimestampError,
    KafkaConnectionError,
    KafkaTimeoutError,
    KafkaUnavailableError,
    MessageSizeTooLargeError,
)

from schemas.errors import ConfigError
from streams.kafka.closing import stop_consumer, stop_producer

POLL_MS: Final = 500
STALL_S: Final = 60.0
FETCH_WAIT_MS: Final = 25
"""For so long a broker may keep a fetch that finds nothing, and with it every question behind it: by default
half a second, and a command asks twenty."""
RETRY_MS: Final = 25
"""A consumer learns of topics one by one, by failing at each and asking again so much later."""
FETCHER_STOP_S: Final = 1.0
FETCH_BYTES: Final = 9 * 1024 * 1024
"""More than the largest record of any of our topics."""
REQUEST_BYTES: Final = 8 * 1024 * 1024
"""The largest request of a command: what our largest topic takes."""


@contextlib.asynccontextmanager
async def explained(bootstrap_servers: str) -> AsyncIterator[None]:
    """Turn the many ways in which a broker can be away into one sentence.

    Raises: ConfigError.
    """
    # The client logs each attempt; a command says it once, below.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        yield
    except (KafkaConnectionError, KafkaTimeoutError, KafkaUnavailableError, TimeoutError) as error:
        raise ConfigError(
            [f"no broker answers at {bootstrap_servers}: start it, or set USAGEWATCH_BOOTSTRAP_SERVERS"]
        ) from error


@contextlib.asynccontextmanager
async def administration(bootstrap_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Return a started client for topics and their settings, closed at the end."""
    async with explained(bootstrap_servers):
        client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
        try:
            await client.start()
            yield client
        finally:
            await client.close()


@contextlib.asynccontextmanager
async def onlooker(bootstrap_servers: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Return a started consumer of committed records, closed at the end: in no group, so nothing changes."""
    async with explained(bootstrap_servers):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            retry_backoff_ms=RETRY_MS,
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await stop_consumer(consumer, limit_s=FETCHER_STOP_S)


@contextlib.asynccontextmanager
async def producing(bootstrap_servers: str, *, batch_bytes: int) -> AsyncIterator[AIOKafkaProducer]:
    """Return a started producer that neither loses, doubles nor reorders, closed at the end."""
    async with explained(bootstrap_servers):
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            max_batch_size=batch_bytes,
            max_request_size=REQUEST_BYTES,
        )
        try:
            await producer.start()
            yield producer
        finally:
            error = await stop_producer(producer)
            # TimeoutError: it waits for a broker that is away.
            if error is not None and not isinstance(error, TimeoutError):
                raise error


async def read_between(
    consumer: AIOKafkaConsumer, place: TopicPartition, start: int, end: int
) -> AsyncGenerator[list[ConsumerRecord], None]:
    """Yield the records of ``place`` with offsets from ``start`` to before ``end``, some at a time.

    Raises: TimeoutError when nothing comes for `STALL_S`.
    """
    if start >= end:
        return  # to assign and not to wait for anything can make aiokafka's consumer hang when it stops
    consumer.assign([place])
    consumer.seek(place, start)
    moved_s = time.monotonic()
    position = start
    # A position, not a record, tells the end: the last offset of a transaction is its marker.
    while position < end:
        for records in (await consumer.getmany(place, timeout_ms=POLL_MS)).values():
            if taken := [record for record in records if record.offset < end]:
                yield taken
        before, position = position, await consumer.position(place)
        if position != before:
            moved_s = time.monotonic()
        elif time.monotonic() - moved_s > STALL_S:
            raise TimeoutError(f"{place.topic} cannot be read")


def refusal(error: BrokerResponseError) -> str:
    """Return why a broker took a batch of records not, and what helps."""
    if isinstance(error, InvalidTimestampError):
        return (
            "a timestamp is more than an hour ahead of the broker's clock; topics made with "
            "`usagewatch topics create --any-time` take it (message.timestamp.after.max.ms)"
        )
    if isinstance(error, MessageSizeTooLargeError):
        return "a record is larger than the topic takes (max.message.bytes)"
    return str(error.description)
