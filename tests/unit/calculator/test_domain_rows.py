"""The calculator against the rows of the trade's page, each test named after its row."""

import ast
from pathlib import Path

import pytest

from schemas.plans import Beyond
from streams.calculator import Question
from tests.build_calculator import (
    BY_MINUTE,
    GB,
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
    voice,
    yuan,
)

CALCULATOR = Path(__file__).parents[3] / "streams" / "calculator"


def test_a1_5_calls_decide_and_not_data_for_whoever_talks() -> None:
    """¥89 with 100 GB of which little is used, and more than 300 minutes of calls: a voice pack, not data."""
    present = plan("young-89", "89.00", data(100), voice(100))
    said = answered(
        *months(8, 8, 8, minutes=320),
        plan=present,
        plans=(plan("more-data", "109.00", data(200), voice(100)),),
        addons=(pack("v300", "20.00", 300 * MINUTE, "voice"), pack("d10", "10.00", 10 * GB)),
    )

    assert ("addon", "v300") == (said.recommended.kind, said.recommended.id)
    assert (yuan("109.00"), yuan("122.00")) == (said.recommended.monthly, said.stay.monthly)


def test_a1_5_charges_that_only_the_records_know_lead_to_the_voice_pack_too() -> None:
    """The plan says nothing of calls, and each call's record says what it cost."""
    used = months(8, 8, 8, minutes=320, charged={"voice": yuan("33.00")})
    said = answered(
        *used,
        plan=plan("young-89", "89.00", data(100)),
        plans=(plan("more-data", "109.00", data(200)),),
        addons=(pack("v400", "20.00", 400 * MINUTE, "voice"),),
    )

    assert ("v400", yuan("109.00")) == (said.recommended.id, said.recommended.monthly)
    assert yuan("142.00") == option(said, "more-data").monthly


def test_a1_5_age_is_no_part_of_the_question() -> None:
    """Use decides: no file of the calculator reads a date of birth, and its question has no room for one."""
    names = {
        getattr(node, "attr", getattr(node, "id", ""))
        for path in CALCULATOR.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
    }

    assert not {"born_on", "age", "language", "account_type", "tier", "channels"} & names
    assert not {"born_on", "age", "language", "account_type", "tier"} & set(Question.__struct_fields__)


def test_a1_6_a4_1_twenty_gb_for_128_and_forty_used_needs_fifty_for_158() -> None:
    """Thirty more against the fee; what running over has cost is saved."""
    said = answered(*months(40, 40, 40, paid=yuan("228.00")))

    assert said.needs_upgrade
    assert ("cn-158-50", yuan("158.00"), yuan("30.00")) == (
        said.recommended.id,
        said.recommended.fee,
        said.fee_delta,
    )
    assert (yuan("228.00"), yuan("70.00"), yuan("70.00")) == (said.paid, said.saves, said.saves_against_paid)


def test_a4_1_without_a_price_beyond_the_larger_plan_is_needed_all_the_same() -> None:
    """What nobody knows the price of is not enough: need = yes, thirty more against the fee."""
    said = answered(*months(40, 40, 40), plan=plan("cn-128-20", "128.00", data(20, UNKNOWN)))

    assert said.needs_upgrade
    assert ("cn-158-50", yuan("30.00")) == (said.recommended.id, said.fee_delta)
    assert ("data",) == said.stay.lacks


def test_a4_1_whoever_uses_what_the_plan_has_needs_nothing() -> None:
    """To stay is an answer."""
    said = answered(*months(15, 18, 20))

    assert (False, "stay", yuan("0.00")) == (said.needs_upgrade, said.recommended.kind, said.saves)


@pytest.mark.parametrize(
    ("price", "expected"),
    [("10.00", "d5"), ("29.99", "d5"), ("30.00", "d5"), ("30.01", "cn-158-50")],
)
def test_a4_2_five_gb_short_gets_a_pack_while_it_costs_less_than_the_dearer_plan(
    price: str, expected: str
) -> None:
    """Data panic: the elastic pack before a dearer plan, over three months, and at equal cost."""
    prices = plan("cn-128-20", "128.00", data(20, UNKNOWN))

    assert expected == best(*months(25, 25, 25), plan=prices, addons=(pack("d5", price, 5 * GB),))


