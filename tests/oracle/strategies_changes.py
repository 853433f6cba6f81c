"""What the oracle and the pipeline are fed beyond plain usage: what takes back, replaces, and changes."""

from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from tests.oracle.oracle_periods import DAY_MS, HOUR_MS, MINUTE_MS, text
from tests.oracle.strategies import (
    ERAS,
    Draws,
    Fact,
    Json,
    Who,
    arrival,
    moment,
    plans,
    quantities,
    repeated,
    subscribers,
    usage,
)

SAME: Final = ("subscriber_id", "type", "started_at", "direction", "roaming", "visited", "zero_rated")
"""What a correction has from its original."""
QUANTITIES: Final = ("bytes_up", "bytes_down", "duration_s", "count", "charge")


def correction(draw: Draws, who: Who, original: Fact, record_id: str) -> Fact:
    """Draw a correction of a record or of its correction: up, down or a reversal, before it or after it."""
    value = original.value
    known = {name: value[name] for name in SAME if name in value}
    own = quantities(draw, value["type"])
    if draw(st.booleans()):
        own = dict.fromkeys(own, 0)
    if "charge" in value:
        own["charge"] = {"amount": draw(st.sampled_from(["0.00", "0.90", "4.00"])), "currency": "CNY"}
    was = {name: value[name] for name in QUANTITIES if name in value}
    corrects = {"record_id": value.get("corrects", value)["record_id"], "was": was}
    if draw(st.booleans()):
        corrects["source"] = value["source"]
    own_record = {"record_id": record_id, "source": value["source"], "corrects": corrects}
    return Fact(arrival(draw, who, original.at_ms), "cdr", known | own | own_record)


def replacement(draw: Draws, who: Who, original: Fact, record_id: str) -> Fact:
    """Draw the final record of a provisional one."""
    value = original.value
    named = {"record_id": value["record_id"], "source": value["source"]}
    own = quantities(draw, value["type"])
    kept = {name: value[name] for name in (*SAME, "charge") if name in value}
    record = kept | own | {"record_id": record_id, "source": "tap", "replaces": named}
    return Fact(arrival(draw, who, original.at_ms), "cdr", record)


def purchase(draw: Draws, who: Who, event_id: str) -> Fact:
    """Draw an add-on that is bought, with an end of its own or to the period's."""
    at_ms = max(moment(draw, who), who.since_ms)
    period = who.period(at_ms)
    value = event(who, "addon.purchased", event_id, at_ms)
    value |= {
        "addon_id": draw(st.sampled_from(["a", "b"])),
        "bucket": draw(st.sampled_from(["data", "data", "voice", "data.roaming", "sms"])),
        "amount": draw(st.sampled_from([1, 100, 250, 500, 2000])),
    }
    lasting = draw(st.sampled_from([0, 0, 2 * DAY_MS + HOUR_MS, 10 * DAY_MS, 35 * DAY_MS, 70 * DAY_MS]))
    arrival_ms = min(at_ms + draw(st.sampled_from([0, 0, 1000, HOUR_MS])), period.ends_ms - 1)
    if lasting:
        value["expires_at"] = text(at_ms + lasting)
    return Fact(arrival_ms, "usage-events", value)


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
def corrected(draw: Draws, *, replaced: bool = True) -> tuple[list[Who], list[Fact]]:
    """Draw usage with corrections, and provisional records with what replaces them."""
    people, facts = draw(plain())
    for who in people:
        mine = [one for one in facts if one.topic == "cdr" and one.value["subscriber_id"] == who.name]
        for number in range(draw(st.integers(0, 4)) if mine else 0):
            fixed = correction(draw, who, draw(st.sampled_from(mine)), f"c{number}")
            facts.append(fixed)
            mine.append(fixed)
        for number in range(draw(st.integers(0, 2)) if replaced else 0):
            early = usage(draw, who, f"p{number}")
            early = replace(early, value={**early.value, "provisional": True})
            finals = [
                replacement(draw, who, early, f"f{number}{one}") for one in range(draw(st.integers(0, 2)))
            ]
            facts += [early, *finals]
            mine += [early] if draw(st.integers(0, 3)) == 0 else []
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
        # How much of an opening total lay before the end of an add-on, nobody knows; which period a name
        # is of after another cycle day, the strategy does not.
        ending = {one.value["bucket"] for one in bought if "expires_at" in one.value}
        has_moved = any(rule_of(one.value) != rule_of(who.profile) for one in profiles)
        buckets = sorted({"data", "voice"} - ending)
        if buckets and not has_moved and draw(st.booleans()):
            facts.append(balance(draw, who, "b", draw(st.sampled_from(buckets))))
    return people, facts
