"""Devices and agents from which numbers are asked about: three numbers in a day are no family any more.

Each is a state of its own under a hash of its name, in the partition of that hash, as groups and accounts
are. It sends a word to each line that is one of several; what of it is said is known where the line's
profile is.
"""

from schemas.envelope import Emitted, Raw
from schemas.group_usage import Asked
from streams.core.origin import Ask, Origin
from streams.core.store import Store
from streams.core.subscriber import Subscriber
from streams.rules import Rules
from streams.travelling import one_of_many

PREFIX = "origin/"
"""Before the hash in the store: no subscriber's id has a slash."""


class Origins:
    """Counts the numbers that one device or agent asks about."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def take(self, store: Store, message: Asked, raw: Raw, out: list[Emitted]) -> None:
        """Count a question; send a word to the lines that are one of several now and have not heard."""
        porting = self._rules.regimes.of(message.jurisdiction).porting
        if not porting.lines_from_one or not porting.lines_ms:
            return
        key = PREFIX + message.origin
        state = store.get(key) or Subscriber(id=key)
        origin = state.origin or Origin()
        ask = Ask(
            message.line, message.at_ms, message.partition, message.offset, message.record_id, message.source
        )
        origin.note(ask, span_ms=porting.lines_ms, arrival_ms=raw.timestamp_ms)
        for one, numbers in origin.suspects(span_ms=porting.lines_ms, least=porting.lines_from_one):
            out.append(one_of_many(one, numbers, raw.timestamp_ms))
        state.origin = origin
        store.settle(state)
