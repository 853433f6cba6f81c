"""Totals, windows, allowances and charges do not depend on the order in which records arrive.

One subscriber's life, shuffled within one lateness class: all that is kept of quantities and money is the
same. What is told on the way is not: a level that a correction takes back is raised in one order and never
reached in another.
"""

import os
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, Final, cast

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.fields import Bucket
from schemas.plans import Plan
from streams.core.charge import charge_of
from tests.build import SUBSCRIBER, Fed, Line, after, allowance, event, plan, profile, replay
from tests.property.stories import (
    DAY,
    HOUR,
    KNOWN_FROM,
    MINUTES,
    START,
    corrected,
    few,
    granted,
    lives,
    replaced,
    reported,
)

EXAMPLES = settings(
    max_examples=int(os.environ.get("USAGEWATCH_ORACLE_EXAMPLES", "100")),
    derandomize="USAGEWATCH_ORACLE_EXAMPLES" not in os.environ,
    deadline=None,
)
ARRIVALS = st.sampled_from(["2026-11-30T20:00:00Z", "2026-12-01T01:00:00Z", "2026-12-05T00:00:00Z"])
"""Of November: in time, late, an adjustment. October is an adjustment always."""
AFTER_ALL: Final = "2027-01-20T00:00:00Z"
"""Every timer has fired by then."""
SETTING = plan(
    allowance(amount=1_000_000),
    allowance("data.roaming", 100_000),
    allowance("voice", 300, rounding="60/60"),
)
ALONE = (profile(arrives=START),)
PLAN = msgspec.convert(SETTING["value"], Plan)
CHANCE = st.randoms(use_true_random=False)
KNOWN_HOURS = st.integers(KNOWN_FROM // HOUR + 1, MINUTES // HOUR).map(lambda hour: hour * HOUR)
DAYS = st.integers(17, MINUTES // DAY).map(lambda day: day * DAY)
"""Of November: midnights in UTC."""


def arriving(lines: Sequence[Line], first: str, who: Sequence[Line] = ALONE) -> list[Line]:
    """Return the lines in that order, a second apart, and long after them one that lets every timer fire."""
    stamped = [{**line, "timestamp": after(first, seconds=place)} for place, line in enumerate(lines)]
    return [SETTING, *who, *stamped, event("sim.swapped", at=AFTER_ALL, event_id="end")]


def kept(fed: Fed, key: str = SUBSCRIBER) -> dict[str, Any]:
    """Return all that is kept of quantities and money; what is zero is left out."""
    state = fed.state(key)
    assert state is not None
    found: dict[str, Any] = {"owed": amounts(state.bill.owed if state.bill is not None else None)}
    for bucket, window in state.windows.items():
        found[f"{bucket} hours"] = {hour: quantity for hour, quantity in window.hours.items() if quantity}
        found[f"{bucket} days"] = {day: quantity for day, quantity in window.days.items() if quantity}
    for period in state.periods:
        found[f"history {period.day}"] = (period.history.data, period.history.talk_s)
        found[f"beside {period.day}"] = amounts(period.other)
        for bucket, used in period.buckets.items():
            charge = charge_of(used, PLAN.allowance(cast("Bucket", bucket)).beyond, PLAN.currency)
            cost = None if charge is None else (charge.value(), charge.currency)
            if used.total or cost is not None:
                found[f"{bucket} {period.day}"] = (used.total, used.allowance, cost)
    return {name: value for name, value in found.items() if value}


def amounts(sums: dict[str, str] | None) -> dict[str, Decimal]:
    """Return sums of money without those of nothing."""
    return {currency: Decimal(text) for currency, text in (sums or {}).items() if Decimal(text)}


def check(
    lines: list[Line],
    first: str,
    chance: Random,
    *,
    who: Sequence[Line] = ALONE,
    keys: Sequence[str] = (SUBSCRIBER,),
) -> None:
    """Hold two orders of arrival against each other; ``keys`` are those of the states that are compared."""
    shuffled = list(lines)
    chance.shuffle(shuffled)

    straight, mixed = replay(arriving(lines, first, who)), replay(arriving(shuffled, first, who))

    assert (straight.reasons, straight.count("applied")) == (mixed.reasons, mixed.count("applied"))
    for key in keys:
        assert kept(straight, key) == kept(mixed, key)


LONG = partial(granted, ends=st.integers(MINUTES + 1, MINUTES + 40 * DAY))
"""Add-ons that end after all usage, or with their period."""
ANY_END = st.integers(1, MINUTES + 40 * DAY)
IN_NOVEMBER = st.integers(16 * DAY + 1, MINUTES)


@EXAMPLES
@given(lives(corrected, replaced, LONG, most=16), ARRIVALS, CHANCE)
def test_order_of_arrival_moves_no_total_window_or_charge(
    lines: list[Line], first: str, chance: Random
) -> None:
    """Sums commute, a replaced record counts in no order, and what a grant gives follows from totals."""
    check(lines, first, chance)


@EXAMPLES
@given(
    lives(
        corrected,
        replaced,
        partial(granted, ends=ANY_END),
        partial(reported, ends=IN_NOVEMBER),
        most=7,
    ).map(few),
    ARRIVALS,
    CHANCE,
)
def test_order_of_arrival_moves_nothing_that_has_lapsed(
    lines: list[Line], first: str, chance: Random
) -> None:
    """An add-on may be read before or after the usage that draws on it, and after its own end.

    So may a total from billing. Seven records: of no more is it known one by one when they started.
    """
    check(lines, first, chance)


@EXAMPLES
@given(
    lives(
        corrected,
        corrected,
        replaced,
        partial(granted, ends=KNOWN_HOURS),
        partial(reported, ends=KNOWN_HOURS),
        most=20,
    ),
    ARRIVALS,
    CHANCE,
)
def test_hours_tell_what_was_before_for_a_week(lines: list[Line], first: str, chance: Random) -> None:
    """However many records: what ends or opens on a UTC hour of the newest 168 is exact in every order."""
    check(lines, first, chance)


@EXAMPLES
@given(
    lives(
        partial(corrected, zero_rated=False),
        partial(replaced, zero_rated=False),
        partial(granted, ends=DAYS),
        most=20,
    ),
    ARRIVALS,
    CHANCE,
)
def test_days_tell_what_was_before_for_five_weeks(lines: list[Line], first: str, chance: Random) -> None:
    """An add-on of data that ends at midnight UTC, in the newest 35 days."""
    check([line for line in lines if line["value"].get("bucket") != "voice"], first, chance)


@EXAMPLES
@given(lives(corrected, corrected, partial(granted, ends=ANY_END), most=20), ARRIVALS, CHANCE)
def test_late_purchase_never_gives_more(lines: list[Line], first: str, chance: Random) -> None:
    """Whenever it ends, and however much was used: read last it gives what it gives read first, or less."""
    used = [line for line in lines if line["topic"] == "cdr" and "corrects" not in line["value"]]
    bought = [line for line in lines if line["topic"] != "cdr"]
    chance.shuffle(used)

    early, late = replay(arriving([*bought, *used], first)), replay(arriving([*used, *bought], first))

    for one, other in zip(early.periods(), late.periods(), strict=True):
        assert {} == {
            bucket: usage.allowance
            for bucket, usage in other.buckets.items()
            if (usage.allowance or 0) > (one.buckets[bucket].allowance or 0)
        }
