"""Deletes states and offsets, so that all that is still there is counted anew; says first what is not.

Outputs stay where they are: what is raised again has the same id. The usage of groups goes on at the topic's
end, because it is made anew of the records that are counted again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code
from msgspec import Struct

from schemas.errors import ConfigError, StateError
from schemas.topics import BY_NAME, GROUP_USAGE, INPUTS, changelog
from streams.core.stored import Meta
from streams.kafka.beginning import begin, mark, newest_meta
from streams.kafka.changelog import UNFINISHED
from streams.kafka.connection import administration, onlooker
from streams.kafka.group import refuse_members
from streams.kafka.topic_rules import Found
from streams.kafka.topics import Options, create, look
from streams.settings import Settings

POLL_MS: Final = 500
TRIES: Final = 300
PAUSE_S: Final = 0.1
TOPIC_CONFIG: Final = 1
"""Source of a setting that was made for this topic. Source: Kafka protocol, DescribeConfigs."""


class Span(Struct, frozen=True):
    """What an input topic still has of what the states have counted."""

    topic: str
    """Logical."""
    counted: int
    """Offsets that were read, over all partitions."""
    gone: int
    """Those of them that are deleted: they are not counted again."""
    first_ms: int | None
    """When the oldest record that is still there arrived, None if there is none."""
    is_compacted: bool
    """Only the newest record of each key is sure to be there."""


async def spans(settings: Settings) -> tuple[Span, ...]:
    """Return what each input topic still has. Raises: ConfigError while a worker is at work."""
    await refuse_members(settings)
    topic = changelog(settings.app_id)
    found = await look(settings, [topic, *(BY_NAME[name] for name in INPUTS if name != GROUP_USAGE)])
    async with onlooker(settings.bootstrap_servers) as consumer:
        metas = await _metas(consumer, settings, found.get(topic.name))
        return tuple([
            await _span(consumer, name, one, metas) for name, one in found.items() if name in INPUTS
        ])  # fmt: skip


async def rebuild(settings: Settings, *, muted_until_ms: int | None) -> int:
    """Empty the changelog and let every partition begin at what is still there; return how many there are.

    Raises: ConfigError while a worker is at work, or when the broker refuses.
    """
    await refuse_members(settings)
    topic = changelog(settings.app_id)
    found = await look(settings, [topic, *(BY_NAME[name] for name in INPUTS)])
    inputs = {name: one for name, one in found.items() if name != topic.name}
    counts = {one.partition_count for one in inputs.values()}
    if set(INPUTS) != set(inputs) or len(counts) != 1:
        raise ConfigError(["the input topics are not right yet: see `usagewatch topics check`"])
    [count] = counts
    if old := found.get(topic.name):
        await mark(settings, old.partition_count)
        await _recreate(settings, old, count)
    else:
        replica_count = min(one.replica_count for one in inputs.values())
        await create(settings, Options(partition_count=count, replica_count=replica_count))
    await mark(settings, count)
    await begin(settings, await _beginnings(settings, inputs, count, muted_until_ms))
    return count


async def _metas(
    consumer: AIOKafkaConsumer, settings: Settings, found: Found | None
) -> dict[int, Meta | None]:
    """Return how far each partition's states are; None where that cannot be read."""
    metas: dict[int, Meta | None] = {}
    for number in range(found.partition_count if found else 0):
        place = TopicPartition(settings.topic(changelog(settings.app_id).name), number)
        try:
            meta = await newest_meta(consumer, place, settings)
        except StateError:
            meta = None  # of another release: reason enough to rebuild
        metas[number] = None if meta is not None and meta.partition_count == UNFINISHED else meta
    return metas


async def _span(
    consumer: AIOKafkaConsumer, name: str, found: Found, metas: Mapping[int, Meta | None]
) -> Span:
    places = [TopicPartition(found.name, number) for number in range(found.partition_count)]
    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    counted = gone = 0
    for place in places:
        meta = metas.get(place.partition)
        # Where the states do not say how far they are, all that is deleted may have been counted.
        read = ends[place] if meta is None else meta.offsets.get(name, 0)
        counted += read
        gone += min(read, starts[place])
    firsts = [await _arrived_ms(consumer, place, starts[place], ends[place]) for place in places]
    first_ms = min((at_ms for at_ms in firsts if at_ms is not None), default=None)
    return Span(name, counted, gone, first_ms, is_compacted=BY_NAME[name].is_compacted)


async def _arrived_ms(consumer: AIOKafkaConsumer, place: TopicPartition, start: int, end: int) -> int | None:
    """Return when the first record in ``[start, end)`` arrived; None if nothing but markers is there."""
    consumer.assign([place])
    consumer.seek(place, start)
    while await consumer.position(place) < end:
        for records in (await consumer.getmany(place, timeout_ms=POLL_MS, max_records=1)).values():
            return int(records[0].timestamp)
    return None


async def _beginnings(
    settings: Settings, inputs: Mapping[str, Found], count: int, muted_until_ms: int | None
) -> list[Meta]:
    """Return a meta record for each partition in which nothing is counted."""
    places = {
        (name, number): TopicPartition(found.name, number)
        for name, found in inputs.items()
        for number in range(count)
    }
    async with onlooker(settings.bootstrap_servers) as consumer:
        starts = await consumer.beginning_offsets(list(places.values()))
        ends = await consumer.end_offsets(list(places.values()))
    at = {key: (ends if key[0] == GROUP_USAGE else starts)[place] for key, place in places.items()}
    return [
        Meta(
            offsets={name: at[name, number] for name in inputs},
            partition_count=count,
            clock_ms=0,
            muted_until_ms=muted_until_ms,
        )
        for number in range(count)
    ]


# -- the topic itself


async def _recreate(settings: Settings, found: Found, count: int) -> None:
    """Delete a topic and make it anew, with the settings that it had and ``count`` partitions."""
    async with administration(settings.bootstrap_servers) as client:
        own = await _own_settings(client, found.name)
        response = await client.delete_topics([found.name])
        _check(response.topic_error_codes)
        topic = changelog(settings.app_id)
        for _ in range(TRIES):
            if topic.name not in await look(settings, [topic]):
                break
            await asyncio.sleep(PAUSE_S)
        new = NewTopic(found.name, count, found.replica_count, topic_configs=own)
        _check((await client.create_topics([new])).topic_errors)
        for _ in range(TRIES):
            if topic.name in await look(settings, [topic]):
                return
            await asyncio.sleep(PAUSE_S)
    raise ConfigError([f"{found.name}: made anew, but the brokers do not show it yet: rebuild again"])


async def _own_settings(client: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    """Return the settings that were made for this topic."""
    [response] = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    [(_error_code, _message, _kind, _name, entries, *_)] = response.resources
    return {key: value for key, value, _is_read_only, source, *_ in entries if source == TOPIC_CONFIG}


def _check(results: Sequence[tuple[str, int, str]]) -> None:
    for name, error_code, *_ in results:
        if error_code:
            raise ConfigError([f"{name}: the broker refuses: {for_code(error_code).description}"])
