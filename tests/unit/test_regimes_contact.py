"""Section ``[contact]`` of a regime: when and how often somebody may be written to for our own sake."""

import pytest

from schemas.errors import ConfigError
from streams.regimes import read, shipped, shipped_texts
from streams.regimes.contact import OFFER_COUNT_MAX, ContactRules

APP = 'channels = ["app"]'
DEFAULT = shipped_texts()["default.toml"]


def contact_of(text: str) -> ContactRules:
    """Return the rules of a country by the section in its file."""
    return read({"default": DEFAULT, "B": f'version = 1\ncountries = ["BR"]\n{text}'}).of("BR").contact


def mistakes_in(text: str) -> list[str]:
    """Return what is wrong with a country's section."""
    with pytest.raises(ConfigError) as caught:
        contact_of(text)
    return [mistake.removeprefix("regime B: ") for mistake in caught.value.mistakes]


def test_the_default_is_restrained() -> None:
    """No offer at night, one a day, two a week, four a month; a refusal counts for a quarter of a year."""
    rules = shipped().of("XX").contact
    day_ms = 86_400_000

    assert (21 * 60, 8 * 60) == (rules.quiet_from_minute, rules.quiet_to_minute)
    assert (1, 2, 4) == (rules.offers_a_day, rules.offers_a_week, rules.offers_a_month)
    assert (30, 90, 2) == (
        rules.same_offer_ms // day_ms,
        rules.refusal_wait_ms // day_ms,
        rules.refusals_most,
    )
    assert (18, 60) == (rules.adult_age, rules.no_calls_from_age)


@pytest.mark.parametrize(
    ("country", "word", "expected"),
    [
        ("US", "usage_notice", True),
        ("ZA", "limit_notice", True),
        ("IN", "overage_steps", True),
        ("IN", "usage_notice", False),
        ("CN", "usage_notice", False),
        ("GB", "limit_notice", False),
    ],
)
def test_opt_outs_of_notices_are_where_the_law_has_them(country: str, word: str, *, expected: bool) -> None:
    """CTIA in the US, ICASA in South Africa, TRAI in India for what is repeated."""
    assert expected == (word in shipped().of(country).contact.notice_opt_outs)


def test_a_country_gives_what_is_its_own() -> None:
    """The rest is the default's."""
    rules = contact_of('[contact.quiet_hours]\nsource = "law"\nvalue = { from = "20:00", to = "09:30" }')

    assert (20 * 60, 9 * 60 + 30, 1) == (rules.quiet_from_minute, rules.quiet_to_minute, rules.offers_a_day)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("quiet_hours", '{ from = "24:00", to = "08:00" }', "contact.quiet_hours.value.from: Expected"),
        ("quiet_hours", '{ from = "08:00", to = "08:00" }', "contact.quiet_hours.value: from and to"),
        ("quiet_hours", '{ from = "8:00", to = "20:00" }', "contact.quiet_hours.value.from: Expected"),
        ("offers_a_day", "-1", "contact.offers_a_day.value: Expected"),
        ("offers_a_month", str(OFFER_COUNT_MAX + 1), "contact.offers_a_month.value: Expected"),
        ("same_offer_days", "91", "contact.same_offer_days.value: Expected"),
        ("refusal_wait_days", "0", "contact.refusal_wait_days.value: Expected"),
        ("refusals_most", "0", "contact.refusals_most.value: Expected"),
        ("adult_age", "-1", "contact.adult_age.value: Expected"),
        ("notices_that_wait", '["security_notice"]', "contact.notices_that_wait.value[0]: Invalid"),
        ("notice_opt_outs", '["port_information"]', "contact.notice_opt_outs.value[0]: Invalid"),
        ("channels_by_age", '[{ channels = ["pigeon"] }]', "contact.channels_by_age.value[0].channels[0]"),
        ("channels_by_age", '[{ below = 30, channels = ["app"] }]', "contact.channels_by_age: below must"),
        (
            "channels_by_age",
            f"[{{ below = 40, {APP} }}, {{ below = 30, {APP} }}, {{ {APP} }}]",
            "contact.channels_by_age: below must",
        ),
        ("quiet_days", "1", "contact.quiet_days: is not known"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(name: str, value: str, expected: str) -> None:
    """Whoever corrects a file sees what is wrong and where."""
    mistakes = mistakes_in(f'[contact.{name}]\nsource = "law"\nvalue = {value}')

    assert 1 == len(mistakes)
    assert mistakes[0].startswith(expected)


def test_a_value_needs_its_source() -> None:
    """As every value of a regime."""
    assert ["contact.offers_a_day.source: is missing"] == mistakes_in("[contact.offers_a_day]\nvalue = 1")
