"""How one subscriber stands, in words."""

import pytest

from streams.core.stored import decode_state
from streams.core.subscriber import Subscriber
from streams.explain.standing import Standing, ago, standing
from streams.groups import PREFIX
from tests.build import (
    NOON,
    SUBSCRIBER,
    Line,
    after,
    allowance,
    data,
    event,
    ms,
    plan,
    profile,
    replay,
    sms,
    usage,
    voice,
)

TERMS = [
    plan(allowance(), allowance("voice", 3_600), allowance("sms", None)),
    profile(time_zone="Asia/Shanghai", credit_limit={"amount": "50.00", "currency": "CNY"}),
]


def state_of(*records: Line, key: str = SUBSCRIBER) -> Subscriber:
    """Return the state after these records."""
    data_ = dict(replay(list(records), is_bare=True).pipeline.states())[key]
    return decode_state(data_)


def stands(*records: Line, at: str = NOON) -> Standing:
    """Return how the usual subscriber stands after terms and records."""
    return standing(state_of(*TERMS, *records), clock_ms=ms(at))


def test_every_bucket_says_what_is_used_and_left_in_its_own_unit() -> None:
    """Volumes, minutes and messages; what has no end has nothing left to say of."""
    found = stands(data(85), voice(600), sms(3))

    rows = {row.bucket: (row.used, row.allowance, row.left, row.percent) for row in found.buckets}
    assert {
        "data": ("8.5 MB", "10 MB", "1.5 MB", "85 %"),
        "voice": ("10 minutes", "60 minutes", "50 minutes", "16 %"),
        "sms": ("3 messages", "unlimited", "-", "-"),
    } == rows


def test_what_was_raised_is_named_and_what_is_resolved_says_so() -> None:
    """A correction back under a level resolves it; it stays known, so that it is not told twice."""
    taken_back = data(0, corrects={"record_id": "a", "was": {"bytes_up": 8_500_000}}, record_id="b")

    raised, resolved = stands(data(85, record_id="a")), stands(data(85, record_id="a"), taken_back)

    assert [("near_limit/80",)] == [row.raised for row in raised.buckets]
    assert [("near_limit/80 (resolved)",)] == [row.raised for row in resolved.buckets]


def test_newest_period_stands_first() -> None:
    """What a person asks about is the open one."""
    found = stands(data(10, at="2026-10-20T00:00:00Z"), data(20))

    assert ["2026-11-01", "2026-10-01"] == [row.period for row in found.buckets]


def test_windows_end_with_the_partitions_clock() -> None:
    """24 hours, a week, 35 days."""
    found = stands(data(10), data(5, at=after(NOON, days=-3)), at=after(NOON, hours=1))

    assert [("data", "1 MB", "1.5 MB", "1.5 MB")] == [
        (row.bucket, row.last_day, row.last_week, row.last_days) for row in found.windows
    ]


def test_grants_are_listed_in_the_order_in_which_they_end() -> None:
    """In the subscriber's own zone."""
    bought = [
        event(
            "addon.purchased",
            addon_id=name,
            bucket="data",
            amount=5_000_000,
            expires_at=f"2026-11-{day}T00:00:00+08:00",
        )
        for name, day in (("late", 25), ("soon", 20))
    ]

    found = stands(*bought)

    assert [("soon", "5 MB", "20 Nov 2026 00:00"), ("late", "5 MB", "25 Nov 2026 00:00")] == [
        (row.addon, row.amount, row.until) for row in found.grants
    ]


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("profile", "plan p · Asia/Shanghai · cycle day 1 · CN · en · since 1 Nov 2026 08:00"),
        ("owed", "CNY 45.00, credit limit CNY 50.00, told: credit_limit/50, credit_limit/80"),
        ("records", "1 known by identity, 0 provisional, 0 closed months"),
    ],
)
def test_facts_are_one_line_each(fact: str, words: str) -> None:
    """Who it is to billing, what is owed, what is remembered."""
    found = stands(event("charge.accrued", amount={"amount": "45.00", "currency": "CNY"}))

    assert words == dict(found.facts)[fact]


def test_who_waits_for_a_profile_says_so() -> None:
    """Held records, by topic, and since when."""
    state = state_of(data(1), data(2))

    facts = dict(standing(state, clock_ms=ms(NOON)).facts)

    assert ("none yet", "2 of cdr, for want of a profile, the oldest since 10 Nov 2026 12:00") == (
        facts["profile"],
        facts["held"],
    )


def test_a_group_names_its_owner_and_a_line_its_group() -> None:
    """They are states of their own."""
    group = {"group_id": "g", "owner_id": SUBSCRIBER, "plan_id": "p", "members": [SUBSCRIBER]}
    record: Line = {
        "topic": "groups",
        "timestamp": "2026-11-01T00:00:00Z",
        "value": group | {"time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"},
    }
    records = (plan(), record, profile(group_id="g"), usage("data", bytes_up=1))

    own, shared = state_of(*records), state_of(*records, key=f"{PREFIX}g")

    assert "shares the allowances of g" == dict(standing(own, clock_ms=ms(NOON)).facts)["group"]
    assert f"of {SUBSCRIBER}, 1 lines" == dict(standing(shared, clock_ms=ms(NOON)).facts)["group"]


@pytest.mark.parametrize(
    ("span_ms", "words"),
    [(-5, "0 s"), (3_999, "3 s"), (120_000, "2 min"), (7_200_000, "2 h"), (200_000_000, "2 days")],
)
def test_an_age_is_said_in_its_largest_unit(span_ms: int, words: str) -> None:
    """Clocks of two machines may differ a little: nothing is from the future."""
    assert words == ago(span_ms)
