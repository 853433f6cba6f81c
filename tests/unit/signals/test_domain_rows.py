"""Rows of DOMAIN.md on the end of an allowance, each under its own name: A1.12, A1.13, A2.1, A2.2."""

from typing import Any

import orjson
import pytest

from schemas.fields import Money
from tests.build import (
    CHARGE,
    THROTTLE,
    Fed,
    Line,
    addon,
    after,
    allowance,
    data,
    event,
    octets,
    plan,
    profile,
    replay,
    sms,
    voice,
)

GB = 1_000_000_000
TEN_THEN_SLOW = plan(allowance(amount=10 * GB, beyond=THROTTLE))
PAY_TO_RESTORE = plan(allowance(beyond={"action": "pay_to_restore"}))
CONSENT = {"purpose": "commercial", "granted": True, "channels": ["app", "sms"], "at": "2026-01-05T10:00:00Z"}
WILLING = profile(channels=["app", "sms"], consents=[CONSENT])
END = "2026-12-01T00:00:00Z"


def kinds(fed: Fed) -> list[str]:
    """Return the kind of each signal."""
    return [kind for kind, _ in fed.found]


def values(fed: Fed) -> list[dict[str, Any]]:
    """Return all that was emitted, decoded."""
    return [orjson.loads(emitted.value or b"{}") for emitted in fed.emitted]


def charges(fed: Fed) -> list[Money | None]:
    """Return the charge of each overage."""
    return [one.charge for one in fed.signals if one.kind() == "overage"]


# -- A1.12: after 10 GB it goes on slowly


@pytest.mark.parametrize(("used", "count"), [(10 * GB - 1, 0), (10 * GB, 1), (25 * GB, 1)])
def test_a1_12_ten_gigabytes_then_slow_is_throttled(used: int, count: int) -> None:
    """The last octet of 10 GB is the crossing, inclusive."""
    assert count == kinds(replay([TEN_THEN_SLOW, data(bytes_up=used)])).count("throttled")


def test_a1_12_slow_is_never_an_overage_and_never_costs() -> None:
    """No ``overage`` and no charge anywhere, however much is used, whatever the records carry."""
    charge = {"amount": "3.00", "currency": "CNY"}
    fed = replay(
        [TEN_THEN_SLOW, data(bytes_up=9 * GB), data(bytes_up=2 * GB), data(bytes_up=50 * GB, charge=charge)]
    )

    assert ["near_limit", "throttled"] == kinds(fed)
    assert [] == [value for value in values(fed) if value.get("charge") is not None]
    assert [128] == [one.to_kbps for one in fed.signals if one.kind() == "throttled"]


def test_a1_12_slow_is_noticed_once() -> None:
    """A notice that it is slow now, and no word of a limit that costs or stops."""
    fed = replay([TEN_THEN_SLOW, data(bytes_up=10 * GB), data(bytes_up=10 * GB)])

    assert ["throttle_notice"] == [one.type for one in fed.care]


def test_a1_12_slow_ends_with_the_period() -> None:
    """December is fast again until its own 10 GB."""
    fed = replay([TEN_THEN_SLOW, data(bytes_up=10 * GB), data(bytes_up=8 * GB - 1, at=END)])

    assert {"2026-11-01"} == {one.period for one in fed.signals}


# -- A1.13: it stops, and may be paid for


@pytest.mark.parametrize(("percent", "count"), [("99.99999", 0), ("100", 1), ("150", 1)])
def test_a1_13_pay_to_restore_is_exhausted(percent: str, count: int) -> None:
    """All of it is used; the signal says what the plan does."""
    found = [one for one in replay([PAY_TO_RESTORE, data(percent)]).signals if one.kind() == "exhausted"]

    assert ["pay_to_restore"] * count == [one.action for one in found]


def test_a1_13_pay_to_restore_charges_nothing_by_itself() -> None:
    """No auto-charge: no ``overage``, no money in any signal, nothing owed."""
    fed = replay([PAY_TO_RESTORE, profile(credit_limit={"amount": "1.00", "currency": "CNY"}), data(500)])

    assert ["near_limit", "near_limit", "exhausted"] == kinds(fed)
    assert [] == [value for value in values(fed) if value.get("charge") is not None]
    assert [] == [value["type"] for value in values(fed) if value["type"] in {"bill_warning", "arrears"}]


def test_a1_13_nothing_is_bought_without_an_explicit_purchase() -> None:
    """An offer, and even its acceptance, are no purchase: only ``addon.purchased`` restores."""
    accepted = event("offer.responded", offer_id="o", response="accepted")
    fed = replay([PAY_TO_RESTORE, addon(), WILLING, data(100), accepted, data(1)])

    assert ["near_limit", "near_limit", "exhausted"] == kinds(fed)
    bought = event("addon.purchased", addon_id="a", bucket="data", amount=octets(50))
    assert "resolved" in kinds(replay([PAY_TO_RESTORE, addon(), WILLING, data(100), accepted, bought]))


