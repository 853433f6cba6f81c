"""The oracle's counting on cases small enough to do in the head: what it says is written out here.

Nothing of `streams` runs.
"""

from decimal import Decimal

import pytest

from tests.oracle.by_hand import CHARGE, END, MONTH, NOON, corrects, data, plan, profile, read, said, voice
from tests.oracle.oracle_periods import Rule, instant, period_at, rules_of, text

# -- periods


SPANS = {
    ("UTC", 1, NOON): ("2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
    ("UTC", 31, NOON): ("2026-10-31T00:00:00.000Z", "2026-11-30T00:00:00.000Z"),
    ("UTC", 30, "2026-02-27T00:00:00Z"): ("2026-01-30T00:00:00.000Z", "2026-02-28T00:00:00.000Z"),
    ("Asia/Shanghai", 1, NOON): ("2026-10-31T16:00:00.000Z", "2026-11-30T16:00:00.000Z"),
    # Clocks go back at two in the morning of the first.
    ("America/New_York", 1, NOON): ("2026-11-01T04:00:00.000Z", "2026-12-01T05:00:00.000Z"),
    # They go from midnight to one.
    ("Asia/Beirut", 29, "2026-04-01T00:00:00Z"): ("2026-03-28T22:00:00.000Z", "2026-04-28T21:00:00.000Z"),
    # The 30th was left out: from the 29th, ten hours behind, to the 31st, fourteen ahead.
    ("Pacific/Apia", 30, "2012-01-05T00:00:00Z"): ("2011-12-30T10:00:00.000Z", "2012-01-29T10:00:00.000Z"),
}


@pytest.mark.parametrize(("rule", "span"), SPANS.items(), ids=str)
def test_period_begins_at_local_midnight_of_the_cycle_day(
    rule: tuple[str, int, str], span: tuple[str, str]
) -> None:
    """In a short month on its last day; where there is no midnight, at the first instant of the day."""
    zone, cycle_day, at = rule
    period = period_at([Rule(0, zone, cycle_day)], instant(at))

    assert span == (text(period.starts_ms), text(period.ends_ms))


def test_period_is_named_by_its_local_first_day() -> None:
    """Also where the cycle day itself was left out."""
    apia = Rule(0, "Pacific/Apia", 30)

    assert "2011-12-31" == period_at([apia], instant("2012-01-05T00:00:00Z")).day
    assert "2011-11-30" == period_at([apia], instant("2011-12-30T09:59:59.999Z")).day


def test_another_cycle_day_leaves_the_open_period_its_end() -> None:
    """The next starts there and ends by the new rule."""
    #  |--- Nov 1 --- change to the 20th --- Dec 1 | Dec 20 |
    rules = rules_of([(instant("2026-10-01T00:00:00Z"), "UTC", 1), (instant(NOON), "UTC", 20)])
    days = ["2026-11-25", "2026-12-05", "2026-12-25"]

    assert ["2026-11-01", "2026-12-01", "2026-12-20"] == [
        period_at(rules, instant(f"{day}T00:00:00Z")).day for day in days
    ]


# -- counting


def test_levels_are_inclusive_and_over_begins_above() -> None:
    """799 says nothing, 800 says 80, 1000 says 100, 1001 is over and costs the first 100 begun."""
    assert [] == said(read(data(799, "a")))
    assert [("near_limit", 80)] == said(read(data(799, "a"), data(1, "b")))
    oracle = read(data(1000, "a"), data(1, "b"))
    assert [("near_limit", 80), ("near_limit", 100), ("overage", 0)] == said(oracle)
    assert {MONTH: Decimal("1.50")} == oracle.charges()


def test_calls_are_rounded_one_by_one() -> None:
    """Two calls of 61 s at 60/60 are 240 s; an incoming one is none."""
    minutes = {"bucket": "voice", "amount": 600, "rounding": "60/60", "beyond": CHARGE}
    calls = [voice(61, "a"), voice(61, "b"), voice(0, "c"), voice(500, "d", direction="in")]

    assert {("s", "voice", "2026-11-01"): 240} == read(plan("p", 1000, minutes), *calls).totals()


def test_roaming_has_its_own_bucket_where_the_plan_has_one() -> None:
    """A plan without it counts it at home; zero-rated usage is in the day's history only."""
    abroad = {"bucket": "data.roaming", "amount": 50, "beyond": {"action": "block"}}
    usage = [data(50, "a", roaming=True), data(7, "b", zero_rated=True), data(8, "c")]

    assert {MONTH: 58} == read(*usage).totals()
    oracle = read(plan("p", 1000, abroad), *usage)
    assert {MONTH: 8, ("s", "data.roaming", "2026-11-01"): 50} == oracle.totals()
    assert ({instant(NOON) // 3_600_000: 8}, {instant(NOON) // 86_400_000: 15}) == oracle.windows()[
        "s", "data"
    ]
    assert [("near_limit", 80), ("near_limit", 100), ("exhausted", None)] == said(oracle)


def test_throttled_is_never_over() -> None:
    """No level of 100, no overage, no charge."""
    oracle = read(plan("p", 1000, action="throttle", to_kbps=128), data(1500, "a"))

    assert [("near_limit", 80), ("throttled", None)] == said(oracle)
    assert {} == oracle.charges()


def test_repeat_counts_once_and_other_content_is_a_conflict() -> None:
    """For three days after its arrival; later it is applied and unverified."""
    again = [data(1, "a", arrives=f"2026-11-{day}T12:00:00Z") for day in ("10", "13", "14")]
    oracle = read(*again, data(2, "a", arrives="2026-11-14T12:00:00Z"))

    assert {MONTH: 2} == oracle.totals()
    assert (2, 1, 1, 1) == tuple(
        oracle.ledger["cdr", word] for word in ("applied", "duplicate", "unverified", "conflict")
    )


# -- late


@pytest.mark.parametrize(
    ("arrives", "expected"),
    [
        ("2026-11-30T23:59:59.999Z", [("near_limit", 80)]),
        ("2026-12-01T23:59:59.999Z", [("near_limit", 80)]),
        ("2026-12-02T00:00:00Z", [("late_adjustment", None)]),
        ("2027-01-29T23:59:59.999Z", [("late_adjustment", None)]),
        ("2027-01-30T00:00:00Z", []),
    ],
)
def test_lateness_is_of_the_record(arrives: str, expected: list[tuple[str, object]]) -> None:
    """Raised until 24 hours after the end, adjusted until 60 days after it, then a dead letter."""
    oracle = read(data(800, "a", arrives=arrives))

    assert expected == said(oracle)
    assert {arrives >= END} >= {one["late"] for one in oracle.signals if "late" in one}
    assert (len(expected), 1 - len(expected)) == (
        oracle.ledger["cdr", "applied"],
        oracle.ledger["cdr", "too_late"],
    )


def test_usage_of_a_former_holder_of_the_number_is_too_late() -> None:
    """Before local midnight of ``joined_on``."""
    shanghai = profile(joined_on="2026-11-10", time_zone="Asia/Shanghai")
    before, after = "2026-11-09T15:59:59.999Z", "2026-11-09T16:00:00Z"

    assert 5 == read(shanghai, data(3, "a", at=before), data(5, "b", at=after)).totals()[MONTH]


# -- corrected


def test_correction_down_and_up_says_no_level_twice() -> None:
    """80 % is said, resolved, reinstated."""
    #  |--- 800 --- 300 less --- 400 more ---|
    oracle = read(data(800, "a"), data(500, "b", corrects=corrects("a", 800)), data(400, "c"))

    assert [("near_limit", 80), ("resolved", 1), ("reinstated", 1)] == said(oracle)
    assert [oracle.signals[0]["id"]] * 2 == [one["of"] for one in oracle.signals if "of" in one]
    assert {MONTH: 900} == oracle.totals()


def test_correction_may_come_first() -> None:
    """Sums commute; until the original comes nothing below zero is shown."""
    oracle = read(data(0, "b", corrects=corrects("a", 800)), data(800, "a"))

    assert ([], {}) == (said(oracle), oracle.totals())


def test_replacement_takes_off_the_provisional_record_once() -> None:
    """Two that replace one both count; one that came before its provisional record makes that nothing."""
    early = data(500, "a", provisional=True)
    final = [data(100, name, replaces={"source": "", "record_id": "a"}) for name in ("b", "c")]

    assert {MONTH: 100} == read(early, final[0]).totals() == read(final[0], early).totals()
    assert {MONTH: 200} == read(early, *final).totals()


def test_id_is_the_hash_of_what_it_is_about() -> None:
    """First 32 hex digits of SHA-256 over ``["signals","near_limit","s","data","2026-11-01",80,0]``."""
    [signal] = read(data(800, "a")).signals[:1]

    assert "2ab834f639863937dc9972bf50fb5b31" == signal["id"]
