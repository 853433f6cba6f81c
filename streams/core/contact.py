"""What was offered to a subscriber and what came of it: the memory that offers are held back by.

None for those who were never offered anything and of whom nothing is open. Everything here is bounded: the
memory of an offer is as long as the longest rule needs it, and no longer.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from schemas.times import MS_PER_DAY
from streams.core.cases import Cases, has_open
from streams.regimes.contact import OFFER_COUNT_MAX

MADE_KEPT_MS: Final = 100 * MS_PER_DAY
"""Longer than any regime's wait for the same offer, and than three months of a promise."""
OUTCOME_WITHIN_MS: Final = 30 * MS_PER_DAY
"""Own choice: a complaint, or leaving, later than this is no answer to an offer any more."""
WAITING_COUNT_MAX: Final = 4
"""Offers, and notices, that wait for the end of the quiet hours."""
PROMISE_COUNT_MAX: Final = 4


class Stage(StrEnum):
    """How far an offer has come: the funnel, in its order."""

    MADE = "made"
    NOT_CHEAPEST = "not_cheapest"
    """Made although something cheaper would do."""
    SUPPRESSED = "suppressed"
    TASK = "task"
    """Not made but given to the account manager; suppressed too, for that reason."""
    DELIVERED = "delivered"
    FAILED = "failed"
    SEEN = "seen"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IGNORED = "ignored"
    """Expired without an answer."""
    WITHDRAWN = "withdrawn"
    COMPLAINED = "complained"
    PLAN_CHANGED = "plan_changed"
    """To the plan that was offered."""
    LEFT = "left"
    PROMISE_HELD = "promise_held"
    """A month cost no more than was said."""
    PROMISE_BROKEN = "promise_broken"


_ENDS: Final = frozenset({Stage.ACCEPTED, Stage.REFUSED, Stage.IGNORED, Stage.WITHDRAWN})
"""After one of these an offer is open no more."""


class Terms(Struct, array_like=True, gc=False, frozen=True):
    """What a month costs: decimal texts."""

    stay: str
    """If nothing is changed."""
    then: str
    """With what is offered."""
    currency: str


class Made(Struct, array_like=True, gc=False):
    """An offer that was made."""

    offer_id: str
    kind: str
    key: str
    """The plan or add-on that was offered."""
    channel: str
    at_ms: int
    expires_ms: int
    causes: tuple[str, ...] = ()
    """Ids of the signals that led to it; empty once it is open no more."""
    is_profiled: bool = False
    """It needed the consent to profiling."""
    terms: Terms | None = None
    """Where something was to be saved."""
    stages: tuple[Stage, ...] = ()
    """What came of it, each once."""

    @property
    def is_open(self) -> bool:
        """Whether an answer is still waited for."""
        return _ENDS.isdisjoint(self.stages)

    def note(self, stage: Stage) -> bool:
        """Note what came of it; return False if that is known, or too late: answers never are."""
        if stage in self.stages or (stage in (Stage.IGNORED, Stage.WITHDRAWN) and not self.is_open):
            return False
        self.stages += (stage,)
        if not self.is_open:
            self.causes = ()
        return True


class Waiting(Struct, array_like=True, gc=False, frozen=True):
    """An offer that waits for the end of the quiet hours: it passes the whole gate again then."""

    due_ms: int
    kind: str
    rule: str
    key: str
    value: Decimal
    """What it is worth to the subscriber."""
    plan_id: str | None
    """The subscriber's when it was found."""
    causes: tuple[str, ...]
    """Ids of the signals that led to it."""
    signals: bytes
    """These signals, encoded, the leading one first."""


class Notice(Struct, array_like=True, gc=False, frozen=True):
    """A service notice that waits for the end of the quiet hours."""

    due_ms: int
    value: bytes


class Promise(Struct, array_like=True, gc=False, frozen=True):
    """What an accepted offer was to save, to be held against what is paid."""

    offer_id: str
    kind: str
    channel: str
    accepted_ms: int
    terms: Terms
    months: int
    """After so many whole billing periods it is looked at next,"""
    due_ms: int
    """which is then."""


