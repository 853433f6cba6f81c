"""A pipeline that notes what concerns one subscriber, and lets all else pass at its usual speed.

Concerned are the records under the subscriber's key, what its groups and its account count, the records of
groups and of the catalogue, timers, and whatever is refused and names the subscriber. Key and topic of a
record say so: no line is searched. What is noted stands when it is accepted, like the states themselves.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from msgspec import Struct

from schemas.envelope import Emitted, Raw
from schemas.errors import Reason
from schemas.topics import CATALOG, DEAD_LETTERS, GROUP_USAGE, GROUPS
from streams.accounts import PREFIX as ACCOUNT
from streams.core.catalog import Catalog
from streams.core.stored import encode_state
from streams.explain.own import is_named
from streams.groups import PREFIX as GROUP
from streams.ledger import APPLIED, DEAD, DUPLICATE, HELD
from streams.pipeline import Pipeline
from streams.rules import Rules

States = dict[str, bytes | None]
"""Key → state as it is stored, None where there is none."""

_EVERYBODYS: Final = frozenset([GROUPS, *CATALOG])
"""Topics of which any record may concern anybody. There are few."""
_DISPOSITIONS: Final = (APPLIED, DUPLICATE, HELD, DEAD)


class Note(Struct, frozen=True, kw_only=True):
    """One record, or the timers before one, and what it did to the states that the subscriber is told of."""

    raw: Raw | None
    """None: timers."""
    line: int
    """Of the file: the record's, or that which time went on to."""
    arrived_ms: int
    clock_ms: int
    before: States
    after: States
    outputs: tuple[Emitted, ...]
    """Those to the subscriber, and dead letters that name it."""
    became: str
    """``applied``, ``duplicate``, ``held``, ``dead``; empty for timers and the catalogue."""
    catalog: Catalog
    """As it was then."""


