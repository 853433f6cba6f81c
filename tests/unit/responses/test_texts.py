"""What subscribers read, word for word."""

import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from schemas.messages import Message
from streams.responses.texts import language_of, write
from tests.said import said
from tests.unit.responses.cases import CASES

GOLDEN = tomllib.loads((Path(__file__).parent / "golden.toml").read_text("utf-8"))


def _last_message(name: str, language: str) -> Message:
    case = CASES[name]
    outputs = said(replace(case, profile=replace(case.profile, language=language)))
    return [output for output in outputs if isinstance(output, Message)][-1]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", CASES)
def test_a_message_reads_as_its_golden_text(name: str, language: str) -> None:
    """A person has read every text in both languages; none changes without being read again."""
    message = _last_message(name, language)

    assert GOLDEN[name][language] == message.text
    assert GOLDEN[name][f"why_{language}"] == message.why
    assert language == message.language


def test_every_golden_text_has_its_situation() -> None:
    """A text that nothing produces any more is removed."""
    assert set(CASES) == set(GOLDEN)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("zh", "zh"), ("zh-CN", "zh"), ("ZH_TW", "zh"), ("en", "en"), ("en-AU", "en"), ("fr", "en")],
)
def test_chinese_is_written_to_those_who_read_it_and_english_to_all_others(tag: str, expected: str) -> None:
    """There are two languages; the tag's region does not matter."""
    assert expected == language_of(tag)


@pytest.mark.parametrize("name", CASES)
def test_a_text_can_be_written_again_from_its_template(name: str) -> None:
    """``template`` names the text, its version and all that fills its blanks, as texts, and nothing else."""
    message = _last_message(name, "zh")
    template = message.template
    again = write(template.id, "zh", template.params)

    assert again.text == message.text
    assert again.why == message.why
    assert again.template == template
    assert all(isinstance(value, str) for value in template.params.values())
