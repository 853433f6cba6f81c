"""A worker on a real broker: whatever happens to it, each output is there, and once."""

import asyncio
import signal
from collections import Counter

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import CDR, PORT_SIGNALS, SIGNALS
from tests.kafka.build_worker import (
    PARTITIONS,
    WorkerProcess,
    caught_up,
    emitted,
    expected,
    fed,
    lag,
    made,
    month_of,
    until,
)

pytestmark = pytest.mark.kafka

LINES = month_of(60)
RECORDS = sum(b'"topic":"plans"' not in line and b'"topic":"addons"' not in line for line in LINES)
EXPECTED = expected(LINES)
RAISED = Counter({name: n for name, n in EXPECTED.items() if name.startswith((SIGNALS, PORT_SIGNALS))})


async def test_a_waiting_backlog_emits_what_a_replay_emits(bootstrap_servers: str, prefix: str) -> None:
    """Profiles and usage on several topics, all there before the start: read in the order they came."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    with WorkerProcess(settings) as worker:
        await until(lambda: worker.read_count() == RECORDS, "all records read")
        records = {
            kind: worker.sample("usagewatch_records_total", disposition=kind)
            for kind in ("applied", "duplicate", "held", "dead")
        }
        status = worker.stop()

    assert (0, 0, RECORDS) == (status, await lag(settings), sum(records.values()))
    assert EXPECTED == await emitted(settings)


async def test_a_worker_killed_in_mid_run_goes_on_where_it_was_committed(
    bootstrap_servers: str, prefix: str
) -> None:
    """SIGKILL between or within transactions: nothing is lost and nothing is there twice."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    with WorkerProcess(settings, USAGEWATCH_BATCH_RECORDS="200") as worker:
        await until(lambda: worker.read_count() > RECORDS / 4, "a quarter read")
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        status = worker.stop()

    assert (0, RAISED) == (status, await emitted(settings, (SIGNALS, PORT_SIGNALS)))


async def test_two_workers_share_the_partitions_and_one_takes_over(
    bootstrap_servers: str, prefix: str
) -> None:
    """While records come, a second worker joins and the first is stopped: still each output once."""
    settings = await made(bootstrap_servers, prefix)

    with WorkerProcess(settings) as first, WorkerProcess(settings) as second:
        feeding = asyncio.create_task(fed(settings, LINES, rate_per_s=len(LINES) // 8))
        await until(lambda: len(first.partitions()) == len(second.partitions()) == PARTITIONS // 2, "shared")
        shared = sorted(first.partitions() + second.partitions())
        await until(lambda: first.read_count() > RECORDS / 20, "the first has worked")
        status = await asyncio.to_thread(first.stop)
        await feeding
        # All may be committed before the first is stopped: then there is nothing to catch up with.
        await until(lambda: second.partitions() == list(range(PARTITIONS)), "taken over")
        await caught_up(settings, second)
        second.stop()

    assert (0, [0, 1, 2, 3]) == (status, shared)
    assert RAISED == await emitted(settings, (SIGNALS, PORT_SIGNALS))


async def test_a_frozen_worker_that_wakes_up_is_fenced(bootstrap_servers: str, prefix: str) -> None:
    """SIGSTOP beyond the session: another takes over; what the sleeper still had in hand is void."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    with WorkerProcess(settings, USAGEWATCH_BATCH_RECORDS="200") as sleeper:
        await until(lambda: sleeper.read_count() > RECORDS / 10, "a tenth read")
        sleeper.send(signal.SIGSTOP)
        with WorkerProcess(settings) as other:
            await until(lambda: other.partitions() == [0, 1, 2, 3], "taken over")
            sleeper.send(signal.SIGCONT)
            await until(lambda: len(sleeper.partitions()) == len(other.partitions()) == 2, "shared again")
            await caught_up(settings, sleeper, other)
            status = (other.stop(), sleeper.stop())

    assert ((0, 0), RAISED) == (status, await emitted(settings, (SIGNALS, PORT_SIGNALS)))


async def test_aborted_input_is_not_taken(bootstrap_servers: str, prefix: str) -> None:
    """Inputs may be written in transactions: what was aborted never was; the lag is 0 past markers."""
    settings = await made(bootstrap_servers, prefix)
    topic = settings.topic(CDR)

    with WorkerProcess(settings) as worker:
        async with AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers, transactional_id=prefix, acks="all"
        ) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"aborted", key=b"s1", partition=0)
            await producer.abort_transaction()
            async with producer.transaction():
                await producer.send_and_wait(topic, b"committed", key=b"s1", partition=0)
        await caught_up(settings, worker)
        read = worker.read_count()
        worker.stop()

    assert (1, 0) == (read, await lag(settings))


async def test_a_new_process_goes_on_with_the_states_of_the_last(bootstrap_servers: str, prefix: str) -> None:
    """The day's last records once more, to a new process: they are known, as in a replay of all in one."""
    settings = await made(bootstrap_servers, prefix)
    again = [line for line in LINES if b'"topic":"cdr"' in line][-200:]
    await fed(settings, LINES)
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()
    await fed(settings, again)

    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        read = worker.read_count()
        worker.stop()

    assert 200 == read
    assert expected([*LINES, *again]) == await emitted(settings)
