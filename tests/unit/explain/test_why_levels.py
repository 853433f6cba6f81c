"""What is raised already of a bucket, and what is next."""

import pytest

from schemas.fields import Money
from streams.explain import Step
from streams.regimes import OverageSteps, shipped
from streams.signals.overage import next_step, reached
from tests.build import NOON, SUBSCRIBER, THROTTLE, Line, addon, after, allowance, data, event, plan, profile
from tests.build_story import OTHER, group, last, silences, told

BLOCK = {"action": "block"}


def levels(step: Step) -> list[str]:
    """Return what is said of the levels of buckets."""
    return [one.text for one in step.why_not if one.signal not in {"forecast", "bill_warning", "arrears"}]


@pytest.mark.parametrize(
    ("beyond", "used", "text"),
    [
        (THROTTLE, 79, "next level 80 % at 8 MB, 100 KB more"),
        # A plan that slows down has no level of 100 %: it is throttled then.
        (THROTTLE, 85, "next throttled, at 10 MB: 1.5 MB are left"),
        (THROTTLE, 100, "all of it is used: no more levels"),
        (BLOCK, 85, "next level 100 % at 10 MB, 1.5 MB more"),
        (BLOCK, 100, "all of it is used: no more levels"),
        ({"action": "charge"}, 100, "next overage, beyond 10 MB: 0 MB are left"),
        ({"action": "charge"}, 101, "no more levels: regime CN has no further steps of overage here"),
    ],
)
def test_next_is_what_more_usage_would_raise(beyond: dict[str, object], used: int, text: str) -> None:
    """Each level in its order, then what the plan does beyond."""
    assert text == levels(last(plan(allowance(beyond=beyond)), data(used)))[0]


@pytest.mark.parametrize(
    ("amount", "beyond", "used", "text"),
    [
        (None, THROTTLE, 1, "no levels: it is unlimited"),
        (0, THROTTLE, 1, "all of it is used: no more levels"),
        (0, {"action": "charge"}, 1, "no more levels: regime CN has no further steps of overage here"),
    ],
)
def test_nothing_and_everything_have_no_levels(
    amount: int | None, beyond: dict[str, object], used: int, text: str
) -> None:
    """An allowance of nothing is used up with the first unit."""
    assert text == levels(last(plan(allowance(amount=amount, beyond=beyond)), data(used)))[0]


def test_what_was_raised_says_with_which_line() -> None:
    """Not of what this record raises: that is told."""
    crossed, later = told(data(85), data(1))[1:]

    assert ["next level 100 % at 10 MB, 1.5 MB more"] == levels(crossed)
    assert ["next level 100 % at 10 MB, 1.4 MB more", "80 % was raised with line 3"] == levels(later)
    assert [("80 %", 3)] == [(one.what, one.line) for one in later.why_not if one.why == "raised_already"]


def test_what_is_resolved_is_not_raised_again() -> None:
    """After a correction the level is reached once more, in silence."""
    corrected = data(70, corrects={"record_id": "a", "was": {"bytes_up": 8_500_000}})
    said = levels(last(data(85, record_id="a"), corrected))

    assert "80 % was raised with line 3 and is resolved: if it is true again, nobody is alerted" in said


def test_another_allowance_has_levels_of_its_own() -> None:
    """What the former generation had raised is none of it."""
    bought = event("addon.purchased", addon_id="a", bucket="data", amount=10_000_000)
    step = last(addon(), data(85), bought, data(1, at=after(NOON, minutes=1)))

    assert ["next level 80 % at 16 MB, 7.4 MB more"] == levels(step)


def test_late_record_has_no_levels() -> None:
    """A day after the period's end no notice helps."""
    [said] = levels(last(data(1), data(85, arrives="2026-12-02T00:00:00Z")))

    assert said == "no levels: it arrived 24 hours or more after the period's end, too late for a notice"


# -- steps of overage


def abroad(charge: str, **own: str) -> Line:
    """Return roaming data that is rated already."""
    return data(1, roaming=True, charge={"amount": charge, "currency": own.pop("currency", "EUR")}, **own)


def euro(*records: Line) -> Step:
    """Return the last step of somebody in France without roaming data."""
    terms = plan(allowance(), allowance("data.roaming", 0), currency="EUR")
    return last(terms, profile(jurisdiction="FR"), *records)


