"""A purchase that is read after what it covers has expired: what was used before is found out again.

Read in time, all is known. Read late, what the bucket still knows decides: its newest 8 records to the
millisecond, 168 hours, 35 days. Of the hour or day in which the add-on expired, what is not known one by one
counts as used after it: so less is said to be left than there is, never more.
"""

from typing import Any

import pytest

from tests.build import (
    Line,
    after,
    allowance,
    data,
    event,
    family,
    octets,
    plan,
    profile,
    replay,
    usage,
)

START = "2026-11-02T00:00:00Z"
EXPIRES = "2026-11-03T00:30:00Z"
NEXT = "2026-11-20T00:00:00Z"


def purchase(**own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return the purchase of half the usual allowance."""
    given = {"addon_id": "a", "bucket": "data", "amount": octets(50), "at": START, "expires_at": EXPIRES}
    return event("addon.purchased", event_id="e", **{**given, **own})


def series(count: int, start: str, *, minutes: int = 1, percent: float = 1) -> list[Line]:
    """Return so many data records, some minutes apart."""
    return [data(percent, at=after(start, minutes=minutes * place)) for place in range(count)]


def allowed(*lines: Line, bucket: str = "data") -> int | None:
    """Return the allowance of November once every timer has fired."""
    end = event("sim.swapped", at="2027-01-05T00:00:00Z", event_id="end")
    [november] = [one for one in replay([*lines, end]).periods() if one.day == "2026-11-01"]
    return november.buckets[bucket].allowance


def both(
    bought: Line, records: list[Line], *, read_at: str = "2026-11-29T00:00:00Z"
) -> tuple[int | None, int | None]:
    """Return the allowance with the purchase read in time, and read after all records."""
    first = sorted(records, key=lambda one: one["value"]["started_at"])
    return allowed(bought, *first), allowed(*first, {**bought, "timestamp": read_at})


def test_usage_of_the_day_of_the_expiry_is_on_the_careful_side() -> None:
    """9 records after it, weeks ago, and 9 since: nothing was used before it, so all of it has lapsed."""
    records = [*series(9, "2026-11-03T00:40:40Z"), *series(9, NEXT)]

    assert (octets(100), octets(100)) == both(purchase(), records)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata"])
def test_day_is_known_for_thirty_five_days(zone: str) -> None:
    """An expiry at midnight UTC: 12 % were used before it, in whole days, weeks before it is read."""
    records = [*series(12, "2026-11-02T10:00:00Z"), *series(9, "2026-11-03T10:00:00Z"), *series(9, NEXT)]
    bought = purchase(expires_at="2026-11-03T00:00:00Z")
    first = sorted(records, key=lambda one: one["value"]["started_at"])
    who = profile(time_zone=zone)

    assert octets(112) == allowed(who, bought, *first)
    assert octets(112) == allowed(who, *first, {**bought, "timestamp": "2026-11-29T00:00:00Z"})


@pytest.mark.parametrize("before", [1, 9, 20])
def test_hour_is_known_for_a_week(before: int) -> None:
    """An expiry on the hour, read within 168 hours of it: exact however many records there were."""
    records = [
        *series(before, "2026-11-03T12:00:00Z"),
        *series(9, "2026-11-03T13:00:00Z"),
        *series(9, "2026-11-09T10:00:00Z"),
    ]

    assert (octets(100 + before),) * 2 == both(
        purchase(expires_at="2026-11-03T13:00:00Z"), records, read_at="2026-11-09T11:00:00Z"
    )


def test_newest_records_are_known_one_by_one() -> None:
    """Within the hour, too: three of eight started before it."""
    records = [*series(12, "2026-11-02T10:00:00Z"), *series(8, "2026-11-03T00:27:00Z")]

    assert (octets(115),) * 2 == both(purchase(), records)


def test_hour_of_the_expiry_is_on_the_careful_side() -> None:
    """Of ten records before it within the hour, which are among the newest eight no more, none is covered."""
    records = [
        *series(12, "2026-11-02T10:00:00Z"),
        *series(10, "2026-11-03T00:10:00Z"),
        *series(8, "2026-11-03T00:40:00Z"),
    ]

    assert (octets(122), octets(112)) == both(purchase(), records, read_at="2026-11-03T01:00:00Z")


def test_purchase_read_in_time_knows_that_nothing_came_after() -> None:
    """In the very hour of the expiry, after many records: what was read until now started before now."""
    records = series(20, "2026-11-02T10:00:00Z")
    bought = purchase(at="2026-11-02T10:05:00Z", expires_at="2026-11-02T10:59:59Z")
    read = {**bought, "timestamp": "2026-11-02T10:25:00Z"}

    assert octets(120) == allowed(*records, read)


@pytest.mark.parametrize("kind", ["zero-rated", "rounded"])
def test_days_that_do_not_tell_are_on_the_careful_side(kind: str) -> None:
    """Days hold what was measured. What is not counted, or rounded up, never makes more of the allowance."""
    is_call = kind == "rounded"
    bucket, flags = ("voice", {}) if is_call else ("data", {"zero_rated": True})
    minutes = plan(allowance(amount=octets(100)), allowance("voice", 6000, rounding="60/60"))
    bought = purchase(bucket=bucket, amount=600, expires_at="2026-11-03T00:00:00Z")
    days = [day for day in ("2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z", NEXT) for _ in range(9)]
    records = [
        usage("voice", duration_s=1, at=after(day, minutes=place))
        if is_call
        else data(bytes_up=50, at=after(day, minutes=place), **(flags if place % 2 else {}))
        for place, day in enumerate(days)
    ]
    first = allowed(minutes, bought, *records, bucket=bucket)
    last = allowed(minutes, *records, {**bought, "timestamp": "2026-11-29T00:00:00Z"}, bucket=bucket)

    assert first is not None
    assert last is not None
    assert last <= first


def test_what_lies_before_all_that_is_known_is_on_the_careful_side() -> None:
    """35 days after the newest day nothing tells what was before the expiry: then none of it was."""
    records = [*series(12, "2026-11-02T10:00:00Z"), *series(9, "2026-11-03T10:00:00Z")]
    since = series(9, "2026-12-20T10:00:00Z")
    bought = purchase(expires_at="2026-11-03T00:00:00Z", arrives="2026-12-20T11:00:00Z")

    assert octets(100) == allowed(*records, *since, bought)


@pytest.mark.parametrize(
    ("expires_at", "percent"), [("2026-11-03T13:00:00Z", 112), ("2026-11-02T00:00:00Z", 100)]
)
def test_group_knows_hours_and_no_days(expires_at: str, percent: int) -> None:
    """Its lines hold the days: what is older than 168 hours counts as used after the expiry."""
    records = [*series(12, "2026-11-03T12:00:00Z"), *series(9, "2026-11-10T10:00:00Z")]
    bought = purchase(at="2026-11-01T01:00:00Z", expires_at=expires_at, arrives="2026-11-10T11:00:00Z")
    end = event("sim.swapped", at="2026-11-11T00:00:00Z", event_id="end")
    fed = replay([plan(), profile(), family(), *records, bought, end])

    assert [octets(percent)] == [one.buckets["data"].allowance for one in fed.periods("group/family")]


@pytest.mark.parametrize(
    ("before", "after_it", "found"),
    [
        (0, 90, [("near_limit", 80)]),
        (20, 70, [("near_limit", 80), ("resolved", None)]),
        (20, 80, [("near_limit", 80), ("near_limit", 100), ("near_limit", 80), ("resolved", None)]),
    ],
)
def test_purchase_read_after_its_end_has_lapsed_already(
    before: int, after_it: int, found: list[tuple[str, int | None]]
) -> None:
    """What it covers is there at once, the rest never: one generation, and none where it covers nothing."""
    records = [data(before, at=START), data(after_it, at=after(EXPIRES, hours=1))]
    fed = replay([*records, purchase(at=after(START, ms=-1), arrives=after(EXPIRES, hours=2))])
    [november] = fed.periods()

    assert found == fed.found
    assert (octets(100 + before), int(before > 0)) == (
        november.buckets["data"].allowance,
        november.buckets["data"].generation,
    )


def test_no_more_ends_are_kept_than_add_ons() -> None:
    """An add-on for half an hour, bought each hour for five days: those that went have no end any more."""
    hours = [after(START, hours=place) for place in range(120)]
    bought = [
        event(
            "addon.purchased", addon_id="a", bucket="data", amount=1, at=at, expires_at=after(at, minutes=30)
        )
        for at in hours
    ]
    fed = replay([*bought, data(1, at=after(START, days=6))])
    [november] = fed.periods()

    assert 64 == len(november.buckets["data"].since_expiry or ())


# -- with an opening total


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_opening_total_and_late_purchase_commute(place: int) -> None:
    """An opening total from after the expiry: what we counted in between was used after it, in any order."""
    bought = purchase(expires_at="2026-11-03T00:00:00Z", arrives="2026-11-12T00:00:00Z")
    record = data(10, at="2026-11-04T00:00:00Z", arrives="2026-11-12T00:00:00Z")
    word = event(
        "balance.reported",
        bucket="data",
        period="2026-11-01",
        used=octets(40),
        as_of="2026-11-10T00:00:00Z",
        at="2026-11-12T00:00:00Z",
        event_id="b",
    )
    order = [(bought, record, word), (word, bought, record), (word, record, bought), (record, word, bought)][
        place
    ]

    assert octets(130) == allowed(*order)
