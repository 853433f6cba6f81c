"""One broker for the whole run, and a name of its own for each test on it."""

import uuid
from collections.abc import Iterator

import pytest

from tests.kafka.broker import Broker, BrokerError


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """Return the run's broker. Tests that stop or kill one start their own: ``with Broker() as own``."""
    try:
        started = Broker()
    except BrokerError as error:
        pytest.fail(str(error), pytrace=False)
    with started:
        yield started


@pytest.fixture(scope="session")
def bootstrap_servers(broker: Broker) -> str:
    """Return the address of the run's broker."""
    return broker.bootstrap_servers


@pytest.fixture
def prefix() -> str:
    """Return a topic prefix (and so an application) that no other test has, today or on a shared broker."""
    return f"t{uuid.uuid4().hex[:10]}."
