"""When a partition stops of itself, and when it holds back a type of output: until a person decides.

::

    record ──> raises ──> dead letter `defect` ── 100 in a row ────────────────┐
          └──> rejected ── more than the allowed share of 1,000 ───────────────┼──> pause ──> resume
    our own code raises, and not on a record ── 3 times ───────────────────────┘
    output ──> more of its type than allowed in one minute ──> hold ──> send, in order ──> as before
                                                                   └──> drop ─────────────> as before

A breaker is committed with its partition, so that it moves with it and survives restarts. Its minutes are
those of the partition's clock: a backlog after an outage is measured as it once came, not as it is read.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.envelope import Emitted
from schemas.times import MS_PER_HOUR, MS_PER_MINUTE
from schemas.topics import DEAD_LETTERS, GROUP_USAGE, HELD_OUTPUTS

WINDOW_RECORDS: Final = 1_000
"""The share of rejected records is that of so many: more than the allowed share of them pause at once."""
FREE_MS: Final = MS_PER_HOUR
"""A type that a person has said to send is not held back again for so long, by the partition's clock."""
UNHELD: Final = frozenset({DEAD_LETTERS, GROUP_USAGE})
"""Dead letters have limits of their own; usage of groups is an input again."""
TOPIC_HEADER: Final = "held-topic"
TYPE_HEADER: Final = "held-type"
HOLD_HEADER: Final = "hold"
"""Before an output's own headers on `held-outputs`: where it belongs, and since when its type is held."""


class Limits(Struct, frozen=True, kw_only=True):
    """What a deployment allows a partition."""

    defects_in_a_row: int
    rejected_ratio: float
    """Of 1: nothing pauses."""
    outputs_per_minute: int
    """Of one type; 0: nothing is held back."""


class PauseReason(StrEnum):
    """Why a partition is paused."""

    DEFECTS = "defects"
    REJECTED = "rejected"
    FAILURES = "failures"

    def sentence(self) -> str:
        """Return it in words."""
        match self:
            case PauseReason.DEFECTS:
                return "our own code raised on too many records in a row"
            case PauseReason.REJECTED:
                return "too large a share of the records was rejected"
            case PauseReason.FAILURES:
                return "our own code raised again and again, and not on a record"


class Pause(Struct, frozen=True):
    """A partition takes nothing more. ``at_ms`` is the wall time, by which an order names it."""

    reason: PauseReason
    at_ms: int


class Hold(Struct):
    """A type of output is held back since ``at_ms``, the wall time, by which an order names it."""

    at_ms: int
    count: int = 0
    """How many wait."""
    is_sending: bool = False
    next_offset: int = 0
    """While sending: where to read on in `held-outputs`."""


class Order(Struct, frozen=True):
    """What a person has decided about the pause, or the hold, that began at ``at_ms``; no other one."""

    at_ms: int
    do: Literal["resume", "send", "drop"]


