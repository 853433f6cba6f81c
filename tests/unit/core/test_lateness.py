"""Lateness depends on the record alone: on its arrival and the end of its period."""

import pytest

from tests.build import Line, after, data, profile, replay, voice

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:00:00Z"


def late(arrives: str, **own: object) -> Line:
    """Return 80 % of November that arrives so late."""
    return data(80, at=BEFORE_END, arrives=arrives, **own)


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
    too_late = replay([who, late(after(END, hours=hours))])

    assert [True] == list({signal.late for signal in just_in.signals})
    assert (["too_late"], []) == (too_late.reasons, too_late.found)


@pytest.mark.parametrize("days", [30, 60, 61, 3000])
def test_later_still_is_a_dead_letter(days: int) -> None:
    """Until `late_adjustment` is built, all that is later is ``too_late``, with a clear detail."""
    fed = replay([late(after(END, days=days))])

    assert ["too_late"] == fed.reasons
    assert "started_at" in fed.dead[0].detail
    assert 0 == fed.used()


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
