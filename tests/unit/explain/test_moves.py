"""What has moved between two states, bucket by bucket."""

import pytest

from streams.core.catalog import Catalog
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.explain.moves import BucketMove, moves_between
from tests.build import SUBSCRIBER, data, ms, plan, replay

STARTS, ENDS = ms("2026-11-01T00:00:00Z"), ms("2026-12-01T00:00:00Z")


def catalog() -> Catalog:
    """Return the usual plan's catalogue, and another at twice its price."""
    dear = plan(
        {"bucket": "data", "amount": 10, "beyond": {"action": "charge", "price": "2.00", "per": 1}},
        plan_id="dear",
        unit_base=1024,
    )
    fair = plan({"bucket": "data", "amount": 10, "beyond": {"action": "charge", "price": "1.00", "per": 1}})
    return replay([fair, dear, data(0)]).pipeline._catalog  # noqa: SLF001 - what a replay has read


def state(total: int, *, allowance: int | None = 10, plan_id: str = "p", generation: int = 0) -> Subscriber:
    """Return a subscriber who has used so much of November's data."""
    usage = Usage(total=total, allowance=allowance, generation=generation)
    period = Period(STARTS, ENDS, "2026-11-01", plan_id, {"data": usage})
    return Subscriber(id=SUBSCRIBER, periods=[period])


def moved(
    before: Subscriber | None, after: Subscriber | None, *, is_shared: bool = False
) -> list[BucketMove]:
    """Return what has moved."""
    return list(moves_between(before, after, catalog(), is_shared=is_shared))


def test_what_is_the_same_has_not_moved() -> None:
    """Neither has what an end of the subscriber takes away."""
    assert [] == moved(state(5), state(5)) + moved(state(5), None)


def test_first_usage_moves_from_nothing() -> None:
    """The allowance was the same before: no generation begins with it."""
    [move] = moved(None, state(4))

    assert ((0, 4), (10, 10), (0, 0), 40) == (move.used, move.allowance, move.generation, move.percent)
    assert not move.is_rearmed


def test_another_allowance_moves_without_usage() -> None:
    """With it the levels are new."""
    [move] = moved(state(4), state(4, allowance=20, generation=1))

    assert ((4, 4), (10, 20), 20) == (move.used, move.allowance, move.percent)
    assert move.is_rearmed


def test_charge_is_by_the_plan_of_its_time() -> None:
    """Another plan in mid-period has other prices."""
    [move] = moved(state(12), state(12, plan_id="dear"))

    assert ("CNY 2.00", "CNY 4.00") == move.charge


def test_less_than_nothing_is_nothing() -> None:
    """Until the original of a correction arrives."""
    [move] = moved(state(5), state(-3))

    assert (5, 0) == move.used


@pytest.mark.parametrize(
    ("quantity", "plan_id", "words"),
    [(None, "p", "unlimited"), (1_500, "p", "1.5 KB"), (1_536, "dear", "1.5 KB")],
)
def test_quantities_are_said_in_the_plans_units(quantity: int | None, plan_id: str, words: str) -> None:
    """Thousands or multiples of 1024, as the operator counts."""
    [move] = moved(None, state(1, plan_id=plan_id), is_shared=True)

    assert words == move.say(quantity)
    assert move.is_shared
