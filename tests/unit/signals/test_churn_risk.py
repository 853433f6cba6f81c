"""``churn_risk``: A2.3 to A2.10 of the trade's page, through the whole pipeline."""

from importlib.resources import files
from typing import Any, get_args

import pytest

from schemas.signals import RiskReason
from streams.regimes import shipped
from streams.regimes.windows import read_windows, shipped_windows
from streams.rules import Rules
from tests.build import NOON, Fed, Line, addon, after, data, event, plan, profile, replay, voice

BOUND = profile(
    contracts=[{"what": "plan", "ends_on": "2027-12-31"}],
    consents=[{"purpose": "commercial", "granted": True, "at": "2026-01-01T00:00:00Z"}],
)
"""A subscriber with a contract that runs for long: it takes more than one reason."""
WINDOWS = files("streams.regimes").joinpath("windows.toml").read_text("utf-8")


def at(**span: int) -> str:
    """Return an instant so long after noon of the 10th."""
    return after(NOON, **span)


def pages(count: int, *, every: dict[str, int], first: str = NOON) -> list[Line]:
    """Return so many looks at competitors' plans."""
    unit, length = next(iter(every.items()))
    return [
        event("app.viewed", page="competitor_plans", at=after(first, **{unit: length * number}))
        for number in range(count)
    ]


def care(topic: str, when: str = NOON) -> Line:
    """Return a call to care."""
    return event("care.contacted", channel="call", topic=topic, at=when)


def complaint(when: str = NOON, topic: str = "other") -> Line:
    """Return a complaint."""
    return event("complaint.opened", complaint_id="c", topic=topic, channel="web", at=when)


def closed(when: str) -> Line:
    """Return the end of the complaint."""
    return event("complaint.closed", complaint_id="c", topic="other", channel="web", at=when)


def query(when: str = NOON, **own: Any) -> Line:  # noqa: ANN401  (fields of an event)
    """Return a question about leaving."""
    return event("port.queried", channel="sms", form="CXXZ", at=when, **own)


def tick(when: str) -> Line:
    """Return something that moves the clock and says nothing."""
    return event("app.viewed", page="other", at=when)


def risks(fed: Fed) -> list[tuple[str, tuple[str, ...]]]:
    """Return when a risk was told, and its reasons; wherever it is written."""
    found = [one for one in (*fed.all_signals, *fed.port) if one.kind() == "churn_risk"]
    return [(one.at, one.reasons) for one in found]


def reasons(*records: Line) -> tuple[str, ...]:
    """Return the reasons of the only risk that is told, nothing if none is."""
    found = risks(replay(list(records)))
    assert len(found) <= 1
    return found[0][1] if found else ()


# -- A2.3


def used(when: str) -> Line:
    """Return a use of the ringtone service."""
    return event("vas.used", service_id="ringtone", at=when)


VAS = profile(vas=["ringtone"], arrives=NOON)


def test_a2_3_service_unused_for_three_months_is_a_risk_by_timer() -> None:
    """Absence needs a timer: no record of the subscriber arrives."""
    fed = replay([VAS, profile(subscriber_id="other"), data(1, subscriber_id="other", at=at(days=90))])

    assert [(at(days=90), ("vas_unused", "few_contracts"))] == risks(fed)
    [risk] = [one for one in fed.all_signals if one.kind() == "churn_risk"]
    assert (("ringtone",), ()) == (risk.services, risk.evidence)


def test_a2_3_activity_on_day_89_resets() -> None:
    """Ninety days from then."""
    records = [VAS, used(at(days=89))]

    assert [] == risks(replay([*records, tick(at(days=90))]))
    assert [at(days=179)] == [when for when, _ in risks(replay([*records, tick(at(days=179))]))]


def test_a2_3_use_that_arrives_late_counts_from_when_it_was() -> None:
    """The later of two uses holds, however they arrive."""
    late = event("vas.used", service_id="ringtone", at=at(days=10), arrives=at(days=60))
    fed = replay([VAS, used(at(days=50)), late, tick(at(days=141))])

    assert [at(days=140)] == [when for when, _ in risks(fed)]


def test_a2_3_service_that_is_given_up_is_no_risk() -> None:
    """The timer is cancelled with the reason."""
    assert [] == risks(replay([VAS, profile(vas=[], arrives=at(days=80)), tick(at(days=200))]))


