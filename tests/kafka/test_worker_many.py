"""200,000 records of 20,000 subscribers: killed, shared, taken over, and still each signal once."""

import asyncio

import pytest

from schemas.topics import CDR, PORT_SIGNALS, SIGNALS
from streams.simulate import uniform
from tests.kafka.build_worker import WorkerProcess, caught_up, emitted, expected, fed, lag, made, until

pytestmark = pytest.mark.kafka

LINES = tuple(uniform(1, subscribers=20_000, records=200_000))


def read_count(*workers: WorkerProcess) -> float:
    """Return how many usage records these workers have committed."""
    return sum(worker.sample("usagewatch_records_total", topic=CDR, disposition="read") for worker in workers)


async def test_signals_of_many_subscribers_are_those_of_a_replay(bootstrap_servers: str, prefix: str) -> None:
    """Kill -9 of one worker, two in its place, one of them stopped: the set of ids, each once; lag 0."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    with WorkerProcess(settings) as killed:
        await until(lambda: read_count(killed) > 20_000, "a tenth read")
        killed.kill()
    with WorkerProcess(settings) as stopped, WorkerProcess(settings) as last:
        await until(lambda: read_count(stopped, last) > 60_000, "a half read")
        statuses = [await asyncio.to_thread(stopped.stop)]
        await caught_up(settings, last)
        statuses.append(last.stop())

    signals = {name: 1 for name in expected(LINES) if name.startswith((SIGNALS, PORT_SIGNALS))}
    assert ([0, 0], 0, 18_000) == (statuses, await lag(settings), len(signals))
    assert signals == await emitted(settings, (SIGNALS, PORT_SIGNALS))
