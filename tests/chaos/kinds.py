"""What each kind of subscriber sends on a day: every way that a record can go, and its own times to go it.

A worker's clock goes on with the wall time while nothing waits, a file's does not. So that both fire every
timer before and after the same records of a subscriber, what starts a timer (a record that will be held, a
complaint, a purchase) arrives between 11:45 and 12:00, everything else before 11:00: a timer some days after
its cause is then never due within the minutes that a worker may be idle before a record of its subscriber.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final, NamedTuple

from schemas.topics import CDR, SUBSCRIBERS, USAGE_EVENTS

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
OPENS_MS: Final = 8 * HOUR_MS
"""Time of day at which profiles change; usage follows five minutes later."""
NOON_MS: Final = 11 * HOUR_MS + 45 * MINUTE_MS
"""From when on the quarter of an hour lasts in which timers start."""
RECORD_BYTES: Final = 10_000_000
GROUP_SIZE: Final = 4
HOMES: Final = (
    ("Europe/Berlin", "DE"),
    ("Asia/Shanghai", "CN"),
    ("America/New_York", "US"),
    ("Europe/London", "GB"),
)
"""Local midnights, and so billing periods' ends, lie outside of 8 to 12 h in UTC."""
PLANS: Final = ("small", "large", "slow", "closed")


class Sent(NamedTuple):
    """One record to be sent. ``value`` is JSON, or bytes that are none, or None for a tombstone."""

    arrives_ms: int
    topic: str
    key: str
    value: dict[str, object] | bytes | None


class Visit(NamedTuple):
    """One subscriber's turn on one day."""

    number: int
    nth: int
    """Of this subscriber's turns, from 0."""
    day_ms: int
    random: Random

    @property
    def who(self) -> str:
        """The subscriber's id."""
        return subscriber_id(self.number)

    def morning(self) -> int:
        """Return a time for what starts no timer."""
        return self.day_ms + OPENS_MS + self.random.randrange(5 * MINUTE_MS, 2 * HOUR_MS)

    def noon(self) -> int:
        """Return a time for what starts one."""
        return self.day_ms + NOON_MS + self.random.randrange(15 * MINUTE_MS)

    def usage(self, kind: str, at_ms: int, *, name: str = "", arrives_ms: int = 0, **own: object) -> Sent:
        """Return a usage record that arrives when it happens, unless told otherwise."""
        value = {
            "record_id": f"{self.nth}{name}",
            "source": "chaos",
            "subscriber_id": self.who,
            "type": kind,
            "started_at": at_ms,
        }
        return Sent(arrives_ms or at_ms, CDR, self.who, value | own)

    def data(
        self, at_ms: int, *, size: int = RECORD_BYTES, name: str = "", arrives_ms: int = 0, **own: object
    ) -> Sent:
        """Return a data record."""
        return self.usage("data", at_ms, name=name, arrives_ms=arrives_ms, bytes_down=size, **own)

    def event(self, kind: str, at_ms: int, **own: object) -> Sent:
        """Return an event."""
        value = {"event_id": f"{self.nth}{kind}", "subscriber_id": self.who, "type": kind, "at": at_ms}
        return Sent(at_ms, USAGE_EVENTS, self.who, value | own)

    def profile(self, **own: object) -> Sent:
        """Return a new profile, first thing in the morning."""
        return Sent(self.day_ms + OPENS_MS, SUBSCRIBERS, self.who, profile_of(self.number) | own)

    def ends(self) -> Sent:
        """Return the end of the subscriber."""
        return Sent(self.day_ms + OPENS_MS, SUBSCRIBERS, self.who, None)


def subscriber_id(number: int) -> str:
    """Return a subscriber's id."""
    return f"chaos-{number:06}"


