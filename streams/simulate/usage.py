"""One subscriber's usage on one day: data sessions in bursts and partial records, calls, messages.

Values are written as text and not through `schemas`: there are hundreds of thousands. A test decodes them.
"""

from bisect import bisect
from itertools import accumulate
from math import exp
from random import Random
from typing import Final

from schemas.times import MS_PER_HOUR
from streams.simulate.catalog import ADDONS
from streams.simulate.life import Diary, Happening
from streams.simulate.month import Day
from streams.simulate.outbox import USAGE, Outbox, arrivals
from streams.simulate.people import Person

# Shape of a local day, hour by hour: data peaks at 21 to 23 h, voice at 18 to 19 h, nights are low. The
# busiest hour has about 11 % of the day.
_DATA_HOURS: Final = tuple(
    accumulate(
        (40, 24, 15, 12, 12, 14, 22, 38, 50, 50, 52, 56, 66, 62, 54, 52, 55, 62, 72, 84, 100, 140, 140, 72)
    )
)
_VOICE_HOURS: Final = tuple(
    accumulate((6, 4, 3, 3, 3, 6, 15, 35, 62, 75, 80, 76, 72, 60, 60, 62, 66, 82, 115, 95, 72, 50, 30, 14))
)

_PARTIAL_BYTES: Final = 100_000_000
_PARTIAL_MS: Final = 6 * MS_PER_HOUR
"""A session's record is closed at either. Source: Optus (100 MB, 6 h), reported by itnews."""
_IDLE_PARTIALS: Final = 0.6
"""Share of the four quarters of a day from which a phone that lies there leaves a record."""
_SECOND_BURST: Final = 0.7
_THIRD_BURST: Final = 0.4
_IDLE_RATE: Final = 1.0
_BUSY_RATE_LOG: Final = 6.2
"""Octets a millisecond, and the logarithm of such: around 4 Mbit/s."""
_ZERO_RATED: Final = 0.04
_ZERO_RATED_BYTES: Final = 20_000_000
"""Share of the sessions below that size that cost nothing: the operator's own app, say."""
_SLOWED: Final = 0.25
"""What is left of the appetite for data at a throttled speed."""
_RESTORED: Final = 0.5
"""Share of days without data on which a `pay_to_restore` subscriber pays."""
_ABROAD: Final = 0.15
"""What is left of it abroad."""

# Durations: truncated log-logistic, mean about 100 s. Source: de Melo et al. 2010 (TLAC).
_CALL_SCALE_S: Final = 57.0
_CALL_SHAPE: Final = 1.8
_CALLS_OUT: Final = 0.5
_CALL_LONGEST_S: Final = 7_200
_CALLS_MOST: Final = 60
_MESSAGES_MOST: Final = 80
_MESSAGES_OUT: Final = 0.4
_MESSAGES_SINGLE: Final = 0.9
_MULTIMEDIA: Final = 0.02
_CALLS_FAILED: Final = 0.05
_CALLS_DROPPED: Final = 0.01
_DESTINATIONS: Final = (
    "on_net",
    "on_net",
    "off_net",
    "off_net",
    "off_net",
    "off_net",
    "international",
    "premium",
)


def use(diary: Diary, day: Day, outbox: Outbox, *, is_lean: bool = False) -> list[Happening]:
    """Send the day's usage records; return what the subscriber did because of them.

    ``is_lean``: one data record stands for all of the day's, and there are no calls and messages.
    """
    someone = diary.someone
    if someone.left_at_ms is not None and day.start_ms >= someone.left_at_ms:
        return []
    if day.on.day == someone.cycle_day:
        someone.used_bytes, someone.included_bytes = 0, someone.tier.plan.allowance("data").amount
    volume_bytes, bought = someone.day_bytes[day.number], list[Happening]()
    if someone.is_abroad(day.number):
        volume_bytes = int(volume_bytes * _ABROAD)
    else:
        if someone.included_bytes is not None and someone.used_bytes >= someone.included_bytes:
            volume_bytes, bought = _beyond(diary, day, volume_bytes)
        someone.used_bytes += volume_bytes
    phone = _Phone(someone, day, outbox)
    if is_lean:
        phone.surf_at_once(volume_bytes)
        return bought
    phone.call()
    phone.write()
    phone.idle()
    if volume_bytes:
        phone.surf(volume_bytes)
    return bought


