"""The shipped rules of care, each by the row of the source documents that asks for it."""

from typing import Any

import pytest

from streams.regimes.care import shipped_care
from tests.build import Fed, Line, after, allowance, data, event, plan, profile, replay, tombstone

OTHER = {"subscriber_id": "8613800000002"}
JOINED = "2026-11-01T12:00:00Z"


def clock(at: str) -> list[Line]:
    """Return somebody else's profile and event: the clock goes on, and nothing else happens."""
    return [profile(**OTHER, arrives=at), event("sim.swapped", at=at, **OTHER)]


def told(fed: Fed, rule: str) -> list[Any]:
    """Return what a rule has said, in order."""
    return [one for one in fed.care if one.decided_by.rule == rule]


def test_a1_9_a_5g_device_is_told_what_it_can_do_once_a_device() -> None:
    """A1.9, A2.15: a device change to 5G is an occasion, another one is not."""
    fed = replay(
        [
            event("device.changed", model="A", generation="4g", at=after(JOINED, days=1)),
            event("device.changed", model="B", generation="5g", at=after(JOINED, days=2), event_id="b"),
            event("device.changed", model="B", generation="5g", at=after(JOINED, days=2), event_id="b"),
        ]
    )

    assert ["B" in one.text for one in told(fed, "new_5g_device")] == [True]
    assert not fed.offers


def test_a2_15_a_device_that_is_used_again_is_not_greeted_again() -> None:
    """A2.15: once a device, whatever was used in between; as many are remembered as anybody has."""
    used = ["X", "Y", "X", *(f"Z{number}" for number in range(8)), "X"]
    fed = replay(
        [
            event(
                "device.changed", model=model, generation="5g", at=after(JOINED, days=day), event_id=f"e{day}"
            )
            for day, model in enumerate(used)
        ]
    )

    assert ["X", "Y", *(f"Z{number}" for number in range(8)), "X"] == [
        one.template.params["model"] for one in told(fed, "new_5g_device")
    ]


@pytest.mark.parametrize(
    ("service", "cancelled_at", "expected"),
    [
        ("broadband", "2026-11-08T09:00:00Z", 0),
        ("family_number", "2026-11-08T09:00:00Z", 1),
        ("broadband", "2026-11-04T09:00:00Z", 1),
    ],
)
def test_nobody_is_asked_how_broadband_does_that_was_cancelled(
    service: str, cancelled_at: str, expected: int
) -> None:
    """A timer goes with its reason: not with that of another service, nor of an earlier order."""
    order = event("service.ordered", service="broadband", at="2026-11-05T09:00:00Z")
    cancelled = event("service.cancelled", service=service, at=cancelled_at, arrives="2026-11-08T09:00:00Z")
    fed = replay([profile(), order, cancelled, *clock("2026-11-20T10:00:00Z")])

    assert expected == len(told(fed, "broadband_after_care"))


@pytest.mark.parametrize(
    ("country", "channels", "expected"),
    [("US", ["sms", "email"], ["email"]), ("US", ["sms"], ["sms"]), ("CN", ["sms"], [])],
)
def test_b2_us_a_change_of_the_sim_is_told_at_once(
    country: str, channels: list[str], expected: list[str]
) -> None:
    """B2, US FCC 23-95: also with no request to port; elsewhere than on the number, where one can."""
    fed = replay([profile(jurisdiction=country, channels=channels), event("sim.swapped")])

    assert [("security_notice", channel) for channel in expected] == [
        (one.type, one.channel) for one in told(fed, "sim_changed")
    ]


def test_contracts_that_end_together_are_told_together() -> None:
    """One notice, with what leaving all of them costs: it has one identity."""
    contracts = [
        {"what": what, "ends_on": "2026-12-11", "exit_fee": {"amount": fee, "currency": "CNY"}}
        for what, fee in (("plan", "200.00"), ("device", "700.00"))
    ]
    fed = replay([profile(contracts=contracts, language="en"), *clock("2026-11-12T00:00:00Z")])

    assert ["CNY 900.00" in one.text for one in told(fed, "contract_ends")] == [True]


