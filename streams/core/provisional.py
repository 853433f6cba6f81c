"""What may still be taken off: what provisional records have counted, and what has corrected them.

NRTRDE and the TAP file that follows it describe the same usage: the first may be replaced, never added to.
The record that replaces it takes the place of everything that was provisional about it, its corrections too,
whichever of them comes first. So a correction is kept also where what it corrects has not come: it may be
provisional. And that one has been replaced is kept for what comes of it later.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from schemas.fields import Bucket, Money
from schemas.times import MS_PER_DAY

KEPT_MS: Final = 35 * MS_PER_DAY
"""TAP files come within 30 days of the usage (WIRE.md: 35)."""
COUNT_MAX: Final = 500
"""A subscriber, corrections among them: of 10,000 records five are corrections."""


class Provisional(Struct, array_like=True, frozen=True, gc=False):
    """What one record has counted that may be taken off, or that another has taken its place."""

    identity: bytes
    """Of the provisional record; of a correction that of what it corrects."""
    arrival_ms: int
    """From when on it is kept; of a correction when the provisional record came, if it has."""
    at_ms: int = 0
    bucket: Bucket | None = None
    """None: it counts in none."""
    kind: str = ""
    """The record's type; empty where it has been replaced."""
    billable: int | None = None
    raw: int = 0
    roaming: bool = False
    charge: Money | None = None
    former_charge: Money | None = None
    """The charge that a correction has taken off."""
    is_correction: bool = False

    @property
    def is_replaced(self) -> bool:
        """Whether a record has taken its place: what comes of it from now on counts nothing."""
        return not self.kind


def kept(known: Iterable[Provisional], new: Provisional, *, now_ms: int) -> tuple[Provisional, ...]:
    """Return the ones to keep with a new one: what is too old is final, and what is replaced is gone.

    Corrections that came before what they correct are kept as long as that. What does not fit is final too,
    the oldest first and its corrections with it: no half of it may be taken off.
    """
    recent = [one for one in known if now_ms < one.arrival_ms + KEPT_MS]
    if new.is_replaced:
        recent = [one for one in recent if one.identity != new.identity]
    elif not new.is_correction:
        recent = [
            replace(one, arrival_ms=new.arrival_ms) if one.identity == new.identity else one for one in recent
        ]
    final = None
    while len(recent) >= COUNT_MAX:
        final = recent[0].identity
        recent = [one for one in recent if one.identity != final]
    return tuple(recent) if new.identity == final else (*recent, new)


def named(known: Iterable[Provisional], identity: bytes, *, now_ms: int) -> tuple[Provisional, ...]:
    """Return what is kept of one provisional record: itself or that it is replaced, and its corrections."""
    return tuple(one for one in known if one.identity == identity and now_ms < one.arrival_ms + KEPT_MS)
