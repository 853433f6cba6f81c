"""NRTRDE (near real time roaming data exchange) files to usage records: what was used abroad, within hours.

A visited network sends the home network one such file every quarter of an hour or so. Each event becomes one
``cdr`` line that arrived when the file was made available. Its ``record_id`` is a hash of the event's decoded
values alone, so a file that is sent again, under another name or in the other encoding, counts nothing twice;
and two events that differ in no known value are one.

Source: the two sample files; GSMA TD.35 names the fields.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct, field

from schemas.fields import QUANTITY_LAST
from schemas.times import parse_instant
from schemas.topics import CDR
from streams.adapters import nrtrde_ber, nrtrde_xml
from streams.adapters.faults import InputFileError
from streams.adapters.nrtrde_fields import EVENTS, ROOT, Group
from streams.adapters.seen_files import FileNumber

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Some 700,000 events in BER. A file of a quarter of an hour has thousands."""
FAULTS_KEPT: Final = 20
"""Faults of single events that are kept word for word; the rest is counted."""
RECORD_ID_CHARACTERS: Final = 32

_SHORT_MESSAGE_SERVICES: Final = ("21", "22")
"""Tele services: short message to the mobile, from the mobile (3GPP TS 22.003)."""
_ENDED_BY: Final = {0: "normal", 3: "failed", 4: "dropped"}
"""Causes for termination; 1 and 2 (partial records) and all others say nothing about how a call ended."""
_DIRECTIONS: Final = {"Moc": "out", "Mtc": "in"}
_OFFSET_HOURS_MAX: Final = 14

_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BLANK_BYTES_MAX: Final = 1024
_TIMESTAMP: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)
_UTC_OFFSET: Final = re.compile(r"([+-])(\d\d)([0-5]\d)", re.ASCII)
_OPERATOR: Final = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)
_SEQUENCE: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_IMSI: Final = re.compile(r"[0-9]{6,15}", re.ASCII)


class Conversion(Struct):
    """What one file gave, and what a person must know about it. Only the lines hold subscribers' numbers."""

    available_ms: int = 0
    """When the file was made available: the arrival of all its records."""
    number: FileNumber | None = None
    """None: the file lacks part of it."""
    lines: list[bytes] = field(default_factory=list)
    """Lines of a replay file, without line feeds, in the order of the events."""
    record_ids: set[str] = field(default_factory=set)
    event_count: int = 0
    event_count_said: int | None = None
    """What the file says that it has."""
    faults: list[str] = field(default_factory=list)
    """The first `FAULTS_KEPT` events that were left out, each by its number from 1 and with the reason."""
    fault_count: int = 0
    charge_count: int = 0
    """Events whose charge was dropped: no currency is named."""
    repeat_count: int = 0
    """Events that are equal to an earlier one of this file; they have its ``record_id``."""
    unmapped_count: int = 0
    """Events of an IMSI that is not among the ids that were given; they keep it."""
    unknown_fields: set[str] = field(default_factory=set)


class _EventError(Exception):
    """One event cannot be converted; the message names the field."""


def convert(data: bytes, ids: Mapping[str, str] | None = None, *, is_provisional: bool = False) -> Conversion:
    """Return the file's events as lines of a replay file.

    ``ids`` maps an IMSI to the subscriber's id; one that is not there stays the id itself.
    ``is_provisional``: each record may be replaced later, as TAP does (WIRE.md, Provisional).
    Raises: InputFileError if the file as a whole cannot be read; then nothing of it is converted.
    """
    if len(data) > FILE_BYTES_MAX:
        raise InputFileError(f"larger than {FILE_BYTES_MAX // 1024**2} MiB")
    result = Conversion()
    own = Group(ROOT)
    head: tuple[str, str] | None = None
    for group in _groups(data):
        result.unknown_fields.update(group.unknown)
        if group.kind == ROOT:
            _merge(own, group)
            continue
        result.event_count += 1
        head = head or _head(own, result)
        try:
            value = _usage(group, source=f"nrtrde:{head[0]}")
        except _EventError as error:
            result.fault_count += 1
            if len(result.faults) < FAULTS_KEPT:
                result.faults.append(f"event {result.event_count}: {error}")
            continue
        if is_provisional:
            value["provisional"] = True
        _append(result, value, available_at=head[1], ids=ids)
        result.charge_count += "ChargeAmount" in group.values
    _head(own, result)
    result.number = _number(own)
    said = own.values.get("CallEventsCount")
    result.event_count_said = said if isinstance(said, int) else None
    return result


def _groups(data: bytes) -> Iterator[Group]:
    """Yield the groups of a file in the encoding that its first octets show."""
    if data[:_BLANK_BYTES_MAX].lstrip().startswith(_XML_STARTS):
        return nrtrde_xml.groups(data)
    if data[:1] == bytes([nrtrde_ber.FIRST_OCTET]):
        return nrtrde_ber.groups(data)
    raise InputFileError("neither XML nor BER of this format" if data else "the file is empty")


def _merge(own: Group, group: Group) -> None:
    """Add some of the file's own fields to those that are known already."""
    for name, value in group.values.items():
        own.put(name, value)
    if fault := group.fault or own.fault:
        raise InputFileError(fault)