class Watched(Pipeline):
    """One partition's usage, and what of it concerns ``subscriber_id``."""

    def __init__(self, subscriber_id: str, *, catalog: Catalog, rules: Rules) -> None:
        super().__init__(catalog=catalog, rules=rules)
        self.notes: list[Note] = []
        """What was accepted. Whoever reads them clears them."""
        self._subscriber_id = subscriber_id
        self._own = subscriber_id.encode()
        self._pending: list[Note] = []
        self._owned: tuple[str, ...] = ()
        self._accepted_owned: tuple[str, ...] = ()
        self._keys: frozenset[bytes | None] = frozenset([self._own])
        self._line = 0
        self._is_noting = False
        self._frozen: Catalog | None = None

    # -- what a pipeline does

    def is_due(self, raw: Raw, *, wall_ms: int | None = None) -> bool:
        """Return whether a timer must fire before this record, and remember the record's line if so."""
        is_due = super().is_due(raw, wall_ms=wall_ms)
        if is_due:
            self._line = raw.offset
        return is_due

    def tick(self, now_ms: int, *, most: int = 1000) -> list[Emitted]:
        """Fire timers one by one, each at its own time, and note what those of the subscriber did."""
        out: list[Emitted] = []
        for _ in range(most):
            due = self._store.next_due()
            if due is None or due[0] > now_ms:
                break
            fire = partial(super().tick, due[0], most=1)
            out += self._noted(None, fire, due[0]) if due[1].encode() in self._keys else fire()
        return out

    def take(self, raw: Raw, *, hold: bool = True, wall_ms: int | None = None) -> list[Emitted]:
        """Take one record; note what it did if it concerns the subscriber."""
        if raw.key not in self._keys and raw.topic not in _EVERYBODYS:
            return super().take(raw, hold=hold, wall_ms=wall_ms)  # nearly always
        if raw.topic in CATALOG:
            self._frozen = None
        return self._noted(raw, partial(super().take, raw, hold=hold, wall_ms=wall_ms), raw.timestamp_ms)

    def reject(self, raw: Raw, reason: Reason, detail: str = "") -> list[Emitted]:
        """Make a record a dead letter, and note it if it names the subscriber."""
        if self._is_noting:
            return super().reject(raw, reason, detail)
        letters = super().reject(raw, reason, detail)
        if any(is_named(letter, self._subscriber_id) for letter in letters):
            states = self._states(raw)
            self._note(raw, raw.timestamp_ms, (states, states), letters, became=DEAD)
        return letters

    def accept(self) -> None:
        """Take what was noted as accepted."""
        super().accept()
        self.notes += self._pending
        self._pending.clear()
        self._accepted_owned = self._owned

    def rollback(self) -> None:
        """Forget what was noted since `accept`."""
        super().rollback()
        self._pending.clear()
        self._owned, self._frozen = self._accepted_owned, None
        self._look_out()

    # -- notes

    def _noted(self, raw: Raw | None, do: Callable[[], list[Emitted]], now_ms: int) -> list[Emitted]:
        """Do it, and note what of it concerns the subscriber."""
        before, ledger = self._states(raw), self.ledger.copy()
        self._is_noting = True
        try:
            outputs = do()
        finally:
            self._is_noting = False
        if raw is not None and raw.topic == GROUPS:
            self._own_or_not(raw)
        self._look_out()
        grown = self.ledger - ledger
        became = "" if raw is None else next((word for word in _DISPOSITIONS if grown[raw.topic, word]), "")
        self._note(raw, now_ms, (before, self._states(raw)), outputs, became=became)
        return outputs

    def _note(
        self,
        raw: Raw | None,
        now_ms: int,
        states: tuple[States, States],
        outputs: list[Emitted],
        *,
        became: str,
    ) -> None:
        own = tuple(one for one in outputs if self._is_to_tell(one))
        before, after = states
        if not own and before == after and (raw is None or raw.key != self._own):
            return
        if self._frozen is None:
            self._frozen = self._catalog.copy()
        note = Note(
            raw=raw,
            line=self._line if raw is None else raw.offset,
            arrived_ms=now_ms,
            clock_ms=self.clock_ms,
            before=before,
            after=after,
            outputs=own,
            became=became,
            catalog=self._frozen,
        )
        self._pending.append(note)

    def _is_to_tell(self, emitted: Emitted) -> bool:
        if emitted.topic == DEAD_LETTERS:
            return is_named(emitted, self._subscriber_id)
        return emitted.key == self._own and emitted.topic != GROUP_USAGE

    # -- whom it concerns

    def _names(self) -> Iterator[str]:
        """Yield the keys of the states that the subscriber is told of."""
        yield self._subscriber_id
        state = self._store.get(self._subscriber_id)
        if state is not None and state.group_id is not None and GROUP + state.group_id not in self._owned:
            yield GROUP + state.group_id
        if state is not None and state.account_id is not None:
            yield ACCOUNT + state.account_id
        yield from self._owned

    def _look_out(self) -> None:
        """Look out for the keys under which records of those states travel."""
        prefixes = (GROUP, ACCOUNT)
        names = [name for name in self._names() if name != self._subscriber_id]
        bare = (name.removeprefix(prefix) for name in names for prefix in prefixes if name.startswith(prefix))
        self._keys = frozenset([self._own, *(name.encode() for name in bare)])

    def _own_or_not(self, raw: Raw) -> None:
        """Note whether a group is the subscriber's own, as its record says now."""
        name = GROUP + (raw.key or b"").decode("utf-8", "replace")
        group = self._store.get(name)
        is_owner = group is not None and group.owner_id == self._subscriber_id
        others = tuple(other for other in self._owned if other != name)
        self._owned = (*others, name) if is_owner else others

    def _states(self, raw: Raw | None) -> States:
        """Return the states that the subscriber is told of, and the group whose record this is."""
        names = dict.fromkeys(self._names())
        if raw is not None and raw.topic == GROUPS:
            names[GROUP + (raw.key or b"").decode("utf-8", "replace")] = None
        found = ((name, self._store.get(name)) for name in names)
        return {name: None if state is None else encode_state(state) for name, state in found}
