"""``exhausted``: the allowance is used and the plan stops."""

import pytest

from tests.build import allowance, data, plan, replay


@pytest.mark.parametrize("action", ["block", "pay_to_restore"])
@pytest.mark.parametrize(("percent", "count"), [("99.99", 0), ("100", 1), ("100.01", 1)])
def test_exhausted_begins_with_the_last_octet(action: str, percent: str, count: int) -> None:
    """``used >= allowance``, inclusive; ``action`` says what the plan does."""
    fed = replay([plan(allowance(beyond={"action": action})), data(percent)])

    assert [action] * count == [signal.action for signal in fed.signals if signal.kind() == "exhausted"]


def test_exhausted_is_said_once() -> None:
    """Its key is bucket, period, generation."""
    fed = replay([plan(allowance(beyond={"action": "block"})), data(100), data(50)])

    assert 1 == [kind for kind, _ in fed.found].count("exhausted")


@pytest.mark.parametrize("action", ["block", "pay_to_restore"])
def test_allowance_of_zero_is_exhausted_by_the_first_octet(action: str) -> None:
    """Amount 0: the first counted unit raises it, a record of nothing does not."""
    block = plan(allowance(amount=0, beyond={"action": action}))

    assert [("exhausted", None)] == replay([block, data(bytes_up=0), data(bytes_up=1)]).found
