"""All states of an application into an archive: one partition's in memory at a time."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.errors import ConfigError, StateError
from schemas.topics import BY_NAME, INPUTS
from streams.core.archive import Head, State, Tail, Writer
from streams.core.stored import Meta
from streams.kafka.beginning import newest_meta
from streams.kafka.changelog import UNFINISHED, Reader
from streams.kafka.connection import onlooker
from streams.kafka.group import refuse_members
from streams.kafka.states import SILENT, OnProgress, find_changelog, newest_states
from streams.kafka.topic_check import home_of
from streams.kafka.topics import look
from streams.settings import Settings

MISROUTED_MOST: Final = 100_000
"""Keys that are remembered to see whether one has two states; more are a producer to put right first."""
_TOO_MANY: Final = (
    f"over {MISROUTED_MOST:,} states are in another partition than Kafka's default partitioner (murmur2) "
    "gives: `usagewatch topics check --sample` says whose producer it is"
)


async def export_states(
    settings: Settings, write: Callable[[bytes], object], *, on_progress: OnProgress = SILENT
) -> tuple[Head, Tail]:
    """Write every committed state; return what the file says before and after them.

    Raises: ConfigError while a worker is at work or outputs are held back, or without a changelog or broker;
    StateError when another release wrote the states, or an import did not finish.
    """
    changelog = await find_changelog(settings)
    await refuse_members(settings)
    places = [TopicPartition(changelog.name, number) for number in range(changelog.partition_count)]
    async with onlooker(settings.bootstrap_servers) as consumer:
        metas = [await newest_meta(consumer, place, settings) for place in places]
        if any(meta is not None and meta.partition_count == UNFINISHED for meta in metas):
            raise StateError(
                "an import or a rebuild of these states did not finish: there is nothing to keep"
            )
        refuse_holds(metas)
        head = Head(
            app_id=settings.app_id,
            written_ms=time.time_ns() // 1_000_000,
            partition_count=_kept_for(metas),
            metas=tuple(metas),
            unread=await _unread(consumer, settings, metas),
        )
        writer = Writer(write, head)
        found = await consumer.end_offsets(places)
        ends = {place: found[place] for place in places}  # in their order, as the head has them
        tail = await _Export(consumer, settings, ends).run(writer, head, on_progress)
    writer.close(tail)
    return head, tail


def refuse_holds(metas: Iterable[Meta | None]) -> None:
    """Refuse to move states away from outputs that they hold back: those would never be sent.

    Raises: ConfigError.
    """
    held = Counter[str]()
    for meta in metas:
        held.update({} if meta is None else {what: hold.count for what, hold in meta.breaker.holds.items()})
    if held:
        raise ConfigError(
            [
                f"{count:,} of {what} are held back and would stay behind: start a worker, decide with "
                f"`usagewatch resume --send {what}` or `--drop {what}`, and stop it when they are gone"
                for what, count in sorted(held.items())
            ]
        )


def _kept_for(metas: list[Meta | None]) -> int:
    """Return the number of partitions that the states were kept for: topics may have got more since."""
    counts = {meta.partition_count for meta in metas if meta is not None}
    if len(counts) > 1:
        raise StateError(f"the partitions were kept for different numbers of them: {sorted(counts)}")
    return next(iter(counts), len(metas))


class _Export:
    """The partitions of a changelog, up to their ends of one moment."""

    def __init__(
        self, consumer: AIOKafkaConsumer, settings: Settings, ends: dict[TopicPartition, int]
    ) -> None:
        self._consumer = consumer
        self._settings = settings
        self._ends = ends

    async def run(self, writer: Writer, head: Head, on_progress: OnProgress) -> Tail:
        """Write all states. Raises: as `export_states`."""
        starts = await self._consumer.beginning_offsets(list(self._ends))
        total, done, count = sum(self._ends.values()) - sum(starts.values()), 0, 0
        misrouted: set[bytes] = set()
        for (place, end), meta in zip(self._ends.items(), head.metas, strict=True):

            def on_position(position: int, before: int = done - starts[place]) -> None:
                on_progress(before + position, total)

            states = await self._states(place, on_position)
            done += end - starts[place]
            if states and meta is None:
                raise StateError(f"partition {place.partition} has states but no record of how far they are")
            for key, value in states.items():
                writer.add(State(place.partition, key, value))
                if home_of(key, head.partition_count) != place.partition:
                    misrouted.add(key)
            count += len(states)
            if len(misrouted) > MISROUTED_MOST:
                raise ConfigError([_TOO_MANY])
        torn_count = await self._torn(misrouted) if misrouted else 0
        return Tail(state_count=count, misrouted_count=len(misrouted), torn_count=torn_count)

    async def _torn(self, keys: set[bytes]) -> int:
        """Return how many of the keys have a state in more than one partition."""
        seen = Counter[bytes]()
        for place in self._ends:
            seen.update(keys & (await self._states(place, lambda _position: None)).keys())
        return sum(count > 1 for count in seen.values())

    async def _states(self, place: TopicPartition, on_position: Callable[[int], None]) -> dict[bytes, bytes]:
        reader = Reader(self._consumer, self._settings, place.partition)
        return await newest_states(reader, self._ends[place], on_position)


async def _unread(consumer: AIOKafkaConsumer, settings: Settings, metas: list[Meta | None]) -> dict[str, int]:
    """Return how many offsets of each input are written and not yet counted, without those of 0."""
    unread = Counter[str]()
    for name, found in (await look(settings, [BY_NAME[name] for name in INPUTS])).items():
        places = [TopicPartition(found.name, number) for number in range(found.partition_count)]
        starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            meta = metas[place.partition] if place.partition < len(metas) else None
            counted = starts[place] if meta is None else meta.offsets.get(name, starts[place])
            unread[name] += max(0, ends[place] - max(counted, starts[place]))
    return {name: count for name, count in unread.items() if count}
