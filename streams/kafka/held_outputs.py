"""Reads what a partition has held back, to send it: of a topic that only the partition's owner writes."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.envelope import Emitted
from schemas.topics import HELD_OUTPUTS
from streams.core.breaker import Breaker, Hold, of_hold
from streams.kafka.batch import Done
from streams.kafka.closing import stop_consumer
from streams.kafka.connection import FETCH_WAIT_MS, RETRY_MS
from streams.settings import Settings

SLICE_OUTPUTS: Final = 5_000
"""Sent in one transaction."""
POLL_MS: Final = 200
PATIENCE_S: Final = 10.0
"""What was committed shows within milliseconds; after so long it is asked whether there is more at all."""
STALL_S: Final = 60.0
"""A broker that gives nothing for so long is an error, and the partition opens again."""

log = logging.getLogger(__name__)


async def take_held(
    settings: Settings, partition: int, what: str, breaker: Breaker, *, clock_ms: int
) -> Done:
    """Return the next outputs of a hold that is being sent, and move ``breaker`` past them.

    Raises: KafkaError or TimeoutError; then nothing of it may be committed.
    """
    hold = breaker.holds[what]
    place = TopicPartition(settings.topic(HELD_OUTPUTS), partition)
    outputs, next_offset = await _read(settings, place, what, hold)
    if outputs:
        breaker.sent(what, len(outputs), next_offset=next_offset, clock_ms=clock_ms)
    else:
        facts = {"partition": partition, "type": what, "count": hold.count}
        log.error(
            "outputs held back are not on their topic any more: is its retention too short?", extra=facts
        )
        breaker.end(what, clock_ms=clock_ms)
    return Done(outputs=outputs, breaker=breaker)


async def _read(
    settings: Settings, place: TopicPartition, what: str, hold: Hold
) -> tuple[list[Emitted], int]:
    """Return up to a slice of the hold's outputs, none if there are no more, and the offset after them."""
    outputs: list[Emitted] = []
    next_offset = hold.next_offset
    wanted_count = min(hold.count, SLICE_OUTPUTS)
    async with (
        asyncio.timeout(STALL_S) as limit,
        _reading(settings, isolation="read_committed") as consumer,
    ):
        consumer.assign([place])
        if next_offset:
            consumer.seek(place, next_offset)
        else:
            await consumer.seek_to_beginning(place)
        waits_until_s = time.monotonic() + PATIENCE_S
        while len(outputs) < wanted_count:
            found = await consumer.getmany(place, timeout_ms=POLL_MS, max_records=wanted_count - len(outputs))
            if found:
                waits_until_s = time.monotonic() + PATIENCE_S
                limit.reschedule(asyncio.get_running_loop().time() + STALL_S)
            for record in found.get(place, []):
                next_offset = record.offset + 1
                output = of_hold(
                    record.headers, key=record.key, value=record.value, what=what, at_ms=hold.at_ms
                )
                if output is not None:
                    outputs.append(output)
            if time.monotonic() >= waits_until_s:
                if await consumer.position(place) < await _end(settings, place):
                    raise TimeoutError("outputs held back cannot be read just now")
                break
            await asyncio.sleep(0)
    return outputs, next_offset


async def _end(settings: Settings, place: TopicPartition) -> int:
    """Return where the log ends, whatever is still to be marked as committed."""
    async with _reading(settings, isolation="read_uncommitted") as consumer:
        return int((await consumer.end_offsets([place]))[place])


@asynccontextmanager
async def _reading(settings: Settings, *, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        client_id=f"{settings.app_id}-held",
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        retry_backoff_ms=RETRY_MS,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await stop_consumer(consumer)
