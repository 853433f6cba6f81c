"""A worker that is told to stop while its broker is away."""

import pytest

from tests.chaos.cluster import Make
from tests.chaos.load import Load
from tests.chaos.offsets import asking
from tests.kafka.broker import Broker

pytestmark = pytest.mark.kafka


async def test_a_worker_ends_without_its_broker(own_broker: Broker, make_cluster: Make) -> None:
    """With SIGTERM, in good order: it has nothing in hand that it could not do again."""
    cluster = await make_cluster("outage.")
    load = Load(seed=7, subscriber_count=100, record_count=500, slice_count=1).write(
        cluster.folder / "load.jsonl"
    )
    worker = cluster.start()
    await cluster.feed(load, load.opening, *load.days[0])
    async with asking(cluster.settings) as offsets:
        await offsets.drained()

    own_broker.kill()
    try:
        await cluster.stop(worker)
    finally:
        own_broker.start()

    assert (0, []) == (worker.status, cluster.complaints)
    assert [] == [word for word in ("Traceback", "too long") if word in worker.log]
