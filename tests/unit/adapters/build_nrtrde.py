"""NRTRDE files for tests: what is set is what matters, in either encoding."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import asn1

from streams.adapters.nrtrde_fields import CONTAINERS, FIELD_BY_NAME, Form

SAMPLES: Final = Path(__file__).parents[2] / "samples" / "nrtrde"
XML: Final = (SAMPLES / "nrt_2_1.xml").read_bytes()
BER: Final = (SAMPLES / "nrt_2_1.ber").read_bytes()

IMSI: Final = "133713371337133"
Values = Mapping[str, object]
Event = tuple[str, Values]

_START: Final = {"Imsi": IMSI, "CallEventStartTimeStamp": "20160122110104", "UtcTimeOffset": "+0200"}
_HEAD: Final = {"Sender": "FOO01", "FileAvailableTimeStamp": "20160123110203", "UtcTimeOffset": "+0200"}


def gprs(**values: object) -> Event:
    """Return a data session; a value of None leaves the field out."""
    return "Gprs", _set({**_START, "DataVolumeIncoming": 1, "DataVolumeOutgoing": 2}, values)


def moc(**values: object) -> Event:
    """Return a call from the mobile."""
    return "Moc", _set({**_START, "CallEventDuration": 43}, values)


def mtc(**values: object) -> Event:
    """Return a call to the mobile."""
    return "Mtc", _set({**_START, "CallEventDuration": 43}, values)


def xml(*events: Event, said: int | None = None, **head: object) -> bytes:
    """Return a file in XML."""
    body = "".join(f"<{kind}>{_xml_fields(values)}</{kind}>" for kind, values in events)
    count = len(events) if said is None else said
    return (
        f"<Nrtrde>{_xml_fields(_set(_HEAD, head))}<CallEventList>{body}</CallEventList>"
        f"<CallEventsCount>{count}</CallEventsCount></Nrtrde>"
    ).encode()


def numbered(path: Path, *events: Event, **head: object) -> Path:
    """Return a file in XML from FOO01 to BAR02 with the number 1, of one data session unless told."""
    path.parent.mkdir(exist_ok=True)
    own: dict[str, Any] = {"Recipient": "BAR02", "SequenceNumber": 1, **head}
    path.write_bytes(xml(*(events or (gprs(),)), **own))
    return path


def ber(*events: Event, **head: object) -> bytes:
    """Return a file in BER, written by the library that reads it."""
    encoder = asn1.Encoder()
    encoder.start()
    with encoder.construct(CONTAINERS["Nrtrde"], asn1.Classes.Application):
        _ber_fields(encoder, _set(_HEAD, head).items())
        with encoder.construct(CONTAINERS["CallEventList"], asn1.Classes.Application):
            for kind, values in events:
                with encoder.construct(CONTAINERS[kind], asn1.Classes.Application):
                    _ber_fields(encoder, values.items())
        _ber_fields(encoder, [("CallEventsCount", len(events))])
    return bytes(encoder.output())


def _set(defaults: Values, values: Values) -> Values:
    return {name: value for name, value in {**defaults, **values}.items() if value is not None}


def _xml_fields(values: Values) -> str:
    return "".join(
        f"<ServiceCode><{name}>{value}</{name}></ServiceCode>"
        if name == "TeleServiceCode"
        else f"<{name}>{value}</{name}>"
        for name, value in values.items()
    )


def _ber_fields(encoder: asn1.Encoder, values: Iterable[tuple[str, object]]) -> None:
    for name, value in values:
        if name == "TeleServiceCode":
            with encoder.construct(CONTAINERS["ServiceCode"], asn1.Classes.Application):
                _ber_field(encoder, name, value)
        else:
            _ber_field(encoder, name, value)


def _ber_field(encoder: asn1.Encoder, name: str, value: object) -> None:
    field = FIELD_BY_NAME[name]
    encoder.write(
        _octets(field.form, value), nr=field.tag, typ=asn1.Types.Primitive, cls=asn1.Classes.Application
    )


def _octets(form: Form, value: object) -> bytes:
    """Return a value's content; octets are taken as they are."""
    if isinstance(value, bytes):
        return value
    if form is Form.INTEGER:
        assert isinstance(value, int)
        return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    text = str(value)
    return bytes.fromhex(text + "f" * (len(text) % 2)) if form is Form.DIGITS else text.encode()
