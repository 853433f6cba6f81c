"""The control topic: a worker hears orders on it, a command reads troubles and writes orders."""

import logging
from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

from aiokafka import TopicPartition

from schemas.errors import ConfigError
from schemas.topics import control
from streams.core.breaker import Order
from streams.core.control import (
    Key,
    Trouble,
    decode_key,
    decode_order,
    decode_trouble,
    encode_order,
    encode_trouble,
)
from streams.kafka.connection import onlooker, producing, read_between
from streams.kafka.messages import Message
from streams.kafka.topics import look
from streams.settings import Settings

BATCH_BYTES: Final = 100_000

log = logging.getLogger(__name__)


class Orders:
    """The newest order about each pause and hold, obeyed or not: an order knows which one it is about."""

    def __init__(self) -> None:
        self._orders: dict[int, dict[str, Order]] = {}

    def of(self, partition: int) -> Mapping[str, Order]:
        """Return what is ordered of a partition: by held ``topic/type``, empty for its pause."""
        return self._orders.get(partition, {})

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take one record of the topic; what is no order is ignored."""
        try:
            found = decode_key(key or b"")
            order = decode_order(value) if found.is_order else None
        except ValueError:
            # A worker must not stop for what a later release orders.
            log.warning("a record of the control topic is none of this release, it is ignored")
            return
        if not found.is_order:
            return
        own = self._orders.setdefault(found.partition, {})
        if order is None:
            own.pop(found.what, None)
        else:
            own[found.what] = order


def trouble_messages(
    settings: Settings, partition: int, trouble: Trouble
) -> dict[TopicPartition, list[Message]]:
    """Return what a partition writes of its trouble."""
    place = TopicPartition(settings.topic(control(settings.app_id).name), 0)
    return {place: [Message(Key(partition).encode(), encode_trouble(trouble))]}


async def read_troubles(settings: Settings) -> dict[int, Trouble]:
    """Return what a person must see to in each partition; those without trouble are left out.

    Raises: ConfigError if there is no such topic or no broker.
    """
    topic = control(settings.app_id)
    found = (await look(settings, [topic])).get(topic.name)
    if found is None:
        raise ConfigError(
            [f"{settings.topic(topic.name)}: missing; is USAGEWATCH_APP_ID ({settings.app_id}) the worker's?"]
        )
    troubles: dict[int, Trouble] = {}
    place = TopicPartition(found.name, 0)
    async with onlooker(settings.bootstrap_servers) as consumer:
        start = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        async with aclosing(read_between(consumer, place, start, end)) as some:
            async for records in some:
                for record in records:
                    key = decode_key(record.key)
                    if not key.is_order:
                        troubles[key.partition] = decode_trouble(record.value)
    return {partition: one for partition, one in sorted(troubles.items()) if not one.is_none()}


async def order(settings: Settings, orders: Mapping[Key, Order]) -> None:
    """Write orders; the workers that own the partitions obey at once, or when there are some."""
    name = settings.topic(control(settings.app_id).name)
    async with producing(settings.bootstrap_servers, batch_bytes=BATCH_BYTES) as producer:
        for key, one in orders.items():
            await producer.send_and_wait(name, encode_order(one), key=key.encode(), partition=0)