class Breaker(Struct, kw_only=True, omit_defaults=True):
    """One partition's breaker. Types are named ``topic/type``."""

    defects_in_a_row: int = 0
    read_count: int = 0
    rejected_count: int = 0
    """Of the ``read_count`` newest records, which are less than `WINDOW_RECORDS` before the next one."""
    pause: Pause | None = None
    minute: int = 0
    """Of the partition's clock, since 1970."""
    emitted: dict[str, int] = field(default_factory=dict)
    """In that minute, by type."""
    holds: dict[str, Hold] = field(default_factory=dict)
    free_until_ms: dict[str, int] = field(default_factory=dict)
    """Types that a person let through, by the partition's clock."""

    def copy(self) -> "Breaker":
        """Return a breaker that does not move with this one."""
        return replace(
            self,
            emitted=dict(self.emitted),
            holds={what: replace(hold) for what, hold in self.holds.items()},
            free_until_ms=dict(self.free_until_ms),
        )

    # -- records

    def stop(self, reason: PauseReason, *, wall_ms: int) -> None:
        """Pause the partition, unless it is paused."""
        if self.pause is None:
            self.pause = Pause(reason, wall_ms)

    def defect(self, limits: Limits, *, wall_ms: int) -> None:
        """Count a record on which our own code raised."""
        self.defects_in_a_row += 1
        if self.defects_in_a_row >= limits.defects_in_a_row:
            self.stop(PauseReason.DEFECTS, wall_ms=wall_ms)

    def read(self, count: int, rejected_count: int, limits: Limits, *, wall_ms: int) -> None:
        """Count records that were read, and those of them that were rejected, defects too."""
        self.read_count += count
        self.rejected_count += rejected_count
        if limits.rejected_ratio < 1 and self.rejected_count > limits.rejected_ratio * WINDOW_RECORDS:
            self.stop(PauseReason.REJECTED, wall_ms=wall_ms)
        if self.read_count >= WINDOW_RECORDS:
            self.read_count = self.rejected_count = 0

    # -- outputs

    def sort(self, found: Sequence[Emitted], limits: Limits, *, clock_ms: int, wall_ms: int) -> list[Emitted]:
        """Return outputs as they are to be written: those of a type that is held back to `held-outputs`."""
        if clock_ms // MS_PER_MINUTE > self.minute:
            self.minute, self.emitted = clock_ms // MS_PER_MINUTE, {}
        return [
            one if one.topic in UNHELD else self._sort_one(one, limits, clock_ms, wall_ms) for one in found
        ]

    def _sort_one(self, one: Emitted, limits: Limits, clock_ms: int, wall_ms: int) -> Emitted:
        what = f"{one.topic}/{one.type}"
        hold = self.holds.get(what)
        if hold is None:
            self.emitted[what] = count = self.emitted.get(what, 0) + 1
            if count <= limits.outputs_per_minute or not limits.outputs_per_minute:
                return one
            if clock_ms < self.free_until_ms.get(what, 0):
                return one
            hold = self.holds[what] = Hold(wall_ms)
        hold.count += 1
        return _held(one, hold)

    # -- what a person decides

    def obey(self, what: str, order: Order) -> None:
        """Do what is ordered about the pause (``what`` empty) or a type's hold, if it is still that one."""
        match order.do:
            case "resume":
                if not what and self.pause is not None and self.pause.at_ms == order.at_ms:
                    self.pause = None
                    self.defects_in_a_row = self.read_count = self.rejected_count = 0
            case "send":
                if (hold := self.holds.get(what)) is not None and hold.at_ms == order.at_ms:
                    hold.is_sending = True
            case "drop":
                if (hold := self.holds.get(what)) is not None and hold.at_ms == order.at_ms:
                    del self.holds[what]

    def sending(self) -> str | None:
        """Return a type that is to be sent now, None if there is none."""
        return next((what for what, hold in self.holds.items() if hold.is_sending), None)

    def sent(self, what: str, count: int, *, next_offset: int, clock_ms: int) -> None:
        """Note that so many outputs of a type were sent; with the last one its hold is over."""
        hold = self.holds[what]
        hold.count -= count
        hold.next_offset = next_offset
        if hold.count <= 0:
            self.end(what, clock_ms=clock_ms)

    def end(self, what: str, *, clock_ms: int) -> None:
        """End a hold of which nothing is left to send."""
        del self.holds[what]
        self.free_until_ms = {one: until for one, until in self.free_until_ms.items() if until > clock_ms}
        self.free_until_ms[what] = clock_ms + FREE_MS


def _held(one: Emitted, hold: Hold) -> Emitted:
    own = ((TOPIC_HEADER, one.topic), (TYPE_HEADER, one.type), (HOLD_HEADER, str(hold.at_ms)))
    headers = (*((name, text.encode()) for name, text in own), *one.headers)
    return one._replace(topic=HELD_OUTPUTS, headers=headers)


def of_hold(
    headers: Sequence[tuple[str, bytes]], *, key: bytes | None, value: bytes | None, what: str, at_ms: int
) -> Emitted | None:
    """Return the output that a record of `held-outputs` is, None if it is of another hold."""
    own = dict(headers[:3])
    topic, kind, hold = (own.get(name, b"").decode() for name in (TOPIC_HEADER, TYPE_HEADER, HOLD_HEADER))
    if (f"{topic}/{kind}", hold) != (what, str(at_ms)):
        return None
    return Emitted(topic, kind, key, value, tuple(headers[3:]))
