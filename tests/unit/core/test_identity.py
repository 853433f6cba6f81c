"""Duplicates, conflicts, the horizon, the bound, and what could not be verified."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.times import MS_PER_DAY
from streams.pipeline import Rules
from tests.build import NOON, Line, after, data, event, replay, sms


def one(at: str | int = NOON, *, arrives: str | None = None, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a record of one fixed identity."""
    return data(1, at=at, **{"record_id": "a", "source": "x", "arrives": arrives, **own})


def test_same_identity_and_content_is_a_duplicate() -> None:
    """Counted, nothing else."""
    fed = replay([one(), one(), one()])

    assert (1, 2, 100_000) == (fed.count("applied"), fed.count("duplicate"), fed.used())
    assert [] == fed.dead


@pytest.mark.parametrize(
    "same",
    [
        {"at": "2026-11-10T20:00:00+08:00"},
        {"at": 1_794_312_000_000},
        {"at": "2026-11-10T12:00:00.000999Z"},
        {"nobody_knows": 1},
        {"bytes_down": 0},
        {"bytes_down": None},
        {"roaming": False, "zero_rated": False},
    ],
    ids=str,
)
def test_same_content_may_be_spelt_otherwise(same: dict[str, Any]) -> None:
    """Decoded known fields, times as instants: unknown fields, defaults and zones do not matter."""
    fed = replay([one(), one(**{"arrives": NOON, **same})])

    assert (1, []) == (fed.count("duplicate"), fed.reasons)


@pytest.mark.parametrize(
    "other", [{"bytes_up": 1}, {"roaming": True}, {"at": after(NOON, ms=1)}, {"zero_rated": True}], ids=str
)
def test_same_identity_with_other_content_is_a_conflict_and_the_first_stands(
    other: dict[str, Any],
) -> None:
    """A dead letter ``conflict``; it leaves no trace."""
    fed = replay([one(), one(**{"arrives": NOON, **other}), one()])

    assert (["conflict"], 100_000) == (fed.reasons, fed.used())
    assert 1 == fed.count("duplicate")


@pytest.mark.parametrize("other", [{"source": "y"}, {"record_id": "b"}], ids=str)
def test_identity_is_source_and_record_id(other: dict[str, Any]) -> None:
    """Another source or another id is another record."""
    assert 200_000 == replay([one(), one(**other)]).used()


def test_source_and_record_id_are_not_run_together() -> None:
    """("x", "ya") is not ("xy", "a")."""
    assert 200_000 == replay([one(source="x", record_id="ya"), one(source="xy", record_id="a")]).used()


def test_identity_is_of_the_subscriber() -> None:
    """Another subscriber's record of the same identity is another record."""
    fed = replay([one(), one(subscriber_id="other")])

    assert (1, 1) == (fed.count("applied"), fed.count("held"))


def test_identity_is_of_the_topic() -> None:
    """An event may have the id of a usage record."""
    fed = replay([one(), event("sim.swapped", event_id="a", source="x")])

    assert 1 == fed.count("applied", "usage-events")


def test_record_and_type_share_one_identity() -> None:
    """A message with the id of a data record is another content, not another record."""
    assert ["conflict"] == replay([one(), sms(record_id="a", source="x")]).reasons


def test_dead_letters_leave_no_identity() -> None:
    """A rejected record may come again in order."""
    fed = replay([one(bytes_up=-1), one(at=after(NOON, hours=1), arrives=NOON), one()])

    assert ["negative_quantity", "in_future"] == fed.reasons
    assert 1 == fed.count("applied")


@pytest.mark.parametrize(("gap", "counts"), [({"days": 3, "ms": -1}, (1, 1)), ({"days": 3, "ms": 1}, (2, 0))])
def test_identity_is_remembered_for_the_horizon_after_its_arrival(
    gap: dict[str, int], counts: tuple[int, int]
) -> None:
    """Default 3 days, measured by the arrival of the subscriber's later records."""
    fed = replay([one(), one(arrives=after(NOON, **gap))])

    assert counts == (fed.count("applied"), fed.count("duplicate"))


def test_record_that_may_be_a_repeat_is_counted_as_unverified() -> None:
    """Started longer than the horizon before it arrived: applied, and said to be uncertain."""
    fed = replay([one(), one(arrives=after(NOON, days=3, ms=1))])

    assert (2, 1, 200_000) == (fed.count("applied"), fed.count("unverified"), fed.used())


@pytest.mark.parametrize(("gap", "unverified"), [({"days": 3}, 0), ({"days": 3, "ms": 1}, 1)])
def test_unverified_begins_after_the_horizon(gap: dict[str, int], unverified: int) -> None:
    """Longer than the horizon, not just as long."""
    assert unverified == replay([one(arrives=after(NOON, **gap))]).count("unverified")


@pytest.mark.parametrize("days_ms", [-1, 0, 1])
def test_no_repeat_counts_twice_unseen(days_ms: int) -> None:
    """Whatever the gap: a repeat is a duplicate, or it is counted as unverified."""
    fed = replay([one(), one(arrives=after(NOON, days=3, ms=days_ms))])

    assert 1 == fed.count("duplicate") + fed.count("unverified")


def test_horizon_is_a_rule() -> None:
    """A longer one finds later repeats."""
    rules = replace(Rules.default(), dedupe_horizon_ms=10 * MS_PER_DAY)
    fed = replay([one(), one(arrives=after(NOON, days=9))], rules=rules)

    assert (1, 0) == (fed.count("duplicate"), fed.count("unverified"))


def test_record_of_another_subscriber_does_not_age_an_identity() -> None:
    """By the arrival of the subscriber's own later records."""
    stranger = data(1, at=after(NOON, days=30), subscriber_id="other")
    fed = replay([one(), stranger, one(arrives=after(NOON, hours=1))])

    assert 1 == fed.count("duplicate")


def test_identities_are_bounded() -> None:
    """At most 4,096 a subscriber: the oldest goes, the 4,096 newest are known."""
    records = [sms(record_id=f"m{number}") for number in range(4_097)]
    fed = replay([*records, sms(record_id="m1"), sms(record_id="m0")])

    assert (4_098, 1) == (fed.count("applied"), fed.count("duplicate"))


def test_events_are_deduplicated_likewise() -> None:
    """Identity (``source``, ``event_id``), duplicates as above."""
    one_event = event("app.viewed", event_id="a", page="plans")
    other = event("app.viewed", event_id="a", page="balance")
    fed = replay([one_event, one_event, other])

    assert (1, 1, ["conflict"]) == (
        fed.count("applied", "usage-events"),
        fed.count("duplicate", "usage-events"),
        fed.reasons,
    )


def test_arrivals_out_of_order_forget_nothing_too_early() -> None:
    """An old arrival between new ones does not push them out."""
    fed = replay(
        [
            one(record_id="new", at=after(NOON, days=50), arrives=after(NOON, days=50)),
            one(record_id="old", arrives=NOON),
            one(record_id="new", at=after(NOON, days=50), arrives=after(NOON, days=51)),
        ]
    )

    assert 1 == fed.count("duplicate")
