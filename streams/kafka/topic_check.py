"""Whether a cluster's topics can be worked on: what `usagewatch topics check` and a starting worker ask."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import murmur2
from msgspec import Struct, field

from schemas.decode import ID_FIELD
from schemas.topics import BY_NAME, FROM_OUTSIDE, INPUTS
from streams.kafka.connection import onlooker
from streams.kafka.topic_rules import Finding, Found, findings
from streams.kafka.topics import all_topics, look
from streams.settings import Settings

SAMPLE_COUNT: Final = 10_000
"""Newest records read of each partition: enough for a producer with another partitioner to show at once."""
POLL_MS: Final = 500
KIND_END: Final = b"/"
"""Before the id in the key of a group's or an account's state, which is in the partition of the id alone."""


async def check(settings: Settings) -> list[Finding]:
    """Return all that is wrong with the topics."""
    topics = all_topics(settings.app_id)
    return list(findings(topics, await look(settings, topics), prefix=settings.topic_prefix))


async def problems(settings: Settings) -> list[str]:
    """Return what forbids a worker to start: a sentence each; empty when it may."""
    return [finding.text for finding in await check(settings) if finding.is_grave]


class Sample(Struct):
    """Where the keys of one kind were seen: at most `SAMPLE_COUNT` keys a partition, never shown."""

    partitions: dict[bytes, set[int]] = field(default_factory=dict)
    key_counts: dict[str, int] = field(default_factory=dict)
    strays: dict[str, set[bytes]] = field(default_factory=dict)
    """By topic: keys in another partition than murmur2 gives."""
    stray_partitions: dict[str, set[int]] = field(default_factory=dict)
    unkeyed: dict[str, int] = field(default_factory=dict)

    def see(self, topic: str, key: bytes | None, partition: int, *, partition_count: int) -> None:
        """Take one record's place."""
        if key is None:
            self.unkeyed[topic] = self.unkeyed.get(topic, 0) + 1
            return
        self.partitions.setdefault(key, set()).add(partition)
        if partition_of(key, partition_count) != partition:
            self.strays.setdefault(topic, set()).add(key)
            self.stray_partitions.setdefault(topic, set()).add(partition)

    def findings(self) -> list[Finding]:
        """Return what is wrong with the places: numbers only, no key."""
        said = [
            Finding(
                f"{topic}: {len(keys)} sampled keys lie elsewhere than Kafka's default partitioner "
                f"(murmur2) puts them, seen in {_numbers(self.stray_partitions[topic])}",
                is_grave=True,
            )
            for topic, keys in self.strays.items()
        ]
        torn = [places for places in self.partitions.values() if len(places) > 1]
        if torn:
            said.append(
                Finding(
                    f"{len(torn)} sampled keys were seen in two partitions or more: "
                    f"{_numbers(set().union(*torn))}",
                    is_grave=True,
                )
            )
        said += [
            Finding(f"{topic}: {count} sampled records have no key") for topic, count in self.unkeyed.items()
        ]
        return said


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, count: int) -> int:
    """Return the partition that Kafka's default partitioner gives a key."""
    # The sign bit is cleared, as the Java client does it.
    return (int(murmur2(key)) & 0x7FFFFFFF) % count


def home_of(key: bytes, count: int) -> int:
    """Return the partition in which a state of this key belongs."""
    return partition_of(key.partition(KIND_END)[2] or key, count)


async def sample(settings: Settings) -> list[Finding]:
    """Return what is wrong with the partitions in which others put their newest records."""
    kinds: dict[str, Sample] = {}
    found = await look(settings, [BY_NAME[name] for name in INPUTS if name in FROM_OUTSIDE])
    async with onlooker(settings.bootstrap_servers) as consumer:
        for name, topic in found.items():
            # Keys of one kind are copartitioned over their topics, so those share a sample.
            await _read(consumer, topic, kinds.setdefault(ID_FIELD[name], Sample()))
    return [finding for kind in kinds.values() for finding in kind.findings()]


async def _read(consumer: AIOKafkaConsumer, topic: Found, into: Sample) -> None:
    """Read the newest records of each partition, up to the end that it has now."""
    places = [TopicPartition(topic.name, number) for number in range(topic.partition_count)]
    first, last = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    waiting = [place for place in places if first[place] < last[place]]
    consumer.assign(waiting)
    for place in waiting:
        consumer.seek(place, max(first[place], last[place] - SAMPLE_COUNT))
    while waiting:
        for place, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            for record in records:
                into.see(topic.name, record.key, place.partition, partition_count=len(places))
        waiting = [place for place in waiting if await consumer.position(place) < last[place]]


def _numbers(partitions: Sequence[int] | set[int]) -> str:
    """Return at most ten partition numbers in words."""
    shown = sorted(partitions)
    more = f" and {len(shown) - 10} more" if len(shown) > 10 else ""  # noqa: PLR2004 - ten fit on a line
    return f"partition {', '.join(map(str, shown[:10]))}{more}"
