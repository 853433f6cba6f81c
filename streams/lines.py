"""Replay lines and records, each made of the other (WIRE.md, Replay files); no value is changed."""

import base64
import binascii
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec
import orjson
from msgspec import UNSET, Raw, Struct, UnsetType

from schemas.decode import ID_FIELD
from schemas.envelope import Emitted
from schemas.errors import Reason, SchemaError
from schemas.times import LAST_MS, format_instant, is_without_zone, to_ms
from schemas.topics import CDR, CLOCK_TOPICS, DEAD_LETTERS, FROM_OUTSIDE

NULL: Final = b"null"


class Line(Struct, frozen=True):
    """One record to be written."""

    topic: str
    timestamp_ms: int | None
    """None: neither the line nor its value names a time."""
    key: bytes | None
    value: bytes | None
    is_keyed: bool
    """False: the line leaves the key out, and it was taken from the value."""


class _Envelope(Struct, frozen=True):
    topic: str
    value: Raw | UnsetType = UNSET
    raw: str | UnsetType = UNSET
    """In place of a value that is no JSON: its bytes in base64."""
    key: str | UnsetType | None = UNSET
    timestamp: int | str | None = None


class _Value(Struct, frozen=True):
    """What a value may say in place of its envelope; each is a text or a number when it is right."""

    subscriber_id: object = None
    group_id: object = None
    plan_id: object = None
    addon_id: object = None
    started_at: object = None
    at: object = None


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_VALUE: Final = msgspec.json.Decoder(_Value)
_NO_VALUE: Final = _Value()


def parse(text: bytes) -> Line:
    """Return the record that a line stands for.

    A value that is no valid record is none of its business: that becomes a dead letter where it is read.
    Raises: SchemaError if the line is no envelope, names no topic that a file may bring, or has a bad
    timestamp.
    """
    try:
        if not text.isascii():
            text.decode()  # msgspec does not look at the UTF-8 of a value that it leaves raw
        envelope = _ENVELOPE.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _fault(text) from error
    if envelope.topic not in FROM_OUTSIDE:
        raise SchemaError(Reason.BAD_FIELD, "topic")
    value = _value(envelope)
    timestamp, key, is_keyed = envelope.timestamp, envelope.key, True
    inside = _NO_VALUE
    if value is not None and (key is UNSET or timestamp is None):
        inside = _inside(value)
    if key is UNSET:
        identity = getattr(inside, ID_FIELD[envelope.topic])
        key, is_keyed = identity if isinstance(identity, str) else None, False
    if timestamp is None:
        event_time = inside.started_at if envelope.topic == CDR else inside.at
        timestamp_ms = _event_ms(event_time) if envelope.topic in CLOCK_TOPICS else None
    else:
        timestamp_ms = _arrival_ms(timestamp)
    return Line(envelope.topic, timestamp_ms, None if key is None else key.encode(), value, is_keyed)


def _value(envelope: _Envelope) -> bytes | None:
    """Return the value's bytes, None for a null."""
    if envelope.value is not UNSET:
        value = bytes(envelope.value)
        return None if value == NULL else value
    if envelope.raw is UNSET:
        raise SchemaError(Reason.MISSING_FIELD, "value")
    try:
        return base64.b64decode(envelope.raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SchemaError(Reason.BAD_FIELD, "raw") from error


def _fault(text: bytes) -> SchemaError:
    """Return why a line is no envelope."""
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        return SchemaError(Reason.NOT_JSON)
    if not isinstance(fields, dict):
        return SchemaError(Reason.NOT_AN_OBJECT)
    if "topic" not in fields:
        return SchemaError(Reason.MISSING_FIELD, "topic")
    return SchemaError(Reason.BAD_FIELD, "topic, key, timestamp or raw")


def _inside(value: bytes) -> _Value:
    try:
        return _VALUE.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _NO_VALUE


def _event_ms(value: object) -> int | None:
    """Return the event time in milliseconds, None if the value names none that Kafka could carry."""
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        return None
    try:
        return _arrival_ms(value)
    except SchemaError:
        return None


@lru_cache(maxsize=1024)
def _arrival_ms(value: int | str) -> int:
    """Return milliseconds since 1970. Lines that follow one another often share a timestamp."""
    try:
        ms = to_ms(value)
    except ValueError as error:
        reason = Reason.NO_TIME_ZONE if is_without_zone(value) else Reason.BAD_FIELD
        raise SchemaError(reason, "timestamp") from error
    if ms < 0:
        # Kafka has no time before 1970.
        raise SchemaError(Reason.BAD_FIELD, "timestamp")
    return ms


def line(topic: str, *, timestamp_ms: int, key: bytes | None, value: bytes | None) -> bytes:
    """Return the line, without its end, of a record on a topic. A value that is no JSON goes as ``raw``."""
    body = _json(value)
    field = b'"value":' + body if body is not None else b'"raw":' + _base64(value)
    stamp = format_instant(min(max(timestamp_ms, 0), LAST_MS)).encode()
    return b'{"topic":%b,"timestamp":"%b","key":%b,%b}' % (orjson.dumps(topic), stamp, _text(key), field)


def output_line(emitted: Emitted) -> bytes:
    """Return the line, without its end, of an output of a replay."""
    if emitted.topic == DEAD_LETTERS:
        return dead_letter_line(emitted.topic, key=emitted.key, value=emitted.value, headers=emitted.headers)
    return b'{"topic":"%b","key":%b,"value":%b}' % (
        emitted.topic.encode(),
        _text(emitted.key),
        emitted.value or NULL,
    )


def dead_letter_line(
    topic: str, *, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]
) -> bytes:
    """Return the line, without its end, of a dead letter: its headers, and the original bytes in base64."""
    texts = {name: content.decode(errors="backslashreplace") for name, content in headers}
    return b'{"topic":%b,"key":%b,"headers":%b,"raw":%b}' % (
        orjson.dumps(topic),
        _text(key),
        orjson.dumps(texts),
        _base64(value),
    )


def _json(value: bytes | None) -> bytes | None:
    """Return the value as JSON on one line, None if it is no JSON."""
    if value is None:
        return NULL
    try:
        orjson.loads(value)
        # Numbers and order stay as they were written; only the blanks go.
        return msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value
    except (orjson.JSONDecodeError, msgspec.MsgspecError, RecursionError):
        return None


def _text(key: bytes | None) -> bytes:
    return NULL if key is None else orjson.dumps(key.decode(errors="backslashreplace"))


def _base64(value: bytes | None) -> bytes:
    return NULL if value is None else b'"' + base64.b64encode(value) + b'"'
