"""What a new profile, another plan, zone or cycle day does to the open period."""

import pytest

from tests.build import (
    NOON,
    THROTTLE,
    after,
    allowance,
    data,
    plan,
    profile,
    replay,
    sms,
    tombstone,
)

CHANGED = after(NOON, hours=1)
SMALL = plan(allowance(amount=5_000_000), plan_id="small", version=4)
LARGE = plan(allowance(amount=20_000_000), plan_id="large")


def test_smaller_plan_is_looked_at_at_once() -> None:
    """Used stays, the new allowance holds for the whole open period; ``at`` is the profile's arrival."""
    #  period  |--- 50 % --- plan "small": 100 % of 5 MB ---|
    fed = replay([plan(), SMALL, profile(), data(50), profile(plan_id="small", arrives=CHANGED)])

    assert [("near_limit", 80), ("near_limit", 100)] == fed.found
    assert {("2026-11-10T13:00:00.000Z", 5_000_000, 5_000_000, 1, "small", 4, False)} == {
        (one.at, one.used, one.allowance, one.generation, one.plan_id, one.decided_by.plan_version, one.late)
        for one in fed.signals
    }


def test_evidence_of_a_change_is_the_profile() -> None:
    """The causing record first: the profile, which has no record id."""
    fed = replay([plan(), SMALL, profile(), data(50), profile(plan_id="small", arrives=CHANGED)])

    assert {("subscribers", 0, 5, None)} == {
        (one.topic, one.partition, one.offset, one.record_id)
        for signal in fed.signals
        for one in signal.evidence
    }


def test_larger_plan_arms_the_levels_anew() -> None:
    """``generation`` goes up by one each time the bucket's allowance in that period changes."""
    #  |--- 80 % of 10 MB --- plan "large" --- 16 of 20 MB ---|
    fed = replay(
        [plan(), LARGE, profile(), data(80), profile(plan_id="large", arrives=CHANGED), data(79), data(1)]
    )

    first, gone, second = fed.signals
    assert (80, 0, "p") == (first.level, first.generation, first.plan_id)
    assert ("resolved", first.id, 1) == (gone.kind(), gone.of, gone.n)
    assert (80, 1, "large") == (second.level, second.generation, second.plan_id)
    assert 3 == len({one.id for one in fed.signals})


@pytest.mark.parametrize(("amount", "generations"), [(10_000_000, [0]), (8_000_000, [1, 1])])
def test_all_that_was_used_stays_used_under_a_plan_that_throttles(
    amount: int, generations: list[int]
) -> None:
    """``throttled`` says so there; what was raised at 100 % is no less true, in a new generation or not."""
    slow = plan(allowance(amount=amount, beyond=THROTTLE), plan_id="slow")
    fed = replay([plan(), slow, profile(), data(100), profile(plan_id="slow", arrives=CHANGED)])

    assert [("near_limit", 80), ("near_limit", 100)] == fed.found[:2]
    assert generations == [one.generation for one in fed.signals[2:]]
    assert "throttled" == fed.signals[-1].kind()


def test_plan_and_back_again_are_two_generations() -> None:
    """A level that was said of generation 0 is said again of generation 2: the allowance changed twice."""
    fed = replay(
        [
            plan(),
            LARGE,
            profile(),
            data(80),
            profile(plan_id="large", arrives=CHANGED),
            profile(arrives=after(CHANGED, hours=1)),
        ]
    )

    first, gone, second = fed.signals
    assert [(80, 0), (80, 2)] == [(one.level, one.generation) for one in (first, second)]
    assert ("resolved", first.id) == (gone.kind(), gone.of)


def test_plan_of_the_same_allowance_says_nothing_again() -> None:
    """The generation goes up only when the allowance changes."""
    twin = plan(plan_id="twin")
    fed = replay([plan(), twin, profile(), data(80), profile(plan_id="twin", arrives=CHANGED), data(1)])

    assert [(80, 0)] == [(one.level, one.generation) for one in fed.signals]


def test_same_profile_again_says_nothing_again() -> None:
    """A compacted topic repeats itself."""
    fed = replay([profile(), data(130), profile(arrives=CHANGED)])

    assert [("near_limit", 80), ("near_limit", 100), ("overage", None)] == fed.found


def test_new_allowance_holds_for_the_whole_open_period() -> None:
    """Usage from before the change that arrives after it counts under the new plan too."""
    fed = replay(
        [plan(), LARGE, profile(), profile(plan_id="large", arrives=CHANGED), data(80, arrives=CHANGED)]
    )

    assert ([], 8_000_000) == (fed.found, fed.used())


def test_closed_period_keeps_its_plan() -> None:
    """The open period alone: late usage of October counts under October's plan."""
    october = data(80, at="2026-10-31T23:00:00Z", arrives="2026-11-01T13:00:00Z")
    fed = replay(
        [
            plan(),
            LARGE,
            profile(arrives="2026-10-01T00:00:00Z"),
            profile(plan_id="large", arrives="2026-11-01T12:00:00Z"),
            october,
        ]
    )

    assert [("2026-10-01", "p", True)] == [(one.period, one.plan_id, one.late) for one in fed.signals]


