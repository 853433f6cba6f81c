"""Totals, windows, allowances and charges do not depend on the order in which records arrive.

One subscriber's usage, corrections, pairs of a provisional record and its final one, and add-ons, shuffled
within one lateness class: all that is kept of quantities and money is the same. What is told on the way is
not: a level that a correction takes back is raised in one order and never reached in another.
"""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any, cast

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.fields import Bucket
from schemas.plans import Plan
from streams.core.charge import charge_of
from tests.build import Fed, Line, after, allowance, event, plan, profile, replay, usage

EXAMPLES = settings(max_examples=250, derandomize=True, deadline=None)
START = "2026-10-16T00:00:00Z"
MINUTES = 45 * 24 * 60 + 19 * 60
"""Over the end of October, until five hours before the end of November."""
ARRIVALS = st.sampled_from(["2026-11-30T20:00:00Z", "2026-12-01T01:00:00Z", "2026-12-05T00:00:00Z"])
"""Of November: in time, late, an adjustment. October is an adjustment always."""
AFTER_ALL = "2027-01-20T00:00:00Z"
"""Every timer has fired by then."""
SETTING = plan(
    allowance(amount=1_000_000),
    allowance("data.roaming", 100_000),
    allowance("voice", 300, rounding="60/60"),
)
PLAN = msgspec.convert(SETTING["value"], Plan)
QUANTITIES = st.integers(0, 2_000_000)
CHARGES = st.none() | st.integers(0, 999).map(
    lambda cents: {"amount": f"{cents / 100:.2f}", "currency": "CNY"}
)
MINUTE = st.integers(0, MINUTES)


def at(minute: int) -> str:
    """Return an instant so many minutes after the first."""
    return after(START, minutes=minute)


