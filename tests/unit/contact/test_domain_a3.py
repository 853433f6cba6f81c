"""DOMAIN.md A3, row by row: channel, frequency, wording."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.messages import OfferEvent
from streams.core.contact import Contact
from streams.responses.found import Found
from tests.build import CHARGE, Fed, addon, data, event, plan, profile, replay
from tests.build_contact import (
    DAY,
    asked,
    born,
    clock,
    complaint,
    contact,
    made,
    proposal,
    reported,
    responded,
    willing,
)
from tests.build_found import AGREED, CLOCK_MS, agreed, near_limit
from tests.build_found import plan as a_plan
from tests.build_found import profile as a_profile
from tests.said import decided, said

SHOP = [plan(), addon()]


def channel_of(given: Found, known: Contact | None = None) -> str | None:
    """Return where an offer would be made."""
    decision = decided(given, proposal(given), contact=known)
    return None if decision.offer is None else decision.offer.channel


def offer_of(given: Found) -> OfferEvent:
    """Return the one offer that is made."""
    (offer,) = [one for one in said(given) if isinstance(one, OfferEvent)]
    return offer


@pytest.mark.parametrize(
    ("age", "channels", "expected"),
    [(20, (), "app"), (20, ("sms", "app"), "sms"), (45, (), "sms"), (70, (), "hall"), (70, ("app",), "app")],
)
def test_a3_1_channel_by_age_where_no_preference_is_stated(
    age: int, channels: tuple[str, ...], expected: str
) -> None:
    """The young in the app, the old in the hall; a preference overrides the age."""
    assert expected == channel_of(asked(born_on=born(age), channels=channels))


@pytest.mark.parametrize(("age", "expected"), [(59, "call"), (60, None), (90, None)])
def test_a3_2_nobody_of_60_or_more_is_called_with_an_offer(age: int, expected: str | None) -> None:
    """59 may be called if just that was agreed to; 60 never."""
    consents = (replace(AGREED, channels=("call",)),)

    assert expected == channel_of(asked(born_on=born(age), channels=("call",), consents=consents))


def test_a3_2_an_unknown_age_is_protected() -> None:
    """Without a date of birth there is no call and no offer at all."""
    consents = (replace(AGREED, channels=("call",)),)

    assert channel_of(asked(born_on=None, channels=("call",), consents=consents)) is None
    assert channel_of(asked(born_on=None)) is None


def test_a3_3_an_enterprise_is_spoken_to_by_its_account_manager() -> None:
    """A task, never a message."""
    fed = replay([*SHOP, willing(account_type="enterprise"), data(80)])

    assert [] == fed.offers
    assert ["account_manager"] == [task.kind_ for task in fed.tasks]
    assert [["enterprise"]] == [[str(reason) for reason in one.reasons] for one in fed.suppressed]


def test_a3_3_an_account_manager_is_not_flooded_either() -> None:
    """The caps are over all that is offered, by whomever."""
    fed = replay([*SHOP, willing(account_type="enterprise"), data(80), data(20)])

    assert 1 == len(fed.tasks)
    assert ["enterprise", "said_lately", "day_cap"] == [str(reason) for reason in fed.suppressed[-1].reasons]


def test_a3_4_an_offer_needs_a_rule_that_fired() -> None:
    """One without a cause cannot be built."""
    offer = offer_of(agreed(near_limit()))

    assert offer.cause
    assert offer.evidence
    with pytest.raises(ValueError, match="cause"):
        replace(offer, cause=())


def ten_in_a_day(*extra: Any) -> Fed:  # noqa: ANN401  (lines of a file)
    """Return what comes of an allowance that grows and runs short again ten times in a day."""
    lines = []
    for hour in range(9, 19):
        at = f"2026-11-10T{hour:02}:00:00Z"
        lines += [
            data(50, at=at, bytes_down=1_000_000),
            event("addon.purchased", at=at, addon_id=f"z{hour}", bucket="data", amount=5_000_000),
        ]
    return replay([plan(), addon(), willing(), *extra, *lines])


def test_a3_5_ten_triggers_in_a_day_are_one_offer() -> None:
    """The cap is over all offers; service notices are unaffected."""
    fed = ten_in_a_day()
    raised = [signal for signal in fed.signals if signal.kind() == "near_limit"]

    assert 10 <= len(raised)
    assert 1 == len(fed.offers)
    notices = [one for one in fed.care if one.type != "withdrawn"]
    assert {signal.id for signal in fed.signals if signal.kind() in {"near_limit", "overage"}} == {
        cause for notice in notices for cause in notice.cause
    }


def test_a3_5_after_a_refusal_there_is_no_offer_for_90_days() -> None:
    """And after the second none at all."""
    fed = replay([*SHOP, willing(), data(80)])
    refused = responded(fed.offers[0].id, "refused", "2026-11-10T13:00:00Z")
    again = ["2026-12-20T12:00:00Z", "2027-02-08T12:59:59Z", "2027-03-20T12:00:00Z"]
    later = replay([*SHOP, willing(), data(80), refused, *(data(80, at=at) for at in again)])

    assert ["2026-11-10", "2027-03-20"] == [offer.at[:10] for offer in later.offers]
    second = responded(later.offers[1].id, "refused", "2027-03-20T13:00:00Z")
    last = data(80, at="2028-06-10T12:00:00Z")
    forever = replay([*SHOP, willing(), data(80), refused, *(data(80, at=at) for at in again), second, last])
    assert 2 == len(forever.offers)
    assert ["refused_for_good"] == [str(reason) for reason in forever.suppressed[-1].reasons]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Shanghai", "2026-11-11T00:00:00.000Z"), ("Europe/London", "2026-11-10T14:30:00.000Z")],
)
def test_a3_6_a_commercial_message_of_2230_waits_until_0800(zone: str, expected: str) -> None:
    """By the subscriber's zone."""
    late = data(80, at="2026-11-10T14:30:00Z")
    fed = replay([*SHOP, willing(time_zone=zone), late, clock("2026-11-11T00:00:01Z")])

    assert [expected] == [offer.decided_at for offer in fed.offers]


