"""Two that both believe a partition is theirs: the older is stopped, once, and nothing of it is seen."""

import asyncio
import gc
import re
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced

from schemas.topics import OUTPUTS
from streams.core.stored import META_KEY
from streams.kafka.messages import Message
from streams.kafka.transaction import Transactions
from tests.chaos.cluster import FENCED, Cluster, HurtWorker, Make, within
from tests.chaos.load import Load, Spans
from tests.chaos.offsets import asking
from tests.chaos.points import Point
from tests.chaos.verdict import judge

pytestmark = pytest.mark.kafka

LOAD = Load(seed=6, subscriber_count=1_500, record_count=6_000, slice_count=2)
STRUCK_S = 60.0
PATIENT_MS = "60000"
"""Transactions that run out do not end as fenced ones do, and a busy machine takes its time."""


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Let asyncio complain now of what a fenced producer left; later it disturbs others."""
    yield
    gc.collect()


def fences(worker: HurtWorker) -> Counter[str]:
    """Return how often each partition of a worker was fenced."""
    log = worker.log_path.read_text() if worker.log_path else ""
    return Counter(re.findall(rf"{FENCED}.*? partition=(\d+)", log))


async def fed_cluster(make: Make, prefix: str) -> tuple[Cluster, Spans]:
    """Return a cluster that has read its opening with one worker, and the load."""
    cluster = await make(prefix, USAGEWATCH_TRANSACTION_TIMEOUT_MS=PATIENT_MS)
    load = LOAD.write(cluster.folder / "load.jsonl")
    await cluster.feed(load, load.opening)
    cluster.start()
    async with asking(cluster.settings) as offsets:
        await offsets.drained()
    return cluster, load


async def test_a_sleeper_that_wakes_up_in_its_transaction_is_fenced_once(make_cluster: Make) -> None:
    """Its heir has its partitions; it stops them, joins again, and from then on both work side by side."""
    cluster, load = await fed_cluster(make_cluster, "sleeper.")
    (sleeper,) = cluster.workers
    sleeper.points.arm(Point.FREEZE)

    await cluster.feed(load, *load.days[0])
    struck = await within(STRUCK_S, lambda: sleeper.points.has_struck(Point.FREEZE))
    heir = cluster.start()
    took_over = await within(STRUCK_S, lambda: heir.partitions() == [0, 1, 2, 3])
    sleeper.send(signal.SIGCONT)
    shared = await within(STRUCK_S, lambda: len(sleeper.partitions()) == len(heir.partitions()) == 2)
    await cluster.feed(load, *load.days[1], load.closing)
    async with asking(cluster.settings) as offsets:
        await offsets.drained()
    for worker in (sleeper, heir):
        await cluster.stop(worker)
    verdict = await judge(cluster.settings, load.path)

    assert (True, True, True) == (struck, took_over, shared)
    assert {1} == set(fences(sleeper).values())
    assert Counter() == fences(heir)
    assert ([], []) == (verdict.problems(), cluster.complaints)


async def test_a_stranger_that_takes_a_partition_loses_it_to_the_worker_that_owns_it(
    make_cluster: Make,
) -> None:
    """Fenced, the owner asks the group whether it still is; then it opens again, once, and fences back."""
    cluster, load = await fed_cluster(make_cluster, "stranger.")
    (worker,) = cluster.workers
    stranger = Transactions(cluster.settings, 0)

    await stranger.start()
    await cluster.feed(load, *load.days[0], *load.days[1], load.closing)
    async with asking(cluster.settings) as offsets:
        await offsets.drained()
    partitions = worker.partitions()
    with pytest.raises(ProducerFenced):
        await stranger.commit({stranger.changelog: [Message(META_KEY, b"")]}, {})
    await asyncio.gather(stranger.stop(), cluster.stop(worker))
    verdict = await judge(cluster.settings, load.path)

    assert ([0, 1, 2, 3], {"0": 1}) == (partitions, fences(worker))
    assert ([], []) == (verdict.problems(), cluster.complaints)


async def test_a_fence_is_called_a_fence_whenever_it_comes(make_cluster: Make) -> None:
    """While outputs are still handed over too: aiokafka then says that there is no transaction."""
    cluster = await make_cluster("fence.")
    older, newer = Transactions(cluster.settings, 0), Transactions(cluster.settings, 0)
    places = [TopicPartition(cluster.settings.topic(name), 0) for name in OUTPUTS]

    await older.start()
    await newer.start()
    with pytest.raises(ProducerFenced):
        await older.commit({place: [Message(b"k", b"v")] for place in [*places, older.changelog]}, {})
    await asyncio.gather(older.stop(), newer.stop())
