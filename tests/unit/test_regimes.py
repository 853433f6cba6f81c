"""Regimes: what the law of a jurisdiction asks, as data with sources."""

import pytest

from schemas.errors import ConfigError
from streams.regimes import read, shipped

HOUR_MS = 3_600_000
DEFAULT = """
version = 1
[near_limit_percents]
value = [80, 100]
source = "common practice"
[notice_within_hours]
value = 24
source = "own choice"
"""
LEVELS = '[near_limit_percents]\nsource = "law"\nvalue = '


@pytest.mark.parametrize(
    ("country", "name", "levels", "hours"),
    [
        ("AU", "AU", (50, 85, 100), 48),
        ("IN", "IN", (50, 90, 100), 24),
        ("ZA", "ZA", (50, 80, 100), 24),
        ("JM", "JM", (60, 80, 100), 24),
        ("CN", "default", (80, 100), 24),
        ("US", "default", (80, 100), 24),
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


def test_value_that_a_regime_does_not_give_is_the_defaults() -> None:
    """A file holds what differs."""
    regime = read({"default": DEFAULT, "B": 'version = 3\ncountries = ["BR"]\n'}).of("BR")

    assert ("B", 3, (80, 100), 24 * HOUR_MS) == (
        regime.name,
        regime.version,
        regime.near_limit_percents,
        regime.notice_within_ms,
    )


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ({"default": DEFAULT, "B": "version = "}, "B"),
        ({"default": DEFAULT, "B": "countries = []"}, "version"),
        ({"default": DEFAULT, "B": "version = 0"}, "version"),
        ({"default": DEFAULT, "B": "version = 1\nlevels = 3"}, "levels"),
        ({"default": DEFAULT, "B": 'version = 1\ncountries = ["Brazil"]'}, "countries"),
        ({"default": DEFAULT, "B": f"version = 1\n{LEVELS}[]"}, "near_limit_percents"),
        ({"default": DEFAULT, "B": f"version = 1\n{LEVELS}[0, 80]"}, "near_limit_percents"),
        ({"default": DEFAULT, "B": f"version = 1\n{LEVELS}[80, 101]"}, "near_limit_percents"),
        ({"default": DEFAULT, "B": f"version = 1\n{LEVELS}[80, 50]"}, "ascend"),
        ({"default": DEFAULT, "B": f"version = 1\n{LEVELS}[80, 80]"}, "ascend"),
        ({"default": DEFAULT, "B": "version = 1\n[near_limit_percents]\nvalue = [80]"}, "source"),
        (
            {"default": DEFAULT, "B": 'version = 1\n[notice_within_hours]\nvalue = 0\nsource = "x"'},
            "notice_within",
        ),
        (
            {"default": DEFAULT, **dict.fromkeys(("A", "B"), 'version = 1\ncountries = ["BR"]')},
            "BR",
        ),
        ({"B": "version = 1"}, "default"),
        ({"default": "version = 1"}, "default"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_file_is_refused_by_name(texts: dict[str, str], word: str) -> None:
    """Nothing starts with rules that nobody wrote."""
    with pytest.raises(ConfigError) as caught:
        read(texts)

    assert word in str(caught.value)


def test_all_mistakes_of_all_files_are_listed_together() -> None:
    """A person corrects them in one go."""
    with pytest.raises(ConfigError) as caught:
        read({"A": "version = ", "B": "version = 0", "default": DEFAULT})

    assert 2 == len(caught.value.mistakes)


def test_every_shipped_value_has_a_source() -> None:
    """A level without its source is a claim: reading refuses it, so having read them is the proof."""
    assert {"AU", "IN", "ZA", "JM", "default"} <= {regime.name for regime in shipped().all}
