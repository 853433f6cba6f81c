"""Which records a subscriber has had: 16 bytes each, found without decoding anything.

An entry is 8 bytes of a hash of the identity, 4 of a checksum of the content, and 4 of arrival time since
`Identities.base_ms`. With 4,096 entries for each of a million subscribers, the chance that any two identities
of one subscriber share their 8 bytes is about 5 in 10 million.
"""

from enum import Enum, auto
from hashlib import blake2b
from typing import Final
from zlib import crc32

import msgspec
from msgspec import Struct

IDENTITY_COUNT_MAX: Final = 4096
"""A subscriber; the oldest goes when there are more (WIRE.md)."""

_ENTRY_BYTES: Final = 16
_DELTA_END: Final = 2**32
_content = msgspec.msgpack.Encoder()


class Seen(Enum):
    """What is known of a record's identity."""

    NEW = auto()
    DUPLICATE = auto()
    """The same content."""
    CONFLICT = auto()
    """Another content: the first stands."""


def identity_of(topic: str, source: str, record_id: str) -> bytes:
    """Return the 8 bytes under which a record of a topic is remembered."""
    # NUL cannot be in a topic, and the length is in the hash, so no two identities are spelled alike.
    return blake2b(f"{topic}\0{len(source)}\0{source}{record_id}".encode(), digest_size=8).digest()


class Fingerprint(Struct, frozen=True, gc=False):
    """A record's identity and content, as they are remembered."""

    identity: bytes
    content: bytes

    @classmethod
    def of(cls, topic: str, source: str, record_id: str, record: object) -> "Fingerprint":
        """Return the fingerprint of a decoded record: unknown fields and spelling do not matter."""
        identity = identity_of(topic, source, record_id)
        return cls(identity, crc32(_content.encode(record)).to_bytes(4, "big"))


class Identities(Struct, array_like=True, gc=False):
    """The identities of one subscriber's records, in order of reading."""

    base_ms: int = 0
    """What the arrival times in ``entries`` count from."""
    entries: bytes = b""

    def look_up(self, print_: Fingerprint, *, arrival_ms: int, horizon_ms: int) -> Seen:
        """Return what is known of a record that arrives at ``arrival_ms``.

        An identity is remembered until ``horizon_ms`` after its own arrival, inclusive.
        """
        at = self._find(print_.identity)
        if at < 0:
            return Seen.NEW
        if arrival_ms > self._arrival_ms(at) + horizon_ms:
            return Seen.NEW
        return Seen.DUPLICATE if self.entries[at + 8 : at + 12] == print_.content else Seen.CONFLICT

    def remember(self, print_: Fingerprint, *, arrival_ms: int, horizon_ms: int) -> None:
        """Add an identity; the ones that are past the horizon at the front go."""
        length = len(self.entries)
        if arrival_ms > self.base_ms + horizon_ms or length >= IDENTITY_COUNT_MAX * _ENTRY_BYTES:
            start = max(0, length + _ENTRY_BYTES - IDENTITY_COUNT_MAX * _ENTRY_BYTES)
            while start < length and arrival_ms > self._arrival_ms(start) + horizon_ms:
                start += _ENTRY_BYTES
            self.entries = self.entries[start:]
        if not self.entries:
            self.base_ms = arrival_ms
        delta_ms = arrival_ms - self.base_ms
        if not 0 <= delta_ms < _DELTA_END:
            delta_ms = self._rebase(arrival_ms)
        self.entries += print_.identity + print_.content + delta_ms.to_bytes(4, "big")

    def forget(self, identity: bytes) -> None:
        """Remove an identity: its record became a dead letter after all."""
        at = self._find(identity)
        if at >= 0:
            self.entries = self.entries[:at] + self.entries[at + _ENTRY_BYTES :]

    def count(self) -> int:
        """Return how many are remembered."""
        return len(self.entries) // _ENTRY_BYTES

    def _find(self, identity: bytes) -> int:
        """Return where the newest entry of the identity starts, -1 if there is none."""
        at = self.entries.rfind(identity)
        while at > 0 and at % _ENTRY_BYTES:
            at = self.entries.rfind(identity, 0, at + len(identity) - 1)
        return at

    def _arrival_ms(self, at: int) -> int:
        return self.base_ms + int.from_bytes(self.entries[at + 12 : at + 16], "big")

    def _rebase(self, arrival_ms: int) -> int:
        """Count arrivals from an instant that suits old and new entries; return the new one's distance.

        Arrivals further apart than 49 days cannot both be written; the older are moved up to the edge, which
        keeps them remembered for longer, never shorter, than they would be.
        """
        count = len(self.entries) // _ENTRY_BYTES
        arrivals = [self._arrival_ms(index * _ENTRY_BYTES) for index in range(count)]
        base_ms = max(min([*arrivals, arrival_ms]), max([*arrivals, arrival_ms]) - _DELTA_END + 1)
        self.entries = b"".join(
            self.entries[index * 16 : index * 16 + 12] + max(0, at_ms - base_ms).to_bytes(4, "big")
            for index, at_ms in enumerate(arrivals)
        )
        self.base_ms = base_ms
        return max(0, arrival_ms - base_ms)
