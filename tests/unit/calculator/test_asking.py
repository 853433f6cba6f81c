"""What the calculator is asked, out of a replay."""

from typing import Any

import pytest

from schemas.fields import Bucket
from streams.calculator import Question, answer
from streams.calculator.asking import Asked, question_of
from streams.calculator.question import Left
from streams.core.stored import decode_state
from streams.groups import PREFIX
from streams.replay import Replay
from tests.build import (
    SUBSCRIBER,
    THROTTLE,
    Line,
    addon,
    allowance,
    data,
    event,
    lines_of,
    ms,
    plan,
    profile,
    sms,
    voice,
)

PRESENT = plan(allowance(), allowance("voice", 600, rounding="60/60"), price="128.00")
JOINED = profile(arrives="2026-08-01T00:00:00Z")
IN_AUGUST, IN_SEPTEMBER, IN_OCTOBER = (f"2026-{month}-10T12:00:00Z" for month in ("08", "09", "10"))


def asked(*records: Line, at: str | None = None, key: str = SUBSCRIBER) -> Question | None:
    """Return the question after these records, at another instant than the last arrival if told so."""
    topics = {record["topic"] for record in records}
    run = Replay()
    setting = [line for line in (PRESENT, JOINED) if line["topic"] not in topics]
    list(run.run(lines_of([*setting, *records], is_bare=True)))
    data = run.pipeline.committed(key)
    assert data is not None
    state = decode_state(data)
    own = state.read_profile()
    assert own is not None
    clock_ms = run.pipeline.clock_ms if at is None else ms(at)
    who = Asked(state=state, profile=own, clock_ms=clock_ms)
    return question_of(who, run.catalog, run.pipeline.rules.windows)


def question(*records: Line, **own: Any) -> Question:  # noqa: ANN401  (those of `asked`)
    """Return the question, which there is."""
    found = asked(*records, **own)
    assert found is not None
    return found


def used(found: Question) -> list[tuple[str, dict[Bucket, int]]]:
    """Return what was used in each month."""
    return [(month.day, {**month.counted}) for month in found.months]


def test_months_are_the_newest_three_that_have_closed() -> None:
    """Also those whose billing period can change no more and is kept as a summary alone."""
    records = [data(10 * n, at=f"2026-{n:02}-10T12:00:00Z") for n in range(2, 9)]
    found = question(profile(arrives="2026-02-01T00:00:00Z"), *records)

    assert [
        ("2026-05-01", {"data": 5_000_000}),
        ("2026-06-01", {"data": 6_000_000}),
        ("2026-07-01", {"data": 7_000_000}),
    ] == used(found)
    assert found.so_far is not None
    assert {"data": 8_000_000} == found.so_far.counted


def test_a_month_in_which_nothing_was_used_was_paid_for_all_the_same() -> None:
    """Between two of use, and after the last: the fee is due."""
    found = question(data(10, at=IN_AUGUST), data(10, at=IN_OCTOBER), at="2027-01-15T00:00:00Z")

    assert [("2026-10-01", {"data": 1_000_000}), ("2026-11-01", {}), ("2026-12-01", {})] == used(found)
    assert ["128.00"] * 3 == [f"{month.paid}" for month in found.months]


def test_what_counts_is_what_counted_against_the_allowance() -> None:
    """Not zero-rated data, calls rounded one by one, no incoming ones."""
    found = question(
        data(10, at=IN_SEPTEMBER),
        data(50, at=IN_SEPTEMBER, zero_rated=True),
        voice(61, at=IN_SEPTEMBER),
        voice(61, at=IN_SEPTEMBER),
        voice(600, at=IN_SEPTEMBER, direction="in"),
        sms(3, at=IN_SEPTEMBER),
        data(1),
    )
    month = found.months[1]

    assert {"data": 1_000_000, "voice": 240, "sms": 3} == month.counted
    assert 722 == month.both_ways["voice"]


def test_a_late_record_is_in_the_question_at_once() -> None:
    """A period that may still change is read itself, not its summary."""
    late = data(20, at=IN_SEPTEMBER, arrives="2026-10-20T00:00:00Z")
    found = question(data(10, at=IN_SEPTEMBER), data(1, at=IN_OCTOBER), late, at="2026-10-21T00:00:00Z")

    assert {"data": 3_000_000} == found.months[-1].counted


def test_paid_is_what_billing_has_accrued() -> None:
    """Else the fee and the charges."""
    accrued = event("charge.accrued", at=IN_SEPTEMBER, amount={"amount": "99.50", "currency": "CNY"})
    found = question(
        data(120, at=IN_AUGUST), data(10, at=IN_SEPTEMBER), accrued, data(1, at=IN_OCTOBER), data(1)
    )

    assert ["138.00", "99.50", "128.00"] == [f"{month.paid}" for month in found.months]


def test_charges_of_the_records_are_kept_for_three_months() -> None:
    """They are what running over has cost, also when the period itself is gone."""
    dear = data(120, at=IN_AUGUST, charge={"amount": "7.00", "currency": "CNY"})
    found = question(
        dear, data(1, at=IN_SEPTEMBER), data(1, at=IN_OCTOBER), data(1, at="2026-11-29T00:00:00Z")
    )

    assert "7.00" == f"{found.months[0].charged['data']}"
    assert "391.00" == f"{answer(found).stay.total}"


def test_months_before_the_subscriber_had_joined_are_nobodys() -> None:
    """A month of three days says nothing of a month."""
    joined = profile(arrives="2026-08-29T00:00:00Z", joined_on="2026-08-29")
    found = question(
        joined, data(10, at="2026-08-30T00:00:00Z"), data(10, at=IN_SEPTEMBER), data(1, at=IN_OCTOBER)
    )

    assert ["2026-09-01"] == [month.day for month in found.months]


