"""Questions from one device or agent: who is one of several, and what is kept."""

from streams.core.origin import ASK_COUNT_MAX, ASKS_OF_LINE_MAX, Ask, Origin

SPAN = 1_000


def ask(line: str, at_ms: int) -> Ask:
    """Return a question about a line, named after its time."""
    return Ask(line, at_ms, 0, at_ms, f"q{at_ms}", "")


def told(origin: Origin, *asks: Ask, least: int = 3) -> list[tuple[str, str, int]]:
    """Return who is told of by which question, and how many there are, as the questions come."""
    found = []
    for one in asks:
        origin.note(one, span_ms=SPAN, arrival_ms=one.at_ms)
        found += [
            (own.line, own.record_id, count) for own, count in origin.suspects(span_ms=SPAN, least=least)
        ]
    return found


def test_span_is_half_open() -> None:
    """A question just so long ago is outside."""
    assert [] == told(Origin(), ask("a", 0), ask("b", 1), ask("c", SPAN))
    assert 3 == len(told(Origin(), ask("a", 0), ask("b", 1), ask("c", SPAN - 1)))


def test_question_that_comes_late_still_makes_three() -> None:
    """By event time, whichever word is ahead."""
    assert {("a", "q0", 3), ("b", "q1", 3), ("c", "q9", 3)} == set(
        told(Origin(), ask("c", 9), ask("b", 1), ask("a", 0))
    )


def test_line_is_told_by_its_first_question_of_the_span_in_any_order_of_the_lines() -> None:
    """So its signal has the same identity in every run."""
    one = [ask("a", 0), ask("a", 50), ask("b", 20), ask("c", 40)]
    other = [ask("b", 20), ask("c", 40), ask("a", 0), ask("a", 50)]

    assert set(told(Origin(), *one)) == set(told(Origin(), *other))


def test_line_is_told_again_when_its_span_is_over() -> None:
    """A new crowd on another day is news."""
    origin = Origin()
    told(origin, ask("a", 0), ask("b", 1), ask("c", 2))

    assert {("a", "q5000", 3), ("b", "q5001", 3), ("c", "q5002", 3)} == set(
        told(origin, ask("a", 5_000), ask("b", 5_001), ask("c", 5_002))
    )


def test_everything_is_bounded() -> None:
    """Who asks again and again does not push out the others, nor do hundreds of lines fill the memory."""
    again = Origin()
    told(again, ask("b", 0), ask("c", 1), *(ask("a", 2 + number) for number in range(100)))
    many = Origin()
    told(many, *(ask(f"n{number}", number) for number in range(300)))

    assert {"a": ASKS_OF_LINE_MAX, "b": 1, "c": 1} == {
        line: sum(one.line == line for one in again.asks) for line in "abc"
    }
    assert ASK_COUNT_MAX == len(many.asks)


def test_everybody_of_a_crowd_larger_than_what_is_kept_is_told() -> None:
    """As soon as the rule is met, not after."""
    assert 300 == len({line for line, _, _ in told(Origin(), *(ask(f"n{n}", n) for n in range(300)))})


def test_it_is_forgotten_a_span_after_the_last_arrival() -> None:
    """By the timer that `store` keeps."""
    origin = Origin()
    origin.note(ask("a", 5), span_ms=SPAN, arrival_ms=9)

    assert SPAN + 9 == origin.next_due_ms()
