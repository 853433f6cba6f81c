"""B3, and the rest of the gate: whatever meets a question or a request, nothing forbidden comes of it.

Every combination is a subscriber of its own in one replay::

     -10 d         -6 d 23 h or -8 d      0          1 min       29.5 d      40 d
    [complaint] ── [SIM swap] ── query or request ── 92 % ─────── 92 % ────── 102 % of data
                                                  of October  of November  of November
"""

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Final, NamedTuple

import orjson

from streams.regimes import shipped
from streams.regimes.operators import shipped_operators
from tests.build import Line, addon, after, data, event, plan, profile, replay
from tests.fed import Fed

ASKED: Final = "2026-10-10T12:00:00.000Z"
AFTER: Final = (after(ASKED, minutes=1), after(ASKED, days=29, hours=12), after(ASKED, days=40))
COUNTRIES: Final = ("CN", "US", "IN", "GB", "DE", "AU", "ZA", "CA", "JM", "XX")
EVENTS: Final = ("query", "query_in_a_form_of_requests", "customer", "gaining_operator", "nothing")
CONSENTS: Final = ((), ("commercial",), ("commercial", "profiling"))
SWAPS: Final = (None, {"days": -6, "hours": -23}, {"days": -8})
FORMS: Final = {"CN": "SQXZ", "IN": "PORT", "GB": "PAC"}


class Case(NamedTuple):
    """One combination."""

    country: str
    event: str
    consents: tuple[str, ...]
    has_complaint: bool
    swap: dict[str, int] | None
    is_locked: bool

    @property
    def is_request(self) -> bool:
        """Whether porting out is asked for, and not only about."""
        if self.event == "query_in_a_form_of_requests":
            return self.country in FORMS
        return self.event in {"customer", "gaining_operator"}

    @property
    def is_query(self) -> bool:
        """Whether it is asked about."""
        return self.event.startswith("query")

    @property
    def is_suspicious(self) -> bool:
        """Whether the SIM was changed less than seven days before."""
        return self.event != "nothing" and self.swap == SWAPS[1]

    def is_blocked(self, place: int) -> bool:
        """Return whether offers are kept away at the so-many-eth usage after the event."""
        is_risk = self.has_complaint and self.is_query  # with a query among its reasons
        return (place == 0 and (self.is_suspicious or is_risk)) or (place <= 1 and self.is_request)


CASES: Final = {
    f"s{number}": Case(*one)
    for number, one in enumerate(
        product(COUNTRIES, EVENTS, CONSENTS, (False, True), SWAPS, (False, True)), start=1
    )
}


def records_of(who: str, case: Case) -> list[Line]:
    """Return the records of one combination."""
    ids = {"subscriber_id": who}
    consents = [{"purpose": one, "granted": True, "at": "2026-01-01T00:00:00Z"} for one in case.consents]
    lines = [
        profile(
            **ids,
            arrives="2026-09-01T00:00:00Z",
            jurisdiction=case.country,
            consents=consents,
            channels=["app", "sms"],
            port_locked=case.is_locked,
            born_on="1980-05-02",
            joined_on="2015-03-01",
        )
    ]
    if case.has_complaint:
        at = after(ASKED, days=-10)
        lines.append(event("complaint.opened", at=at, complaint_id="c", topic="other", channel="web", **ids))
    if case.swap is not None:
        lines.append(event("sim.swapped", at=after(ASKED, **case.swap), **ids))
    form = FORMS.get(case.country, "PAC")
    if case.is_query:
        asked = "CXXZ" if case.event == "query" else form
        lines.append(event("port.queried", at=ASKED, channel="sms", form=asked, **ids))
    elif case.event != "nothing":
        own = {"port_ref": f"ref-{who}", "form": form, "raised_by": case.event}
        lines.append(event("port.requested", at=ASKED, **own, **ids))
    return lines + [data(percent, at=at, **ids) for percent, at in zip((92, 92, 10), AFTER, strict=True)]


@cache
def everything() -> tuple[Fed, dict[str, dict[str, list[dict[str, object]]]]]:
    """Return what came of all combinations, and the outputs by subscriber and topic."""
    records = [line for who, case in CASES.items() for line in records_of(who, case)]
    records.sort(
        key=lambda line: line.get("timestamp") or line["value"].get("at") or line["value"]["started_at"]
    )
    fed = replay([plan(), addon(), *records], is_bare=True)
    outputs: dict[str, dict[str, list[dict[str, object]]]] = defaultdict(lambda: defaultdict(list))
    for one in fed.emitted:
        value = orjson.loads(one.value or b"")
        outputs[value["subscriber_id"]][one.topic].append(value)
    return fed, outputs


def outputs_at(who: str, topics: tuple[str, ...], instant: str) -> list[dict[str, object]]:
    """Return what was said of a subscriber on topics for what happened at an instant."""
    _, outputs = everything()
    return [one for topic in topics for one in outputs[who][topic] if one["at"] == instant]


