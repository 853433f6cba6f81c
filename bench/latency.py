"""From the moment a record is handed to the producer to the moment its alert is read, committed."""

import asyncio
import random
import time

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.cluster import PARTITION_COUNT, Cluster
from schemas.topics import CDR, PLANS, SIGNALS, SUBSCRIBERS

SUBSCRIBER_COUNT = 4_000
_RECORD_BYTES = 10_000_000
_ALLOWANCE_BYTES = 100_000_000
"""Ten records: with 15 for each subscriber, spread at random, one record in five raises an alert."""
_SETTLE_S = 3.0
_SLICE_S = 0.01


async def measure(cluster: Cluster, *, records: int, per_second: int) -> list[float]:
    """Return milliseconds from production to alert, for each alert raised.

    Raises: TimeoutError if there is none.
    """
    sent_s: dict[str, float] = {}
    waits_ms: list[float] = []
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers, linger_ms=2)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=cluster.bootstrap_servers, isolation_level="read_committed", fetch_max_wait_ms=50
    )
    await producer.start()
    await consumer.start()
    try:
        partitions = [TopicPartition(cluster.prefix + SIGNALS, number) for number in range(PARTITION_COUNT)]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        for partition in partitions:
            await consumer.position(partition)
        await _send_catalog(cluster, producer)
        reading = asyncio.create_task(_read(consumer, sent_s, waits_ms))
        await _send(cluster, producer, sent_s, records=records, per_second=per_second)
        await asyncio.sleep(_SETTLE_S)
        reading.cancel()
    finally:
        await consumer.stop()
        await producer.stop()
    if not waits_ms:
        raise TimeoutError("no alert was seen")
    return waits_ms


async def _send_catalog(cluster: Cluster, producer: AIOKafkaProducer) -> None:
    """Write the plan, then the profiles."""
    allowance = {"bucket": "data", "amount": _ALLOWANCE_BYTES, "beyond": {"action": "charge"}}
    plan = {"plan_id": "latency", "currency": "EUR", "allowances": [allowance]}
    await producer.send_and_wait(cluster.prefix + PLANS, orjson.dumps(plan), key=b"latency")
    for number in range(SUBSCRIBER_COUNT):
        profile = {"subscriber_id": f"s{number}", "plan_id": "latency", "time_zone": "Europe/Berlin"}
        value = orjson.dumps({**profile, "cycle_day": 1, "jurisdiction": "DE"})
        await producer.send(cluster.prefix + SUBSCRIBERS, value, key=f"s{number}".encode())
    await producer.flush()


async def _send(
    cluster: Cluster, producer: AIOKafkaProducer, sent_s: dict[str, float], *, records: int, per_second: int
) -> None:
    """Write usage records evenly, in slices of a hundredth of a second."""
    draw = random.Random(1)  # noqa: S311  # a benchmark, nothing secret
    begins_s = time.perf_counter()
    for index in range(records):
        ahead_s = begins_s + index / per_second - time.perf_counter()
        if ahead_s > _SLICE_S:
            await asyncio.sleep(ahead_s)
        subscriber_id = f"s{draw.randrange(SUBSCRIBER_COUNT)}"
        value = {
            "record_id": str(index),
            "source": "bench",
            "subscriber_id": subscriber_id,
            "type": "data",
            "started_at": int(time.time() * 1000),
            "bytes_down": _RECORD_BYTES,
        }
        sent_s[str(index)] = time.perf_counter()
        await producer.send(cluster.prefix + CDR, orjson.dumps(value), key=subscriber_id.encode())
    await producer.flush()


async def _read(consumer: AIOKafkaConsumer, sent_s: dict[str, float], waits_ms: list[float]) -> None:
    async for message in consumer:
        signal = orjson.loads(message.value)
        waits_ms.append((time.perf_counter() - sent_s[signal["evidence"][0]["record_id"]]) * 1000)
