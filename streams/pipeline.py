"""The heart: raw records go in, a new state and some outputs come out.

One `Pipeline` is one partition's usage: its states, its clock, its ledger. It is moved by one record or one
timer at a time and committed or rolled back by its driver: the live worker on Kafka, the replay of a file.
Neither a wall clock nor a broker is known here.
"""

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from schemas.envelope import Emitted, Raw
from schemas.errors import PlanMissingError, Reason, SchemaError
from schemas.topics import CATALOG, CLOCK_TOPICS
from streams.core.catalog import Catalog
from streams.core.stored import Meta
from streams.funnel import Funnel
from streams.intake import Intake
from streams.ledger import DEAD, from_plain, to_plain
from streams.observe.place import is_ahead
from streams.rules import Rules

__all__ = ["Pipeline", "Rules"]


class Pipeline:
    """One partition's usage."""

    def __init__(self, *, catalog: Catalog, rules: Rules) -> None:
        self._catalog = catalog
        self.rules = rules
        self._intake = Intake(catalog=catalog, rules=rules)
        self._store = self._intake.store
        self._queued: tuple[str, ...] = ()
        """Whose held records are to be released."""
        self._remember()
        self._muted_until_ms: int | None = None
        """As the partition's meta record says it."""

    # -- restore, before the first record

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take a state from the changelog, oldest first; None deletes it.

        Raises: StateError if another release wrote it.
        """
        self._store.load(key.decode(), value)

    def restored(self, meta: Meta | None) -> None:
        """Set clock and ledger as they were committed: every state is in."""
        if meta is not None:
            self._mute(meta.muted_until_ms)
            self._intake.clock_ms = meta.clock_ms
            ledger = self._intake.ledger
            ledger.records, ledger.rejected = from_plain(meta.ledger), from_plain(meta.rejected)
            ledger.funnel.restore(meta.funnel)
        self._remember()

    # -- timers

    def next_due_ms(self) -> int | None:
        """Return when the earliest timer is due, None if none runs."""
        due = self._store.next_due()
        return None if due is None else due[0]

    def is_due(self, raw: Raw, *, wall_ms: int | None = None) -> bool:
        """Return whether a timer must fire before this record is taken.

        An arrival far ahead of the wall clock is no time to go by: it fires nothing.
        """
        if not self._store.may_be_due(raw.timestamp_ms):
            return False
        due_ms = self.next_due_ms()
        return due_ms is not None and due_ms <= raw.timestamp_ms and not is_ahead(raw.timestamp_ms, wall_ms)

    def tick(self, now_ms: int, *, most: int = 1000) -> list[Emitted]:
        """Fire timers due at or before ``now_ms`` in order of (due, subscriber), at most so many subscribers.

        Call it again, in another transaction, while `next_due_ms` is not after ``now_ms``.
        """
        out: list[Emitted] = []
        for _ in range(most):
            due = self._store.next_due()
            if due is None or due[0] > now_ms:
                break
            due_ms, key = due
            state = self._store.get(key)
            if state is not None:
                self._intake.fire(state, due_ms, out)
        return out

    def advance(self, now_ms: int) -> None:
        """Move the clock on to the wall time, while every input is read to its end; it never goes back."""
        self._intake.clock_ms = max(self.clock_ms, now_ms)

    # -- records

    def take(self, raw: Raw, *, hold: bool = True, wall_ms: int | None = None) -> list[Emitted]:
        """Take one record of an input topic, or of the catalogue, and return what follows from it.

        A bad record comes back as a dead letter. ``wall_ms`` is a live worker's wall clock. No timer may be
        due before the record (`is_due`): call `tick` first.
        Raises: PlanMissingError, with nothing changed, when ``hold`` is False and the plan is not in the
        catalogue: read that to its end and call again with True.
        """
        if self.is_due(raw, wall_ms=wall_ms):
            raise ValueError("timers are due before this record: call tick first")
        if raw.topic in CATALOG:
            return self._take_catalog(raw)
        clock_ms = self.clock_ms
        if raw.topic in CLOCK_TOPICS and not is_ahead(raw.timestamp_ms, wall_ms):
            self._intake.clock_ms = max(clock_ms, raw.timestamp_ms)
        out: list[Emitted] = []
        try:
            disposition = self._intake.read(raw, out, hold=hold, wall_ms=wall_ms)
        except SchemaError as fault:
            return self.reject(raw, fault.reason, fault.detail)
        except PlanMissingError:
            self._intake.clock_ms = clock_ms
            raise
        self._intake.ledger.read(raw.topic, disposition)
        return out

    def reject(self, raw: Raw, reason: Reason, detail: str = "") -> list[Emitted]:
        """Make a record that is read for the first time a dead letter."""
        self._intake.ledger.read(raw.topic, DEAD)
        return [self._intake.ledger.dead_letter(raw, reason, detail)]

    def defect(self, raw: Raw, where: str = "") -> list[Emitted]:
        """Make a record on which our own code raised a dead letter; `rollback` comes first.

        ``where``: what was raised, and its place in our code.
        """
        detail = "our own code failed on this record: see the worker's log"
        return self.reject(raw, Reason.DEFECT, f"{where}: {detail}" if where else detail)

    def plans_waited_for(self) -> set[str]:
        """Return the plans of the subscribers who have held records."""
        return self._store.holders.plan_ids()

    def release(self, plan_id: str) -> list[Emitted]:
        """Take what was held for a plan that is in the catalogue now."""
        self.queue_release(plan_id)
        return self.release_next(most=len(self._queued))

    def queue_release(self, plan_id: str) -> None:
        """Let `release_next` take what was held for a plan, some subscribers at a time."""
        self._queued = tuple(dict.fromkeys((*self._queued, *self._store.holders.keys(plan_id))))

    def has_queued(self) -> bool:
        """Tell whether `release_next` has more to take; no record may be taken before."""
        return bool(self._queued)

    def release_next(self, *, most: int) -> list[Emitted]:
        """Take the held records of at most so many subscribers that are queued."""
        keys, self._queued = self._queued[:most], self._queued[most:]
        out: list[Emitted] = []
        for key in keys:
            state = self._store.get(key)
            if state is not None:
                self._intake.release(state, out)
        return out

    # -- commit

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return key and bytes of every state that has changed since `accept`, None for a deleted one."""
        return self._store.changes()

    def created(self) -> list[str]:
        """Return the subscribers whose first state `changes` would commit."""
        return self._store.created()

    def meta(self, *, offsets: dict[str, int], partition_count: int) -> Meta:
        """Return what is committed beside the states."""
        return Meta(
            offsets=offsets,
            partition_count=partition_count,
            clock_ms=self.clock_ms,
            ledger=to_plain(self.ledger),
            rejected=to_plain(self.rejected),
            funnel=self._intake.ledger.funnel.plain(),
            muted_until_ms=self._muted_until_ms,
        )

    def accept(self) -> None:
        """Take what `changes` returned as committed: `rollback` goes back to here."""
        self._store.accept()
        self._remember()

    def rollback(self) -> None:
        """Make states, timers, clock and ledger again what was last accepted."""
        self._store.rollback()
        self._intake.clock_ms, self._queued, ledger = self._accepted
        self._intake.ledger.become(ledger)

    # -- to look at

    @property
    def clock_ms(self) -> int:
        """The partition's clock."""
        return self._intake.clock_ms

    @property
    def ledger(self) -> Counter[tuple[str, str]]:
        """(topic, disposition) → records."""
        return self._intake.ledger.records

    @property
    def rejected(self) -> Counter[tuple[str, str]]:
        """(topic, reason) → records, of the catalogue too."""
        return self._intake.ledger.rejected

    @property
    def funnel(self) -> Funnel:
        """What became of offers."""
        return self._intake.ledger.funnel

    def sizes(self) -> dict[str, int]:
        """Return how many subscribers, bytes of state, decoded states and holders of records there are."""
        return self._store.sizes()

    def committed(self, key: str) -> bytes | None:
        """Return a state as it was last accepted, None if there is none."""
        return self._store.committed(key)

    def states(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and bytes of all states as they were last accepted, keys ascending."""
        return self._store.states()

    def _mute(self, until_ms: int | None) -> None:
        """Say nothing to the outside until then, as the meta record has it; what the rules say goes first."""
        self._muted_until_ms = until_ms
        if until_ms is None or self.rules.muted_until_ms is not None:
            return
        self.rules = replace(self.rules, muted_until_ms=until_ms)
        self._intake = Intake(catalog=self._catalog, rules=self.rules, store=self._store)

    def _remember(self) -> None:
        self._accepted = (self.clock_ms, self._queued, self._intake.ledger.copy())

    def _take_catalog(self, raw: Raw) -> list[Emitted]:
        """Take a plan or add-on of a file; a bad one is counted, and the last good one stays."""
        try:
            plan_id = self._catalog.apply(raw)
        except SchemaError as fault:
            self.rejected[raw.topic, fault.reason.value] += 1
            return []
        return [] if plan_id is None else self.release(plan_id)
