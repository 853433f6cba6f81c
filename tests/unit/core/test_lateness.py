"""Lateness depends on the record alone: on its arrival and the end of its period."""

import pytest

from schemas.fields import Money
from schemas.outputs import derive_id
from tests.build import SUBSCRIBER, Line, after, data, profile, replay, voice

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:00:00Z"


def late(arrives: str, **own: object) -> Line:
    """Return 80 % of November, or the ``bytes_up`` given, that arrives so late."""
    return data(None if "bytes_up" in own else 80, at=BEFORE_END, arrives=arrives, **own)


@pytest.mark.parametrize(
    ("arrives", "marks"),
    [(after(END, ms=-1), [False]), (END, [True]), (after(END, minutes=1), [True])],
)
def test_level_is_marked_late_from_the_periods_end_on(arrives: str, marks: list[bool]) -> None:
    """It counts and raises what it raises, marked late if arrival >= E."""
    assert marks == [signal.late for signal in replay([late(arrives)]).signals]


def test_late_usage_still_counts_in_its_period() -> None:
    """A record that arrives one minute after the period's end."""
    fed = replay([late(after(END, minutes=1)), data(10, at=END, arrives=after(END, minutes=2))])

    assert (8_000_000, 1_000_000) == (fed.used(), fed.used(period="2026-12-01"))


@pytest.mark.parametrize(
    ("country", "hours"), [("CN", 24), ("AU", 48), ("IN", 24), ("ZA", 24), ("JM", 24), ("US", 24)]
)
def test_notice_span_is_the_jurisdictions_and_half_open(country: str, hours: int) -> None:
    """Arrival < E + notice_within: 24 h, in Australia 48."""
    who = profile(jurisdiction=country)
    just_in = replay([who, late(after(END, hours=hours, ms=-1))])
    later = replay([who, late(after(END, hours=hours))])

    assert [True] == list({signal.late for signal in just_in.signals})
    assert ([], ["late_adjustment"]) == (later.reasons, [signal.kind() for signal in later.signals])


def test_later_than_a_notice_it_counts_and_is_told_as_an_adjustment() -> None:
    """No levels, no notice: what it was and what it is, under the record's own identity."""
    fed = replay([data(110), late(after(END, days=59), record_id="r", source="tap")])
    [told] = fed.signals[3:]

    assert ("late_adjustment", "data", "2026-11-01", 11_000_000, 19_000_000) == (
        told.kind(),
        told.bucket,
        told.period,
        told.used_before,
        told.used_after,
    )
    assert (Money("5.00", "CNY"), Money("45.00", "CNY")) == (told.charge_before, told.charge_after)
    assert derive_id("signals", "late_adjustment", SUBSCRIBER, "data", "2026-11-01", "tap", "r") == told.id
    assert 19_000_000 == fed.used()
    assert ["limit_notice"] == [one.type for one in fed.care if one.type != "greeting"]  # of New Year


def test_late_record_that_changes_nothing_adjusts_nothing() -> None:
    """A quantity of zero counts, and there is nothing to tell."""
    fed = replay([late(after(END, days=9), bytes_up=0)])

    assert ([], 1) == (fed.signals, fed.count("applied"))


@pytest.mark.parametrize(("span", "reasons"), [({"ms": -1}, []), ({"ms": 0}, ["too_late"])])
def test_sixty_days_after_the_end_it_is_too_late(span: dict[str, int], reasons: list[str]) -> None:
    """Half-open: the last millisecond before E + 60 days counts."""
    fed = replay([late(after(after(END, days=60), **span))])

    assert (reasons, 0 if reasons else 8_000_000) == (fed.reasons, fed.used())


@pytest.mark.parametrize("days", [60, 61, 3000])
def test_later_still_is_a_dead_letter(days: int) -> None:
    """The detail says which field, and why."""
    fed = replay([late(after(END, days=days))])

    assert ["too_late"] == fed.reasons
    assert "started_at: arrived 60 days or more after" in fed.dead[0].detail
    assert (0, []) == (fed.used(), fed.signals)


@pytest.mark.parametrize(
    ("started_at", "reasons"),
    [("2026-11-04T15:59:59.999Z", ["too_late"]), ("2026-11-04T16:00:00Z", [])],
)
def test_usage_from_before_the_subscriber_joined_is_somebody_elses(
    started_at: str, reasons: list[str]
) -> None:
    """A number that changed hands: from local midnight of ``joined_on`` on it is this subscriber's."""
    fed = replay([profile(joined_on="2026-11-05", time_zone="Asia/Shanghai"), data(1, at=started_at)])

    assert reasons == fed.reasons
    assert [True] * len(reasons) == ["joined_on" in dead.detail for dead in fed.dead]


def test_lateness_is_by_arrival_and_not_by_what_was_read_before() -> None:
    """A backlog whose newest records were read first loses nothing."""
    newest = data(1, at="2026-12-20T00:00:00Z")
    fed = replay([newest, late(after(END, hours=23))])

    assert [("near_limit", 80)] == fed.found


def test_record_that_came_in_time_is_not_late_however_late_it_is_read() -> None:
    """A backlog of two days over a period's end raises the same as if it had been read in time."""
    in_time = late(after(BEFORE_END, minutes=1))
    after_it = data(1, at=after(END, days=2))

    assert replay([in_time, after_it]).signals[0].id == replay([after_it, in_time]).signals[0].id
    assert [False] == [signal.late for signal in replay([after_it, in_time]).signals]


@pytest.mark.parametrize(
    ("span", "reasons"), [({"minutes": 5}, []), ({"minutes": 5, "ms": 1}, ["in_future"])]
)
def test_future_begins_after_five_minutes(span: dict[str, int], reasons: list[str]) -> None:
    """Event time more than 5 minutes after the record's own arrival."""
    arrives = "2026-11-10T12:00:00Z"
    fed = replay([voice(1, at=after(arrives, **span), arrives=arrives)])

    assert reasons == fed.reasons


def test_periods_are_kept_until_sixty_days_after_their_end() -> None:
    """The open one and every closed one until its E + 60 days."""
    october = data(1, at="2026-10-15T00:00:00Z")  # ends 2026-11-01, kept until 2026-12-31
    last_day = data(1, at="2026-12-30T23:59:59Z")
    too_far = data(1, at="2027-01-01T00:00:00Z")

    assert ["2026-10-01", "2026-12-01"] == [one.day for one in replay([october, last_day]).periods()]
    assert ["2026-12-01", "2027-01-01"] == [one.day for one in replay([october, last_day, too_far]).periods()]
