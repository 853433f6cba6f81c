"""Outputs of a type that floods, on a real broker: held back, none lost, none twice."""

from collections import Counter
from collections.abc import Iterable

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import HELD_OUTPUTS, OUTPUTS
from streams.core.breaker import HOLD_HEADER, TOPIC_HEADER
from streams.settings import Settings
from tests.build import Line, after, data, lines_of, plan, profile
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
from tests.kafka.commands import run

pytestmark = pytest.mark.kafka

NOTICE = "care-events/usage_notice"
MOST = 5
SLOW = (
    "-c",
    (
        "import streams.kafka.held_outputs as held; held.SLICE_OUTPUTS = 5;"
        "from streams.cli import main; main(['worker'])"
    ),
)
"""The real worker, but that it sends little at a time, so that a kill comes between."""
CROWD = [f"89{number:05}" for number in range(400)]


def flood(crowd: Iterable[str], *, at: str = "2026-11-10T12:00:00Z") -> list[Line]:
    """Return a record of each that crosses the levels of a plan that is far too small, all in one minute."""
    return [data(85, subscriber_id=who, at=at, record_id=f"{who}-{at}") for who in crowd]


def lines() -> list[bytes]:
    """Return plan, profiles and a flood."""
    return lines_of([plan(), *(profile(subscriber_id=who) for who in CROWD), *flood(CROWD)], is_bare=True)


def held_now(worker: WorkerProcess) -> float:
    """Return how many outputs wait."""
    return worker.sample("usagewatch_held_outputs")


async def some_sent(worker: WorkerProcess) -> float:
    """Return how many wait, once they have become fewer."""
    waiting = held_now(worker)
    await until(lambda: held_now(worker) < waiting, "some are sent")
    return held_now(worker)


async def held(settings: Settings) -> Counter[str]:
    """Return what lies on `held-outputs`, committed, as `emitted` names it; without our three headers."""
    tps = [TopicPartition(settings.topic(HELD_OUTPUTS), number) for number in range(PARTITIONS)]
    found: Counter[str] = Counter()
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    ) as consumer:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning()
        while [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    assert HOLD_HEADER in headers
                    found[f"{headers[TOPIC_HEADER]} {headers['ce_id']}"] += 1
    return found


async def test_a_type_that_floods_is_held_back_from_then_on_and_nothing_is_lost(
    bootstrap_servers: str, prefix: str
) -> None:
    """So many a minute, type and partition go out; the rest wait, each once, through a kill -9."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines())

    with WorkerProcess(settings, USAGEWATCH_MAX_OUTPUTS_PER_MINUTE=str(MOST)) as worker:
        await caught_up(settings, worker)
        waiting = held_now(worker)
        await until(lambda: f"{NOTICE} held back" in worker.ask("/ready")[1], "said")
        worker.kill()
    with WorkerProcess(settings, USAGEWATCH_MAX_OUTPUTS_PER_MINUTE=str(MOST)) as worker:
        await caught_up(settings, worker)
        waiting_again = held_now(worker)
        listed = await run(settings, "resume", "--list")
        worker.stop()
    moved = await run(settings, "state", "export", "-")
    out, back, wanted = await emitted(settings), await held(settings), expected(lines())

    notices = [name for name in out if name.startswith("care-events")]
    assert MOST * PARTITIONS == len(notices)
    assert wanted == out + back
    assert (back.total(), back.total()) == (waiting, waiting_again)
    assert f"{NOTICE} held back" in listed.output
    assert (1, True) == (moved.exit_code, "held back and would stay behind" in str(moved.exception))


async def test_what_is_held_back_is_sent_once_through_kills_and_then_the_type_goes_on(
    bootstrap_servers: str, prefix: str
) -> None:
    """A few outputs a transaction, and kill -9 again and again while they are sent; then all is as ever."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines())
    few = {"USAGEWATCH_MAX_OUTPUTS_PER_MINUTE": str(MOST)}
    with WorkerProcess(settings, SLOW, **few) as worker:
        await caught_up(settings, worker)
        listed = (await run(settings, "resume", "--list", "--json")).output.splitlines()
        types = {what for line in listed for what in orjson.loads(line)["holds"]}
        await run(settings, "resume", "--wait", 0, *(word for what in types for word in ("--send", what)))
        await some_sent(worker)
        worker.kill()
    left = []
    for _ in range(3):
        with WorkerProcess(settings, SLOW, **few) as worker:
            await until(lambda: worker.is_ready() and held_now(worker) > 0, "going on")
            left.append(await some_sent(worker))
            worker.kill()
    with WorkerProcess(settings, **few) as worker:
        await until(lambda: worker.is_ready() and held_now(worker) == 0, "sent")
        later = flood(CROWD[:MOST], at=after("2026-11-10T12:00:00Z", minutes=2))
        await fed(settings, lines_of(later, is_bare=True))
        await caught_up(settings, worker)
        worker.stop()

    assert NOTICE in types
    assert min(left) > 0
    assert expected([*lines(), *lines_of(later, is_bare=True)]) == await emitted(settings)


async def test_what_is_dropped_never_comes_and_the_type_goes_on(bootstrap_servers: str, prefix: str) -> None:
    """The plan was wrong: a person drops its notices, and later ones are sent as ever."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines())
    with WorkerProcess(settings, USAGEWATCH_MAX_OUTPUTS_PER_MINUTE=str(MOST)) as worker:
        await caught_up(settings, worker)
        unknown = await run(settings, "resume", "--drop", "greeting", "--yes")
        unsure = await run(settings, "resume", "--drop", "usage_notice")
        dropped = await run(settings, "resume", "--drop", "usage_notice", "--yes")
        await until(lambda: "usage_notice" not in worker.ask("/ready")[1], "dropped")
        count = worker.sample("usagewatch_dropped_outputs_total", topic="care-events", type="usage_notice")
        before = await emitted(settings, ["care-events"])
        later = flood(CROWD[:3], at=after("2026-11-10T12:00:00Z", minutes=2))
        await fed(settings, lines_of(later, is_bare=True))
        await caught_up(settings, worker)
        worker.stop()
    out = await emitted(settings, OUTPUTS)

    assert (1, True) == (unknown.exit_code, "greeting is not held back" in unknown.output)
    assert (1, False) == (unsure.exit_code, "dropped" in unsure.output)
    assert (0, len(CROWD) - MOST * PARTITIONS) == (dropped.exit_code, count)
    assert MOST * PARTITIONS == before.total()
    assert before.total() < sum(count for name, count in out.items() if name.startswith("care-events"))
