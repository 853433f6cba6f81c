"""What differs between our totals and billing's. Our states are taken one by one and not kept."""

from fractions import Fraction
from typing import Final

from msgspec import Struct

from streams.compare.billing import Key
from streams.core.stored import decode_state

GROUP_PREFIX: Final = "group/"
"""Begins the keys of groups' states: what is shared is on nobody's own bill."""


class Tolerance(Struct, frozen=True, kw_only=True):
    """How far apart two totals may be and still count as equal: either of the two is enough."""

    units: int = 0
    percent: Fraction = Fraction(0)
    """Of billing's total."""

    def covers(self, *, ours: int, billing: int) -> bool:
        """Return whether the totals are near enough."""
        apart = abs(ours - billing)
        return apart <= self.units or apart * 100 <= self.percent * billing


class Difference(Struct, frozen=True, kw_only=True):
    """One total on which we and billing do not agree. None: one of us has no such total."""

    subscriber_id: str
    bucket: str
    period: str
    ours: int | None
    billing: int | None

    @property
    def difference(self) -> int:
        """How much ours is above billing's; no total is 0."""
        return (self.ours or 0) - (self.billing or 0)

    @property
    def percent(self) -> float | None:
        """The difference in percent of billing's total, to two places; None if that is 0."""
        return round(100 * self.difference / self.billing, 2) if self.billing else None


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a comparison."""

    equal: int
    differing: int
    only_ours: int
    only_billing: int
    unnamed: int
    """Of those that only we have: in periods that billing does not name at all."""
    by_bucket: dict[str, int]
    """Bucket → all our totals less all of billing's, equal ones too."""
    differences: list[Difference]
    """The largest first, at equal size by subscriber, bucket and period."""

    @property
    def compared(self) -> int:
        """How many totals there were on either side."""
        return self.equal + self.unequal

    @property
    def unequal(self) -> int:
        """How many of them do not agree."""
        return self.differing + self.only_ours + self.only_billing


class Comparison:
    """One comparison. It consumes ``billing``; of the differences it keeps the ``most`` largest.

    A total that one side lacks is read as 0, and so is equal to what is within the tolerance of 0.
    """

    def __init__(
        self,
        billing: dict[Key, int],
        *,
        tolerance: Tolerance,
        most: int,
        periods: frozenset[str] = frozenset(),
    ) -> None:
        self._billing = billing
        self._tolerance = tolerance
        self._most = most
        self._periods = periods
        """Of ours only these are compared, unless it is empty."""
        self._named = {period for _, _, period in billing}
        self._counts = {"equal": 0, "differing": 0, "only_ours": 0, "only_billing": 0, "unnamed": 0}
        self._by_bucket: dict[str, int] = {}
        self._differences: list[Difference] = []

    def take(self, key: str, state: bytes) -> None:
        """Take one of our states, whole as it is stored.

        Raises: StateError if another release wrote it.
        """
        if key.startswith(GROUP_PREFIX):
            return
        for period in decode_state(state).periods:
            if self._periods and period.day not in self._periods:
                continue
            for bucket, usage in period.buckets.items():
                row = (key, bucket, period.day)
                self._compare(row, ours=max(0, usage.used), billing=self._billing.pop(row, None))

    def finish(self) -> Outcome:
        """Return what came of it once all our states are taken."""
        while self._billing:
            row, total = self._billing.popitem()
            self._compare(row, ours=None, billing=total)
        self._cut()
        return Outcome(by_bucket=self._by_bucket, differences=self._differences, **self._counts)

    def _compare(self, row: Key, *, ours: int | None, billing: int | None) -> None:
        subscriber_id, bucket, period = row
        self._by_bucket[bucket] = self._by_bucket.get(bucket, 0) + (ours or 0) - (billing or 0)
        if self._tolerance.covers(ours=ours or 0, billing=billing or 0):
            self._counts["equal"] += 1
            return
        if billing is None:
            self._counts["only_ours"] += 1
            self._counts["unnamed"] += period not in self._named
        else:
            self._counts["only_billing" if ours is None else "differing"] += 1
        self._differences.append(
            Difference(subscriber_id=subscriber_id, bucket=bucket, period=period, ours=ours, billing=billing)
        )
        if len(self._differences) >= 2 * self._most:
            self._cut()

    def _cut(self) -> None:
        """Keep the largest in order."""
        self._differences.sort(
            key=lambda one: (-abs(one.difference), one.subscriber_id, one.bucket, one.period)
        )
        del self._differences[self._most :]