def test_a2_3_service_is_told_once_and_again_only_after_it_was_used() -> None:
    """It stays unused, which is no news."""
    records = [VAS, tick(at(days=90)), profile(vas=["ringtone"], arrives=at(days=100)), tick(at(days=300))]

    assert 1 == len(risks(replay(records)))
    assert 2 == len(risks(replay([*records, used(at(days=301)), tick(at(days=400))])))


def test_a2_3_calendar_months_instead_of_days_are_a_matter_of_data() -> None:
    """Three calendar months, from the local day on: 30 November has 28 February after it."""
    windows = read_windows(WINDOWS.replace("days = 90\nweight = 50", "months = 3\nweight = 50"))
    rules = Rules(regimes=shipped(), windows=windows)
    who = profile(vas=["ringtone"], arrives="2026-11-30T12:00:00Z", time_zone="Asia/Shanghai")
    fed = replay([plan(), who, tick("2027-03-05T00:00:00Z")], rules=rules)

    assert ["2027-02-27T16:00:00.000Z"] == [when for when, _ in risks(fed)]


# -- A2.4


def test_a2_4_three_looks_at_competitors_plans_in_seven_days_are_a_risk() -> None:
    """Below there is none; the third is the cause."""
    assert () == reasons(BOUND, *pages(2, every={"days": 1}))
    assert ("competitor_pages",) == reasons(BOUND, *pages(3, every={"days": 3}))
    assert () == reasons(BOUND, *pages(3, every={"hours": 84}))


def test_a2_4_repeated_is_one_for_each_cool_down() -> None:
    """Thirty days."""
    fed = replay([BOUND, *pages(62, every={"days": 1})])

    assert [at(days=2), at(days=32)] == [when for when, _ in risks(fed)]


def test_a2_4_is_followed_by_a_task_and_an_offer_only_after() -> None:
    """At risk: the first action is to learn the reason. For seven days nothing is offered."""
    records = [plan(), addon(), BOUND, *pages(3, every={"hours": 1})]
    records += [data(85, at=at(days=1)), data(16, at=at(days=9))]
    fed = replay(records)

    assert [("callback", "care_agent", "call", "churn_risk")] == [
        (one.kind_, one.assignee_role, one.channel, one.reason) for one in fed.tasks
    ]
    assert [("care_first",)] == [one.reasons for one in fed.suppressed]
    assert [at(days=9)] == [one.at for one in fed.offers]


# -- A2.6


def test_a2_6_complaint_and_then_a_query_within_ninety_days_is_a_risk() -> None:
    """Inclusive; the query is the cause, the complaint is evidence too."""
    fed = replay([BOUND, complaint(at(days=-90)), query(event_id="asked")])
    [risk] = [one for one in fed.port if one.kind() == "churn_risk"]

    assert ("complaint_and_query",) == risk.reasons
    assert 2 == len(risk.evidence)
    assert "asked" == risk.evidence[0].record_id
    assert () == reasons(BOUND, complaint(at(days=-90, ms=-1)), query())


def test_a2_6_complaint_after_the_query_is_no_such_reason() -> None:
    """One of the two must come first; however they arrive."""
    assert () == reasons(BOUND, query(), complaint(at(hours=1)))
    late = event(
        "complaint.opened",
        complaint_id="c",
        topic="other",
        channel="web",
        at=at(days=-1),
        arrives=at(hours=1),
    )

    assert ("complaint_and_query",) == reasons(BOUND, query(), late)


def test_a2_6_query_that_makes_a_risk_keeps_offers_back_though_another_was_told_lately() -> None:
    """The gate follows what is so, not what is said: a risk in its cool-down is one all the same."""
    told = [plan(), addon(), BOUND, *pages(3, every={"hours": 1}), complaint(at(days=8)), closed(at(days=9))]
    later = [data(85, at=at(days=11)), data(16, at=at(days=18))]
    asked, silent = replay([*told, query(at(days=10)), *later]), replay([*told, *later])

    assert [at(hours=2)] == [when for when, _ in risks(asked)]
    assert [at(days=18)] == [one.at for one in asked.offers]
    assert at(days=11) in [one.at for one in silent.offers]
    assert [] == asked.suppressed


