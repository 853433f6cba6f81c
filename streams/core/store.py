"""The states of one partition: key → state, encoded until touched, with their timers.

What is committed stays as bytes. A state that is read is decoded and kept decoded for a while; one that is
changed must be `touch`ed. `rollback` drops the decoded ones, and the bytes stand again.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Final

from streams.core.holders import Holders
from streams.core.stored import decode_state, encode_state, read_header
from streams.core.subscriber import Subscriber

LIVE_COUNT_MAX: Final = 64
"""Decoded states that are kept when nothing of them is uncommitted: some 3 kB each. Keeping 8,000 or all of
20,000 was no faster: decoding 600 bytes costs what finding an older decoding in memory costs."""
_SPARE_TIMERS: Final = 1_024


class Store:
    """All states of a partition. Not thread-safe."""

    def __init__(self, *, held_bytes_max: int) -> None:
        self.holders = Holders(bytes_max=held_bytes_max)
        self._committed: dict[str, bytes] = {}
        self._live: dict[str, Subscriber] = {}
        self._touched: dict[str, None] = {}
        self._encoded: dict[str, bytes | None] = {}
        self._due_ms: dict[str, int] = {}
        self._timers: list[tuple[int, str]] = []
        self._bytes = 0

    # -- restore

    def load(self, key: str, value: bytes | None) -> None:
        """Set a committed state from the changelog; None deletes it.

        Raises: StateError if another release wrote it.
        """
        self._set_committed(key, value)
        self._index_committed(key)

    # -- one record

    def committed(self, key: str) -> bytes | None:
        """Return the bytes of a state as it was last accepted."""
        return self._committed.get(key)

    def get(self, key: str) -> Subscriber | None:
        """Return the state of a subscriber, decoded, None if there is none."""
        state = self._live.get(key)
        if state is None and key not in self._touched:
            data = self._committed.get(key)
            if data is not None:
                state = self._live[key] = decode_state(data)
        return state

    def touch(self, state: Subscriber) -> None:
        """Note that the state changes; a new one is in the store from now on."""
        self._live[state.id] = state
        self._touched[state.id] = None

    def settle(self, state: Subscriber) -> None:
        """Bring timers and index up to date with a state that changes."""
        self.touch(state)
        self._set_timer(state.id, state.next_due_ms())
        self.holders.note(state.id, state)

    def delete(self, key: str) -> None:
        """Remove a state with its timers."""
        self._live.pop(key, None)
        self._touched[key] = None
        self._set_timer(key, None)
        self.holders.note(key, None)

    # -- timers

    def may_be_due(self, now_ms: int) -> bool:
        """Return False if no timer is due by then: nearly always, without looking whether one runs."""
        return bool(self._timers) and self._timers[0][0] <= now_ms

    def next_due(self) -> tuple[int, str] | None:
        """Return (due, key) of the earliest timer; at equal times the lesser key."""
        while self._timers:
            due_ms, key = self._timers[0]
            if self._due_ms.get(key) == due_ms:
                return due_ms, key
            heappop(self._timers)
        return None

    # -- commit

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return key and bytes of every touched state, None for a deleted one."""
        for key in self._touched:
            state = self._live.get(key)
            self._encoded[key] = None if state is None else encode_state(state)
        return [(key.encode(), data) for key, data in self._encoded.items()]

    def created(self) -> list[str]:
        """Return the keys of touched states of which nothing is committed yet."""
        return [key for key in self._touched if key not in self._committed]

    def accept(self) -> None:
        """Take what `changes` returned as committed.

        Raises: ValueError if something has changed since: it would be lost.
        """
        if len(self._encoded) != len(self._touched):
            raise ValueError("changes were not encoded: call changes first")
        for key, data in self._encoded.items():
            self._set_committed(key, data)
        self._encoded.clear()
        self._touched.clear()
        for key in list(islice(self._live, max(0, len(self._live) - LIVE_COUNT_MAX))):
            del self._live[key]

    def rollback(self) -> None:
        """Go back to what is committed."""
        for key in self._touched:
            self._index_committed(key)
        # All of them: the code that failed may have changed a state that it had not yet touched.
        self._live.clear()
        self._encoded.clear()
        self._touched.clear()

    # -- to look at

    def sizes(self) -> dict[str, int]:
        """Return how many states there are and how many bytes, how many are decoded and hold records."""
        return {
            "subscribers": len(self._committed),
            "state_bytes": self._bytes,
            "live": len(self._live),
            "holders": len(self.holders),
        }

    def keys(self) -> list[str]:
        """Return the keys of all committed states, ascending."""
        return sorted(self._committed)

    def states(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and bytes of all committed states, keys ascending."""
        return ((key, self._committed[key]) for key in self.keys())

    def _set_committed(self, key: str, data: bytes | None) -> None:
        self._bytes -= len(self._committed.get(key, b""))
        if data is None:
            self._committed.pop(key, None)
        else:
            self._committed[key] = data
            self._bytes += len(data)

    def _index_committed(self, key: str) -> None:
        """Set timer and index as the committed bytes say."""
        data = self._committed.get(key)
        header = None if data is None else read_header(data)
        self._set_timer(key, header.due_ms if header else None)
        is_holder = header is not None and header.has_held
        self.holders.note(key, decode_state(data) if data is not None and is_holder else None)

    def _set_timer(self, key: str, due_ms: int | None) -> None:
        if due_ms == self._due_ms.get(key):  # none and none: nearly always
            return
        if due_ms is None:
            del self._due_ms[key]
            return
        self._due_ms[key] = due_ms
        heappush(self._timers, (due_ms, key))
        if len(self._timers) > 2 * len(self._due_ms) + _SPARE_TIMERS:
            # Entries that are no longer true go when they come up; too many at once would grow for days.
            self._timers = [(due, other) for other, due in self._due_ms.items()]
            heapify(self._timers)
