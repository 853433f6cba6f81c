"""The fields of an NRTRDE 2.1 file: name in XML, tag in BER, and form of the value.

The tags were found by laying the two samples (``tests/samples/nrtrde``), one file in both encodings,
side by side. All are of the class APPLICATION. A field that the samples do not have is not known here:
it is named to the person who converts, and left out of the identity, because its value could not be
decoded to the same thing from both encodings.
"""

import re
from enum import Enum
from typing import Final, NamedTuple

from msgspec import Struct, field

INTEGER_OCTETS_MAX: Final = 9
"""Enough for any unsigned number of 64 bits."""
VALUE_CHARACTERS_MAX: Final = 1_000
"""No field of the format comes near it; it bounds what a broken file may carry along."""
UNKNOWN_MAX: Final = 100
"""Names of unknown fields kept of one event."""
DEPTH_MAX: Final = 8
"""Containers within containers; the format itself needs four."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)


class Form(Enum):
    """How a value is written."""

    INTEGER = "integer"
    TEXT = "text"
    DIGITS = "digits"
    """Packed decimal in BER, the first digit in the high half of the first octet, filled up with F."""


class Field(NamedTuple):
    """One field that holds a value."""

    name: str
    tag: int
    form: Form


ROOT: Final = "Nrtrde"
EVENT_LIST: Final = "CallEventList"
SERVICE: Final = "ServiceCode"
"""A choice within an event; its one field is taken as the event's own."""
EVENTS: Final = ("Moc", "Mtc", "Gprs")
"""Call from, call to the mobile, and data session."""
CONTAINERS: Final = {ROOT: 1, EVENT_LIST: 2, "Moc": 3, "Mtc": 4, "Gprs": 5, SERVICE: 46}

FIELDS: Final = (
    Field("AccessPointNameNI", 16, Form.TEXT),
    Field("CallEventDuration", 19, Form.INTEGER),
    Field("CallEventsCount", 20, Form.INTEGER),
    Field("CallEventStartTimeStamp", 21, Form.TEXT),
    Field("CallingNumber", 22, Form.TEXT),
    Field("CauseForTermination", 24, Form.INTEGER),
    Field("ChargeAmount", 25, Form.INTEGER),
    Field("ConnectedNumber", 27, Form.TEXT),
    Field("DataVolumeIncoming", 28, Form.INTEGER),
    Field("DataVolumeOutgoing", 29, Form.INTEGER),
    Field("FileAvailableTimeStamp", 31, Form.TEXT),
    Field("GgsnAddress", 32, Form.TEXT),
    Field("Imsi", 34, Form.DIGITS),
    Field("RecEntityId", 35, Form.TEXT),
    Field("Recipient", 36, Form.TEXT),
    Field("ReleaseVersionNumber", 37, Form.INTEGER),
    Field("Sender", 38, Form.TEXT),
    Field("SequenceNumber", 39, Form.TEXT),
    Field("SgsnAddress", 40, Form.TEXT),
    Field("SpecificationVersionNumber", 41, Form.INTEGER),
    Field("TeleServiceCode", 43, Form.TEXT),
    Field("UtcTimeOffset", 45, Form.TEXT),
)
FIELD_BY_NAME: Final = {field.name: field for field in FIELDS}
FIELD_BY_TAG: Final = {field.tag: field for field in FIELDS}
CONTAINER_BY_TAG: Final = {tag: name for name, tag in CONTAINERS.items()}


class Group(Struct):
    """What stands together: the fields of one event, or (``kind`` is `ROOT`) some of the file's own."""

    kind: str
    values: dict[str, int | str] = field(default_factory=dict)
    fault: str | None = None
    """The first thing wrong with it; names the field, never its content."""
    unknown: list[str] = field(default_factory=list)
    """Names (XML) or tags (BER) of fields that the table does not have, each once."""

    def put(self, name: str, value: int | str) -> None:
        """Take a field's value; a second one of the same name is a fault."""
        if name in self.values:
            self.blame(f"{name} is there twice")
        else:
            self.values[name] = value

    def blame(self, fault: str) -> None:
        """Remember what is wrong, if nothing was yet."""
        if self.fault is None:
            self.fault = fault

    def ignore(self, name: str) -> None:
        """Remember that there was a field of that unknown name."""
        if name not in self.unknown and len(self.unknown) < UNKNOWN_MAX:
            self.unknown.append(name)


def value_of_octets(form: Form, octets: bytes) -> int | str:
    """Return a field's value from its BER content.

    Raises: ValueError, whose message completes "<field> …".
    Source: ITU-T X.690, 8.3: an integer is two's complement, the first octet the most significant.
    """
    if form is Form.INTEGER:
        if not 1 <= len(octets) <= INTEGER_OCTETS_MAX:
            raise ValueError(f"is a number of {len(octets)} octets")
        return int.from_bytes(octets, "big", signed=True)
    if form is Form.DIGITS:
        if len(octets) > VALUE_CHARACTERS_MAX:
            raise ValueError("is too long")
        return _digits(octets.hex().removesuffix("f"))
    try:
        return _text(octets.decode("ascii"))
    except UnicodeDecodeError as error:
        raise ValueError("is not ASCII") from error


def value_of_text(form: Form, text: str) -> int | str:
    """Return a field's value from its XML content: the same value as from BER.

    Raises: ValueError, whose message completes "<field> …".
    """
    text = text.strip()
    if form is Form.INTEGER:
        if not _NUMBER.fullmatch(text):
            raise ValueError("is no whole number")
        return int(text)
    return _digits(text) if form is Form.DIGITS else _text(text)


def _digits(text: str) -> str:
    if not _DIGITS.fullmatch(text):
        raise ValueError("has something else than digits")
    return text


def _text(text: str) -> str:
    if len(text) > VALUE_CHARACTERS_MAX:
        raise ValueError("is too long")
    return text.strip()