def test_a2_6_is_on_the_query_itself_and_nowhere_that_sales_can_read() -> None:
    """A risk with a query among its reasons is written to ``port-signals``."""
    fed = replay([BOUND, complaint(at(days=-3)), query()])

    assert ("complaint_and_query",) == fed.port[0].risk
    assert [] == [one for one in fed.all_signals if one.kind() == "churn_risk"]
    assert [("query",)] == [one.roots for one in fed.port if one.kind() == "churn_risk"]


# -- A2.7


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([care("bill_dispute")], "bill_dispute"),
        ([complaint(topic="bill_dispute")], "bill_dispute"),
        ([care("network_fault"), care("network_fault", at(days=1))], "network_trouble"),
        ([event("fault.opened", fault_id="f"), care("network_fault", at(days=1))], "network_trouble"),
        ([event("competitor.reported", channel="call")], "competitor_reported"),
        ([care("competitor")], "competitor_reported"),
    ],
    ids=str,
)
def test_a2_7_each_pain_point_raises_its_own_reason(records: list[Line], reason: str) -> None:
    """Alone of whom no contract holds; of whom one does, it is a reason that waits for another."""
    assert (reason, "few_contracts") == reasons(profile(), *records)
    assert () == reasons(BOUND, *records)


def test_a2_7_two_pain_points_are_a_risk_though_a_contract_runs() -> None:
    """Their weights are added up; both are evidence."""
    fed = replay([BOUND, care("bill_dispute"), event("competitor.reported", channel="call", at=at(days=5))])
    [risk] = [one for one in fed.all_signals if one.kind() == "churn_risk"]

    assert (("competitor_reported", "bill_dispute"), 80) == (risk.reasons, risk.score)
    assert 2 == len(risk.evidence)


def test_a2_7_one_fault_is_no_network_trouble() -> None:
    """An area that is out is no risk of everybody in it."""
    assert () == reasons(profile(), event("fault.opened", fault_id="f"))


def test_a2_7_dropped_calls_count_as_network_trouble() -> None:
    """Three in a week are found, and count like a fault."""
    calls = [voice(ended_by="dropped", at=at(hours=n)) for n in range(3)]

    assert ("network_trouble", "few_contracts") == reasons(
        profile(), care("network_fault", at(days=-1)), *calls
    )


def test_reason_does_not_hold_for_ever() -> None:
    """A dispute of sixty days ago is over."""
    other = event("competitor.reported", channel="call", at=at(days=60))

    assert () == reasons(BOUND, care("bill_dispute"), other)


# -- A2.8


def test_a2_8_cancelled_bundle_before_a_query_is_a_strong_pattern() -> None:
    """Broadband, or any other service."""
    cancelled = event("service.cancelled", service="broadband", at=at(days=-20))

    assert ("cancelled_and_query", "bundle_cancelled") == reasons(BOUND, cancelled, query())


@pytest.mark.parametrize("service", ["broadband", "family_number"])
def test_a2_8_cancelled_bundle_counts_where_no_contract_holds(service: str) -> None:
    """Few live contracts, and easy release of bundles."""
    cancelled = event("service.cancelled", service=service)

    assert ("bundle_cancelled", "few_contracts") == reasons(profile(), cancelled)
    assert () == reasons(profile(), event("service.cancelled", service="ringtone"))


@pytest.mark.parametrize(("ends_on", "expected"), [("2026-12-09", True), ("2026-12-10", False)])
def test_a2_8_contract_that_ends_within_thirty_days_holds_nobody(ends_on: str, expected: bool) -> None:  # noqa: FBT001
    """Noon of 10 November and 30 days: a contract that still runs on 10 December counts."""
    who = profile(contracts=[{"what": "plan", "ends_on": ends_on}])

    assert expected == ("few_contracts" in reasons(who, care("bill_dispute")))


# -- not reached


def report(when: str, status: str = "failed") -> Line:
    """Return what became of a message."""
    return event("message.reported", of="m", status=status, channel="sms", at=when)