def test_what_is_sold_is_what_is_not_closed() -> None:
    """The lowest fee first; a plan that is taken back is gone."""
    named = (
        ("dear", "200.00", False),
        ("old", "1.00", True),
        ("cheap", "50.00", False),
        ("p", "128.00", False),
    )
    plans = [plan(plan_id=name, price=price, closed=closed) for name, price, closed in named]
    gone: Line = {"topic": "plans", "key": "cheap", "value": None}

    assert ["cheap", "p", "dear"] == [
        one.plan_id for one in question(*plans, data(1, at=IN_OCTOBER), data(1)).plans
    ]
    assert ["p", "dear"] == [
        one.plan_id for one in question(*plans, gone, data(1, at=IN_OCTOBER), data(1)).plans
    ]


def contract(
    ends_on: str | None = "2027-01-31",
    fee: str | None = "200.00",
    *,
    currency: str = "CNY",
    what: str = "plan",
) -> dict[str, Any]:
    """Return a contract."""
    exit_fee = None if fee is None else {"amount": fee, "currency": currency}
    return {"what": what, "ends_on": ends_on, "exit_fee": exit_fee}


@pytest.mark.parametrize(
    ("contracts", "fee", "until"),
    [
        ([], "0", None),
        ([contract()], "200.00", "2027-01-31"),
        ([contract("2026-11-30")], "0", None),
        ([contract("2026-12-01")], "200.00", "2026-12-01"),
        ([contract(what="device")], "0", None),
        ([contract(fee=None)], "None", "2027-01-31"),
        ([contract(None, None)], "0", None),
        ([contract(None, "5.00")], "5.00", None),
        ([contract(currency="USD")], "None", "2027-01-31"),
        ([contract(), contract("2027-03-01", "1.50")], "201.50", "2027-03-01"),
    ],
)
def test_leaving_costs_what_the_contracts_say_on_the_day_of_the_change(
    contracts: list[dict[str, Any]], fee: str, until: str | None
) -> None:
    """Another plan begins with the next billing period, on 1 December: what ends before binds no more."""
    joined = profile(arrives="2026-08-01T00:00:00Z", contracts=contracts)
    leaving = question(joined, data(1, at=IN_OCTOBER), data(1)).leaving

    assert (fee, until) == (str(leaving.fee), None if leaving.until is None else leaving.until.isoformat())


def test_whoever_buys_more_or_asks_for_it_is_not_content() -> None:
    """Of a plan that slows down; to run out alone says nothing."""
    slow = plan(allowance(beyond=THROTTLE))
    bought = event("addon.purchased", at=IN_OCTOBER, addon_id="a", bucket="data", amount=1_000_000)
    asks = [
        event("care.contacted", at=f"2026-11-0{n}T00:00:00Z", channel="app", topic="data_short")
        for n in (1, 2)
    ]

    assert question(slow, data(120, at=IN_OCTOBER), data(120)).is_content
    assert not question(slow, data(120, at=IN_OCTOBER), bought, data(1)).is_content
    bought_now = event("addon.purchased", addon_id="a", bucket="data", amount=1_000_000)
    assert not question(slow, data(1, at=IN_OCTOBER), data(120), bought_now).is_content
    assert not question(slow, data(120, at=IN_OCTOBER), data(120), *asks).is_content


def test_what_outlasts_the_period_is_told() -> None:
    """Bought in November until Christmas: what is left of it may be lost with the plan."""
    bought = [
        event("addon.purchased", addon_id=name, bucket="data", amount=5_000_000, expires_at=until)
        for name, until in (
            ("a", "2026-12-25T00:00:00Z"),
            ("b", "2026-11-30T00:00:00Z"),
            ("c", "2026-12-26T00:00:00Z"),
        )
    ]
    setting = (PRESENT, addon(fits=["p"]), JOINED, data(1, at=IN_OCTOBER), *bought)
    found = question(*setting, data(160))

    assert [5_000_000, 5_000_000] == [one.amount for one in question(*setting, data(30)).left]
    assert (
        Left(bucket="data", amount=4_000_000, expires_ms=ms("2026-12-25T00:00:00Z"), fits=("p",)),
        Left(bucket="data", amount=5_000_000, expires_ms=ms("2026-12-26T00:00:00Z"), fits=None),
    ) == found.left


def test_a_line_of_a_group_has_no_question_and_the_group_has() -> None:
    """Its allowance is the group's: all lines together, and a plan for as many."""
    group: Line = {
        "topic": "groups",
        "timestamp": "2026-09-01T00:00:00Z",
        "value": {
            "group_id": "g", "owner_id": SUBSCRIBER, "plan_id": "p", "members": [SUBSCRIBER, "2"],
            "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN",
        },
    }  # fmt: skip
    other = profile(subscriber_id="2", arrives="2026-08-01T00:00:00Z")
    records = [
        JOINED, other, group,
        data(30, at="2026-09-10T12:00:00Z", record_id="x"),
        data(40, at="2026-09-11T12:00:00Z", record_id="y", subscriber_id="2"),
        data(1, at=IN_OCTOBER, record_id="z"),
    ]  # fmt: skip

    assert asked(*records) is None
    found = question(*records, key=PREFIX + "g")
    assert ([("2026-09-01", {"data": 7_000_000})], 2) == (used(found), found.group_lines)


@pytest.mark.parametrize("records", [[profile(plan_id=None), data(1)], [profile(), data(1)]])
def test_without_a_plan_or_a_whole_month_there_is_no_question(records: list[Line]) -> None:
    """Nothing is judged by nothing."""
    assert asked(*records) is None
