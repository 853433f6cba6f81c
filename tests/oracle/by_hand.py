"""Lines of a file for what is worked out by hand, and what the oracle says of them.

The plan has 1,000 octets, 1.50 for each 100 begun beyond; the month is November 2026 in UTC, and what is not
said happens and arrives at noon of the 10th.
"""

from typing import Any, Final

from tests.oracle.oracle import Oracle

Json = dict[str, Any]

NOON: Final = "2026-11-10T12:00:00Z"
END: Final = "2026-12-01T00:00:00Z"
CHARGE: Json = {"action": "charge", "price": "1.50", "per": 100}
MONTH: Final = ("s", "data", "2026-11-01")


def line(topic: str, arrives: str, **value: object) -> Json:
    """Return one line of a file."""
    return {"topic": topic, "timestamp": arrives, "value": value}


def plan(plan_id: str = "p", amount: int | None = 1000, *more: Json, **beyond: object) -> Json:
    """Return a plan with data, and other allowances if any are given."""
    first = {"bucket": "data", "amount": amount, "beyond": beyond or CHARGE}
    return line("plans", "2026-10-01T00:00:00Z", plan_id=plan_id, currency="CNY", allowances=[first, *more])


def profile(arrives: str = "2026-10-01T00:00:00Z", **own: object) -> Json:
    """Return a profile of the subscriber ``s``."""
    given = {"plan_id": "p", "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"} | own
    return line("subscribers", arrives, subscriber_id="s", **given)


def data(octets: int, record_id: str, *, at: str = NOON, arrives: str = "", **own: object) -> Json:
    """Return a data record."""
    given = {"subscriber_id": "s", "record_id": record_id, "type": "data", "started_at": at}
    return line("cdr", arrives or at, **given, bytes_up=octets, **own)


def voice(seconds: int, record_id: str, **own: object) -> Json:
    """Return a call at noon."""
    given = {"subscriber_id": "s", "record_id": record_id, "type": "voice", "started_at": NOON}
    return line("cdr", NOON, **given, duration_s=seconds, **own)


def event(kind: str, event_id: str, *, at: str = NOON, **own: object) -> Json:
    """Return an event."""
    return line("usage-events", at, subscriber_id="s", event_id=event_id, type=kind, at=at, **own)


def corrects(record_id: str, was: int) -> Json:
    """Return the field of a correction."""
    return {"record_id": record_id, "was": {"bytes_up": was}}


def read(*lines: Json) -> Oracle:
    """Return what the oracle says of lines, after the usual plan and profile where none is given."""
    topics = [one["topic"] for one in lines]
    setting = [one for one in (plan(), profile()) if one["topic"] not in topics]
    return Oracle().read([*setting, *lines])


def said(oracle: Oracle) -> list[tuple[str, object]]:
    """Return type and level, step or number of each signal, without the forecasts."""
    names = ("level", "step", "n")
    return [
        (one["type"], next((one[name] for name in names if name in one), None))
        for one in oracle.signals
        if one["type"] not in {"forecast", "expiring"}
    ]


def addon(amount: int, event_id: str = "e", *, at: str = NOON, **own: object) -> Json:
    """Return a purchase of data."""
    return event("addon.purchased", event_id, at=at, addon_id="x", bucket="data", amount=amount, **own)