def _head(own: Group, result: Conversion) -> tuple[str, str]:
    """Return the sender and the time, RFC 3339, from which on the file was available."""
    sender = own.values.get("Sender")
    if not isinstance(sender, str) or not _OPERATOR.fullmatch(sender):
        raise InputFileError("Sender is missing, stands behind the events, or is no operator's code")
    try:
        available_at = _instant(own, "FileAvailableTimeStamp")
    except _EventError as error:
        raise InputFileError(str(error)) from error
    result.available_ms = parse_instant(available_at)
    return sender, available_at


def _number(own: Group) -> FileNumber | None:
    """Return what numbers the file, None if any part of it is missing or no such thing."""
    sender, recipient = str(own.values.get("Sender", "")), str(own.values.get("Recipient", ""))
    sequence = str(own.values.get("SequenceNumber", ""))
    if not _OPERATOR.fullmatch(recipient) or not _SEQUENCE.fullmatch(sequence):
        return None
    return FileNumber(sender, recipient, int(sequence))


def _append(
    result: Conversion, value: dict[str, object], *, available_at: str, ids: Mapping[str, str] | None
) -> None:
    """Add the line of a record that still has its IMSI as the subscriber's id."""
    imsi = str(value["subscriber_id"])
    if ids is not None:
        result.unmapped_count += imsi not in ids
        value["subscriber_id"] = ids.get(imsi, imsi)
    record_id = str(value["record_id"])
    result.repeat_count += record_id in result.record_ids
    result.record_ids.add(record_id)
    line = {"topic": CDR, "timestamp": available_at, "key": value["subscriber_id"], "value": value}
    result.lines.append(msgspec.json.encode(line))


def _usage(event: Group, *, source: str) -> dict[str, object]:
    """Return the value of the usage record that the event is, still under its IMSI."""
    if event.fault:
        raise _EventError(event.fault)
    if event.kind not in EVENTS:
        raise _EventError("neither Moc, Mtc nor Gprs")
    imsi = event.values.get("Imsi")
    if not isinstance(imsi, str) or not _IMSI.fullmatch(imsi):
        raise _EventError("Imsi is missing or not 6 to 15 digits")
    started_at = _instant(event, "CallEventStartTimeStamp")
    record: dict[str, object] = {
        "record_id": _record_id(event),
        "source": source,
        "subscriber_id": imsi,
        **_quantities(event),
        "started_at": started_at,
        "roaming": True,
    }
    cause = event.values.get("CauseForTermination")
    if isinstance(cause, int) and cause in _ENDED_BY:
        record["ended_by"] = _ENDED_BY[cause]
    return record


def _quantities(event: Group) -> dict[str, object]:
    """Return the record's type with the fields that only this type has."""
    duration_s = _whole(event, "CallEventDuration")
    if event.kind == "Gprs":
        # As seen from the mobile: incoming is what came down to it.
        down, up = _whole(event, "DataVolumeIncoming"), _whole(event, "DataVolumeOutgoing")
        if down is None and up is None:
            raise _EventError("neither DataVolumeIncoming nor DataVolumeOutgoing")
        sides = {"bytes_down": down, "bytes_up": up}
        return {"type": "data", **{name: octets for name, octets in sides.items() if octets is not None}}
    direction = _DIRECTIONS[event.kind]
    if event.values.get("TeleServiceCode") in _SHORT_MESSAGE_SERVICES:
        return {"type": "sms", "count": 1, "direction": direction}
    if duration_s is None:
        raise _EventError("CallEventDuration is missing")
    return {"type": "voice", "duration_s": duration_s, "direction": direction}


def _whole(group: Group, name: str) -> int | None:
    """Return a quantity, None if it is not there."""
    value = group.values.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value <= QUANTITY_LAST:
        # In BER a volume of 2^31 octets or more, sent without its leading zero octet, reads as negative.
        # What was meant is not guessed.
        raise _EventError(f"{name} is {'negative' if isinstance(value, int) and value < 0 else 'too large'}")
    return value


def _instant(group: Group, name: str) -> str:
    """Return the group's local time ``name`` with the group's own offset, as RFC 3339."""
    timestamp = _TIMESTAMP.fullmatch(str(group.values.get(name, "")))
    offset = _UTC_OFFSET.fullmatch(str(group.values.get("UtcTimeOffset", "")))
    if timestamp is None:
        raise _EventError(f"{name} is missing or no YYYYMMDDhhmmss")
    if offset is None or int(offset[2]) > _OFFSET_HOURS_MAX:
        raise _EventError("UtcTimeOffset is missing or no +hhmm or -hhmm")
    year, month, day, hour, minute, second = timestamp.groups()
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}{offset[1]}{offset[2]}:{offset[3]}"
    try:
        parse_instant(text)
    except ValueError as error:
        raise _EventError(f"{name} is no date and time that exists") from error
    return text


def _record_id(event: Group) -> str:
    """Return the same text for the same decoded values, whatever the order and encoding they came in."""
    text = json.dumps([event.kind, event.values], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:RECORD_ID_CHARACTERS]
