"""What a story is made of: a step for each record that concerns the subscriber, and for what time brings."""

from typing import Any, Final

from msgspec import Struct

from schemas.fields import Bucket
from schemas.times import MS_PER_HOUR
from streams.explain.moves import BucketMove

TIMER: Final = "timer"
PROFILE: Final = "profile"
ANOTHER: Final = "group"
"""What steps are that are no record of a type of its own."""
LATE_MS: Final = 24 * MS_PER_HOUR
"""A day after it happened a record is late: 99.5 of 100 simulated ones come sooner."""


class Refused(Struct, frozen=True, kw_only=True):
    """A dead letter: where the record lies, and why it was refused."""

    topic: str
    """``file``: the line is no record of any topic."""
    line: int
    reason: str
    detail: str
    is_elsewhere: bool
    """It lies on another line than the one that the step is about: it was held until now."""


class NotRaised(Struct, frozen=True, kw_only=True):
    """One thing that a reader may expect and that was not raised, and why not."""

    signal: str
    """``near_limit``, ``forecast``, ``bill_warning``, ..., ``notice``; empty for all that a record could have
    raised."""
    bucket: Bucket | None = None
    period: str | None = None
    is_shared: bool = False
    """The bucket is the group's."""
    why: str
    """One word from a closed list."""
    text: str
    """In English, without a full stop; amounts in the plan's units."""
    what: str = ""
    """Which of a signal's levels or steps, where it has any: ``80 %``."""
    line: int | None = None
    """Of the record that has raised it already."""


class Step(Struct, frozen=True, kw_only=True):
    """One line of a file, or the timers before it, as far as it concerns the subscriber."""

    line: int
    """From 1, across files: where the record is to be found; of timers, the line that time went on to."""
    at_ms: int | None
    """Event time; of a timer when it was due. None: it has none, or none that is the subscriber's own."""
    arrived_ms: int
    time_zone: str
    """The subscriber's."""
    what: str
    """``data``, ``addon.purchased``, ..., ``profile``, ``timer``, ``group`` for a record of another line of a
    group; the topic of whatever is nobody's own, ``file`` for a line that is no record."""
    record: dict[str, Any]
    """What is the subscriber's own of the record (`own`)."""
    became: str
    """``applied``, ``duplicate``, ``held``, ``dead``; empty where it is not the subscriber's record."""
    released: int
    """Held records that this one let in."""
    refused: tuple[Refused, ...]
    membership: tuple[str, ...]
    """What has changed between the subscriber and groups, in words."""
    moved: tuple[BucketMove, ...]
    owed: tuple[str, str] | None
    """What is owed before and after, where that has changed."""
    outputs: tuple[dict[str, Any], ...]
    """Signals, notices, offers, suppressed offers, in order; each with its topic and a ``sentence``."""
    why_not: tuple[NotRaised, ...]

    @property
    def shown_ms(self) -> int:
        """When it happened, or if that is not known when it arrived."""
        return self.arrived_ms if self.at_ms is None else self.at_ms

    @property
    def is_late(self) -> bool:
        """Whether it arrived so long after it happened that this is worth telling."""
        return self.late_ms >= LATE_MS

    @property
    def late_ms(self) -> int:
        """How long after it happened it arrived."""
        return self.arrived_ms - self.shown_ms
