"""Where partitions go on whose states were moved: their offsets and meta records on another cluster.

Offsets of one cluster mean nothing on another. So where reading goes on is what a person says (`Origin`), and
only where the inputs are empty is there nothing to say. `group-usage` goes on at its end whatever is said:
what is in it was counted, and is made anew of records that are read again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec.structs import replace

from schemas.errors import ConfigError
from schemas.topics import BY_NAME, GROUP_USAGE, INPUTS
from streams.core.archive import Head
from streams.core.stored import Meta
from streams.kafka.topics import look
from streams.settings import Settings

Origin = Literal["stopped", "beginning", "end"] | int
"""Where reading goes on: at the states' own offsets, at a topic's beginning or end, or at what arrived from
an instant on (milliseconds)."""
Offsets = dict[str, dict[int, int]]
"""By logical input topic and partition."""


async def find_offsets(
    consumer: AIOKafkaConsumer, settings: Settings, head: Head, origin: Origin | None
) -> Offsets:
    """Return each input's offsets. Raises: ConfigError where that is not known, or loses records."""
    found = await look(settings, [BY_NAME[name] for name in INPUTS])
    places = {
        name: [TopicPartition(one.name, number) for number in range(one.partition_count)]
        for name, one in found.items()
    }
    every = [place for some in places.values() for place in some]
    starts, ends = await consumer.beginning_offsets(every), await consumer.end_offsets(every)
    if origin == "stopped":
        return _stopped(head, places, starts, ends)
    _check_origin(head, origin, is_empty=all(starts[place] == ends[place] for place in every))
    at = {place: starts[place] if origin == "beginning" else ends[place] for place in every}
    if isinstance(origin, int):
        timed = await consumer.offsets_for_times(dict.fromkeys(every, origin))
        at = {place: ends[place] if one is None else one.offset for place, one in timed.items()}
    at |= {place: ends[place] for place in places[GROUP_USAGE]}
    return {name: {place.partition: at[place] for place in some} for name, some in places.items()}


def _check_origin(head: Head, origin: Origin | None, *, is_empty: bool) -> None:
    """Raise ConfigError where records may be lost, or counted twice, without anybody having said so."""
    if origin is None and not is_empty:
        raise ConfigError(
            ["the inputs are not empty: say with --read-from which of their records the states do not know"]
        )
    if head.unread and origin in {None, "end"}:
        unread = ", ".join(f"{count:,} of {name}" for name, count in sorted(head.unread.items()))
        mistake = (
            f"{unread} were not counted yet when the states were exported, and never would be: export when "
            "the worker has caught up, or say with --read-from where these records begin here"
        )
        raise ConfigError([mistake])


def _stopped(
    head: Head,
    places: Mapping[str, Sequence[TopicPartition]],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> Offsets:
    """Return the offsets at which the states stopped. Raises: ConfigError if these are other topics."""
    needed = head.partition_count
    if any(len(some) != needed for some in places.values()):
        raise ConfigError([f"--read-from stopped: the topics must have {needed} partitions, as they had"])
    offsets: Offsets = {}
    for name, some in places.items():
        for place in some:
            meta = head.metas[place.partition]
            offset = starts[place] if meta is None else meta.offsets.get(name, starts[place])
            if not starts[place] <= offset <= ends[place]:
                has = f"has {starts[place]} to {ends[place]}: is it another topic?"
                where = f"{offset} of partition {place.partition} of {place.topic}"
                raise ConfigError([f"--read-from stopped: the states stopped at {where}, which {has}"])
            offsets.setdefault(name, {})[place.partition] = offset
    return offsets


def metas_of(head: Head, offsets: Offsets, count: int) -> list[Meta]:
    """Return each partition's meta record.

    Among as many partitions as before each goes on as it was. Among others the ledger is the first one's,
    as one sum, and all have the newest clock: the states that come together have been timed by any of them.
    """
    known = [meta for meta in head.metas if meta is not None]
    clock_ms = max((meta.clock_ms for meta in known), default=0)
    muted = [meta.muted_until_ms for meta in known if meta.muted_until_ms is not None]
    lags = [meta.lag_ms for meta in known if meta.lag_ms is not None]
    empty = Meta(
        offsets={},
        partition_count=count,
        clock_ms=clock_ms,
        muted_until_ms=max(muted, default=None),
        lag_ms=min(lags, default=None),
    )
    if count == head.partition_count:
        metas = [meta or replace(empty, clock_ms=0) for meta in head.metas[:count]]
    else:
        first = replace(
            empty,
            ledger=_sum(meta.ledger for meta in known),
            rejected=_sum(meta.rejected for meta in known),
        )
        metas = [first, *[empty] * (count - 1)]
    return [
        replace(meta, offsets={name: at[number] for name, at in offsets.items()})
        for number, meta in enumerate(metas)
    ]


def _sum(ledgers: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for ledger in ledgers:
        total.update(ledger)
    return dict(total)
