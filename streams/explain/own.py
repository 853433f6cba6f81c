"""What of a record, and of what follows from it, may stand in one subscriber's story.

Only what is the subscriber's own: a record of which key and value name that subscriber and nobody else, in
the fields that WIRE.md knows. Of all else it is said that there was a record, where, and why it was refused.
A group and an account may be called by somebody else's number, so they have no names here.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec
import orjson
from msgspec.structs import fields

from schemas.cdr import UsageRecord
from schemas.decode import ID_FIELD, decode
from schemas.envelope import FILE_TOPIC, Emitted, Raw
from schemas.errors import Reason, SchemaError
from schemas.events import Event
from schemas.times import format_instant
from schemas.topics import CDR, SUBSCRIBERS, USAGE_EVENTS

OWN_TOPICS: Final = (CDR, USAGE_EVENTS, SUBSCRIBERS)
"""Of which the key is the subscriber."""
ANOTHER_LINE: Final = "another line of the group"
_NAMELESS: Final = {
    "group_id": "the group",
    "account_id": "the account",
    "owner": "somebody of the operator's",
}
"""Fields of a subscriber's own records that name others, and what is shown in their place."""
_OF_REFUSED: Final = ("type", "source", "record_id", "event_id", "started_at", "at")
"""What is shown of a record that is the subscriber's and yet no record."""
_SHOWN_MOST: Final = 128
"""Characters of a name (`schemas.fields.Identifier`)."""

_ID_BYTES: Final = rb"0-9A-Za-z+:._\-"
"""What ids are made of (`schemas.fields.SubscriberId`)."""


def own_fields(record: Raw, subscriber_id: str, *, joined_ms: int | None = None) -> dict[str, Any]:
    """Return what may be shown of a record: nothing, unless key and value name the subscriber.

    What happened before ``joined_ms`` is of whoever had the number then.
    """
    if record.topic not in OWN_TOPICS or record.key != subscriber_id.encode() or record.value is None:
        return {}
    given = _object(record.value)
    if given.get(ID_FIELD[record.topic]) != subscriber_id:
        return {}
    try:
        read = decode(record.topic, record.key, record.value, is_keyed=record.is_keyed)
    except SchemaError as fault:
        if fault.reason is Reason.KEY_MISMATCH:
            return {}
        return {name: given[name] for name in _OF_REFUSED if _is_short(given.get(name))}
    at_ms = read.started_at if isinstance(read, UsageRecord) else getattr(read, "at", None)
    if joined_ms is not None and at_ms is not None and at_ms < joined_ms:
        return {}
    shown: dict[str, Any] = {"type": given["type"]} if isinstance(read, UsageRecord | Event) else {}
    known = msgspec.to_builtins(read)
    shown |= {field.name: known[field.name] for field in fields(read) if field.name in given}
    for name in read.TIMES:
        if shown.get(name) is not None:
            shown[name] = format_instant(shown[name])
    return shown | {name: word for name, word in _NAMELESS.items() if shown.get(name) is not None}


def is_named(letter: Emitted, subscriber_id: str) -> bool:
    """Return whether a dead letter may be the subscriber's: its key or the place of its identity says so.

    A line that breaks off, or is no object, has no such place. There the id is looked for in the bytes as
    they are, as a whole word: so a longer id that holds it is somebody else's, and one that is written with
    escapes is not found. Where a line ends right behind the id, that may have been longer.
    """
    if letter.key == subscriber_id.encode():
        return True
    value = letter.value or b""
    try:
        given = orjson.loads(value)
    except orjson.JSONDecodeError:
        given = None
    if isinstance(given, dict):
        inside = given.get("value")
        is_envelope = dict(letter.headers).get("topic") == FILE_TOPIC.encode()
        names = (given, inside) if is_envelope and isinstance(inside, dict) else (given,)
        return (is_envelope and given.get("key") == subscriber_id) or any(
            _names(one, subscriber_id) for one in names
        )
    return _word(subscriber_id).search(value) is not None


def own_output(output: dict[str, Any], subscriber_id: str, *, is_own: bool) -> dict[str, Any]:
    """Return an output without what names others; ``is_own``: a record of the subscriber's led to it.

    Where something of a group lies stays, the identity of another line's record goes.
    """
    if output.get("line", subscriber_id) != subscriber_id:
        output = {**output, "line": ANOTHER_LINE}
        is_own = False
    if is_own:
        return output
    return {**output, "evidence": [{**one, "record_id": None} for one in output.get("evidence", ())]}


def _is_short(value: object) -> bool:
    """Return whether a value may be printed that nobody has checked: a number, or a line of text."""
    if isinstance(value, str):
        return len(value) <= _SHOWN_MOST and value.isprintable()
    return isinstance(value, int)


def _names(given: dict[str, Any], subscriber_id: str) -> bool:
    members = given.get("members")
    return subscriber_id in (given.get("subscriber_id"), given.get("owner_id")) or (
        isinstance(members, list) and subscriber_id in members
    )


@lru_cache(maxsize=1)
def _word(subscriber_id: str) -> re.Pattern[bytes]:
    """Return what finds an id that is no part of a longer one."""
    return re.compile(rb"(?<![%b])%b(?![%b])" % (_ID_BYTES, re.escape(subscriber_id).encode(), _ID_BYTES))


def _object(value: bytes) -> dict[str, Any]:
    """Return the fields of an object; of what is none, no fields."""
    try:
        given = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return given if isinstance(given, dict) else {}
