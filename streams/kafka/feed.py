"""Replay lines into the input topics of a cluster, in their order, as fast as the broker takes them.

Profiles, groups and the catalogue must be there before the usage that needs them, and topics are written
side by side: so whenever the topic changes to or from one of those, everything before is acknowledged first.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import BrokerResponseError
from aiokafka.producer.message_accumulator import BatchBuilder
from msgspec import Struct, field

from schemas.errors import ConfigError, Reason, SchemaError
from schemas.topics import ADDONS, BY_NAME, CLOCK_TOPICS, FROM_OUTSIDE, GROUPS, PLANS, SUBSCRIBERS
from streams.kafka.connection import producing, refusal
from streams.kafka.topic_check import partition_of
from streams.kafka.topic_rules import FOREVER_MS, Found
from streams.kafka.topics import look
from streams.lines import Line, parse
from streams.settings import Settings

ORDERED: Final = frozenset({PLANS, ADDONS, SUBSCRIBERS, GROUPS})
"""Topics that must be acknowledged before others go on, and the other way round."""
BATCH_BYTES: Final = 256 * 1024
ACKNOWLEDGED_S: Final = 60
"""A broker that restarts is back sooner; one that is away must not keep a person waiting for ever."""
BATCHES_MOST: Final = 64
"""Unacknowledged batches, so at most 16 MiB (and one large record) wait in memory."""
TURN_LINES: Final = 1_000
"""After so many lines what is waiting is sent."""
TURNS_PER_S: Final = 50
"""With a rate: how often a second."""
BAD_SHOWN: Final = 20

Say = Callable[[str], None]


class Fed(Struct):
    """What a run did."""

    sent: dict[str, int] = field(default_factory=dict)
    bad_count: int = 0
    """Lines that are no record of an input topic: not written."""
    old: dict[str, int] = field(default_factory=dict)
    """By topic: records that the broker may delete before anybody has read them."""
    elapsed_s: float = 0.0


class _Sent(Struct, frozen=True):
    """A batch that waits for its acknowledgement, with the lines that it holds parts of."""

    acknowledgement: asyncio.Future[object]
    topic: str
    first_line: int
    last_line: int


class _Open(Struct):
    """A batch that is being filled."""

    builder: BatchBuilder
    first_line: int
    last_line: int = 0


async def feed(
    settings: Settings,
    lines: Iterable[bytes],
    *,
    rate_per_s: int | None = None,
    say: Say,
) -> Fed:
    """Write the lines; return when all are acknowledged.

    ``say`` takes sentences for a person: bad lines with their number, records that will be deleted unread.
    Raises: ConfigError when a topic is missing or the broker refuses a record, with the lines not written.
    """
    started_s = time.monotonic()
    async with producing(settings.bootstrap_servers, batch_bytes=BATCH_BYTES) as producer:
        inputs = await look(settings, [BY_NAME[name] for name in FROM_OUTSIDE])
        feeder = Feeder(producer, settings, inputs, say=say)
        turn_lines = TURN_LINES if rate_per_s is None else min(TURN_LINES, -(-rate_per_s // TURNS_PER_S))
        for number, text in enumerate(lines, start=1):
            await feeder.take(number, text)
            if number % turn_lines == 0:
                await feeder.turn()
                if rate_per_s is not None:
                    await asyncio.sleep(started_s + number / rate_per_s - time.monotonic())
        await feeder.settle()
    feeder.fed.elapsed_s = time.monotonic() - started_s
    return feeder.fed


class Feeder:
    """Fills one batch a partition and keeps the order of `ORDERED` topics."""

    def __init__(
        self, producer: AIOKafkaProducer, settings: Settings, inputs: Mapping[str, Found], *, say: Say
    ) -> None:
        self.fed = Fed()
        self._producer = producer
        self._settings = settings
        self._inputs = inputs
        self._say = say
        self._open: dict[tuple[str, int], _Open] = {}
        self._sent: deque[_Sent] = deque()
        self._topic = ""
        self._clock_ms = 0
        now_ms = time.time_ns() // 1_000_000
        self._oldest_ms = {topic: oldest_ms(found, now_ms) for topic, found in inputs.items()}

    async def take(self, number: int, text: bytes) -> None:
        """Put one line into its batch; wait where order or a full batch want it. Blank ones only count."""
        if text.isspace():
            return
        try:
            line = _read(text)
        except SchemaError as error:
            self.fed.bad_count += 1
            if self.fed.bad_count <= BAD_SHOWN:
                self._say(f"line {number} is not written: {error}")
            return
        if line.topic != self._topic:
            await self._change(line.topic)
        timestamp_ms = self._arrival_ms(line)
        place = line.topic, self._partition(line)
        batch = self._open.get(place)
        if batch is None or not _append(batch, line, timestamp_ms):
            await self._send(place)
            batch = self._open[place] = _Open(self._producer.create_batch(), number)
            _append(batch, line, timestamp_ms)
        batch.last_line = number
        self.fed.sent[line.topic] = self.fed.sent.get(line.topic, 0) + 1

    async def turn(self) -> None:
        """Send what is open, so that nothing waits for a batch to fill; let others run."""
        for place in tuple(self._open):
            await self._send(place)
        await asyncio.sleep(0)

    async def settle(self) -> None:
        """Return when all that was taken is acknowledged."""
        await self.turn()
        while self._sent:
            await self._acknowledged()

    async def _change(self, topic: str) -> None:
        """Go over to another topic."""
        if topic in ORDERED or self._topic in ORDERED:
            await self.settle()
        if topic not in self._inputs:
            raise ConfigError(
                [f"{self._settings.topic(topic)}: missing, `usagewatch topics create` makes it"]
            )
        self._topic = topic

    def _arrival_ms(self, line: Line) -> int:
        """Return the record's Kafka timestamp, and move the clock that stands in for a missing one."""
        timestamp_ms = self._clock_ms if line.timestamp_ms is None else line.timestamp_ms
        if line.topic in CLOCK_TOPICS:
            self._clock_ms = max(self._clock_ms, timestamp_ms)
        if timestamp_ms < self._oldest_ms[line.topic]:
            if line.topic not in self.fed.old:
                self._say(
                    f"{line.topic} has records older than its retention: the broker may delete them unread"
                )
            self.fed.old[line.topic] = self.fed.old.get(line.topic, 0) + 1
        return timestamp_ms

    def _partition(self, line: Line) -> int:
        # Kafka's own producer spreads records without a key; here runs are to be alike.
        return 0 if line.key is None else partition_of(line.key, self._inputs[line.topic].partition_count)

    async def _send(self, place: tuple[str, int]) -> None:
        """Send a place's batch, if one is open."""
        batch = self._open.pop(place, None)
        if batch is None:
            return
        topic, partition = place
        name = self._settings.topic(topic)
        acknowledgement = await self._producer.send_batch(batch.builder, name, partition=partition)
        # When a batch is refused the run ends, and nobody asks for the ones behind it.
        acknowledgement.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._sent.append(_Sent(acknowledgement, name, batch.first_line, batch.last_line))
        while len(self._sent) > BATCHES_MOST or (self._sent and self._sent[0].acknowledgement.done()):
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        """Wait for the oldest batch. Raises: ConfigError if the broker refuses it or is away."""
        batch = self._sent.popleft()
        lines = f"lines {batch.first_line} to {batch.last_line}"
        try:
            async with asyncio.timeout(ACKNOWLEDGED_S):
                await batch.acknowledgement
        except TimeoutError as error:
            raise ConfigError(
                [
                    (
                        f"{batch.topic}: the broker has not acknowledged {lines} for {ACKNOWLEDGED_S} s; "
                        "these and later lines may or may not be written: when it is back, feed them again"
                    )
                ]
            ) from error
        except BrokerResponseError as error:
            raise ConfigError(
                [f"{batch.topic}: the broker refused records of {lines}: {refusal(error)}"]
            ) from error


def _read(text: bytes) -> Line:
    line = parse(text)
    if line.key is None and BY_NAME[line.topic].is_compacted:
        # A compacted topic takes no record without a key, and the others of its batch would fail with it.
        raise SchemaError(Reason.MISSING_FIELD, "key")
    return line


def _append(batch: _Open, line: Line, timestamp_ms: int) -> bool:
    """Return whether the batch had room; an empty one takes a record of any size."""
    return batch.builder.append(timestamp=timestamp_ms, key=line.key, value=line.value) is not None


def oldest_ms(found: Found, now_ms: int) -> int:
    """Return the arrival time before which the broker deletes a record of the topic."""
    retention_ms = int(found.settings.get("retention.ms", FOREVER_MS))
    deletes = "delete" in found.settings.get("cleanup.policy", "delete") and retention_ms != FOREVER_MS
    stamps_itself = found.settings.get("message.timestamp.type") == "LogAppendTime"
    return now_ms - retention_ms if deletes and not stamps_itself else 0
