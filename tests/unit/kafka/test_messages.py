"""Where each output goes, and with which timestamp it lies there."""

import time

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from schemas.envelope import Emitted
from schemas.topics import CARE_EVENTS, GROUP_USAGE, SIGNALS
from streams.kafka.messages import Message, by_place
from streams.kafka.topic_check import partition_of
from streams.kafka.transaction import _fill

KEYS = [b"group/%d" % number for number in range(50)]


def placed(*outputs: Emitted) -> dict[TopicPartition, list[Message]]:
    """Return where outputs of partition 2 of 4 go."""
    return by_place(outputs, partition=2, partition_count=4, physical="t.{}".format)


def usage(key: bytes | None, timestamp_ms: int | None = 7) -> Emitted:
    """Return usage on its way."""
    return Emitted(GROUP_USAGE, "usage", key, b"v", timestamp_ms=timestamp_ms)


def test_outputs_stay_in_the_partition_of_their_cause() -> None:
    """Whatever the key's hash says, each topic's in their order."""
    outputs = [Emitted(topic, "x", b"k%d" % n, b"v") for n, topic in enumerate((SIGNALS, CARE_EVENTS) * 20)]

    places = placed(*outputs)

    assert {TopicPartition("t.signals", 2), TopicPartition("t.care-events", 2)} == set(places)
    assert [b"k%d" % n for n in range(0, 40, 2)] == [
        row.key for row in places[TopicPartition("t.signals", 2)]
    ]


def test_usage_of_a_group_goes_to_the_partition_of_its_key() -> None:
    """To the cause's own too where the key belongs there; each place's in their order, with their arrival."""
    places = placed(*(usage(key, at_ms) for at_ms, key in enumerate(KEYS)))

    assert {TopicPartition("t.group-usage", number) for number in range(4)} == set(places)
    assert {
        place: [(key, at_ms) for at_ms, key in enumerate(KEYS) if partition_of(key, 4) == place.partition]
        for place in places
    } == {place: [(row.key, row.timestamp_ms) for row in rows] for place, rows in places.items()}


@pytest.mark.parametrize("lost", [usage(None), usage(b"group/1", None)])
def test_usage_that_nobody_could_merge_is_not_written(lost: Emitted) -> None:
    """Without a key it has no home, without a time of arrival no place in the order."""
    with pytest.raises(ValueError, match="needs a key and a time of arrival"):
        placed(lost)


def test_a_record_carries_its_own_timestamp_or_the_time_of_writing() -> None:
    """The first one's is no bound: those of a batch go back and forth."""
    rows = [Message(b"k", b"v", timestamp_ms=at_ms) for at_ms in (5_000, 1, 1_800_000_000_000)]
    rows.append(Message(b"k", b"v", (("name", b"content"),)))
    batch = BatchBuilder(1_000, 0, is_transactional=True, key_serializer=None, value_serializer=None)
    before_ms = time.time_ns() // 1_000_000

    count = _fill(batch, rows, 0)

    written = read(batch)
    assert (4, 4) == (count, batch.record_count())
    assert [5_000, 1, 1_800_000_000_000] == [stamp_ms for stamp_ms, _ in written[:3]]
    assert before_ms <= written[3][0] <= time.time_ns() // 1_000_000
    assert [("name", b"content")] == list(written[3][1])


def read(batch: BatchBuilder) -> list[tuple[int, list[tuple[str, bytes]]]]:
    """Return timestamp and headers of each record, as a reader of the bytes has them."""
    records = MemoryRecords(bytes(batch._build()))  # noqa: SLF001 - what the producer sends
    found: list[tuple[int, list[tuple[str, bytes]]]] = []
    while (part := records.next_batch()) is not None:
        found += [(one.timestamp, one.headers) for one in part]
    return found
