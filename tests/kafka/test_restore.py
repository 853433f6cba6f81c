"""How a worker comes by its states: each partition by itself, and none twice."""

import asyncio
import json
from pathlib import Path

import pytest

from streams.kafka.topic_check import partition_of
from tests.build import Line, data, lines_of, plan, profile
from tests.kafka.build_worker import PARTITIONS, WorkerProcess, caught_up, fed, made, until

pytestmark = pytest.mark.kafka

SLOW = str(Path(__file__).with_name("slow_worker.py"))
RESTORED = "usagewatch_restored_records_total"
IDS = [f"49151{number:03}" for number in range(40)]


def records(name: str) -> list[Line]:
    """Return one usage record of each subscriber."""
    return [data(1, subscriber_id=who, record_id=f"{name}-{who}") for who in IDS]


def phases(worker: WorkerProcess) -> list[str]:
    """Return what each partition does, by its number."""
    page = worker.ask("/ready")[1]
    found = json.loads(page)["partitions"] if page else {}
    return [found[number] for number in sorted(found)]


async def test_a_partition_serves_as_soon_as_its_own_states_are_there(
    bootstrap_servers: str, prefix: str, tmp_path: Path
) -> None:
    """One restores for long: the others count, and it is said which one is waited for, and how far it is."""
    settings = await made(bootstrap_servers, prefix)
    people = [profile(subscriber_id=who) for who in IDS]
    await fed(settings, lines_of([plan(), *people, *records("a")], is_bare=True))
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()
    await fed(settings, lines_of(records("b"), is_bare=True))
    elsewhere = sum(partition_of(who.encode(), PARTITIONS) != 0 for who in IDS)
    go = tmp_path / "go"

    with WorkerProcess(settings, [SLOW, str(go)]) as worker:
        await until(lambda: worker.read_count() == elsewhere, "the others have counted")
        await until(lambda: phases(worker) == ["opening", *["running"] * 3], "and say so")
        status = worker.ask("/ready")[0]
        ratios = {
            number: worker.sample("usagewatch_restore_ratio", partition=str(number))
            for number in range(PARTITIONS)
        }
        go.touch()
        await caught_up(settings, worker)
        read = worker.read_count()
        worker.stop()

    assert (503, {0: 0.0, 1: 1.0, 2: 1.0, 3: 1.0}) == (status, ratios)
    assert (len(IDS), True) == (read, elsewhere < len(IDS))


async def test_a_partition_that_comes_back_untouched_is_not_read_again(
    bootstrap_servers: str, prefix: str
) -> None:
    """At each rebalance all partitions are revoked; only what another worker had in between is restored."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines_of(records("a")))

    with WorkerProcess(settings) as first:
        await caught_up(settings, first)
        before = first.sample(RESTORED)
        with WorkerProcess(settings) as second:
            await until(lambda: len(first.partitions()) == len(second.partitions()) == 2, "shared")
            shared = (first.sample(RESTORED), second.sample(RESTORED))
            await asyncio.to_thread(second.stop)
        await until(lambda: first.partitions() == [0, 1, 2, 3], "all back")
        after = first.sample(RESTORED)
        first.stop()

    assert (0, 0) == (before, shared[0])
    assert 0 < shared[1] == after
    kept = [
        line for line in first.log.splitlines() if "partition open" in line and "from_memory=True" in line
    ]
    assert 4 == len(kept)
