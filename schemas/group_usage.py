"""What travels on ``group-usage``, which workers write for workers: usage to a group and back, membership.

A group's allowance is kept in the partition of the group's id, its members are anywhere. A record that a line
counted goes there with its key and place, so that evidence and dead letters name the record itself.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from schemas.fields import Identifier, SubscriberId


class Membership(Struct, frozen=True, kw_only=True, tag_field="type", tag="member"):
    """A subscriber belongs to a group from now on, or to none. Its key is the subscriber."""

    line: SubscriberId
    group_id: Identifier | None


class Shared(Struct, frozen=True, kw_only=True, tag_field="type", tag="shared"):
    """A record whose allowance may be the group's. Its key is the group."""

    group_id: Identifier
    line: SubscriberId
    language: str
    """Of the line: a notice to the owner is written in the owner's."""
    topic: Literal["cdr", "usage-events"]
    """Where the record lies; with ``partition`` and ``offset``."""
    partition: int
    offset: int
    record: msgspec.Raw
    """Byte for byte."""


class Returned(Struct, frozen=True, kw_only=True, tag_field="type", tag="returned"):
    """A record that does not count in the group: it counts in the line's own bucket. Its key is the line."""

    line: SubscriberId
    topic: Literal["cdr", "usage-events"]
    partition: int
    offset: int
    record: msgspec.Raw


Travelling = Membership | Shared | Returned
_decoder: msgspec.json.Decoder[Travelling] = msgspec.json.Decoder(Travelling)


def decode(value: bytes) -> Travelling:
    """Return what a value says.

    Raises: msgspec.ValidationError: another release wrote it.
    """
    return _decoder.decode(value)