def test_next_step_of_overage_is_said_with_what_it_has_cost() -> None:
    """EUR 40, 50 and 100 in the Union."""
    assert levels(euro(abroad("30.00")))[0] == "next step of overage at EUR 40.00: EUR 30.00 so far"
    assert [
        "next step of overage at EUR 50.00: EUR 45.00 so far",
        "overage was raised with line 3",
    ] == levels(euro(abroad("30.00"), abroad("15.00")))
    assert "step 1 of overage was raised with line 4" in levels(
        euro(abroad("30.00"), abroad("15.00"), abroad("1.00"))
    )
    assert levels(euro(abroad("130.00")))[0] == "no more levels: overage has no further step"


def test_steps_by_volume_are_said_so() -> None:
    """Every 10 MB for one without data in India."""
    terms = plan(allowance(amount=0), currency="INR")
    step = last(terms, profile(jurisdiction="IN"), data(bytes_up=13_000_000))

    assert "next step of overage at 20 MB beyond: 13 MB so far" == levels(step)[0]


def test_steps_of_an_account_are_those_of_all_its_lines() -> None:
    """What another line has raised is not raised again; the line has no name."""
    terms = plan(allowance(), allowance("data.roaming", 0), currency="CAD")
    lines = [profile(subscriber_id=who, jurisdiction="CA", account_id="a") for who in (SUBSCRIBER, OTHER)]
    theirs = abroad("70.00", currency="CAD", subscriber_id=OTHER)
    first, again = (abroad(charge, currency="CAD") for charge in ("20.00", "5.00"))
    below, above = (levels(last(terms, *lines, first, *by, again)) for by in ([theirs], [theirs, theirs]))

    assert below[0] == "next step of overage of the whole account at CAD 100.00: CAD 95.00 so far"
    assert "step 1 of overage of the whole account was raised with line 6" in above


@pytest.mark.parametrize("country", ["FR", "IN", "CA"])
def test_next_step_is_the_first_that_is_not_reached(country: str) -> None:
    """As `reached` has it, at every amount and quantity."""
    for steps in shipped().of(country).overage_steps:
        for cents in range(0, 12_000, 500):
            charge = Money(f"{cents / 100:.2f}", steps.currency or "INR")
            over = cents * 10_000
            known = [step for step, _ in reached(steps, over, charge)]
            left = next_step(steps, over, charge)

            assert (left is None) == (len(known) == _count(steps))
            if isinstance(left, Money):
                assert [*known, len(known) + 1] == [step for step, _ in reached(steps, over, left)]
            elif left is not None:
                assert [*known, len(known) + 1] == [step for step, _ in reached(steps, left, charge)]


def _count(steps: OverageSteps) -> int:
    return len(steps.money) if steps.every is None else steps.count_max or 0


# -- groups


def test_member_is_told_what_the_group_reaches_and_who_hears_of_it() -> None:
    """The signal is the owner's."""
    lines = [profile(), profile(subscriber_id=OTHER), group(SUBSCRIBER, OTHER, owner=OTHER)]
    steps = told(*lines, data(50), data(35, subscriber_id=OTHER), data(1))

    assert [
        ["next level 80 % at 8 MB, 3 MB more"],
        ["next level 100 % at 10 MB, 1.5 MB more", "80 % is reached: the group's owner is told"],
        ["next level 100 % at 10 MB, 1.4 MB more", "80 % was raised with line 6"],
    ] == [levels(step) for step in steps[-3:]]
    assert [(), (), ()] == [step.outputs for step in steps[-3:]]


def test_owner_who_is_no_member_is_told_how_the_group_moves() -> None:
    """Signals, totals and what is next; of the members nothing."""
    lines = [profile(), profile(subscriber_id=OTHER), group(OTHER)]
    steps = told(*lines, data(50, subscriber_id=OTHER), data(35, subscriber_id=OTHER))

    assert ["profile", "groups", "group", "group"] == [step.what for step in steps]
    assert ("owns a group from here on",) == steps[1].membership
    assert [(0, 5_000_000), (5_000_000, 8_500_000)] == [step.moved[0].used for step in steps[2:]]
    assert "near_limit" in {output["type"] for output in steps[-1].outputs}
    assert [] == silences(steps[-1], "near_limit")[1:]
