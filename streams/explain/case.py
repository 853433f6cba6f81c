"""What is looked at to say why nothing more was raised."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from schemas.plans import Plan
from streams.core.catalog import Catalog
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.explain.marks import Mark, Marks
from streams.explain.moves import BucketMove
from streams.explain.step import NotRaised
from streams.regimes import Regime
from streams.rules import Rules


class Held(NamedTuple):
    """A bucket that has moved, in the state that holds it."""

    key: str
    """Of the state: the subscriber's, or a group's."""
    holder: Subscriber
    """As it is after the record."""
    former: Subscriber | None
    """As it was before."""
    move: BucketMove

    @property
    def period(self) -> Period:
        """The billing period that it has moved in."""
        return next(one for one in self.holder.periods if one.day == self.move.period)

    @property
    def usage(self) -> Usage:
        """The bucket as it is now."""
        return self.period.buckets[self.move.bucket]

    @property
    def was(self) -> Usage | None:
        """The bucket as it was before, None if there was none."""
        periods = () if self.former is None else self.former.periods
        return next(
            (one.buckets.get(self.move.bucket) for one in periods if one.day == self.move.period), None
        )

    def mark(self, name: str) -> Mark:
        """Return what the bucket remembers once a thing is raised."""
        return Mark(self.move.period, self.move.bucket, self.usage.generation, name)

    def silence(
        self, signal: str, why: str, text: str, *, what: str = "", line: int | None = None
    ) -> NotRaised:
        """Return a word on something that was not raised of the bucket."""
        return NotRaised(
            signal=signal,
            bucket=self.move.bucket,
            period=self.move.period,
            is_shared=self.move.is_shared,
            why=why,
            text=text,
            what=what,
            line=line,
        )


class Case(Struct, frozen=True, kw_only=True):
    """A record and the states after it."""

    rules: Rules
    catalog: Catalog
    marks: Marks
    states: Mapping[str, Subscriber | None]
    """The subscriber's, and those of its groups and its account, by their keys."""
    own: Subscriber
    line: int
    at_ms: int | None
    """Event time of the record."""
    arrived_ms: int
    clock_ms: int
    became: str
    """Of the subscriber's own record; empty where it is none."""
    became_there: str
    """Of that record where it went from there, to its group or account; empty where it went nowhere."""
    is_owed: bool
    """What is owed has changed."""

    def regime(self, holder: Subscriber) -> Regime:
        """Return the regime that holds for a subscriber or a group."""
        return self.rules.regimes.of(holder.jurisdiction)

    def plan(self, period: Period) -> Plan | None:
        """Return the plan of a billing period, None if the catalogue does not have it."""
        return None if period.plan_id is None else self.catalog.plan(period.plan_id)
