"""The states that a subscriber is told of, before and after a line."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from streams.core.catalog import Catalog
from streams.core.stored import decode_state
from streams.core.subscriber import Subscriber
from streams.explain.case import Held
from streams.explain.moves import moves_between
from streams.explain.watched import Note, States
from streams.groups import PREFIX as GROUP
from streams.responses import spoken

Decoded = Mapping[str, Subscriber | None]
_UNIT_BASE = 1000


class Scene(Struct, frozen=True, kw_only=True):
    """What was, and what is, by the keys of the states."""

    subscriber_id: str
    before: Decoded
    after: Decoded

    @classmethod
    def of(cls, notes: Sequence[Note], subscriber_id: str) -> "Scene":
        """Return what was before the first of some notes, and what is after the last."""
        before: States = {}
        after: States = {}
        for note in notes:
            before = {**note.before, **before}
            after |= note.after
        # What the subscriber is told of from now on has not moved by that.
        was = {key: _decoded(before.get(key, data)) for key, data in after.items()}
        now = {key: _decoded(data) for key, data in after.items()}
        told = {key for key in now if _is_told(key, subscriber_id, was) or _is_told(key, subscriber_id, now)}
        return cls(
            subscriber_id=subscriber_id,
            before={key: was[key] for key in told},
            after={key: now[key] for key in told},
        )

    @property
    def own(self) -> tuple[Subscriber | None, Subscriber | None]:
        """The subscriber's own state before and after."""
        return self.before.get(self.subscriber_id), self.after.get(self.subscriber_id)

    @property
    def someone(self) -> Subscriber | None:
        """The subscriber, as far as known: after a tombstone, as it was."""
        was, now = self.own
        return now or was

    @property
    def joined_ms(self) -> int | None:
        """From when on usage is the subscriber's."""
        return None if self.someone is None else self.someone.joined_ms

    @property
    def time_zone(self) -> str:
        """The subscriber's time zone, UTC while there is no profile."""
        return self.someone.terms[-1].time_zone if self.someone is not None and self.someone.terms else "UTC"

    @property
    def let_in(self) -> int:
        """How many held records are held no more."""
        was, now = self.own
        return (0 if was is None else len(was.held)) - (0 if now is None else len(now.held))

    @property
    def membership(self) -> tuple[str, ...]:
        """What has changed between the subscriber and groups, in words."""
        was, now = (None if state is None else state.group_id for state in self.own)
        words = []
        if was != now and self.own[1] is not None:
            words.append("left the group" if now is None else "belongs to a group from here on")
        owned, owns = self._owned(self.before), self._owned(self.after)
        words += ["owns a group from here on"] if owns - owned else []
        return (*words, *(["owns the group no more"] if owned - owns else []))

    @property
    def owed(self) -> tuple[str, str] | None:
        """What is owed before and after, in words, if it has changed."""
        was, now = (_owed(state) for state in self.own)
        return None if was == now else (was, now)

    def _owned(self, states: Decoded) -> set[str]:
        return {
            key for key, state in states.items() if state is not None and state.owner_id == self.subscriber_id
        }

    def unit_base(self, catalog: Catalog) -> int:
        """Return the unit base of the subscriber's plan."""
        plan_id = self.someone.terms[-1].plan_id if self.someone is not None and self.someone.terms else None
        plan = None if plan_id is None else catalog.plan(plan_id)
        return _UNIT_BASE if plan is None else plan.unit_base

    def due_ms(self, now_ms: int) -> int | None:
        """Return when the first of the timers was due that have fired by now."""
        states = (state for state in self.before.values() if state is not None)
        due = [due_ms for state in states if (due_ms := state.next_due_ms()) is not None and due_ms <= now_ms]
        return min(due, default=None)

    def moved(self, catalog: Catalog) -> tuple[Held, ...]:
        """Return every bucket that has moved, the subscriber's own first."""
        keys = sorted(self.after, key=lambda key: (key != self.subscriber_id, key))
        found: list[Held] = []
        for key in keys:
            was, now, is_shared = self.before[key], self.after[key], key.startswith(GROUP)
            if now is not None and (key == self.subscriber_id or is_shared):
                moves = moves_between(was, now, catalog, is_shared=is_shared)
                found += (Held(key, now, was, move) for move in moves)
        return tuple(found)


def _is_told(key: str, subscriber_id: str, states: Decoded) -> bool:
    """Return whether a subscriber is told of a state: all that is looked at, but of a group only its own."""
    if not key.startswith(GROUP):
        return True
    own, group = states.get(subscriber_id), states.get(key)
    is_member = own is not None and own.group_id is not None and GROUP + own.group_id == key
    return is_member or (group is not None and group.owner_id == subscriber_id)


def _owed(state: Subscriber | None) -> str:
    owed = {} if state is None or state.bill is None else state.bill.owed or {}
    return (
        " + ".join(spoken.price(amount, currency, "en") for currency, amount in sorted(owed.items())) or "0"
    )


def _decoded(data: bytes | None) -> Subscriber | None:
    return None if data is None else _state(data)


@lru_cache(maxsize=8)
def _state(data: bytes) -> Subscriber:
    """Return a state that nobody changes: what is after one line is before the next."""
    return decode_state(data)
