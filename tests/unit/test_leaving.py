"""Numbers that may leave, through the whole pipeline: what is watched, what blocks, what is suspicious."""

# ruff: noqa: ANN401  (`own` are fields of an event)

from typing import Any

import pytest

from streams.core.porting import BLOCKS_OFFERS_MS, REQUEST_COUNT_MAX, offers_blocked_by_porting
from streams.core.stored import decode_state
from tests.build import NOON, SUBSCRIBER, Fed, Line, after, data, event, ms, plan, profile, replay, tombstone
from tests.feed import commit, feed, pipeline_of

UK = profile(jurisdiction="GB", time_zone="Europe/London")
LATER = after(NOON, days=40)
"""Far enough for all timers to have fired."""


def query(at: str = NOON, **own: Any) -> Line:
    """Return a question about leaving."""
    given: dict[str, Any] = {"channel": "sms", "form": "CXXZ", **own}
    return event("port.queried", at=at, **given)


def step(name: str, at: str = NOON, **own: Any) -> Line:
    """Return a step of a request by the customer in the United Kingdom."""
    given: dict[str, Any] = {"port_ref": "r", "form": "PAC", "raised_by": "customer", **own}
    return event(f"port.{name}", at=at, **given)


def tick(at: str = LATER) -> Line:
    """Return something that moves the clock and says nothing."""
    return event("app.viewed", at=at, page="other", event_id=f"tick-{at}")


def told(fed: Fed, rule: str) -> list[tuple[str, str]]:
    """Return when which kind of thing was said by a rule."""
    return [(one.at, one.kind()) for one in (*fed.tasks, *fed.care) if one.decided_by.rule == rule]


# -- the answer in time


def test_b2_uk_code_within_the_minute_is_no_escalation() -> None:
    """Sixty seconds: a code at the last of them is in time."""
    fed = replay([UK, step("requested"), step("code_issued", after(NOON, seconds=59)), tick()])

    assert [] == fed.tasks


def test_b2_uk_code_that_has_not_come_within_the_minute_is_escalated_once() -> None:
    """Though no event arrives; at its due time, to the desk that issues codes."""
    fed = replay([UK, step("requested", event_id="q"), tick(), tick(after(LATER, days=1))])

    [task] = fed.tasks
    assert ("escalation", "escalation", "porting_desk", "port_code_late") == (
        task.kind_,
        task.type,
        task.assignee_role,
        task.reason,
    )
    assert after(NOON, minutes=1) == task.at
    assert () == task.evidence
    assert tuple(signal.id for signal in fed.port) == task.cause


@pytest.mark.parametrize("ending", ["cancelled", "completed"])
def test_timers_of_a_request_are_cancelled_when_it_ends(ending: str) -> None:
    """The reason is gone, so nobody hears of it."""
    fed = replay([UK, step("requested"), step(ending, after(NOON, seconds=30)), tick()])

    assert ([], []) == (fed.tasks, told(fed, "port_code_expired"))


def test_code_known_before_its_request_stops_the_watch() -> None:
    """Events come out of order."""
    fed = replay([UK, step("code_issued", after(NOON, seconds=5), arrives=NOON), step("requested"), tick()])

    assert [] == fed.tasks


def test_request_that_arrives_late_is_watched_from_its_arrival() -> None:
    """Nobody could have answered before."""
    fed = replay([UK, step("requested", arrives=after(NOON, hours=1)), tick()])

    assert [after(NOON, hours=1, minutes=1)] == [task.at for task in fed.tasks]


@pytest.mark.parametrize(
    ("country", "raised_by"), [("CN", "customer"), ("US", "customer"), ("GB", "gaining_operator")]
)
def test_only_the_customers_own_request_is_watched_where_a_rule_names_a_time(
    country: str, raised_by: str
) -> None:
    """The United Kingdom alone does."""
    fed = replay([profile(jurisdiction=country), step("requested", raised_by=raised_by), tick()])

    assert [] == fed.tasks


def test_b4_watch_fires_at_its_time_and_not_with_the_next_record_of_the_subscriber() -> None:
    """The record of somebody else moves the clock."""
    other = [profile(subscriber_id="other"), data(1, subscriber_id="other", at=after(NOON, minutes=1))]
    fed = replay([UK, *other[:1], step("requested"), *other[1:]])

    assert [(after(NOON, minutes=1), after(NOON, minutes=1))] == [
        (task.at, task.decided_at) for task in fed.tasks
    ]


