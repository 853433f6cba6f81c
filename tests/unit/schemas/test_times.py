"""Instants: RFC 3339 with an explicit offset, or milliseconds since 1970."""

import pytest

from schemas.times import format_instant, is_without_zone, parse_instant, to_ms

AT = 1_794_312_000_123


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2026-11-10T12:00:00.123Z", AT),
        ("2026-11-10t12:00:00.123z", AT),
        ("2026-11-10 12:00:00.123Z", AT),
        ("2026-11-10T20:00:00.123+08:00", AT),
        ("2026-11-10T06:30:00.123-05:30", AT),
        ("2026-11-10T12:00:00.123+00:00", AT),
        ("2026-11-10T12:00:00.123-00:00", AT),
        ("2026-11-10T12:00:00.1239Z", AT),
        ("2026-11-10T12:00:00.123999999999999999Z", AT),
        ("2026-11-10T12:00:00.1Z", AT - 23),
        ("2026-11-10T12:00:00.12Z", AT - 3),
        ("2026-11-10T12:00:00Z", AT - 123),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.9999Z", 253_402_300_799_999),
    ],
)
def test_instant_is_read_and_cut_to_milliseconds(text: str, at_ms: int) -> None:
    """Fractions of a millisecond are cut, never rounded."""
    assert at_ms == parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-10",
        "2026-11-10T12:00:00",
        "2026-11-10T12:00Z",
        "2026-11-10T12:00:00.Z",
        "2026-11-10T12:00:60Z",
        "2026-12-31T23:59:60Z",
        "2026-11-10T24:00:00Z",
        "2026-11-10T12:60:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-11-31T12:00:00Z",
        "2026-11-10T12:00:00+0800",
        "2026-11-10T12:00:00+08",
        "2026-11-10T12:00:00+24:00",
        "2026-11-10T12:00:00+08:60",
        "2026-11-10T12:00:00 +08:00",
        "20261110T120000Z",
        "26-11-10T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-10T12:00:00Z\n",
        " 2026-11-10T12:00:00Z",
        "\uff12\uff10\uff12\uff16-11-10T12:00:00Z",
        "2026-11-10T12:00:00,5Z",
        "2026-W46-2T12:00:00Z",
        "2026-11-10T12:00:00[Asia/Shanghai]",
    ],
)
def test_text_that_is_no_instant_is_refused(text: str) -> None:
    """Never guessed."""
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize("number", [0, 1, AT, 253_402_300_799_999])
def test_number_is_milliseconds(number: int) -> None:
    """Half the decoding cost, for producers that care."""
    assert number == to_ms(number)


@pytest.mark.parametrize("number", [-1, 253_402_300_800_000, 2**63])
def test_number_outside_of_what_a_calendar_can_write_is_refused(number: int) -> None:
    """From 1970 to the end of the year 9999."""
    with pytest.raises(ValueError, match=r"."):
        to_ms(number)


@pytest.mark.parametrize(
    ("text", "is_without"),
    [
        ("2026-11-10T12:00:00", True),
        ("2026-11-10 12:00:00.25", True),
        ("2026-11-10T12:00:00Z", False),
        ("2026-11-10T12:00:00+08:00", False),
        ("nonsense", False),
        (7, False),
        (None, False),
    ],
)
def test_missing_zone_is_told_from_nonsense(text: object, *, is_without: bool) -> None:
    """``no_time_zone`` is a reason of its own."""
    assert is_without == is_without_zone(text)


@pytest.mark.parametrize("at_ms", [0, 1, 999, AT, 253_402_300_799_999])
def test_output_is_utc_with_milliseconds_and_reads_back(at_ms: int) -> None:
    """Times in outputs: ``2026-11-10T12:00:00.123Z``."""
    text = format_instant(at_ms)

    assert (24, "Z", at_ms) == (len(text), text[-1], parse_instant(text))


def test_output_of_a_known_instant() -> None:
    """The notation, letter by letter."""
    assert "2026-11-10T12:00:00.123Z" == format_instant(AT)
