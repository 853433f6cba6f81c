"""The whole gate: every combination of who, where, when, what was agreed to and what else is going on.

All of them are subscribers of one file, so that each goes the whole way. What may come of it is worked out
here, from the combination alone: no forbidden output ever, and every mandatory notice is there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import msgspec

from schemas.envelope import Emitted
from streams.replay import Replay
from tests.build import Line, addon, after, data, event, lines_of, plan, profile
from tests.build_contact import clock, complaint, consent

NOON: Final = "2026-11-10T12:00:00Z"
NIGHT: Final = "2026-11-10T22:30:00Z"
BEFORE: Final = "2026-11-09T12:00:00Z"
MORNING: Final = "2026-11-11T08:00:00.000Z"

JURISDICTIONS: Final = ("CN", "US", "GB", "IN", "AU", "ZA", "DE", "BR")
EVENTS: Final = ("none", "query", "request")
RAISED_BY: Final = ("customer", "gaining_operator")
AGREED: Final[dict[str, list[Line]]] = {
    "to nothing": [],
    "to offers": [consent()],
    "to offers and profiling": [consent(), consent("profiling")],
    "no more": [consent(), consent(granted=False, at="2026-02-01T10:00:00Z")],
}
COMPLAINTS: Final = ("none", "open", "closed")
AGES: Final[dict[str, str | None]] = {
    "child": "2010-11-11",
    "just of age": "2008-11-10",
    "old": "1950-01-01",
    "unknown": None,
}
ACCOUNTS: Final = ("person", "enterprise")
HOURS: Final = (NOON, NIGHT)
CAUSES: Final = ("near_limit", "exhausted")
"""What leads to an offer, and what to a notice alone."""


class Case(NamedTuple):
    """One combination."""

    jurisdiction: str
    port: str
    raised_by: str
    agreed: str
    complaint: str
    is_swapped: bool
    age: str
    account: str
    at: str
    cause: str

    @property
    def may_be_offered(self) -> bool:
        """Whether an offer, or a task to speak of one, may follow.

        After a request to leave none may, nor after a question that somebody else may have asked, nor where
        a question after a complaint makes a risk: that has porting at its root.
        """
        return (
            self.cause == "near_limit"
            and self.port != "request"
            and not (self.port == "query" and (self.is_swapped or self.complaint == "closed"))
            and self.agreed in {"to offers", "to offers and profiling"}
            and self.complaint != "open"
        )

    @property
    def is_person_of_age(self) -> bool:
        """Whether a message may be written."""
        return self.account == "person" and self.age in {"just of age", "old"}


CASES: Final = tuple(
    Case(*one)
    for one in product(
        JURISDICTIONS,
        EVENTS,
        RAISED_BY,
        AGREED,
        COMPLAINTS,
        (False, True),
        AGES,
        ACCOUNTS,
        HOURS,
        CAUSES,
    )
    if one[1] == "request" or one[2] == "customer"  # nobody else raises a question, or nothing
)


def lines(case: Case, who: str) -> Iterator[Line]:
    """Yield the records of one combination."""
    own: dict[str, Any] = {"subscriber_id": who}
    yield profile(
        jurisdiction=case.jurisdiction,
        consents=AGREED[case.agreed],
        born_on=AGES[case.age],
        account_type=case.account,
        channels=["app", "sms"],
        plan_id="p" if case.cause == "near_limit" else "stops",
        **own,
    )
    if case.complaint != "none":
        yield _of(complaint("opened", BEFORE), who)
    if case.complaint == "closed":
        yield _of(complaint("closed", after(BEFORE, hours=1)), who)
    if case.is_swapped:
        yield event("sim.swapped", at=after(BEFORE, hours=2), **own)
    at = after(BEFORE, hours=3)
    if case.port == "query":
        yield event("port.queried", at=at, channel="sms", form="CXXZ", **own)
    elif case.port == "request":
        yield event("port.requested", at=at, port_ref="r", form="SQXZ", raised_by=case.raised_by, **own)
    yield data(100 if case.cause == "exhausted" else 90, at=case.at, **own)


def _of(line: Line, who: str) -> Line:
    line["value"]["subscriber_id"] = who
    return line


@cache
def outputs() -> dict[str, list[dict[str, Any]]]:
    """Return what comes of all combinations, by the subscriber."""
    everything: list[Line] = [
        plan(),
        plan({"bucket": "data", "amount": 10_000_000, "beyond": {"action": "block"}}, plan_id="stops"),
        addon(),
    ]
    for place, case in enumerate(CASES):
        everything += lines(case, f"s{place}")
    everything.sort(key=lambda line: line.get("timestamp") or line["value"].get("at") or _started(line))
    everything.append(_of(clock("2026-11-11T08:00:01Z"), "s0"))
    said: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for emitted in Replay().run(lines_of(everything, is_bare=True)):
        said[_subscriber(emitted)].append(
            {"topic": emitted.topic, **msgspec.json.decode(emitted.value or b"")}
        )
    return said


def _started(line: Line) -> str:
    return str(line["value"].get("started_at", ""))  # the catalogue goes first


def _subscriber(emitted: Emitted) -> str:
    assert emitted.topic != "dead-letters", emitted
    return (emitted.key or b"").decode()


def of(place: int, *topics: str) -> list[dict[str, Any]]:
    """Return what came of one combination on some topics."""
    return [one for one in outputs()[f"s{place}"] if one["topic"] in topics]


def test_how_many_combinations_are_tried(tell: Callable[[str], None]) -> None:
    """All of them: 8 jurisdictions and nine other dimensions."""
    tell(f"whole gate: {len(CASES):,} combinations")

    assert 24_576 == len(CASES)
    assert len(CASES) == len(outputs())


def test_no_forbidden_offer_is_ever_made() -> None:
    """Neither a message nor a task to sell, to those of whom the combination forbids it."""
    wrong = [
        case
        for place, case in enumerate(CASES)
        if (of(place, "offer-events") and not (case.may_be_offered and case.is_person_of_age))
        or (
            [task for task in of(place, "tasks") if task["class"] == "commercial"]
            and not (case.may_be_offered and case.account == "enterprise")
        )
    ]

    assert [] == wrong


def test_whoever_may_be_offered_something_is_once() -> None:
    """The gate lets through what it must: a gate that is always shut would pass the other tests."""
    open_to = [place for place, case in enumerate(CASES) if case.may_be_offered and case.is_person_of_age]
    handed_over = [
        place for place, case in enumerate(CASES) if case.may_be_offered and case.account == "enterprise"
    ]

    assert 0 < len(open_to)
    assert [1] * len(open_to) == [len(of(place, "offer-events")) for place in open_to]
    assert [1] * len(handed_over) == [
        len([task for task in of(place, "tasks") if task["class"] == "commercial"]) for place in handed_over
    ]


def test_no_offer_is_made_at_night() -> None:
    """What was found at 22:30 is offered at 08:00."""
    for place, case in enumerate(CASES):
        for offer in of(place, "offer-events"):
            assert (MORNING if case.at == NIGHT else "2026-11-10T12:00:00.000Z") == offer["decided_at"]


def test_every_mandatory_notice_is_there() -> None:
    """Usage, whatever else there is; an answer to each question; a warning of each request."""
    for place, case in enumerate(CASES):
        notices = of(place, "care-events")
        expected = ["usage_notice" if case.cause == "near_limit" else "limit_notice"]
        expected += {"query": ["port_information"], "request": ["security_notice"]}.get(case.port, [])
        expected += ["security_notice"] if case.port == "query" and case.is_swapped else []
        expected += ["security_notice"] if case.jurisdiction == "US" and case.is_swapped else []

        assert sorted(expected) == sorted(
            notice["type"] for notice in notices if notice["type"] in {*expected, "withdrawn"}
        ), case
        assert {"service"} == {notice["class"] for notice in notices}


def test_what_is_not_made_has_its_reason_and_porting_is_never_one() -> None:
    """`suppressed-offers` is read by sales, which must not learn who asks about leaving."""
    for place, case in enumerate(CASES):
        for one in of(place, "suppressed-offers"):
            assert one["reasons"]
            assert not [reason for reason in one["reasons"] if "port" in reason or reason == "blocked"]
            assert not (case.may_be_offered and case.is_person_of_age)
