"""What a worker's loop knows of its own life, put together as a `Beat` some times a second."""

import time
from collections.abc import Iterable, Mapping
from typing import Final

from streams.kafka.health import Beat
from streams.kafka.movement import BrokerWatch, Movement
from streams.kafka.partition import Partition
from streams.kafka.transport import Consumer
from streams.settings import Settings

AT_REST: Final = frozenset({"parked", "paused"})
"""Phases in which nothing may be done: then it is no fault that nothing is committed."""


class Vitals:
    """Is told of what happens to a worker."""

    def __init__(self, settings: Settings) -> None:
        self.movement = Movement()
        self.broker = BrokerWatch(settings)
        self.consumer: Consumer | None = None
        """Set as soon as there is one."""
        self._is_joined = False
        self._joining_since_s = time.monotonic()

    def received(self) -> None:
        """Note that the agent takes what is fetched."""
        if self.consumer is not None:
            self.consumer.received()

    def joined(self, partitions: Iterable[int]) -> None:
        """Note that the group has given these partitions; what was fetched before is void."""
        for number in partitions:
            self.movement.moved(number)
        self.received()
        self._is_joined = True

    def parted(self) -> None:
        """Note that all partitions were taken away."""
        self._is_joined, self._joining_since_s = False, time.monotonic()

    def beat(self, partitions: Mapping[int, Partition], failure: Exception | None) -> Beat:
        """Return the worker as it is now."""
        for number, partition in partitions.items():
            if partition.phase in AT_REST:
                self.movement.moved(number)
        return Beat(
            at_s=time.monotonic(),
            phases={number: partition.phase for number, partition in partitions.items()},
            troubles={number: partition.troubles() for number, partition in partitions.items()},
            moved_s=self.movement.seconds(),
            is_joined=self._is_joined,
            joining_since_s=self._joining_since_s,
            looked_s=None if self.consumer is None else self.consumer.looked_s,
            given_s=None if self.consumer is None else self.consumer.given_s,
            away_since_s=self.broker.away_since_s,
            back_s=self.broker.back_s,
            failure=None if failure is None else str(failure),
        )
