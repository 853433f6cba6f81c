"""A lint over the words of the rules of care, the same as over every other text."""

from string import Formatter

import pytest

from streams.regimes.care import shipped_care
from tests.unit.responses.test_templates import COMMERCIAL, MISLEADING, OPERATORS, says

ALL = {
    f"{rule.rule}.{part}.{language}": getattr(rule, part).of(language)
    for rule in shipped_care().rules
    for part in ("text", "why")
    for language in ("en", "zh")
}


@pytest.mark.parametrize("name", ALL)
def test_no_text_misleads_names_an_operator_or_advertises(name: str) -> None:
    """Plain words, no pressure, no competitor, nothing commercial: service is not an occasion to sell."""
    assert not [word for word in (*MISLEADING, *COMMERCIAL) if says(ALL[name], word)]
    assert not OPERATORS.are_named_in(ALL[name])


@pytest.mark.parametrize("name", [name.removesuffix(".en") for name in ALL if name.endswith(".en")])
def test_both_languages_say_the_same_facts(name: str) -> None:
    """Who reads Chinese is told no less than who reads English."""
    assert _blanks(ALL[f"{name}.en"]) == _blanks(ALL[f"{name}.zh"])


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".zh")])
def test_chinese_is_set_with_its_own_punctuation(name: str) -> None:
    """Commas and colons between Chinese characters are full width."""
    assert not set(",;:!?").intersection(ALL[name])


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