def test_a1_9_broadband_ordered_is_cared_for_before_and_after() -> None:
    """A1.9, A5.2: at once, and so many days later by timer, with no record of the subscriber's arriving."""
    order = event("service.ordered", service="broadband", at="2026-11-05T09:00:00Z")
    fed = replay([profile(), order, *clock("2026-11-19T09:59:59Z"), *clock("2026-11-19T10:00:00Z")])

    assert ["2026-11-05T09:00:00.000Z"] == [one.at for one in told(fed, "broadband_ordered")]
    assert ["2026-11-19T10:00:00.000Z"] == [one.at for one in told(fed, "broadband_after_care")]
    assert () == told(fed, "broadband_after_care")[0].evidence


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-11-24T23:59:59Z", 0), ("2026-11-25T00:00:00Z", 1), ("2026-12-25T00:00:00Z", 1)],
)
def test_a2_13_the_25th_is_local_and_taken_in(day: str, expected: int) -> None:
    """A2.13: day 25 at 00:00 by the clock on the wall, once, only while much is used."""
    fed = replay([profile(), data(85, at="2026-11-20T00:00:00Z"), *clock(day)])

    assert expected == len(told(fed, "late_in_month"))


def test_a2_13_is_of_the_calendar_month_whatever_the_billing_period() -> None:
    """A2.13: the bill day is another day than the first of the month."""
    lines = [
        profile(cycle_day=20, time_zone="Asia/Shanghai"),
        data(85, at="2026-11-20T00:00:00Z"),
        *clock("2026-11-24T16:00:00Z"),
    ]

    assert ["2026-11-24T16:00:00.000Z"] == [one.at for one in told(replay(lines), "late_in_month")]


@pytest.mark.parametrize("used", [79, 100, 130])
def test_a2_13_not_with_little_used_nor_with_all(used: int) -> None:
    """A2.13: about to run out is neither far from it nor past it."""
    fed = replay([profile(), data(used, at="2026-11-20T00:00:00Z"), *clock("2026-11-26T00:00:00Z")])

    assert [] == told(fed, "late_in_month")


def test_a2_14_a_contract_is_told_30_days_before_its_end_once() -> None:
    """A2.14: by timer with no event arriving; another profile with the same contract says nothing anew."""
    contract = {"what": "plan", "ends_on": "2027-01-31", "exit_fee": {"amount": "200.00", "currency": "CNY"}}
    with_it: dict[str, Any] = {"contracts": [contract]}
    fed = replay(
        [
            profile(**with_it),
            *clock("2027-01-01T09:59:59Z"),
            *clock("2027-01-01T10:00:00Z"),
            profile(**with_it, arrives="2027-01-01T11:00:00Z"),
            *clock("2027-02-10T00:00:00Z"),
        ]
    )

    (notice,) = told(fed, "contract_ends")
    assert "2027-01-01T10:00:00.000Z" == notice.at
    assert "2027-01-31" in notice.text
    assert "CNY 200.00" in notice.text


def test_a2_14_a_changed_contract_cancels_the_timer() -> None:
    """A2.14: contract changed, timer cancelled, and the new day holds."""
    fed = replay(
        [
            profile(contracts=[{"what": "plan", "ends_on": "2026-12-20"}]),
            profile(contracts=[{"what": "plan", "ends_on": "2027-03-01"}], arrives="2026-11-05T00:00:00Z"),
            *clock("2027-02-01T00:00:00Z"),
        ]
    )

    assert ["2027-01-30T10:00:00.000Z"] == [one.at for one in told(fed, "contract_ends")]


@pytest.mark.parametrize(
    ("born_on", "at"),
    [("1990-11-20", "2026-11-20T10:00:00.000Z"), ("2000-02-29", "2027-02-28T10:00:00.000Z")],
)
def test_a5_1_a_birthday_has_a_gift_that_cannot_be_booked_twice(born_on: str, at: str) -> None:
    """A5.1: once a year, on the last of February where there is no 29th; the id is the same in every run."""
    lines = [profile(born_on=born_on), *clock(at), *clock(after(at, days=1))]
    first, second = told(replay(lines), "birthday_gift"), told(replay(lines), "birthday_gift")

    assert [at] == [one.at for one in first]
    assert [one.id for one in first] == [one.id for one in second]
    assert ("gift", "data", 1_000_000_000) == (first[0].type, first[0].grant.bucket, first[0].grant.amount)
    assert after(at, days=7) == first[0].grant.expires_at


def test_a5_1_every_year_has_a_birthday() -> None:
    """A5.1: on 29 February where there is one."""
    days = ["2027-02-28T12:00:00Z", "2028-02-28T12:00:00Z", "2028-02-29T12:00:00Z"]
    fed = replay([profile(born_on="2000-02-29"), *(line for day in days for line in clock(day))])

    gifts = [one.at[:10] for one in told(fed, "birthday_gift") if one.subscriber_id != OTHER["subscriber_id"]]
    assert ["2027-02-28", "2028-02-29"] == gifts


