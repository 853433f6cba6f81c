"""The offer of an add-on: to whom, which one, and what stands against it."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.found import Signal
from schemas.messages import OfferEvent, SuppressedOffer
from schemas.outputs import derive_id
from schemas.plans import Addon, Allowance, Beyond, Plan
from schemas.times import parse_instant
from streams.responses import addon_offer
from streams.responses.found import Found
from tests.build_found import (
    ADDON,
    AGREED,
    CHARGE,
    CLOCK_MS,
    GB,
    PERIOD_ENDS_AT,
    agreed,
    exhausted,
    found,
    near_limit,
    overage,
    plan,
    profile,
    throttled,
)
from tests.said import said


def _one(given: Found) -> OfferEvent | SuppressedOffer:
    (output,) = said(given, response=addon_offer.respond)
    assert isinstance(output, OfferEvent | SuppressedOffer)
    return output


def _offer(given: Found) -> OfferEvent:
    output = _one(given)
    assert isinstance(output, OfferEvent)
    return output


def _reasons(given: Found) -> list[str]:
    output = _one(given)
    assert isinstance(output, SuppressedOffer)
    return [str(reason) for reason in output.reasons]


def _addon(addon_id: str, **own: Any) -> Addon:  # noqa: ANN401  (fields of an add-on)
    given: dict[str, Any] = {"addon_id": addon_id, "bucket": "data", "amount": 5 * GB, "price": "10.00"}
    return Addon(**(given | own))


def test_an_offer_says_everything_that_the_subscriber_must_know() -> None:
    """Price, span, ways in and out, and the alternative to change nothing."""
    offer = _offer(agreed(near_limit(80)))
    options = [("d5", "138.00"), ("stay", "128.00")]
    items = [("5 GB pack", "10.00")]

    assert offer.type == "addon"
    assert offer.class_ == "commercial"
    assert options == [(option.id, option.monthly_cost) for option in offer.options]
    assert (offer.price_delta, offer.currency) == ("10.00", "CNY")
    assert items == [(item.name, item.price) for item in offer.items]
    assert (offer.term_months, offer.exit_fee, offer.revert_until) == (0, "0.00", None)
    assert (offer.irreversible, offer.gives_up, offer.current_plan_closed) == (True, (), False)
    assert offer.effective_on == "2026-11-20"
    assert offer.expires_at == PERIOD_ENDS_AT
    for words in (offer.how_to_accept, offer.how_to_cancel, offer.how_to_opt_out):
        assert words in offer.text


def test_an_offer_is_caused_by_the_levels_that_led_to_it() -> None:
    """Its id follows from them; a level below 80 has no part in it."""
    offer = _offer(agreed(near_limit(50), near_limit(85), near_limit(100)))
    causes = ["id-near-100-data", "id-near-85-data"]

    assert tuple(causes) == offer.cause
    assert offer.template.params["level"] == "100"
    assert derive_id("offer-events", "addon", "8613800000001", "addon_offer", causes) == offer.id


def test_it_takes_effect_on_the_local_date() -> None:
    """At 23:30 UTC it is the next day in Auckland already, and noon."""
    who = profile(consents=(AGREED,), time_zone="Pacific/Auckland")
    offer = _offer(agreed(near_limit(), profile=who, clock_ms=parse_instant("2026-11-20T23:30:00Z")))

    assert offer.effective_on == "2026-11-21"


@pytest.mark.parametrize(("level", "expected"), [(50, 0), (79, 0), (80, 1), (85, 1), (100, 1)])
def test_an_offer_needs_80_percent(level: int, expected: int) -> None:
    """Inclusive; below it, nothing at all is written."""
    assert expected == len(list(addon_offer.respond(agreed(near_limit(level)))))


@pytest.mark.parametrize(
    ("signal", "its_plan"),
    [
        (near_limit(bucket="voice"), plan(bucket="voice")),
        (near_limit(bucket="sms"), plan(bucket="sms")),
        (near_limit(bucket="voice.roaming"), plan(bucket="voice.roaming")),
        (near_limit(), plan(beyond=Beyond(action="throttle"))),
        (near_limit(), plan(beyond=Beyond(action="block"))),
        (near_limit(), plan(beyond=Beyond(action="pay_to_restore"))),
        (overage(), plan()),
        (throttled(), plan(beyond=Beyond(action="throttle"))),
        (exhausted(), plan(beyond=Beyond(action="block"))),
    ],
)
def test_on_what_is_no_charged_data_bucket_nothing_is_written(signal: Signal, its_plan: Plan) -> None:
    """Neither an offer nor a suppressed one: there was nothing to offer."""
    assert not list(addon_offer.respond(agreed(signal, plan=its_plan)))


def test_running_over_in_the_same_record_still_makes_the_one_offer() -> None:
    """From 10 % to 130 %: near_limit 80 and 100 are raised too."""
    assert _offer(agreed(near_limit(80), near_limit(100), overage())).template.params["level"] == "100"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (found(near_limit()), ["no_consent"]),
        (agreed(near_limit(), addons=()), ["no_addon"]),
        (agreed(near_limit(), profile=profile(consents=(AGREED,), dnd=True)), ["do_not_disturb"]),
        (agreed(near_limit(), profile=profile(consents=(AGREED,), status="suspended")), ["not_active"]),
        (agreed(near_limit(), profile=profile(consents=(AGREED,), channels=("call",))), ["no_channel"]),
        (agreed(near_limit(late=True)), ["period_ended"]),
        (agreed(near_limit(), clock_ms=parse_instant(PERIOD_ENDS_AT)), ["quiet_hours", "period_ended"]),
        (
            found(near_limit(late=True), addons=(), profile=profile(status="prospect", dnd=True)),
            ["not_active", "no_consent", "do_not_disturb", "no_addon", "period_ended"],
        ),
    ],
)
def test_what_is_not_offered_is_written_with_every_reason(given: Found, expected: list[str]) -> None:
    """An offer that was not made can be explained to whoever asks."""
    assert expected == _reasons(given)


def test_a_suppressed_offer_has_an_identity_of_its_own() -> None:
    """It is no offer, and its cause is the level."""
    suppressed = _one(found(near_limit()))

    assert suppressed.cause == ("id-near-80-data",)
    assert suppressed.id == derive_id(
        "suppressed-offers", "addon", "8613800000001", "addon_offer", ["id-near-80-data"]
    )


@pytest.mark.parametrize(
    ("addons", "expected"),
    [
        ((_addon("dear", price="10.01"), _addon("cheap", price="9.9")), "cheap"),
        ((_addon("nine", price="9"), _addon("ten", price="10.00")), "nine"),
        ((_addon("small", amount=GB), _addon("large", amount=9 * GB)), "large"),
        ((_addon("b"), _addon("a")), "a"),
        ((_addon("roaming", bucket="data.roaming", price="1"), _addon("home")), "home"),
        ((_addon("other", fits=("else",), price="1"), _addon("named", fits=("cn-128-20",))), "named"),
        ((_addon("dollars", currency="USD", price="1"), _addon("plain")), "plain"),
        ((_addon("nothing", amount=0, price="1"), _addon("some")), "some"),
        ((_addon("other", fits=("else",)),), None),
    ],
)
def test_the_cheapest_addon_that_fits_is_offered(addons: tuple[Addon, ...], expected: str | None) -> None:
    """Not the dearest; at equal prices the larger, then the lower id, in whatever order they are read."""
    for order in permutations(addons):
        output = _one(agreed(near_limit(), addons=order))

        assert expected == (output.options[0].id if isinstance(output, OfferEvent) else None)


def test_roaming_data_is_offered_roaming_data() -> None:
    """A pack for home is of no use abroad."""
    roaming = _addon("r1", bucket="data.roaming")
    given = agreed(
        near_limit(bucket="data.roaming"), plan=plan(bucket="data.roaming"), addons=(ADDON, roaming)
    )

    assert _offer(given).options[0].id == "r1"


@pytest.mark.parametrize(
    ("home_level", "roaming_level", "addons", "expected"),
    [
        (80, 80, ("data", "data.roaming"), "data"),
        (80, 100, ("data", "data.roaming"), "data.roaming"),
        (80, 100, ("data",), "data"),
    ],
)
def test_one_record_makes_one_offer_at_most(
    home_level: int, roaming_level: int, addons: tuple[Any, ...], expected: str
) -> None:
    """A change of plan may bring two buckets near their limits: the more pressing that can be helped."""
    both = plan()
    both = replace(
        both,
        allowances=(*both.allowances, Allowance(bucket="data.roaming", amount=20 * GB, beyond=CHARGE)),
    )
    given = agreed(
        near_limit(home_level),
        near_limit(roaming_level, bucket="data.roaming"),
        plan=both,
        addons=tuple(_addon(bucket, bucket=bucket) for bucket in addons),
    )

    assert expected == _offer(given).options[0].id


def test_an_offer_from_a_closed_plan_says_that_it_is_closed() -> None:
    """Who leaves a closed plan cannot come back."""
    assert _offer(agreed(near_limit(), plan=plan(closed=True))).current_plan_closed


def test_prices_of_any_length_add_up_exactly() -> None:
    """Eighteen digits before the point and nine behind it are a price."""
    big = "999999999999999999.999999999"
    offer = _offer(agreed(near_limit(), plan=plan(price=big), addons=(_addon("a", price="1.000000001"),)))

    assert offer.options[0].monthly_cost == "1000000000000000001.000000000"


@pytest.mark.parametrize(("price", "is_offered"), [("25.00", True), ("25.01", False)])
def test_a3_15_an_addon_that_costs_more_than_what_it_adds_is_not_offered(
    price: str, *, is_offered: bool
) -> None:
    """A3.15: 5 GB at 5.00 for each GB beyond the plan."""
    beyond = Beyond(action="charge", price="5.00", per=GB)
    given = agreed(near_limit(), plan=plan(beyond=beyond), addons=(_addon("a", price=price),))

    assert is_offered == isinstance(_one(given), OfferEvent)
    assert is_offered or ["no_addon"] == _reasons(given)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "once you have left it, there is no way back"), ("zh", "无法再改回")]
)
def test_an_offer_from_a_closed_plan_says_that_there_is_no_way_back(language: str, words: str) -> None:
    """Although the plan stays: whoever thinks of leaving it is to know."""
    who = profile(consents=(AGREED,), language=language)
    offers = [_offer(agreed(near_limit(), plan=plan(closed=closed), profile=who)) for closed in (True, False)]

    assert [True, False] == [words in one.text for one in offers]


def test_an_offer_is_due_before_it_expires() -> None:
    """Four hours before the period ends there are no 24 hours left to send it in."""
    offer = _offer(agreed(near_limit(), clock_ms=parse_instant(PERIOD_ENDS_AT) - 4 * 3_600_000))

    assert offer.due_by == offer.expires_at
    assert Decimal(offer.price_delta) == sum(Decimal(item.price) for item in offer.items)
    assert parse_instant(offer.due_by) > CLOCK_MS
