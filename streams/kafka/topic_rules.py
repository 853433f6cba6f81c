"""What is wrong with topics as they are found: no broker in here, only rules over what one said.

A *grave* finding would lose or misplace records or states, so a worker does not start on it. The others cost
something later: histories that expire, dead letters that do not fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY
from schemas.topics import DEAD_LETTERS, Role, Topic

RETENTION_LEAST_DAYS: Final = 31 + 60
"""The longest period and its late horizon (WIRE.md, Time): a state can be built anew from the inputs."""
LARGE_BYTES: Final = 8 * 1024 * 1024
"""A dead letter is a whole record and its headers; a state holds up to 64 KiB of records and much else."""
FOREVER_MS: Final = -1
ANY_TIME_MS: Final = 2**63 - 1

COPARTITIONED: Final = frozenset({Role.INPUT, Role.OUTPUT, Role.CHANGELOG, Role.INTERNAL})
READ_WHOLE: Final = frozenset({Role.CATALOG, Role.CONTROL})
"""Of one partition: small, and read by everybody."""


class Found(Struct, frozen=True):
    """One topic as the cluster describes it."""

    name: str
    """With prefix."""
    partition_count: int
    replica_count: int
    """Of the partition that has the fewest."""
    settings: Mapping[str, str]


class Finding(Struct, frozen=True):
    """One thing that is wrong, in one sentence that begins with the topic."""

    text: str
    is_grave: bool = False


def findings(topics: Sequence[Topic], found: Mapping[str, Found], *, prefix: str) -> Iterator[Finding]:
    """Yield all that is wrong, in the order of ``topics``; ``found`` is by logical name."""
    for topic in topics:
        if topic.name in found:
            yield from faults(topic, found[topic.name])
        else:
            yield Finding(
                f"{prefix}{topic.name}: missing, `usagewatch topics create` makes it", is_grave=True
            )
    yield from _counts(
        [found[topic.name] for topic in topics if topic.role in COPARTITIONED and topic.name in found]
    )


def faults(topic: Topic, found: Found) -> Iterator[Finding]:
    """Yield what is wrong with one topic whatever was asked for."""
    yield from _policy(topic, found)
    stamped = found.settings.get("message.timestamp.type")
    right = "LogAppendTime" if topic.is_log_append_time else "CreateTime"
    if stamped != right:
        why = (
            "a history would expire on being written"
            if topic.is_log_append_time
            else "arrival times are lost"
        )
        yield Finding(f"{found.name}: message.timestamp.type is {stamped}, must be {right}: {why}")
    if not topic.is_compacted:
        yield from _retention(found)
    if topic.name == DEAD_LETTERS or topic.role is Role.CHANGELOG:
        most_bytes = int(found.settings.get("max.message.bytes", LARGE_BYTES))
        if most_bytes < LARGE_BYTES:
            yield Finding(f"{found.name}: max.message.bytes is {most_bytes}, must be {LARGE_BYTES} or more")
    needed = int(found.settings.get("min.insync.replicas", 1))
    if needed > found.replica_count:
        yield Finding(
            f"{found.name}: min.insync.replicas is {needed}, but there are {found.replica_count} replicas: "
            "nothing can be written",
            is_grave=True,
        )


def unlike(topic: Topic, found: Found, *, wanted: Found) -> Iterator[Finding]:
    """Yield where a topic that is there already is not what was asked for just now."""
    if found.partition_count != wanted.partition_count and topic.role not in READ_WHOLE:
        yield Finding(
            f"{found.name}: has {found.partition_count} partitions, not {wanted.partition_count}",
            is_grave=True,
        )
    if found.replica_count < wanted.replica_count:
        yield Finding(f"{found.name}: has {found.replica_count} replicas, not {wanted.replica_count}")
    for key, value in wanted.settings.items():
        if found.settings.get(key) != value:
            yield Finding(f"{found.name}: {key} is {found.settings.get(key)}, not {value}")


def _policy(topic: Topic, found: Found) -> Iterator[Finding]:
    policy = found.settings.get("cleanup.policy")
    right = "compact" if topic.is_compacted else "delete"
    if policy != right:
        why = "the newest of each key must stay" if topic.is_compacted else "records of one key must all stay"
        yield Finding(f"{found.name}: cleanup.policy is {policy}, must be {right}: {why}", is_grave=True)


def _retention(found: Found) -> Iterator[Finding]:
    retention_ms = int(found.settings.get("retention.ms", FOREVER_MS))
    if FOREVER_MS != retention_ms < RETENTION_LEAST_DAYS * MS_PER_DAY:
        yield Finding(
            f"{found.name}: retention.ms is {retention_ms} ({retention_ms / MS_PER_DAY:.1f} days), must be "
            f"{RETENTION_LEAST_DAYS} days or more: a period and its late horizon"
        )
    most_bytes = int(found.settings.get("retention.bytes", FOREVER_MS))
    if most_bytes != FOREVER_MS:
        yield Finding(f"{found.name}: retention.bytes is {most_bytes}, must be -1: only time may delete")


def _counts(found: Sequence[Found]) -> Iterator[Finding]:
    """Yield one finding when the topics do not all have the same number of partitions."""
    names: dict[int, list[str]] = {}
    for one in found:
        names.setdefault(one.partition_count, []).append(one.name)
    if len(names) > 1:
        parts = (f"{count} in {', '.join(names[count])}" for count in sorted(names))
        yield Finding(
            f"partition counts differ, must be one number: {'; '.join(parts)}; with more partitions keys go "
            "elsewhere, so the states must be moved: `usagewatch state export` and `import`",
            is_grave=True,
        )
