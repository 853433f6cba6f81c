"""However much fires, nobody is harassed: all notices, few offers, none at night, none after a no."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings, target
from hypothesis import strategies as st

from schemas.envelope import Emitted
from schemas.messages import CareEvent, OfferEvent
from schemas.times import zone
from streams.core.catalog import Catalog
from streams.core.contact import Contact, Made
from streams.pipeline import Pipeline, Rules
from tests.build import Line, addon, after, allowance, data, event, mms, ms, plan, sms, voice
from tests.build_contact import asked, clock, complaint, proposal, responded, willing
from tests.feed import raw_of
from tests.said import decided

EXAMPLES = settings(max_examples=120, derandomize=True, deadline=None)
EVERYTHING = plan(
    allowance(),
    allowance("data.roaming", 1_000_000),
    allowance("voice", 600),
    allowance("sms", 10),
    allowance("mms", 10),
    price="50.00",
)
SHOP = [
    EVERYTHING,
    addon(price="24.00"),
    addon(addon_id="r", bucket="data.roaming", amount=1_000_000, price="4.00"),
]
DAY_MS = 86_400_000


class Life:
    """One subscriber's records, fed one by one, so that what comes of them can be answered."""

    def __init__(self, zone_name: str = "UTC") -> None:
        self.zone = zone_name
        self.pipeline = Pipeline(catalog=Catalog(), rules=Rules.default())
        self.emitted: list[Emitted] = []
        self._offset = 0
        for line in (*SHOP, willing(time_zone=zone_name, arrives="2026-10-31T00:00:00Z")):
            self.feed(line)

    def feed(self, line: Line) -> None:
        """Take a record, after the timers that are due before it."""
        self._offset += 1
        raw = raw_of(line, self._offset)
        while self.pipeline.is_due(raw):
            self.emitted += self.pipeline.tick(raw.timestamp_ms)
        self.emitted += self.pipeline.take(raw)

    @property
    def offers(self) -> list[OfferEvent]:
        """The offers so far."""
        return [msgspec.json.decode(value, type=OfferEvent) for value in self._values("offer-events")]

    @property
    def notices(self) -> list[CareEvent]:
        """The notices so far, without withdrawals."""
        notices = [msgspec.json.decode(value, type=CareEvent) for value in self._values("care-events")]
        return [notice for notice in notices if notice.type != "withdrawn"]

    @property
    def to_be_told(self) -> set[str]:
        """Ids of the signals that the law wants told."""
        signals = [msgspec.json.decode(value) for value in self._values("signals")]
        kinds = {"near_limit", "overage", "throttled", "exhausted"}
        return {signal["id"] for signal in signals if signal["type"] in kinds}

    def _values(self, topic: str) -> list[bytes]:
        return [one.value or b"" for one in self.emitted if one.topic == topic]

    def hour(self, offer: OfferEvent) -> int:
        """Return the hour on the subscriber's wall at which an offer was made."""
        return datetime.fromisoformat(offer.decided_at).astimezone(zone(self.zone)).hour

    def local_days(self) -> list[Any]:
        """Return the subscriber's calendar days on which offers were made."""
        return [
            datetime.fromisoformat(one.decided_at).astimezone(zone(self.zone)).date() for one in self.offers
        ]


def everything_at(at: str) -> list[Line]:
    """Return what makes ten rules and more fire at once: every bucket runs short and over, calls drop."""
    return [
        data(85, at=at),
        data(40, at=at),
        data(bytes_up=900_000, roaming=True, at=at, visited="FR"),
        data(bytes_up=300_000, roaming=True, at=at, visited="FR"),
        voice(500, at=at),
        voice(200, at=at),
        sms(9, at=at),
        sms(2, at=at),
        mms(9, at=at),
        mms(2, at=at),
        *(voice(1, at=at, ended_by="dropped") for _ in range(6)),
        *(event("app.viewed", at=at, page="balance") for _ in range(6)),
        *(event("care.contacted", at=at, channel="call", topic="data_short") for _ in range(3)),
        event("charge.accrued", at=at, amount={"amount": "90.00", "currency": "CNY"}),
    ]


