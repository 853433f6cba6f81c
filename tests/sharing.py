"""A pipeline that sends usage to groups and back, for tests of what carries it: what it says is its own.

::

    cdr of a subscriber ─┬─ signal "sent"
                         └─ group-usage, key group/… ─┬─ signal "shared"
                                                      └─ group-usage, the line's key ── signal "returned"

Each signal is named after its record, so what is lost shows, and what is there twice.
"""

from typing import Any, Final

import orjson

from schemas.envelope import Emitted, Raw
from schemas.topics import CDR, GROUP_USAGE, SIGNALS
from streams.ledger import APPLIED
from streams.pipeline import Pipeline

GROUP_COUNT: Final = 16
SENT: Final = "sent"
SHARED: Final = "shared"
RETURNED: Final = "returned"


class Sharing(Pipeline):
    """Sends every applied usage record to one of `GROUP_COUNT` groups, and from there back."""

    returns: int = 1
    """How often usage goes back: more than once would never end on Kafka."""

    def take(self, raw: Raw, *, hold: bool = True, wall_ms: int | None = None) -> list[Emitted]:
        """Take the record, and send its usage on."""
        if raw.topic == GROUP_USAGE:
            return self._arrived(raw)
        applied = self.ledger[CDR, APPLIED]
        outputs = super().take(raw, hold=hold, wall_ms=wall_ms)
        if self.ledger[CDR, APPLIED] == applied:
            return outputs
        record = orjson.loads(raw.value or b"")
        content = {
            "record_id": record["record_id"],
            "subscriber_id": record["subscriber_id"],
            "arrived": raw.timestamp_ms,
            "left": self.returns,
        }
        sent = _sent(raw, group_of(record["subscriber_id"]), content)
        return [*outputs, _signal(SENT, content, raw), sent]

    def _arrived(self, raw: Raw) -> list[Emitted]:
        """Say that usage arrived, and where it is from; send it back."""
        content = orjson.loads(raw.value or b"")
        if "breaks" in content["record_id"]:
            raise ZeroDivisionError(content["record_id"])
        self._intake.ledger.read(GROUP_USAGE, APPLIED)
        kind = SHARED if (raw.key or b"").startswith(b"group/") else RETURNED
        outputs = [_signal(kind, content, raw)]
        if content["left"]:
            back = {**content, "left": content["left"] - 1}
            outputs.append(_sent(raw, content["subscriber_id"].encode(), back))
        return outputs


def group_of(subscriber_id: str) -> bytes:
    """Return the key of a subscriber's group."""
    return b"group/%d" % (sum(subscriber_id.encode()) % GROUP_COUNT)


def _signal(kind: str, content: dict[str, Any], cause: Raw) -> Emitted:
    """Return a signal that says where the record was, and when it and its first cause arrived."""
    said = {
        "id": f"{kind} {content['record_id']}",
        "key": (cause.key or b"").decode(),
        "arrived": content["arrived"],
        "timestamp": cause.timestamp_ms,
        "offset": cause.offset,
    }
    return Emitted(SIGNALS, kind, cause.key, orjson.dumps(said))


def _sent(cause: Raw, key: bytes, content: dict[str, object]) -> Emitted:
    return Emitted(GROUP_USAGE, "usage", key, orjson.dumps(content), timestamp_ms=cause.timestamp_ms)
