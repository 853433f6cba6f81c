"""Records on their way to a group and back, as they are written to ``group-usage``."""

import msgspec

from schemas.envelope import Emitted, Raw
from schemas.group_usage import Membership, Returned, Shared, Travelling
from schemas.topics import GROUP_USAGE
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
        record=msgspec.Raw(raw.value or b"null"),
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


def _sent(message: Travelling, key: str, arrival_ms: int) -> Emitted:
    return Emitted(
        topic=GROUP_USAGE,
        type=str(message.__struct_config__.tag),
        key=key.encode(),
        value=msgspec.json.encode(message),
        timestamp_ms=arrival_ms,
    )
