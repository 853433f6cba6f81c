"""Plain words: what is never said, and what so much more is good for."""

import pytest

from schemas.errors import ConfigError
from schemas.signals import Unit
from streams.responses.comparisons import compared, comparisons
from streams.responses.texts import read_texts
from streams.responses.wording import banned, banned_in
from tests.build_calculator import GB

TEXTS = """
[templates.a]
version = 1
text = {{ en = "{text}", zh = "{zh}" }}
why = {{ en = "Because.", zh = "因为。" }}
[phrases.b]
en = "{phrase}"
zh = "乙"
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您可办理畅享套餐", ("畅享套餐", "畅享")),
        ("合约计划 24 个月", ("合约计划",)),
        ("Hurry! LIMITED TIME only.", ("hurry", "limited time")),
        ("Nobody hurries; exclusivity aside.", ()),
        ("10 GB more", ()),
    ],
)
def test_a3_7_words_that_hide_or_press_are_found(text: str, expected: tuple[str, ...]) -> None:
    """Whole words in English, any part in Chinese."""
    assert expected == banned_in(text)


@pytest.mark.parametrize(
    ("text", "phrase", "zh", "mistakes"),
    [
        ("Plain.", "Plain.", "平", 0),
        ("Hurry.", "Plain.", "平", 1),
        ("Plain.", "Act now.", "平", 1),
        ("Hurry.", "Act now.", "独家", 3),
    ],
)
def test_a3_7_texts_that_say_such_a_word_are_refused_when_they_are_read(
    text: str, phrase: str, zh: str, mistakes: int
) -> None:
    """With every one of them."""
    toml = TEXTS.format(text=text, phrase=phrase, zh=zh)
    if not mistakes:
        assert {"b"} == set(read_texts(toml).phrases)
        return
    with pytest.raises(ConfigError) as refused:
        read_texts(toml)

    assert mistakes == len(refused.value.mistakes)


def test_banned_words_are_lower_case_and_named_once() -> None:
    """Else they would never be found, or twice."""
    words = (*banned().en, *banned().zh)

    assert [word.lower() for word in words] == list(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("more", "unit", "expected"),
    [
        (10 * GB, "octet", "about 20 minutes of short video every day for a month"),
        (30 * GB, "octet", "about 60 minutes of short video every day for a month"),
        (60 * GB, "octet", "about 2 hours of short video every day for a month"),
        (GB // 2, "octet", "about 1 minute of short video every day for a month"),
        (GB // 2 - 1, "octet", ""),
        (720 * GB, "octet", "about 24 hours of short video every day for a month"),
        (721 * GB, "octet", ""),
        (18_000, "second", "about 10 minutes of calls every day for a month"),
        (100, "message", ""),
        (2**53, "octet", ""),
    ],
)
def test_a3_7_ten_gb_more_are_a_month_of_short_video(more: int, unit: Unit, expected: str) -> None:
    """Said in what everybody knows; for so little or so much that it means nothing, nothing."""
    assert expected == compared(more, unit, "en")


def test_a3_7_comparisons_say_where_their_figures_come_from() -> None:
    """An estimate is called one."""
    assert {"octet", "second"} == set(comparisons())
    assert all(one.source for one in comparisons().values())
    assert "Estimate" in comparisons()["octet"].source
    assert "约合一个月内每天多看20 分钟短视频" == compared(10 * GB, "octet", "zh")