class Contact(Struct, array_like=True, gc=False):
    """What was said to a subscriber for our own sake, and how it was taken."""

    due_ms: int | None = None
    """When the first timer is due; kept by `settle`, so that plain records look at no more than this."""
    made: tuple[Made, ...] = ()
    """Ascending by time; bounded by `OFFER_COUNT_MAX`, each for `MADE_KEPT_MS`."""
    refusal_count: int = 0
    refused_ms: int = 0
    """When an offer was last refused."""
    refused_id: str = ""
    """Which: the same refusal told twice is one."""
    answered_on: str = ""
    """The channel on which the subscriber last reacted."""
    complaints: Cases = field(default_factory=dict)
    faults: Cases = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    """Bounded by `WAITING_COUNT_MAX`."""
    notices: tuple[Notice, ...] = ()
    """Bounded by `WAITING_COUNT_MAX`."""
    promises: tuple[Promise, ...] = ()
    """Bounded by `PROMISE_COUNT_MAX`."""

    @property
    def has_complaint(self) -> bool:
        """Whether a complaint is open."""
        return has_open(self.complaints)

    @property
    def has_fault(self) -> bool:
        """Whether a fault is open."""
        return has_open(self.faults)

    def made_since(self, after_ms: int) -> int:
        """Return how many offers were made after an instant, whatever became of them."""
        return sum(one.at_ms > after_ms for one in self.made)

    def find(self, offer_id: str) -> Made | None:
        """Return an offer that was made, None if it is not known any more."""
        return next((one for one in self.made if one.offer_id == offer_id), None)

    def newest(self, *, since_ms: int) -> Made | None:
        """Return the newest offer if it was made at or after an instant."""
        return self.made[-1] if self.made and self.made[-1].at_ms >= since_ms else None

    def add(self, made: Made) -> None:
        """Keep an offer that is made, and forget what is no longer of use."""
        kept = [one for one in self.made if made.at_ms < one.at_ms + MADE_KEPT_MS]
        self.made = (*kept, made)[-OFFER_COUNT_MAX:]

    def refuse(self, offer_id: str, at_ms: int) -> bool:
        """Note a refusal; return False if it is known."""
        if offer_id == self.refused_id:
            return False
        self.refusal_count += 1
        self.refused_ms, self.refused_id = max(at_ms, self.refused_ms), offer_id
        return True

    def wait(self, new: Waiting) -> list[Waiting]:
        """Keep an offer until the quiet hours end; return what goes for it: the same, or of least worth."""
        gone = [one for one in self.waiting if (one.kind, one.key) == (new.kind, new.key)]
        kept = [*(one for one in self.waiting if one not in gone), new]
        while len(kept) > WAITING_COUNT_MAX:
            least = min(kept, key=lambda one: one.value)
            kept.remove(least)
            gone.append(least)
        self.waiting = tuple(kept)
        return gone

    def take_waiting(self, which: Callable[[Waiting], bool]) -> list[Waiting]:
        """Return the waiting offers that meet a condition; they wait no more."""
        taken = [one for one in self.waiting if which(one)]
        if taken:
            self.waiting = tuple(one for one in self.waiting if one not in taken)
        return taken

    def hold(self, notice: Notice) -> bool:
        """Keep a notice until the quiet hours end; False if it does not fit."""
        if len(self.notices) >= WAITING_COUNT_MAX:
            return False
        self.notices += (notice,)
        return True

    def take_notices(self, now_ms: int) -> list[Notice]:
        """Return the notices that are due; they wait no more."""
        due = [one for one in self.notices if one.due_ms <= now_ms]
        if due:
            self.notices = tuple(one for one in self.notices if one.due_ms > now_ms)
        return due

    def open_offers(self) -> Iterator[Made]:
        """Yield the offers of which an answer is still waited for."""
        return (one for one in self.made if one.is_open)

    def settle(self) -> None:
        """Bring `due_ms` up to date after a change."""
        due = [one.expires_ms for one in self.open_offers()]
        for parts in (self.waiting, self.notices, self.promises):
            due += [one.due_ms for one in parts]
        self.due_ms = min(due, default=None)

    def next_due_ms(self) -> int | None:
        """Return when the first of the timers is due, None if none runs."""
        return self.due_ms