# -- A2.1: near the limit


@pytest.mark.parametrize(
    ("percent", "levels"), [("79.9", []), ("80.0", [80]), ("99.9", [80]), ("100", [80, 100])]
)
def test_a2_1_near_limit_at_80_and_100_percent(percent: str, levels: list[int]) -> None:
    """79.9 % is silent, 80.0 % and 100 % are said, with one notice a record."""
    fed = replay([data(percent)])

    assert levels == [one.level for one in fed.signals]
    assert min(1, len(levels)) == len(fed.care)


@pytest.mark.parametrize(("percent", "count"), [("79.9", 0), ("80.0", 1)])
def test_a2_1_near_limit_makes_an_offer_where_it_may(percent: str, count: int) -> None:
    """A data pack to those who want to hear of one; to others never."""
    assert count == len(replay([plan(), addon(), WILLING, data(percent)]).offers)
    assert [] == replay([plan(), addon(), profile(), data(percent)]).offers


def test_a2_1_one_per_threshold_per_cycle_per_bucket() -> None:
    """Each bucket and each period has its own 80 and 100; none twice."""
    # |--- Nov: data 79 81 99 101, calls 80 90 100, messages 79 ---|--- Dec: data 85 95 ---|
    both = plan(allowance(), allowance("voice", 100), allowance("sms", 100))
    november = [data(79), data(2), data(18), data(2), voice(80), voice(10), voice(10), sms(79)]
    december = [data(85, at=END), data(10, at=after(END, days=1))]
    fed = replay([both, *november, *december])

    assert [
        ("data", "2026-11-01", 80),
        ("data", "2026-11-01", 100),
        ("voice", "2026-11-01", 80),
        ("voice", "2026-11-01", 100),
        ("data", "2026-12-01", 80),
    ] == [(one.bucket, one.period, one.level) for one in fed.signals if one.kind() == "near_limit"]


# -- A2.2: over it, at a cost


@pytest.mark.parametrize(
    ("over", "amount"), [(1, "5.00"), (1_000_000, "5.00"), (1_000_001, "10.00"), (9_999_999, "50.00")]
)
def test_a2_2_overage_amount_is_the_rated_sum(over: int, amount: str) -> None:
    """Of the running total: each unit begun, whatever records it came in."""
    whole = replay([data(bytes_up=octets(100) + over)])
    parts = replay([data(99), data(bytes_up=octets(1) + over)])

    assert [Money(amount, "CNY")] == charges(whole) == charges(parts)


def test_a2_2_overage_amount_is_the_sum_of_the_records_where_they_are_rated() -> None:
    """What the records were charged, not what the plan would charge; those below the limit too."""
    rated = [
        data(percent, charge={"amount": amount, "currency": "CNY"})
        for percent, amount in ((60, "0.00"), (39, "0.10"), (30, "2.05"))
    ]

    assert [Money("2.15", "CNY")] == charges(replay(rated))


@pytest.mark.parametrize("arrives", [after(END, ms=-1), END, after(END, hours=24, ms=-1)])
def test_a2_2_late_record_that_completes_the_crossing_fires_once(arrives: str) -> None:
    """Late within a notice it raises what it would have in time, once; what comes after it raises nothing."""
    late: dict[str, Any] = {"at": "2026-11-30T23:00:00Z", "arrives": arrives}
    fed = replay([data(99), data(2, record_id="late", **late), data(2, **late)])

    [told] = [one for one in fed.signals if one.kind() == "overage"]
    assert ["late"] == [one.record_id for one in told.evidence]
    assert (100_000, Money("5.00", "CNY")) == (told.over, told.charge)


def test_a2_2_later_than_a_notice_no_crossing_is_told() -> None:
    """A stale alert is none: the total is corrected, and the adjustment says what it costs."""
    late = {"at": "2026-11-30T23:00:00Z", "arrives": after(END, hours=24)}
    fed = replay([data(99), data(2, **late)])

    assert ["near_limit", "late_adjustment"] == kinds(fed)
    assert Money("5.00", "CNY") == fed.signals[1].charge_after


@pytest.mark.parametrize(
    ("beyond", "count"),
    [(CHARGE, 1), (THROTTLE, 0), ({"action": "block"}, 0), ({"action": "pay_to_restore"}, 0)],
)
def test_a2_2_only_a_plan_that_charges_is_over(beyond: dict[str, Any], count: int) -> None:
    """Total > allowance and the plan charges: one without the other is no overage."""
    lines: list[Line] = [plan(allowance(beyond=beyond)), data(130)]

    assert count == kinds(replay(lines)).count("overage")
    assert 0 == kinds(replay([lines[0], data(100)])).count("overage")
