"""One subscriber's story, out of the same replay that counts: what each record did, and what it did not.

`story` runs every line, so that clock and timers are those of the whole file, and compares the subscriber's
state before and after each. What is said about it is looked up from the rules that decide (`why`). Pure.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import orjson
from msgspec import Struct

from schemas.envelope import Emitted
from schemas.errors import SchemaError
from schemas.topics import CDR, DEAD_LETTERS, SUBSCRIBERS, USAGE_EVENTS
from streams.core.stored import decode_state
from streams.core.subscriber import Subscriber
from streams.explain.moves import BucketMove, moves_between
from streams.explain.why import why_not
from streams.groups import PREFIX
from streams.ledger import APPLIED, DEAD, DUPLICATE, HELD, RELEASED
from streams.lines import Line, parse
from streams.replay import Replay
from streams.rules import Rules

OWN_TOPICS: Final = (CDR, USAGE_EVENTS, SUBSCRIBERS)
_DISPOSITIONS: Final = (APPLIED, DUPLICATE, HELD, DEAD)


class Step(Struct, frozen=True, kw_only=True):
    """One line of a file, or the timers before it, as far as it concerns the subscriber."""

    line: int
    """From 1, across files: where the record is to be found."""
    arrived_ms: int
    what: str
    """``data``, ``addon.purchased``, ``profile``, ..., ``timer``, ``group`` for a record of another line."""
    record: dict[str, Any]
    """The record's own fields; empty for timers and other lines."""
    became: str
    """``applied``, ``duplicate``, ``held``, ``dead``; empty for timers and other lines."""
    released: int
    """Held records that this one let in."""
    reason: str
    """Of a dead letter: its reason and detail."""
    moved: tuple[BucketMove, ...]
    owed: tuple[str, str] | None
    """What is owed before and after, where that has changed."""
    outputs: tuple[dict[str, Any], ...]
    """Signals, notices, offers, suppressed offers, in order."""
    why_not: tuple[str, ...]
    """Why nothing more was raised, a sentence each."""


def story(lines: Iterable[bytes], subscriber_id: str, rules: Rules) -> Iterator[Step]:
    """Yield what concerns a subscriber, in order."""
    run = Replay(rules=rules)
    own, name = subscriber_id.encode(), msgspec.json.encode(subscriber_id)
    for text in lines:
        is_named = name in text
        before, shared_before = _states(run, subscriber_id)
        counts = dict(run.pipeline.ledger) if is_named else {}
        out = [emitted for emitted in run.run((text,)) if emitted.key == own]
        after, shared_after = _states(run, subscriber_id)
        if not (out or is_named or after is not before or shared_after is not shared_before):
            continue
        step = _step(run, text, subscriber_id, (before, after), (shared_before, shared_after), out, counts)
        if step is not None:
            yield step


def _states(run: Replay, subscriber_id: str) -> tuple[bytes | None, bytes | None]:
    """Return the subscriber's state and that of the group, as they are stored."""
    own = run.pipeline.committed(subscriber_id)
    group_id = None if own is None else decode_state(own).group_id
    return own, None if group_id is None else run.pipeline.committed(PREFIX + group_id)


def _decoded(data: bytes | None) -> Subscriber | None:
    return None if data is None else decode_state(data)


def _step(  # noqa: PLR0913, PLR0917  (what was, what is, and what came of it)
    run: Replay,
    text: bytes,
    subscriber_id: str,
    own: tuple[bytes | None, bytes | None],
    shared: tuple[bytes | None, bytes | None],
    out: list[Emitted],
    counts: dict[tuple[str, str], int],
) -> Step | None:
    line = _line(text)
    is_own = line is not None and line.topic in OWN_TOPICS and line.key == subscriber_id.encode()
    before, after = _decoded(own[0]), _decoded(own[1])
    moved = moves_between(before, after, run.catalog, is_shared=False)
    moved += moves_between(_decoded(shared[0]), _decoded(shared[1]), run.catalog, is_shared=True)
    if not is_own and not out and not moved:
        return None
    value = _fields(line.value) if line is not None and is_own else {}
    topic = line.topic if line is not None and is_own else ""
    ledger = run.pipeline.ledger
    became = next((word for word in _DISPOSITIONS if ledger[topic, word] > counts.get((topic, word), 0)), "")
    outputs = tuple(_fields(one.value) | {"topic": one.topic} for one in out if one.topic != DEAD_LETTERS)
    reason = next((f"{one.type}: {_detail(one)}" for one in out if one.topic == DEAD_LETTERS), "")
    state = after or before
    return Step(
        line=run.line_count,
        arrived_ms=run.pipeline.clock_ms if line is None or line.timestamp_ms is None else line.timestamp_ms,
        what=_what(topic, value, is_own=is_own, outputs=outputs),
        record=value,
        became=became,
        released=sum(ledger[one, RELEASED] - counts.get((one, RELEASED), 0) for one in (CDR, USAGE_EVENTS))
        if counts
        else 0,
        reason=reason,
        moved=moved,
        owed=_owed(before, after),
        outputs=outputs,
        why_not=why_not(run, state, value, became, moved) if topic == CDR and state is not None else (),
    )


def _line(text: bytes) -> Line | None:
    """Return the record of a line; of one that is none, or blank, nothing."""
    try:
        return parse(text.rstrip(b"\r\n"))
    except SchemaError:
        return None


def _what(topic: str, value: dict[str, Any], *, is_own: bool, outputs: tuple[dict[str, Any], ...]) -> str:
    if not is_own:
        return "timer" if any(not one.get("evidence") for one in outputs) else "group"
    return "profile" if topic == SUBSCRIBERS else str(value.get("type", topic))


def _fields(value: bytes | None) -> dict[str, Any]:
    """Return the fields of a value; of one that is no object none."""
    try:
        fields = orjson.loads(value or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _detail(letter: Emitted) -> str:
    return dict(letter.headers).get("detail", b"").decode()


def _owed(before: Subscriber | None, after: Subscriber | None) -> tuple[str, str] | None:
    """Return what is owed before and after, in words, if it has changed."""
    sums = [
        " + ".join(f"{currency} {amount}" for currency, amount in sorted((state.bill.owed or {}).items()))
        or "0"
        if state is not None and state.bill is not None
        else "0"
        for state in (before, after)
    ]
    return None if sums[0] == sums[1] else (sums[0], sums[1])
