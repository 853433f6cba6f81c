"""A usage record or event on its way into a state, and the raw record out of which it comes again."""

from msgspec import Struct

from schemas.cdr import CdrRecord, UsageRecord
from schemas.envelope import Raw
from schemas.events import EventRecord
from streams.core.identity import Fingerprint
from streams.core.subscriber import Held


class Entry(Struct, frozen=True, gc=False):
    """What is taken: for the first time, or out of the held ones."""

    record: CdrRecord | EventRecord
    raw: Raw
    at_ms: int
    record_id: str
    print_: Fingerprint

    @classmethod
    def of(cls, record: CdrRecord | EventRecord, raw: Raw) -> "Entry":
        """Return the entry of a decoded record."""
        if isinstance(record, UsageRecord):
            record_id, at_ms = record.record_id, record.started_at
        else:
            record_id, at_ms = record.event_id, record.at
        return cls(record, raw, at_ms, record_id, Fingerprint.of(raw.topic, record.source, record_id, record))


def raw_of(held: Held, subscriber_id: str) -> Raw:
    """Return a held record as it was read."""
    key = subscriber_id.encode()  # a line that left its key out had it from the value, which is the same
    return Raw(held.topic, held.partition, held.offset, held.timestamp_ms, key, held.value, held.is_keyed)
