"""The follower of plans and add-ons, on a real broker."""

import asyncio

import pytest

from streams.core.catalog import Catalog
from streams.kafka.catalog import Follower
from streams.metrics import Metrics
from tests.build import lines_of, plan
from tests.kafka.build_worker import fed, made

pytestmark = pytest.mark.kafka


class BrokenError(Exception):
    """What our own code raises in this test."""


async def test_follower_that_fails_is_not_silent(bootstrap_servers: str, prefix: str) -> None:
    """Partitions wait for the catalogue's end: when nobody reads it any more, the worker must hear of it."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines_of([plan()], is_bare=True))
    heard: asyncio.Queue[Exception] = asyncio.Queue()

    def fail(plan_id: str) -> None:
        raise BrokenError(plan_id)

    follower = Follower(settings, Metrics(), Catalog(), on_plan=fail, on_fatal=heard.put_nowait)
    await follower.start({"plans": 1, "addons": 1})
    error = await asyncio.wait_for(heard.get(), timeout=60)
    await follower.stop()

    assert BrokenError is type(error)
