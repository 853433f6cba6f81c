"""Which totals differ, and how they are counted."""

from fractions import Fraction
from typing import Any

import pytest

from streams.compare.billing import Key
from streams.compare.differences import Comparison, Outcome, Tolerance
from streams.core.stored import encode_state
from tests.build import SUBSCRIBER, data, plan, profile, replay, sms

PERIOD = "2026-11-01"


def compared(fed: Any, billing: dict[Key, int], **own: Any) -> Outcome:  # noqa: ANN401  (any options)
    """Return what came of holding a replay against billing."""
    options = {"tolerance": Tolerance(), "most": 100, **own}
    comparison = Comparison(dict(billing), **options)
    for key, state in fed.pipeline.states():
        comparison.take(key, state)
    return comparison.finish()


def row(bucket: str = "data", subscriber: str = SUBSCRIBER, period: str = PERIOD) -> Key:
    """Return the key of a total."""
    return subscriber, bucket, period


def found(outcome: Outcome) -> list[tuple[str, str, int | None, int | None]]:
    """Return the differences, in order."""
    return [(one.subscriber_id, one.bucket, one.ours, one.billing) for one in outcome.differences]


def test_equal_totals_are_counted_and_not_listed() -> None:
    """Silence is the answer that everybody hopes for."""
    outcome = compared(replay([data(50), sms(3)]), {row(): 5_000_000, row("sms"): 3})

    assert (2, 2, 0, []) == (outcome.compared, outcome.equal, outcome.unequal, outcome.differences)
    assert {"data": 0, "sms": 0} == outcome.by_bucket


def test_every_difference_has_its_kind() -> None:
    """Both have a total, only we, only billing; by bucket they are summed with their signs."""
    fed = replay([data(50), sms(3)])

    outcome = compared(fed, {row(): 5_000_007, row("voice"): 60, row("data", "other"): 2})

    assert (1, 1, 2) == (outcome.differing, outcome.only_ours, outcome.only_billing)
    assert [
        (SUBSCRIBER, "voice", None, 60),
        (SUBSCRIBER, "data", 5_000_000, 5_000_007),
        (SUBSCRIBER, "sms", 3, None),
        ("other", "data", None, 2),
    ] == found(outcome)
    assert {"data": -9, "sms": 3, "voice": -60} == outcome.by_bucket


def test_a_total_that_one_side_lacks_is_zero() -> None:
    """Billing writes rows of nothing, or leaves them out: both are equal to no usage."""
    outcome = compared(replay([data(0)]), {row("sms"): 0})

    assert (2, 0) == (outcome.equal, outcome.unequal)


@pytest.mark.parametrize(
    ("tolerance", "is_equal"),
    [
        (Tolerance(units=99), False),
        (Tolerance(units=100), True),
        (Tolerance(percent=Fraction("0.0099")), False),
        (Tolerance(percent=Fraction("0.01")), True),
        (Tolerance(units=1, percent=Fraction(1)), True),
        (Tolerance(units=100, percent=Fraction("0.001")), True),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_tolerance_is_inclusive_and_one_of_the_two_is_enough(
    tolerance: Tolerance, *, is_equal: bool, sign: int
) -> None:
    """100 of a million, up or down, are 0.01 percent of billing's."""
    fed = replay([data(bytes_up=1_000_000 + 100 * sign)])

    outcome = compared(fed, {row(): 1_000_000}, tolerance=tolerance)

    assert is_equal == (outcome.unequal == 0)
    assert {"data": 100 * sign} == outcome.by_bucket


def test_percent_is_of_billings_total_to_two_places() -> None:
    """Of nothing there is no percent."""
    outcome = compared(replay([data(bytes_up=2), sms(3)]), {row(): 3})

    assert [None, -33.33] == [one.percent for one in outcome.differences]


def test_only_the_largest_are_kept_but_all_are_counted() -> None:
    """Memory is bounded however wrong billing is; at equal size the order is by name."""
    billing = {row("data", f"s{number:03}"): number // 2 for number in range(2, 500)}

    outcome = compared(replay([]), billing, most=3)

    assert ["s498", "s499", "s496"] == [one.subscriber_id for one in outcome.differences]
    assert (498, 498) == (outcome.compared, outcome.only_billing)


def test_every_kept_period_is_compared_unless_some_are_chosen() -> None:
    """A state holds the periods that may still change; what billing does not name at all is told apart."""
    late = data(10, at="2026-10-31T23:00:00Z", arrives="2026-11-01T01:00:00Z")
    fed = replay([profile(arrives="2026-10-01T00:00:00Z"), plan(), late, data(20)])

    every = compared(fed, {row(): 2_000_000})
    chosen = compared(fed, {row(): 2_000_000}, periods=frozenset({PERIOD}))

    assert (1, 1, 1) == (every.equal, every.only_ours, every.unnamed)
    assert (1, 0, 0) == (chosen.equal, chosen.only_ours, chosen.unnamed)


def test_states_of_groups_are_on_nobodys_bill() -> None:
    """Their keys begin with ``group/``; they are not even decoded."""
    comparison = Comparison({}, tolerance=Tolerance(), most=1)

    comparison.take("group/g1", b"")

    assert 0 == comparison.finish().compared


def test_totals_below_nothing_read_as_nothing() -> None:
    """A correction that came before its original may leave less than zero for a while."""
    state = replay([data(10)]).state()
    assert state is not None
    state.periods[0].buckets["data"].total = -5
    comparison = Comparison({row(): 0}, tolerance=Tolerance(), most=1)

    comparison.take(SUBSCRIBER, encode_state(state))

    outcome = comparison.finish()
    assert (1, 0, {"data": 0}) == (outcome.equal, outcome.unequal, outcome.by_bucket)