def rules_fired(life: Life) -> set[tuple[str, str]]:
    """Return kind and bucket of all that was found."""
    signals = [msgspec.json.decode(one.value or b"") for one in life.emitted if one.topic == "signals"]
    return {(signal["type"], signal.get("bucket", "")) for signal in signals}


def hour_of(life: Life, start: str) -> None:
    """Let everything happen within an hour."""
    for minute, line in enumerate(everything_at(start)):
        at = after(start, minutes=minute)
        line["value"]["started_at" if line["topic"] == "cdr" else "at"] = at
        life.feed(line)


def test_ten_rules_in_an_hour_are_all_notices_and_one_offer() -> None:
    """By day: one offer at most, and every notice."""
    life = Life()
    hour_of(life, "2026-11-10T12:00:00Z")

    assert 10 <= len(rules_fired(life))
    assert life.to_be_told == {cause for notice in life.notices for cause in notice.cause}
    assert len(life.to_be_told) >= 10
    assert 1 == len(life.offers)


def test_ten_rules_in_an_hour_of_the_night_are_all_notices_and_one_offer_in_the_morning() -> None:
    """None while it is quiet; the notices do not wait."""
    life = Life()
    hour_of(life, "2026-11-10T22:00:00Z")

    assert [] == life.offers
    assert life.to_be_told == {cause for notice in life.notices for cause in notice.cause}
    life.feed(clock("2026-11-12T12:00:00Z"))
    assert ["2026-11-11T08:00:00.000Z"] == [offer.decided_at for offer in life.offers]


def test_ten_rules_in_an_hour_after_a_refusal_are_all_notices_and_no_offer() -> None:
    """A no is a no."""
    life = Life()
    life.feed(data(80, at="2026-11-03T12:00:00Z"))
    (offer,) = life.offers
    life.feed(responded(offer.id, "refused", "2026-11-03T13:00:00Z"))
    hour_of(life, "2026-11-10T12:00:00Z")

    assert 1 == len(life.offers)
    assert life.to_be_told == {cause for notice in life.notices for cause in notice.cause}


class Step(NamedTuple):
    """Something that happens, so many minutes after what was before."""

    minutes: int
    what: str
    size: int


OFTEN = ["short"] * 16
SELDOM = ["data", "roaming", "voice", "more data", "more roaming", "accept", "see", "nothing", "refuse"]
TROUBLE = ["complain", "end complaint", "end complaint"]
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from([5, 60, 300, 720, 1_440, 2_880]),
        st.sampled_from([*OFTEN, *SELDOM, *TROUBLE]),
        st.integers(1, 100),
    ),
    min_size=15,
    max_size=60,
)
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"])


def step(life: Life, one: Step, at: str) -> None:
    """Let one thing happen."""
    last = life.offers[-1].id if life.offers else "none"
    bought: dict[str, Any] = {"amount": 5_000_000, "addon_id": "z"}
    lines: dict[str, Line] = {
        "data": data(one.size, at=at),
        "roaming": data(bytes_up=one.size * 10_000, roaming=True, at=at, visited="FR"),
        "voice": voice(one.size * 6, at=at),
        "more data": event("addon.purchased", at=at, bucket="data", **bought),
        "more roaming": event("addon.purchased", at=at, bucket="data.roaming", **bought),
        "refuse": responded(last, "refused", at),
        "accept": responded(last, "accepted", at),
        "see": responded(last, "seen", at),
        "complain": complaint("opened", at),
        "end complaint": complaint("closed", at),
        "nothing": clock(at),
    }
    if one.what == "short":
        # Another add-on is the cheapest each time, so that no offer is the same again.
        nano = 20_000_000_000 - ms(at) // 1000
        life.feed(addon(addon_id=f"n{at}", price=f"{nano // 10**9}.{nano % 10**9:09}"))
        life.feed(lines["more data"])
        life.feed(data(90, at=at))
    else:
        life.feed(lines[one.what])


