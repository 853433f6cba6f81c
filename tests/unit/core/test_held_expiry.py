"""Held records whose time is over, or whose subscriber is no more."""

import orjson
import pytest

from tests.build import NOON, SUBSCRIBER, Fed, Line, after, data, plan, profile, replay, sms, tombstone

LATER = after(NOON, hours=1)
EXPIRES = after(NOON, days=3)


def bare(*records: Line) -> Fed:
    """Replay records alone."""
    return replay(records, is_bare=True)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ([], "unknown_subscriber"),
        ([profile()], "unknown_plan"),
        ([profile(plan_id=None)], "unknown_plan"),
    ],
)
def test_held_records_expire_after_three_days(setting: list[Line], reason: str) -> None:
    """At expiry the held ones become dead letters, with the original bytes and place."""
    fed = bare(*setting, data(80), sms(at=EXPIRES, subscriber_id="other"))

    assert [(reason, len(setting) + 1)] == [(dead.reason, dead.offset) for dead in fed.dead]
    assert (2, 1, 1) == (fed.count("held"), fed.count("expired"), fed.count("held now"))


def test_held_records_live_until_three_days_are_over() -> None:
    """A millisecond before, nothing has expired."""
    fed = bare(data(80), sms(at=after(EXPIRES, ms=-1), subscriber_id="other"))

    assert (0, 2) == (fed.count("expired"), fed.count("held now"))


def test_timers_fire_before_the_record_that_arrives_with_them() -> None:
    """A record is taken only when every timer due at or before its arrival has fired."""
    fed = bare(plan(), data(80), profile(arrives=EXPIRES), data(1, at=EXPIRES))

    assert (["unknown_subscriber"], 100_000) == (fed.reasons, fed.used())


def test_expired_record_may_come_again() -> None:
    """Dead letters leave no identity."""
    record = data(80, record_id="a")
    fed = bare(plan(), record, profile(arrives=EXPIRES), {**record, "timestamp": EXPIRES})

    assert (1, 1, 0) == (fed.count("expired"), fed.count("applied"), fed.count("duplicate"))


def test_timers_fire_by_due_time_then_subscriber() -> None:
    """Ordered by (due, subscriber), whatever was read first."""
    fed = bare(
        sms(subscriber_id="c"),
        sms(subscriber_id="a", at=after(NOON, ms=1)),
        sms(subscriber_id="b"),
        sms(subscriber_id="z", at=after(NOON, days=4)),
    )

    assert ["b", "c", "a"] == [orjson.loads(dead.value or b"")["subscriber_id"] for dead in fed.dead]


def test_each_held_record_has_its_own_time() -> None:
    """The second expires a day after the first."""
    first, second = sms(), sms(at=after(NOON, days=1))
    fed = bare(first, second, sms(at=after(EXPIRES, hours=1), subscriber_id="z"))

    assert (1, 2) == (fed.count("expired"), fed.count("held now"))


def test_tombstone_buries_what_was_held() -> None:
    """At tombstone the held ones become dead letters."""
    fed = bare(sms(record_id="a"), sms(record_id="b"), tombstone(arrives=LATER))

    assert ["unknown_subscriber"] * 2 == fed.reasons
    assert (2, None) == (fed.count("expired"), fed.state())


def test_strangers_leave_nothing_behind() -> None:
    """A subscriber of whom nothing is known any more has no state."""
    fed = bare(sms(), sms(at=EXPIRES, subscriber_id="z"))

    assert fed.state() is None


def test_dead_letter_of_a_held_record_is_the_record_as_it_was_read() -> None:
    """The original key and value bytes, topic, offset and arrival."""
    keyed = {**data(80, record_id="a"), "key": SUBSCRIBER}
    fed = bare(keyed, sms(at=EXPIRES, subscriber_id="z"))

    [dead] = fed.dead
    assert ("cdr", 1, "2026-11-10T12:00:00.000Z", b"8613800000001") == (
        dead.topic,
        dead.offset,
        dead.timestamp,
        dead.key,
    )
    assert dead.value is not None
    assert b'"record_id":"a"' in dead.value


def test_dead_letter_has_the_same_key_at_once_and_after_waiting() -> None:
    """A key that the file left out is the value's: in a dead letter of a held record too."""
    at_once = bare(sms(record_id="b", source="x" * 65_536))
    waited = bare(sms(record_id="a"), tombstone())

    assert [SUBSCRIBER.encode()] == [dead.key for dead in at_once.dead]
    assert [SUBSCRIBER.encode()] == [dead.key for dead in waited.dead]
