"""The simulated month: reproducible, in order, and as WIRE.md wants it."""

from collections import Counter
from functools import lru_cache

import pytest
from msgspec import DecodeError, Raw, Struct, json

from schemas.decode import Record, decode
from schemas.errors import Reason, SchemaError
from schemas.plans import Addon, Plan
from schemas.profile import Profile
from schemas.topics import ADDONS, BY_NAME, PLANS, SUBSCRIBERS
from streams.simulate import simulate, uniform
from streams.simulate.crowd import TIERS

SEED = 11
SUBSCRIBERS_COUNT = 48


class Line(Struct):
    """An envelope of a replay file."""

    topic: str
    timestamp: str
    key: str
    value: Raw


@lru_cache(maxsize=1)
def month() -> tuple[bytes, ...]:
    """Return a small month; a seed is named so that a failure can be repeated."""
    return tuple(simulate(SEED, SUBSCRIBERS_COUNT))


def envelopes(lines: tuple[bytes, ...]) -> list[Line]:
    """Return the lines that are envelopes."""
    read = []
    for line in lines:
        try:
            read.append(json.decode(line, type=Line))
        except DecodeError:
            continue
    return read


def decoded(lines: tuple[bytes, ...]) -> tuple[list[Record], Counter[Reason]]:
    """Return the good records of all topics, and the reasons of the others."""
    good, bad = list[Record](), Counter[Reason]()
    for line in envelopes(lines):
        try:
            value = None if bytes(line.value) == b"null" else bytes(line.value)
            good.append(decode(line.topic, line.key.encode(), value))
        except SchemaError as fault:
            bad[fault.reason] += 1
    return good, bad


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Nothing but the seed decides."""
    assert month() == tuple(simulate(SEED, SUBSCRIBERS_COUNT))


def test_another_seed_gives_another_month() -> None:
    """The seed does decide."""
    assert month() != tuple(simulate(SEED + 1, SUBSCRIBERS_COUNT))


def test_more_subscribers_leave_the_others_as_they_are() -> None:
    """A subscriber's life depends on the seed and the subscriber alone."""
    small, large = (
        {
            value
            for line in envelopes(tuple(simulate(SEED, count)))
            if b'"pgw9"' not in (value := bytes(line.value))
        }
        for count in (4, 5)
    )

    assert small < large


def test_records_are_in_order_of_arrival_and_at_equal_times_of_topic() -> None:
    """WIRE.md, Replay files: only so a worker on Kafka says the same as a replay."""
    lines = [line for line in envelopes(month()) if line.topic not in (PLANS, ADDONS)]
    order = [(line.timestamp, BY_NAME[line.topic].merge_rank) for line in lines]

    assert sorted(order) == order


def test_the_catalogue_comes_first_with_one_version_of_each() -> None:
    """WIRE.md, Replay files."""
    lines = envelopes(month())
    catalog = [line.key for line in lines if line.topic in (PLANS, ADDONS)]

    assert catalog == [line.key for line in lines[: len(catalog)]]
    assert len(set(catalog)) == len(catalog)


def test_a_month_has_about_twenty_records_a_subscriber_and_day() -> None:
    """By operators: 25 to 35 with registrations, which are not simulated."""
    per_day = len(month()) / SUBSCRIBERS_COUNT / 30

    assert 14 < per_day < 30


def test_every_record_is_good_but_for_the_broken_ones() -> None:
    """WIRE.md is met by all, and each mistake that shows in the record itself is made three times."""
    expected = {
        Reason.NULL_VALUE: 3,
        Reason.NOT_AN_OBJECT: 3,
        Reason.MISSING_FIELD: 6,
        Reason.KEY_MISMATCH: 3,
        Reason.UNKNOWN_TYPE: 3,
        Reason.NO_TIME_ZONE: 3,
        Reason.BAD_FIELD: 6,
        Reason.NEGATIVE_QUANTITY: 3,
        Reason.NO_QUANTITY: 3,
    }

    good, bad = decoded(month())

    assert expected == dict(bad)
    assert len(month()) - len(good) - bad.total() == 3  # lines that are no envelope


def test_every_plan_and_country_appears() -> None:
    """Eight plans, in eight countries."""
    good, _ = decoded(month())
    profiles = [record for record in good if isinstance(record, Profile)]

    assert {tier.plan.plan_id for tier in TIERS} == {profile.plan_id for profile in profiles}
    assert {"CN", "US", "IN", "AU", "ZA", "JM", "GB", "DE"} == {one.jurisdiction for one in profiles}


def test_add_ons_fit_plans_that_are_in_the_catalogue() -> None:
    """An add-on for a plan that does not exist could never be offered."""
    good, _ = decoded(month())
    plan_ids = {record.plan_id for record in good if isinstance(record, Plan)}
    fitting = {plan_id for record in good if isinstance(record, Addon) for plan_id in record.fits}

    assert len(plan_ids) == 8
    assert fitting <= plan_ids


def test_some_records_come_late_and_some_twice() -> None:
    """Estimated: 0.1 to 1 % exact resends."""
    values = Counter(
        bytes(line.value) for line in envelopes(month()) if line.topic not in (PLANS, SUBSCRIBERS)
    )
    resent = sum(count - 1 for count in values.values())

    assert 0.001 < resent / len(month()) < 0.01


def test_a_month_that_does_not_exist_is_refused() -> None:
    """A month is written YYYY-MM."""
    with pytest.raises(ValueError, match="month"):
        list(simulate(SEED, 1, month="2026-13"))


def test_a_run_without_subscribers_is_only_the_catalogue() -> None:
    """Zero is a number too."""
    assert {PLANS, ADDONS} == {line.topic for line in envelopes(tuple(simulate(SEED, 0)))}


def test_uniform_gives_each_subscriber_its_share_of_good_records() -> None:
    """Round after round, each subscriber once: what must be raised can be computed."""
    lines = envelopes(tuple(uniform(SEED, subscribers=10, records=40)))
    keys = Counter(line.key for line in lines if line.topic == "cdr")

    assert {f"bench-{number:06}": 4 for number in range(10)} == dict(keys)
    for line in lines:
        assert decode(line.topic, line.key.encode(), bytes(line.value))


def test_uniform_differs_with_the_seed_and_not_without() -> None:
    """The order within a round is drawn."""
    first, again, other = (tuple(uniform(seed, subscribers=97, records=500)) for seed in (1, 1, 2))

    assert first == again
    assert first != other
