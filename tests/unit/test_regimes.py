"""Regimes: what the law of a jurisdiction asks, as data with sources."""

from decimal import Decimal

import pytest

from schemas.errors import ConfigError
from streams.regimes import NOT_REGIMES, OverageSteps, Regime, read, regime_texts, shipped, shipped_texts

HOUR_MS = 3_600_000
DEFAULT = """
version = 1
[near_limit_percents]
value = [80, 100]
source = "common practice"
[notice_within_hours]
value = 24
source = "own choice"
[overage_steps]
value = []
source = "own choice"
[expiry_reminder_hours]
value = 12
source = "own choice"
[bill_limit_percents]
value = [90, 100]
source = "own choice"
"""
SHIPPED_DEFAULT = shipped_texts()["default.toml"]
DEFAULT += SHIPPED_DEFAULT[SHIPPED_DEFAULT.index("[contact.") :]
LEVELS = '[near_limit_percents]\nsource = "law"\nvalue = '
STEPS = '[overage_steps]\nsource = "law"\nvalue = '
BY_MONEY = 'bucket = "data", currency = "BRL", money = '


def regime_of(text: str) -> Regime:
    """Return the regime that Brazil has by a file's text."""
    return read({"default": DEFAULT, "B": f'version = 3\ncountries = ["BR"]\n{text}'}).of("BR")


def mistakes_of(**texts: str) -> list[str]:
    """Return what is wrong with regimes of these names, beside a right default."""
    with pytest.raises(ConfigError) as caught:
        read({"default": DEFAULT, **texts})
    return list(caught.value.mistakes)


def mistakes_in(text: str) -> list[str]:
    """Return what is wrong with the regime of a country, without its name."""
    mistakes = mistakes_of(B=f'version = 1\ncountries = ["BR"]\n{text}')
    assert all(mistake.startswith("regime B: ") for mistake in mistakes)
    return [mistake.removeprefix("regime B: ") for mistake in mistakes]


@pytest.mark.parametrize(
    ("country", "name", "levels", "hours"),
    [
        ("AU", "AU", (50, 85, 100), 48),
        ("IN", "IN", (50, 90, 100), 24),
        ("ZA", "ZA", (50, 80, 100), 24),
        ("JM", "JM", (60, 80, 100), 24),
        ("CN", "CN", (80, 100), 24),
        ("US", "US", (80, 100), 24),
        ("CA", "CA", (80, 100), 24),
        ("GB", "UK", (80, 100), 24),
        ("DE", "EU", (80, 100), 24),
        ("NO", "EU", (80, 100), 24),
        ("XX", "default", (80, 100), 24),
    ],
)
def test_shipped_regime(country: str, name: str, levels: tuple[int, ...], hours: int) -> None:
    """Levels and the notice span; every country that no file names has the default's."""
    regime = shipped().of(country)

    assert (name, levels, hours * HOUR_MS) == (
        regime.name,
        regime.near_limit_percents,
        regime.notice_within_ms,
    )


def test_shipped_default_reminds_a_day_before_and_has_no_steps() -> None:
    """What holds where nobody has found a rule."""
    regime = shipped().of("XX")

    assert ((), 24 * HOUR_MS, (80, 100)) == (
        regime.overage_steps,
        regime.expiry_reminder_ms,
        regime.bill_limit_percents,
    )


def test_value_that_a_regime_does_not_give_is_the_defaults() -> None:
    """A file holds what differs."""
    regime = regime_of("")

    assert ("B", 3, (80, 100), 24 * HOUR_MS, (), 12 * HOUR_MS, (90, 100)) == (
        regime.name,
        regime.version,
        regime.near_limit_percents,
        regime.notice_within_ms,
        regime.overage_steps,
        regime.expiry_reminder_ms,
        regime.bill_limit_percents,
    )


def test_value_that_a_regime_gives_stands_over_the_defaults() -> None:
    """Also one that is nothing."""
    steps = DEFAULT.replace("value = []", 'value = [{bucket = "sms", every = 1, count_max = 1}]', 1)
    none = f'version = 1\ncountries = ["BR"]\n{STEPS}[]\n[bill_limit_percents]\nvalue = [70]\nsource = "law"'
    regimes = read({"default": steps, "B": none})

    assert ((70,), None) == (regimes.of("BR").bill_limit_percents, regimes.of("BR").steps_of("sms"))
    assert regimes.of("XX").steps_of("sms") is not None