def test_plan_that_names_a_bucket_no_more_raises_overage_at_once() -> None:
    """A bucket that the plan does not name has amount 0."""
    talk = plan(allowance("voice", 600), plan_id="talk")
    fed = replay([plan(), talk, profile(), data(1), profile(plan_id="talk", arrives=CHANGED)])

    assert [("overage", 0, None, 1)] == [
        (one.kind(), one.allowance, one.charge, one.generation) for one in fed.signals
    ]


def test_plan_that_throttles_says_so_at_once() -> None:
    """Another action beyond: its own signal."""
    slow = plan(allowance(beyond=THROTTLE), plan_id="slow")
    fed = replay([plan(), slow, profile(), data(100), profile(plan_id="slow", arrives=CHANGED)])

    assert [("near_limit", 80), ("near_limit", 100), ("throttled", None)] == fed.found


def test_changed_plan_record_is_looked_at_with_the_next_record() -> None:
    """In force from when it is read; a change of the plan alone raises nothing."""
    smaller = plan(allowance(amount=5_000_000), version=2, arrives=CHANGED)
    unseen = replay([plan(), profile(), data(50), smaller])
    seen = replay([plan(), profile(), data(50), smaller, sms(at=CHANGED), data(bytes_up=0, at=CHANGED)])

    assert [] == unseen.found
    assert [("near_limit", 80, 1, 2), ("near_limit", 100, 1, 2)] == [
        (one.kind(), one.level, one.generation, one.decided_by.plan_version)
        for one in seen.signals
        if one.bucket == "data"
    ]


@pytest.mark.parametrize(
    "broken", [{"plan_id": "p"}, {"plan_id": "p", "currency": "CNY", "allowances": [{}]}, 7]
)
def test_bad_plan_is_no_dead_letter_and_the_last_good_version_stays(broken: object) -> None:
    """Metric and log: every worker reads them all."""
    fed = replay([plan(), profile(), {"topic": "plans", "key": "p", "value": broken}, data(80)])

    assert ([("near_limit", 80)], []) == (fed.found, fed.dead)
    assert 1 == sum(count for (topic, _), count in fed.rejected.items() if topic == "plans")
    assert 0 == fed.count("read", "plans")


# -- the end


def test_tombstone_ends_the_subscriber() -> None:
    """State is deleted: a new profile starts with nothing."""
    fed = replay([data(79), tombstone(arrives=CHANGED), profile(arrives=CHANGED), data(79, at=CHANGED)])

    assert ([], 7_900_000) == (fed.found, fed.used())


def test_tombstone_of_nobody_is_applied() -> None:
    """It is read, and there was nothing to end."""
    assert 2 == replay([profile(), tombstone("nobody")]).count("applied", "subscribers")


def test_usage_after_the_tombstone_is_of_a_stranger() -> None:
    """It is held, as of anybody without a profile."""
    fed = replay([tombstone(), data(80, at=CHANGED)])

    assert (0, 1) == (fed.count("applied"), fed.count("held now"))


@pytest.mark.parametrize("status", ["prospect", "suspended", "terminated"])
def test_status_does_not_stop_the_counting(status: str) -> None:
    """A status other than ``active`` is counted but gets no offers."""
    fed = replay([profile(status=status), data(80)])

    assert ([("near_limit", 80)], []) == (fed.found, fed.offers)


def test_another_jurisdiction_is_looked_at_at_once() -> None:
    """After every change of profile: Australia wants to be told of 50 %."""
    fed = replay([profile(), data(60), profile(jurisdiction="AU", arrives=CHANGED)])

    assert [(50, "AU", 0)] == [(one.level, one.decided_by.regime, one.generation) for one in fed.signals]


def test_profile_that_loses_its_plan_lets_usage_wait() -> None:
    """A profile with ``plan_id`` null counts as one without a plan; what was used stays."""
    lost = [profile(), data(79), profile(plan_id=None, arrives=CHANGED), data(1, at=CHANGED)]
    again = [*lost, profile(arrives=after(CHANGED, hours=1))]

    assert (1, 1, []) == ((fed := replay(lost)).count("applied"), fed.count("held now"), fed.found)
    assert ([("near_limit", 80)], 8_000_000) == ((fed := replay(again)).found, fed.used())


def test_plan_that_is_not_there_yet_is_looked_at_with_the_first_record() -> None:
    """The new plan's levels come with what waited for it."""
    lines = [plan(), profile(), data(79), profile(plan_id="q", arrives=CHANGED), data(1, at=CHANGED)]
    fed = replay([*lines, plan(allowance(amount=8_000_000), plan_id="q", arrives=after(CHANGED, hours=1))])

    assert [("near_limit", 80, 1), ("near_limit", 100, 1)] == [
        (one.kind(), one.level, one.generation) for one in fed.signals
    ]


def test_period_that_ends_as_the_profile_arrives_is_closed() -> None:
    """Half-open: the new plan holds for the open period, and the one before it is looked at no more."""
    end = "2026-12-01T00:00:00Z"
    used = [plan(), SMALL, profile(), data(50)]

    assert [] == replay([*used, profile(plan_id="small", arrives=end)]).found
    assert [] != replay([*used, profile(plan_id="small", arrives=after(end, ms=-1))]).found