def _beyond(diary: Diary, day: Day, volume_bytes: int) -> tuple[int, list[Happening]]:
    """Return the day's data once the allowance is used up, as the network allows it, and what is bought."""
    someone, random = diary.someone, diary.random
    match someone.tier.plan.allowance("data").beyond.action:
        case "charge":
            return volume_bytes, []
        case "throttle":
            return int(volume_bytes * _SLOWED), []
    # "block" and "pay_to_restore": nothing, but for who pays for more.
    pays = someone.consents and random.random() < _RESTORED
    addon = next((addon for addon in ADDONS if someone.tier.plan.plan_id in addon.fits), None)
    if addon is None or not pays:
        return 0, []
    someone.included_bytes = (someone.included_bytes or 0) + addon.amount
    at_ms = day.start_ms + 1000 * random.randrange(60, 3600)
    own = {"addon_id": addon.addon_id, "bucket": addon.bucket, "amount": addon.amount}
    return volume_bytes, [diary.note("addon.purchased", at_ms, **own)]


class _Phone:
    """One subscriber's phone on one day: sends the records of what it does."""

    def __init__(self, someone: Person, day: Day, outbox: Outbox) -> None:
        self._someone, self._day, self._outbox, self._random = someone, day, outbox, someone.random
        self._is_roaming = someone.is_abroad(day.number)
        country = someone.trip.country if someone.trip else ""
        self._abroad = f',"roaming":true,"visited":"{country}"' if self._is_roaming else ""

    def call(self) -> None:
        """Make and take the day's calls."""
        random, someone, day = self._random, self._someone, self._day
        mean = someone.calls_per_day * (0.8 if day.is_weekend else 1.08)
        for _ in range(_count(random, mean, _CALLS_MOST)):
            second, share, end = _second(random, _VOICE_HOURS), random.random(), random.random()
            ended_by = (
                "failed" if end < _CALLS_FAILED else "dropped" if end > 1 - _CALLS_DROPPED else "normal"
            )
            lasted_s = 1 + int(_CALL_SCALE_S * (share / (1 - share)) ** (1 / _CALL_SHAPE))
            duration_s = 0 if ended_by == "failed" else min(_CALL_LONGEST_S, lasted_s)
            if random.random() < _CALLS_OUT:
                way = f'"out","destination":"{random.choice(_DESTINATIONS)}"'
            else:
                way = '"in"'
            self._send(
                day.start_ms + 1000 * (second + duration_s),
                f'{{"record_id":"{someone.number}-c{someone.serial("call")}",'
                f'"source":"msc{someone.number % 3 + 1}","subscriber_id":"{someone.subscriber_id}",'
                f'"type":"voice","started_at":"{day.text(second)}","duration_s":{duration_s},'
                f'"direction":{way},"ended_by":"{ended_by}"{self._abroad}}}',
            )

    def write(self) -> None:
        """Send and receive the day's messages."""
        random, someone, day = self._random, self._someone, self._day
        for _ in range(_count(random, someone.messages_per_day, _MESSAGES_MOST)):
            second = _second(random, _VOICE_HOURS)
            kind = "mms" if random.random() < _MULTIMEDIA else "sms"
            way = "out" if random.random() < _MESSAGES_OUT else "in"
            # A long text travels as several messages, each of which counts.
            count = 1 if random.random() < _MESSAGES_SINGLE else 2 + int(random.random() * 3)
            self._send(
                day.start_ms + 1000 * second,
                f'{{"record_id":"{someone.number}-m{someone.serial("message")}","source":"smsc1",'
                f'"subscriber_id":"{someone.subscriber_id}","type":"{kind}",'
                f'"started_at":"{day.text(second)}","count":{count},"direction":"{way}"{self._abroad}}}',
            )

    def idle(self) -> None:
        """Leave the records of a phone that lies there."""
        for quarter in range(4):
            if self._random.random() < _IDLE_PARTIALS:
                size_bytes = int(self._random.random() * 4_000_000) + 50_000
                self._session(self._day.start_ms + quarter * _PARTIAL_MS, size_bytes, _IDLE_RATE)

    def surf(self, volume_bytes: int) -> None:
        """Use that much data, in two states: nothing for hours, then several sessions within minutes."""
        random = self._random
        burst_count = 1 + (random.random() < _SECOND_BURST) + (random.random() < _THIRD_BURST)
        starts = [
            self._day.start_ms + int(1000 * (second + turn * random.expovariate(1 / 240)))
            for second in [_second(random, _DATA_HOURS) for _ in range(burst_count)]
            for turn in range(1 + int(random.expovariate(0.8)) % 5)
        ]
        shares = [random.expovariate(1.0) for _ in starts]
        whole = sum(shares)
        for start_ms, share in zip(starts, shares, strict=True):
            rate = exp(random.gauss(_BUSY_RATE_LOG, 0.8))
            self._session(start_ms, int(volume_bytes * share / whole) + 1, rate)

    def surf_at_once(self, volume_bytes: int) -> None:
        """Use that much data in one session of an hour, with one record."""
        if volume_bytes:
            start_ms = self._day.start_ms + 1000 * _second(self._random, _DATA_HOURS)
            self._session(start_ms, volume_bytes, volume_bytes / MS_PER_HOUR, partial_bytes=volume_bytes)

    def _session(
        self, start_ms: int, size_bytes: int, rate: float, *, partial_bytes: int = _PARTIAL_BYTES
    ) -> None:
        """Send a session's records: each closed at 100 MB or 6 h, each with its own increment."""
        random, someone = self._random, self._someone
        is_free = size_bytes < _ZERO_RATED_BYTES and random.random() < _ZERO_RATED
        extra = self._abroad + (',"zero_rated":true' if is_free else "")
        up_share = 0.05 + 0.15 * random.random()
        session, sequence = someone.serial("session"), 0
        while size_bytes > 0:
            sequence += 1
            part_bytes = min(size_bytes, partial_bytes, int(rate * _PARTIAL_MS))
            size_bytes -= part_bytes
            end_ms, up_bytes = start_ms + int(part_bytes / rate) + 1, int(part_bytes * up_share)
            partial = ""
            if size_bytes or sequence > 1:
                partial = f',"partial":{{"sequence":{sequence},"final":{"false" if size_bytes else "true"}}}'
            self._send(
                end_ms,
                f'{{"record_id":"{someone.number}-{session}-{sequence}",'
                f'"source":"pgw{someone.number % 4 + 1}",'
                f'"subscriber_id":"{someone.subscriber_id}","type":"data","started_at":{start_ms},'
                f'"ended_at":{end_ms},"bytes_up":{up_bytes},"bytes_down":{part_bytes - up_bytes}'
                f"{partial}{extra}}}",
            )
            start_ms = end_ms

    def _send(self, ended_ms: int, value: str) -> None:
        for arrival_ms in arrivals(self._random, ended_ms, is_roaming=self._is_roaming):
            self._outbox.put(arrival_ms, USAGE, self._someone.subscriber_id, value)


def _second(random: Random, hours: tuple[int, ...]) -> int:
    """Return a second of the day, drawn by the shape of the day."""
    return bisect(hours, random.random() * hours[-1]) * 3600 + int(random.random() * 3600)


def _count(random: Random, mean: float, most: int) -> int:
    """Return how often something of that mean happens in a day (Poisson), at most ``most``."""
    count, waited = 0, random.expovariate(1.0)
    while waited < mean and count < most:
        count += 1
        waited += random.expovariate(1.0)
    return count