def test_steps_by_money_and_by_units() -> None:
    """Amounts are exact numbers, found by bucket."""
    regime = regime_of(
        f'{STEPS}[{{{BY_MONEY}["0.10", "9.00", "10"], scope = "account", needs_consent = true}},'
        ' {bucket = "sms", every = 5, count_max = 3, only_without_allowance = true}]'
    )

    assert regime.steps_of("data") == OverageSteps(
        bucket="data",
        money=(Decimal("0.10"), Decimal("9.00"), Decimal(10)),
        currency="BRL",
        scope="account",
        needs_consent=True,
    )
    assert regime.steps_of("sms") == OverageSteps(
        bucket="sms", every=5, count_max=3, only_without_allowance=True
    )
    assert regime.steps_of("data.roaming") is None


def test_confirmed_value_has_a_person_and_a_day() -> None:
    """The others are named, in the order of the file's fields."""
    confirmed = 'confirmed_by = "A. Lawyer"\nconfirmed_on = 2026-11-01\neffective_from = 2026-01-01'
    regime = regime_of(f"{STEPS}[]\n{LEVELS}[70]\n{confirmed}\n")

    assert ("overage_steps",) == regime.file.unconfirmed()
    assert ["near_limit_percents", "overage_steps"] == [name for name, _ in regime.file.given()]


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ({"default": DEFAULT, "B": "version = "}, "B"),
        ({"default": DEFAULT, "B": "countries = []"}, "version"),
        ({"default": DEFAULT, "B": "version = 0"}, "version"),
        ({"default": DEFAULT, "B": "version = 1\nlevels = 3"}, "levels"),
        ({"default": DEFAULT, "B": 'version = 1\ncountries = ["Brazil"]'}, "countries"),
        ({"default": DEFAULT, "B": "version = 1"}, "no country"),
        ({"default": DEFAULT, **dict.fromkeys(("A", "B"), 'version = 1\ncountries = ["BR"]')}, "BR"),
        ({"B": "version = 1"}, "default"),
        ({"default": "version = 1"}, "default: near_limit_percents: is missing"),
        ({"default": DEFAULT.replace("[bill_limit_percents]", "[other]")}, "bill_limit_percents"),
    ],
    ids=str,
)
def test_wrong_file_is_refused_by_name(texts: dict[str, str], word: str) -> None:
    """Nothing starts with rules that nobody wrote."""
    with pytest.raises(ConfigError) as caught:
        read(texts)

    assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LEVELS}[]", "near_limit_percents.value: Expected"),
        (f"{LEVELS}[0, 80]", "near_limit_percents.value[0]: Expected"),
        (f"{LEVELS}[80, 101]", "near_limit_percents.value[1]: Expected"),
        (f"{LEVELS}[80.0]", "near_limit_percents.value[0]: Expected"),
        (f"{LEVELS}[80, 50]", "near_limit_percents: value must ascend"),
        (f"{LEVELS}[80, 80]", "near_limit_percents: value must ascend"),
        ("[near_limit_percents]\nvalue = [80]", "near_limit_percents.source: is missing"),
        ('[near_limit_percents]\nvalue = [80]\nsource = ""', "near_limit_percents.source: Expected"),
        (f"{LEVELS}[80]\nunit = 1", "near_limit_percents.unit: is not known"),
        (f"{LEVELS}[80]\neffective_from = 2015", "near_limit_percents.effective_from: Exp"),
        (f"{LEVELS}[80]\neffective_from = 2015-01-01T00:00:00", "near_limit_percents.effective_from: Exp"),
        (f'{LEVELS}[80]\neffective_from = "soon"', "near_limit_percents.effective_from: Invalid"),
        (f'{LEVELS}[80]\nconfirmed_by = "me"', "near_limit_percents: confirmed_by and confirmed_on belong"),
        (f"{LEVELS}[80]\nconfirmed_on = 2026-01-01", "near_limit_percents: confirmed_by and confirmed_on"),
        (f'{LEVELS}[80]\nconfirmed_by = ""', "near_limit_percents.confirmed_by: Expected"),
        ('[notice_within_hours]\nvalue = 0\nsource = "x"', "notice_within_hours.value: Expected"),
        ('[expiry_reminder_hours]\nvalue = 721\nsource = "x"', "expiry_reminder_hours.value: Expected"),
        ('[bill_limit_percents]\nvalue = [9, 8]\nsource = "x"', "bill_limit_percents: value must ascend"),
        (f"{STEPS}3", "overage_steps.value: Expected"),
        (f'{STEPS}[{{bucket = "fax", every = 1, count_max = 1}}]', "overage_steps.value[0].bucket: Invalid"),
        (f'{STEPS}[{{bucket = "data"}}]', "overage_steps.value[0]: give either money or every"),
        (
            f'{STEPS}[{{bucket = "data", every = 1, count_max = 1, scope = "account"}}]',
            "overage_steps.value[0]: every is a line's",
        ),
        (f"{STEPS}[{{every = 1, count_max = 1}}]", "overage_steps.value[0].bucket: is missing"),
        (f'{STEPS}[{{{BY_MONEY}["1"], every = 1, count_max = 1}}]', "overage_steps.value[0]: give either"),
        (f'{STEPS}[{{bucket = "data", money = ["1"]}}]', "overage_steps.value[0]: money and currency belong"),
        (f'{STEPS}[{{bucket = "data", every = 1}}]', "overage_steps.value[0]: every and count_max belong"),
        (f'{STEPS}[{{{BY_MONEY}["1"], count_max = 1}}]', "overage_steps.value[0]: every and count_max"),
        (f'{STEPS}[{{{BY_MONEY}["9", "10", "9.5"]}}]', "overage_steps.value[0]: money must ascend"),
        (f'{STEPS}[{{{BY_MONEY}["1.0", "1.00"]}}]', "overage_steps.value[0]: money must ascend"),
        (f'{STEPS}[{{{BY_MONEY}["0.00"]}}]', "overage_steps.value[0]: money must be above 0"),
        (f"{STEPS}[{{{BY_MONEY}[40.0]}}]", "overage_steps.value[0].money[0]: Expected"),
        (f'{STEPS}[{{{BY_MONEY}["1e3"]}}]', "overage_steps.value[0].money[0]: Expected"),
        (f"{STEPS}[{{{BY_MONEY}[]}}]", "overage_steps.value[0].money: Expected"),
        (f'{STEPS}[{{bucket = "data", every = 0, count_max = 1}}]', "overage_steps.value[0].every: Expected"),
        (f'{STEPS}[{{{BY_MONEY}["1"], scope = "family"}}]', "overage_steps.value[0].scope: Invalid"),
        (f'{STEPS}[{{{BY_MONEY}["1"]}}, {{{BY_MONEY}["2"]}}]', "overage_steps: more than one entry for data"),
        ('[[not_acted_on]]\nsource = "law"', "not_acted_on[0].rule: is missing"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_value_is_refused_with_its_place(text: str, expected: str) -> None:
    """A person finds the line."""
    (mistake,) = mistakes_in(text)

    assert mistake.startswith(expected)


def test_all_mistakes_of_all_files_are_listed_together() -> None:
    """A person corrects them in one go."""
    mistakes = mistakes_of(A="version = ", B="version = 0", C="version = 1")

    assert ["A", "B", "C"] == [mistake.split()[1].rstrip(":") for mistake in mistakes]


def test_all_mistakes_of_one_file_are_listed_together() -> None:
    """Those of one value too, and of one entry in it."""
    places = [
        mistake.split(": ")[0]
        for mistake in mistakes_in(
            "extra = 1\n"
            '[near_limit_percents]\nvalue = [0, 101]\nunit = "x"\n'
            f'{STEPS}[{{bucket = "fax", every = 0}}, {{bucket = "data"}}]'
        )
    ]

    assert [
        "extra",
        *(f"near_limit_percents.{name}" for name in ("value[0]", "value[1]", "unit", "source")),
        *(f"overage_steps.value[{place}" for place in ("0].bucket", "0].every", "1]")),
    ] == places


def test_everything_that_is_wrong_with_an_entry_is_in_its_one_line() -> None:
    """Conditions between its fields do not hide one another."""
    (mistake,) = mistakes_in(f'{STEPS}[{{bucket = "data", money = ["2", "1"], count_max = 2}}]')

    assert 2 == mistake.count("belong together")
    assert "must ascend" in mistake


def test_windows_are_no_regime() -> None:
    """A file of the folder that holds something else is not read as one."""
    texts = dict.fromkeys(NOT_REGIMES, "not = 1") | {"default.toml": DEFAULT}

    assert {"default": DEFAULT} == regime_texts(texts)
    assert {"windows.toml", "care.toml", "operators.toml"} == NOT_REGIMES


def test_every_shipped_value_has_a_source() -> None:
    """A level without its source is a claim: reading refuses it, so having read them is the proof."""
    expected = {"AU", "CA", "CN", "EU", "IN", "JM", "UK", "US", "ZA", "default"}

    assert expected == {regime.name for regime in shipped().all}
    assert expected == set(regime_texts(shipped_texts()))
