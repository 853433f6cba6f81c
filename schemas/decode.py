"""Bytes → records, or the one reason why not.

The fast path is msgspec alone and takes all good records. Whatever it refuses goes through `_decode_slowly`,
which looks for the faults in the order of `errors.Reason`. Both accept the same records.
"""

import re
from typing import Any, Final

import msgspec

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

DEPTH_MAX: Final = 512
"""Of nested arrays and objects. Deeper, msgspec would come to the end of Python's stack sooner or later,
depending on the Python and on who calls; here the answer is the same everywhere."""

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_PATH: Final = re.compile(r"`\$\.?([A-Za-z0-9_.\[\]]*)[^`]*`$")


def decode(topic: str, key: bytes | None, value: bytes | None, *, is_keyed: bool = True) -> Record:
    """Return the record that a topic's key and value are.

    ``is_keyed`` False: no key was given, so none is held against the value.
    Raises: SchemaError with the first reason of `Reason` that applies; its detail names the field.
    """
    if value is None:
        raise SchemaError(Reason.NULL_VALUE)
    try:
        if len(value) > DEPTH_MAX:
            _check_depth(value)
        if not value.isascii():
            value.decode()  # msgspec does not look at the UTF-8 of what it skips
        record: Record = _DECODERS[topic].decode(value)
    except UnicodeDecodeError as error:
        raise SchemaError(Reason.NOT_JSON) from error
    except msgspec.MsgspecError:
        record = _decode_slowly(topic, key, value, is_keyed=is_keyed)
    if is_keyed and (key is None or getattr(record, ID_FIELD[topic]).encode() != key):
        raise SchemaError(Reason.KEY_MISMATCH, ID_FIELD[topic])
    if isinstance(record, cdr.UsageRecord):
        if not record.has_quantity:
            raise SchemaError(Reason.NO_QUANTITY, " or ".join(record.QUANTITIES))
        if record.corrects is not None:
            _check_correction(record, record.corrects)
    return record


def _check_correction(record: cdr.UsageRecord, corrects: cdr.Corrects) -> None:
    """Raise unless the correction says what the record was, and is nothing else besides."""
    if record.provisional or record.replaces is not None:
        raise SchemaError(Reason.BAD_FIELD, "corrects: not together with provisional or replaces")
    if record.quantity_of(corrects.was) is None:
        raise SchemaError(Reason.NO_QUANTITY, "corrects.was")


def _decode_slowly(topic: str, key: bytes | None, value: bytes, *, is_keyed: bool) -> Record:
    """Return the record, or find out which reason comes first."""
    fields = _fields(value)
    identity = ID_FIELD[topic]
    for name in (identity, "type") if topic in _TAGGED else (identity,):
        if name not in fields:
            raise SchemaError(Reason.MISSING_FIELD, name)
    if is_keyed and not _is_key(key, fields[identity]):
        raise SchemaError(Reason.KEY_MISMATCH, identity)
    return _convert(_kind(topic, fields), fields)


def _fields(value: bytes) -> dict[str, Any]:
    """Return the fields of the object, each as plain data.

    Raises: SchemaError ``not_json`` or ``not_an_object``.
    """
    try:
        msgspec.json.decode(value, type=msgspec.Raw)  # the whole of it, before what it is
        members = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError as error:
        raise SchemaError(Reason.NOT_AN_OBJECT) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SchemaError(Reason.NOT_JSON) from error
    return {name: _plain(member) for name, member in members.items()}


def _plain(member: msgspec.Raw) -> Any:  # noqa: ANN401  (any JSON)
    """Return a member as plain data; a number that Python cannot hold as itself, which is nothing's type."""
    try:
        return msgspec.json.decode(member)
    except (msgspec.MsgspecError, ValueError):
        return member


def _check_depth(value: bytes) -> None:
    """Raise SchemaError ``not_json`` if the value is nested deeper than `DEPTH_MAX`."""
    if value.count(b"[") + value.count(b"{") <= DEPTH_MAX:
        return
    depth = 0
    for bracket in _STRING.sub(b"", value).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH_MAX:
            raise SchemaError(Reason.NOT_JSON, f"nested deeper than {DEPTH_MAX}")


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
    except msgspec.ValidationError as error:
        if taken_off := _negative_was(kind, fields):
            raise SchemaError(Reason.NEGATIVE_QUANTITY, taken_off[0]) from error
        path = _field(error)
        is_missing = path.startswith("corrects") and "required field" in str(error)
        raise SchemaError(Reason.MISSING_FIELD if is_missing else Reason.BAD_FIELD, path) from error
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
    return [name for name in kind.QUANTITIES if _is_negative(fields.get(name))]


def _is_negative(value: object) -> bool:
    return type(value) is int and value < 0


def _negative_was(kind: Any, fields: dict[str, Any]) -> list[str]:  # noqa: ANN401  (a struct class)
    """Return the paths of the quantities below zero that a correction takes off."""
    corrects = fields.get("corrects")
    was = corrects.get("was") if isinstance(corrects, dict) else None
    if not isinstance(was, dict):
        return []
    return [f"corrects.was.{name}" for name in kind.QUANTITIES if _is_negative(was.get(name))]


def _field(error: Exception) -> str:
    """Return the path of the field that msgspec complains of; never anything of its content."""
    path = _PATH.search(str(error))
    if path is not None and path[1]:
        return path[1]
    # Our own checks over a whole record (`__post_init__`) say which field they mean.
    return str(error.__cause__) if isinstance(error.__cause__, ValueError) else "record"
