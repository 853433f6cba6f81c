"""What the oracle and the pipeline are fed beyond plain usage: what changes allowances, and what is owed."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.oracle.oracle_periods import DAY_MS, HOUR_MS, MINUTE_MS, instant, text
from tests.oracle.strategies import (
    ERAS,
    Draws,
    Fact,
    Json,
    Who,
    moment,
    plans,
    quantities,
    repeated,
    subscribers,
    usage,
)
from tests.oracle.strategies_taken_back import correction, replaced


def purchase(draw: Draws, who: Who, event_id: str) -> Fact:
    """Draw an add-on that is bought, with an end of its own or to the period's."""
    at_ms = max(moment(draw, who), who.since_ms)
    last_ms = who.period(at_ms).ends_ms - 1
    value = event(who, "addon.purchased", event_id, at_ms)
    value |= {
        "addon_id": draw(st.sampled_from(["a", "b"])),
        "bucket": draw(st.sampled_from(["data", "data", "voice", "data.roaming", "sms"])),
        "amount": draw(st.sampled_from([1, 100, 250, 500, 2000])),
    }
    if draw(st.booleans()):
        return read_late(draw, Fact(0, "usage-events", value), at_ms, last_ms)
    lasting = draw(st.sampled_from([0, 0, 2 * DAY_MS + HOUR_MS, 10 * DAY_MS, 35 * DAY_MS, 70 * DAY_MS]))
    if lasting:
        value["expires_at"] = text(at_ms + lasting)
    arrival_ms = min(at_ms + draw(st.sampled_from([0, 0, 1000, HOUR_MS])), last_ms)
    return Fact(arrival_ms, "usage-events", value)


def read_late(draw: Draws, bought: Fact, at_ms: int, last_ms: int) -> Fact:
    """Return a purchase with an end on a UTC hour, read after it, while that hour is known by hours."""
    lasting = draw(st.sampled_from([HOUR_MS, 5 * HOUR_MS, 2 * DAY_MS]))
    expires_ms = (at_ms + lasting) // HOUR_MS * HOUR_MS
    if expires_ms <= at_ms:
        expires_ms += HOUR_MS
    arrival_ms = expires_ms + draw(st.sampled_from([0, 1, HOUR_MS, DAY_MS, 6 * DAY_MS]))
    value = bought.value | {"expires_at": text(expires_ms)}
    return replace(bought, arrival_ms=min(arrival_ms, max(last_ms, at_ms)), value=value)


def around(draw: Draws, who: Who, bought: Fact) -> list[Fact]:
    """Draw many records of an add-on's bucket around its end, more than are known one by one."""
    value = bought.value
    kind, _, abroad = value["bucket"].partition(".")
    ends_ms = instant(value["expires_at"])
    step = draw(st.sampled_from([MINUTE_MS, 20 * MINUTE_MS, 5 * HOUR_MS]))
    facts = []
    for place in range(draw(st.integers(10, 16))):
        at_ms = max(ends_ms + (place - 6) * step, who.since_ms)
        record: Json = {"subscriber_id": who.name, "record_id": f"{value['event_id']}n{place}", "source": "x"}
        record |= {"type": kind, "started_at": text(at_ms), "roaming": bool(abroad), **quantities(draw, kind)}
        facts.append(Fact(at_ms + draw(st.sampled_from([0, 0, HOUR_MS, 2 * DAY_MS])), "cdr", record))
    return facts


def event(who: Who, kind: str, event_id: str, at_ms: int) -> dict[str, Any]:
    """Return the common fields of an event."""
    return {"subscriber_id": who.name, "type": kind, "event_id": event_id, "at": text(at_ms)}


def money(draw: Draws, who: Who, event_id: str) -> Fact:
    """Draw a charge or a payment."""
    at_ms = max(moment(draw, who), who.since_ms)
    value = event(who, draw(st.sampled_from(["charge.accrued", "payment.received"])), event_id, at_ms)
    value["amount"] = {"amount": draw(st.sampled_from(["1.00", "4.99", "8.00"])), "currency": "CNY"}
    return Fact(at_ms, "usage-events", value)


def balance(draw: Draws, who: Who, event_id: str, bucket: str) -> Fact:
    """Draw an opening total, as of the end of a UTC hour of the days before it."""
    at_ms = max(moment(draw, who), who.since_ms)
    period = who.period(at_ms)
    earliest = max(period.starts_ms, at_ms - 6 * DAY_MS)
    hours = draw(st.sampled_from([0, 1, 24, 100]))
    as_of_ms = max(earliest, at_ms - hours * HOUR_MS) // HOUR_MS * HOUR_MS - 1
    as_of_ms = as_of_ms if as_of_ms >= period.starts_ms else at_ms
    value = event(who, "balance.reported", event_id, at_ms)
    value |= {
        "bucket": bucket,
        "period": period.day,
        "used": draw(st.sampled_from([0, 300, 799, 1000])),
        "as_of": text(as_of_ms),
    }
    return Fact(at_ms, "usage-events", value)


