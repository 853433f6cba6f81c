"""Makes steps of what was noted: one for all that a line has caused, one for each time of a timer."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from schemas.cdr import CdrRecord, UsageRecord
from schemas.decode import decode
from schemas.envelope import Emitted, Raw
from schemas.errors import SchemaError
from schemas.group_usage import AccountCharge, Shared
from schemas.group_usage import decode as decode_travelling
from schemas.messages import Message, SuppressedOffer
from schemas.times import to_ms
from schemas.topics import CDR, DEAD_LETTERS, GROUP_USAGE, SUBSCRIBERS
from streams.explain.case import Case, Held
from streams.explain.marks import Marks
from streams.explain.own import OWN_TOPICS, own_fields, own_output
from streams.explain.scene import Scene
from streams.explain.sentences import label, read, sentence
from streams.explain.step import ANOTHER, PROFILE, TIMER, NotRaised, Refused, Step
from streams.explain.watched import Note
from streams.explain.why import why_not
from streams.explain.words import Raised, Words
from streams.ledger import DEAD
from streams.rules import Rules

_RAISED_MOST: Final = 1_000
"""Signals that are remembered for those who take them back."""


class Steps:
    """Makes the steps of one subscriber; knows what was raised in those before."""

    def __init__(self, subscriber_id: str, rules: Rules) -> None:
        self._subscriber_id = subscriber_id
        self._rules = rules
        self._marks = Marks()
        self._raised: dict[str, Raised] = {}

    def of(self, notes: Iterable[Note]) -> Iterator[Step]:
        """Yield the steps that notes of whole lines make."""
        for _, same in groupby(notes, key=_step_of):
            step = self._step(list(same))
            if step is not None:
                yield step

    def _step(self, notes: Sequence[Note]) -> Step | None:
        """Return what one line, or the timers before it, did; None if that is nothing to the subscriber."""
        first, scene = notes[0], Scene.of(notes, self._subscriber_id)
        self._marks.note(scene.before, scene.after, first.line)
        raw = first.raw
        is_own = raw is not None and raw.topic in OWN_TOPICS and raw.key == self._subscriber_id.encode()
        moved = scene.moved(notes[-1].catalog)
        letters = [one for note in notes for one in note.outputs if one.topic == DEAD_LETTERS]
        refused = tuple(_refused(one, None if raw is None else first.line) for one in letters)
        outputs = tuple(self._outputs(notes, scene, is_own=is_own))
        if not (is_own or moved or refused or outputs or scene.membership):
            return None
        record = own_fields(raw, self._subscriber_id, joined_ms=scene.joined_ms) if raw and is_own else {}
        is_refused = not all(one.is_elsewhere for one in refused)
        return Step(
            line=first.line,
            at_ms=scene.due_ms(first.arrived_ms) if raw is None else _event_ms(record),
            arrived_ms=first.arrived_ms,
            time_zone=scene.time_zone,
            what=TIMER if raw is None else _what(raw, record, is_own=is_own),
            record=record,
            became=first.became if is_own else DEAD if is_refused else "",
            released=max(0, scene.let_in - len(refused)),
            refused=refused,
            membership=scene.membership,
            moved=tuple(held.move for held in moved),
            owed=scene.owed,
            outputs=outputs,
            why_not=tuple(self._why_not(notes, scene, moved, is_own=is_own)),
        )

    def _outputs(self, notes: Sequence[Note], scene: Scene, *, is_own: bool) -> Iterator[dict[str, Any]]:
        """Yield the outputs with what they say."""
        for note in notes:
            words = Words(
                catalog=note.catalog,
                time_zone=scene.time_zone,
                unit_base=scene.unit_base(note.catalog),
                raised=self._raised,
            )
            for emitted in note.outputs:
                if emitted.topic == DEAD_LETTERS:
                    continue
                output = read(emitted)
                whose = "" if isinstance(output, Message | SuppressedOffer) else _whose(note.raw)
                text = whose + sentence(output, words)
                fields = own_output(
                    msgspec.json.decode(emitted.value or b""), self._subscriber_id, is_own=is_own
                )
                yield {**fields, "topic": emitted.topic, "sentence": text}
                if (name := label(output)) is not None:
                    self._raised[output.id] = Raised(name, note.line)
                    if len(self._raised) > _RAISED_MOST:
                        del self._raised[next(iter(self._raised))]

    def _why_not(
        self, notes: Sequence[Note], scene: Scene, moved: Sequence[Held], *, is_own: bool
    ) -> Iterator[NotRaised]:
        """Yield why nothing more was raised."""
        first, last, own = notes[0], notes[-1], scene.after.get(self._subscriber_id)
        if own is None:
            return
        usage = None if first.raw is None else _usage(first.raw)
        case = Case(
            rules=self._rules,
            catalog=last.catalog,
            marks=self._marks,
            states=scene.after,
            own=own,
            line=first.line,
            at_ms=None if usage is None else usage.started_at,
            arrived_ms=first.arrived_ms,
            clock_ms=last.clock_ms,
            became=first.became if is_own else "",
            became_there=last.became if len(notes) > 1 else "",
            is_owed=scene.owed is not None,
        )
        yield from why_not(case, usage if is_own else None, moved)


def _what(raw: Raw, record: dict[str, Any], *, is_own: bool) -> str:
    """Return what a line was, in a word."""
    if is_own:
        return PROFILE if raw.topic == SUBSCRIBERS else str(record.get("type", raw.topic))
    return ANOTHER if raw.topic == GROUP_USAGE else raw.topic


def _refused(letter: Emitted, line: int | None) -> Refused:
    """Return a dead letter; ``line`` is the one that its step is about."""
    headers = {name: value.decode() for name, value in letter.headers}
    return Refused(
        topic=headers["topic"],
        line=int(headers["offset"]),
        reason=headers["reason"],
        detail=headers["detail"],
        is_elsewhere=int(headers["offset"]) != line,
    )


def _event_ms(record: dict[str, Any]) -> int | None:
    """Return the event time of what is shown of a record, None if it has none."""
    at = record.get("started_at", record.get("at"))
    try:
        return None if at is None else to_ms(at)
    except (TypeError, ValueError):
        return None  # of a record that was refused


def _usage(raw: Raw) -> CdrRecord | None:
    """Return the usage record that was read, or that has come to a group; None if it is something else."""
    topic, key, value, is_keyed = raw.topic, raw.key, raw.value, raw.is_keyed
    if topic == GROUP_USAGE:
        message = decode_travelling(value or b"null")
        if not isinstance(message, Shared):
            return None
        topic, key, value, is_keyed = message.topic, message.line.encode(), bytes(message.record), True
    if topic != CDR:
        return None
    try:
        record = decode(topic, key, value, is_keyed=is_keyed)
    except SchemaError:
        return None
    return record if isinstance(record, UsageRecord) else None


def _whose(raw: Raw | None) -> str:
    """Return whose bucket an output is of, where it is not the subscriber's own."""
    if raw is None or raw.topic != GROUP_USAGE:
        return ""
    match decode_travelling(raw.value or b"null"):
        case Shared():
            return "the group's: "
        case AccountCharge():
            return "the account's: "
        case _:
            return ""


def _step_of(note: Note) -> tuple[int, int | None]:
    """Return what the notes of one step share: their line; of timers also when they were due."""
    return note.line, note.arrived_ms if note.raw is None else None