def test_a5_1_festivals_are_where_they_are_kept() -> None:
    """A5.1: the new year everywhere, Spring Festival in China, to people and not to companies."""
    days = [*clock("2027-01-01T23:00:00Z"), *clock("2027-02-06T23:00:00Z")]
    rules = ("new_year", "spring_festival")

    def greeted(**own: str) -> list[int]:
        fed = replay([profile(**own), *days])
        return [sum(one.subscriber_id == "8613800000001" for one in told(fed, rule)) for rule in rules]

    assert [1, 1] == greeted(jurisdiction="CN")
    assert [1, 0] == greeted(jurisdiction="DE")
    assert [0, 0] == greeted(jurisdiction="CN", account_type="enterprise")


def test_a5_2_a_changed_plan_is_cared_for_days_later() -> None:
    """A5.2: so many days after the change."""
    fed = replay(
        [
            plan(),
            plan(allowance(), plan_id="q"),
            profile(),
            profile(plan_id="q", arrives="2026-11-05T12:00:00Z"),
            *clock("2026-11-12T10:00:00Z"),
        ]
    )

    assert ["2026-11-12T10:00:00.000Z"] == [one.at for one in told(fed, "plan_change_care")]


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        ("prospect", "prospect_welcome"),
        ("active", "active_welcome"),
        ("suspended", "suspended_notice"),
        ("terminated", "terminated_farewell"),
    ],
)
def test_a5_3_every_status_of_the_life_cycle_is_cared_for(status: str, rule: str) -> None:
    """A5.3: prospect to termination, once each, and not again with the next profile."""
    before = "suspended" if status != "suspended" else "active"
    own = {"channels": ["email"], "plan_id": None if status == "prospect" else "p"}
    lines = [
        profile(status=before),
        profile(status=status, arrives="2026-11-05T12:00:00Z", **own),
        profile(status=status, arrives="2026-11-06T12:00:00Z", **own),
    ]

    assert 1 == len(told(replay(lines), rule))


def test_a5_3_a_number_that_may_be_somebody_elses_is_not_written_to() -> None:
    """A5.3: to whoever has left nothing goes by SMS."""
    lines = [profile(), profile(status="terminated", channels=["sms"], arrives="2026-11-05T12:00:00Z")]

    assert [] == told(replay(lines), "terminated_farewell")


def test_a5_3_years_of_history_welcome_nobody() -> None:
    """A first profile is no news, unless the subscriber has just joined."""

    def welcomed(**own: str) -> int:
        return len(told(replay([*clock(JOINED), profile(arrives=JOINED, **own)]), "active_welcome"))

    assert [0, 0, 1] == [welcomed(joined_on="2015-03-01"), welcomed(), welcomed(joined_on="2026-10-30")]


def test_a2_3_a_service_unused_for_three_months_is_told_by_timer() -> None:
    """A2.3: use on day 89 begins anew; absence needs a timer; once until it is used again."""
    lines = [
        profile(vas=["ringtone"], arrives="2026-11-01T00:00:00Z"),
        event("vas.used", service_id="ringtone", at="2027-01-28T12:00:00Z"),
        *clock("2027-04-28T09:59:59Z"),
        *clock("2027-04-28T10:00:00Z"),
        *clock("2027-12-31T00:00:00Z"),
    ]

    (notice,) = told(replay(lines), "vas_unused")
    assert "2027-04-28T10:00:00.000Z" == notice.at
    assert "ringtone" in notice.text


def test_a2_3_a_service_that_was_cancelled_is_not_told_of() -> None:
    """A2.3: what is not in the profile costs nothing."""
    lines = [
        profile(vas=["ringtone"]),
        profile(vas=[], arrives="2026-12-01T00:00:00Z"),
        *clock("2027-12-31T00:00:00Z"),
    ]

    assert [] == told(replay(lines), "vas_unused")


def test_a2_11_who_asks_again_is_a_hint_to_the_agent_in_the_same_call() -> None:
    """A2.11: with the second question, useful for this call only; other topics do not add up."""
    asked = [
        event("care.contacted", channel="call", topic=topic, at=after(JOINED, days=day))
        for day, topic in enumerate(["data_short", "bill_dispute", "data_short"])
    ]
    fed = replay(asked)

    (task,) = [one for one in fed.tasks if one.reason == "asks_again"]
    assert ("agent_hint", "care_agent", after(JOINED, days=2)) == (task.kind_, task.assignee_role, task.at)
    assert after(JOINED, days=2, hours=1) == task.due_by


