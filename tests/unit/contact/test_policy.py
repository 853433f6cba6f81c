"""The contact policy: which offer is made, where and when, and why the others are not."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.found import Signal
from schemas.messages import SuppressionReason
from streams.core.contact import Contact
from streams.responses.found import Found
from streams.responses.policy import Decision
from tests.build_contact import (
    DAY,
    HOUR,
    MORNING_MS,
    NIGHT_MS,
    PROFILED,
    asked,
    born,
    contact,
    intent,
    made,
    proposal,
    segment,
)
from tests.build_found import AGREED, CLOCK_MS, near_limit, regime
from tests.said import decided

R = SuppressionReason


def reasons(
    given: Found, known: Contact | None = None, *, causes: tuple[Signal, ...] | None = None
) -> list[str]:
    """Return why an offer is not made; none where it is made, or waits."""
    decision = decided(given, proposal(given, causes=causes), contact=known)
    return [str(reason) for unsaid in decision.unsaid for reason in unsaid.reasons]


def made_ago(*ages_ms: int, key: str = "other") -> Contact:
    """Return a memory of offers made so long ago."""
    return contact(*(made(at_ms=CLOCK_MS - age_ms, key=key) for age_ms in sorted(ages_ms, reverse=True)))


def test_an_adult_who_agreed_is_made_an_offer() -> None:
    """Nothing speaks against it: it is made, on the first channel."""
    given = asked()
    decision = decided(given, proposal(given))

    assert decision.offer is not None
    assert ("app", None, ()) == (decision.offer.channel, decision.waits_until_ms, decision.unsaid)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"status": "suspended"}, ["not_active"]),
        ({"status": "prospect"}, ["not_active"]),
        ({"consents": ()}, ["no_consent"]),
        ({"consents": (replace(AGREED, granted=False),)}, ["no_consent"]),
        ({"consents": (PROFILED,)}, ["no_consent"]),
        ({"dnd": True}, ["do_not_disturb"]),
        ({"born_on": None}, ["unknown_age"]),
        ({"born_on": born(17, days=364)}, ["under_age"]),
        ({"born_on": born(18)}, []),
        ({"born_on": date(2030, 1, 1)}, ["under_age"]),
        ({"channels": ("call",)}, ["no_channel"]),
        ({"account_type": "enterprise"}, ["enterprise"]),
        ({"account_type": "enterprise", "born_on": None, "channels": ("call",)}, ["enterprise"]),
        (
            {"status": "suspended", "dnd": True, "consents": ()},
            ["not_active", "no_consent", "do_not_disturb"],
        ),
    ],
)
def test_who_the_subscriber_is_may_speak_against_it(own: dict[str, Any], expected: list[str]) -> None:
    """Status, age, consents, wishes: each is a reason, and all that apply are told."""
    assert expected == reasons(asked(**own))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (made_ago(DAY - 1), ["day_cap"]),
        (made_ago(DAY), []),
        (made_ago(2 * DAY, 3 * DAY), ["week_cap"]),
        (made_ago(2 * DAY, 7 * DAY), []),
        (made_ago(8 * DAY, 15 * DAY, 22 * DAY, 31 * DAY - 1), ["month_cap"]),
        (made_ago(8 * DAY, 15 * DAY, 22 * DAY, 31 * DAY), []),
        (made_ago(1, 2 * DAY, 8 * DAY, 15 * DAY), ["day_cap", "week_cap", "month_cap"]),
        (made_ago(30 * DAY - 1, key="d5"), ["said_lately"]),
        (made_ago(30 * DAY, key="d5"), []),
        (contact(complaints={"c": CLOCK_MS}), ["open_complaint"]),
        (contact(complaints={"c": ~CLOCK_MS}), []),
        (contact(faults={"f": CLOCK_MS}), ["open_fault"]),
        (contact(faults={"f": ~CLOCK_MS}), []),
        (contact(refusal_count=1, refused_ms=CLOCK_MS - 90 * DAY + 1), ["refused_lately"]),
        (contact(refusal_count=1, refused_ms=CLOCK_MS - 90 * DAY), []),
        (contact(refusal_count=2, refused_ms=CLOCK_MS - 1), ["refused_lately", "refused_for_good"]),
        (contact(refusal_count=2, refused_ms=CLOCK_MS - 365 * DAY), ["refused_for_good"]),
        (
            contact(made(key="d5"), complaints={"c": 1}, faults={"f": 1}),
            ["open_complaint", "open_fault", "said_lately", "day_cap"],
        ),
    ],
)
def test_what_was_before_may_speak_against_it(known: Contact, expected: list[str]) -> None:
    """Caps over all offers, whatever came of them; refusals; the same again; service first."""
    assert expected == reasons(asked(), known)


def test_a_newer_consent_ends_the_stop_after_two_refusals() -> None:
    """Who agrees anew has changed the answer; one that is older than the refusal has not."""
    known = contact(refusal_count=2, refused_ms=CLOCK_MS - 100 * DAY)
    anew = asked(consents=(replace(AGREED, at=CLOCK_MS - 99 * DAY),))
    before = asked(consents=(replace(AGREED, at=CLOCK_MS - 100 * DAY),))

    assert [] == reasons(anew, known)
    assert ["refused_for_good"] == reasons(before, known)


@pytest.mark.parametrize("causes", [(segment(),), (intent(),), (near_limit(), intent())])
def test_what_comes_of_profiling_needs_that_consent(causes: tuple[Any, ...]) -> None:
    """A segment or an intent anywhere among the causes: the consent to offers alone is not enough."""
    assert ["no_profiling_consent"] == reasons(asked(consents=(AGREED,)), causes=causes)
    assert [] == reasons(asked(), causes=causes)


def test_the_limits_are_the_regime_s() -> None:
    """Quiet hours, caps, ages and waits are data: a correction needs no code."""
    own = regime().contact
    loose = replace(own, offers_a_day=3, refusal_wait_ms=DAY, adult_age=16, quiet_from_minute=23 * 60)
    given = asked(born_on=born(17), at_ms=NIGHT_MS)
    known = contact(made(at_ms=NIGHT_MS - HOUR, key="x"), refusal_count=1, refused_ms=NIGHT_MS - DAY)

    assert ["under_age", "refused_lately", "day_cap", "quiet_hours"] == reasons(given, known)
    assert [] == reasons(replace(given, regime=regime(contact=loose)), known)


def decision(given: Found, *values: int) -> Decision:
    """Return what is decided on offers of these values, whose keys are their places."""
    return decided(given, *(proposal(given, str(place), value) for place, value in enumerate(values)))


@pytest.mark.parametrize(
    ("values", "expected"), [((1, 3, 2), "1"), ((3, 3), "0"), ((-1, 0), "1"), ((0,), "0")]
)
def test_of_several_the_one_of_most_use_is_made(values: tuple[int, ...], expected: str) -> None:
    """Value to the subscriber decides, at equal ones the first; the others are outranked."""
    of = decision(asked(), *values)

    assert of.chosen is not None
    assert of.chosen.key == expected
    assert [(R.OUTRANKED,)] * (len(values) - 1) == [unsaid.reasons for unsaid in of.unsaid]


def test_one_that_may_not_be_made_outranks_nothing() -> None:
    """Its value does not matter: the best of those that may."""
    given = asked()
    best = proposal(given, "a", 9, reasons=(R.NO_ADDON,))
    of = decided(given, best, proposal(given, "b", 1), proposal(given, "c", 0))

    assert of.chosen is not None
    assert of.chosen.key == "b"
    assert [(R.NO_ADDON,), (R.OUTRANKED,)] == [unsaid.reasons for unsaid in of.unsaid]


def test_in_quiet_hours_the_best_waits_and_the_others_are_told_why() -> None:
    """22:30 in Shanghai: until 08:00; what else speaks against an offer is told with the night."""
    of = decision(asked(at_ms=NIGHT_MS), 1, 2)

    assert of.chosen is not None
    assert (None, MORNING_MS, "1") == (of.offer, of.waits_until_ms, of.chosen.key)
    assert [(R.QUIET_HOURS, R.OUTRANKED)] == [unsaid.reasons for unsaid in of.unsaid]
    assert ["do_not_disturb", "quiet_hours"] == reasons(asked(at_ms=NIGHT_MS, dnd=True))


@pytest.mark.parametrize("at_ms", [CLOCK_MS, NIGHT_MS])
def test_an_enterprise_has_a_task_for_its_account_manager(at_ms: int) -> None:
    """At any hour, by no message, with all that the offer says; the offer itself is told as not made."""
    given = asked(account_type="enterprise", at_ms=at_ms)
    of = decided(given, proposal(given))

    assert of.task is not None
    assert of.offer is not None
    assert ("account_manager", "account_manager", "account_manager") == (
        of.task.kind_,
        of.task.assignee_role,
        of.task.channel,
    )
    assert of.offer.text in of.task.text
    assert of.task.due_by <= of.task.expires_at == of.offer.expires_at
    assert [(R.ENTERPRISE,)] == [unsaid.reasons for unsaid in of.unsaid]


def test_an_enterprise_that_has_not_agreed_has_no_task_either() -> None:
    """Selling by a person is selling."""
    assert ["enterprise", "no_consent"] == reasons(asked(account_type="enterprise", consents=()))


@pytest.mark.parametrize(
    ("channels", "consented", "answered", "age", "expected"),
    [
        (("app", "sms"), (), "", 30, "app"),
        (("app", "sms"), (), "sms", 30, "sms"),
        (("app", "sms"), ("app",), "sms", 30, "app"),
        (("app", "sms"), (), "wechat", 30, "app"),
        (("sms", "call"), ("call",), "", 59, "call"),
        (("sms", "call"), ("call", "sms"), "call", 59, "call"),
        (("sms", "call"), ("call", "sms"), "call", 60, "sms"),
        (("call",), ("call",), "", 60, None),
        (("call",), (), "", 59, None),
        ((), (), "", 20, "app"),
        ((), (), "", 40, "sms"),
        ((), (), "", 70, "hall"),
        ((), ("sms",), "", 70, "sms"),
        ((), (), "app", 20, "app"),
        (("pager",), (), "", 40, "sms"),
    ],
)
def test_an_offer_goes_where_it_is_heard_and_allowed(
    channels: tuple[str, ...], consented: tuple[str, ...], answered: str, age: int, expected: str | None
) -> None:
    """The channel that answered last, then the profile's order; never a call unasked, or to the old."""
    given = asked(channels=channels, born_on=born(age), consents=(replace(AGREED, channels=consented),))
    of = decided(given, proposal(given), contact=contact(answered_on=answered))

    assert expected == (None if of.offer is None else of.offer.channel)
    assert (expected is None) == (of.unsaid != ())


def test_nothing_that_is_looked_at_is_changed() -> None:
    """The policy decides; `offering` does."""
    known = contact(made(at_ms=CLOCK_MS - 9 * DAY, key="x"), refusal_count=1)
    before = repr(known)
    given = asked()
    decided(given, proposal(given), proposal(given, "b", 1), contact=known)

    assert before == repr(known)
