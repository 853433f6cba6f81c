"""``throttled``: the allowance is used and the plan goes on slowly."""

import pytest

from tests.build import THROTTLE, allowance, data, plan, replay

SLOW = plan(allowance(beyond=THROTTLE))


@pytest.mark.parametrize(("percent", "speeds"), [("99.99", []), ("100", [128]), ("100.01", [128])])
def test_throttled_begins_with_the_last_octet(percent: str, speeds: list[int]) -> None:
    """``used >= allowance``, inclusive."""
    fed = replay([SLOW, data(percent)])

    assert speeds == [signal.to_kbps for signal in fed.signals if signal.kind() == "throttled"]


def test_throttled_is_said_once_and_never_costs() -> None:
    """Never an ``overage``, never a charge."""
    fed = replay([SLOW, data(100), data(200, charge={"amount": "3.00", "currency": "CNY"})])

    assert [("near_limit", 80), ("throttled", None)] == fed.found


def test_speed_that_the_plan_does_not_say_is_null() -> None:
    """``to_kbps`` is optional in a plan."""
    fed = replay([plan(allowance(beyond={"action": "throttle"})), data(100)])

    assert [None] == [signal.to_kbps for signal in fed.signals if signal.kind() == "throttled"]


def test_allowance_of_zero_is_throttled_by_the_first_octet() -> None:
    """Amount 0: the first counted unit raises it, a record of nothing does not."""
    fed = replay([plan(allowance(amount=0, beyond=THROTTLE)), data(bytes_up=0), data(bytes_up=1)])

    assert [("throttled", 1)] == [(signal.kind(), signal.used) for signal in fed.signals]
