"""What each regulator asks about usage and spending, rule by rule, and what of it the product does.

Levels are tried on replays of a subscriber of that jurisdiction: silent a unit below, said at the level.
Amounts of money are tried as data. What nothing acts on has to stand in the regime's file as such.
"""

from datetime import date
from decimal import Decimal

import pytest

from schemas.times import MS_PER_HOUR
from streams.regimes import OverageSteps, Regime, shipped
from streams.regimes.file import Value
from tests.build import THROTTLE, Line, allowance, data, event, octets, plan, profile, replay, sms, voice
from tests.fed import Fed

UNION = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
EU = (*UNION, "IS", "LI", "NO")


def of(name: str) -> Regime:
    """Return the shipped regime of that name."""
    (regime,) = [regime for regime in shipped().all if regime.name == name]
    return regime


def value_of(name: str, what: str) -> Value:
    """Return a value of a regime as its file gives it, with its source."""
    return dict(of(name).file.given())[what]


def gaps_of(name: str) -> str:
    """Return all that a regime's file says is not acted on."""
    return "\n".join(f"{gap.rule} {gap.source}" for gap in of(name).file.not_acted_on)


def fed_in(country: str, *records: Line) -> Fed:
    """Return what came of records of a subscriber of that country."""
    return replay([profile(jurisdiction=country), *records])


def levels(fed: Fed) -> list[int | None]:
    """Return the levels that were said, in order."""
    return [level for kind, level in fed.found if kind == "near_limit"]


def assert_levels(country: str, *expected: int) -> None:
    """Each level is silent an octet below and said at itself, with those before it and no other."""
    for count, level in enumerate(expected):
        below = fed_in(country, data(bytes_up=octets(level) - 1))
        at = fed_in(country, data(level))

        assert list(expected[:count]) == levels(below)
        assert list(expected[: count + 1]) == levels(at)


# -- United States


@pytest.mark.parametrize(
    ("below", "at", "beyond"),
    [
        (data(bytes_up=octets(80) - 1), data(80), data(21)),
        (voice(79), voice(80), voice(21)),
        (sms(79), sms(80), sms(21)),
    ],
    ids=["data", "voice", "sms"],
)
def test_b1_us_ctia_tells_when_approaching_and_when_exceeding(below: Line, at: Line, beyond: Line) -> None:
    """CTIA Consumer Code, 17 October 2011: data, voice and messages alike; it gives no percent."""
    limited = plan(allowance(), allowance("voice", 100), allowance("sms", 100))

    assert [] == levels(fed_in("US", limited, below))
    assert [80] == levels(fed_in("US", limited, at))
    assert ["near_limit", "near_limit", "overage"] == [
        kind for kind, _ in fed_in("US", limited, at, beyond).found if kind in {"near_limit", "overage"}
    ]
    assert date(2013, 4, 17) == value_of("US", "near_limit_percents").effective_from


def test_b1_us_ctia_asks_nothing_of_a_plan_without_a_limit() -> None:
    """CTIA Consumer Code: only if the plan is limited and overage is charged."""
    fed = fed_in("US", plan(allowance(amount=None)), data(bytes_up=10**12))

    assert [] == fed.found


def test_b1_us_ctia_everybody_has_the_notice_on_registration_abroad() -> None:
    """CTIA Consumer Code: a notice when a device without a roaming plan registers abroad."""
    fed = fed_in("US", event("roaming.entered", country="MX"))

    assert ["roaming_welcome"] == [one.type for one in fed.care]
    assert "tells everybody" in gaps_of("US")


def test_b1_us_operator_practice_is_100_300_500_dollars_of_data_roaming() -> None:
    """AT&T pay-per-use: alerts at the three amounts. Practice and not law, so nobody needs to consent."""
    expected = OverageSteps(
        bucket="data.roaming", money=(Decimal(100), Decimal(300), Decimal(500)), currency="USD"
    )

    assert (expected,) == of("US").overage_steps
    assert "practice and not law" in value_of("US", "overage_steps").source


def test_b1_us_fcc_10_180_was_proposed_only_and_gives_no_value() -> None:
    """The FCC's proposal of 2010 was parked in favour of the CTIA code: nothing rests on it."""
    sources = [value.source for _, value in of("US").file.given()] + [gaps_of("US")]

    assert [] == [source for source in sources if "10-180" in source]


# -- European Union and EEA


def test_b1_eu_2022_612_holds_in_the_union_and_the_eea() -> None:
    """27 members, and Iceland, Liechtenstein and Norway; the United Kingdom and Switzerland are none."""
    assert 27 == len(UNION)
    assert {"EU"} == {shipped().of(country).name for country in EU}
    assert sorted(EU) == sorted(of("EU").countries)
    assert ("UK", "default") == (shipped().of("GB").name, shipped().of("CH").name)


