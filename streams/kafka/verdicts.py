"""What becomes of a dead letter that is asked for: whether its record can be sent back, and why not."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from enum import StrEnum
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import BY_NAME, INPUTS, REDRIVEN
from streams.kafka.connection import read_between
from streams.kafka.dead_letters import Letter, Range, Wanted, origin_of, read_letters
from streams.kafka.topic_rules import Found

Moved = Callable[[int, int], object]
"""Hears how far one is, and of how much."""
FUTURE_MS: Final = 3_600_000
"""The broker's guard against times ahead, where a topic does not say another one."""


class Verdict(StrEnum):
    """What becomes of a letter that is asked for."""

    SEND = "send"
    SENT = "sent before"
    SUPERSEDED = "superseded by a newer record of its key"
    COUNTED = "counted by its line already: only what was sent on to its group or account is missing"
    NO_INPUT = "no record of an input topic"
    REFUSED = "the broker would refuse its time"


class Judge:
    """Knows what has been sent back, and what must not be any more."""

    def __init__(self, wanted: Wanted, found: Mapping[str, Found], *, now_ms: int) -> None:
        self._wanted = wanted
        self._found = found
        self._now_ms = now_ms

    async def judged(
        self, consumer: AIOKafkaConsumer, span: Range
    ) -> AsyncGenerator[tuple[int, list[tuple[Letter, Verdict]]], None]:
        """Yield the next offset and letters with what becomes of each; two of one record are sent once."""
        sent = await read_markers(consumer, self._found[REDRIVEN], span.place.partition)
        newest = await self._newest(consumer, span)
        async with aclosing(read_letters(consumer, span, self._wanted)) as some:
            async for position, letters in some:
                judged = []
                for letter in letters:
                    verdict = self._verdict(letter, sent, newest)
                    if verdict is Verdict.SEND:
                        sent.setdefault(letter.origin.topic, set()).add(letter.origin.offset)
                    judged.append((letter, verdict))
                yield position, judged

    def _verdict(
        self, letter: Letter, sent: Mapping[str, set[int]], newest: Mapping[tuple[str, bytes], int]
    ) -> Verdict:
        origin = letter.origin
        if origin.topic not in INPUTS:
            return Verdict.NO_INPUT
        if letter.via or origin.partition != letter.partition:
            return Verdict.COUNTED
        if origin.offset in sent.get(origin.topic, ()):
            return Verdict.SENT
        if newest.get((origin.topic, letter.key or b""), 0) > origin.offset:
            return Verdict.SUPERSEDED
        guards = self._found[origin.topic].settings
        ahead_ms = int(guards.get("message.timestamp.after.max.ms", FUTURE_MS))
        behind_ms = int(guards.get("message.timestamp.before.max.ms", self._now_ms))
        if not self._now_ms - behind_ms <= letter.arrival_ms <= self._now_ms + ahead_ms:
            return Verdict.REFUSED
        return Verdict.SEND

    async def _newest(self, consumer: AIOKafkaConsumer, span: Range) -> dict[tuple[str, bytes], int]:
        """Return the newest offset of those keys of compacted topics of which letters are asked for.

        An older profile that is sent again would take the place of the newer one.
        """
        oldest: dict[str, int] = {}
        newest: dict[tuple[str, bytes], int] = {}
        compacted = frozenset(name for name in INPUTS if BY_NAME[name].is_compacted)
        topics = compacted & self._wanted.topics if self._wanted.topics else compacted
        if not topics:
            return newest
        only = Wanted(self._wanted.reasons, topics, self._wanted.since_ms)
        async with aclosing(read_letters(consumer, span, only)) as some:
            async for _, letters in some:
                for letter in letters:
                    newest[letter.origin.topic, letter.key or b""] = 0
                    offset = oldest.get(letter.origin.topic, letter.origin.offset)
                    oldest[letter.origin.topic] = min(offset, letter.origin.offset)
        for topic, offset in oldest.items():
            place = TopicPartition(self._found[topic].name, span.place.partition)
            start = max((await consumer.beginning_offsets([place]))[place], offset)
            end = (await consumer.end_offsets([place]))[place]
            async with aclosing(read_between(consumer, place, start, end)) as found:
                async for records in found:
                    for record in records:
                        if (topic, record.key) in newest:
                            newest[topic, record.key] = record.offset
        return newest


async def read_markers(consumer: AIOKafkaConsumer, found: Found, partition: int) -> dict[str, set[int]]:
    """Return which records of a partition have been sent back: by topic, their offsets."""
    place = TopicPartition(found.name, partition)
    start = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    sent: dict[str, set[int]] = {}
    async with aclosing(read_between(consumer, place, start, end)) as some:
        async for records in some:
            for record in records:
                origin = origin_of(record.key.decode())
                sent.setdefault(origin.topic, set()).add(origin.offset)
    return sent