@st.composite
def sides(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """Draw a type, what all versions of a record have in common, and three versions of its quantities."""
    own: dict[str, Any] = {"roaming": draw(st.booleans())}
    own["zero_rated"] = draw(st.sampled_from([False, False, False, True]))
    if draw(st.booleans()):
        return "data", own, [{"bytes_up": draw(QUANTITIES)} for _ in range(3)]
    own["direction"] = draw(st.sampled_from(["out", "in"]))
    return "voice", own, [{"duration_s": draw(st.integers(0, 400))} for _ in range(3)]


def charged(charge: dict[str, str] | None) -> dict[str, Any]:
    """Return the field, if there is a charge."""
    return {} if charge is None else {"charge": charge}


@st.composite
def corrected(draw: st.DrawFn, number: int) -> list[Line]:
    """Draw a record and none, one or two corrections of it, one after the other."""
    kind, own, versions = draw(sides())
    minute, charges = draw(MINUTE), [draw(CHARGES) for _ in range(3)]
    lines = [usage(kind, at=at(minute), record_id=f"n{number}", **own, **versions[0], **charged(charges[0]))]
    for place in range(1, draw(st.integers(1, 3))):
        was = {**versions[place - 1], **charged(charges[place - 1])}
        corrects = {"record_id": f"n{number}", "was": was}
        fields = {**own, **versions[place], **charged(charges[place]), "corrects": corrects}
        lines.append(usage(kind, at=at(minute), record_id=f"n{number}c{place}", **fields))
    return lines


@st.composite
def replaced(draw: st.DrawFn, number: int) -> list[Line]:
    """Draw a provisional record and one or two that replace it, at its time or somewhat later."""
    kind, own, versions = draw(sides())
    minute, carries = draw(MINUTE), draw(st.booleans())
    charges = [draw(CHARGES.filter(bool)) if carries else None for _ in range(3)]
    first = usage(
        kind,
        at=at(minute),
        record_id=f"n{number}",
        source="nrt",
        provisional=True,
        **own,
        **versions[0],
        **charged(charges[0]),
    )
    finals = [
        usage(
            kind,
            at=at(min(minute + draw(st.sampled_from([0, 0, 1, 90])), MINUTES)),
            record_id=f"n{number}t{place}",
            source="tap",
            replaces={"source": "nrt", "record_id": f"n{number}"},
            **own,
            **versions[place],
            **charged(charges[place]),
        )
        for place in range(1, draw(st.integers(2, 3)))
    ]
    return [first, *finals]


@st.composite
def granted(draw: st.DrawFn, number: int, *, is_long: bool) -> list[Line]:
    """Draw an add-on: of its period, or with an end of its own, ``is_long`` after all usage."""
    minute = draw(MINUTE)
    least = MINUTES - minute + 1 if is_long else 1
    span = draw(st.none() | st.integers(least, least + 40 * 24 * 60))
    own = {} if span is None else {"expires_at": at(minute + span)}
    bucket = draw(st.sampled_from(["data", "data", "voice"]))
    amount = draw(st.integers(0, 3_000_000 if bucket == "data" else 600))
    return [
        event(
            "addon.purchased",
            event_id=f"g{number}",
            at=at(minute),
            addon_id="a",
            bucket=bucket,
            amount=amount,
            **own,
        )
    ]


@st.composite
def lives(draw: st.DrawFn, *, stories: int, records: int, is_long: bool) -> list[Line]:
    """Draw what happened to a subscriber: so many stories or fewer, of so many usage records or fewer."""
    lines: list[Line] = []
    for number in range(stories):
        kind = draw(st.sampled_from(["usage", "usage", "replaced", "grant", "nothing"]))
        match kind:
            case "usage":
                lines += draw(corrected(number))
            case "replaced":
                lines += draw(replaced(number))
            case "grant":
                lines += draw(granted(number, is_long=is_long))
    usages = [line for line in lines if line["topic"] == "cdr"][:records]
    return [line for line in lines if line["topic"] != "cdr" or line in usages]


def arriving(lines: Sequence[Line], first: str) -> list[Line]:
    """Return the lines in that order, a second apart, and long after them one that lets every timer fire."""
    stamped = [{**line, "timestamp": after(first, seconds=place)} for place, line in enumerate(lines)]
    return [SETTING, profile(arrives=START), *stamped, event("sim.swapped", at=AFTER_ALL, event_id="end")]


def kept(fed: Fed) -> dict[str, Any]:
    """Return all that is kept of quantities and money; what is zero is left out."""
    state = fed.state()
    assert state is not None
    found: dict[str, Any] = {}
    for bucket, window in state.windows.items():
        found[f"{bucket} hours"] = {hour: quantity for hour, quantity in window.hours.items() if quantity}
        found[f"{bucket} days"] = {day: quantity for day, quantity in window.days.items() if quantity}
    for period in state.periods:
        found[f"history {period.day}"] = (period.history.data, period.history.talk_s)
        found[f"beside {period.day}"] = [text for text in (period.other or {}).values() if Decimal(text)]
        for bucket, used in period.buckets.items():
            charge = charge_of(used, PLAN.allowance(cast("Bucket", bucket)).beyond, PLAN.currency)
            cost = Decimal(0) if charge is None else charge.value()
            found[f"{bucket} {period.day}"] = (used.total, used.allowance, cost)
    return {name: value for name, value in found.items() if value}


def check(lines: list[Line], first: str, chance: Random) -> None:
    """Hold two orders of arrival against each other."""
    shuffled = list(lines)
    chance.shuffle(shuffled)

    straight, mixed = replay(arriving(lines, first)), replay(arriving(shuffled, first))

    assert (straight.reasons, straight.count("applied")) == (mixed.reasons, mixed.count("applied"))
    assert kept(straight) == kept(mixed)


@EXAMPLES
@given(lives(stories=16, records=60, is_long=True), ARRIVALS, st.randoms(use_true_random=False))
def test_order_of_arrival_moves_no_total_window_or_charge(
    lines: list[Line], first: str, chance: Random
) -> None:
    """Sums commute, a replaced record counts in no order, and what a grant gives follows from totals."""
    check(lines, first, chance)


@EXAMPLES
@given(lives(stories=7, records=7, is_long=False), ARRIVALS, st.randoms(use_true_random=False))
def test_order_of_arrival_moves_nothing_that_has_lapsed(
    lines: list[Line], first: str, chance: Random
) -> None:
    """An add-on may be read before or after the usage that draws on it, and after its own end.

    Seven records, because of no more is it known one by one when they started.
    """
    check(lines, first, chance)