def test_b1_eu_2022_612_art_14_is_40_50_100_euro_of_data_roaming_with_consent() -> None:
    """80 percent of the default limit, the limit of EUR 50 a billing period, the extra notice at EUR 100."""
    expected = OverageSteps(
        bucket="data.roaming",
        money=(Decimal("40.00"), Decimal("50.00"), Decimal("100.00")),
        currency="EUR",
        needs_consent=True,
    )

    assert (expected,) == of("EU").overage_steps
    assert expected.money[0] == expected.money[1] * 80 / 100
    assert date(2022, 7, 1) == value_of("EU", "overage_steps").effective_from


def test_b1_eu_2022_612_art_14_tells_at_80_percent_of_a_volume_limit() -> None:
    """The percents of a limit on data roaming are those of its bucket."""
    abroad = plan(allowance("data.roaming"))

    assert [] == levels(fed_in("DE", abroad, data(bytes_up=octets(80) - 1, roaming=True)))
    assert [80] == levels(fed_in("DE", abroad, data(80, roaming=True)))
    assert [80, 100] == levels(fed_in("DE", abroad, data(100, roaming=True)))
    assert_levels("DE", 80, 100)


@pytest.mark.parametrize("words", ["on entering a country", "stops at once", "in every currency"])
def test_b1_eu_2022_612_art_14_what_is_not_served_stands_in_the_file(words: str) -> None:
    """No tariff message on entering, no session stopped, no steps in other currencies."""
    assert words in gaps_of("EU")


def test_b1_eu_2016_2286_fair_use_is_not_counted_and_the_file_says_so() -> None:
    """At least 4 months of presence and usage, a warning, 2 weeks to change: there is no such counter."""
    assert "2016/2286" in gaps_of("EU")
    assert [] == [name for name, value in of("EU").file.given() if "2016/2286" in value.source]


# -- United Kingdom


def test_b1_uk_s124s_tells_when_a_bill_limit_is_likely_to_be_reached_and_when_it_is() -> None:
    """Communications Act 2003: "likely to be reached" has no number, ours is 80; "if reached" is 100."""
    value = value_of("UK", "bill_limit_percents")

    assert (80, 100) == of("UK").bill_limit_percents
    assert ("GB",) == of("UK").countries
    assert date(2018, 10, 1) == value.effective_from
    assert "likely to be reached" in value.source
    assert "80 percent is our choice" in value.source


def test_b1_uk_s124s_names_no_percent_of_an_allowance() -> None:
    """So allowances have the levels of the default."""
    assert of("default").near_limit_percents == of("UK").near_limit_percents
    assert_levels("GB", 80, 100)


def test_b1_uk_s124s_nothing_is_stopped_and_the_file_says_so() -> None:
    """No charge above the limit without express consent, confirmed in writing; going on is no consent."""
    assert "express consent" in gaps_of("UK")


def test_b1_uk_ofcom_gc_c3_roaming_alert_is_sent_and_the_file_says_what_it_lacks() -> None:
    """1 October 2024: charges, fair-use limits and the bill limit, promptly when roaming starts."""
    (gap,) = [gap for gap in of("UK").file.not_acted_on if "General Condition C3" in gap.source]

    assert ["roaming_welcome"] == [
        one.type for one in fed_in("GB", event("roaming.entered", country="FR")).care
    ]
    assert "Fair-use limits" in gap.rule
    assert date(2024, 10, 1) == gap.effective_from


# -- India


def test_b1_india_trai_levels_are_50_90_100() -> None:
    """TCPR 8th Amendment, 1 November 2015."""
    assert_levels("IN", 50, 90, 100)
    assert date(2015, 11, 1) == value_of("IN", "near_limit_percents").effective_from


def test_b1_india_trai_has_no_80_percent() -> None:
    """It was in the draft and is not in the final rule."""
    assert [50] == levels(fed_in("IN", data(80)))


def test_b1_india_trai_other_choice_of_what_is_left_is_in_the_source() -> None:
    """500 MB, 100 MB or 10 MB left instead of the percents: the operator chooses, the percents are chosen."""
    assert "500 MB, 100 MB and 10 MB" in value_of("IN", "near_limit_percents").source


def test_b1_india_trai_tariff_after_the_pack_is_told_at_90_percent() -> None:
    """The notice says what usage beyond the pack costs."""
    fed = fed_in("IN", data(89), data(1))

    (notice,) = fed.care[1:]
    assert [50, 90] == levels(fed)
    assert "5.00" in notice.text


def test_b1_india_trai_data_without_a_pack_is_told_every_10_mb() -> None:
    """Decimal octets, as a person reads MB; a pack has its percents instead."""
    expected = OverageSteps(bucket="data", every=10_000_000, count_max=50, only_without_allowance=True)

    assert (expected,) == of("IN").overage_steps
    assert "own bound" in value_of("IN", "overage_steps").source


def test_b1_india_trai_roaming_caution_is_not_sent_and_the_file_says_so() -> None:
    """Caution on data while roaming."""
    assert "roaming" in gaps_of("IN")


