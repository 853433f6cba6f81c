"""The broker of these tests, which is ours to stop and kill, and clusters of which nothing is left behind."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chaos.cluster import Cluster, Make
from tests.kafka.broker import Broker, BrokerError


@pytest.fixture(scope="session")
def own_broker() -> Iterator[Broker]:
    """Return a broker of our own."""
    try:
        started = Broker()
    except BrokerError as error:
        pytest.fail(str(error), pytrace=False)
    if started.is_external:
        pytest.skip("somebody else's broker is neither stopped nor killed")
    with started:
        yield started


@pytest.fixture
async def make_cluster(own_broker: Broker, tmp_path: Path) -> AsyncIterator[Make]:
    """Return a function that makes a cluster on our broker; its workers end with the test."""
    clusters: list[Cluster] = []

    async def make(prefix: str, *, way: str = "", **variables: str) -> Cluster:
        clusters.append(await Cluster.on(own_broker, prefix, tmp_path, way=way, **variables))
        return clusters[-1]

    yield make
    for cluster in clusters:
        await cluster.end()