def test_who_is_not_reached_for_two_months_has_a_reason() -> None:
    """Failed messages alone; one that arrives ends it."""
    dispute = care("bill_dispute", at(days=60))

    assert ("bill_dispute", "not_reached") == reasons(BOUND, report(NOON), report(at(days=60)), dispute)
    assert () == reasons(BOUND, report(NOON), report(at(days=59)), dispute)
    assert () == reasons(BOUND, report(NOON), report(at(days=30), "delivered"), report(at(days=60)), dispute)


# -- A2.10 and A1.10


def test_a2_10_every_risk_names_its_rule_and_its_evidence() -> None:
    """And the score that it reached."""
    fed = replay([profile(), care("bill_dispute")])
    [risk] = [one for one in fed.all_signals if one.kind() == "churn_risk"]

    assert ("churn_risk", 50, "at_risk") == (risk.decided_by.rule, risk.score, risk.tier)
    assert ["usage-events"] == [one.topic for one in risk.evidence]


def spending(amount: str) -> list[Line]:
    """Return three months of so much each."""
    money = {"amount": amount, "currency": "CNY"}
    months = ("2026-08-10T12:00:00Z", "2026-09-10T12:00:00Z", "2026-10-10T12:00:00Z")
    return [event("charge.accrued", amount=money, at=when) for when in (*months, "2026-11-01T12:00:00Z")]


@pytest.mark.parametrize(
    ("amount", "value", "role", "channel"),
    [
        ("150.00", "high_value", "account_manager", "account_manager"),
        ("149.99", "standard", "care_agent", "call"),
    ],
)
def test_a1_10_risk_decides_the_action_and_value_the_channel(
    amount: str, value: str, role: str, channel: str
) -> None:
    """High-value and at risk: asked for the reason like everybody, by the own manager."""
    fed = replay([profile(arrives="2026-08-01T00:00:00Z"), *spending(amount), care("bill_dispute")])
    [risk] = [one for one in fed.all_signals if one.kind() == "churn_risk"]

    assert ("at_risk", value) == (risk.tier, risk.value)
    assert [("callback", role, channel)] == [(one.kind_, one.assignee_role, one.channel) for one in fed.tasks]


def test_a1_10_who_runs_out_of_data_is_potential() -> None:
    """There is a need that the plan does not meet."""
    first = profile(arrives="2026-10-01T00:00:00Z")
    fed = replay(
        [
            first,
            data(120, at="2026-10-05T12:00:00Z"),
            data(1, at="2026-11-02T12:00:00Z"),
            care("bill_dispute"),
        ]
    )

    assert ["potential"] == [one.value for one in fed.all_signals if one.kind() == "churn_risk"]


def test_a1_11_enterprise_is_the_account_managers_and_dnd_is_asked_when_next_met() -> None:
    """Neither is called by care."""
    tasks = [
        replay([who, care("bill_dispute")]).tasks[0]
        for who in (profile(account_type="enterprise"), profile(dnd=True))
    ]

    assert [("account_manager", "account_manager"), ("agent_hint", "hall")] == [
        (one.kind_, one.channel) for one in tasks
    ]


@pytest.mark.parametrize(
    ("status", "expected"), [("active", 1), ("suspended", 1), ("prospect", 0), ("terminated", 0)]
)
def test_who_is_no_customer_cannot_leave(status: str, expected: int) -> None:
    """Nor who has left."""
    assert expected == len(risks(replay([profile(status=status), care("bill_dispute")])))


def test_whose_number_has_gone_is_no_risk_any_more() -> None:
    """It is decided."""
    gone = event("port.completed", port_ref="r", form="SQXZ", raised_by="customer")

    assert [] == risks(replay([profile(), gone, care("bill_dispute", at(days=1))]))


def test_text_for_whoever_calls_says_nothing_of_porting() -> None:
    """A task is read by people who may not know of it."""
    [task] = replay([profile(), complaint(at(days=-3)), query()]).tasks

    assert "There was a complaint lately." in task.text
    assert not [word for word in ("port", "number", "operator") if word in task.text.lower()]


def test_every_reason_of_the_closed_list_has_a_rule() -> None:
    """With its weight."""
    windows = shipped_windows()
    of_events = {rule.reason for rule in windows.risks}

    assert set(get_args(RiskReason)) == of_events | {"vas_unused", "few_contracts", "not_reached"}
    assert all(rule.weight for rule in windows.risks)
