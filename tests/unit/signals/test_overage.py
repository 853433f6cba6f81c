"""``overage``: used is above an allowance beyond which the plan charges."""

import orjson
import pytest

from tests.build import CHARGE, allowance, data, lines_of, octets, plan, replay, replay_lines, sms, voice

Charge = dict[str, str] | None


def charges(records: list[dict[str, object]]) -> list[Charge]:
    """Return the charge of each overage."""
    return [
        None if signal.charge is None else {signal.charge.currency: signal.charge.amount}
        for signal in replay(records).signals
        if signal.kind() == "overage"
    ]


@pytest.mark.parametrize(("used", "over"), [(99, []), (100, []), (101, [1])])
def test_overage_begins_above_the_allowance(used: int, over: list[int]) -> None:
    """``used > allowance``, half-open: all of the allowance is still none."""
    fed = replay([plan(allowance(amount=100)), data(bytes_up=used)])

    assert over == [signal.over for signal in fed.signals if signal.kind() == "overage"]


def test_overage_is_said_once_a_period() -> None:
    """Step 0 has one key a period; the steps after it come with a regime's."""
    #  |--- 130 % -- 200 % ---|--- Dec 101 % ---|
    fed = replay([data(130), data(70), data(101, at="2026-12-01T00:00:00Z")])

    assert [("2026-11-01", 0), ("2026-12-01", 0)] == [
        (signal.period, signal.step) for signal in fed.signals if signal.kind() == "overage"
    ]


@pytest.mark.parametrize(("over", "amount"), [(1, "5.00"), (1_000_000, "5.00"), (1_000_001, "10.00")])
def test_charge_is_the_price_of_each_unit_begun(over: int, amount: str) -> None:
    """ceil(over / per) * price on the running total."""
    assert [{"CNY": amount}] == charges([data(bytes_up=octets(100) + over)])


@pytest.mark.parametrize("beyond", [{"action": "charge"}, {"action": "charge", "price": "5.00"}])
def test_charge_is_null_where_nobody_says(beyond: dict[str, str]) -> None:
    """No price, no charge: never a made-up one."""
    assert [None] == charges([plan(allowance(beyond=beyond)), data(101)])


def test_bucket_that_the_plan_does_not_name_charges_null() -> None:
    """Amount 0 and ``beyond.action`` ``charge`` with ``charge`` null: the first unit raises it."""
    [signal] = replay([sms(1)]).signals

    assert ("overage", 0, 1, 1, None) == (
        signal.kind(),
        signal.allowance,
        signal.used,
        signal.over,
        signal.charge,
    )


def test_charges_of_the_records_win_over_the_plans_price() -> None:
    """The sum of the records' own charge where any record carries one."""
    charge = {"amount": "0.30", "currency": "CNY"}
    fed = [data(90, charge=charge), data(5), data(10, charge={"amount": "1.25", "currency": "CNY"})]

    assert [{"CNY": "1.55"}] == charges(fed)


def test_charges_of_another_bucket_or_period_do_not_count() -> None:
    """In that bucket and period."""
    charge = {"amount": "9.00", "currency": "CNY"}
    other_bucket = voice(60, charge=charge)
    other_period = data(1, at="2026-10-31T23:00:00Z", arrives="2026-11-01T01:00:00Z", charge=charge)

    assert [{"CNY": "5.00"}] == charges([plan(allowance(), allowance("voice", None)), other_bucket,
                                          other_period, data(101)])  # fmt: skip


def test_charge_of_nothing_is_a_charge() -> None:
    """A record that carries 0.00 carries a charge: the plan's price is not added."""
    assert [{"CNY": "0.00"}] == charges([data(130, charge={"amount": "0.00", "currency": "CNY"})])


def test_charges_are_exact_decimals() -> None:
    """Never a float: ten times 0.1 is 1.0."""
    tenth = {"amount": "0.1", "currency": "CNY"}

    assert [{"CNY": "1.0"}] == charges([*(data(10, charge=tenth) for _ in range(10)), data(1)])


def test_sum_of_many_large_charges_keeps_every_digit() -> None:
    """No digit is rounded away, however many records carry one."""
    largest = {"amount": "999999999999999999.999999999", "currency": "CNY"}
    lines = lines_of([*(data(bytes_up=1, charge=largest) for _ in range(1_000)), data(100)])

    [signal] = [
        one for one in map(orjson.loads, replay_lines(lines).values("signals")) if one["type"] == "overage"
    ]
    assert "999999999999999999999.999999000" == signal["charge"]["amount"]


def test_large_charge_keeps_every_digit() -> None:
    """Money is an exact decimal string: no digit is rounded away, however large price and usage are."""
    beyond = {**CHARGE, "price": "123456789012345678.123456789", "per": 1}
    fed = replay([plan(allowance(amount=0, beyond=beyond)), data(bytes_up=10**9 + 1)])

    [signal] = [orjson.loads(value) for value in fed.values("signals")]
    assert {"amount": "123456789135802467135802467.123456789", "currency": "CNY"} == signal["charge"]


def test_allowance_of_zero_is_passed_by_the_first_unit() -> None:
    """Amount 0: the first counted unit raises ``overage``; a record of nothing does not."""
    fed = replay([plan(allowance(amount=0)), data(bytes_up=0), data(bytes_up=1), data(bytes_up=1)])

    assert [("overage", None)] == fed.found


@pytest.mark.parametrize("action", ["throttle", "block", "pay_to_restore"])
def test_plan_that_does_not_charge_has_no_overage(action: str) -> None:
    """Only where ``beyond`` is ``charge``."""
    fed = replay([plan(allowance(beyond={"action": action})), data(130)])

    assert "overage" not in [kind for kind, _ in fed.found]
