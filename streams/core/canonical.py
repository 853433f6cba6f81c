"""A state as anyone who read the same records has it: plain names and values, ready for JSON.

Two runs over the same records, one of a file and one on Kafka, another number of partitions, after any number
of crashes, give equal canonical states. So what says where or how something was read is left out: positions,
what only saves work, and everything that is empty.
"""

from collections.abc import Callable, Mapping
from struct import Struct as Layout
from struct import iter_unpack
from typing import Any, Final

import msgspec
from msgspec import Struct

from schemas.topics import GROUP_USAGE
from streams.core.contact import Contact, Made, Notice, Waiting
from streams.core.held import Held
from streams.core.history import Month
from streams.core.identity import Identities
from streams.core.kept_profile import unpack
from streams.core.origin import Ask
from streams.core.recent import Recent
from streams.core.risk import Risk, Seen, Where
from streams.core.spike import Spike
from streams.core.subscriber import Subscriber
from streams.core.usage import Usage
from streams.core.window import Window

Plain = dict[str, object]

POSITIONS: Final = frozenset({"partition", "offset"})
_ENTRY: Final = Layout(">8s4sI")


def canonical(state: Subscriber) -> Plain:
    """Return everything that ``state`` knows and that another run over the same records must know too.

    Bytes that only fingerprint something are hexadecimal; what has no order is sorted.
    """
    return _named(state)


def _named(value: Struct) -> Plain:
    """Return a struct's fields by name, without those that hold nothing."""
    kind = type(value)
    if special := _STRUCTS.get(kind):
        return special(value)
    fields = {
        name: _FIELDS.get((kind, name), _plain)(getattr(value, name)) for name in kind.__struct_fields__
    }
    return {name: plain for name, plain in fields.items() if not _is_empty(plain)}


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever a state holds
    match value:
        case Struct():
            return _named(value)
        case Mapping():
            named = {str(key): _plain(one) for key, one in value.items()}
            return {key: named[key] for key in sorted(named) if not _is_empty(named[key])}
        case list() | tuple():
            return [_plain(one) for one in value]
        case bytes():
            return value.hex()
        case _:
            return value


def _is_empty(plain: object) -> bool:
    return plain is None or plain in ("", [], {})


# -- what is packed


def _read_profile(data: bytes) -> object:
    if not data:
        return None
    profile = unpack(data)
    fields = {name: getattr(profile, name) for name in profile.__struct_fields__}
    return _plain(msgspec.to_builtins(fields))


def _nothing(_: object) -> None:
    """Leave out a clock, a snapshot, and what only saves looking for the next timer."""


def _where(where: Where | None) -> object:
    """Return of which record something is known, without the place where it lay."""
    return None if where is None else [where[0], where[3]]


def _slots(data: bytes) -> object:
    """Return the quantity of each packed hour or day since 1970."""
    return {str(index): quantity for index, quantity in iter_unpack(">iq", data)}


def _pairs(data: bytes) -> object:
    return [list(pair) for pair in iter_unpack(">qq", data)]


def _times(data: bytes) -> object:
    return [at_ms for (at_ms,) in iter_unpack(">q", data)]


def _marks(marks: tuple[str, ...]) -> object:
    return sorted(marks)


def _identities(identities: Identities) -> Plain:
    """Return each record's identity with its content's checksum and its arrival."""
    entries = [
        f"{identity.hex()} {content.hex()} {identities.base_ms + delta_ms}"
        for identity, content, delta_ms in _ENTRY.iter_unpack(identities.entries)
    ]
    return {"entries": sorted(entries)} if entries else {}


def _held(held: Held) -> Plain:
    """Return a record that waits, without the places where it lay."""
    value: object = held.value.decode("utf-8", "backslashreplace")
    if held.topic == GROUP_USAGE:
        # The message names where the line's record lies, and that record is in it byte for byte.
        message = msgspec.json.decode(held.value, type=dict[str, msgspec.Raw])
        value = {name: bytes(raw).decode() for name, raw in message.items() if name not in POSITIONS}
    named: Plain = {"topic": held.topic, "timestamp_ms": held.timestamp_ms, "value": value}
    return named | ({"identity": held.identity.hex()} if held.identity else {})


def _ask(ask: Ask) -> Plain:
    """Return a question without the place where it lay."""
    named = {name: getattr(ask, name) for name in ask.__struct_fields__ if name not in POSITIONS}
    return {name: _plain(value) for name, value in named.items()}


def _spike(spike: Spike) -> Plain:
    """Return the day of the last one: the other numbers only save adding up."""
    return {"fired_day": spike.fired_day} if spike.fired_day >= 0 else {}


_STRUCTS: Final[Mapping[type, Callable[[Any], Plain]]] = {
    Identities: _identities,
    Held: _held,
    Spike: _spike,
    Ask: _ask,
}
_FIELDS: Final[Mapping[tuple[type, str], Callable[[Any], object]]] = {
    (Subscriber, "profile"): _read_profile,
    (Subscriber, "queries"): _slots,
    # Taken when a month is over: what a group sends back may come before or after; the period itself has it.
    (Month, "counted"): _nothing,
    (Month, "charged"): _nothing,
    (Subscriber, "care_due_ms"): _nothing,
    (Subscriber, "care_looked_ms"): _nothing,
    (Contact, "due_ms"): _nothing,
    (Made, "at_ms"): _nothing,
    (Waiting, "signals"): _nothing,  # they are named by ``causes``, and say where records lie
    (Notice, "value"): _nothing,
    (Risk, "due_ms"): _nothing,
    (Seen, "newest"): _where,
    (Seen, "first"): _where,
    (Window, "hour_slots"): _slots,
    (Window, "day_slots"): _slots,
    (Usage, "raised"): _marks,
    (Usage, "tail"): _pairs,
    (Recent, "times"): _times,
}
