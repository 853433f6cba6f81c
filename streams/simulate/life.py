"""What a subscriber does in the month besides using: asks about leaving, travels, pays, looks, complains.

Rates are a month's and mostly higher than real ones, so that a few hundred subscribers show each kind.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, zone
from streams.simulate.month import Day, Month
from streams.simulate.people import Person

_QUERIES_MOST: Final = 4
_FORMS: Final[dict[str, tuple[str, str, int]]] = {
    "CN": ("CXXZ", "SQXZ", MS_PER_HOUR),
    "GB": ("INFO", "PAC", 30 * MS_PER_DAY),
    "IN": ("PORT", "UPC", 4 * MS_PER_DAY),
}
"""Form of the query, form of the request, how long its code is valid.

Source: the public rules of China (2019), the United Kingdom (2019) and India (2024).
"""
_FORMS_ELSEWHERE: Final = ("PORT", "PORT", MS_PER_DAY)
_STAYING: Final = 0.2
_PAYING: Final = 0.9
_COMPLAINING: Final = 0.02
_SLOW_CARE: Final = 0.1
_COMPLAINT_TOPICS: Final = ("bill_dispute", "network_fault", "slow_data")
_STEPS: Final = ("opened", "assigned", "progressed", "resolved", "confirmed", "closed")
_CARE_CONTACTS: Final = 0.4
_CARE_TOPICS: Final = ("data_short", "bill_dispute", "network_fault", "other")
_VIEWS_MOST: Final = 12
_PAGES: Final = ("balance", "balance", "balance", "plans", "broadband", "other")
_CONSENTS_CHANGED: Final = 0.03
_RARITIES: Final[tuple[tuple[float, str, dict[str, object]], ...]] = (
    (0.03, "device.changed", {"model": "Phone 9", "generation": "5g"}),
    (0.01, "sim.swapped", {}),
    (0.02, "service.ordered", {"service": "broadband"}),
    (0.02, "service.cancelled", {"service": "family_number"}),
    (0.01, "competitor.reported", {"channel": "call"}),
    (0.02, "survey.answered", {"survey": "service", "score": 4}),
    (0.02, "fault.opened", {"fault_id": "line"}),
)
"""Share of subscribers, event type, its own fields."""


class Happening(NamedTuple):
    """One event: when, and its JSON value."""

    at_ms: int
    value: dict[str, object]


class Diary:
    """Writes one subscriber's events with their ids and local times."""

    def __init__(self, someone: Person, month: Month) -> None:
        self.someone, self._month, self.random = someone, month, someone.random

    def day(self, number: int) -> Day:
        """Return the month's day ``number`` where the subscriber lives."""
        return self._month.day(self.someone.home.time_zone, number)

    def at_ms(self, *, first: int = 0) -> int:
        """Return a time between 8 and 22 h on a local day from ``first``."""
        day = self._month.day(
            self.someone.home.time_zone, self.random.randrange(first, self._month.length_days)
        )
        return day.start_ms + self.random.randrange(8 * MS_PER_HOUR, 22 * MS_PER_HOUR) // 1000 * 1000

    def note(self, kind: str, at_ms: int, **own: object) -> Happening:
        """Return the event of that type at that time, written in the subscriber's zone."""
        someone = self.someone
        source = {"app": "app", "port": "porting", "roaming": "vlr"}.get(kind.partition(".")[0], "crm")
        return Happening(
            at_ms,
            {
                "event_id": f"{someone.number}-{source}-{someone.serial(source)}",
                "source": source,
                "subscriber_id": someone.subscriber_id,
                "type": kind,
                "at": self.text(at_ms),
                **own,
            },
        )

    def text(self, at_ms: int) -> str:
        """Return RFC 3339 in the subscriber's zone."""
        return datetime.fromtimestamp(at_ms // 1000, zone(self.someone.home.time_zone)).isoformat()


def agenda(diary: Diary) -> Iterator[Happening]:
    """Yield what the subscriber does in the month, kind by kind; sets from when the number has gone."""
    someone = diary.someone
    if someone.is_curious:
        yield from _porting(diary)
    if someone.trip is not None:
        for kind, number in (("roaming.entered", someone.trip.first), ("roaming.left", someone.trip.end)):
            yield diary.note(kind, diary.day(number).start_ms, country=someone.trip.country)
    yield from _billing(diary)
    yield from _contacts(diary)
    if diary.random.random() < _COMPLAINING:
        yield from _complaint(diary)
    yield from _rarities(diary)


def _porting(diary: Diary) -> Iterator[Happening]:
    """Queries, and for some a request with its code and the number's leaving."""
    random, someone = diary.random, diary.someone
    query, request, valid_ms = _FORMS.get(someone.home.jurisdiction, _FORMS_ELSEWHERE)
    at_ms = diary.at_ms(first=7)
    yield diary.note("app.viewed", at_ms - MS_PER_HOUR, page="competitor_plans")
    for _ in range(random.randint(1, _QUERIES_MOST)):
        yield diary.note("port.queried", at_ms, channel=random.choice(("sms", "app")), form=query)
        at_ms += random.randrange(5 * MS_PER_MINUTE, 20 * MS_PER_HOUR) // 1000 * 1000
    if not someone.is_leaving:
        return
    is_ours = someone.home.jurisdiction in _FORMS
    step = {
        "port_ref": f"port-{someone.number}",
        "form": request,
        # Elsewhere the new operator asks for the number.
        "raised_by": "customer" if is_ours else "gaining_operator",
    }
    issued_ms, gone_ms = at_ms + 20_000, at_ms + min(valid_ms, MS_PER_DAY)
    yield diary.note("port.requested", at_ms, **step, expires_at=diary.text(at_ms + valid_ms))
    if is_ours:
        yield diary.note("port.code_issued", issued_ms, **step, expires_at=diary.text(issued_ms + valid_ms))
    if random.random() < _STAYING:
        yield diary.note("port.cancelled", issued_ms + MS_PER_MINUTE, **step)
        return
    someone.left_at_ms = gone_ms
    yield diary.note("port.completed", gone_ms, **step)


def _billing(diary: Diary) -> Iterator[Happening]:
    """The monthly fee, and its payment by most."""
    price = {"amount": diary.someone.tier.plan.price, "currency": diary.someone.tier.plan.currency}
    at_ms = diary.at_ms() // MS_PER_HOUR * MS_PER_HOUR
    yield diary.note("charge.accrued", at_ms, amount=price)
    if diary.random.random() < _PAYING:
        yield diary.note("payment.received", at_ms + diary.random.randrange(1, 10) * MS_PER_DAY, amount=price)


def _contacts(diary: Diary) -> Iterator[Happening]:
    """Pages looked at, and questions to care."""
    random = diary.random
    for _ in range(int(random.expovariate(0.25)) % _VIEWS_MOST):
        yield diary.note("app.viewed", diary.at_ms(), page=random.choice(_PAGES))
    if random.random() < _CARE_CONTACTS:
        topic = random.choice(_CARE_TOPICS)
        for _ in range(random.randint(1, 3)):
            yield diary.note(
                "care.contacted", diary.at_ms(), channel=random.choice(("call", "app")), topic=topic
            )


def _complaint(diary: Diary) -> Iterator[Happening]:
    """A complaint from its opening to its closing; now and then the answer takes more than 15 days."""
    random, at_ms = diary.random, diary.at_ms()
    slow = 6 if random.random() < _SLOW_CARE else 1
    own = {"complaint_id": f"complaint-{diary.someone.number}", "topic": random.choice(_COMPLAINT_TOPICS)}
    for step in _STEPS:
        yield diary.note(f"complaint.{step}", at_ms, **own, channel="call", owner="care-team-2")
        at_ms += slow * random.randrange(2 * MS_PER_HOUR, 3 * MS_PER_DAY) // 1000 * 1000


def _rarities(diary: Diary) -> Iterator[Happening]:
    """What few do in a month."""
    random = diary.random
    for share, kind, own in _RARITIES:
        if random.random() < share:
            at_ms = diary.at_ms()
            yield diary.note(kind, at_ms, **own)
            if kind == "fault.opened":
                yield diary.note("fault.cleared", at_ms + random.randrange(1, 48) * MS_PER_HOUR, **own)
    if diary.someone.number % 9 == 0:
        yield diary.note("vas.used", diary.at_ms(), service_id="ringtone")
    if random.random() < _CONSENTS_CHANGED:
        yield diary.note(
            "consent.changed",
            diary.at_ms(),
            purpose="commercial",
            granted=random.choice((True, False)),
            channels=["app"],
        )
