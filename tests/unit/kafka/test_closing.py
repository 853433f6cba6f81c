"""How a consumer is closed whose broker is away."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streams.kafka.closing import stop_consumer


class Client:
    """What a consumer asks with."""

    def __init__(self) -> None:
        self.is_closed = False
        self.fault: Exception | None = None

    async def close(self) -> None:
        """Close the connections, or fail as one does whose task for metadata has died."""
        if self.fault is not None:
            raise self.fault
        self.is_closed = True


class Consumer:
    """One whose ``stop`` does what it is told, and does not come as far as its client."""

    def __init__(self, stop: Callable[[], Awaitable[None]]) -> None:
        self.stop = stop
        self._client = Client()
        self.client = self._client


async def fetching() -> None:
    """Wait for what never comes."""
    await asyncio.get_running_loop().create_future()


async def stop() -> None:
    """End as aiokafka's ``Fetcher.close`` does: cancel an own fetch that waits to be tried again."""
    pending = asyncio.create_task(fetching())
    await asyncio.sleep(0)
    pending.cancel()
    await pending


async def test_the_end_of_a_clients_own_fetch_is_not_taken_for_ours() -> None:
    """Whoever closes a consumer goes on: a partition would else be dead, and nobody would hear of it."""
    with pytest.raises(asyncio.CancelledError):
        await stop()
    consumer = Consumer(stop)

    await stop_consumer(consumer)

    assert consumer.client.is_closed


async def test_a_consumer_that_does_not_stop_is_given_up() -> None:
    """And leaves no connection."""
    consumer = Consumer(fetching)

    await stop_consumer(consumer, limit_s=0.01)

    assert consumer.client.is_closed


async def test_whoever_closes_goes_on_where_the_connections_cannot_be_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is in the log, by its kind alone."""
    consumer = Consumer(fetching)
    consumer.client.fault = RuntimeError("of somebody")

    await stop_consumer(consumer, limit_s=0.01)

    assert ["connections given up"] == [record.getMessage() for record in caplog.records]
    assert "of somebody" not in caplog.text


async def test_whoever_is_cancelled_while_it_closes_ends() -> None:
    """A partition that is taken away does not go on."""
    consumer = Consumer(fetching)
    closing = asyncio.create_task(stop_consumer(consumer))
    await asyncio.sleep(0)

    closing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await closing
    assert consumer.client.is_closed
