"""How aiokafka's consumers and producers are closed, be their broker there or not.

Their own ``stop`` waits for a broker that is away. When that is cut short it leaves the connections open and
tasks that ask the broker for ever, with each outage more of them: so what is below is closed all the same.
"""

import asyncio
import logging
from itertools import chain
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

STOP_S: Final = 3.0

log = logging.getLogger(__name__)


async def stop_consumer(consumer: AIOKafkaConsumer, *, limit_s: float | None = STOP_S) -> None:
    """Close a consumer, after ``limit_s`` whatever it still waits for.

    While the broker is away a consumer waits to fetch again, and its ``stop`` lets the end of that wait
    through as if its caller had been cancelled: a partition that was being restored would be dead. And while
    it drops a former assignment it takes no notice of being cancelled, and would be waited for without end.
    """
    try:
        async with asyncio.timeout(limit_s):
            await consumer.stop()
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
    finally:
        await close_client(consumer._client)  # noqa: SLF001 - aiokafka has no other way


async def stop_producer(producer: AIOKafkaProducer) -> Exception | None:
    """Close a producer; what is still on its way after a moment is given up.

    Returns: why it was given up, if it was.
    """
    try:
        await asyncio.wait_for(producer.stop(), STOP_S)
    except Exception as error:  # noqa: BLE001 - a broken connection may fail in any way while it is closed
        await _give_up(producer)
        return error
    finally:
        await close_client(producer.client)
    return None


async def close_client(client: AIOKafkaClient) -> None:
    """Close the connections, and end what keeps them up; whoever closes goes on, whatever is wrong."""
    try:
        await asyncio.wait_for(client.close(), STOP_S)
    except TimeoutError:
        pass  # whose broker is away: that is said elsewhere
    except Exception as error:  # noqa: BLE001 - a broken connection may fail in any way while it is closed
        log.warning("connections given up", extra={"error": type(error).__name__})


async def _give_up(producer: AIOKafkaProducer) -> None:
    """End the task that sends, which retries for ever, and the one that waits for what is to be sent."""
    sender = producer._sender.sender_task  # noqa: SLF001 - aiokafka has no other way
    for _ in range(0 if sender is None else 2):  # the first time it goes on to wait for a request of its own
        sender.cancel()
        await asyncio.sleep(0)
    accumulator = producer._message_accumulator  # noqa: SLF001
    for batch in chain(*accumulator._batches.values(), accumulator._pending_batches):  # noqa: SLF001
        batch.future.cancel()