def test_timers_survive_a_restart_and_fire_once() -> None:
    """They are part of the committed state."""
    first = pipeline_of(plan(), UK, step("requested"))
    states = commit(first)
    second = pipeline_of(plan())
    for key, value in states.items():
        second.restore(key, value)
    second.restored(first.meta(offsets={}, partition_count=1))

    assert ms(after(NOON, minutes=1)) == second.next_due_ms()
    assert ["escalation"] == [one.type for one in second.tick(ms(LATER))]
    assert [] == second.tick(ms(LATER))


# -- the code's expiry


@pytest.mark.parametrize(
    ("country", "form", "valid"),
    [("CN", "SQXZ", {"hours": 1}), ("GB", "PAC", {"days": 30}), ("IN", "UPC", {"days": 4})],
)
def test_b2_expiry_of_a_code_is_told_by_timer_once(country: str, form: str, valid: dict[str, int]) -> None:
    """China an hour, India four days, the United Kingdom thirty."""
    who = profile(jurisdiction=country)
    fed = replay(
        [
            who,
            step("requested", form=form),
            step("code_issued", form=form),
            tick(),
            tick(after(LATER, days=9)),
        ]
    )

    assert [(after(NOON, **valid), "port_information")] == told(fed, "port_code_expired")


def test_code_that_says_when_it_expires_is_taken_at_its_word() -> None:
    """Also where the regime knows no time."""
    ends = after(NOON, days=2)
    who = profile(jurisdiction="AU")
    fed = replay([who, step("code_issued", expires_at=ends), tick()])

    assert [(ends, "port_information")] == told(fed, "port_code_expired")


def test_another_code_takes_the_place_of_the_first() -> None:
    """Only the newest can expire."""
    fed = replay([UK, step("code_issued"), step("code_issued", after(NOON, days=5)), tick()])

    assert [(after(NOON, days=35), "port_information")] == told(fed, "port_code_expired")


def test_gaining_operators_code_expires_without_a_word() -> None:
    """The regime permits a security notice there and nothing else."""
    fed = replay([UK, step("code_issued", raised_by="gaining_operator"), tick()])

    assert [] == told(fed, "port_code_expired")


def test_expiry_never_persuades_and_says_that_one_may_ask_again() -> None:
    """As easily as the first time."""
    fed = replay([UK, step("code_issued"), tick()])

    assert "another one at any time" in fed.care[-1].text


# -- what blocks


def is_blocked(*records: Line, at: str) -> bool:
    """Return whether offers are blocked at an instant, after these records."""
    state = replay(list(records)).state()
    assert state is not None
    return offers_blocked_by_porting(state, ms(at))


def test_request_blocks_offers_for_thirty_days() -> None:
    """To the millisecond, half-open."""
    ends = after(NOON, ms=BLOCKS_OFFERS_MS)

    assert is_blocked(step("requested"), at=NOON)
    assert is_blocked(step("requested"), at=after(ends, ms=-1))
    assert not is_blocked(step("requested"), at=ends)


def test_request_blocks_until_it_is_cancelled() -> None:
    """And a new one blocks again."""
    cancelled = step("cancelled", after(NOON, days=1))

    assert not is_blocked(step("requested"), cancelled, at=after(NOON, days=2))
    assert is_blocked(
        step("requested"), cancelled, step("requested", after(NOON, days=2)), at=after(NOON, days=3)
    )


def test_cancellation_that_comes_first_still_ends_its_request() -> None:
    """Events come out of order."""
    cancelled = step("cancelled", after(NOON, hours=1))

    assert not is_blocked(cancelled, step("requested", arrives=after(NOON, hours=2)), at=after(NOON, hours=3))


def test_one_cancelled_request_leaves_the_other_open() -> None:
    """Each is known by its reference."""
    records = [step("requested"), step("requested", port_ref="s"), step("cancelled", after(NOON, hours=1))]

    assert is_blocked(*records, at=after(NOON, hours=2))


def test_query_alone_blocks_nothing() -> None:
    """It is a question."""
    assert not is_blocked(query(), at=NOON)


@pytest.mark.parametrize(("form", "expected"), [("PORT", True), ("INFO", False), ("CXXZ", False)])
def test_b2_india_question_in_the_form_of_a_request_is_one(form: str, expected: bool) -> None:  # noqa: FBT001
    """PORT to 1900 asks for the code, whatever the event is called."""
    who = profile(jurisdiction="IN")

    assert expected == is_blocked(who, query(form=form), at=after(NOON, days=29))


def test_request_without_a_reference_ends_with_the_one_that_has_it() -> None:
    """India: the code that came of it is cancelled."""
    who = profile(jurisdiction="IN")
    records = [who, query(form="PORT"), step("code_issued", after(NOON, hours=1), form="UPC")]

    assert not is_blocked(*records, step("cancelled", after(NOON, days=1)), at=after(NOON, days=2))


