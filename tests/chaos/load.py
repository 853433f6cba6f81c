"""A seeded load: the records of a chaos run as one replay file, cut into slices, one day each.

The file is in order of arrival, as WIRE.md wants it of one that a replay and a worker are to agree on. Each
slice is fed by itself, so that whatever is done to the cluster hits work in progress.
"""

import base64
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from math import gcd
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import orjson

from schemas.times import to_ms
from schemas.topics import ADDONS, BY_NAME, GROUPS, PLANS, SUBSCRIBERS
from tests.chaos.kinds import (
    DAY_MS,
    NOON_MS,
    RECORD_BYTES,
    Sent,
    Visit,
    group_id,
    has_profile_at_first,
    is_group_line,
    kind_of,
    profile_of,
    subscriber_id,
)

FIRST_MS: Final = to_ms("2026-03-01T00:00:00Z")
"""In the past, so that no broker takes it for the future; clocks change in two of the zones meanwhile."""
SMALL_BYTES: Final = 35_000_000
"""Three and a half records: most subscribers go past all levels of one billing period."""


class Spans(NamedTuple):
    """Where in a load's file what lies, as lines ``[first, end)`` counted from 0.

    Each span is fed by itself, the one before it acknowledged: topics are written side by side, and a worker
    that reads along may see what stands later in the file before what stands earlier in another topic. So
    records of one subscriber whose order matters are of one topic, or in different spans.
    """

    path: Path
    opening: range
    days: list[tuple[range, range]]
    """The morning and the noon of each."""
    closing: range

    def lines(self, span: range) -> Iterator[bytes]:
        """Yield the lines of a span."""
        with self.path.open("rb") as file:
            yield from islice(file, span.start, span.stop)

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return self.closing.stop


class Load(NamedTuple):
    """What a run feeds."""

    seed: int
    subscriber_count: int
    record_count: int
    """Least number of usage records and events."""
    slice_count: int

    def write(self, path: Path) -> Spans:
        """Write the file."""
        spans: list[range] = []
        with path.open("wb") as file:
            for part in self._parts():
                first = spans[-1].stop if spans else 0
                file.writelines(map(line_of, part))
                spans.append(range(first, first + len(part)))
        days = list(zip(spans[1:-1:2], spans[2:-1:2], strict=True))
        return Spans(path, spans[0], days, spans[-1])

    def _parts(self) -> Iterator[list[Sent]]:
        yield list(self._opening())
        order = _round(self.subscriber_count, Random(self.seed))  # noqa: S311 - nothing secret
        turns: dict[int, int] = defaultdict(int)
        each = -(-self.record_count // self.slice_count)
        for day in range(self.slice_count):
            part: list[Sent] = []
            while len(part) < each:
                part += self._visit(next(order), turns, day)
            yield from _halves(part, day)
        # What is due by the last morning must have fired in every partition, of the file and of the cluster,
        # and what is due from its noon on in none.
        last = [self._visit(number, turns, self.slice_count) for number in islice(order, 1_000)]
        yield _halves([sent for some in last for sent in some], self.slice_count)[0]

    def _visit(self, number: int, turns: dict[int, int], day: int) -> list[Sent]:
        nth = turns[number]
        turns[number] += 1
        random = Random(f"{self.seed}/{number}/{nth}")  # noqa: S311 - nothing secret
        return list(kind_of(number)(Visit(number, nth, FIRST_MS + day * DAY_MS, random)))

    def _opening(self) -> Iterator[Sent]:
        yield from catalog()
        for number in range(self.subscriber_count):
            if has_profile_at_first(number):
                yield Sent(FIRST_MS, SUBSCRIBERS, subscriber_id(number), profile_of(number))
        members = defaultdict(list)
        for number in filter(is_group_line, range(self.subscriber_count)):
            members[group_id(number)].append(subscriber_id(number))
        for group, lines in members.items():
            terms = {"plan_id": "family", "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"}
            value: dict[str, object] = {"group_id": group, "owner_id": lines[0], "members": lines}
            yield Sent(FIRST_MS, GROUPS, group, value | terms)


def catalog() -> Iterator[Sent]:
    """Yield plans and add-ons."""
    charged = {"action": "charge", "price": "2.00", "per": 1_000_000}
    beyond: dict[str, tuple[int, dict[str, object]]] = {
        "small": (SMALL_BYTES, charged),
        "large": (10**15, charged),
        "slow": (SMALL_BYTES, {"action": "throttle", "to_kbps": 128}),
        "closed": (SMALL_BYTES, {"action": "block"}),
        "canada": (SMALL_BYTES // 2, charged),
    }
    for plan_id, (amount, action) in beyond.items():
        allowances = [
            {"bucket": "data", "amount": amount, "beyond": action},
            {"bucket": "data.roaming", "amount": SMALL_BYTES // 2, "beyond": charged},
            {"bucket": "voice", "amount": 300, "beyond": charged, "rounding": "60/60"},
            {"bucket": "sms", "amount": 8, "beyond": charged},
        ]
        currency = "CAD" if plan_id == "canada" else "EUR"
        plan: dict[str, object] = {"plan_id": plan_id, "currency": currency, "price": "30.00"}
        yield Sent(FIRST_MS, PLANS, plan_id, plan | {"allowances": allowances})
    shared = {"bucket": "data", "amount": 4 * SMALL_BYTES, "beyond": charged}
    family: dict[str, object] = {"plan_id": "family", "currency": "EUR", "allowances": [shared]}
    yield Sent(FIRST_MS, PLANS, "family", family)
    extra: dict[str, object] = {"addon_id": "extra", "bucket": "data", "amount": 3 * RECORD_BYTES}
    yield Sent(FIRST_MS, ADDONS, "extra", extra | {"price": "5.00", "currency": "EUR"})


def _round(count: int, random: Random) -> Iterator[int]:
    """Yield every number below ``count`` once, in an order that differs from round to round, for ever."""
    while True:
        # Steps of a stride without a common divisor reach every number once: a cheap shuffle.
        first, stride = random.randrange(count), random.randrange(1, count + 1)
        while gcd(stride, count) != 1:
            stride = random.randrange(1, count + 1)
        yield from ((first + place * stride) % count for place in range(count))


def _halves(day_sent: list[Sent], day: int) -> tuple[list[Sent], list[Sent]]:
    """Return a day's records in order of arrival, before noon and from then on."""
    noon_ms = FIRST_MS + day * DAY_MS + NOON_MS
    arrived = in_order(day_sent)
    middle = bisect_left(arrived, noon_ms, key=lambda sent: sent.arrives_ms)
    return arrived[:middle], arrived[middle:]


def in_order(sent: list[Sent]) -> list[Sent]:
    """Return records in order of arrival, at equal times by topic."""
    return sorted(sent, key=lambda one: (one.arrives_ms, BY_NAME[one.topic].merge_rank))


def line_of(sent: Sent) -> bytes:
    """Return a record as a line of a replay file."""
    line: dict[str, object] = {"topic": sent.topic, "timestamp": sent.arrives_ms, "key": sent.key}
    if isinstance(sent.value, bytes):
        line["raw"] = base64.b64encode(sent.value).decode()
    else:
        line["value"] = sent.value
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
