"""``usagewatch state`` against the changelog of a worker that runs."""

import json

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import Result

from schemas.topics import CDR, changelog
from streams.kafka.topic_check import partition_of
from streams.replay import Replay
from streams.settings import Settings
from tests.build import SUBSCRIBER, data, lines_of
from tests.kafka.build_worker import (
    PARTITIONS,
    WorkerProcess,
    caught_up,
    command,
    fed,
    made,
    month_of,
    replayed,
)

pytestmark = pytest.mark.kafka

LINES = month_of(12)


async def asked(settings: Settings, *arguments: str) -> Result:
    """Return what ``usagewatch state`` said."""
    return await command(settings, "state", *arguments)


async def test_a_live_clusters_states_are_a_replays(bootstrap_servers: str, prefix: str) -> None:
    """Subscribers, groups and accounts, each from its own partition, while the worker runs."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)
    wanted = replayed(LINES)

    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        found = {key: json.loads((await asked(settings, key, "--canonical")).stdout) for key in wanted}
        full = json.loads((await asked(settings, SUBSCRIBER_SEEN, "--json")).stdout)
        words = (await asked(settings, SUBSCRIBER_SEEN)).stdout

    assert wanted == found
    assert ({}, wanted[SUBSCRIBER_SEEN]) == (full["behind"], full["state"])
    assert partition_of(SUBSCRIBER_SEEN.encode(), PARTITIONS) == full["partition"]
    assert "its partition has counted all that is there" in words
    assert " ago, " in words


SUBSCRIBER_SEEN = next(key for key in replayed(LINES) if "/" not in key)


async def test_what_is_not_counted_yet_is_said(bootstrap_servers: str, prefix: str) -> None:
    """The worker is away: the state is as it was, and so many records wait."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines_of([data(10)]))
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()
    await fed(settings, lines_of([data(20, record_id="x"), data(30, record_id="y")], is_bare=True))

    found = json.loads((await asked(settings, SUBSCRIBER, "--json")).stdout)
    words = (await asked(settings, SUBSCRIBER)).stdout

    assert ({CDR: 2}, 1_000_000) == (
        found["behind"],
        found["state"]["periods"][0]["buckets"]["data"]["total"],
    )
    assert "its partition has yet to count 2 of cdr" in words


async def test_a_key_that_a_producer_spread_is_found_wherever_it_is(
    bootstrap_servers: str, prefix: str
) -> None:
    """Not in the partition that murmur2 gives: all others are read, and every state is shown."""
    settings = await made(bootstrap_servers, prefix)
    home = partition_of(SUBSCRIBER.encode(), PARTITIONS)
    run = Replay()
    for _ in run.run(lines_of([data(10)])):
        pass
    value = run.pipeline.committed(SUBSCRIBER)
    topic = settings.topic(changelog(settings.app_id).name)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all") as producer:
        for number in range(PARTITIONS):
            if number != home:
                await producer.send_and_wait(topic, value, key=SUBSCRIBER.encode(), partition=number)

    lines = (await asked(settings, SUBSCRIBER, "--json")).stdout.splitlines()

    assert [number for number in range(PARTITIONS) if number != home] == [
        json.loads(line)["partition"] for line in lines
    ]


async def test_who_is_not_there_is_said_plainly(bootstrap_servers: str, prefix: str) -> None:
    """Exit status 1, and nothing on standard output to be taken for a state."""
    settings = await made(bootstrap_servers, prefix)

    found = await asked(settings, "nobody", "--canonical")

    assert (1, "") == (found.exit_code, found.stdout)
    assert "the changelog has no state of that subscriber" in found.stderr
