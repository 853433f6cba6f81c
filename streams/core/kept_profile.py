"""A profile ↔ the bytes as which a state keeps it: most records need nothing of it."""

from functools import lru_cache

import msgspec

from schemas.profile import Profile


class _Kept(Profile, array_like=True, frozen=True):
    """Without the names of its fields a profile takes half of the room."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)


def pack(profile: Profile) -> bytes:
    """Return the bytes of a profile."""
    return _encoder.encode(_Kept(**msgspec.structs.asdict(profile)))


@lru_cache(maxsize=32)
def unpack(data: bytes) -> Profile:
    """Return the profile that the bytes hold; within one turn it is asked for several times."""
    return _decoder.decode(data)