@EXAMPLES
@given(STEPS, ZONES)
def test_months_of_anything_stay_within_the_caps(steps: list[Step], zone_name: str) -> None:
    """Whatever happens, whenever, and whatever is answered: in calendar days, weeks and months."""
    life, at = Life(zone_name), "2026-11-01T00:00:00Z"
    for one in steps:
        at = after(at, minutes=one.minutes)
        step(life, one, at)
    life.feed(clock(after(at, hours=30)))
    target(float(len(life.offers)))

    days = life.local_days()
    assert life.to_be_told <= {cause for notice in life.notices for cause in notice.cause}
    assert all(8 <= life.hour(offer) < 21 for offer in life.offers)
    groups: tuple[tuple[list[Any], int], ...] = (
        (list(days), 1),
        ([day - timedelta(days=day.weekday()) for day in days], 2),
        ([(day.year, day.month) for day in days], 4),
    )
    for group, most in groups:
        assert all(group.count(member) <= most for member in set(group))
    _check_memory(life, steps)


def _check_memory(life: Life, steps: list[Step]) -> None:
    """Check offers against what was before them: refusals, complaints, the same again."""
    made = [(ms(offer.decided_at), offer.options[0].id) for offer in life.offers]
    for place, (at_ms, key) in enumerate(made):
        assert all(key != other or at_ms - before >= 30 * DAY_MS for before, other in made[:place])
    start, open_since, refused = "2026-11-01T00:00:00Z", None, list[int]()
    complaints: list[tuple[int, int]] = []
    at = start
    for one in steps:
        at = after(at, minutes=one.minutes)
        if one.what == "complain" and open_since is None:
            open_since = ms(at)
        elif one.what == "end complaint" and open_since is not None:
            complaints.append((open_since, ms(at)))
            open_since = None
        elif one.what == "refuse" and any(before <= ms(at) for before, _ in made):
            refused.append(ms(at))
    if open_since is not None:
        complaints.append((open_since, 2**62))
    for at_ms, _ in made:
        assert not [span for span in complaints if span[0] < at_ms < span[1]]
        assert not [no_ms for no_ms in refused if no_ms < at_ms < no_ms + 90 * DAY_MS]


PROPOSED = st.lists(
    st.tuples(st.integers(0, 14 * 60), st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 50)), min_size=1,
              max_size=10)),
    max_size=80,
)  # fmt: skip


@EXAMPLES
@given(PROPOSED)
def test_ten_rules_with_ten_plans_stay_within_the_caps(
    proposed: list[tuple[int, list[tuple[int, int]]]],
) -> None:
    """The policy alone, with as many different plans to offer as there are rules."""
    contact, at_ms = Contact(), ms("2026-11-01T00:00:00Z")
    for minutes, offers in proposed:
        at_ms += minutes * 60_000
        found = asked(at_ms=at_ms, time_zone="UTC")
        decision = decided(
            found, *(proposal(found, f"k{key}", value) for key, value in offers), contact=contact
        )

        assert len(offers) == len(decision.unsaid) + (decision.chosen is not None)
        assert all(unsaid.reasons for unsaid in decision.unsaid)
        if decision.offer is None or decision.chosen is None:
            continue
        contact.add(Made(str(at_ms), "addon", decision.chosen.key, "app", at_ms, at_ms + DAY_MS))
        possible = [value for key, value in offers if not _said(contact, f"k{key}", at_ms)]
        assert max(possible, default=-99) <= decision.chosen.value
    times = [one.at_ms for one in contact.made]
    for span_ms, most in ((DAY_MS, 1), (7 * DAY_MS, 2), (31 * DAY_MS, 4)):
        assert all(sum(0 <= at - other < span_ms for other in times) <= most for at in times)
    assert all(8 <= datetime.fromisoformat(_iso(at)).hour < 21 for at in times)


def _said(contact: Contact, key: str, at_ms: int) -> bool:
    return any(one.key == key and one.at_ms < at_ms < one.at_ms + 30 * DAY_MS for one in contact.made)


def _iso(at_ms: int) -> str:
    return after("1970-01-01T00:00:00Z", ms=at_ms)
