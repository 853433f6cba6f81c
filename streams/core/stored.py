"""State ↔ bytes, as they lie in the changelog and, until touched, in memory.

A state is ten bytes of header and a msgpack array. The header: the version, a byte that is 1 while the
subscriber has held records, and when its next timer is due (64 bits, signed, -1 for none). So timers and held
records are found without decoding anything. A partition's meta record is the version and a msgpack map.
"""

import struct
from typing import Final

import msgspec
from msgspec import Struct, field

from schemas.errors import StateError
from streams.core.breaker import Breaker
from streams.core.subscriber import Subscriber

VERSION: Final = 4
META_KEY: Final = b"\x00meta"
"""No subscriber id has a NUL."""

_HEADER: Final = struct.Struct(">BBq")
_NEVER: Final = -1
_encoder = msgspec.msgpack.Encoder()
_subscriber = msgspec.msgpack.Decoder(Subscriber)


class Meta(Struct, kw_only=True):
    """What a partition must know of itself to go on where it stopped, committed with its states."""

    offsets: dict[str, int]
    """Input topic (logical) → the next offset to read."""
    partition_count: int
    clock_ms: int
    ledger: dict[str, int] = field(default_factory=dict)
    """``topic/disposition`` → how many."""
    rejected: dict[str, int] = field(default_factory=dict)
    """``topic/reason`` → how many."""
    funnel: dict[str, str] = field(default_factory=dict)
    """What became of offers, as `funnel.Funnel` writes it: a closed set of words → decimal text."""
    breaker: Breaker = field(default_factory=Breaker)
    muted_until_ms: int | None = None
    """Of a rebuilt partition: until then nothing is said to the outside (`rules.Rules.muted_until_ms`)."""
    lag_ms: int | None = None
    """How far the clock is behind the wall while no record arrives; None: an older release wrote this."""


class Header(Struct, frozen=True):
    """What is known of a stored state without decoding it."""

    has_held: bool
    due_ms: int | None


def encode_state(state: Subscriber) -> bytes:
    """Return the bytes of a state."""
    due_ms = state.next_due_ms()
    header = _HEADER.pack(VERSION, bool(state.held), _NEVER if due_ms is None else due_ms)
    return header + _encoder.encode(state)


def decode_state(data: bytes) -> Subscriber:
    """Return the state that the bytes hold.

    Raises: StateError if another release wrote them.
    """
    _check_version(data)
    return _subscriber.decode(memoryview(data)[_HEADER.size :])


def read_header(data: bytes) -> Header:
    """Return what the header says.

    Raises: StateError if another release wrote it.
    """
    _check_version(data)
    _, has_held, due_ms = _HEADER.unpack_from(data)
    return Header(bool(has_held), None if due_ms == _NEVER else due_ms)


def encode_meta(meta: Meta) -> bytes:
    """Return the bytes of a meta record."""
    return bytes([VERSION]) + _encoder.encode(meta)


def decode_meta(data: bytes) -> Meta:
    """Return the meta record that the bytes hold.

    Raises: StateError if another release wrote them.
    """
    _check_version(data)
    return msgspec.msgpack.decode(memoryview(data)[1:], type=Meta)


def _check_version(data: bytes) -> None:
    if not data or data[0] != VERSION:
        found = data[0] if data else "none"
        raise StateError(
            f"the changelog holds states of version {found}, this release reads version {VERSION}: "
            "run the release that wrote them, or count all anew with `usagewatch rebuild`"
        )
