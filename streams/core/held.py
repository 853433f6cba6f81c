"""Records that wait, raw, in the state of their subscriber, and how many may."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY

HELD_COUNT_MAX: Final = 100
HELD_BYTES_MAX: Final = 65_536
HELD_FOR_MS: Final = 3 * MS_PER_DAY
_RECORD_BYTES: Final = 150
_HOLDER_BYTES: Final = 1_000
"""What a held record and a state cost beside the record's own bytes."""


class Held(Struct, array_like=True, frozen=True, gc=False):
    """A record that waits for a profile or a plan, raw."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    value: bytes
    is_keyed: bool
    identity: bytes

    @property
    def due_ms(self) -> int:
        """When it has waited for too long."""
        return self.timestamp_ms + HELD_FOR_MS


def has_room(held: tuple[Held, ...], more: Held) -> bool:
    """Return whether one more record may wait."""
    size_bytes = sum(len(other.value) for other in held) + len(more.value)
    return len(held) < HELD_COUNT_MAX and size_bytes <= HELD_BYTES_MAX


def held_bytes(held: Sequence[Held]) -> int:
    """Return what holding these records costs; 0 if there are none."""
    if not held:
        return 0
    return _HOLDER_BYTES + sum(_RECORD_BYTES + len(one.value) for one in held)
