"""What the oracle and the pipeline are both fed: several subscribers over three periods.

A history is drawn subscriber by subscriber as `Fact`s, each a line with its arrival, and then put in order of
arrival. Times lie on the hour or at an edge of a period, arrivals often at an edge of a lateness class, and
quantities are small against allowances of 1,000, so that levels are met exactly and passed several at once.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from hypothesis import strategies as st

from tests.oracle.oracle_periods import DAY_MS, HOUR_MS, MINUTE_MS, Period, Rule, instant, period_at, text

Json = dict[str, Any]
Lateness = Literal["in_future", "told", "late", "too_late"]

NOTICE_MS: Final = {"AU": 48 * HOUR_MS}
ERAS: Final = {
    "2026-10-20T00:00:00Z": ("Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "UTC"),
    "2026-02-18T00:00:00Z": ("America/Havana", "Asia/Beirut", "America/New_York", "Australia/Lord_Howe"),
    "2011-11-29T00:00:00Z": ("Pacific/Apia", "Pacific/Kiritimati", "Asia/Shanghai"),
}
"""Where a history begins, and zones to which something happens then. Apia had no 30 December 2011."""
RANK: Final = {"plans": 0, "subscribers": 1, "usage-events": 3, "cdr": 4}
"""Order of topics at equal arrivals."""


@dataclass(frozen=True)
class Who:
    """A subscriber with the periods of the first profile."""

    profile: Json
    since_ms: int
    """When the profile arrives; nothing else arrives before it."""
    periods: tuple[Period, ...]

    @property
    def name(self) -> str:
        """The subscriber's id."""
        return str(self.profile["subscriber_id"])

    @property
    def notice_ms(self) -> int:
        """How long after a period's end something may still be raised."""
        return NOTICE_MS.get(self.profile["jurisdiction"], 24 * HOUR_MS)

    def period(self, at_ms: int) -> Period:
        """Return the period of an event time under the first profile."""
        rule = Rule(self.since_ms, self.profile["time_zone"], self.profile["cycle_day"])
        return period_at([rule], at_ms)


@dataclass(frozen=True)
class Fact:
    """A line, when it arrives, and what it is about."""

    arrival_ms: int
    topic: str
    value: Json
    copies: tuple[int, ...] = ()
    """Arrivals of exact repeats."""

    @property
    def at_ms(self) -> int:
        """Event time of a usage record."""
        return instant(self.value["started_at"])


def lateness(who: Who, fact: Fact) -> tuple[Period, Lateness]:
    """Return the period of a usage record and how late it is for it."""
    period = who.period(fact.at_ms)
    if fact.at_ms > fact.arrival_ms + 5 * MINUTE_MS:
        return period, "in_future"
    if fact.arrival_ms < period.ends_ms + who.notice_ms:
        return period, "told"
    return period, "late" if fact.arrival_ms < period.ends_ms + 60 * DAY_MS else "too_late"


def in_order(facts: list[Fact]) -> list[Json]:
    """Return the lines of a file, by arrival and then by topic."""
    taken = [(arrival, fact) for fact in facts for arrival in (fact.arrival_ms, *fact.copies)]
    return [
        line_of(fact, arrival)
        for arrival, fact in sorted(taken, key=lambda one: (one[0], RANK[one[1].topic]))
    ]


def line_of(fact: Fact, arrival_ms: int) -> Json:
    """Return the envelope of a fact."""
    return {"topic": fact.topic, "timestamp": text(arrival_ms), "value": fact.value}


# -- plans and subscribers

BEYOND: Final[list[Json]] = [
    {"action": "charge", "price": "1.50", "per": 100},
    {"action": "charge", "price": "0.35", "per": 7},
    {"action": "charge"},
    {"action": "throttle", "to_kbps": 128},
    {"action": "block"},
    {"action": "pay_to_restore"},
]


@st.composite
def plans(draw: st.DrawFn, plan_id: str) -> Fact:
    """Draw a plan: data always, the other buckets as it comes."""
    beyond = st.sampled_from(BEYOND)
    amount = st.sampled_from([1000, 1000, 400, 3, 0, None])
    allowances = [{"bucket": "data", "amount": draw(amount), "beyond": draw(beyond)}]
    others = draw(st.sets(st.sampled_from(["data.roaming", "voice", "voice.roaming", "sms"])))
    for bucket in sorted(others):
        own: Json = {"bucket": bucket, "amount": draw(amount), "beyond": draw(beyond)}
        if bucket.startswith("voice"):
            own["rounding"] = draw(st.sampled_from(["1/1", "60/60", "30/6", "60/1"]))
        if not bucket.startswith("data"):
            own["counts"] = draw(st.sampled_from(["out", "both"]))
        allowances.append(own)
    return Fact(0, "plans", {"plan_id": plan_id, "currency": "CNY", "allowances": allowances})


