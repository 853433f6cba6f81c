"""Bytes → records, or the one reason why not.

The fast path is msgspec alone and takes all good records. Whatever it refuses goes through `_decode_slowly`,
which looks for the faults in the order of `errors.Reason`. Both accept the same records.
"""

import re
from typing import Any, Final

import msgspec
import orjson

from schemas import cdr, events, plans, profile
from schemas.errors import Reason, SchemaError
from schemas.times import is_without_zone, to_ms
from schemas.topics import ADDONS, CDR, GROUPS, PLANS, SUBSCRIBERS, USAGE_EVENTS

Record = cdr.CdrRecord | events.EventRecord | profile.Profile | profile.Group | plans.Plan | plans.Addon

ID_FIELD: Final = {
    CDR: "subscriber_id",
    USAGE_EVENTS: "subscriber_id",
    SUBSCRIBERS: "subscriber_id",
    GROUPS: "group_id",
    PLANS: "plan_id",
    ADDONS: "addon_id",
}
"""The field that a topic's key repeats."""

_TYPES: Final[dict[str, Any]] = {
    CDR: cdr.CdrRecord,
    USAGE_EVENTS: events.EventRecord,
    SUBSCRIBERS: profile.Profile,
    GROUPS: profile.Group,
    PLANS: plans.Plan,
    ADDONS: plans.Addon,
}
_DECODERS: Final = {topic: msgspec.json.Decoder(kind) for topic, kind in _TYPES.items()}
_TAGGED: Final[dict[str, dict[str, Any]]] = {
    topic: {kind.__struct_config__.tag: kind for kind in _TYPES[topic].__args__}
    for topic in (CDR, USAGE_EVENTS)
}

LARGE_BYTES: Final = 2048
"""Beyond it orjson reads a value too: whatever the Python, it ends at a depth of 1,024 (1,025 bytes)."""

_PATH: Final = re.compile(r"`\$\.?([A-Za-z0-9_.\[\]]*)[^`]*`$")


def decode(topic: str, key: bytes | None, value: bytes | None, *, is_keyed: bool = True) -> Record:
    """Return the record that a topic's key and value are.

    ``is_keyed`` False: no key was given, so none is held against the value.
    Raises: SchemaError with the first reason of `Reason` that applies; its detail names the field.
    """
    if value is None:
        raise SchemaError(Reason.NULL_VALUE)
    try:
        if len(value) > LARGE_BYTES or not value.isascii():
            # msgspec looks at neither the UTF-8 nor, alike on every Python, the depth of what it skips.
            orjson.loads(value)
        record: Record = _DECODERS[topic].decode(value)
    except (msgspec.MsgspecError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError):
        record = _decode_slowly(topic, key, value, is_keyed=is_keyed)
    if is_keyed and (key is None or getattr(record, ID_FIELD[topic]).encode() != key):
        raise SchemaError(Reason.KEY_MISMATCH, ID_FIELD[topic])
    if isinstance(record, cdr.UsageRecord) and not record.has_quantity:
        raise SchemaError(Reason.NO_QUANTITY, " or ".join(record.QUANTITIES))
    return record


def _decode_slowly(topic: str, key: bytes | None, value: bytes, *, is_keyed: bool) -> Record:
    """Return the record, or find out which reason comes first."""
    try:
        fields = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise SchemaError(Reason.NOT_JSON) from error
    if not isinstance(fields, dict):
        raise SchemaError(Reason.NOT_AN_OBJECT)
    identity = ID_FIELD[topic]
    for name in (identity, "type") if topic in _TAGGED else (identity,):
        if name not in fields:
            raise SchemaError(Reason.MISSING_FIELD, name)
    if is_keyed and not _is_key(key, fields[identity]):
        raise SchemaError(Reason.KEY_MISMATCH, identity)
    return _convert(_kind(topic, fields), fields)


def _is_key(key: bytes | None, identity: object) -> bool:
    return isinstance(identity, str) and identity.encode("utf-8", "surrogatepass") == key


def _kind(topic: str, fields: dict[str, Any]) -> Any:  # noqa: ANN401  (a struct class)
    """Return the struct class for the record's type."""
    if topic not in _TAGGED:
        return _TYPES[topic]
    tag = fields["type"]
    if not isinstance(tag, str) or tag not in _TAGGED[topic]:
        raise SchemaError(Reason.UNKNOWN_TYPE, "type")
    return _TAGGED[topic][tag]


def _convert(kind: Any, fields: dict[str, Any]) -> Record:  # noqa: ANN401  (a struct class)
    """Return the record of that class, or find out which of its own fields is wrong, and how."""
    for field in msgspec.structs.fields(kind):
        if field.required and field.encode_name not in fields:
            raise SchemaError(Reason.MISSING_FIELD, field.encode_name)
    _check_times(kind, fields)
    negative = _negative(kind, fields)
    try:
        record: Record = msgspec.convert({**fields, **dict.fromkeys(negative, 0)}, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise SchemaError(Reason.BAD_FIELD, _field(error)) from error
    if negative:
        raise SchemaError(Reason.NEGATIVE_QUANTITY, negative[0])
    return record


def _check_times(kind: Any, fields: dict[str, Any]) -> None:  # noqa: ANN401  (a struct class)
    """Raise for a time without a zone, first, then for one that is none."""
    nested = fields.get("consents")
    consents = [one for one in nested if isinstance(one, dict)] if isinstance(nested, list) else []
    times = [(name, fields[name]) for name in kind.TIMES if fields.get(name) is not None]
    times += [("consents.at", one.get("at")) for one in consents if kind is profile.Profile]
    for name, value in times:
        if is_without_zone(value):
            raise SchemaError(Reason.NO_TIME_ZONE, name)
    for name, value in times:
        try:
            to_ms(value)
        except (TypeError, ValueError) as error:
            raise SchemaError(Reason.BAD_FIELD, name) from error


def _negative(kind: Any, fields: dict[str, Any]) -> list[str]:  # noqa: ANN401  (a struct class)
    """Return the record's own quantities that are whole numbers below zero."""
    return [name for name in kind.QUANTITIES if type(fields.get(name)) is int and fields[name] < 0]


def _field(error: Exception) -> str:
    """Return the path of the field that msgspec complains of; never anything of its content."""
    path = _PATH.search(str(error))
    if path is not None and path[1]:
        return path[1]
    # Our own checks over a whole record (`__post_init__`) say which field they mean.
    return str(error.__cause__) if isinstance(error.__cause__, ValueError) else "record"