def test_every_combination_was_tried(tell: Callable[[str], None]) -> None:
    """How many there are is told."""
    fed, _ = everything()
    tell(f"porting gate: {len(CASES):,} combinations, {len(fed.emitted):,} outputs")

    assert len(CASES) == 10 * 5 * 3 * 2 * 3 * 2
    assert fed.rejected == {}


def test_b3_nothing_commercial_comes_of_porting_in_any_jurisdiction() -> None:
    """Neither an offer nor a word that there is none, at the event and for as long as it blocks."""
    commercial = ("offer-events", "suppressed-offers")
    said = {
        (who, place)
        for who, case in CASES.items()
        for place, instant in enumerate(AFTER)
        if case.is_blocked(place) and outputs_at(who, commercial, instant)
    }
    at_the_event = {who for who in CASES if outputs_at(who, commercial, ASKED)}

    assert (set(), set()) == (said, at_the_event)


def test_gate_is_open_for_whoever_is_not_concerned_and_again_when_it_is_over() -> None:
    """A gate that is always shut would pass every other test."""
    commercial = ("offer-events", "suppressed-offers")
    silent = {
        (who, place)
        for who, case in CASES.items()
        for place, instant in enumerate(AFTER)
        if not case.is_blocked(place) and not outputs_at(who, commercial, instant)
    }
    offered = [
        who for who, case in CASES.items() if case.consents and outputs_at(who, ("offer-events",), AFTER[2])
    ]

    assert set() == silent
    assert offered


def test_b2_every_query_is_answered_within_the_minute() -> None:
    """Whatever the consent, the complaint, the lock: exactly one answer, and no other word."""
    for who, case in CASES.items():
        answers = [
            one for one in outputs_at(who, ("care-events",), ASKED) if one["type"] == "port_information"
        ]

        assert case.is_query == bool(answers), case
        assert len(answers) <= 1
        assert all(str(one["due_by"]) <= "2026-10-10T12:01:00.000Z" for one in answers)


def test_b2_every_request_and_every_suspicion_is_a_security_notice() -> None:
    """At once, within two seconds, away from the number that is being moved."""
    for who, case in CASES.items():
        notices = [
            one for one in outputs_at(who, ("care-events",), ASKED) if one["type"] == "security_notice"
        ]

        assert (case.is_request or case.is_suspicious) == bool(notices), case
        assert len(notices) <= 1
        assert {"app"} >= {one["channel"] for one in notices}
        assert all(str(one["due_by"]) <= "2026-10-10T12:00:02.000Z" for one in notices)
        assert all(("locked" in str(one["text"])) == case.is_locked for one in notices)


def test_a2_9_sim_swap_and_a_port_event_within_seven_days_is_suspicious() -> None:
    """On ``port-signals`` alone; eight days before is none."""
    _, outputs = everything()
    for who, case in CASES.items():
        suspects = [one for one in outputs[who]["port-signals"] if one["type"] == "port_fraud_suspect"]

        assert case.is_suspicious == bool(suspects), case


def test_sales_hears_nothing_of_porting() -> None:
    """Of whoever asked or requested there is on ``signals`` what there is of those who did not."""
    _, outputs = everything()
    kinds: dict[tuple[str, bool], set[tuple[str, ...]]] = defaultdict(set)
    for who, case in CASES.items():
        kinds[case.country, case.has_complaint].add(
            tuple(str(one["type"]) for one in outputs[who]["signals"])
        )

    assert {1} == {len(one) for one in kinds.values()}


def test_nobody_is_called_after_a_request_and_in_the_uk_not_after_a_query_either() -> None:
    """A complaint and a query make a risk; whether a person may ask for the reason is the regime's to say."""
    _, outputs = everything()
    for who, case in CASES.items():
        tasks = [one["kind"] for one in outputs[who]["tasks"]]
        is_risk = case.has_complaint and case.is_query
        may_call = is_risk and not case.is_request and not case.is_suspicious and case.country != "GB"

        assert may_call == ("callback" in tasks), case


def test_b2_uk_code_that_has_not_come_is_escalated_and_nowhere_else() -> None:
    """One minute after the request; no other regime names a time."""
    _, outputs = everything()
    for who, case in CASES.items():
        late = [one["at"] for one in outputs[who]["tasks"] if one["kind"] == "escalation"]

        assert ([after(ASKED, minutes=1)] if (case.country, case.event) == ("GB", "customer") else []) == late


def test_no_text_names_an_operator_and_no_notice_sells() -> None:
    """Nothing that a subscriber reads, in any combination."""
    operators = shipped_operators()
    fed, _ = everything()
    texts = {
        str(value["text"])
        for value in map(orjson.loads, fed.values("care-events") + fed.values("offer-events"))
    }

    assert [] == [text for text in texts if operators.are_named_in(text)]
    assert {"service"} == {orjson.loads(value)["class"] for value in fed.values("care-events")}


def test_every_country_of_the_cases_has_the_regime_it_is_there_for() -> None:
    """Each shipped regime is tried."""
    assert {regime.name for regime in shipped().all} == {shipped().of(country).name for country in COUNTRIES}