@st.composite
def subscribers(draw: st.DrawFn, name: str, era: str) -> Who:
    """Draw a subscriber of zone, cycle day and jurisdiction."""
    zone, cycle_day = draw(st.sampled_from(ERAS[era])), draw(st.integers(1, 31))
    rule = Rule(instant(era), zone, cycle_day)
    periods = [period_at([rule], rule.from_ms)]
    for _ in range(2):
        periods.append(period_at([rule], periods[-1].ends_ms))
    profile: Json = {
        "subscriber_id": name,
        "plan_id": draw(st.sampled_from(["p", "q"])),
        "time_zone": zone,
        "cycle_day": cycle_day,
        "jurisdiction": draw(st.sampled_from(["CN", "ZA", "AU", "JM"])),
    }
    if draw(st.integers(0, 5)) == 5:
        profile["joined_on"] = text(periods[0].starts_ms + draw(st.integers(0, 20)) * DAY_MS)[:10]
    if draw(st.booleans()):
        amount = draw(st.sampled_from(["10.00", "3.00", "0.00"]))
        profile["credit_limit"] = {"amount": amount, "currency": "CNY"}
    return Who(profile, rule.from_ms, tuple(periods))


# -- usage

Draws = st.DrawFn


def moment(draw: Draws, who: Who) -> int:
    """Draw an event time: within a period on the hour, or at its edge."""
    period = draw(st.sampled_from(who.periods))
    hours = draw(st.sampled_from([0, -1]) | st.integers(0, 27 * 24))
    return period.ends_ms - 1 if hours < 0 else period.starts_ms + hours * HOUR_MS


def arrival(draw: Draws, who: Who, at_ms: int) -> int:
    """Draw an arrival of any lateness; most come at once."""
    ends_ms = who.period(at_ms).ends_ms
    late_ms, too_late_ms = ends_ms + who.notice_ms, ends_ms + 60 * DAY_MS
    drawn = draw(
        st.sampled_from(
            [
                *[at_ms] * 6,
                *[at_ms + 1000, at_ms + HOUR_MS, at_ms + DAY_MS, at_ms + 3 * DAY_MS + 1],
                *[ends_ms - 1, ends_ms, late_ms - 1, late_ms, late_ms + DAY_MS, late_ms + 20 * DAY_MS],
                *[too_late_ms - 1, too_late_ms],
                *[at_ms - 5 * MINUTE_MS, at_ms - 5 * MINUTE_MS - 1],
            ]
        )
    )
    return max(drawn, who.since_ms)


KINDS: Final = ["data"] * 6 + ["voice"] * 3 + ["sms", "mms"]
OCTETS: Final = [0, 1, 3, 100, 199, 200, 300, 500, 799, 1000]
SECONDS: Final = [0, 1, 59, 60, 61, 200, 600]
FLAGS: Final[list[Json]] = [
    *[{}] * 6,
    {"zero_rated": True},
    {"zero_rated": True, "charge": {"amount": "0.70", "currency": "CNY"}},
    {"roaming": True, "visited": "JP"},
    {"roaming": True, "visited": "FR", "charge": {"amount": "2.25", "currency": "CNY"}},
    {"charge": {"amount": "0.90", "currency": "CNY"}},
    {"charge": {"amount": "0.00", "currency": "CNY"}},
    {"partial": {"sequence": 1, "final": False}},
]


def quantities(draw: Draws, kind: str) -> Json:
    """Draw the own quantities of a type."""
    if kind == "data":
        octets = st.sampled_from(OCTETS)
        drawn = draw(st.sampled_from([["bytes_up"], ["bytes_down"], ["bytes_up", "bytes_down"]]))
        return {name: draw(octets) for name in drawn}
    if kind == "voice":
        return {"duration_s": draw(st.sampled_from(SECONDS))}
    return {"count": draw(st.integers(0, 3))}


def usage(draw: Draws, who: Who, record_id: str) -> Fact:
    """Draw a usage record."""
    at_ms, kind = moment(draw, who), draw(st.sampled_from(KINDS))
    value = {
        "subscriber_id": who.name,
        "record_id": record_id,
        "source": draw(st.sampled_from(["x", "y"])),
        "type": kind,
        "started_at": text(at_ms),
        **quantities(draw, kind),
        **draw(st.sampled_from(FLAGS)),
    }
    if kind != "data" and draw(st.integers(0, 3)) == 0:
        value["direction"] = "in"
    return Fact(arrival(draw, who, at_ms), "cdr", value)


def repeated(draw: Draws, fact: Fact) -> Fact:
    """Draw a record with repeats, within the horizon of three days after it or beyond."""
    gaps = draw(st.lists(st.sampled_from([0, HOUR_MS, 3 * DAY_MS, 3 * DAY_MS + 1]), min_size=1, max_size=2))
    return Fact(fact.arrival_ms, fact.topic, fact.value, tuple(fact.arrival_ms + gap for gap in gaps))
