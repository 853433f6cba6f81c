"""What a batch writes, by the place that it goes to.

::

    input partition p ─┬─ signals, care-events, dead-letters …  partition p, whatever the key's hash says
                       ├─ changelog                             partition p, of which it is the only writer
                       └─ group-usage                           the key's partition: another, or p itself

A group's lines may be in any partitions, its own state is in one. So `group-usage` alone crosses over, in the
same transaction as everything else of *p*: a record that counted as sent is there, and once. It carries the
arrival time of its cause, by which it is merged with the other inputs where it arrives.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from aiokafka import TopicPartition

from schemas.envelope import Emitted
from schemas.topics import GROUP_USAGE
from streams.kafka.topic_check import partition_of


class Message(NamedTuple):
    """One record to write."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int | None = None
    """None: the time of writing."""


def by_place(
    outputs: Iterable[Emitted], *, partition: int, partition_count: int, physical: Callable[[str], str]
) -> dict[TopicPartition, list[Message]]:
    """Return the outputs of input partition ``partition``, each place's in their order.

    ``physical`` gives a topic's name on the cluster.
    Raises: ValueError for usage of a group that says neither whose it is nor when it arrived.
    """
    own: dict[str, list[Message]] = {}
    shared: dict[int, list[Message]] = {}
    for topic, _, key, value, headers, timestamp_ms in outputs:
        if topic != GROUP_USAGE:
            own.setdefault(topic, []).append(Message(key, value, headers))
        elif key is None or timestamp_ms is None:
            raise ValueError("usage of a group needs a key and a time of arrival")
        else:
            home = partition_of(key, partition_count)
            shared.setdefault(home, []).append(Message(key, value, headers, timestamp_ms))
    places = {TopicPartition(physical(topic), partition): rows for topic, rows in own.items()}
    name = physical(GROUP_USAGE)
    return places | {TopicPartition(name, home): rows for home, rows in shared.items()}
