"""Records on their way: late, sometimes sent twice, and handed on in the order in which they arrive."""

from bisect import bisect_left
from collections.abc import Iterator
from random import Random
from typing import Final

from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from schemas.topics import CDR, GROUPS, SUBSCRIBERS, USAGE_EVENTS
from streams.simulate.month import utc_text

_TOPICS: Final = (SUBSCRIBERS, GROUPS, USAGE_EVENTS, CDR)
PROFILE: Final = _TOPICS.index(SUBSCRIBERS)
EVENT: Final = _TOPICS.index(USAGE_EVENTS)
USAGE: Final = _TOPICS.index(CDR)
"""Ranks: what goes first at equal arrival times (WIRE.md, Time)."""

# Arrival after the end of what is recorded. Estimates, shaped on how often operators collect files.
_PROMPT: Final = 0.95
_DELAYS: Final = ((0.99, MS_PER_MINUTE, MS_PER_HOUR), (0.999, MS_PER_HOUR, MS_PER_DAY))
_ROAMING_DELAYS: Final = (
    (0.6, 15 * MS_PER_MINUTE, 4 * MS_PER_HOUR),
    (0.99, 4 * MS_PER_HOUR, 2 * MS_PER_DAY),
)
"""Share of records up to which the delay lies between two bounds; beyond the last, a tail that doubles and
doubles to `_LATEST_DAYS`. Roaming records come in files."""
_LATEST_DAYS: Final = 30

_RESENT: Final = 0.003
"""Share of records that are sent a second time, exactly the same."""
_RESENT_WITHIN_MS: Final = 10 * MS_PER_MINUTE


def arrivals(random: Random, ended_ms: int, *, is_roaming: bool = False) -> tuple[int, ...]:
    """Return when what ended then arrives: once, now and then a second time."""
    arrival_ms = ended_ms + _delay_ms(random, is_roaming=is_roaming)
    if random.random() < _RESENT:
        return arrival_ms, arrival_ms + 1 + int(random.random() * _RESENT_WITHIN_MS)
    return (arrival_ms,)


def _delay_ms(random: Random, *, is_roaming: bool) -> int:
    share = random.random()
    if not is_roaming and share < _PROMPT:
        # Most within seconds.
        return 1 + int(random.random() * random.random() * MS_PER_MINUTE)
    for up_to, from_ms, to_ms in _ROAMING_DELAYS if is_roaming else _DELAYS:
        if share < up_to:
            return random.randrange(from_ms, to_ms)
    return int(MS_PER_DAY * _LATEST_DAYS ** random.random())


class Outbox:
    """Holds what has been sent and has not arrived: about a day's records, and the late ones."""

    def __init__(self) -> None:
        self._on_the_way: list[tuple[int, int, int, str | None, str]] = []
        # Makes every entry different, so that ties never depend on keys or values.
        self._sent_count = 0

    def put(self, arrival_ms: int, rank: int, key: str | None, value: str) -> None:
        """Let ``value`` (JSON) arrive then; without a key it is the whole line, broken as it is."""
        # Whole seconds, as they are written: at equal ones the rank must decide.
        self._on_the_way.append((-(-arrival_ms // 1000), rank, self._sent_count, key, value))
        self._sent_count += 1

    def arrived(self, before_ms: int | None) -> Iterator[bytes]:
        """Take out what arrives before that time (None: everything), as lines of a replay file in order."""
        waiting = self._on_the_way
        waiting.sort()
        end = len(waiting) if before_ms is None else bisect_left(waiting, (before_ms // 1000,))
        arriving, self._on_the_way = waiting[:end], waiting[end:]
        for arrival_s, rank, _, key, value in arriving:
            if key is None:
                yield f"{value}\n".encode()
            else:
                yield (
                    f'{{"topic":"{_TOPICS[rank]}","timestamp":"{utc_text(arrival_s * 1000)}",'
                    f'"key":"{key}","value":{value}}}\n'
                ).encode()
