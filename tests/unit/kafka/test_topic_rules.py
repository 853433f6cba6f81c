"""What counts as wrong with a topic."""

import pytest

from schemas.topics import BY_NAME, CDR, DEAD_LETTERS, PLANS, SIGNALS, SUBSCRIBERS, changelog
from streams.kafka.topic_check import Sample, partition_of
from streams.kafka.topic_rules import LARGE_BYTES, Found, faults, findings

DAY_MS = 86_400_000


def right(name: str, *, partitions: int = 4, replicas: int = 1, **changed: str) -> Found:
    """Return a topic that is as it must be, but for the settings in ``changed`` (``_`` for ``.``)."""
    topic = BY_NAME.get(name, changelog("app"))
    settings = {
        "cleanup.policy": "compact" if topic.is_compacted else "delete",
        "message.timestamp.type": "LogAppendTime" if topic.is_log_append_time else "CreateTime",
        "retention.ms": str(91 * DAY_MS),
        "retention.bytes": "-1",
        "max.message.bytes": str(LARGE_BYTES),
        "min.insync.replicas": "1",
    }
    settings |= {key.replace("_", "."): value for key, value in changed.items()}
    return Found(name=name, partition_count=partitions, replica_count=replicas, settings=settings)


@pytest.mark.parametrize("name", BY_NAME)
def test_topic_that_is_right_has_no_fault(name: str) -> None:
    """Silence for what is as it must be."""
    assert [] == list(faults(BY_NAME[name], right(name)))


@pytest.mark.parametrize(
    ("found", "begins", "is_grave"),
    [
        (right(CDR, cleanup_policy="compact"), "cdr: cleanup.policy is compact, must be delete", True),
        (right(SUBSCRIBERS, cleanup_policy="delete"), "subscribers: cleanup.policy is delete", True),
        (
            right(SUBSCRIBERS, cleanup_policy="compact,delete"),
            "subscribers: cleanup.policy is compact,d",
            True,
        ),
        (right(CDR, message_timestamp_type="LogAppendTime"), "cdr: message.timestamp.type is LogAp", False),
        (right(SIGNALS, message_timestamp_type="CreateTime"), "signals: message.timestamp.type is Cr", False),
        (right(CDR, retention_ms=str(91 * DAY_MS - 1)), "cdr: retention.ms is 7862399999 (91.0 days)", False),
        (right(CDR, retention_bytes="1000"), "cdr: retention.bytes is 1000, must be -1", False),
        (
            right(DEAD_LETTERS, max_message_bytes="1048588"),
            "dead-letters: max.message.bytes is 1048588",
            False,
        ),
        (
            right(CDR, min_insync_replicas="2"),
            "cdr: min.insync.replicas is 2, but there are 1 replicas",
            True,
        ),
    ],
)
def test_each_fault_is_said_once_and_weighed(found: Found, begins: str, *, is_grave: bool) -> None:
    """A fault names topic, setting, value and what it must be; grave is what loses or misplaces records."""
    said = list(faults(BY_NAME[found.name], found))

    assert [(begins, is_grave)] == [(one.text[: len(begins)], one.is_grave) for one in said]


def test_retention_for_ever_is_right() -> None:
    """-1 is longer than anything."""
    assert [] == list(faults(BY_NAME[CDR], right(CDR, retention_ms="-1")))


def test_partition_counts_that_differ_are_one_grave_finding() -> None:
    """Inputs, outputs and changelog are copartitioned; the catalogue is read whole and may differ."""
    names = (CDR, SUBSCRIBERS, SIGNALS, PLANS)
    found = {name: right(name, partitions=count) for name, count in zip(names, (4, 8, 4, 1), strict=True)}

    said = list(findings([BY_NAME[name] for name in names], found, prefix=""))

    assert [("partition counts differ, must be one number: 4 in cdr, signals; 8 in subscribers", True)] == [
        (one.text.rpartition("; ")[0], one.is_grave) for one in said
    ]


def test_missing_topic_is_grave() -> None:
    """It is named as it would be on the cluster."""
    said = list(findings([BY_NAME[CDR]], {}, prefix="a."))

    assert [("a.cdr: missing, `usagewatch topics create` makes it", True)] == [
        (one.text, one.is_grave) for one in said
    ]


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"abc", 479470107),
    ],
)
def test_partition_is_that_of_kafkas_own_producer(key: bytes, murmur2: int) -> None:
    """murmur2 without its sign, modulo the count.

    Source: org.apache.kafka.common.utils.UtilsTest, testMurmur2.
    """
    assert (murmur2 & 0x7FFFFFFF) % 1000 == partition_of(key, 1000)


def test_keys_in_the_wrong_partition_are_counted_not_shown() -> None:
    """A sample says how many and where, never whose."""
    seen = Sample()
    home = partition_of(b"8613800000001", 4)
    other = (home + 1) % 4
    seen.see("cdr", b"8613800000001", home, partition_count=4)
    seen.see("subscribers", b"8613800000001", other, partition_count=4)

    said = [one.text for one in seen.findings()]
    elsewhere = "lie elsewhere than Kafka's default partitioner (murmur2) puts them"
    both = ", ".join(map(str, sorted((home, other))))

    assert [
        f"subscribers: 1 sampled keys {elsewhere}, seen in partition {other}",
        f"1 sampled keys were seen in two partitions or more: partition {both}",
    ] == said
