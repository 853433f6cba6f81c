"""Provisional records: what each has counted, kept until the final one takes its place.

NRTRDE and the TAP file that follows it describe the same usage: the first may be replaced, never added to.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from schemas.fields import Bucket, Money
from schemas.times import MS_PER_DAY

KEPT_MS: Final = 35 * MS_PER_DAY
"""TAP files come within 30 days of the usage (WIRE.md: 35)."""
COUNT_MAX: Final = 500


class Provisional(Struct, array_like=True, frozen=True, gc=False):
    """What one provisional record has counted, or that it has been replaced before it came."""

    identity: bytes
    arrival_ms: int
    at_ms: int = 0
    bucket: Bucket | None = None
    """None: it counts in none."""
    kind: str = ""
    """The record's type; empty where it was replaced before it came."""
    billable: int | None = None
    raw: int = 0
    roaming: bool = False
    charge: Money | None = None

    @property
    def is_replaced(self) -> bool:
        """Whether its final record came first."""
        return not self.kind


def kept(known: Iterable[Provisional], new: Provisional, *, now_ms: int) -> tuple[Provisional, ...]:
    """Return the ones to keep with a new one: the oldest become final."""
    recent = [one for one in known if now_ms < one.arrival_ms + KEPT_MS]
    return (*recent[-(COUNT_MAX - 1) :], new)


def find(known: Iterable[Provisional], identity: bytes, *, now_ms: int) -> Provisional | None:
    """Return what is kept under an identity, None if nothing is, or no longer."""
    return next(
        (one for one in known if one.identity == identity and now_ms < one.arrival_ms + KEPT_MS), None
    )
