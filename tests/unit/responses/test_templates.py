"""A lint over every word that can be said."""

import re
from string import Formatter

import pytest

from schemas.fields import Bucket
from streams.regimes.operators import shipped_operators
from streams.responses.texts import texts

TEMPLATES = texts().templates
PHRASES = texts().phrases

MISLEADING = (
    "畅享套餐",
    "合约计划",
    "尊享",
    "至尊",
    "独家",
    "仅限今日",
    "最后机会",
    "hurry",
    "limited time",
    "only today",
    "exclusive",
)
"""Words that hide a contract or press for an answer, in no text at all."""
COMMERCIAL = (
    "优惠", "推介", "推荐", "促销", "特惠", "折扣", "升级", "办理套餐", "立即", "活动",
    "offer", "discount", "upgrade", "deal", "promotion", "buy now", "special", "save", "recommend",
)  # fmt: skip
"""Words that make advertising of a notice."""
OPERATORS = shipped_operators()
# A security notice has to ask for an answer at once.
NOT_ADVERTISING = {"port_security": {"立即"}, "port_security_locked": {"立即"}}

ALL = {
    f"{name}.{part}.{language}": getattr(getattr(template, part), language)
    for name, template in TEMPLATES.items()
    for part in ("text", "why")
    for language in ("en", "zh")
} | {
    f"{name}.{language}": getattr(words, language)
    for name, words in PHRASES.items()
    for language in ("en", "zh")
}


def says(text: str, word: str) -> bool:
    """Return whether a text has that word; in English whole words only."""
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text.lower()) is not None
    return word in text


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", ALL)
def test_no_text_misleads_or_names_an_operator(name: str) -> None:
    """Plain words, no pressure, no competitor (China, MIIT 2019: no comparative publicity)."""
    assert not [word for word in MISLEADING if says(ALL[name], word)]
    assert not OPERATORS.are_named_in(ALL[name])


@pytest.mark.parametrize("name", [name for name in ALL if not name.startswith("offer_")])
def test_a_care_text_carries_no_advertising(name: str) -> None:
    """A usage alert with an advert in it is a commercial message, which needs consent."""
    allowed = NOT_ADVERTISING.get(name.partition(".")[0], set())

    assert not [word for word in COMMERCIAL if says(ALL[name], word) and word not in allowed]


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith("offer_")])
def test_a_care_text_has_no_blank_for_a_name_of_the_catalogue(name: str) -> None:
    """Names of plans and add-ons are advertising that nobody here has read."""
    known = {
        "bucket",
        "used",
        "allowance",
        "percent",
        "level",
        "left",
        "ends",
        "beyond",
        "included",
        "over",
        "at",
        "answer",
        "next_step",
        "asked",
        "locked",
        "reasons",
    }

    assert _blanks(TEMPLATES[name].text.en + TEMPLATES[name].why.en) <= known


@pytest.mark.parametrize("name", [name.removesuffix(".en") for name in ALL if name.endswith(".en")])
def test_both_languages_say_the_same_facts(name: str) -> None:
    """Who reads Chinese is told no less than who reads English."""
    assert _blanks(ALL[f"{name}.en"]) == _blanks(ALL[f"{name}.zh"])


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".zh")])
def test_chinese_is_set_with_its_own_punctuation(name: str) -> None:
    """Commas and colons between Chinese characters are full width."""
    assert not re.findall("[,;:!?]", re.sub(r"\{[^}]*\}", "", ALL[name]))


def test_every_bucket_has_an_everyday_name() -> None:
    """Nobody reads ``data.roaming``."""
    buckets = set(Bucket.__args__)  # type: ignore[attr-defined]  # a Literal has them

    assert set() == {bucket for bucket in buckets if f"bucket_{bucket}" not in PHRASES}
