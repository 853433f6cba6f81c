"""Going live in mid-period: a total from billing takes the place of what was counted up to it."""

from typing import Any

import pytest

from schemas.fields import Money
from schemas.outputs import derive_id
from tests.build import (
    NOON,
    SUBSCRIBER,
    Line,
    after,
    allowance,
    data,
    event,
    octets,
    plan,
    profile,
    replay,
    sms,
    tombstone,
)

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:00:00Z"
AS_OF = "2026-11-10T11:00:00Z"
JUST_AFTER = after(AS_OF, ms=1)


def balance(percent: float | str = 50, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return billing's word that so many percent of the usual allowance were used at 11:00."""
    given = {"bucket": "data", "period": "2026-11-01", "used": octets(percent), "as_of": AS_OF}
    return event("balance.reported", **{**given, **own})


def correction(percent: float, was: float, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a correction of the record "o"."""
    return data(percent, corrects={"record_id": "o", "was": {"bytes_up": octets(was)}}, **own)


# -- the total


def test_balance_is_the_total_where_nothing_was_counted() -> None:
    """The bucket begins with it."""
    assert 5_000_000 == replay([balance(50)]).used()


@pytest.mark.parametrize("used", [0, 20, 50, 90])
def test_balance_replaces_what_was_counted_up_to_it(used: int) -> None:
    """Whether we had counted more or less."""
    fed = replay([data(30, at="2026-11-05T00:00:00Z"), data(20, at=AS_OF), balance(used)])

    assert octets(used) == fed.used()


@pytest.mark.parametrize(("at", "used"), [(AS_OF, 50), (JUST_AFTER, 60)])
@pytest.mark.parametrize("is_first", [True, False], ids=["record first", "balance first"])
def test_record_that_started_at_the_balances_time_is_in_it(at: str, used: int, *, is_first: bool) -> None:
    """``as_of`` is inclusive, in either order of arrival."""
    record, word = data(10, at=at, arrives=NOON), balance(50)
    fed = replay([record, word] if is_first else [word, record])

    assert octets(used) == fed.used()


def test_records_after_it_add() -> None:
    """What starts later counts on."""
    assert 7_000_000 == replay([balance(50), data(15), data(5, at=after(NOON, days=3))]).used()


def test_late_records_from_before_it_are_not_counted_again() -> None:
    """They are in the balance; they are applied, and in the history all the same."""
    fed = replay([balance(50), data(30, at="2026-11-09T00:00:00Z", arrives=NOON)])
    state = fed.state()

    assert state is not None
    assert (5_000_000, 1, 3_000_000) == (
        fed.used(),
        fed.count("applied"),
        sum(state.windows["data"].days.values()),
    )


def test_balance_that_arrives_after_later_records_keeps_them() -> None:
    """Total = used + the billable quantity of what started after ``as_of``."""
    #  |--- 30 % --- as_of 11:00 --- 10 % --- 5 % --- here it arrives ---|
    records = [data(30, at="2026-11-09T00:00:00Z"), data(10, at=after(AS_OF, minutes=10)), data(5)]
    fed = replay([*records, balance(50, at=after(NOON, hours=1))])

    assert 6_500_000 == fed.used()


@pytest.mark.parametrize("count", [7, 8, 9, 40])
def test_later_records_are_kept_however_many(count: int) -> None:
    """From whole UTC hours after the hour of ``as_of``, within 168 of them."""
    later = [data(1, at=after("2026-11-10T12:00:00Z", minutes=number)) for number in range(count)]
    fed = replay([data(30, at="2026-11-09T00:00:00Z"), *later, balance(50, at=after(NOON, hours=1))])

    assert octets(50 + count) == fed.used()


def test_newest_records_of_the_hour_are_kept_one_by_one() -> None:
    """The last 8 counted: of the hour of ``as_of`` those after it add, those before it do not."""
    in_hour = [data(1, at=after(AS_OF, minutes=number - 4), arrives=NOON) for number in range(8)]
    exact = [data(1, at=after("2026-11-10T10:56:00Z", minutes=number)) for number in range(8)]
    older = [data(1, at=after("2026-11-01T00:00:00Z", hours=number)) for number in range(20)]

    assert octets(50 + 3) == replay([*older, *in_hour, balance(50)]).used()
    assert octets(50 + 3) == replay([*older, *exact, balance(50)]).used()


@pytest.mark.parametrize(
    ("as_of", "used"), [(AS_OF, 70), ("2026-11-10T11:59:59.999Z", 50), ("2026-11-10T11:59:59Z", 50)]
)
def test_hour_that_is_not_known_one_by_one_is_where_most_of_it_lies(as_of: str, used: int) -> None:
    """Twenty records of the hour: after a total on the hour, in one of its last second."""
    records = [data(1, at=after(AS_OF, minutes=1 + number)) for number in range(20)]
    fed = replay([data(1, at="2026-11-01T00:00:00Z"), *records, balance(50, as_of=as_of)])

    assert octets(used) == fed.used()


def test_days_tell_what_came_after_it_for_five_weeks() -> None:
    """A total of the 4th that is read on the 20th keeps what started since: 12, 9 and 10 %."""
    days = {
        "2026-11-02T00:00:00Z": 15,
        "2026-11-05T12:00:00Z": 12,
        "2026-11-08T12:00:00Z": 9,
        "2026-11-20T12:00:00Z": 10,
    }
    records = [data(1, at=after(day, minutes=place)) for day, count in days.items() for place in range(count)]
    late = balance(50, as_of="2026-11-04T23:59:59.999Z", at="2026-11-20T13:00:00Z")

    assert octets(50 + 12 + 9 + 10) == replay([*records, late]).used()


def test_total_of_a_whole_period_has_all_of_it() -> None:
    """Up to its last instant nothing is after it, however long ago that is."""
    records = [data(1, at=after(AS_OF, days=place)) for place in range(20)]
    since = [data(1, at=after(END, days=40, minutes=place)) for place in range(9)]
    late = balance(50, as_of=after(END, ms=-1), at=after(END, days=41))

    assert octets(50) == replay([*records, *since, late]).used()


def test_rounded_calls_after_it_add_as_billed() -> None:
    """Billable quantity: each call rounded by itself."""
    minutes = plan(allowance("voice", None, rounding="60/60"))
    calls = [
        {"type": "voice", "duration_s": 61, "subscriber_id": SUBSCRIBER, "started_at": at}
        for at in (AS_OF, NOON)
    ]
    fed = replay(
        [minutes, *({"topic": "cdr", "value": call} for call in calls), balance(bucket="voice", used=600)]
    )

    assert 720 == fed.used("voice")


def test_other_buckets_stand() -> None:
    """A balance is of one bucket."""
    fed = replay([plan(allowance(), allowance("sms", 100)), sms(7, at=AS_OF), balance(50)])

    assert (5_000_000, 7) == (fed.used(), fed.used("sms"))


def test_same_balance_twice_is_a_duplicate() -> None:
    """An event as any."""
    once = balance(50, event_id="b")

    assert 1 == replay([once, once]).count("duplicate", "usage-events")


def test_balance_leaves_the_history_alone() -> None:
    """It is a total, not a record: no window knows of it."""
    state = replay([data(10), balance(50)]).state()

    assert state is not None
    assert 1_000_000 == sum(state.windows["data"].days.values())


def test_balance_below_zero_is_an_error() -> None:
    """Quantities are 0 or more."""
    fed = replay([data(10), balance(used=-1)])

    assert (["negative_quantity"], 1_000_000) == (fed.reasons, fed.used())


def test_balance_waits_for_a_profile() -> None:
    """Without one nobody knows the period; then it is taken."""
    fed = replay([plan(), balance(85), profile(arrives=after(NOON, hours=1))], is_bare=True)

    assert ([("near_limit", 80)], 8_500_000) == (fed.found, fed.used())


def test_balance_ends_with_the_subscriber() -> None:
    """A tombstone deletes it: a new subscriber of that number begins with nothing."""
    later = after(NOON, hours=1)
    fed = replay(
        [
            profile(),
            balance(50),
            tombstone(arrives=later),
            profile(arrives=later),
            data(7, at=AS_OF, arrives=later),
        ]
    )

    assert 700_000 == fed.used()


# -- two of them


def test_newer_balance_wins() -> None:
    """By ``as_of``: it replaces what the first one said and what came between."""
    fed = replay(
        [
            balance(50),
            data(10, at=after(AS_OF, minutes=30)),
            balance(70, as_of=NOON),
            data(5, at=after(NOON, ms=1)),
        ]
    )

    assert 7_500_000 == fed.used()


def test_older_balance_that_arrives_later_changes_nothing() -> None:
    """Later ``as_of`` wins, not later arrival."""
    fed = replay([data(10), balance(50, as_of=NOON), balance(90, as_of=AS_OF, at=after(NOON, hours=1))])

    assert ([], 5_000_000) == (fed.found, fed.used())
    assert 2 == fed.count("applied", "usage-events")


@pytest.mark.parametrize("used", [(50, 60), (60, 50)])
def test_larger_of_two_balances_of_the_same_instant_stands(used: tuple[int, int]) -> None:
    """Whichever comes first."""
    assert octets(70) == replay([data(10), *(balance(one) for one in used)]).used()


def test_newer_balance_may_say_less() -> None:
    """Billing has corrected itself: what the first one raised is resolved."""
    fed = replay([balance(85), balance(60, as_of=NOON)])

    assert ([("near_limit", 80), ("resolved", None)], 6_000_000) == (fed.found, fed.used())


# -- which period


@pytest.mark.parametrize("day", ["2026-11-02", "2026-10-31", "2026-11-30"])
def test_day_on_which_no_period_starts_is_wrong(day: str) -> None:
    """``bad_field``, and nothing is changed."""
    fed = replay([data(10), balance(50, period=day)])

    assert (["bad_field"], 1_000_000) == (fed.reasons, fed.used())
    assert fed.dead[0].detail.startswith("period")


@pytest.mark.parametrize(("day", "reasons"), [("2026-11-15", []), ("2026-11-01", ["bad_field"])])
def test_first_day_is_by_the_subscribers_cycle(day: str, reasons: list[str]) -> None:
    """Cycle day 15 in Shanghai: the period of its name."""
    who = profile(cycle_day=15, time_zone="Asia/Shanghai")
    fed = replay([who, balance(50, period=day, at="2026-11-20T12:00:00Z", as_of="2026-11-20T11:00:00Z")])

    assert (reasons, 0 if reasons else 5_000_000) == (fed.reasons, fed.used(period="2026-11-15"))


def test_day_must_be_a_day() -> None:
    """Dates are YYYY-MM-DD."""
    assert ["bad_field"] == replay([balance(50, period="2026-11")]).reasons


@pytest.mark.parametrize(
    ("span", "reasons"), [({"minutes": 5}, []), ({"minutes": 5, "ms": 1}, ["in_future"])], ids=str
)
def test_balance_is_of_no_future(span: dict[str, int], reasons: list[str]) -> None:
    """``as_of`` more than 5 minutes after its arrival, as an event time."""
    fed = replay([balance(50, as_of=after(NOON, **span))])

    assert (reasons, 0 if reasons else 5_000_000) == (fed.reasons, fed.used())


# -- what follows


def test_level_that_the_balance_reaches_is_raised() -> None:
    """Levels are looked at; the cause is the event."""
    fed = replay([data(10, at=AS_OF), balance(85, event_id="b")])

    [told] = fed.signals
    assert ("near_limit", 80, 8_500_000, 0, False) == (
        told.kind(),
        told.level,
        told.used,
        told.generation,
        told.late,
    )
    assert [("usage-events", "b")] == [(one.topic, one.record_id) for one in told.evidence]
    assert after(NOON) == told.at
    assert 1 == len(fed.care)


@pytest.mark.parametrize(("percent", "levels"), [("79.99999", []), ("80", [80]), ("100", [80, 100])])
def test_level_is_inclusive_of_a_balance(percent: str, levels: list[int]) -> None:
    """As of any total."""
    assert levels == [one.level for one in replay([balance(percent)]).signals]


def test_level_that_the_balance_takes_back_is_resolved() -> None:
    """Resolved is possible: billing knows of less. True again: ``reinstated``."""
    fed = replay([data(85, at=AS_OF), balance(30), data(50)])

    [raised, gone, again] = fed.signals
    assert [("resolved", raised.id, 1), ("reinstated", raised.id, 1)] == [
        (one.kind(), one.of, one.n) for one in (gone, again)
    ]
    assert 1 == len(fed.care)


def test_balance_that_says_the_same_says_nothing() -> None:
    """No signal, and none again."""
    assert [("near_limit", 80)] == replay([data(85, at=AS_OF), balance(85)]).found


def test_balance_in_a_bucket_that_the_plan_does_not_name() -> None:
    """Its amount is 0: anything used is over."""
    assert [("overage", None)] == replay([balance(bucket="sms", used=1)]).found
    assert [] == replay([balance(bucket="sms", used=0)]).found


def test_charge_of_the_plan_follows_the_balance() -> None:
    """15 % over are two units."""
    [told] = [one for one in replay([balance(115)]).signals if one.kind() == "overage"]

    assert Money("10.00", "CNY") == told.charge


def test_own_charges_of_records_are_not_touched() -> None:
    """A balance is of quantities: what the records cost stays their sum."""
    charge = {"amount": "3.00", "currency": "CNY"}
    fed = replay([data(10, at=AS_OF, charge=charge), balance(90), data(20)])

    [told] = [one for one in fed.signals if one.kind() == "overage"]
    assert Money("3.00", "CNY") == told.charge


def test_generation_is_untouched() -> None:
    """A balance is no change of the allowance: what was raised is not said again."""
    bought = event("addon.purchased", addon_id="a", bucket="data", amount=octets(50), at=AS_OF)
    fed = replay([bought, data(125, at=AS_OF), balance(130), data(25)])

    assert [(80, 1, 12_500_000), (100, 1, 15_500_000)] == [
        (one.level, one.generation, one.used) for one in fed.signals if one.kind() == "near_limit"
    ]


def test_generation_is_untouched_where_a_grant_has_lapsed() -> None:
    """How much of it was drawn may be known better now; that is no new generation either."""
    #  |--- + 50 % until the 8th, 20 % used, it lapses --- balance at the 10th ---|
    bought = event(
        "addon.purchased",
        addon_id="a",
        bucket="data",
        amount=octets(50),
        at="2026-11-02T00:00:00Z",
        expires_at="2026-11-08T00:00:00Z",
    )
    fed = replay([bought, data(20, at="2026-11-03T00:00:00Z"), balance(90), data(1_000)])

    assert {2} == {one.generation for one in fed.signals if one.kind() == "overage"}


# -- corrections and provisional records


def test_correction_of_what_is_in_the_balance_counts_nothing() -> None:
    """It started when its original did; billing knew better already."""
    fed = replay([data(30, at=AS_OF, record_id="o"), balance(50), correction(10, 30, at=AS_OF, arrives=NOON)])

    assert 5_000_000 == fed.used()


def test_correction_of_what_came_after_counts() -> None:
    """The original added, so its correction takes off."""
    fed = replay([balance(50), data(30, record_id="o"), correction(10, 30)])

    assert 6_000_000 == fed.used()


@pytest.mark.parametrize(
    ("was_at", "is_at", "used"),
    [(AS_OF, AS_OF, 50), (AS_OF, NOON, 70), (NOON, AS_OF, 50), (NOON, NOON, 70)],
    ids=["both in it", "final after it", "provisional after it", "both after it"],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_replacement_takes_off_what_it_counted_and_no_more(
    was_at: str, is_at: str, used: int, place: int
) -> None:
    """What is in the balance is not taken off it, wherever among the two the balance comes."""
    lines = [
        data(30, at=was_at, arrives=NOON, record_id="p", provisional=True),
        data(20, at=is_at, arrives=NOON, record_id="t", replaces={"source": "", "record_id": "p"}),
    ]
    lines.insert(place, balance(50))

    assert octets(used) == replay(lines).used()


# -- closed periods


def test_closed_period_is_opened_within_a_notice() -> None:
    """A balance of November in December: looked at, marked late; December is untouched."""
    late = balance(85, at=after(END, hours=1), as_of=BEFORE_END)
    fed = replay([data(1, at=END), late])

    assert [("2026-11-01", 80, True)] == [(one.period, one.level, one.late) for one in fed.signals]
    assert (8_500_000, 100_000) == (fed.used(), fed.used(period="2026-12-01"))


def test_closed_period_is_adjusted_later() -> None:
    """No levels: what it was and what it is."""
    late = balance(85, at=after(END, hours=24), as_of=BEFORE_END, event_id="b", source="billing")
    fed = replay([data(10), late])

    [told] = fed.signals
    assert ("late_adjustment", "2026-11-01", 1_000_000, 8_500_000) == (
        told.kind(),
        told.period,
        told.used_before,
        told.used_after,
    )
    assert (
        derive_id("signals", "late_adjustment", SUBSCRIBER, "data", "2026-11-01", "billing", "b") == told.id
    )


@pytest.mark.parametrize(("span", "reasons"), [({"ms": -1}, []), ({"ms": 0}, ["too_late"])], ids=str)
def test_sixty_days_after_its_end_a_period_is_opened_no_more(
    span: dict[str, int], reasons: list[str]
) -> None:
    """By the arrival of the balance and the end of the period that it names."""
    late = balance(85, at=after(after(END, days=60), **span), as_of=BEFORE_END)
    fed = replay([late])

    assert (reasons, 0 if reasons else 8_500_000) == (fed.reasons, fed.used())
