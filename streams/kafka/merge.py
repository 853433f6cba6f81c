"""The inputs of one partition as one stream in order of arrival (WIRE.md, Time). Pure: fed by fetches.

::

    cdr           ──[r r r r]──┐
    usage-events  ──[r]────────┼── earliest head next ── pop
    group-usage   ──[r r]──────┤
    subscribers   ──[]─────────┘
                     └ nothing buffered: at its end → holds nobody up; unread records known → all wait for it

A lane knows the position up to which it has been fed and, from the broker, where its topic ends. What was
fetched before a seek and arrives after it does not fit the position; so it is recognised and dropped.

`group-usage` is written by all partitions, each at its own pace: its records lie in the order of commits,
not of arrival, and what comes behind a later one is taken behind it. What an open transaction holds back is
not known to be there: nobody waits for it, and a partition that has read all else is at its end.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import TopicPartition

from schemas.envelope import Raw
from schemas.topics import BY_NAME

UNKNOWN = -1
"""End of a topic that no fetch has told yet, or none lately enough: all wait for the next."""
NEVER = (1 << 63, 0)
"""Sorts after every arrival time."""


class Fetch(NamedTuple):
    """What one fetch brought of one topic's partition: the records of ``[start, position)``."""

    topic: str
    """Logical name."""
    partition: int
    start: int
    position: int
    """Where the next fetch continues: past the last record and the markers of transactions after it."""
    end: int
    """Last stable offset at that moment, or `UNKNOWN`: not told yet, or told before others' records came."""
    records: list[Raw]
    size_bytes: int


def by_partition(fetches: Iterable[Fetch]) -> dict[int, tuple[Fetch, ...]]:
    """Return what is new of each partition, all topics together.

    They must be heard together: whoever takes a topic's new records before it hears of an earlier one's takes
    the earlier topic for read to its end, and goes on without it.
    """
    together: dict[int, list[Fetch]] = {}
    for fetch in fetches:
        together.setdefault(fetch.partition, []).append(fetch)
    return {number: tuple(some) for number, some in together.items()}


class Answer(NamedTuple):
    """The newest answer to a fetch that spoke of a topic's partition."""

    node_id: int | None
    """Who gave it: one node's answers come one after the other."""
    at_ms: int


def outdated(
    answers: Mapping[TopicPartition, Answer], taken: Iterable[TopicPartition]
) -> set[TopicPartition]:
    """Return those of which the end is not to be believed, when the records of ``taken`` are taken.

    What has come of a topic and is not taken yet is left out of the next request. So that one's answer may
    bring another topic's records from long after the end that was told of the first::

        answer 1   cdr 08:00 to 08:43, and its end is there
        answer 2   usage-events 11:45; cdr was not asked for
    """
    newest_ms: dict[tuple[int, int | None], int] = {}
    for tp in taken:
        whose = tp.partition, answers[tp].node_id
        newest_ms[whose] = max(answers[tp].at_ms, newest_ms.get(whose, 0))
    return {
        tp
        for tp, answer in answers.items()
        if answer.at_ms < newest_ms.get((tp.partition, answer.node_id), 0)
    }


class Ends:
    """Which of the ends that answers told are to be believed.

    One that is `outdated` stays so until another answer speaks of its topic, whatever is taken or looked at
    meanwhile: the later records lie in the buffer all the while.
    """

    def __init__(self) -> None:
        self._outdated_ms: dict[TopicPartition, int] = {}
        """Of each, the answer that is not believed: its time. Bounded by the partitions that there are."""

    def take(self, answers: Mapping[TopicPartition, Answer], taken: Iterable[TopicPartition]) -> None:
        """Note what the records of ``taken`` mean for the ends of others."""
        self._outdated_ms |= {tp: answers[tp].at_ms for tp in outdated(answers, taken)}

    def are_believed(self, tp: TopicPartition, answer: Answer) -> bool:
        """Return whether what an answer told of a partition's end still holds."""
        return self._outdated_ms.get(tp) != answer.at_ms


