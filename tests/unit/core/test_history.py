"""What a billing period was, raw, and what is kept of it."""

from decimal import Decimal

import msgspec
import pytest

from schemas.times import MS_PER_DAY
from streams.core.history import (
    History,
    Month,
    month_of,
    peak_day,
    period_total,
    spans_between,
    spend,
    with_month,
)
from streams.core.period import ALWAYS_MS, Term
from streams.core.window import added
from tests.build import ms
from tests.build_windows import cny, month

START = ms("2026-11-01T00:00:00Z")
END = ms("2026-12-01T00:00:00Z")
EUROS = msgspec.structs.replace(cny("7"), currency="EUR")


def test_each_type_has_its_sum() -> None:
    """Octets, seconds and messages; corrections take off."""
    history = History()
    for kind, raw in (("data", 10), ("voice", 61), ("sms", 2), ("mms", 3), ("data", -4)):
        history.add_usage(kind, raw, START, roaming=False)

    assert (6, 61, 2, 3, 0) == (
        history.data,
        history.talk_s,
        history.sms,
        history.mms,
        history.roaming_days,
    )


def test_a1_4_six_months_know_roaming_by_days() -> None:
    """A1.4, roaming frequency: UTC days with roaming usage, each once."""
    history = History()
    for day in (0, 0, 1, 30):
        history.add_usage("sms", 1, START + day * MS_PER_DAY, roaming=True)
    history.add_usage("data", 1, START + 5 * MS_PER_DAY, roaming=False)

    assert 3 == month_of(history, day="2026-11-01", spend={}).roaming_days


def test_a1_4_roaming_days_are_apart_over_the_longest_period() -> None:
    """33 UTC days may lie in a period of 31 local ones."""
    history = History()
    for day in range(33):
        history.add_usage("sms", 1, START + day * MS_PER_DAY, roaming=True)

    assert 33 == history.roaming_days.bit_count()
    assert history == msgspec.msgpack.decode(msgspec.msgpack.encode(history), type=History)


def test_sums_stay_within_sixty_four_bits() -> None:
    """Records of the largest quantity cannot make a state that nobody can store."""
    history = History()
    for kind, raw in (("data", 2**53 - 1), ("voice", -(2**53) + 1)):
        for _ in range(1100):
            history.add_usage(kind, raw, START, roaming=True)

    assert (2**63 - 1, -(2**63) + 1) == (history.data, history.talk_s)
    msgspec.msgpack.encode(history)


def test_month_says_no_less_than_nothing() -> None:
    """A correction without its original is no negative usage to a reader."""
    history = History(data=-5, talk_s=-1, sms=-1, mms=-1, peak_day=-1, episodes=2)

    assert Month("d", 0, 0, 0, 0, 0, 0, {"CNY": "1"}, 2) == month_of(history, day="d", spend={"CNY": "1"})


def test_a1_4_six_months_are_kept_by_period_whatever_their_order() -> None:
    """The newest six; one that is said again takes its own place."""
    months: tuple[Month, ...] = ()
    for number in (7, 3, 1, 2, 6, 5, 4, 6):
        months = with_month(months, month(number, str(number)))

    assert ["2", "3", "4", "5", "6", "7"] == [one.spend["CNY"] for one in months]
    assert "9.99" == with_month(months, month(7, "9.99"))[-1].spend["CNY"]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", 2),
        ("2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z", 4),
        ("2026-10-31T16:00:00Z", "2026-11-02T16:00:00Z", 8),
        ("2026-11-09T00:00:00Z", "2026-12-01T00:00:00Z", 0),
    ],
)
def test_a1_4_six_months_know_the_peak_day_of_a_period(starts: str, ends: str, expected: int) -> None:
    """A1.4, data peak: of the UTC days that the period touches, and no other."""
    slots = b""
    for day, octets in ((-1, 8), (0, 1), (1, 2), (2, 4)):
        slots = added(slots, START // MS_PER_DAY + day, octets, length=35)

    assert expected == peak_day(slots, starts_ms=ms(starts), ends_ms=ms(ends))


def test_peak_day_adds_up_home_and_abroad() -> None:
    """Two buckets, one day."""
    home = added(added(b"", START // MS_PER_DAY, 3, length=35), START // MS_PER_DAY + 1, 4, length=35)
    abroad = added(b"", START // MS_PER_DAY, 2, length=35)

    assert 5 == peak_day(home, abroad, starts_ms=START, ends_ms=END)
    assert 0 == peak_day(b"", starts_ms=START, ends_ms=END)


def test_spend_is_the_plans_price_and_the_charges() -> None:
    """Where billing has accrued nothing, the plan stands for it."""
    assert {"CNY": "42.50"} == spend(accrued=None, charges=(cny("2.50"), cny("10")), price=cny("30.00"))
    assert {"CNY": "30.00", "EUR": "7"} == spend(accrued=None, charges=(EUROS,), price=cny("30.00"))
    assert {} == spend(accrued=None, charges=(), price=None)


def test_spend_is_what_billing_has_accrued_and_the_charges() -> None:
    """Then the plan's price is in it already."""
    history = History()
    history.add_accrued(cny("28.00"))
    history.add_accrued(cny("-1"))

    assert {"CNY": "37.00"} == spend(accrued=history.accrued, charges=(cny("10"),), price=cny("30.00"))


def test_total_of_a_period_is_in_the_limits_currency() -> None:
    """Accrued and charged; without the plan's price, which no charge has brought."""
    charges = (cny("2.50"), EUROS)

    assert Decimal("5.50") == period_total(accrued={"CNY": "3.00"}, charges=charges, currency="CNY")
    assert Decimal(7) == period_total(accrued=None, charges=charges, currency="EUR")
    assert Decimal(0) == period_total(accrued=None, charges=charges, currency="USD")


def test_periods_without_usage_are_found_between() -> None:
    """From the end of the last one that is known up to the one that begins."""
    terms = [Term(ALWAYS_MS, "UTC", 1, "p")]
    between = spans_between(terms, from_ms=ms("2026-08-01T00:00:00Z"), to_ms=START)

    assert ["2026-08-01", "2026-09-01", "2026-10-01"] == [span.day for span in between]
    assert [] == spans_between(terms, from_ms=START, to_ms=START)
    assert ["2026-05-01", "2026-10-01"] == [
        span.day for span in spans_between(terms, from_ms=ms("2020-01-01T00:00:00Z"), to_ms=START)[::5]
    ]


def test_a_period_that_began_earlier_is_not_between() -> None:
    """Only whole ones."""
    terms = [Term(ALWAYS_MS, "UTC", 1, "p")]
    between = spans_between(terms, from_ms=ms("2026-08-02T00:00:00Z"), to_ms=START)

    assert ["2026-09-01", "2026-10-01"] == [span.day for span in between]