def test_a4_2_a_pack_is_bought_only_in_the_months_that_need_it() -> None:
    """Elastic: two in the first month, none in the second, one in the third."""
    said = answered(*months(30, 12, 21), addons=(pack("d5", "4.00", 5 * GB),))

    assert ("d5", (2, 0, 1)) == (said.recommended.id, said.recommended.packs)
    assert yuan("396.00") == said.recommended.total


def test_a4_3_three_lines_of_a_household_are_offered_to_share() -> None:
    """More than 500 minutes, three lines in the family: an equal part of a family plan is reckoned with."""
    present = plan("solo", "99.00", data(20), voice(300))
    family = plan("family", "240.00", data(200), voice(2400), lines=3)
    used = months(15, 15, 15, minutes=600)
    alone = answered(*used, plan=present, plans=(family,))
    shared = answered(*used, plan=present, plans=(family,), household_lines=3)

    assert ("stay", yuan("240.00")) == (alone.recommended.kind, option(alone, "family").monthly)
    assert ("family", 3, yuan("80.00")) == (
        shared.recommended.id,
        shared.recommended.shared_by,
        shared.recommended.monthly,
    )
    assert shared.recommended.is_estimate


def test_a4_3_a_part_of_a_family_plan_must_be_enough_for_this_line() -> None:
    """A third of 900 minutes is 300: the rest is charged."""
    family = plan("family", "240.00", data(200), voice(900), lines=3)
    said = answered(
        *months(15, minutes=600),
        plan=plan("solo", "99.00", data(20), voice(300)),
        plans=(family,),
        household_lines=3,
    )

    assert yuan("125.00") == option(said, "family").monthly


def test_a4_4_a_hundred_gb_of_which_eight_are_used_goes_down() -> None:
    """Waste is found as well as want."""
    said = answered(
        *months(8, 8, 8),
        plan=plan("large", "199.00", data(100)),
        plans=(plan("middle", "158.00", data(50)), plan("small", "59.00", data(10))),
    )

    assert ("small", False, yuan("-140.00")) == (said.recommended.id, said.needs_upgrade, said.fee_delta)


def test_a3_15_the_dearest_plan_is_never_recommended_for_being_the_dearest() -> None:
    """Cheapest sufficient, whatever else would be enough."""
    more = tuple(
        plan(f"p{price}", f"{price}.00", data(gb)) for price, gb in ((298, 300), (198, 100), (158, 50))
    )

    assert "p158" == best(*months(40, 40, 40), plans=more)


def test_a1_12_whoever_is_content_with_a_slow_line_stays() -> None:
    """10 GB and then slow, 30 GB used, nothing bought and nobody asked: no upgrade."""
    slow = plan("slow", "98.00", data(10, SLOW))

    assert "stay" == answered(*months(30, 30, 30), plan=slow).recommended.kind
    assert "cn-158-50" == best(*months(30, 30, 30), plan=slow, is_content=False)


@pytest.mark.parametrize(
    ("gb", "kbps", "expected"),
    [(10, 1024, "other"), (12, 2048, "other"), (9, 1024, "slow"), (10, 512, "slow")],
)
def test_a1_12_content_is_content_with_as_much_as_now(gb: int, kbps: int, expected: str) -> None:
    """A cheaper plan that slows down is enough while it slows down no earlier and no more."""
    other = plan("other", "88.00", data(gb, Beyond(action="throttle", to_kbps=kbps)))

    assert expected == best(*months(30, 30, 30), plan=plan("slow", "98.00", data(10, SLOW)), plans=(other,))


def test_voice_rounding_of_the_time_is_kept() -> None:
    """Calls were counted by whole minutes: by what was billed, not by raw seconds."""
    present = plan("p", "50.00", voice(100, rounding="60/60"))
    same = plan("same", "60.00", voice(200, BY_MINUTE, rounding="60/60"))
    other = plan("other", "60.00", voice(200, BY_MINUTE))
    said = answered(month(minutes=200), plan=present, plans=(same, other))

    assert (False, True) == (option(said, "same").is_estimate, option(said, "other").is_estimate)


def test_present_plan_is_the_one_that_is_asked_about() -> None:
    """Not another version of it that is sold too."""
    said = answered(*months(1), plans=(PRESENT,))

    assert ["cn-128-20"] == [one.id for one in said.options]
