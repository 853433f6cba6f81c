"""``usage_spike``: far more was used in a day than is usual."""

from random import Random

import msgspec
import pytest

from schemas.window_signals import UsageSpike
from streams.core.spike import Spike, Spiked
from streams.core.window import added
from streams.regimes.window_rules import SpikeRule
from streams.signals.window_change import SpikeChange
from tests.build_windows import WINDOWS, cause, found

GB = 10**9
RULE = msgspec.structs.replace(WINDOWS.usage_spike, known_days=0)
"""Without the days that must be known, of which there is a test of their own."""
NOW = 20_000 * 24 + 12
"""An hour since 1970: the thirteenth of a UTC day."""


def fed(*records: tuple[int, int], rule: SpikeRule = RULE) -> list[Spiked]:
    """Return the spikes of records of (hour, octets), taken in that order."""
    spike, slots, spikes = Spike(), b"", []
    for hour, octets in records:
        slots = added(slots, hour, octets, length=168)
        spikes += [one for one in [spike.note(octets, slots, rule)] if one is not None]
    return spikes


def usual(octets: int) -> list[tuple[int, int]]:
    """Return six days of which each has so many octets, which end a day before `NOW`."""
    return [(NOW - 24 * day, octets) for day in range(6, 0, -1)]


@pytest.mark.parametrize(
    ("last", "spikes"), [(GB - 1, []), (GB, [(GB, 200_000_000)]), (GB + 1, [(GB + 1, 200_000_000)])]
)
def test_usage_spike_is_five_usual_days(last: int, spikes: list[tuple[int, int]]) -> None:
    """Inclusive: the newest 24 hours against the mean day of the 144 before."""
    assert spikes == [(one.last, one.mean_day) for one in fed(*usual(GB // 5), (NOW, last))]


@pytest.mark.parametrize(("days", "count"), [(2, 0), (3, 1)])
def test_usage_spike_needs_days_that_say_what_is_usual(days: int, count: int) -> None:
    """Whoever is new, or was not counted until now, has no usual day."""
    assert count == len(fed(*usual(1000)[-days:], (NOW, 2 * GB), rule=WINDOWS.usage_spike))


@pytest.mark.parametrize(("usual_day", "count"), [(2 * GB // 5 + 1, 0), (2 * GB // 5, 1), (GB // 5, 1)])
def test_usage_spike_is_rare_for_this_subscriber(usual_day: int, count: int) -> None:
    """2 GB is a spike for one, an ordinary day for another."""
    assert count == len(fed(*usual(usual_day), (NOW, 2 * GB)))


@pytest.mark.parametrize(("last", "count"), [(GB - 1, 0), (GB, 1)])
def test_usage_spike_is_a_gigabyte_at_least(last: int, count: int) -> None:
    """However little is usual."""
    assert count == len(fed(*usual(1000), (NOW, last)))


@pytest.mark.parametrize(("hour", "count"), [(NOW - 23, 1), (NOW - 24, 0)])
def test_usage_spike_adds_up_twenty_four_hours(hour: int, count: int) -> None:
    """The hour of the newest record and the 23 before; the 24th before is part of the usual."""
    assert count == len(fed((hour, GB // 2), (NOW, GB // 2)))


@pytest.mark.parametrize(("hour", "count"), [(NOW - 24 - 144, 1), (NOW - 24 - 143, 0)])
def test_usage_spike_knows_a_hundred_and_forty_four_hours_before(hour: int, count: int) -> None:
    """What was earlier is no measure any more."""
    days = [one.day for one in fed((hour, 2 * GB), (NOW, GB))]

    assert count == days.count(NOW // 24)


def test_usage_spike_is_told_once_a_utc_day() -> None:
    """Twelve hours later a new day begins, and it is told again while it is still true."""
    last_hour = NOW // 24 * 24 + 23
    spikes = fed(*usual(1000), (NOW, GB), (NOW + 1, GB), (last_hour, GB), (last_hour + 1, 1))

    assert [NOW // 24, NOW // 24 + 1] == [one.day for one in spikes]


def test_late_record_is_looked_at_from_the_newest_hour() -> None:
    """A record of some hours ago completes the day that ends with the newest."""
    assert [GB] == [one.last for one in fed(*usual(1000), (NOW, GB // 2), (NOW - 3, GB - GB // 2))]


def test_correction_lowers_the_day() -> None:
    """1.2 GB less 0.3 GB is under a gigabyte; 0.1 GB more is one."""
    assert [] == fed(*usual(1000), (NOW - 1, -3 * GB // 10), (NOW, 12 * GB // 10))
    assert 1 == len(fed(*usual(1000), (NOW - 1, -3 * GB // 10), (NOW, 12 * GB // 10), (NOW, GB // 10)))


def test_negative_hour_that_falls_out_does_not_hide_a_spike() -> None:
    """A correction before its original: once its hour is over, the day is what the others are."""
    assert 1 == len(fed((NOW - 24, -GB), (NOW - 1, GB), (NOW, 1)))


def test_state_stays_within_sixty_four_bits() -> None:
    """Records of the largest quantity cannot make a state that nobody can store."""
    spike, slots = Spike(), b""
    for number in range(3000):
        slots = added(slots, NOW + number // 100, 2**53 - 1, length=168)
        spike.note(2**53 - 1, slots, RULE)

    msgspec.msgpack.encode(spike)


@pytest.mark.parametrize("seed", range(40))
def test_short_cuts_leave_nothing_out(seed: int) -> None:
    """Against adding up everything with each record, corrections and late ones among them."""
    random = Random(seed)  # noqa: S311 - no secret
    hour, said, slow, records, slots = NOW, -1, [], [], b""
    least = random.choice((GB // 50, GB // 4))
    for _ in range(400):
        hour += random.choice((0, 0, 1, 1, 2, 30, 150)) if random.random() < 0.5 else 0
        octets = random.choice((1, least, GB // 4, 8 * least, -least))
        records.append((hour - random.choice((0, 0, 0, 1, 30, 170)), octets))
        slots = added(slots, *records[-1], length=168)
        days = dict(_slots(slots))
        newest = max(days)
        last = sum(sum_ for hour_, sum_ in days.items() if newest - 24 < hour_)
        before = sum(sum_ for hour_, sum_ in days.items() if newest - 168 < hour_ <= newest - 24)
        if last >= GB and last * 144 >= 5 * before * 24 and newest // 24 > said:
            said = newest // 24
            slow.append((last, max(0, before) // 6, said))

    assert slow
    assert slow == [(one.last, one.mean_day, one.day) for one in fed(*records)]


def _slots(slots: bytes) -> list[tuple[int, int]]:
    """Return hours and quantities, by the standard library."""
    return [
        (
            int.from_bytes(slots[place : place + 4], "big", signed=True),
            int.from_bytes(slots[place + 4 : place + 12], "big", signed=True),
        )
        for place in range(0, len(slots), 12)
    ]


def test_own_fields_and_identity() -> None:
    """The key is the bucket and the UTC day, whichever record it was."""
    one, other, next_day = (
        found(SpikeChange(cause=cause(name), bucket="data", spiked=Spiked(GB, 7, day)))[0]
        for name, day in (("a", 20_402), ("b", 20_402), ("b", 20_403))
    )

    assert isinstance(one, UsageSpike)
    assert ("data", GB, 7, "octet") == (one.bucket, one.last_24h, one.mean_day, one.unit)
    assert one.id == other.id != next_day.id
