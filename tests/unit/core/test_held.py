"""Records that wait for a profile or a plan."""

import orjson
import pytest

from tests.build import (
    NOON,
    Fed,
    Line,
    after,
    allowance,
    data,
    event,
    plan,
    profile,
    replay,
    sms,
)

LATER = after(NOON, hours=1)
EXPIRES = after(NOON, days=3)


def bare(*records: Line) -> Fed:
    """Replay records alone."""
    return replay(records, is_bare=True)


def padded(size_bytes: int, **own: object) -> Line:
    """Return a record whose value has exactly so many bytes."""
    line = data(bytes_up=1, **{"record_id": "r" * 8, "source": "", **own})  # type: ignore[arg-type]
    line["value"]["pad"] = ""
    line["value"]["pad"] = "x" * (size_bytes - len(orjson.dumps(line["value"])))
    return line


def test_usage_without_a_profile_waits_for_it() -> None:
    """Kept, and taken when the profile is there."""
    fed = bare(plan(), data(79), data(2), profile(arrives=LATER))

    assert [("near_limit", 80)] == fed.found
    assert {"read": 2, "held": 2, "released": 2, "held now": 0} == {
        word: fed.count(word) for word in ("read", "held", "released", "held now")
    }
    assert 0 == fed.count("applied")


def test_usage_waits_for_its_plan() -> None:
    """A plan that arrives releases what waited for it at once."""
    fed = bare(profile(), data(80), plan(arrives=LATER))

    assert [("near_limit", 80)] == fed.found
    assert 1 == fed.count("released")


def test_plan_releases_all_who_waited_for_it() -> None:
    """At once, subscriber by subscriber in the order of their ids."""
    who = [(profile(subscriber_id=one), data(80, subscriber_id=one)) for one in ("c", "a", "b")]
    fed = bare(*(line for lines in who for line in lines), plan(arrives=LATER))

    assert ["a", "b", "c"] == [signal.subscriber_id for signal in fed.signals]
    assert (3, 0) == (fed.count("released"), fed.count("held now"))


def test_usage_waits_for_profile_and_plan_in_either_order() -> None:
    """Both must be there."""
    assert [] == bare(data(80), plan()).found
    assert [("near_limit", 80)] == bare(data(80), plan(), profile(arrives=LATER)).found
    assert [("near_limit", 80)] == bare(data(80), profile(arrives=LATER), plan()).found


def test_plan_null_is_a_profile_without_a_plan() -> None:
    """A profile with ``plan_id`` null counts as one without a plan: a prospect's usage waits."""
    waiting = bare(plan(), profile(plan_id=None), data(80))
    taken = bare(plan(), profile(plan_id=None), data(80), profile(arrives=LATER))

    assert (1, 0) == (waiting.count("held now"), waiting.count("applied"))
    assert [("near_limit", 80)] == taken.found


def test_another_plan_releases_nothing() -> None:
    """Only the plan that it waits for."""
    fed = bare(profile(), data(80), plan(plan_id="other", arrives=LATER))

    assert 1 == fed.count("held now")


def test_held_records_are_taken_in_their_order_each_with_its_own_arrival() -> None:
    """The level is the second record's; a record that was in time stays in time."""
    before_end, end = "2026-11-30T22:00:00Z", "2026-12-01T00:00:00Z"
    fed = bare(
        plan(),
        data(79, at=before_end, record_id="first"),
        data(1, at=before_end, record_id="second"),
        data(20, at=before_end, arrives=after(end, minutes=1), record_id="third"),
        profile(arrives=after(end, hours=30)),
    )

    assert [("second", False), ("third", True), ("third", None)][:2] == [
        (signal.evidence[0].record_id, signal.late) for signal in fed.signals[:2]
    ]
    assert [] == fed.reasons


def test_duplicates_of_held_records_are_duplicates() -> None:
    """The same identity again with the same content; with other content a conflict."""
    fed = bare(
        plan(),
        data(79, record_id="a"),
        data(79, record_id="a"),
        data(1, record_id="a"),
        profile(arrives=LATER),
    )

    assert (1, 1, ["conflict"], 7_900_000) == (
        fed.count("held"),
        fed.count("duplicate"),
        fed.reasons,
        fed.used(),
    )


def test_duplicate_after_the_release_is_a_duplicate() -> None:
    """A released record is known as any other."""
    fed = bare(
        plan(), data(79, record_id="a"), profile(arrives=LATER), data(79, record_id="a", arrives=LATER)
    )

    assert (1, 7_900_000) == (fed.count("duplicate"), fed.used())


def test_at_most_a_hundred_are_held() -> None:
    """What does not fit becomes a dead letter itself."""
    fed = bare(*(sms(record_id=f"m{number}") for number in range(101)))

    assert (100, ["unknown_subscriber"]) == (fed.count("held"), fed.reasons)
    assert 101 == fed.dead[0].offset


@pytest.mark.parametrize(("size_bytes", "held"), [(65_536, 1), (65_537, 0)])
def test_at_most_64_kib_are_held(size_bytes: int, held: int) -> None:
    """Raw values of 64 KiB in all."""
    fed = bare(padded(size_bytes))

    assert (held, 1 - held) == (fed.count("held now"), len(fed.dead))


def test_bytes_of_all_held_records_are_added() -> None:
    """A small one may still fit where a large one did not."""
    fed = bare(
        padded(40_000, record_id="a"),
        padded(40_000, record_id="b"),
        padded(25_536, record_id="c"),
        padded(200, record_id="d"),
    )

    assert [2, 4] == [dead.offset for dead in fed.dead]


def test_what_did_not_fit_leaves_no_identity() -> None:
    """Dead letters leave none: it may come again when there is room."""
    fed = bare(
        plan(), padded(65_536), sms(record_id="m"), profile(arrives=LATER), sms(record_id="m", arrives=LATER)
    )

    assert (1, 1) == (fed.count("applied"), fed.used("sms"))


def test_record_that_does_not_fit_for_want_of_a_plan_says_so() -> None:
    """``unknown_plan`` where there is a profile."""
    assert ["unknown_plan"] == bare(profile(), padded(65_537)).reasons


def test_held_records_may_be_too_late_when_they_are_taken() -> None:
    """Lateness is by the record's own arrival and the period that the profile gives it."""
    late = data(80, at="2026-08-31T12:00:00Z", arrives="2026-11-02T00:00:00Z")
    in_time = data(80, at="2026-11-02T00:30:00Z")
    fed = bare(plan(), late, in_time, profile(arrives="2026-11-02T01:00:00Z"))

    assert ["too_late"] == fed.reasons
    assert ["2026-11-01"] == [signal.period for signal in fed.signals]
    assert fed.count("held") == fed.count("released") + fed.count("expired") + fed.count("held now")


def test_unlimited_bucket_waits_for_its_plan_too() -> None:
    """What a plan gives is not known before it is there."""
    fed = bare(profile(), data(80), plan(allowance(amount=None), arrives=LATER))

    assert (1, 8_000_000) == (fed.count("released"), fed.used())


def test_old_record_is_counted_as_unverified_when_it_is_taken() -> None:
    """Started longer than the horizon before it arrived, held or not."""
    old = data(1, at="2026-11-02T00:00:00Z", arrives=NOON)

    assert 1 == bare(plan(), old, profile(arrives=LATER)).count("unverified")


def test_port_query_without_a_plan_is_told_at_once() -> None:
    """Held is usage without a plan; a question about porting needs none."""
    fed = bare(profile(plan_id=None), event("port.queried", channel="sms"))

    assert 1 == len(fed.port)
