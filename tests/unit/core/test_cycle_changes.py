"""What another zone or cycle day does to the open period."""

from tests.build import NOON, Line, after, allowance, data, plan, profile, replay

CHANGED = after(NOON, hours=1)
SMALL = plan(allowance(amount=5_000_000), plan_id="small", version=4)


def two_days(change: Line, *more: Line) -> list[tuple[str, str]]:
    """Return name and end of the periods that usage is in after a change on the 10th."""
    signals = replay([data(80), change, *more]).signals
    return [(one.period, one.period_ends_at) for one in signals]


def test_another_cycle_day_leaves_the_open_period_its_end() -> None:
    """The next starts there and ends by the new rule."""
    #  |--- Nov 1 --- change to the 20th --- Dec 1 | Dec 20 | Jan 20
    periods = two_days(
        profile(arrives="2026-10-20T00:00:00Z"),
        profile(cycle_day=20, arrives=CHANGED),
        data(80, at="2026-11-30T23:59:59Z"),
        data(80, at="2026-12-01T00:00:00Z"),
        data(80, at="2026-12-20T00:00:00Z"),
    )

    assert [
        ("2026-11-01", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01", "2026-12-20T00:00:00.000Z"),
        ("2026-12-20", "2027-01-20T00:00:00.000Z"),
    ] == sorted(set(periods))


def test_another_zone_leaves_the_open_period_its_end() -> None:
    """The next starts at the old zone's midnight and ends by the new zone's."""
    periods = two_days(
        profile(arrives="2026-10-20T00:00:00Z"),
        profile(time_zone="America/New_York", arrives=CHANGED),
        data(80, at="2026-11-30T23:59:59.999Z"),
        data(80, at="2026-12-01T05:00:00Z"),
    )

    assert [
        ("2026-11-01", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01", "2027-01-01T05:00:00.000Z"),
    ] == sorted(set(periods))


def test_gap_between_the_old_end_and_the_new_rule_is_a_period() -> None:
    """From UTC's midnight to New York's there are five hours that begin on 30 November in New York."""
    periods = two_days(
        profile(arrives="2026-10-20T00:00:00Z"),
        profile(time_zone="America/New_York", arrives=CHANGED),
        data(80, at="2026-12-01T00:00:00Z"),
    )

    assert ("2026-11-30", "2026-12-01T05:00:00.000Z") in periods


def test_change_and_back_within_a_period_changes_nothing() -> None:
    """A mistake that is taken back leaves no trace."""
    periods = two_days(
        profile(arrives="2026-10-20T00:00:00Z"),
        profile(cycle_day=20, arrives=CHANGED),
        profile(arrives=after(CHANGED, hours=1)),
        data(80, at="2026-12-15T00:00:00Z"),
    )

    assert ("2026-12-01", "2027-01-01T00:00:00.000Z") in periods


def test_plan_and_cycle_day_may_change_together() -> None:
    """The plan holds for the whole open period, the cycle day from its end on."""
    fed = replay(
        [
            plan(),
            SMALL,
            profile(),
            data(40),
            profile(plan_id="small", cycle_day=20, arrives=CHANGED),
            data(40, at="2026-12-01T00:00:00Z"),
        ]
    )

    assert [
        ("small", "2026-11-01", "2026-12-01T00:00:00.000Z"),
        ("small", "2026-12-01", "2026-12-20T00:00:00.000Z"),
    ] == [(one.plan_id, one.period, one.period_ends_at) for one in fed.signals if one.level == 80]


def test_first_profile_decides_usage_from_before_it() -> None:
    """Usage of the open period that was held counts under the profile that came."""
    fed = replay([plan(), data(80, at="2026-11-09T12:00:00Z"), profile(arrives=NOON)], is_bare=True)

    assert [("2026-11-01", False)] == [(one.period, one.late) for one in fed.signals]
