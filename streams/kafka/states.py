"""The committed states of all partitions, as a looker-on reads them: in no group, and nothing changes."""

from collections.abc import AsyncGenerator, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.errors import ConfigError
from schemas.topics import changelog
from streams.kafka.changelog import Reader
from streams.kafka.connection import explained
from streams.kafka.topics import look
from streams.settings import Settings

FETCH_BYTES = 9 * 1024 * 1024
"""More than the largest record of the changelog."""


async def read_states(
    settings: Settings, *, on_progress: Callable[[int, int], object] = lambda _done, _total: None
) -> AsyncGenerator[tuple[str, bytes], None]:
    """Yield key and bytes of every committed state, the newest of each key; close it when done (`aclosing`).

    One partition after the other, one's states in memory at a time. What is committed at the start is in;
    of what comes meanwhile some is, so the states are not all of one instant. ``on_progress`` hears how many
    offsets are read, and of how many.
    Raises: ConfigError if there is no changelog or no broker; StateError if another release wrote it.
    """
    topic = changelog(settings.app_id)
    found = (await look(settings, [topic])).get(topic.name)
    if found is None:
        raise ConfigError(
            [f"{settings.topic(topic.name)}: missing; is USAGEWATCH_APP_ID ({settings.app_id}) the worker's?"]
        )
    places = [TopicPartition(found.name, number) for number in range(found.partition_count)]
    async with explained(settings.bootstrap_servers):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
        )
        try:
            await consumer.start()
            starts = await consumer.beginning_offsets(places)
            ends = await consumer.end_offsets(places)  # of committed records: the last stable offset
            total = sum(ends.values()) - sum(starts.values())
            done = 0
            for place in places:

                def on_position(position: int, before: int = done - starts[place]) -> None:
                    on_progress(before + position, total)

                states = await _newest(Reader(consumer, settings, place.partition), ends[place], on_position)
                done += ends[place] - starts[place]
                for key, value in states.items():
                    yield key.decode(), value
        finally:
            await consumer.stop()


async def _newest(reader: Reader, end: int, on_position: Callable[[int], None]) -> dict[bytes, bytes]:
    """Return the newest value of each key that is not deleted."""
    states: dict[bytes, bytes] = {}

    def take(key: bytes, value: bytes | None) -> None:
        if value is None:
            states.pop(key, None)
        else:
            states[key] = value

    await reader.restore(end, take, lambda _count, position: on_position(min(position, end)))
    return states
