"""Builds replay lines and replays them, so that in a test only what matters is set.

A line is an envelope as a dict. Without more said, the subscriber has 10,000,000 octets from 1 November 2026
on in UTC under a plan that charges beyond, and everything happens and arrives at noon of the 10th. A record
without an id gets one from its place in the list.
"""

# ruff: noqa: ANN401  (`own` are fields of a record, right or wrong)

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from streams.pipeline import Rules
from streams.replay import Replay
from tests.fed import SUBSCRIBER, Fed

__all__ = ["SUBSCRIBER", "Fed"]
"""From `tests.fed`, so that a test imports from one place."""

Line = dict[str, Any]
"""One envelope, or under ``"line"`` the bytes of a line that is none."""

PLAN: Final = "p"
ALLOWANCE: Final = 10_000_000
"""Octets, so that 0.01 percent is a whole number of them."""
NOON: Final = "2026-11-10T12:00:00Z"
CHARGE: Final = {"action": "charge", "price": "5.00", "per": 1_000_000}
THROTTLE: Final = {"action": "throttle", "to_kbps": 128}


# -- instants


def ms(text: str) -> int:
    """Return milliseconds since 1970 of an RFC 3339 text, by the standard library."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def iso(at_ms: int) -> str:
    """Return RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def after(text: str, **span: int) -> str:
    """Return the instant so many ``days``, ``hours``, ``minutes``, ``seconds`` or ``ms`` later."""
    units = {"days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000, "ms": 1}
    return iso(ms(text) + sum(units[unit] * count for unit, count in span.items()))


# -- lines


def _line(topic: str, value: object, arrives: str | int | None) -> Line:
    line: Line = {"topic": topic, "value": value}
    if arrives is not None:
        line["timestamp"] = arrives
    return line


def _given(fields: Mapping[str, object], **own: Any) -> dict[str, Any]:
    return {**fields, **own}


def octets(percent: float | str) -> int:
    """Return so many percent of the usual allowance, exactly."""
    return int(Decimal(str(percent)) * ALLOWANCE / 100)


def usage(kind: str, *, at: str | int = NOON, arrives: str | int | None = None, **own: Any) -> Line:
    """Return a usage record; ``arrives`` None: when it happened."""
    value = _given({"subscriber_id": SUBSCRIBER, "type": kind, "started_at": at}, **own)
    return _line("cdr", value, arrives)


def data(percent: float | str | None = None, **own: Any) -> Line:
    """Return a data record of so many percent of the usual allowance, or of the ``bytes_up`` given."""
    return usage("data", **(own if percent is None else {"bytes_up": octets(percent), **own}))


def voice(duration_s: int = 60, **own: Any) -> Line:
    """Return a call."""
    return usage("voice", duration_s=duration_s, **own)


def sms(count: int = 1, **own: Any) -> Line:
    """Return messages."""
    return usage("sms", count=count, **own)


def mms(count: int = 1, **own: Any) -> Line:
    """Return multimedia messages."""
    return usage("mms", count=count, **own)


def event(kind: str, *, at: str | int = NOON, arrives: str | int | None = None, **own: Any) -> Line:
    """Return an event."""
    return _line(
        "usage-events", _given({"subscriber_id": SUBSCRIBER, "type": kind, "at": at}, **own), arrives
    )


def profile(*, arrives: str | int | None = "2026-11-01T00:00:00Z", **own: Any) -> Line:
    """Return a profile."""
    given = {
        "subscriber_id": SUBSCRIBER,
        "plan_id": PLAN,
        "time_zone": "UTC",
        "cycle_day": 1,
        "jurisdiction": "CN",
        "born_on": "1990-05-02",
    }
    return _line("subscribers", _given(given, **own), arrives)


def family(*, arrives: str = "2026-11-01T00:00:00Z") -> Line:
    """Return a group with the usual plan, of which the subscriber is the owner and only member."""
    members = {"owner_id": SUBSCRIBER, "members": [SUBSCRIBER], "plan_id": PLAN}
    terms = {"time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"}
    return _line("groups", {"group_id": "family", **members, **terms}, arrives)


def tombstone(subscriber: str = SUBSCRIBER, *, arrives: str = NOON) -> Line:
    """Return the end of a subscriber."""
    return {"topic": "subscribers", "key": subscriber, "timestamp": arrives, "value": None}


def allowance(bucket: str = "data", amount: int | None = ALLOWANCE, **own: Any) -> dict[str, Any]:
    """Return one allowance of a plan."""
    return _given({"bucket": bucket, "amount": amount, "beyond": CHARGE}, **own)


def plan(*allowances: dict[str, Any], arrives: str | int | None = None, **own: Any) -> Line:
    """Return a plan with these allowances, without any with the usual one."""
    given = {"plan_id": PLAN, "currency": "CNY", "allowances": list(allowances) or [allowance()]}
    return _line("plans", _given(given, **own), arrives)


def addon(**own: Any) -> Line:
    """Return an add-on of 5 MB that fits every plan."""
    given = {"addon_id": "a", "bucket": "data", "amount": 5_000_000, "price": "10.00", "currency": "CNY"}
    return _line("addons", _given(given, **own), None)


def broken(line: bytes) -> Line:
    """Return a line of these bytes."""
    return {"line": line}


# -- feeding


def lines_of(records: Sequence[Line], *, is_bare: bool = False) -> list[bytes]:
    """Return the lines of a file. Not ``is_bare``: a plan and a profile go first where none is given."""
    topics = {record.get("topic") for record in records}
    setting = [line for line in (plan(), profile()) if not is_bare and line["topic"] not in topics]
    return [_bytes(record, place) for place, record in enumerate([*setting, *records])]


def _bytes(record: Line, place: int) -> bytes:
    if "line" in record:
        return bytes(record["line"])
    identity = {"cdr": "record_id", "usage-events": "event_id"}.get(record["topic"])
    value = record["value"]
    if identity is not None and isinstance(value, dict) and identity not in value:
        record = {**record, "value": {**value, identity: f"r{place}"}}
    return orjson.dumps(record)


def replay(records: Sequence[Line], *, is_bare: bool = False, rules: Rules | None = None) -> Fed:
    """Replay records; not ``is_bare``: after the usual plan and profile where none is given."""
    return replay_lines(lines_of(records, is_bare=is_bare), rules=rules)


def replay_lines(lines: Iterable[bytes], *, rules: Rules | None = None) -> Fed:
    """Replay the lines of a file."""
    run = Replay(rules=rules)
    emitted = tuple(run.run(lines))
    summary = run.summary()
    counted = {name: number for name, number in summary.records.items() if number}
    return Fed(emitted, run.pipeline, counted, dict(summary.rejected))
