"""Takes apart what belongs together on a cluster, as accidents and tools do."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.errors import for_code

from schemas.topics import CDR, changelog
from streams.core.stored import VERSION
from streams.kafka.connection import administration, onlooker
from streams.kafka.topics import all_topics, describe
from streams.settings import Settings

DELETE_GROUPS: Final = 42
"""Source: Kafka protocol guide, DeleteGroups request version 0, which aiokafka does not have."""


async def lose_offsets(settings: Settings) -> None:
    """Delete the group, as the broker does when nobody was in it for a week."""
    error_code = await asyncio.to_thread(_delete_group, settings.bootstrap_servers, settings.app_id)
    assert not error_code, for_code(error_code)


async def lose_changelog(settings: Settings) -> None:
    """Delete the changelog and make it anew, empty."""
    await _make_anew(settings, changelog(settings.app_id).name, partition_count=4)


async def make_input_anew(settings: Settings) -> None:
    """Delete the usage records' topic and make it anew, empty."""
    await _make_anew(settings, CDR, partition_count=4)


async def delete_unread(settings: Settings) -> None:
    """Delete all usage records, counted or not, as retention does."""
    places = [TopicPartition(settings.topic(CDR), number) for number in range(4)]
    async with onlooker(settings.bootstrap_servers) as consumer:
        ends = await consumer.end_offsets(places)
    async with administration(settings.bootstrap_servers) as client:
        await client.delete_records({place: RecordsToDelete(end) for place, end in ends.items() if end})


async def add_partitions(settings: Settings) -> None:
    """Add one partition to every topic."""
    async with administration(settings.bootstrap_servers) as client:
        found = await describe(client, all_topics(settings.app_id), prefix=settings.topic_prefix)
        more = {one.name: NewPartitions(5) for one in found.values() if one.partition_count == 4}
        await client.create_partitions(more)
    await _until(settings, lambda counts: 4 not in counts.values())


async def add_partition_to_one(settings: Settings) -> None:
    """Add a partition to the usage records' topic alone."""
    async with administration(settings.bootstrap_servers) as client:
        await client.create_partitions({settings.topic(CDR): NewPartitions(5)})
    await _until(settings, lambda counts: counts[CDR] == 5)


async def write_unknown_version(settings: Settings) -> None:
    """Write a state into each partition as a later release would."""
    name = settings.topic(changelog(settings.app_id).name)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, acks="all") as producer:
        for number in range(4):
            value = bytes([VERSION + 1]) + bytes(40)
            await producer.send_and_wait(name, value, key=b"later", partition=number)


async def _make_anew(settings: Settings, logical: str, *, partition_count: int) -> None:
    name = settings.topic(logical)
    async with administration(settings.bootstrap_servers) as client:
        found = await describe(client, all_topics(settings.app_id), prefix=settings.topic_prefix)
        own = {key: found[logical].settings[key] for key in ("cleanup.policy", "message.timestamp.type")}
        await client.delete_topics([name])
        await _until(settings, lambda counts: logical not in counts)
        await client.create_topics([NewTopic(name, partition_count, 1, topic_configs=own)])
        await _until(settings, lambda counts: logical in counts)


async def _until(settings: Settings, is_true: Callable[[dict[str, int]], bool]) -> None:
    """Return when the topics' partition counts are so."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await client.start()
    try:
        while True:
            found = await describe(client, all_topics(settings.app_id), prefix=settings.topic_prefix)
            if is_true({name: one.partition_count for name, one in found.items()}):
                return
            await asyncio.sleep(0.05)
    finally:
        await client.close()


def _delete_group(bootstrap_servers: str, group: str) -> int:
    """Return the broker's error code, 0 if the group is gone."""
    host, _, port = bootstrap_servers.split(",", maxsplit=1)[0].rpartition(":")
    client, name = b"tests", group.encode()
    request = struct.pack(">hhih", DELETE_GROUPS, 0, 1, len(client)) + client
    request += struct.pack(">ih", 1, len(name)) + name
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            (length,) = struct.unpack(">i", stream.read(4))
            answer = stream.read(length)
    return int(struct.unpack(">h", answer[-2:])[0])
