"""The committed states of all partitions, as a looker-on reads them: in no group, and nothing changes."""

from collections.abc import AsyncGenerator, Callable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.topics import BY_NAME, INPUTS, changelog
from streams.core.stored import META_KEY, Meta, decode_meta
from streams.kafka.changelog import Reader
from streams.kafka.connection import onlooker
from streams.kafka.topic_check import home_of
from streams.kafka.topic_rules import Found
from streams.kafka.topics import look
from streams.settings import Settings

OnProgress = Callable[[int, int], object]
"""Hears how many offsets are read, and of how many."""
SILENT: Final[OnProgress] = lambda _done, _total: None  # noqa: E731 - a default that does nothing


class FoundState(Struct, frozen=True):
    """One state as it is committed, and how far its partition has come."""

    key: str
    data: bytes
    partition: int
    committed_ms: int
    """When the broker was given it."""
    clock_ms: int
    """The partition's clock."""
    behind: dict[str, int]
    """By input topic: offsets that are written and not yet counted; no topic that is read to its end."""


async def read_states(
    settings: Settings, *, on_progress: OnProgress = SILENT
) -> AsyncGenerator[tuple[str, bytes], None]:
    """Yield key and bytes of every committed state, the newest of each key; close it when done (`aclosing`).

    One partition after the other, one's states in memory at a time. What is committed at the start is in;
    of what comes meanwhile some is, so the states are not all of one instant.
    Raises: ConfigError if there is no changelog or no broker; StateError if another release wrote it.
    """
    found = await find_changelog(settings)
    places = [TopicPartition(found.name, number) for number in range(found.partition_count)]
    async with onlooker(settings.bootstrap_servers) as consumer:
        starts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)  # of committed records: the last stable offset
        total = sum(ends.values()) - sum(starts.values())
        done = 0
        for place in places:

            def on_position(position: int, before: int = done - starts[place]) -> None:
                on_progress(before + position, total)

            states = await newest_states(
                Reader(consumer, settings, place.partition), ends[place], on_position
            )
            done += ends[place] - starts[place]
            for key, value in states.items():
                yield key.decode(), value


async def find_state(settings: Settings, key: str, *, on_progress: OnProgress = SILENT) -> list[FoundState]:
    """Return the committed state of a key: one, none, or of a key that producers spread, several.

    Only the partition that Kafka's default partitioner gives the key is read; the others, when it is not
    there. Raises: as `read_states`.
    """
    count = (await find_changelog(settings)).partition_count
    home = home_of(key.encode(), count)
    async with onlooker(settings.bootstrap_servers) as consumer:
        if found := await _find(consumer, settings, key, [home], on_progress):
            return found
        others = [number for number in range(count) if number != home]
        return await _find(consumer, settings, key, others, on_progress)


async def find_changelog(settings: Settings) -> Found:
    """Return the application's changelog. Raises: ConfigError if there is none."""
    topic = changelog(settings.app_id)
    found = (await look(settings, [topic])).get(topic.name)
    if found is None:
        raise ConfigError(
            [f"{settings.topic(topic.name)}: missing; is USAGEWATCH_APP_ID ({settings.app_id}) the worker's?"]
        )
    return found


async def newest_states(reader: Reader, end: int, on_position: Callable[[int], None]) -> dict[bytes, bytes]:
    """Return the newest value of each key that is not deleted."""
    states: dict[bytes, bytes] = {}

    def take(key: bytes, value: bytes | None) -> None:
        if value is None:
            states.pop(key, None)
        else:
            states[key] = value

    await reader.restore(end, take, lambda _count, position: on_position(min(position, end)))
    return states


async def _find(
    consumer: AIOKafkaConsumer, settings: Settings, key: str, numbers: list[int], on_progress: OnProgress
) -> list[FoundState]:
    """Return the key's states in those partitions."""
    name = settings.topic(changelog(settings.app_id).name)
    places = [TopicPartition(name, number) for number in numbers]
    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    total = sum(ends.values()) - sum(starts.values())
    done, found = 0, []
    for place in places:
        value, committed_ms, meta = None, 0, Meta(offsets={}, partition_count=0, clock_ms=0)
        async for records, position in Reader(consumer, settings, place.partition).records(ends[place]):
            for record in records:
                if record.key == META_KEY:
                    meta = decode_meta(record.value)
                elif record.key == key.encode():
                    value, committed_ms = record.value, record.timestamp
            on_progress(done + min(position, ends[place]) - starts[place], total)
        done += ends[place] - starts[place]
        if value is not None:
            behind = await _behind(consumer, settings, place.partition, meta)
            found.append(FoundState(key, value, place.partition, committed_ms, meta.clock_ms, behind))
    return found


async def _behind(
    consumer: AIOKafkaConsumer, settings: Settings, partition: int, meta: Meta
) -> dict[str, int]:
    """Return how many offsets of each input the partition has not counted yet."""
    there = await look(settings, [BY_NAME[name] for name in INPUTS])
    places = {name: TopicPartition(found.name, partition) for name, found in there.items()}
    starts = await consumer.beginning_offsets(list(places.values()))
    ends = await consumer.end_offsets(list(places.values()))
    unread = {name: ends[place] - meta.offsets.get(name, starts[place]) for name, place in places.items()}
    return {name: count for name, count in unread.items() if count > 0}
