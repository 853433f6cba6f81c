"""A usage record or event on its way into a state, and the raw record out of which it comes again."""

from msgspec import Struct

from schemas.cdr import CdrRecord, UsageRecord
from schemas.envelope import Raw
from schemas.events import EventRecord
from streams.core.held import Held
from streams.core.identity import Fingerprint


class Entry(Struct, frozen=True, gc=False):
    """What is taken: for the first time, or out of the held ones."""

    record: CdrRecord | EventRecord
    raw: Raw
    at_ms: int
    record_id: str
    print_: Fingerprint
    space: str
    """Identities of records are apart from those of other spaces: a topic, or a line within a group."""

    @classmethod
    def of(cls, record: CdrRecord | EventRecord, raw: Raw, *, space: str | None = None) -> "Entry":
        """Return the entry of a decoded record; ``space`` None is its topic."""
        space = raw.topic if space is None else space
        if isinstance(record, UsageRecord):
            record_id, at_ms = record.record_id, record.started_at
        else:
            record_id, at_ms = record.event_id, record.at
        print_ = Fingerprint.of(space, record.source, record_id, record)
        return cls(record, raw, at_ms, record_id, print_, space)


def raw_of(held: Held, subscriber_id: str) -> Raw:
    """Return a held record as it was read."""
    key = subscriber_id.encode()  # a line that left its key out had it from the value, which is the same
    return Raw(held.topic, held.partition, held.offset, held.timestamp_ms, key, held.value, held.is_keyed)
