"""The pipeline against the oracle: the same totals, charges, windows, dispositions and signals.

``USAGEWATCH_ORACLE_EXAMPLES=2000 pytest tests/oracle`` looks harder than the usual run.
"""

import os
from dataclasses import replace
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle import observed
from tests.oracle.compared import feed
from tests.oracle.oracle_periods import DAY_MS, MINUTE_MS
from tests.oracle.strategies import Fact, Who, lateness
from tests.oracle.strategies_changes import changing, corrected, plain

EXAMPLES: Final = int(os.environ.get("USAGEWATCH_ORACLE_EXAMPLES", "60"))
LOOK = settings(
    max_examples=EXAMPLES,
    derandomize="USAGEWATCH_ORACLE_EXAMPLES" not in os.environ,
    deadline=None,
    # A history of three subscribers over three periods is large by nature.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
KEPT_MS: Final = 34 * DAY_MS
"""All that is said of a provisional record started with it, so within this time it is kept."""
History = tuple[list[Who], list[Fact]]


@LOOK
@given(plain())
def test_usage_late_repeated_and_shuffled(history: History) -> None:
    """The same states and the same signals, field by field, in order of arrival."""
    compared = feed(*history)

    compared.assert_same_states()
    compared.assert_same_signals()


@LOOK
@given(corrected())
def test_corrections_and_replacements(history: History) -> None:
    """Down and up across levels and periods, before the original, twice."""
    compared = feed(*history)

    compared.assert_same_states()
    compared.assert_same_signals()


@LOOK
@given(changing())
def test_purchases_other_plans_balances_and_money(history: History) -> None:
    """All of it together."""
    people, facts = history
    compared = feed(people, [in_hand(fact) for fact in facts])

    compared.assert_same_states()
    compared.assert_same_signals()


def in_hand(fact: Fact) -> Fact:
    """Return a fact without what the oracle leaves open.

    A roaming bucket that another plan does not name takes no usage any more and stays as it is; and nothing
    arrives before it happened, so that no period has usage before it has begun.
    """
    if fact.topic == "plans":
        home = [one for one in fact.value["allowances"] if not one["bucket"].endswith(".roaming")]
        return replace(fact, value={**fact.value, "allowances": home})
    if fact.topic == "cdr" and fact.arrival_ms < fact.at_ms <= fact.arrival_ms + 5 * MINUTE_MS:
        return replace(fact, arrival_ms=fact.at_ms)
    return fact


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Who], list[Fact], list[Fact]]:
    """Draw a history without repeats, twice: each record arrives at another time of the same class."""
    people, facts = draw(corrected())
    by_name = {who.name: who for who in people}
    once = [soon(by_name, fact) for fact in facts]
    return people, once, [moved(draw, by_name, fact) if fact.topic == "cdr" else fact for fact in once]


def soon(people: dict[str, Who], fact: Fact) -> Fact:
    """Return a fact without repeats, and what is said of a provisional record while that is kept."""
    if fact.topic != "cdr" or not fact.value.keys() & {"provisional", "replaces", "corrects"}:
        return replace(fact, copies=())
    since_ms = people[fact.value["subscriber_id"]].since_ms
    return replace(fact, copies=(), arrival_ms=max(min(fact.arrival_ms, fact.at_ms + KEPT_MS), since_ms))


def moved(draw: st.DrawFn, people: dict[str, Who], fact: Fact) -> Fact:
    """Return a record that arrives at another time, as late for its period as it was."""
    who = people[fact.value["subscriber_id"]]
    period, how_late = lateness(who, fact)
    notice_ends_ms, last_ms = period.ends_ms + who.notice_ms, period.ends_ms + 60 * DAY_MS
    first_ms, end_ms = {
        "told": (max(fact.at_ms, who.since_ms), notice_ends_ms),
        "late": (max(notice_ends_ms, fact.at_ms, who.since_ms), last_ms),
    }.get(how_late, (fact.arrival_ms, fact.arrival_ms + 1))
    if fact.value.keys() & {"provisional", "replaces", "corrects"}:
        end_ms = min(end_ms, max(fact.at_ms, who.since_ms) + KEPT_MS)
    if first_ms >= end_ms:
        return fact
    return replace(fact, arrival_ms=draw(st.integers(first_ms, end_ms - 1)))


@LOOK
@given(shuffled())
def test_order_of_arrival_within_a_class_of_lateness_does_not_matter(
    history: tuple[list[Who], list[Fact], list[Fact]],
) -> None:
    """The same totals, windows and charges for each period, however the records come in."""
    people, facts, otherwise = history
    one, other = feed(people, facts), feed(people, otherwise)
    kept = observed.days(one.fed, one.names) & observed.days(other.fed, other.names)

    for read in (observed.totals, observed.charges):
        assert one.kept(read(one.fed, one.names), kept) == one.kept(read(other.fed, other.names), kept)
    assert observed.windows(one.fed, one.names) == observed.windows(other.fed, other.names)