def profile_of(number: int) -> dict[str, object]:
    """Return the profile with which a subscriber begins."""
    zone, country = HOMES[number % len(HOMES)]
    profile: dict[str, object] = {
        "subscriber_id": subscriber_id(number),
        "plan_id": PLANS[number // len(KINDS) % len(PLANS)],
        "time_zone": zone,
        "cycle_day": 1 + number % 28,
        "jurisdiction": country,
        "consents": [{"purpose": "commercial", "granted": True, "channels": ["app"], "at": 0}],
    }
    kind = kind_of(number)
    if kind is _account:
        profile |= {"jurisdiction": "CA", "plan_id": "canada", "account_id": f"account-{number}"}
    elif kind is _group:
        profile |= {"plan_id": "large", "group_id": group_id(number)}
    elif kind is _waits_for_plan:
        profile |= {"plan_id": "never"}
    return profile


def has_profile_at_first(number: int) -> bool:
    """Tell whether a subscriber's profile is there before its first record."""
    return kind_of(number) is not _stray


def group_id(number: int) -> str:
    """Return the group of a line: four that follow one another among the groups' lines."""
    return f"family-{number // len(KINDS) // GROUP_SIZE:05}"


def is_group_line(number: int) -> bool:
    """Tell whether a subscriber shares an allowance."""
    return kind_of(number) is _group


# -- kinds


def _plain(visit: Visit) -> Iterator[Sent]:
    yield visit.data(visit.morning())


def _account(visit: Visit) -> Iterator[Sent]:
    """Charges whose limit is the account's."""
    yield visit.data(visit.morning())


def _mixed(visit: Visit) -> Iterator[Sent]:
    at_ms = visit.morning()
    yield visit.usage("voice", at_ms, name="v", duration_s=visit.random.randrange(200))
    yield visit.usage("sms", at_ms + 1, name="s", count=3)
    yield visit.data(at_ms + 2, name="r", roaming=True, visited="FR", size=RECORD_BYTES // 2)
    yield visit.data(at_ms + 3, name="z", zero_rated=True)
    yield visit.data(at_ms + 4, name="c", charge={"amount": "1.25", "currency": "EUR"})


def _repeats(visit: Visit) -> Iterator[Sent]:
    """The same again on the same day, and now and then with another content."""
    at_ms = visit.morning()
    record = visit.data(at_ms)
    yield record
    yield record._replace(arrives_ms=at_ms + visit.random.randrange(20 * MINUTE_MS))
    if visit.nth % 3 == 0:
        yield visit.data(at_ms, size=1, arrives_ms=at_ms + 21 * MINUTE_MS)


def _corrects(visit: Visit) -> Iterator[Sent]:
    """A correction that comes after its original, and every other time before it."""
    at_ms = visit.morning()
    delay_ms = 10 * MINUTE_MS * (1, -1)[visit.nth % 2]
    was = {"record_id": f"{visit.nth}", "was": {"bytes_down": RECORD_BYTES}}
    size = visit.random.choice((0, RECORD_BYTES // 4, 2 * RECORD_BYTES))
    yield visit.data(at_ms, arrives_ms=at_ms + 10 * MINUTE_MS)
    yield visit.data(at_ms, name="c", size=size, corrects=was, arrives_ms=at_ms + 10 * MINUTE_MS + delay_ms)


def _provisional(visit: Visit) -> Iterator[Sent]:
    at_ms = visit.morning()
    final = {"replaces": {"source": "chaos", "record_id": f"{visit.nth}p"}}
    yield visit.data(at_ms, name="p", provisional=True)
    if visit.nth % 3:
        yield visit.data(at_ms, name="f", size=RECORD_BYTES + 5, arrives_ms=at_ms + 15 * MINUTE_MS, **final)


def _late(visit: Visit) -> Iterator[Sent]:
    """Up to 35 days late, and now and then too late."""
    arrives_ms = visit.morning()
    days = 95 if visit.nth % 7 == 6 else visit.random.randrange(35)
    yield visit.data(arrives_ms - days * DAY_MS, arrives_ms=arrives_ms)


def _broken(visit: Visit) -> Iterator[Sent]:
    """One good record and one that is none."""
    at_ms = visit.morning()
    yield visit.data(at_ms)
    bad = visit.data(at_ms + 1, name="b")
    value = bad.value if isinstance(bad.value, dict) else {}
    yield bad._replace(
        value=(
            value | {"bytes_down": -1},
            value | {"type": "smoke"},
            value | {"started_at": "2026-03-01T08:00:00"},
            value | {"subscriber_id": "somebody-else"},
            value | {"started_at": at_ms + HOUR_MS},
            b"not json %d %d" % (visit.number, visit.nth),
        )[visit.nth % 6]
    )


def _events(visit: Visit) -> Iterator[Sent]:
    at_ms, nth = visit.noon(), visit.nth
    kinds: tuple[tuple[str, dict[str, object]], ...] = (
        ("port.queried", {"channel": "sms", "form": "INFO"}),
        ("port.requested", {"port_ref": "p1", "form": "PAC", "raised_by": "customer"}),
        ("charge.accrued", {"amount": {"amount": "30.00", "currency": "EUR"}}),
        ("payment.received", {"amount": {"amount": "20.00", "currency": "EUR"}}),
        ("app.viewed", {"page": "competitor_plans"}),
        ("complaint.opened", {"complaint_id": "c1", "topic": "bill_dispute", "channel": "app"}),
        ("care.contacted", {"channel": "call", "topic": "data_short"}),
        ("consent.changed", {"purpose": "commercial", "granted": nth % 2 == 0, "channels": ["app"]}),
        ("fault.opened", {"fault_id": "f1"}),
        ("device.changed", {"model": "Phone 9", "generation": "5g"}),
    )
    kind, own = kinds[nth % len(kinds)]
    yield visit.event(kind, at_ms, **own)
    yield visit.data(visit.morning())


def _buys(visit: Visit) -> Iterator[Sent]:
    """Add-ons to the period's end, or to a night some days ahead."""
    yield visit.data(visit.morning(), size=2 * RECORD_BYTES)
    if visit.nth % 3 == 0:
        expires_ms = visit.day_ms + visit.random.randrange(2, 6) * DAY_MS + 20 * HOUR_MS
        until = {} if visit.nth % 2 else {"expires_at": expires_ms}
        own = {"addon_id": "extra", "bucket": "data", "amount": 3 * RECORD_BYTES}
        yield visit.event("addon.purchased", visit.noon(), **own, **until)


def _changes(visit: Visit) -> Iterator[Sent]:
    """Another plan, another cycle day, an end and a new beginning; in between what comes is held."""
    match visit.nth % 8:
        case 2:
            yield visit.profile(plan_id="slow")
        case 4:
            yield visit.profile(plan_id="large", cycle_day=15)
        case 6:
            yield visit.ends()
            yield visit.data(visit.noon())
            return
        case 7:
            yield visit.profile()
    yield visit.data(visit.morning())


def _stray(visit: Visit) -> Iterator[Sent]:
    """Usage first, and its profile with one of the next turns, which may be in time for it or not."""
    profile_nth = 1 + visit.number // len(KINDS) % 5
    if visit.nth == profile_nth:
        yield visit.profile()
    yield visit.data(visit.noon() if visit.nth < profile_nth else visit.morning())


def _waits_for_plan(visit: Visit) -> Iterator[Sent]:
    """The catalogue never gets the plan."""
    yield visit.data(visit.noon())


def _group(visit: Visit) -> Iterator[Sent]:
    """Data counts in the group, messages come back to the line.

    All of one size, in time and never corrected: lines of a group come from several partitions, in no order.
    """
    at_ms = visit.morning()
    yield visit.data(at_ms)
    yield visit.usage("sms", at_ms + 1, name="s")


Kind = Callable[[Visit], Iterator[Sent]]
KINDS: Final[tuple[Kind, ...]] = (
    *([_plain] * 7),
    _account,
    _mixed,
    _repeats,
    _corrects,
    _provisional,
    _late,
    _broken,
    _events,
    _buys,
    _changes,
    _stray,
    _waits_for_plan,
    _group,
)


def kind_of(number: int) -> Kind:
    """Return what a subscriber does."""
    return KINDS[number % len(KINDS)]
