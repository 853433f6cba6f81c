"""A partition's inputs on the live side: fed by Faust's agent, held back when enough is buffered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from aiokafka import TopicPartition

from schemas.envelope import Raw
from schemas.topics import INPUTS
from streams.kafka.merge import Fetch, Merge

LANE_BYTES_MAX: Final = 8 << 20
"""Of a topic's partition; a fetch brings up to 1 MiB more (one record may be larger by itself)."""
LANE_BYTES_LEAST: Final = 64 << 10


class GapError(Exception):
    """Records are missing between two fetches: read on from what was committed."""


class Source(Protocol):
    """What is asked of the consumer (`streams.kafka.transport.Consumer`)."""

    async def seek_all(self, offsets: Mapping[str, int], partition: int) -> None:
        """Make the next fetches start at ``offsets``."""

    async def owns(self, partition: int) -> bool:
        """Tell whether the coordinator confirms, asked now, that the partition is ours."""

    def hold(self, topic: str, partition: int, *, is_held: bool) -> None:
        """Stop or resume delivering records."""


class Inputs:
    """All input topics of one partition number; closed, and so held, until `open`."""

    def __init__(self, source: Source, partition: int, *, buffer_records: int) -> None:
        self._source = source
        self._partition = partition
        self._buffer_records = buffer_records
        self.lane_bytes = LANE_BYTES_MAX
        """Buffered of a topic before it is held."""
        self._merge: Merge | None = None
        self._gap: str | None = None
        self._held: set[str] = set()
        self.close()

    async def open(self, offsets: Mapping[str, int]) -> None:
        """Start to take records from ``offsets`` on."""
        self._gap = None
        self._merge = Merge(offsets)
        await self._source.seek_all(offsets, self._partition)
        for topic in INPUTS:
            self._hold(topic, is_held=False)

    def close(self) -> None:
        """Forget what is buffered and take nothing more."""
        self._merge = None
        for topic in INPUTS:
            self._hold(topic, is_held=True)

    def receive(self, fetch: Fetch) -> None:
        """Buffer what a fetch brought; ignore it while closed."""
        if self._merge is None:
            return
        if not self._merge.feed(fetch):
            self._gap = fetch.topic
        lane = self._merge.lanes[fetch.topic]
        if len(lane.records) >= self._buffer_records or lane.size_bytes >= self.lane_bytes:
            self._hold(fetch.topic, is_held=True)

    def pop(self, most: int) -> list[Raw]:
        """Remove and return up to ``most`` records in order of arrival.

        Raises: GapError when records were missed.
        """
        merge = self._opened()
        if self._gap is not None:
            raise GapError(f"records of {self._gap} are missing")
        records = merge.pop(most)
        for topic in tuple(self._held):
            lane = merge.lanes[topic]
            if len(lane.records) * 2 < self._buffer_records and lane.size_bytes * 2 < self.lane_bytes:
                self._hold(topic, is_held=False)
        return records

    def put_back(self, records: Sequence[Raw]) -> None:
        """Undo the end of the last `pop`."""
        self._opened().put_back(records)

    def offsets(self) -> dict[str, int]:
        """Return each topic's next offset to read."""
        return self._opened().offsets()

    def is_drained(self) -> bool:
        """Tell whether every topic is read to its end."""
        return self._opened().is_drained()

    def buffered_count(self) -> int:
        """Return how many records wait."""
        return 0 if self._merge is None else self._merge.buffered_count()

    def _opened(self) -> Merge:
        if self._merge is None:
            raise GapError("the inputs are closed")
        return self._merge

    def _hold(self, topic: str, *, is_held: bool) -> None:
        if is_held:
            self._held.add(topic)
        else:
            self._held.discard(topic)
        self._source.hold(topic, self._partition, is_held=is_held)


def lane_bytes(buffer_mib: int, partition_count: int) -> int:
    """Return how much of each input may be buffered of so many partitions: they share what there is."""
    lanes = max(partition_count, 1) * len(INPUTS)
    return min(max((buffer_mib << 20) // lanes, LANE_BYTES_LEAST), LANE_BYTES_MAX)


def sort_out(assigned: Iterable[TopicPartition]) -> tuple[list[int], list[int]]:
    """Return the partition numbers of which all inputs are there, and those that lack some."""
    counts = Counter(tp.partition for tp in assigned)
    whole = sorted(number for number, count in counts.items() if count == len(INPUTS))
    return whole, sorted(set(counts) - set(whole))
