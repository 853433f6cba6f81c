"""Records that wait, raw, in the state of their subscriber, and how many may."""

from typing import Final

from msgspec import Struct

from schemas.times import MS_PER_DAY

HELD_COUNT_MAX: Final = 100
HELD_BYTES_MAX: Final = 65_536
HELD_FOR_MS: Final = 3 * MS_PER_DAY


class Held(Struct, array_like=True, frozen=True, gc=False):
    """A record that waits for a profile or a plan, raw."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    value: bytes
    is_keyed: bool
    identity: bytes