def changed_profiles(draw: Draws, who: Who) -> list[Fact]:
    """Draw profiles of another plan, limit or jurisdiction, or of another zone and cycle day."""
    changes: list[Json] = [
        {"plan_id": "p"},
        {"plan_id": "q"},
        {"plan_id": "q"},
        {"jurisdiction": "AU"},
        {"credit_limit": {"amount": "5.00", "currency": "CNY"}},
    ]
    drawn = [(moment(draw, who), draw(st.sampled_from(changes))) for _ in range(draw(st.integers(0, 2)))]
    if draw(st.integers(0, 3)) == 0:
        zones = sorted({zone for era in ERAS.values() for zone in era})
        moved = {"time_zone": draw(st.sampled_from(zones)), "cycle_day": draw(st.integers(1, 31))}
        drawn = [one for one in drawn if "jurisdiction" not in one[1]] + [(moment(draw, who), moved)]
    profile, facts = who.profile, []
    for arrival_ms, change in sorted(
        ((in_force(who, *one), one[1]) for one in drawn), key=lambda one: one[0]
    ):
        profile = profile | change
        facts.append(Fact(arrival_ms, "subscribers", profile))
    return facts


def rule_of(profile: Json) -> tuple[str, int]:
    """Return zone and cycle day."""
    return profile["time_zone"], profile["cycle_day"]


def in_force(who: Who, at_ms: int, change: Json) -> int:
    """Return when a change may arrive.

    Which levels hold for a period that has just closed when the jurisdiction changes, no page says.
    """
    arrival_ms = max(at_ms, who.since_ms) + MINUTE_MS
    if "jurisdiction" in change:
        return max(arrival_ms, who.period(arrival_ms).starts_ms + 3 * DAY_MS)
    return arrival_ms


# -- histories


@st.composite
def plain(draw: Draws) -> tuple[list[Who], list[Fact]]:
    """Draw subscribers and their usage: late, repeated, shuffled by how long it took to arrive."""
    people, facts = draw(settings_of())
    for who in people:
        for number in range(draw(st.integers(0, 12))):
            fact = usage(draw, who, f"r{number}")
            facts.append(repeated(draw, fact) if draw(st.integers(0, 9)) == 0 else fact)
    return people, facts


@st.composite
def settings_of(draw: Draws) -> tuple[list[Who], list[Fact]]:
    """Draw subscribers, with their plans and profiles as first facts."""
    era = draw(st.sampled_from(sorted(ERAS)))
    people = [draw(subscribers(name, era)) for name in "abc"[: draw(st.integers(1, 3))]]
    facts = [replace(draw(plans(name)), arrival_ms=people[0].since_ms) for name in "pq"]
    return people, facts + [Fact(who.since_ms, "subscribers", who.profile) for who in people]


@st.composite
def corrected(draw: Draws) -> tuple[list[Who], list[Fact]]:
    """Draw usage with corrections, and provisional records with what replaces them."""
    people, facts = draw(plain())
    for who in people:
        mine = [one for one in facts if one.topic == "cdr" and one.value["subscriber_id"] == who.name]
        for number in range(draw(st.integers(0, 4)) if mine else 0):
            fixed = correction(draw, who, draw(st.sampled_from(mine)), f"c{number}")
            facts.append(fixed)
            mine.append(fixed)
        for number in range(draw(st.integers(0, 2))):
            facts += replaced(draw, who, number)
    return people, facts


@st.composite
def changing(draw: Draws) -> tuple[list[Who], list[Fact]]:
    """Draw all of it: corrections, purchases, other plans, balances and money."""
    people, facts = draw(corrected())
    for who in people:
        bought = [purchase(draw, who, f"a{number}") for number in range(draw(st.integers(0, 3)))]
        facts += bought
        facts += [money(draw, who, f"m{number}") for number in range(draw(st.integers(0, 2)))]
        profiles = changed_profiles(draw, who)
        facts += profiles
        for one in bought:
            if "expires_at" in one.value and draw(st.integers(0, 2)):
                facts += around(draw, who, one)
        # Which period a name is of after another cycle day, the strategy does not know.
        if all(rule_of(one.value) == rule_of(who.profile) for one in profiles):
            buckets = st.sampled_from(["data", "data", "voice"])
            facts += [balance(draw, who, f"b{one}", draw(buckets)) for one in range(draw(st.integers(0, 2)))]
    return people, facts
