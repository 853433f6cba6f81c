"""Allowances as they are sold: the plan's amount and what was bought or carried over beside it.

Each is used before those that expire later, the plan's own at the end of its period. What is left of a grant
follows from totals alone, never from the order in which records arrived: what is used before the grant's
expiry and not drawn from an earlier one is drawn from it. So late records and corrections need no case of
their own.

A grant covers its period from the start: what was used before it was bought is covered too (WIRE.md: used
stays, the new allowance holds for the whole open period).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from schemas.fields import Bucket
from streams.core.usage import Period, Usage

GRANT_COUNT_MAX: Final = 64
"""A subscriber: what is sold by the day twice over. The oldest that has expired goes."""
KEPT_AFTER_EXPIRY_MS: Final = 100 * 86_400_000
"""The period in which it expires (31 days) may change until 60 days after its end, and a week."""


class Grant(Struct, array_like=True, gc=False):
    """An amount of one bucket that is valid in ``[from_ms, expires_ms)``."""

    bucket: Bucket
    amount: int
    from_ms: int
    """The start of the period in which it was bought."""
    expires_ms: int
    addon_id: str
    source: str
    event_id: str
    reminds_ms: int | None = None
    """When its reminder is due; None once that is over, or where there is none."""
    lapses_ms: int | None = None
    """When it expires inside a period, as long as that lies ahead."""

    @property
    def has_lapsed(self) -> bool:
        """Whether what was left of it is gone."""
        return self.lapses_ms is None

    def next_due_ms(self) -> int | None:
        """Return when it is reminded of or lapses, None where neither lies ahead."""
        return min((at_ms for at_ms in (self.reminds_ms, self.lapses_ms) if at_ms is not None), default=None)


class Drawn(Struct, frozen=True, gc=False):
    """How much of a grant was there when a period began, and how much the period has drawn."""

    grant: Grant
    left: int
    drawn: int


def allowance_of(
    grants: Sequence[Grant], periods: Iterable[Period], period: Period, bucket: str, base: int | None
) -> int | None:
    """Return the whole allowance of a bucket in a period; ``base`` is the plan's part, None unlimited.

    ``periods`` are all that are kept, ascending.
    """
    if base is None or not grants:
        return base
    total = base
    for one in draws(grants, periods, period, bucket, base):
        is_over = one.grant.expires_ms < period.ends_ms and one.grant.has_lapsed
        total += one.drawn if is_over else one.left
    return total


def with_grant(grants: tuple[Grant, ...], new: Grant, *, now_ms: int) -> tuple[Grant, ...]:
    """Return grants with one more, without what expired long ago or, if there are too many, first."""
    kept = [one for one in grants if now_ms < one.expires_ms + KEPT_AFTER_EXPIRY_MS]
    while len(kept) >= GRANT_COUNT_MAX:
        kept.remove(min(kept, key=lambda one: one.expires_ms))
    return (*kept, new)


def settle(grants: Sequence[Grant], period: Period) -> None:
    """Take what a period has drawn off the grants that outlast it: it is forgotten, and changes no more."""
    for bucket, usage in period.buckets.items():
        own = [grant for grant in grants if grant.bucket == bucket]
        if not own or usage.base is None:
            continue
        left = {_key(grant): grant.amount for grant in own}
        for one in list(_drawn(list(_valid(own, period)), left, period, usage, usage.base)):
            one.grant.amount -= one.drawn
            one.grant.from_ms = max(one.grant.from_ms, period.ends_ms)


def draws(
    grants: Sequence[Grant], periods: Iterable[Period], period: Period, bucket: str, base: int
) -> list[Drawn]:
    """Return what each grant that is valid in a period gives there, the earliest expiry first."""
    own = [grant for grant in grants if grant.bucket == bucket]
    valid = list(_valid(own, period))
    if not valid:
        return []
    left = {_key(grant): grant.amount for grant in own}
    if any(grant.from_ms < period.starts_ms for grant in valid):
        for earlier in periods:
            if earlier.starts_ms < period.starts_ms:
                _draw_earlier(own, earlier, bucket, left)
    return list(_drawn(valid, left, period, period.buckets.get(bucket), base))


def _draw_earlier(own: list[Grant], period: Period, bucket: str, left: dict[tuple[str, str], int]) -> None:
    """Take off what an earlier period drew; also from grants that end before the period that is asked for."""
    usage = period.buckets.get(bucket)
    if usage is None or usage.base is None:
        return
    for one in list(_drawn(list(_valid(own, period)), left, period, usage, usage.base)):
        left[_key(one.grant)] -= one.drawn


def _drawn(
    valid: list[Grant], left: dict[tuple[str, str], int], period: Period, usage: Usage | None, base: int
) -> Iterator[Drawn]:
    """Yield what each grant gives, in order of expiry; the plan itself goes before those that outlast it."""
    used = usage.used if usage is not None else 0
    taken = 0
    is_plan_drawn = False
    for grant in valid:
        if not is_plan_drawn and grant.expires_ms > period.ends_ms:
            taken += min(base, max(0, used - taken))
            is_plan_drawn = True
        until = used
        if grant.expires_ms < period.ends_ms and usage is not None:
            until = usage.used_before(grant.expires_ms)
        amount = left[_key(grant)]
        drawn = min(amount, max(0, until - taken))
        taken += drawn
        yield Drawn(grant, amount, drawn)


def _valid(grants: list[Grant], period: Period) -> Iterator[Grant]:
    """Yield the grants that are valid at some time of a period, the earliest expiry first."""
    inside = [
        grant for grant in grants if grant.from_ms < period.ends_ms and grant.expires_ms > period.starts_ms
    ]
    yield from sorted(inside, key=lambda grant: (grant.expires_ms, grant.source, grant.event_id))


def _key(grant: Grant) -> tuple[str, str]:
    return grant.source, grant.event_id