class Lane:
    """One input topic's buffer."""

    __slots__ = ("_sizes", "end", "position", "rank", "records", "size_bytes")

    def __init__(self, *, rank: int, position: int) -> None:
        self.rank = rank
        self.position = position
        self.end = UNKNOWN
        self.records: deque[Raw] = deque()
        self.size_bytes = 0
        self._sizes: deque[tuple[int, int]] = deque()
        """For each fetch still buffered: the offset after it, and its bytes."""

    def feed(self, fetch: Fetch) -> bool:
        """Take in ``fetch``; return False when records are missing between what was fed and it."""
        if fetch.start > self.position:
            return False
        if fetch.position < self.position:
            return True  # fetched before a seek: all of it is known already
        position = self.position
        if fetch.start < position:
            self.records.extend(raw for raw in fetch.records if raw.offset >= position)
        else:
            self.records.extend(fetch.records)
        self.position = fetch.position
        self.end = fetch.end
        if fetch.size_bytes:
            self.size_bytes += fetch.size_bytes
            self._sizes.append((fetch.position, fetch.size_bytes))
        return True

    def next_offset(self) -> int:
        """Return the offset of the next record to pop, or the position when none is buffered."""
        return self.records[0].offset if self.records else self.position

    def is_at_end(self) -> bool:
        """Tell whether all that the broker is known to have was fed."""
        return UNKNOWN < self.end <= self.position

    def forget_sizes(self) -> None:
        """Give back the bytes of the fetches that were popped whole."""
        next_offset = self.next_offset()
        while self._sizes and self._sizes[0][0] <= next_offset:
            self.size_bytes -= self._sizes.popleft()[1]


class Merge:
    """All inputs of one partition. ``positions`` holds each topic's first offset to read."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        self.lanes = {
            topic: Lane(rank=BY_NAME[topic].merge_rank, position=position)
            for topic, position in positions.items()
        }

    def feed(self, fetch: Fetch) -> bool:
        """Buffer ``fetch``; return False when records are missing before it: seek and feed again."""
        return self.lanes[fetch.topic].feed(fetch)

    def pop(self, most: int) -> list[Raw]:
        """Remove and return up to ``most`` records in order of arrival, fewer where a topic is waited for."""
        taken: list[Raw] = []
        while len(taken) < most:
            earliest, lane, rival = NEVER, None, NEVER
            for candidate in self.lanes.values():
                if candidate.records:
                    head = (candidate.records[0].timestamp_ms, candidate.rank)
                    if head < earliest:
                        earliest, lane, rival = head, candidate, earliest
                    elif head < rival:
                        rival = head
                elif not candidate.is_at_end():
                    lane = None
                    break
            if lane is None:
                break
            _take_run(lane, rival, taken, most)
        for lane in self.lanes.values():
            lane.forget_sizes()
        return taken

    def put_back(self, records: Sequence[Raw]) -> None:
        """Undo the end of the last `pop`: ``records`` come first again."""
        for raw in reversed(records):
            self.lanes[raw.topic].records.appendleft(raw)

    def offsets(self) -> dict[str, int]:
        """Return each topic's next offset to read; of one read to its end that is past the last marker."""
        return {topic: lane.next_offset() for topic, lane in self.lanes.items()}

    def is_drained(self) -> bool:
        """Tell whether every topic is read to its end and nothing is buffered."""
        return all(not lane.records and lane.is_at_end() for lane in self.lanes.values())

    def buffered_count(self) -> int:
        """Return how many records wait to be popped."""
        return sum(len(lane.records) for lane in self.lanes.values())


def _take_run(lane: Lane, rival: tuple[int, int], taken: list[Raw], most: int) -> None:
    """Move records from ``lane`` while they come before the earliest head of every other topic."""
    records = lane.records
    rank = lane.rank
    space = most - len(taken)
    while records and space and (records[0].timestamp_ms, rank) < rival:
        taken.append(records.popleft())
        space -= 1
