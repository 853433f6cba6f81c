"""What is on its way to the partition of another key, as it is written to ``group-usage``."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from schemas.envelope import Emitted, Raw
from schemas.events import PortQueried
from schemas.group_usage import (
    RECORD_BYTES_MAX,
    AccountCharge,
    Asked,
    Membership,
    OneOfMany,
    Returned,
    Shared,
    Travelling,
)
from schemas.topics import GROUP_USAGE
from streams.core.origin import Ask
from streams.entry import Entry


def shared(entry: Entry, group_id: str, language: str) -> Emitted:
    """Return a line's record on its way to its group."""
    raw = entry.raw
    message = Shared(
        group_id=group_id,
        line=entry.record.subscriber_id,
        language=language,
        topic=raw.topic,  # type: ignore[arg-type]  # usage and events are all that is shared
        partition=raw.partition,
        offset=raw.offset,
        record=msgspec.Raw(_short(entry)),
    )
    return _sent(message, group_id, raw.timestamp_ms)


def returned(message: Shared, arrival_ms: int) -> Emitted:
    """Return a record that does not count in its group on its way back to its line."""
    back = Returned(
        line=message.line,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        record=message.record,
    )
    return _sent(back, message.line, arrival_ms)


def membership(line: str, group_id: str | None, arrival_ms: int) -> Emitted:
    """Return the word to a subscriber of a group that has taken it in, or let it go."""
    return _sent(Membership(line=line, group_id=group_id), line, arrival_ms)


def original(message: Shared | Returned, arrival_ms: int) -> Raw:
    """Return the record as the line read it."""
    return Raw(
        message.topic,
        message.partition,
        message.offset,
        arrival_ms,
        message.line.encode(),
        bytes(message.record),
    )


def charge(message: AccountCharge, arrival_ms: int) -> Emitted:
    """Return the word to an account that a line of it has cost more, or less."""
    return _sent(message, message.account_id, arrival_ms)


def asked(event: PortQueried, entry: Entry, jurisdiction: str) -> Iterator[Emitted]:
    """Yield the word of a question to the device that it came from, and to the agent: of each a hash."""
    for kind, name in (("device", event.device), ("agent", event.agent)):
        if name is None:
            continue
        origin = sha256(f"{kind} {name}".encode()).hexdigest()[:32]
        message = Asked(
            origin=origin,
            line=event.subscriber_id,
            jurisdiction=jurisdiction,
            partition=entry.raw.partition,
            offset=entry.raw.offset,
            record_id=entry.record_id,
            source=event.source,
            at_ms=entry.at_ms,
        )
        yield _sent(message, origin, entry.raw.timestamp_ms)


def one_of_many(ask: Ask, numbers: int, arrival_ms: int) -> Emitted:
    """Return the word to a line that its number is one of several that were asked about."""
    message = OneOfMany(
        line=ask.line,
        numbers=numbers,
        partition=ask.partition,
        offset=ask.offset,
        record_id=ask.record_id,
        source=ask.source,
        at_ms=ask.at_ms,
    )
    return _sent(message, ask.line, arrival_ms)


def _short(entry: Entry) -> bytes:
    """Return a record as it was read, or if it is too large as it was understood."""
    value = entry.raw.value or b"null"
    return value if len(value) <= RECORD_BYTES_MAX else msgspec.json.encode(entry.record)


def _sent(message: Travelling, key: str, arrival_ms: int) -> Emitted:
    return Emitted(
        topic=GROUP_USAGE,
        type=str(message.__struct_config__.tag),
        key=key.encode(),
        value=msgspec.json.encode(message),
        timestamp_ms=arrival_ms,
    )