def test_number_that_has_gone_blocks_until_its_owner_has_joined_anew() -> None:
    """A new profile with a later day of joining is another beginning."""
    gone = [step("requested"), step("completed", after(NOON, days=1))]
    back = profile(joined_on="2027-03-01", arrives="2027-03-01T08:00:00Z")

    assert is_blocked(*gone, at=after(NOON, days=90))
    assert not is_blocked(*gone, back, at="2027-03-02T00:00:00Z")


def test_cancelled_move_is_no_move() -> None:
    """Somebody moved by mistake comes back."""
    records = [
        step("requested"),
        step("completed", after(NOON, days=1)),
        step("cancelled", after(NOON, days=2)),
    ]

    assert not is_blocked(*records, at=after(NOON, days=3))


def test_more_requests_than_are_kept_still_block() -> None:
    """The oldest goes, its block stays."""
    many = [step("requested", after(NOON, minutes=n), port_ref=f"r{n}") for n in range(REQUEST_COUNT_MAX + 1)]
    ends = [
        step("cancelled", after(NOON, hours=1), port_ref=f"r{n}") for n in range(1, REQUEST_COUNT_MAX + 1)
    ]
    fed = replay([*many, *ends])
    state = fed.state()

    assert state is not None
    assert state.porting is not None
    assert len(state.porting.requests) <= REQUEST_COUNT_MAX
    assert offers_blocked_by_porting(state, ms(after(NOON, days=2)))


# -- what is suspicious


SEVEN = {"days": 7}


@pytest.mark.parametrize(
    ("swap", "expected"),
    [
        (after(NOON, days=-7), 1),
        (after(NOON, days=-7, ms=-1), 0),
        (after(NOON, seconds=-1), 1),
        (after(NOON, seconds=1), 0),
    ],
)
def test_a2_9_sim_swap_at_most_seven_days_before_a_query_is_suspicious(swap: str, expected: int) -> None:
    """Inclusive; what comes after the question is nothing."""
    fed = replay([profile(), event("sim.swapped", at=swap), query()])

    assert expected == len([one for one in fed.port if one.kind() == "port_fraud_suspect"])
    assert expected == len([one for one in fed.care if one.type == "security_notice"])
    assert [] == fed.offers


def test_sim_swap_that_arrives_late_makes_the_query_suspicious_all_the_same() -> None:
    """The question has come already."""
    swap = event("sim.swapped", at=after(NOON, days=-1), arrives=after(NOON, hours=1), event_id="swap")
    fed = replay([query(event_id="asked"), swap])
    [suspect] = [one for one in fed.port if one.kind() == "port_fraud_suspect"]

    assert ("sim_swap", after(NOON, days=-1)) == (suspect.reason, suspect.swapped_at)
    assert ["swap"] == [one.record_id for one in suspect.evidence]
    assert 1 == len([one for one in fed.care if one.type == "security_notice"])


def test_one_swap_is_told_once_of_queries_and_once_more_of_a_request() -> None:
    """Ten questions are one suspicion."""
    swap = event("sim.swapped", at=after(NOON, days=-1))
    asked = [query(after(NOON, minutes=n)) for n in range(10)]
    fed = replay([profile(), swap, *asked, step("requested", after(NOON, hours=1))])

    assert [None, "r"] == [one.port_ref for one in fed.port if one.kind() == "port_fraud_suspect"]
    assert 2 == len([one for one in fed.care if one.type == "security_notice"])


def test_suspicion_is_a_reason_on_the_port_signals_too() -> None:
    """Of a closed list, with the lock."""
    swap = event("sim.swapped", at=after(NOON, days=-1))
    fed = replay([profile(port_locked=True), swap, query()])

    assert ("sim_swap", "number_locked") == fed.port[0].risk


# -- several numbers from one device or agent


def three(**origin: str) -> list[Line]:
    """Return three numbers and a question about each, an hour apart, from one place."""
    lines = [profile(subscriber_id=f"n{n}") for n in range(3)]
    return lines + [
        query(after(NOON, hours=n), subscriber_id=f"n{n}", event_id=f"q{n}", **origin) for n in range(3)
    ]


def suspects(fed: Fed) -> list[tuple[str, str, int]]:
    """Return whose number is one of how many, and the question that is its evidence."""
    found = [one for one in fed.port if one.kind() == "port_fraud_suspect"]
    return [(one.subscriber_id, one.evidence[0].record_id, one.numbers) for one in found]


