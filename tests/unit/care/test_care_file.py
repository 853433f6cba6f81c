"""A rule of care is data: one more needs no code, and a mistake is found before it waits in vain."""

from importlib.resources import files

import pytest
from msgspec.structs import replace

from schemas.errors import ConfigError
from streams.regimes.care import read_care
from streams.rules import Rules
from tests.build import event, replay

SHIPPED = files("streams.regimes").joinpath("care.toml").read_text("utf-8")
ONE = """
version = 1
[[rules]]
rule = "fault_care"
when.event = "fault.cleared"
says = "complaint_progress"
text.en = "The fault {fault_id} is cleared."
text.zh = "故障 {fault_id} 已排除。"
why.en = "You reported a fault."
why.zh = "您曾报障。"
source = "a test"
"""


def mistakes(text: str) -> tuple[str, ...]:
    """Return what is wrong with a file."""
    with pytest.raises(ConfigError) as caught:
        read_care(text)
    return caught.value.mistakes


def test_a_rule_is_added_without_code() -> None:
    """A file of one rule: it speaks, and nothing else does."""
    rules = replace(Rules.default(), care=read_care(ONE))
    fed = replay([event("fault.cleared", fault_id="f7")], rules=rules)

    assert ["The fault f7 is cleared."] == [one.text for one in fed.care]
    assert "fault_care" == fed.care[0].decided_by.rule


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"fault.cleared"', '"fault.mended"', "there is no event fault.mended"),
        ("{fault_id} is", "{name} is", "the blank {name} is none of fault_id"),
        ("{fault_id} is", "{fault_id!r} is", "the blank"),
        ('says = "complaint_progress"', 'says = "advert"', "says"),
        ('says = "complaint_progress"', 'says = "gift"', "grant is what a gift"),
        (
            'when.event = "fault.cleared"',
            'when.event = "fault.cleared"\nwhen.day = "birthday"',
            "one of event",
        ),
        ('when.event = "fault.cleared"', "when.days = 3", "one of event"),
        (
            'when.event = "fault.cleared"',
            'when.event = "fault.cleared"\nwhen.days = -3',
            "before what has not",
        ),
        (
            'when.event = "fault.cleared"',
            'when.day = "contract_end"\nwhen.where = { a = "b" }',
            "where is of",
        ),
        ('source = "a test"', "", "source is missing"),
        ('source = "a test"', 'source = "a test"\nsorce = "x"', "sorce is unknown"),
        ('text.zh = "故障 {fault_id} 已排除。"', "", "zh"),
        ("version = 1", "", "version"),
        ("version = 1", "version = 1\n[[rules", "care: "),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_by_its_place(old: str, new: str, expected: str) -> None:
    """Before anything starts, and all at once."""
    assert old in ONE

    assert any(expected in mistake for mistake in mistakes(ONE.replace(old, new, 1)))


def test_two_rules_of_one_name_are_a_mistake() -> None:
    """What is remembered of a rule is remembered by its name."""
    assert ("care: two rules are called fault_care",) == mistakes(ONE + ONE.partition("version = 1")[2])


def test_every_mistake_is_said_at_once() -> None:
    """Nobody mends a file one line a run."""
    broken = SHIPPED.replace('when.day = "birthday"', 'when.day = "name_day"', 1)
    broken = broken.replace('says = "survey"', 'says = "poll"', 1)

    assert 2 == len(mistakes(broken))
