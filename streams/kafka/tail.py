"""A topic as replay lines: committed records only, in no group, so that looking changes nothing."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.errors import ConfigError
from schemas.topics import DEAD_LETTERS
from streams.kafka.connection import POLL_MS, onlooker
from streams.kafka.topics import all_topics, look
from streams.lines import dead_letter_line, line
from streams.settings import Settings


async def tail(
    settings: Settings, topic: str, *, from_beginning: bool = False, until_end: bool = False
) -> AsyncGenerator[list[bytes], None]:
    """Yield the topic's lines as they come, some at a time; in order within each partition.

    ``until_end``: end where each partition's last stable offset is at the start. That is a position, not a
    message: the last offset of a transaction is its marker.
    Raises: ConfigError if there is no such topic.
    """
    topics = {one.name: one for one in all_topics(settings.app_id)}
    if topic not in topics:
        raise ConfigError([f"{topic}: no topic of ours, there are {', '.join(topics)}"])
    found = (await look(settings, [topics[topic]])).get(topic)
    if found is None:
        raise ConfigError([f"{settings.topic(topic)}: missing, `usagewatch topics create` makes it"])
    places = [TopicPartition(found.name, number) for number in range(found.partition_count)]
    async with onlooker(settings.bootstrap_servers) as consumer:
        write = _writer(topic)
        async for records in _records(consumer, places, from_beginning=from_beginning, until_end=until_end):
            yield [write(record) for record in records]


async def _records(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], *, from_beginning: bool, until_end: bool
) -> AsyncIterator[list[ConsumerRecord]]:
    ends = await consumer.end_offsets(places)  # of committed records: the last stable offset
    starts = await consumer.beginning_offsets(places) if from_beginning else ends
    consumer.assign(places)
    for place in places:
        consumer.seek(place, starts[place])
    while not until_end or [place for place in places if await consumer.position(place) < ends[place]]:
        for place, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            # What came after the start is the next one's to read.
            taken = [record for record in records if not until_end or record.offset < ends[place]]
            if taken:
                yield taken


def _writer(topic: str) -> Callable[[ConsumerRecord], bytes]:
    """Return what makes a line of one of the topic's records."""
    if topic == DEAD_LETTERS:
        return lambda record: dead_letter_line(
            topic, key=record.key, value=record.value, headers=record.headers
        )
    return lambda record: line(topic, timestamp_ms=record.timestamp, key=record.key, value=record.value)
