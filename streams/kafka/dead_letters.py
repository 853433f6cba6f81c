"""Dead letters as they lie on their topic: read from first to last, partition by partition."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.times import to_ms
from schemas.topics import BY_NAME, DEAD_LETTERS, INPUTS, REDRIVEN
from streams.kafka.connection import read_between
from streams.kafka.topic_rules import Found
from streams.kafka.topics import look
from streams.settings import Settings


class Origin(Struct, frozen=True):
    """Where the record lies that was rejected. From a file: topic ``file``, and the line's number."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """Return ``topic/partition/offset``."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Letter(Struct, frozen=True):
    """One dead letter."""

    partition: int
    offset: int
    """Where it lies itself."""
    rejected_ms: int
    reason: str
    detail: str
    origin: Origin
    arrival_ms: int
    """Of the record that was rejected."""
    via: str
    """Not empty: the record itself was taken, but not what it sent on to this topic."""
    key: bytes | None
    value: bytes | None


class Wanted(Struct, frozen=True):
    """Which letters a person asks for. Empty: all."""

    reasons: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    since_ms: int | None = None
    """Rejected then or later."""

    def takes(self, letter: Letter) -> bool:
        """Return whether a letter is asked for."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.topics or letter.origin.topic in self.topics)
            and (self.since_ms is None or letter.rejected_ms >= self.since_ms)
        )


class Range(Struct, frozen=True):
    """The offsets of one partition that are read: from ``start`` to before ``end``."""

    place: TopicPartition
    start: int
    end: int


async def topics_of(settings: Settings) -> Mapping[str, Found]:
    """Return the topics there are, by logical name. Raises: ConfigError when one that is needed is not."""
    found = await look(settings, BY_NAME.values())
    if missing := [name for name in (*INPUTS, DEAD_LETTERS, REDRIVEN) if name not in found]:
        raise ConfigError(
            [f"{settings.topic(name)}: missing, `usagewatch topics create` makes it" for name in missing]
        )
    return found


async def ranges(consumer: AIOKafkaConsumer, found: Found, wanted: Wanted) -> Sequence[Range]:
    """Return what is to be read of each partition: up to the end that it has now."""
    places = [TopicPartition(found.name, number) for number in range(found.partition_count)]
    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    if wanted.since_ms is not None:
        # The topic is stamped by the broker, so its times go up with its offsets.
        since = await consumer.offsets_for_times(dict.fromkeys(places, wanted.since_ms))
        starts = {
            place: ends[place] if since[place] is None else max(since[place].offset, starts[place])
            for place in places
        }
    return [Range(place, min(starts[place], ends[place]), ends[place]) for place in places]


async def read_letters(
    consumer: AIOKafkaConsumer, span: Range, wanted: Wanted
) -> AsyncGenerator[tuple[int, list[Letter]], None]:
    """Yield the next offset to read and the letters asked for, some at a time."""
    async with aclosing(read_between(consumer, span.place, span.start, span.end)) as some:
        async for records in some:
            letters = [letter for record in records if (letter := letter_of(record)) is not None]
            yield records[-1].offset + 1, [letter for letter in letters if wanted.takes(letter)]


def letter_of(record: ConsumerRecord) -> Letter | None:
    """Return the dead letter that a record is, None if somebody else wrote it."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    try:
        return Letter(
            partition=record.partition,
            offset=record.offset,
            rejected_ms=record.timestamp,
            reason=headers["reason"],
            detail=headers["detail"],
            origin=Origin(headers["topic"], int(headers["partition"]), int(headers["offset"])),
            arrival_ms=to_ms(headers["timestamp"]),
            via=headers.get("via", ""),
            key=record.key,
            value=record.value,
        )
    except (KeyError, ValueError):
        return None


PLACE_PARTS: Final = 3


def origin_of(text: str) -> Origin:
    """Return the origin that is written as ``topic/partition/offset``. Raises: ValueError."""
    topic, partition, offset = text.rsplit("/", PLACE_PARTS - 1)
    return Origin(topic, int(partition), int(offset))