# -- Australia


def test_b1_australia_tcp_levels_are_50_85_100() -> None:
    """Telecommunications Consumer Protections Code, post-paid included value."""
    assert_levels("AU", 50, 85, 100)


@pytest.mark.parametrize(
    ("arrives", "expected"), [("2026-12-02T23:59:59.999Z", [50]), ("2026-12-03T00:00:00Z", [])]
)
def test_b1_australia_tcp_level_is_told_no_later_than_48_hours(arrives: str, expected: list[int]) -> None:
    """What is older helps nobody any more; the notice is due in that span."""
    #  period |--- 50 % used at noon of the 30th ---| E ... < E + 48 h said | silence
    fed = fed_in("AU", data(50, at="2026-11-30T12:00:00Z", arrives=arrives))

    assert expected == levels(fed)
    assert 48 * MS_PER_HOUR == of("AU").notice_within_ms


def test_b1_australia_tcp_plan_without_excess_charge_has_no_overage() -> None:
    """No excess usage charges, no usage notification of an excess: it only goes slower."""
    slow = plan(allowance(beyond=THROTTLE))
    fed = fed_in("AU", slow, data(150))

    assert [50, 85] == levels(fed)
    assert {"near_limit", "throttled"} == {kind for kind, _ in fed.found}


@pytest.mark.parametrize("words", ["overseas", "5 working days"])
def test_b1_australia_tcp_what_is_not_served_stands_in_the_file(words: str) -> None:
    """Usage overseas counts here, and nothing is suspended."""
    assert words in gaps_of("AU")


# -- South Africa, Canada, Jamaica, China


def test_b1_south_africa_levels_are_50_80_100_of_each_bundle() -> None:
    """ICASA regulation 8A: voice, SMS and data, each by itself."""
    bundles = plan(allowance(), allowance("voice", 100), allowance("sms", 100))
    fed = fed_in("ZA", bundles, voice(50), sms(79), data(100))

    assert_levels("ZA", 50, 80, 100)
    assert [("voice", 50), ("sms", 50), ("data", 50), ("data", 80), ("data", 100)] == [
        (one.bucket, one.level) for one in fed.signals if one.kind() == "near_limit"
    ]


@pytest.mark.parametrize("words", ["out of bundle", "roll over"])
def test_b1_south_africa_what_is_not_served_stands_in_the_file(words: str) -> None:
    """No charge is refused here; roll-over and transfer are billing's."""
    assert words in gaps_of("ZA")


def test_b1_canada_wireless_code_caps_are_50_and_100_dollars_of_the_account() -> None:
    """Data and data roaming a cycle, unless the account holder consents: not the user of a device."""
    steps = [of("CA").steps_of(bucket) for bucket in ("data", "data.roaming")]

    assert [((Decimal(amount),), "CAD", "account", True) for amount in (50, 100)] == [
        (one.money, one.currency, one.scope, one.needs_consent) for one in steps if one is not None
    ]
    assert date(2017, 12, 1) == value_of("CA", "overage_steps").effective_from


def test_b1_canada_wireless_code_stops_nothing_here_and_the_file_says_so() -> None:
    """The signal is what others act on. Of an allowance the code names no percent: the default's."""
    assert "no session is stopped" in gaps_of("CA")
    assert_levels("CA", 80, 100)


def test_b1_jamaica_levels_are_60_80_100_of_data_voice_and_sms() -> None:
    """Office of Utilities Regulation."""
    limited = plan(allowance(), allowance("voice", 100), allowance("sms", 100))

    assert_levels("JM", 60, 80, 100)
    assert [60] == levels(fed_in("JM", limited, voice(79)))
    assert [60, 80] == levels(fed_in("JM", limited, sms(80)))


def test_b1_china_miit_tells_on_approaching_and_on_exceeding() -> None:
    """到量预警, 超量提醒: no percent is given, so the default's."""
    assert_levels("CN", 80, 100)
    assert ["overage"] == [kind for kind, _ in fed_in("CN", data(100), data(1)).found if kind == "overage"]


def test_b1_china_miit_reminds_before_expiry() -> None:
    """到期提醒 is required, without a span: a day."""
    assert 24 * MS_PER_HOUR == of("CN").expiry_reminder_ms
    assert "到期提醒" in value_of("CN", "expiry_reminder_hours").source


def test_b1_china_operators_own_cap_is_unverified_and_no_value() -> None:
    """CNY 500 and 15 GB are known from memory only: nothing rests on them."""
    assert () == of("CN").overage_steps


# -- all of them


def test_nobody_has_confirmed_a_shipped_value() -> None:
    """A confirmation is a person's: a release that comes with one has invented it."""
    assert [] == [
        (regime.name, name)
        for regime in shipped().all
        for name, value in regime.file.given()
        if value.is_confirmed
    ]
