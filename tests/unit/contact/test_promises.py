"""What an accepted offer was to save, held against what is paid after one billing period and after three."""

import msgspec
import pytest

from schemas.tasks import Task
from schemas.times import format_instant
from streams.core.contact import Contact, Made, Stage, Terms
from streams.core.subscriber import Subscriber
from streams.funnel import Funnel
from streams.noticing import Notices
from streams.pipeline import Rules
from streams.promises import Promises
from streams.replay import Replay
from streams.turn import Turn
from tests.build import Line, data, lines_of, ms, plan, profile
from tests.build_contact import made

ACCEPTED = "2026-11-10T12:00:00Z"
TERMS = Terms(stay="158.00", then="128.00", currency="CNY")
PLAN = plan(price="128.00")
"""10 MB, then CNY 5.00 for each MB begun."""


class Desk:
    """The promises of one subscriber, as a worker keeps them."""

    def __init__(self, *lines: Line) -> None:
        replay = Replay()
        list(replay.run(lines_of([PLAN, profile(), *lines])))
        state = replay.pipeline._store.get("8613800000001")  # noqa: SLF001 - as `tests.fed` does
        assert state is not None
        self.state: Subscriber = state
        self.funnel = Funnel()
        rules = Rules.default()
        notices = Notices(catalog=replay.catalog, rules=rules)
        self.promises = Promises(catalog=replay.catalog, rules=rules, notices=notices, funnel=self.funnel)

    def begin(self, offer: Made) -> None:
        """Accept an offer."""
        self.promises.begin(self.state, offer, ms(ACCEPTED))

    def go_on(self) -> list[tuple[str, str]]:
        """Fire every timer and return when the promise was looked at and what came of it."""
        seen: list[tuple[str, str]] = []
        contact = self.state.contact
        while contact is not None and (due_ms := contact.next_due_ms()) is not None:
            before = self.funnel.stages.copy()
            turn = Turn(self.state, due_ms, [])
            self.promises.look(turn, due_ms)
            seen += [(format_instant(due_ms)[:10], stage) for _, _, stage in self.funnel.stages - before]
        return seen


def offer(terms: Terms | None = TERMS) -> Made:
    """Return an accepted offer that was to save something."""
    return made(key="p", terms=terms, stages=(Stage.ACCEPTED,))


@pytest.mark.parametrize(
    ("lines", "first", "third"),
    [
        ([], "promise_held", "promise_held"),
        ([data(100, at="2026-12-05T12:00:00Z")], "promise_held", "promise_held"),
        ([data(101, at="2026-12-05T12:00:00Z")], "promise_broken", "promise_broken"),
        ([data(101, at="2027-02-05T12:00:00Z")], "promise_held", "promise_broken"),
        ([data(900, at="2026-11-20T12:00:00Z")], "promise_held", "promise_held"),
    ],
)
def test_a_promise_is_looked_at_after_one_and_three_whole_periods(
    lines: list[Line], first: str, third: str
) -> None:
    """Accepted in November: December alone, then to the end of February, each a day after its end."""
    #  |--- Nov: accepted ---|--- Dec ---|* 2 Jan --- Jan ---|--- Feb ---|* 2 Mar
    desk = Desk(*lines)
    desk.begin(offer())

    assert [("2027-01-02", first), ("2027-03-02", third)] == desk.go_on()


def test_a_promise_that_did_not_hold_is_a_task() -> None:
    """A person calls, and knows what was said and what it cost."""
    desk = Desk(data(250, at="2026-12-05T12:00:00Z"))
    desk.begin(offer())
    due_ms = ms("2027-01-02T00:00:00Z")
    turn = Turn(desk.state, due_ms, [])
    desk.promises.look(turn, due_ms)
    (emitted,) = turn.out
    task = msgspec.json.decode(emitted.value or b"", type=Task)

    assert ("callback", "care_agent", "promise_broken", ("offer",)) == (
        task.kind_,
        task.assignee_role,
        task.reason,
        task.cause,
    )
    params = task.template.params
    assert ["128.00", "158.00", "203.00", "1"] == [
        params[name].removeprefix("CNY ") for name in ("then", "stay", "real", "months")
    ]
    assert "2027-01-09T00:00:00.000Z" == task.due_by


def test_an_offer_that_saves_nothing_promises_nothing() -> None:
    """An add-on costs more; nobody said otherwise."""
    desk = Desk()
    desk.state.contact = Contact()
    desk.begin(offer(terms=None))

    assert [] == desk.go_on()


def test_an_acceptance_that_is_told_twice_is_one_promise() -> None:
    """By the answer and by the purchase."""
    desk = Desk()
    desk.begin(offer())
    desk.begin(offer())
    assert desk.state.contact is not None

    assert 1 == len(desk.state.contact.promises)


def test_another_cycle_day_changes_which_periods_are_compared() -> None:
    """Whole billing periods, as they are when it is looked at."""
    #  |--- Nov: accepted ---|--- Dec ---|* 2 Jan, to 15 Jan ---|--- to 15 Feb ---|*
    desk = Desk(profile(cycle_day=15, arrives="2026-12-20T00:00:00Z"))
    desk.begin(offer())

    assert ["2027-01-02", "2027-02-16"] == [day for day, _ in desk.go_on()]
