"""``usagewatch state``: the command line of it; what it says of a cluster is in tests/kafka/test_state.py."""

import pytest
from click.testing import CliRunner
from rich.console import Console

from streams.cli.state import _print, state
from streams.kafka.states import FoundState
from tests.build import NOON, SUBSCRIBER, ms, plan, profile, replay, sms


@pytest.mark.parametrize("words", [(), ("--help",), ("export", "--help"), ("import", "-h"), ("show", "-h")])
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    """And a subscriber is no command that is missing."""
    done = CliRunner().invoke(state, words)

    assert "Usage:" in done.output
    assert "No such command" not in done.output


@pytest.mark.parametrize("origin", ["sometime", "2026-12-01", ""])
def test_where_to_read_from_is_one_of_few_words_or_an_instant(origin: str) -> None:
    """Said before anything is looked at."""
    done = CliRunner().invoke(state, ["import", __file__, "--read-from", origin])

    assert 2 == done.exit_code
    assert "must be stopped, beginning, end or an instant" in done.stderr


def test_what_a_plan_is_called_does_not_speak_to_the_terminal() -> None:
    """A plan's id is any text."""
    name = "p\x1b[2J"
    fed = replay([plan(plan_id=name), profile(plan_id=name), sms()], is_bare=True)
    data = dict(fed.pipeline.states())[SUBSCRIBER]
    console = Console(width=110, markup=False, highlight=False)

    with console.capture() as capture:
        _print(console, FoundState(SUBSCRIBER, data, 0, ms(NOON), ms(NOON), {}))

    assert "\x1b" not in capture.get()
    assert "p\N{REPLACEMENT CHARACTER}[2J" in capture.get()
