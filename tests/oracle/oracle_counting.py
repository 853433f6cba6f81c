"""What one usage record is: which bucket, how much of it, at which charge.

A correction is the difference of two records, its own and ``was``, each counted by itself.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.oracle.oracle_periods import Period

Json = dict[str, Any]

UNNAMED: Json = {"amount": 0, "beyond": {"action": "charge"}}
"""What holds for a bucket that the plan does not name."""
UNITS = {"data": "octet", "voice": "second", "sms": "message", "mms": "message"}
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Identity:
    """What makes two records one, within a subscriber and topic."""

    topic: str
    source: str
    id: str


@dataclass(frozen=True)
class Entry:
    """What one record moved."""

    identity: Identity
    at_ms: int
    arrival_ms: int
    period: Period
    bucket: str
    is_counted: bool
    """False: zero-rated or incoming, in history only."""
    is_measured: bool
    """False: incoming where the plan counts outgoing usage only, not in the bucket's window either."""
    billable: int
    raw: int
    charge: Decimal | None
    """None: neither the record nor its ``was`` carried one."""
    is_provisional: bool
    corrects: Identity | None


def unit_of(bucket: str) -> str:
    """Return the unit of a bucket."""
    return UNITS[bucket.removesuffix(".roaming")]


def allowance_of(plan: Json, bucket: str) -> Json:
    """Return what a plan says of a bucket."""
    named = [one for one in plan["allowances"] if one["bucket"] == bucket]
    return named[0] if named else UNNAMED


def bucket_of(plan: Json, record: Json) -> str:
    """Return the bucket of a record: abroad the roaming one, where the plan has it."""
    roaming = record["type"] + ".roaming"
    has_roaming_bucket = any(one["bucket"] == roaming for one in plan["allowances"])
    return roaming if record.get("roaming", False) and has_roaming_bucket else str(record["type"])


def raw(record: Json, quantities: Json) -> int:
    """Return octets, seconds or messages as they were measured."""
    match record["type"]:
        case "data":
            return int(quantities.get("bytes_up", 0)) + int(quantities.get("bytes_down", 0))
        case "voice":
            return int(quantities["duration_s"])
        case _:
            return int(quantities.get("count", 1))


def rounded(seconds: int, rounding: str) -> int:
    """Return the seconds that are billed: the first unit, then as many next ones as are begun."""
    first, following = map(int, rounding.split("/"))
    if seconds == 0:
        return 0
    billed = first
    while billed < seconds:
        billed += following
    return billed


def is_measured(plan: Json, record: Json) -> bool:
    """Return whether a record is of a direction that the plan counts."""
    counts = allowance_of(plan, bucket_of(plan, record)).get("counts", "out")
    is_incoming = record["type"] != "data" and record.get("direction", "out") == "in"
    return counts == "both" or not is_incoming


def is_counted(plan: Json, record: Json) -> bool:
    """Return whether a record counts against an allowance at all."""
    return not record.get("zero_rated", False) and is_measured(plan, record)


def billable(plan: Json, record: Json, quantities: Json) -> int:
    """Return what counts of these quantities."""
    if not is_counted(plan, record):
        return 0
    measured = raw(record, quantities)
    if record["type"] != "voice":
        return measured
    return rounded(measured, allowance_of(plan, bucket_of(plan, record)).get("rounding", "1/1"))


def money(given: Json | None) -> Decimal | None:
    """Return an amount; None if there is none."""
    return None if given is None else Decimal(given["amount"])


def entry_of(plan: Json, record: Json, period: Period, arrival_ms: int, at_ms: int) -> Entry:
    """Return what a usage record moves under a plan."""
    measured, counted = raw(record, record), billable(plan, record, record)
    charge = money(record.get("charge"))
    source = record.get("source", "")
    corrects = None
    if "corrects" in record:
        corrects = Identity("cdr", record["corrects"].get("source", source), record["corrects"]["record_id"])
        was = record["corrects"]["was"]
        measured -= raw(record, was)
        counted -= billable(plan, record, was)
        was_charge = money(was.get("charge"))
        if was_charge is not None:
            charge = (charge or NOTHING) - was_charge
    return Entry(
        identity=Identity("cdr", source, record["record_id"]),
        at_ms=at_ms,
        arrival_ms=arrival_ms,
        period=period,
        bucket=bucket_of(plan, record),
        is_counted=is_counted(plan, record),
        is_measured=is_measured(plan, record),
        billable=counted,
        raw=measured,
        charge=charge,
        is_provisional=bool(record.get("provisional", False)),
        corrects=corrects,
    )
