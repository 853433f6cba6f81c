"""What makes an alternative enough, what it costs, and in which order they stand."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from schemas.plans import Allowance, Beyond
from streams.calculator import Question, answer
from streams.calculator.question import Leaving
from tests.build_calculator import (
    BLOCK,
    BY_GB,
    BY_MINUTE,
    EACH,
    GB,
    LARGER,
    MINUTE,
    PRESENT,
    SLOW,
    UNKNOWN,
    answered,
    best,
    data,
    month,
    months,
    option,
    pack,
    plan,
    question,
    voice,
    yuan,
)


@pytest.mark.parametrize(
    ("gb", "expected"),
    [(19.9, "128.00"), (20, "128.00"), (20.000000001, "133.00"), (21, "133.00"), (21.1, "138.00")],
)
def test_what_is_beyond_is_charged_by_units_begun(gb: float, expected: str) -> None:
    """As the plan says: ¥5 for each GB begun; just all of it costs nothing."""
    assert yuan(expected) == answered(month(gb)).stay.total


@pytest.mark.parametrize("beyond", [SLOW, BLOCK, Beyond(action="pay_to_restore"), UNKNOWN])
def test_a_plan_that_cannot_go_on_as_it_was_is_not_enough(beyond: Beyond) -> None:
    """Slowed, stopped, or at a price that nobody knows; it costs nothing beyond the fee."""
    said = answered(month(40), plans=(plan("cheap", "9.00", data(39, beyond)),))
    cheap = option(said, "cheap")

    assert (("data",), yuan("9.00"), False) == (cheap.lacks, cheap.total, cheap.is_sufficient)
    assert "cheap" == said.options[-1].id


@pytest.mark.parametrize("action", ["block", "pay_to_restore"])
def test_a_plan_that_stopped_was_not_enough_for_whoever_has_it(action: str) -> None:
    """All of it is used, and how much more was wanted nobody knows."""
    present = plan("p", "9.00", data(10, Beyond(action=action)))  # type: ignore[arg-type]  # two of the four

    assert ("data",) == answered(month(10), plan=present).stay.lacks
    assert () == answered(month(9.9), plan=present).stay.lacks


def test_a_pack_lets_a_stopped_plan_go_on() -> None:
    """One at least, though nobody knows how much was wanted."""
    said = answered(month(10), plan=plan("p", "9.00", data(10, BLOCK)), addons=(pack("d", "5.00", GB),))

    assert ("d", (1,), yuan("14.00")) == (said.recommended.id, said.recommended.packs, said.recommended.total)


def test_unlimited_is_enough_for_anything() -> None:
    """Also for what no other plan has."""
    assert "all" == best(month(9_000), plans=(LARGER, plan("all", "399.00", data(None))))


def test_a_bucket_that_a_plan_does_not_name_is_not_enough_where_the_present_one_has_it() -> None:
    """The price of the calls would be unknown; without any calls nobody misses them."""
    present = plan("p", "128.00", data(20), voice(100))

    assert ("voice",) == option(answered(month(40, 10), plan=present), "cn-158-50").lacks
    assert () == option(answered(month(40, 0), plan=present), "cn-158-50").lacks


def test_a_bucket_that_neither_plan_names_plays_no_part() -> None:
    """Nobody knows what the calls cost, here or there."""
    assert "cn-158-50" == best(*months(40, 40, 40, minutes=60))


def test_roaming_counts_at_home_where_a_plan_has_no_bucket_for_it() -> None:
    """As counting does it."""
    present = plan("p", "100.00", data(20), Allowance(bucket="data.roaming", amount=5 * GB, beyond=BY_GB))
    said = answered(
        month(18, more={"data.roaming": 4 * GB}), plan=present, plans=(plan("q", "90.00", data(20)),)
    )

    assert yuan("100.00") == said.stay.total
    assert yuan("100.00") == option(said, "q").total


def test_roaming_that_was_counted_at_home_makes_a_plan_with_a_roaming_bucket_an_estimate() -> None:
    """How much of it was abroad is not kept."""
    abroad = plan("q", "90.00", data(20), Allowance(bucket="data.roaming", amount=GB, beyond=BY_GB))

    assert option(answered(month(18, has_roamed=True), plans=(abroad,)), "q").is_estimate
    assert not option(answered(month(18), plans=(abroad,)), "q").is_estimate


def test_a_plan_that_counts_both_directions_is_reckoned_with_all_seconds() -> None:
    """The least that would have counted there."""
    present = plan("p", "10.00", voice(100))
    both = plan("q", "9.00", voice(100, counts="both"))
    used = month(minutes=90, both_ways={"voice": 150 * MINUTE})

    assert yuan("16.50") == option(answered(used, plan=present, plans=(both,)), "q").total


def test_charges_of_the_records_stand_for_the_present_plan_alone() -> None:
    """They are what running over has cost; of another plan only its own price can be told."""
    said = answered(month(40, charged={"data": yuan("70.00")}))

    assert (yuan("198.00"), yuan("158.00")) == (said.stay.total, option(said, "cn-158-50").total)


def test_charges_within_an_allowance_would_be_there_with_any_plan() -> None:
    """A premium call costs the same everywhere: it makes no difference."""
    said = answered(month(10, charged={"data": yuan("70.00")}))

    assert (yuan("128.00"), "stay") == (said.stay.total, said.recommended.kind)


def test_packs_are_bought_only_as_far_as_they_are_cheaper() -> None:
    """One GB over: ¥5 as it is, ¥10 with a pack."""
    said = answered(month(21), addons=(pack("d5", "10.00", 5 * GB),))

    assert ((0,), yuan("133.00")) == (option(said, "d5").packs, option(said, "d5").total)
    assert "stay" == said.recommended.kind


def test_the_last_pack_may_cost_more_than_the_rest_is_charged() -> None:
    """Eleven GB over: two packs and ¥5, not three."""
    assert (2,) == option(answered(month(31), addons=(pack("d5", "10.00", 5 * GB),)), "d5").packs


def test_packs_that_do_not_reach_are_not_enough() -> None:
    """Ten a month at most: whoever needs more needs another plan."""
    said = answered(month(71), plan=plan("p", "1.00", data(20, BLOCK)), addons=(pack("d5", "1.00", 5 * GB),))

    assert ("data",) == option(said, "d5").lacks
    assert ("data",) == said.stay.lacks


@pytest.mark.parametrize(
    "own",
    [{"valid": "7d"}, {"currency": "USD"}, {"fits": ("other",)}, {"amount": 0}, {"bucket": "voice"}],
)
def test_an_addon_whose_part_nobody_can_tell_is_no_alternative(own: dict[str, object]) -> None:
    """Of another validity, currency or plan, of nothing, or of a bucket that the plan does not have."""
    given: dict[str, Any] = {"addon_id": "a", "price": "1.00", "amount": 50 * GB} | own
    said = answered(month(40), addons=(pack(**given),))

    assert ["cn-158-50", "cn-128-20"] == [one.id for one in said.options]


def test_plans_in_another_currency_are_left_out_and_counted() -> None:
    """Nobody here knows a rate."""
    said = answered(month(40), plans=(LARGER, plan("usd", "1.00", data(None), currency="USD")))

    assert (["cn-158-50", "cn-128-20"], {"other_currency": 1}) == (
        [one.id for one in said.options],
        said.left_out,
    )


def test_closed_plans_are_no_alternative() -> None:
    """They are not sold."""
    assert (
        "stay" == answered(month(40), plans=(plan("old", "1.00", data(None), closed=True),)).recommended.kind
    )


def test_a_group_needs_a_plan_for_all_of_its_lines_and_shares_nothing_with_others() -> None:
    """Three lines with one allowance: the whole price, the whole allowance."""
    present = plan("family", "200.00", data(100), lines=3)
    plans = (plan("solo", "1.00", data(None)), plan("larger", "240.00", data(200), lines=4))
    said = answered(month(150), plan=present, plans=plans, group_lines=3, household_lines=3)

    assert (["larger", "family"], {"too_few_lines": 1}) == ([one.id for one in said.options], said.left_out)
    assert yuan("240.00") == said.recommended.total


def test_a_divided_fee_is_rounded_up_and_a_divided_allowance_down() -> None:
    """Nothing is promised that three thirds do not make."""
    family = plan("family", "100.00", data(0.000000010), lines=3)
    shared = option(answered(month(0.000000004), plans=(family,), household_lines=3), "family")

    assert (yuan("33.34"), yuan("38.34")) == (shared.fee, shared.total)


def test_what_leaving_costs_is_counted_into_the_first_year() -> None:
    """¥70 less a month are ¥840 a year."""
    for fee, expected in (("839.99", "cn-158-50"), ("840.00", "cn-128-20")):
        leaving = Leaving(fee=yuan(fee), until=date(2027, 1, 31))

        assert expected == best(*months(40, 40, 40), leaving=leaving)


def test_whoever_is_bound_at_an_unknown_price_is_recommended_no_change_of_plan() -> None:
    """A pack is no change of plan."""
    leaving = Leaving(fee=None, until=date(2027, 1, 31))
    said = answered(month(40), leaving=leaving, addons=(pack("d5", "10.00", 5 * GB),))

    assert ("d5", False) == (said.recommended.id, option(said, "cn-158-50").is_sufficient)


def test_of_equals_what_changes_least_comes_first() -> None:
    """To stay, then the pack, then the shorter term."""
    present = plan("p", "100.00", data(20, UNKNOWN))
    longer = plan("a-long", "110.00", data(50), term_months=24)
    shorter = plan("b-short", "110.00", data(50), term_months=12)
    said = answered(month(25), plan=present, plans=(longer, shorter), addons=(pack("d5", "10.00", 5 * GB),))

    assert ["d5", "b-short", "a-long", "p"] == [one.id for one in said.options]


@pytest.mark.parametrize("ids", [("a", "b", "c"), ("c", "b", "a")])
def test_of_equals_the_first_is_found_among_a_few_too(ids: tuple[str, ...]) -> None:
    """A plan whose fee alone is just what is wanted most may still come before."""
    plans = tuple(plan(one, "110.00", data(50)) for one in ids)
    asked = question(month(40), plan=plan("p", "100.00", data(20, UNKNOWN)), plans=plans)

    assert "a" == answer(asked, most=1).recommended.id


def test_nothing_that_is_sold_may_be_enough() -> None:
    """Then to stay is what is left, and it is said that it is not enough."""
    said = answered(
        month(40), plan=plan("p", "9.00", data(10, BLOCK)), plans=(plan("q", "8.00", data(20, SLOW)),)
    )

    assert ("stay", False, False) == (
        said.recommended.kind,
        said.recommended.is_sufficient,
        said.needs_upgrade,
    )


@pytest.mark.parametrize(("gb", "count"), [((40,), 1), ((40, 30), 2), ((40, 30, 35), 3)])
def test_fewer_months_make_a_year_too(gb: tuple[float, ...], count: int) -> None:
    """One, two or three, each as often as it fits into twelve."""
    stay = answered(*months(*gb)).stay

    assert stay.total * (12 // count) == stay.year


@pytest.mark.parametrize("count", [0, 4])
def test_a_question_is_about_one_to_three_months(count: int) -> None:
    """By nothing nobody judges."""
    with pytest.raises(ValueError, match="one to 3"):
        question(*(month(1) for _ in range(count)))


def test_a_mean_month_is_rounded_and_its_total_is_not() -> None:
    """¥0.10 in three months are ¥0.03 a month, and ¥0.40 a year."""
    said = answered(
        *(month(more={"sms": 1 if n == 0 else 0}) for n in range(3)),
        plan=plan("p", "0.00", Allowance(bucket="sms", amount=0, beyond=EACH)),
        plans=(),
    )

    assert (yuan("0.10"), yuan("0.03"), yuan("0.40")) == (said.stay.total, said.stay.monthly, said.stay.year)


def test_the_order_of_the_catalogue_changes_nothing() -> None:
    """Whatever order plans are read in."""
    plans = (
        LARGER,
        plan("b", "158.00", data(50)),
        plan("c", "99.00", data(10)),
        plan("d", "158.00", voice(9)),
    )
    packs = (pack("d5", "10.00", 5 * GB), pack("d9", "10.00", 9 * GB))
    asked = question(*months(40, 22, 31), addons=packs)
    first = answer(asked)

    for order in permutations(plans):
        again = answer(_with(asked, plans=order, addons=packs[::-1]))
        assert [one.id for one in answer(_with(asked, plans=plans)).options] == [
            one.id for one in again.options
        ]
    assert first.stay.id == PRESENT.plan_id


def test_voice_beyond_is_charged_by_the_minute() -> None:
    """61 seconds over are two minutes begun."""
    used = month(more={"voice": 100 * MINUTE + 61})

    assert yuan("0.30") == answered(used, plan=plan("p", "0.00", voice(100, BY_MINUTE)), plans=()).stay.total


def _with(asked: Question, **own: object) -> Question:
    fields = {name: getattr(asked, name) for name in Question.__struct_fields__}
    return Question(**(fields | own))
