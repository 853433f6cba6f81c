"""The order of arrival moves nothing of a group that shares an allowance, nor of its line's own history."""

from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given

from tests.build import PLAN, SUBSCRIBER, Line, family, profile
from tests.property.stories import START, corrected, few, granted, lives, replaced, reported
from tests.property.test_commute import (
    ANY_END,
    ARRIVALS,
    CHANCE,
    EXAMPLES,
    IN_NOVEMBER,
    KNOWN_HOURS,
    LONG,
    check,
)

KEYS = (SUBSCRIBER, "group/family")
OWN_PLANS = pytest.mark.parametrize("plan_id", [None, PLAN], ids=["no plan of its own", "a plan of its own"])


@OWN_PLANS
@EXAMPLES
@given(lives(corrected, replaced, LONG, most=12), ARRIVALS, CHANCE)
def test_order_of_arrival_moves_nothing_of_a_group(
    plan_id: str | None, lines: list[Line], first: str, chance: Random
) -> None:
    """What a final record replaces comes off the group's total and off the line's history."""
    who = [family(arrives=START), profile(arrives=START, plan_id=plan_id)]

    check(lines, first, chance, who=who, keys=KEYS)


FEW: Any = lives(
    corrected, replaced, partial(granted, ends=ANY_END), partial(reported, ends=IN_NOVEMBER), most=7
).map(few)
MANY: Any = lives(
    corrected, replaced, partial(granted, ends=KNOWN_HOURS), partial(reported, ends=KNOWN_HOURS), most=16
)


@EXAMPLES
@given(FEW | MANY, ARRIVALS, CHANCE)
def test_order_of_arrival_moves_nothing_of_a_groups_add_ons(
    lines: list[Line], first: str, chance: Random
) -> None:
    """Add-ons and totals from billing go to the group, which knows records and hours, but no days."""
    check(lines, first, chance, who=[family(arrives=START), profile(arrives=START)], keys=KEYS)
