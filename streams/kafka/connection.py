"""How a command reaches a broker, and what it says when none answers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from aiokafka import AIOKafkaProducer
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

STOP_S: Final = 5.0
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
            with contextlib.suppress(TimeoutError):  # it would wait for a broker that is away
                await asyncio.wait_for(producer.stop(), STOP_S)


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