@pytest.mark.parametrize("origin", [{"device": "d"}, {"agent": "a"}])
def test_a2_9_three_numbers_from_one_device_or_agent_are_suspicious_each(origin: dict[str, str]) -> None:
    """Each line hears of itself: its own question is the evidence, no other number is named."""
    fed = replay(three(**origin))

    assert [("n0", "q0", 3), ("n1", "q1", 3), ("n2", "q2", 3)] == suspects(fed)
    assert {"n0", "n1", "n2"} == {one.subscriber_id for one in fed.care if one.type == "security_notice"}
    assert [] == fed.offers


def test_two_numbers_are_a_family() -> None:
    """So is one number asked about again and again."""
    records = three(device="d")
    again = [
        query(after(NOON, minutes=n), subscriber_id="n0", event_id=f"again{n}", device="d") for n in range(5)
    ]

    assert [] == suspects(replay(records[:-1] + again))


def test_numbers_more_than_a_day_apart_are_no_crowd() -> None:
    """24 hours, half-open."""
    lines = [profile(subscriber_id=f"n{n}") for n in range(3)]
    times = [NOON, after(NOON, hours=1), after(NOON, days=1)]
    asked = [query(at, subscriber_id=f"n{n}", event_id=f"q{n}", device="d") for n, at in enumerate(times)]

    assert [] == suspects(replay(lines + asked))


def test_each_further_number_is_told_too_and_nobody_twice() -> None:
    """The fourth is one of four."""
    fourth = [
        profile(subscriber_id="n9"),
        query(after(NOON, hours=3), subscriber_id="n9", event_id="q9", device="d"),
    ]
    again = query(after(NOON, hours=4), subscriber_id="n0", event_id="q00", device="d")

    assert ("n9", "q9", 4) == suspects(replay([*three(device="d"), *fourth, again]))[-1]
    assert 4 == len(suspects(replay([*three(device="d"), *fourth, again])))


def test_device_and_agent_of_the_same_name_are_two() -> None:
    """They are counted apart."""
    lines = [profile(subscriber_id=f"n{n}") for n in range(3)]
    asked = [
        query(after(NOON, hours=n), subscriber_id=f"n{n}", event_id=f"q{n}", **{kind: "x"})
        for n, kind in enumerate(("device", "agent", "device"))
    ]

    assert [] == suspects(replay(lines + asked))


def test_state_of_a_device_has_no_name_in_its_key_and_goes_when_its_day_is_over() -> None:
    """Its key is a hash; strangers must not fill the memory."""
    fed = replay(three(device="IMEI-356938035643809"))
    origins = [key for key, _ in fed.pipeline.states() if key.startswith("origin/")]

    assert 1 == len(origins)
    assert "356938035643809" not in origins[0]

    later = replay([*three(device="IMEI-356938035643809"), tick(after(NOON, days=3))])

    assert [] == [key for key, _ in later.pipeline.states() if key.startswith("origin/")]


def test_line_that_has_ended_hears_nothing() -> None:
    """Its profile is gone when the word comes."""
    records = three(device="d")
    fed = replay([*records[:4], tombstone("n0", arrives=after(NOON, minutes=1)), *records[4:]])

    assert ["n1", "n2"] == [who for who, _, _ in suspects(fed)]


# -- the answer


def test_answer_counts_the_local_days_on_the_network() -> None:
    """China, 120 days or more: the day before is too new, the day itself is not."""
    texts = [
        replay([profile(joined_on=day), query(at="2026-11-10T12:00:00Z")]).care[0].text
        for day in ("2026-07-14", "2026-07-13")
    ]

    assert ["120 days" in text for text in texts] == [True, False]
    assert "Nothing in our records stands in the way." in texts[1]


def test_answer_has_what_is_owed_and_a_payment_takes_it_off() -> None:
    """As the bill stands when it is asked."""
    owes = event("charge.accrued", amount={"amount": "12.30", "currency": "CNY"}, at=after(NOON, hours=-2))
    paid = event("payment.received", amount={"amount": "12.30", "currency": "CNY"}, at=after(NOON, hours=-1))
    who = profile(joined_on="2015-01-01")

    assert "Not paid yet: CNY 12.30." in replay([who, owes, query()]).care[-1].text
    assert "Not paid yet" not in replay([who, owes, paid, query()]).care[-1].text


def test_state_of_who_never_asked_is_no_larger() -> None:
    """What most subscribers do not have is no object."""
    pipeline = pipeline_of(plan(), profile(), data(1))
    feed(pipeline, data(1), first=10)
    state = decode_state(commit(pipeline)[SUBSCRIBER.encode()] or b"")

    assert (None, None, None) == (state.porting, state.risk, state.origin)
