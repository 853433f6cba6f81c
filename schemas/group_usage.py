"""What travels on ``group-usage``, which workers write for workers: to a group and back, and to other keys.

A group's allowance is kept in the partition of the group's id, its members are anywhere. A record that a line
counted goes there with its key and place, so that evidence and dead letters name the record itself.
"""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.fields import Bucket, Country, Identifier, Money, SubscriberId

RECORD_BYTES_MAX: Final = 65_536
"""A topic takes a message of 1 MiB at most, and the one around the record wants room."""


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
    """Byte for byte; one that is larger than `RECORD_BYTES_MAX` without the fields that nobody knows."""


class Returned(Struct, frozen=True, kw_only=True, tag_field="type", tag="returned"):
    """A record that does not count in the group: it counts in the line's own bucket. Its key is the line."""

    line: SubscriberId
    topic: Literal["cdr", "usage-events"]
    partition: int
    offset: int
    record: msgspec.Raw


class AccountCharge(Struct, frozen=True, kw_only=True, tag_field="type", tag="charge"):
    """A line's charge has changed that a regime limits for the whole account. Its key is the account."""

    account_id: Identifier
    line: SubscriberId
    jurisdiction: Country
    consent: bool
    """The account holder, as the line's profile has it, has agreed to charges beyond."""
    bucket: Bucket
    period: str
    """The line's billing period; those of one account are added up by this name."""
    starts_ms: int
    ends_ms: int
    plan_id: Identifier
    plan_version: int
    used: int
    allowance: int
    """Both of the line's bucket, after the change."""
    by: Money
    """By how much its charge has changed."""
    topic: str
    partition: int
    offset: int
    record_id: str | None
    at_ms: int
    """The causing record, as in evidence."""


class Asked(Struct, frozen=True, kw_only=True, tag_field="type", tag="asked"):
    """Somebody asked about a line's number from a device, or by an agent. Its key is a hash of that."""

    origin: Identifier
    line: SubscriberId
    jurisdiction: Country
    partition: int
    offset: int
    record_id: str
    source: str
    at_ms: int
    """The question on ``usage-events``, as in evidence."""


class OneOfMany(Struct, frozen=True, kw_only=True, tag_field="type", tag="one_of_many"):
    """A line's number was asked about from where others were too. Its key is the line."""

    line: SubscriberId
    numbers: int
    partition: int
    offset: int
    record_id: str
    source: str
    at_ms: int
    """The line's own question: nothing of the others travels."""


Travelling = Membership | Shared | Returned | AccountCharge | Asked | OneOfMany
_decoder: msgspec.json.Decoder[Travelling] = msgspec.json.Decoder(Travelling)


def decode(value: bytes) -> Travelling:
    """Return what a value says.

    Raises: msgspec.ValidationError: another release wrote it.
    """
    return _decoder.decode(value)
