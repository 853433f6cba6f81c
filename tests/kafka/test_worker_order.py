"""Topics are written side by side and read side by side: what arrived first is taken first all the same."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams.kafka.topic_check import partition_of
from streams.lines import parse
from streams.settings import Settings
from tests.build import addon, after, data, event, lines_of, plan, profile
from tests.kafka.build_worker import (
    PARTITIONS,
    WorkerProcess,
    caught_up,
    emitted,
    expected,
    fed,
    made,
    until,
)

pytestmark = pytest.mark.kafka

LATE = str(Path(__file__).with_name("late_worker.py"))
CROWD = [f"89{number:05}" for number in range(1_200)]
SETTING = lines_of([plan(), addon(), *(profile(subscriber_id=who) for who in CROWD)], is_bare=True)
NOON = "2026-11-10T12:00:00Z"
USE = lines_of(
    [
        line
        for second, who in enumerate(CROWD)
        for line in (
            data(85, subscriber_id=who, record_id=who, at=after(NOON, seconds=2 * second)),
            event(
                "addon.purchased",
                subscriber_id=who,
                event_id=who,
                at=after(NOON, seconds=2 * second + 1),
                addon_id="extra",
                bucket="data",
                amount=10_000_000,
            ),
        )
    ],
    is_bare=True,
)
"""Each uses most of the allowance, hears of it, and buys more; the other way round nobody would hear."""


async def written_one_by_one(settings: Settings, lines: Iterable[bytes]) -> None:
    """Write each line when the one before it is acknowledged: so it has arrived later, without any doubt."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, acks="all") as producer:
        for line in map(parse, lines):
            await producer.send_and_wait(
                settings.topic(line.topic),
                line.value,
                key=line.key,
                partition=partition_of(line.key or b"", PARTITIONS),
                timestamp_ms=line.timestamp_ms,
            )


async def test_a_purchase_is_not_taken_before_the_usage_that_came_before_it(
    bootstrap_servers: str, prefix: str
) -> None:
    """While the worker is late, so that one topic's records wait when the other's next ones come."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, SETTING)

    with WorkerProcess(settings, [LATE]) as worker:
        await until(worker.is_ready, "at work")
        await written_one_by_one(settings, USE)
        await caught_up(settings, worker)
        worker.stop()

    assert expected([*SETTING, *USE]) == await emitted(settings)
