"""Bad input on a real broker: one dead letter each, byte for byte, and the partition goes on."""

import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import CDR, DEAD_LETTERS
from tests.build import SUBSCRIBER, data, iso, lines_of, plan, profile
from tests.kafka.build_worker import WorkerProcess, caught_up, fed, made

pytestmark = pytest.mark.kafka

NOW = iso(time.time_ns() // 1_000_000)


def record(*, at: str = NOW, kind: str = "data", up: int = 1, who: str = SUBSCRIBER) -> bytes:
    """Return a usage record's value."""
    fields = (who.encode(), kind.encode(), at.encode(), up)
    return b'{"record_id":"r","subscriber_id":"%b","type":"%b","started_at":"%b","bytes_up":%d}' % fields


BAD: dict[bytes | None, str] = {
    b"not json": "not_json",
    b"x" * 900_000: "not_json",
    b"[" * 100_000 + b"]" * 100_000: "not_json",
    b"[]": "not_an_object",
    b'{"record_id":"r","type":"data"}': "missing_field",
    record(up=-1): "negative_quantity",
    record(at="2026-11-01T08:00:00"): "no_time_zone",
    record(who="other"): "key_mismatch",
    record(kind="smoke"): "unknown_type",
    None: "null_value",
}


async def test_each_bad_record_is_one_dead_letter_and_the_partition_goes_on(
    bootstrap_servers: str, prefix: str
) -> None:
    """The right reason, the original key and bytes, where it was; and the ledger adds up."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines_of([plan(), profile(arrives=NOW)]))
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, max_request_size=2 << 20) as producer:
        for value in BAD:
            await producer.send_and_wait(settings.topic(CDR), value, key=SUBSCRIBER.encode())
    await fed(settings, lines_of([data(1, at=NOW)], is_bare=True))

    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        applied, dead = (
            worker.sample("usagewatch_records_total", topic=CDR, disposition=what)
            for what in ("applied", "dead")
        )
        worker.stop()

    assert (1, len(BAD)) == (applied, dead)
    letters = await dead_letters(bootstrap_servers, settings.topic(DEAD_LETTERS), partition_count=4)
    assert list(BAD.items()) == [(value, headers["reason"].decode()) for _, value, headers in letters]
    assert {(SUBSCRIBER.encode(), CDR.encode())} == {(key, headers["topic"]) for key, _, headers in letters}


async def dead_letters(
    bootstrap_servers: str, topic: str, *, partition_count: int
) -> list[tuple[bytes | None, bytes | None, dict[str, bytes]]]:
    """Return key, value and headers of each."""
    tps = [TopicPartition(topic, number) for number in range(partition_count)]
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning()
        found = []
        while [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [(one.key, one.value, dict(one.headers)) for one in records]
    return found