@pytest.mark.parametrize(
    ("topics", "expected"), [("aa", 0), ("aaa", 1), ("abab", 0), ("ababa", 1), ("ababab", 2)]
)
def test_a2_11_whatever_is_asked_again_is_a_hint(topics: str, expected: int) -> None:
    """A2.11: the same topic; each is counted by itself."""
    asked = [
        event("care.contacted", channel="call", topic=topic, at=after(JOINED, days=day), event_id=f"e{day}")
        for day, topic in enumerate(topics)
    ]
    fed = replay(asked)

    assert expected == len([one for one in fed.tasks if one.reason == "asks_again_else"])


@pytest.mark.parametrize("step", ["opened", "assigned", "progressed", "resolved", "confirmed", "closed"])
def test_no_step_of_a_complaint_is_silent(step: str) -> None:
    """A5.6: each change of state is told, as a service notice."""
    complaint = event(f"complaint.{step}", complaint_id="c1", topic="bill", channel="hall")

    assert ["complaint_progress"] == [one.type for one in replay([complaint]).care]


def test_the_welcome_abroad_names_prices_and_limits() -> None:
    """EU, UK, US: on entering, what use costs there, what is left, and where one hears of it."""
    terms = plan(
        allowance(),
        allowance(
            "data.roaming", 1_000_000_000, beyond={"action": "charge", "price": "2.00", "per": 1_000_000}
        ),
        allowance("voice", 6_000, beyond={"action": "charge", "price": "0.15", "per": 60}),
        currency="EUR",
    )
    lines = [terms, profile(jurisdiction="DE"), event("roaming.entered", country="CH")]

    (notice,) = replay(lines).care
    assert "roaming_welcome" == notice.type
    for words in ("CH", "1 GB left", "every 1 MB begun costs EUR 2.00", "100 minutes left", "EUR 40.00"):
        assert words in notice.text


def test_bills_are_warned_of_and_arrears_told() -> None:
    """A2.12: at 50, 80 and 100 percent of the credit limit, free of charge; of two at once the higher."""
    limit: dict[str, Any] = {"credit_limit": {"amount": "100.00", "currency": "CNY"}}
    owed = [
        event("charge.accrued", amount={"amount": amount, "currency": "CNY"}, at=after(JOINED, days=day))
        for day, amount in enumerate(["49.99", "0.01", "50.00", "1.00"])
    ]
    fed = replay([profile(**limit), *owed])

    assert ["50", "100"] == [one.template.params["level"] for one in told(fed, "bill_warning")]
    assert 1 == len(told(fed, "arrears"))
    assert {"bill_notice"} == {one.type for one in fed.care}


def test_the_end_of_a_subscriber_cancels_every_timer() -> None:
    """A tombstone: nothing is due any more."""
    lines = [
        profile(born_on="1990-12-24", vas=["ringtone"]),
        event("service.ordered", service="broadband"),
        tombstone(arrives="2026-11-11T00:00:00Z"),
        *clock("2027-12-31T00:00:00Z"),
    ]

    fed = replay(lines)
    assert {"broadband_ordered"} == {
        one.decided_by.rule for one in fed.care if one.subscriber_id == "8613800000001"
    }


def test_what_helps_nobody_any_more_is_not_said() -> None:
    """A birthday that is learned of a day later is not wished."""
    lines = [
        profile(),
        profile(born_on="1990-11-20", arrives="2026-11-21T00:00:00Z"),
        *clock("2026-11-27T00:00:00Z"),
    ]

    assert [] == told(replay(lines), "birthday_gift")


def test_every_rule_has_a_source() -> None:
    """Whoever wonders why something is said finds out."""
    assert all(rule.source for rule in shipped_care().rules)


@pytest.mark.parametrize(
    ("lines", "is_kept"),
    [
        ([profile()], False),
        ([profile(vas=["music"])], True),
        ([profile(vas=["music"]), profile(arrives="2026-11-02T12:00:00Z")], False),
    ],
)
def test_where_there_is_nothing_to_remember_the_calendar_comes_all_the_same(
    lines: list[Line], *, is_kept: bool
) -> None:
    """The next day is the state's own; a service that is paid for no more takes its memory along."""
    state = replay(lines).state()

    assert state is not None
    assert is_kept == (state.care is not None)
    assert state.care_due_ms is not None
