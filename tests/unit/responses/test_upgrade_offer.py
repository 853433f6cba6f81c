"""Offers of plans and packs: on what occasion, which one, and what they must say."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.messages import OfferEvent, SuppressedOffer
from schemas.outputs import derive_id
from schemas.plans import Plan
from streams.calculator.question import Leaving, Left
from streams.responses import RESPONSES, upgrade_offer
from streams.responses.found import Found
from streams.responses.proposal import Proposal
from tests.build_calculator import (
    BLOCK,
    GB,
    LARGER,
    MINUTE,
    PRESENT,
    SLOW,
    data,
    months,
    pack,
    plan,
    voice,
    yuan,
)
from tests.build_found import AGREED, agreed, near_limit, overage, port_query, profile
from tests.said import said
from tests.unit.responses.build_plan_offers import asking, intent, offer, offers, segment

FORTY = months(40, 40, 40)


def test_a_larger_plan_is_offered_with_all_that_must_be_known() -> None:
    """¥158 for ¥128: thirty more on the bill, seventy less by use."""
    made = offer(asking(overage(), used=FORTY))

    assert ("upgrade", "commercial", "30.00", "CNY") == (
        made.type,
        made.class_,
        made.price_delta,
        made.currency,
    )
    assert [("cn-158-50", "158.00", True), ("stay", "228.00", True)] == [
        (one.id, one.monthly_cost, one.sufficient) for one in made.options
    ]
    assert [("cn-158-50", "158.00"), ("cn-128-20", "-128.00")] == [
        (one.name, one.price) for one in made.items
    ]
    assert (0, "0.00", "0.00", None, False, False) == (
        made.term_months,
        made.exit_fee,
        made.leaving_fee,
        made.revert_until,
        made.irreversible,
        made.current_plan_closed,
    )
    assert ("2026-12-01", "2026-11-30T16:00:00.000Z") == (made.effective_on, made.expires_at)
    for words in (made.how_to_accept, made.how_to_cancel, made.how_to_opt_out, "CNY 228.00", "30 GB more"):
        assert words in made.text


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (overage(), 1),
        (overage(step=1), 0),
        (overage(late=True), 0),
        (near_limit(100), 1),
        (near_limit(80), 0),
        (near_limit(100, late=True), 0),
        (segment("data_panic"), 1),
        (segment("voice_heavy"), 1),
        (segment("basic"), 1),
        (intent("more_data"), 1),
        (intent("broadband"), 0),
    ],
)
def test_only_what_asks_for_it_is_an_occasion(signal: Any, expected: int) -> None:  # noqa: ANN401  (any signal)
    """Running over, all used, a kind of user, a question for more; the next step of a charge is none."""
    assert expected == len(offers(asking(signal, used=FORTY)))


def test_nothing_is_offered_on_porting() -> None:
    """Whatever else the same record has raised."""
    assert [] == offers(asking(overage(), port_query(), used=FORTY))


def test_nothing_is_offered_before_three_months_are_known() -> None:
    """Two say too little to change a plan for."""
    assert [] == offers(asking(overage(), used=months(40, 40)))
    assert [] == offers(agreed(overage()))


@pytest.mark.parametrize(("price", "expected"), [("216.60", 1), ("216.61", 0)])
def test_what_saves_less_than_five_percent_is_not_offered(price: str, expected: int) -> None:
    """¥228 a month as it is: a change has its trouble."""
    plans = (plan("other", price, data(50)),)

    assert expected == len(offers(asking(overage(), used=FORTY, plans=plans)))


def test_whoever_lacks_something_is_told_what_is_enough_though_it_costs_more() -> None:
    """And that it is not enough now, by name."""
    made = offer(asking(near_limit(100), used=FORTY, plan=plan("p", "100.00", data(20, BLOCK))))

    assert ("upgrade", "58.00") == (made.type, made.price_delta)
    assert "this is not enough: Data" in made.text
    assert [True, False] == [one.sufficient for one in made.options]


def test_whoever_is_content_with_a_slow_line_is_offered_nothing() -> None:
    """A1.12: a plan that slows down, and a user who is satisfied."""
    slow = plan("slow", "98.00", data(10, SLOW))

    assert [] == offers(asking(segment("voice_heavy"), used=FORTY, plan=slow))
    assert 1 == len(offers(asking(intent(), used=FORTY, plan=slow, is_content=False)))


def test_a1_5_whoever_talks_is_offered_a_voice_pack() -> None:
    """By use: 320 minutes and 8 GB of 100."""
    given = asking(
        segment("voice_heavy"),
        used=months(8, 8, 8, minutes=320),
        plan=plan("young-89", "89.00", data(100), voice(100)),
        plans=(plan("more-data", "119.00", data(200), voice(100)),),
        addons=(pack("v300", "20.00", 300 * MINUTE, "voice", name="300 minutes"),),
    )
    made = offer(given)

    assert ("voice_pack", "20.00", "v300") == (made.type, made.price_delta, made.options[0].id)
    assert "about 10 minutes of calls every day for a month" in made.text
    assert "In those months you would have bought it 1, 1, 1 times." in made.text


def test_a4_2_data_panic_is_offered_a_pack_before_a_dearer_plan() -> None:
    """Five GB short, ¥10 against ¥30."""
    given = asking(segment("data_panic"), used=months(25, 25, 25), addons=(pack("d5", "10.00", 5 * GB),))
    made = offer(given)

    assert ("addon", ["d5", "stay", "cn-158-50"]) == (made.type, [one.id for one in made.options])
    assert ["138.00", "153.00", "158.00"] == [one.monthly_cost for one in made.options]


def test_a4_3_a_household_is_offered_to_share() -> None:
    """Its whole price is on the bill, and its part is what is compared."""
    given = asking(
        segment("voice_heavy"),
        used=months(15, 15, 15, minutes=600),
        plan=plan("solo", "99.00", data(20), voice(300)),
        plans=(plan("family", "240.00", data(300), voice(2400), lines=3, name="Family"),),
        household_lines=3,
    )
    made = offer(given)

    assert ("family_plan", "141.00") == (made.type, made.price_delta)
    assert ("Family, your part of 3 lines", "80.00") == (made.options[0].name, made.options[0].monthly_cost)
    assert (
        "CNY 240.00 a month is the price for all of them together; among 3 lines that is CNY 80.00 each"
        in made.text
    )


def test_a4_4_whoever_uses_little_is_offered_less() -> None:
    """A 100 GB plan of which eight are used."""
    given = asking(
        segment("basic"),
        used=months(8, 8, 8),
        plan=plan("large", "199.00", data(100), name="Large"),
        plans=(plan("small", "59.00", data(10)),),
    )
    made = offer(given)

    assert ("downgrade", "-140.00") == (made.type, made.price_delta)
    assert ("Data 100 GB, now 10 GB",) == made.gives_up
    assert "The monthly fee is CNY 140.00 lower." in made.text


def test_a4_6_benefits_are_items_at_no_price_of_their_own() -> None:
    """What the plan has besides, each on its line; what is lost is given up."""
    given = asking(
        overage(),
        used=FORTY,
        plan=replace(PRESENT, benefits=("video membership", "cloud")),
        plans=(replace(LARGER, benefits=("cloud", "music")),),
    )
    made = offer(given)

    assert [("cloud", "0.00"), ("music", "0.00")] == [(one.name, one.price) for one in made.items[2:]]
    assert ("video membership",) == made.gives_up


def test_a3_9_from_a_closed_plan_there_is_no_way_back_and_it_is_said() -> None:
    """In the fields, in the text, and among what is given up; what replaces it is named."""
    closed = replace(PRESENT, name="Old 20", closed=True, replaces_on_leaving="cn-158-50")
    made = offer(asking(overage(), used=FORTY, plan=closed))

    assert (True, True) == (made.irreversible, made.current_plan_closed)
    assert ("“Old 20”, which is no longer sold",) == made.gives_up
    assert "“Old 20” is no longer sold: once you have left it, there is no way back to it." in made.text
    assert "Who leaves it and wants back gets “cn-158-50” in its place." in made.text
    with pytest.raises(ValueError, match="irreversible"):
        replace(made, irreversible=False)


def test_a3_10_what_binds_is_said_with_its_effect_on_porting() -> None:
    """Months, what leaving earlier costs, and that the number may have to wait."""
    bound = replace(LARGER, term_months=24, exit_fee="300.00")
    made = offer(asking(overage(), used=FORTY, plans=(bound,)))

    assert (24, "300.00") == (made.term_months, made.exit_fee)
    assert "It binds you for 24 months from then on; leaving it earlier costs CNY 300.00." in made.text
    assert "taking your number to another operator counts as leaving it and may have to wait" in made.text
    assert "within 24 months that costs CNY 300.00" in made.how_to_cancel
    with pytest.raises(ValueError, match="term_months"):
        replace(made, text="Offer: a plan.")


def test_what_leaving_the_present_contract_costs_is_said() -> None:
    """Once, until when, and in a field of its own."""
    leaving = Leaving(fee=yuan("200.00"), until=date(2027, 1, 31))
    made = offer(asking(overage(), used=FORTY, leaving=leaving))

    assert "200.00" == made.leaving_fee
    assert "Your present contract runs until 2027-01-31: leaving it now costs CNY 200.00 once." in made.text


def test_what_may_lapse_with_the_plan_is_given_up() -> None:
    """An add-on that fits the other plan goes along; of one that nobody knows nobody knows."""
    left = [
        Left(bucket="data", amount=amount * GB, expires_ms=1_798_700_400_000, fits=fits)
        for amount, fits in ((1, ()), (2, ("cn-158-50",)), (3, ("cn-128-20",)), (4, None))
    ]
    made = offer(asking(overage(), used=FORTY, left=tuple(left)))

    assert ["3 GB that", "4 GB that"] == [one[:9] for one in made.gives_up]


def test_what_stays_the_same_is_not_given_up() -> None:
    """As many minutes as before, and more data."""
    present, larger = plan("p", "128.00", data(20), voice(100)), plan("q", "158.00", data(50), voice(100))

    assert () == offer(asking(overage(), used=FORTY, plan=present, plans=(larger,))).gives_up


def test_what_cost_nothing_beyond_and_would_cost_something_is_given_up() -> None:
    """Slowed before, charged then."""
    made = offer(asking(intent(), used=FORTY, plan=plan("p", "100.00", data(20, SLOW)), is_content=False))

    assert ("Data without a charge beyond what is included",) == made.gives_up


def test_a3_11_the_bill_adds_up() -> None:
    """Item by item."""
    made = offer(
        asking(
            overage(), used=FORTY, plan=replace(PRESENT, price="0.01"), plans=(replace(LARGER, price="9"),)
        )
    )

    assert "8.99" == made.price_delta
    assert yuan("8.99") == sum(yuan(one.price) for one in made.items)


def test_a3_15_it_is_the_cheapest_that_is_enough_and_says_so() -> None:
    """Not the dearest, of however many."""
    plans = tuple(plan(f"p{price}", f"{price}.00", data(60)) for price in range(150, 200))
    (proposal,) = proposed(asking(overage(), used=FORTY, plans=plans))

    assert ("p150", yuan("78.00"), True) == (proposal.key, proposal.value, proposal.is_cheapest)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (profile(), ["no_consent"]),
        (profile(consents=(AGREED,), status="suspended"), ["not_active"]),
        (profile(consents=(AGREED,), dnd=True), ["do_not_disturb"]),
        (profile(consents=(AGREED,), channels=("call",)), ["no_channel"]),
        (profile(status="suspended", dnd=True), ["not_active", "no_consent", "do_not_disturb"]),
    ],
)
def test_what_may_not_be_offered_is_written_with_every_reason(who: Any, expected: list[str]) -> None:  # noqa: ANN401
    """With the cause, as an offer of its own kind."""
    (output,) = offers(asking(overage(), used=FORTY, who=who))

    assert isinstance(output, SuppressedOffer)
    assert ("upgrade", expected) == (output.type, [str(reason) for reason in output.reasons])


def test_its_identity_is_its_causes() -> None:
    """Those that are occasions, sorted."""
    made = offer(asking(near_limit(80), near_limit(100), overage(), used=FORTY))
    causes = ["id-near-100-data", "id-overage-data"]

    assert tuple(causes) == made.cause
    assert derive_id("offer-events", "upgrade", "8613800000001", "upgrade_offer", causes) == made.id
    assert made.why.startswith("Data: more is used than your plan includes;")


def test_the_same_causes_propose_the_same_again() -> None:
    """What waits for the end of the quiet hours is found again by its causes."""
    first, again = (next(proposed(asking(overage(), used=FORTY))) for _ in range(2))
    assert isinstance(first, Proposal)

    assert (first.kind, first.key, first.value) == (again.kind, again.key, again.value)


def test_one_record_makes_one_offer_at_most() -> None:
    """All of it used and charged for: the plan that helps every month goes before the pack of this one."""
    made = [
        output
        for output in said(asking(near_limit(100), overage(), used=FORTY))
        if isinstance(output, OfferEvent)
    ]

    assert ["upgrade"] == [output.kind() for output in made]
    assert upgrade_offer.respond in RESPONSES


def test_nothing_is_asked_where_there_is_no_occasion() -> None:
    """Gathering months and plans costs something: it is done for those alone who may be helped."""

    def ask() -> None:
        pytest.fail("nobody needs the calculator here")

    assert [] == offers(agreed(near_limit(80), ask=ask))


def test_an_amount_that_no_output_can_hold_is_not_offered() -> None:
    """A price for each octet of a terabyte: nobody is helped by such figures."""
    dear: Plan = plan("p", "1.00", data(20, replace(PRESENT.allowances[0].beyond, price="9" * 18, per=1)))

    assert [] == offers(asking(overage(), used=FORTY, plan=dear))


def proposed(given: Found) -> Iterator[Proposal]:
    """Yield what the response proposes."""
    return (one for one in upgrade_offer.respond(given) if isinstance(one, Proposal))
