"""Amounts, prices and times in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.signals import Unit
from schemas.times import FIRST_MS, LAST_MS, parse_instant
from streams.responses import spoken

LAST = 2**53 - 1


@pytest.mark.parametrize(
    ("octets", "unit_base", "expected"),
    [
        (0, 1000, "0 MB"),
        (1, 1000, "1 byte"),
        (999, 1000, "999 bytes"),
        (1_000, 1000, "1 KB"),
        (1_500_000, 1000, "1.5 MB"),
        (1000 * 2**20, 1024, "1000 MB"),
        (999_994_999, 1000, "999.99 MB"),
        (999_995_000, 1000, "1 GB"),
        (20_000_000_000, 1000, "20 GB"),
        (2**30, 1024, "1 GB"),
        (2**30, 1000, "1.07 GB"),
        (LAST, 1000, "9007.2 TB"),
        (LAST, 1024, "8192 TB"),
    ],
)
def test_a_volume_is_spoken_in_the_units_of_the_plan(octets: int, unit_base: int, expected: str) -> None:
    """``unit_base`` decides what a GB is; two decimals at most, and never "1000 MB"."""
    assert expected == spoken.amount(octets, "octet", unit_base=unit_base, language="en")


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [
        (0, "second", "0 minutes"),
        (1, "second", "1 second"),
        (59, "second", "59 seconds"),
        (60, "second", "1 minute"),
        (90, "second", "2 minutes"),
        (LAST, "second", "150119987579017 minutes"),
        (1, "message", "1 message"),
        (0, "message", "0 messages"),
    ],
)
def test_calls_are_spoken_in_minutes_and_messages_in_messages(
    quantity: int, unit: Unit, expected: str
) -> None:
    """A remainder of less than a minute is said in seconds, so that it does not read as nothing."""
    assert expected == spoken.amount(quantity, unit, unit_base=1000, language="en")


@given(st.integers(10**9, 9 * 10**11))
def test_used_and_left_add_up_to_the_allowance(used: int) -> None:
    """What is used is rounded half up and what is left half down: in one unit they add up."""
    allowance = -(-used // 10**9) * 10**9 + 10**9
    texts = (
        spoken.amount(used, "octet", unit_base=1000, language="en"),
        spoken.left(allowance - used, "octet", unit_base=1000, language="en"),
    )

    assert Decimal(allowance) / 10**9 == sum(Decimal(text.removesuffix(" GB")) for text in texts)


def test_half_of_what_is_said_last_counts_as_used() -> None:
    """16.005 GB of 20 GB: 16.01 are used and 3.99 left, not 4."""
    used = 16_005_000_000

    assert spoken.amount(used, "octet", unit_base=1000, language="en") == "16.01 GB"
    assert spoken.left(20 * 10**9 - used, "octet", unit_base=1000, language="en") == "3.99 GB"


@given(st.integers(1, LAST), st.sampled_from([1000, 1024]))
def test_what_a_price_is_for_is_not_rounded(per: int, unit_base: int) -> None:
    """A price for 1,048,576 octets is no price for "1.05 MB"."""
    number, _, unit = spoken.exact(per, "octet", unit_base=unit_base, language="en").partition(" ")
    power = {"KB": 1, "MB": 2, "GB": 3, "TB": 4}.get(unit, 0)

    assert per == Decimal(number) * unit_base**power


@pytest.mark.parametrize(("seconds", "expected"), [(60, "1 minute"), (61, "61 seconds"), (6, "6 seconds")])
def test_a_price_of_odd_seconds_is_said_in_seconds(seconds: int, expected: str) -> None:
    """Only whole minutes are called minutes."""
    assert expected == spoken.exact(seconds, "second", unit_base=1000, language="en")


@pytest.mark.parametrize(
    ("amount", "currency", "english", "chinese"),
    [
        ("10.00", "CNY", "CNY 10.00", "10.00 元"),
        ("0.0150", "USD", "USD 0.015", "0.015 USD"),
        ("100", "JPY", "JPY 100", "100 JPY"),
        ("5.000000000", "CNY", "CNY 5.00", "5.00 元"),
        ("999999999999999999.123456789", "EUR", "EUR 999999999999999999.123456789", ""),
    ],
)
def test_a_price_is_never_rounded(amount: str, currency: str, english: str, chinese: str) -> None:
    """Zeros that say nothing are left out; every other digit is said."""
    assert english == spoken.price(amount, currency, "en")
    assert chinese in {"", spoken.price(amount, currency, "zh")}


@pytest.mark.parametrize(
    ("at", "time_zone", "expected"),
    [
        ("2026-11-30T16:00:00Z", "Asia/Shanghai", "1 Dec 2026 00:00"),
        ("2026-11-01T05:30:00Z", "America/New_York", "1 Nov 2026 01:30"),
        ("2026-11-01T06:30:00Z", "America/New_York", "1 Nov 2026 01:30"),
        ("2026-03-08T07:00:00Z", "America/New_York", "8 Mar 2026 03:00"),
        ("2026-01-01T00:00:00Z", "Asia/Kathmandu", "1 Jan 2026 05:45"),
    ],
)
def test_a_time_is_the_one_on_the_subscribers_wall(at: str, time_zone: str, expected: str) -> None:
    """Local time, also on the two days on which the clocks change."""
    assert expected == spoken.moment(parse_instant(at), time_zone=time_zone, language="en")


@pytest.mark.parametrize("at_ms", [FIRST_MS, LAST_MS])
@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_first_and_the_last_instant_can_be_said_in_every_zone(at_ms: int, time_zone: str) -> None:
    """An event may name any instant that RFC 3339 can write; no zone may make a defect of it."""
    assert ":" in spoken.moment(at_ms, time_zone=time_zone, language="zh")
