"""Usage records: one a call, message, or part of a data session (topic ``cdr``).

Volumes are octets, durations seconds, messages counts (3GPP TS 32.298 calls them data volume, call duration,
number of messages). Each partial record of a session carries its own increment.
"""

from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from schemas.fields import Country, Direction, Identifier, Money, Quantity, SubscriberId
from schemas.times import Instant, to_ms


class Partial(Struct, frozen=True, kw_only=True):
    """Where in its session a partial record stands; information only."""

    sequence: Quantity
    final: bool = False


class Was(Struct, frozen=True, kw_only=True):
    """What the corrected record had said, in its own quantities."""

    bytes_up: Quantity | None = None
    bytes_down: Quantity | None = None
    duration_s: Quantity | None = None
    count: Quantity | None = None
    charge: Money | None = None
    """The charge that it carried, if that is to be taken off too."""


class Corrects(Struct, frozen=True, kw_only=True):
    """Which record is corrected; ``source`` None is the correcting record's own."""

    record_id: Identifier
    was: Was
    source: str | None = None


class Replaces(Struct, frozen=True, kw_only=True):
    """Which provisional record is replaced."""

    record_id: Identifier
    source: str


class UsageRecord(Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """What all usage records have in common."""

    record_id: Identifier
    subscriber_id: SubscriberId
    started_at: Instant
    """Event time: decides the billing period and the window."""
    source: str = ""
    ended_at: Instant | None = None
    roaming: bool = False
    visited: Country | None = None
    zero_rated: bool = False
    """Kept in history, not counted against an allowance."""
    charge: Money | None = None
    ended_by: Literal["normal", "dropped", "failed"] | None = None
    partial: Partial | None = None
    corrects: Corrects | None = None
    provisional: bool = False
    replaces: Replaces | None = None

    TIMES: ClassVar = ("started_at", "ended_at")
    QUANTITIES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Make every time a number of milliseconds."""
        force_setattr(self, "started_at", to_ms(self.started_at))
        if self.ended_at is not None:
            force_setattr(self, "ended_at", to_ms(self.ended_at))

    @property
    def quantity(self) -> int:
        """The record's raw quantity in its own unit: octets, seconds or messages."""
        raise NotImplementedError

    @property
    def has_quantity(self) -> bool:
        """Whether any of its own quantities is there; a misspelt field must not count as zero."""
        return True

    def quantity_of(self, was: Was) -> int | None:
        """Return the raw quantity that a record of this type had, None where ``was`` does not say."""
        raise NotImplementedError


class Data(UsageRecord, frozen=True, kw_only=True, gc=False, tag="data"):
    """A data session or a part of one, in octets. At least one direction is given."""

    bytes_up: Quantity | None = None
    bytes_down: Quantity | None = None
    rating_group: Quantity | Identifier | None = None

    QUANTITIES: ClassVar[tuple[str, ...]] = ("bytes_up", "bytes_down")

    def __post_init__(self) -> None:
        """Make times numbers, and a missing direction 0, so that both spellings are the same record."""
        super().__post_init__()
        if self.bytes_up is None:
            force_setattr(self, "bytes_up", 0 if self.bytes_down is not None else None)
        elif self.bytes_down is None:
            force_setattr(self, "bytes_down", 0)

    @property
    def quantity(self) -> int:
        """Octets in both directions."""
        return (self.bytes_up or 0) + (self.bytes_down or 0)

    @property
    def has_quantity(self) -> bool:
        """Whether either direction is given."""
        return self.bytes_up is not None

    def quantity_of(self, was: Was) -> int | None:
        """Return octets in both directions; a missing one is 0, both missing are no quantity."""
        if was.bytes_up is None and was.bytes_down is None:
            return None
        return (was.bytes_up or 0) + (was.bytes_down or 0)


class Voice(UsageRecord, frozen=True, kw_only=True, gc=False, tag="voice"):
    """A call or a part of one, in seconds, unrounded."""

    duration_s: Quantity | None = None
    direction: Direction = "out"
    destination: Literal["on_net", "off_net", "international", "premium"] | None = None

    QUANTITIES: ClassVar[tuple[str, ...]] = ("duration_s",)

    @property
    def quantity(self) -> int:
        """Seconds, unrounded."""
        return self.duration_s or 0

    @property
    def has_quantity(self) -> bool:
        """Whether the duration is given."""
        return self.duration_s is not None

    def quantity_of(self, was: Was) -> int | None:
        """Return seconds, unrounded."""
        return was.duration_s


class Messages(UsageRecord, frozen=True, kw_only=True, gc=False):
    """Messages of either kind."""

    count: Quantity = 1
    direction: Direction = "out"

    QUANTITIES: ClassVar[tuple[str, ...]] = ("count",)

    @property
    def quantity(self) -> int:
        """Messages."""
        return self.count

    def quantity_of(self, was: Was) -> int | None:
        """Return messages; one where nothing is said, as in the record itself."""
        return 1 if was.count is None else was.count


class Sms(Messages, frozen=True, kw_only=True, gc=False, tag="sms"):
    """Short messages; each part of a concatenated one counts."""


class Mms(Messages, frozen=True, kw_only=True, gc=False, tag="mms"):
    """Multimedia messages."""


CdrRecord = Data | Voice | Sms | Mms