def test_a3_6_a_notice_of_100_percent_is_sent_at_night_and_to_those_who_want_no_advertising() -> None:
    """Do-not-disturb and quiet hours are for commerce."""
    fed = replay([*SHOP, willing(dnd=True), data(100, at="2026-11-10T23:30:00Z")])

    assert ["2026-11-10T23:30:00.000Z"] == [notice.decided_at for notice in fed.care]
    assert [["do_not_disturb", "quiet_hours"]] == [
        [str(reason) for reason in one.reasons] for one in fed.suppressed
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a3_7_an_offer_is_said_in_plain_words(language: str) -> None:
    """What it adds and what it costs, in numbers; no name that hides a contract."""
    text = offer_of(agreed(near_limit(), profile=a_profile(consents=(AGREED,), language=language))).text

    assert all(word in text for word in ("5 GB", "10.00"))
    assert not [word for word in ("畅享套餐", "合约计划") if word in text]


@pytest.mark.parametrize("name", ["price_delta", "term_months", "exit_fee", "effective_on", "how_to_cancel"])
def test_a3_8_an_offer_without_its_terms_cannot_be_built(name: str) -> None:
    """Fee, contract, how to get out: each is required."""
    fields = {field: getattr(offer_of(agreed(near_limit())), field) for field in OfferEvent.__struct_fields__}
    del fields[name]

    with pytest.raises(TypeError, match=name):
        OfferEvent(**fields)


def test_a3_9_an_offer_beside_a_closed_plan_says_so() -> None:
    """Who leaves it cannot come back."""
    assert offer_of(agreed(near_limit(), plan=a_plan(closed=True))).current_plan_closed
    assert not offer_of(agreed(near_limit())).current_plan_closed


def test_a3_10_an_offer_shows_for_how_long_it_binds() -> None:
    """An add-on binds for nothing, and that is said as a number."""
    offer = offer_of(agreed(near_limit()))

    assert (0, "0.00") == (offer.term_months, offer.exit_fee)


def test_a3_11_an_offer_lists_every_item_and_the_sum_is_right() -> None:
    """A bill that does not add up cannot be built."""
    offer = offer_of(agreed(near_limit()))

    assert [("5 GB pack", "10.00")] == [(item.name, item.price) for item in offer.items]
    with pytest.raises(ValueError, match="items"):
        replace(offer, price_delta="9.99")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (complaint("opened", "2026-11-09T12:00:00Z"), "open_complaint"),
        (event("fault.opened", at="2026-11-09T12:00:00Z", fault_id="f"), "open_fault"),
    ],
)
def test_a3_12_service_first_then_marketing(line: dict[str, Any], reason: str) -> None:
    """With a complaint or a fault open the alert is sent and the offer is not."""
    fed = replay([*SHOP, willing(), line, data(80)])

    assert "usage_notice" in [notice.type for notice in fed.care]
    assert [[reason]] == [[str(one) for one in offer.reasons] for offer in fed.suppressed]
    assert [] == fed.offers


def test_a3_13_the_channel_that_answered_last_is_used() -> None:
    """It falls back in the profile's order where that is not one of the profile's."""
    seen = reported("some-notice", "seen", "2026-11-09T12:00:00Z", "sms")
    gone = reported("some-notice", "seen", "2026-11-09T12:00:00Z", "wechat")

    assert ["sms"] == [offer.channel for offer in replay([*SHOP, willing(), seen, data(80)]).offers]
    assert ["app"] == [offer.channel for offer in replay([*SHOP, willing(), gone, data(80)]).offers]


@pytest.mark.parametrize("account_type", ["person", "vip", "enterprise"])
def test_a3_14_everybody_is_alerted_within_the_same_time(account_type: str) -> None:
    """Priority moves somebody in a queue; it never decides whether an alert is sent, or by when."""
    basic = replay([*SHOP, profile(), data(80)]).care
    other = replay([*SHOP, profile(account_type=account_type), data(80)]).care

    assert [(one.due_by, one.text) for one in basic] == [(one.due_by, one.text) for one in other]


def test_a3_15_the_cheapest_that_suffices_is_offered() -> None:
    """Need before targets: a dearer pack that pays us more is not."""
    dear = addon(addon_id="dear", price="30.00", amount=50_000_000)
    fed = replay([plan(price="100.00"), dear, addon(), willing(), data(80)])

    assert ["a"] == [offer.options[0].id for offer in fed.offers]
    assert CHARGE["action"] == "charge"


def test_an_ignored_offer_counts_and_the_same_is_not_said_again_within_30_days() -> None:
    """Silence is not a yes."""
    of = asked()
    silent = contact(made(at_ms=CLOCK_MS - 29 * DAY, key="d5"))
    decision = decided(of, proposal(of), proposal(of, "other", -1), contact=silent)

    assert decision.chosen is not None
    assert decision.chosen.key == "other"
