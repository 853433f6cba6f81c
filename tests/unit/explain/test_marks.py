"""With which line each thing was raised."""

from streams.core.bill import Bill
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.explain.marks import Mark, Marks
from tests.build import SUBSCRIBER

FIFTY = Mark("2026-11-01", "data", 0, "near_limit/50")
EIGHTY = Mark("2026-11-01", "data", 0, "near_limit/80")


def state(*raised: str, generation: int = 0, bill: tuple[str, ...] = ()) -> Subscriber:
    """Return a subscriber of whom this is raised."""
    usage = Usage(raised=raised, generation=generation)
    period = Period(0, 1, "2026-11-01", "p", {"data": usage})
    return Subscriber(id=SUBSCRIBER, periods=[period], bill=Bill(raised=bill))


def after(*lines: tuple[int, Subscriber, Subscriber]) -> Marks:
    """Return the marks after lines that have changed a state so."""
    marks = Marks()
    for line, before, now in lines:
        marks.note({SUBSCRIBER: before}, {SUBSCRIBER: now}, line)
    return marks


def test_mark_has_the_line_that_raised_it() -> None:
    """Later lines change nothing about it."""
    one, two = state("near_limit/50"), state("near_limit/50", "near_limit/80")
    marks = after((3, state(), one), (4, one, one), (5, one, two))

    assert (3, 5) == (marks.line(SUBSCRIBER, FIFTY), marks.line(SUBSCRIBER, EIGHTY))


def test_what_was_raised_before_anybody_looked_has_no_line() -> None:
    """A group that the subscriber comes to belong to."""
    marks = after((3, state("near_limit/50"), state("near_limit/50", "near_limit/80")))

    assert (None, 3) == (marks.line(SUBSCRIBER, FIFTY), marks.line(SUBSCRIBER, EIGHTY))


def test_another_generation_is_raised_anew() -> None:
    """With the allowance the levels are new."""
    one, two = state("near_limit/50"), state("near_limit/50", generation=1)
    marks = after((3, state(), one), (7, one, two))

    assert 7 == marks.line(SUBSCRIBER, FIFTY._replace(generation=1))
    assert marks.line(SUBSCRIBER, FIFTY) is None


def test_limit_that_a_payment_arms_anew_has_the_line_of_the_second_time() -> None:
    """What stays true keeps its line."""
    one = state(bill=("credit_limit/50", "arrears"))
    paid = state(bill=("credit_limit/50",))
    marks = after((3, state(), one), (4, one, paid), (9, paid, one))

    assert (3, 9) == tuple(
        marks.line(SUBSCRIBER, Mark("", "", 0, name)) for name in ("credit_limit/50", "arrears")
    )


def test_state_that_is_looked_at_no_more_is_forgotten() -> None:
    """What a group raises after the subscriber has left it is not known."""
    marks = after((3, state(), state("near_limit/50")))
    marks.note({}, {}, 4)

    assert marks.line(SUBSCRIBER, FIFTY) is None
