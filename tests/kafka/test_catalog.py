"""The follower of plans and add-ons, on a real broker."""

import asyncio

import pytest

from schemas.envelope import Raw
from streams.core.catalog import Catalog
from streams.kafka.catalog import Follower, partition_counts
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
    await follower.start(await partition_counts(settings))
    error = await asyncio.wait_for(heard.get(), timeout=60)
    await follower.stop()

    assert BrokenError is type(error)


class Breaking(Catalog):
    """Raises on a plan called ``breaks``."""

    def apply(self, raw: Raw) -> str | None:
        """Take the record, or break."""
        if b'"breaks"' in (raw.value or b""):
            raise BrokenError(raw.value)
        return super().apply(raw)


async def test_a_plan_that_breaks_our_code_is_not_taken_and_the_ones_behind_it_are(
    bootstrap_servers: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every worker reads it again at each start: none would ever work again."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines_of([plan(plan_id="breaks"), plan()], is_bare=True))
    failures: list[Exception] = []
    metrics, catalog = Metrics(), Breaking()
    follower = Follower(settings, metrics, catalog, on_plan=lambda _: None, on_fatal=failures.append)
    await follower.start(await partition_counts(settings))
    await follower.read_to_end()
    await follower.stop()

    labels = {"topic": "plans", "reason": "defect"}
    assert ([], 1) == (
        failures,
        metrics.registry.get_sample_value("usagewatch_catalog_rejected_total", labels),
    )
    assert (None, True) == (catalog.plan("breaks"), catalog.plan("p") is not None)
    assert ["BrokenError in tests.kafka.test_catalog"] == [
        vars(line)["detail"].partition(":")[0] for line in caplog.records if "bad plan" in line.getMessage()
    ]
