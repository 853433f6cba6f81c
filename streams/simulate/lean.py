"""Plain records in any number, for benchmarks and delivery tests: what they raise is known beforehand."""

from collections.abc import Iterator
from math import gcd
from random import Random
from typing import Final

from streams.simulate.month import utc_text

FIRST_MS: Final = 1_793_491_200_000
"""2026-11-01T00:00:00Z, when records begin unless told otherwise."""
_RECORD_BYTES: Final = 10_000_000
_CURRENCY: Final = "EUR"
_LARGE_BYTES: Final = 10**15


def uniform(  # noqa: PLR0913  # all but the seed by name
    seed: int,
    *,
    subscribers: int,
    records: int,
    crossing_percent: int = 30,
    first_ms: int = FIRST_MS,
    per_second: int = 2_000,
) -> Iterator[bytes]:
    """Yield lines of a replay file: two plans, the profiles, then ``records`` data records of 10 MB.

    Records go round: each subscriber has one in every ``subscribers``, in an order that differs from round
    to round. So each has ``records // subscribers`` of them, some one more. ``crossing_percent`` of the
    subscribers are on a plan that includes three quarters of that: with four rounds or more each of these
    goes past 80 and 100 % and beyond the allowance, which with the levels of DE is three signals. The others
    raise none. ``per_second`` records arrive each second, all in one billing period if it lasts.
    """
    each = records // subscribers
    small_bytes = each * _RECORD_BYTES * 3 // 4
    profiles_at = utc_text(first_ms)
    for plan_id, amount in (("bench-small", small_bytes), ("bench-large", _LARGE_BYTES)):
        yield (
            f'{{"topic":"plans","timestamp":"{profiles_at}","key":"{plan_id}","value":{{"plan_id":"{plan_id}",'
            f'"currency":"{_CURRENCY}","allowances":[{{"bucket":"data","amount":{amount},'
            f'"beyond":{{"action":"charge","price":"2.00","per":1000000000}}}}]}}}}\n'
        ).encode()
    for number in range(subscribers):
        plan_id = "bench-small" if number % 100 < crossing_percent else "bench-large"
        yield (
            f'{{"topic":"subscribers","timestamp":"{profiles_at}","key":"bench-{number:06}","value":'
            f'{{"subscriber_id":"bench-{number:06}","plan_id":"{plan_id}","time_zone":"Europe/Berlin",'
            f'"cycle_day":1,"jurisdiction":"DE"}}}}\n'
        ).encode()
    yield from _records(seed, subscribers, records, first_ms, per_second)


def _records(seed: int, subscribers: int, records: int, first_ms: int, per_second: int) -> Iterator[bytes]:
    random = Random(seed)  # noqa: S311  # a benchmark, nothing secret
    keys = [f"bench-{number:06}" for number in range(subscribers)]
    stride = offset = at_ms = 0
    at_text = ""
    for index in range(records):
        place = index % subscribers
        if place == 0:
            # Steps of a stride without a common divisor reach every subscriber once: a cheap shuffle.
            offset, stride = random.randrange(subscribers), random.randrange(1, subscribers + 1)
            while gcd(stride, subscribers) != 1:
                stride = random.randrange(1, subscribers + 1)
        if index % per_second == 0:
            at_ms = first_ms + index // per_second * 1000
            at_text = utc_text(at_ms)
        key = keys[(offset + place * stride) % subscribers]
        yield (
            f'{{"topic":"cdr","timestamp":"{at_text}","key":"{key}","value":{{"record_id":"{index}","source":"bench",'
            f'"subscriber_id":"{key}","type":"data","started_at":{at_ms},"bytes_up":1000000,"bytes_down":9000000}}}}\n'
        ).encode()
