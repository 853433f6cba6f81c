"""The closed loop: answers to what comes out of a replay, among the lines that go into it.

::

    lines ──► among ──► replay ──► outputs
                ▲                     │ hear
                └── answers waiting ◄─┘

A replay hands out what a batch of lines has led to when it has taken all of the batch. So an answer may be
due before the line that was taken last: it arrives after that one then, and its ``at`` stays what it was.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from typing import Final

import msgspec

from schemas.envelope import Emitted
from schemas.messages import CareEvent, OfferEvent
from schemas.times import MS_PER_SECOND, parse_instant
from schemas.topics import CARE_EVENTS, OFFER_EVENTS, USAGE_EVENTS
from streams.simulate.answers import Answer, answers_to_notice, answers_to_offer
from streams.simulate.month import utc_text

_STAMP: Final = b'"timestamp":"'
_STAMP_BYTES: Final = len("2026-11-01T00:00:00Z")
"""Simulated lines have their times in UTC and whole seconds: in order as texts."""
_USAGE: Final = b'{"topic":"cdr"'
"""What these lines begin with goes after events of the same second (WIRE.md, Time)."""

_offer: Final = msgspec.json.Decoder(OfferEvent)
_notice: Final = msgspec.json.Decoder(CareEvent)


class Conversation:
    """People who are told things while simulated lines are replayed, and answer."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._waiting: list[tuple[bytes, int, Answer]] = []
        self._heard_count = 0
        self._reached = b""
        """When the last line arrived."""
        self._withdrawn: set[str] = set()
        self.refused: dict[str, list[int]] = {}
        """When refusals of each subscriber arrived."""

    def over(
        self, lines: Iterable[bytes], replay: Callable[[Iterable[bytes]], Iterator[Emitted]]
    ) -> Iterator[Emitted]:
        """Yield what ``replay`` makes of the lines, of the answers to that, and so on to the last answer."""
        while True:
            for emitted in replay(self.among(lines)):
                self.hear(emitted)
                yield emitted
            if not self._waiting:
                return
            lines = ()

    def hear(self, emitted: Emitted) -> None:
        """Let those whom an output is about answer it in time."""
        if emitted.topic == OFFER_EVENTS:
            answers = answers_to_offer(self._seed, _offer.decode(emitted.value or b""))
        elif emitted.topic == CARE_EVENTS:
            notice = _notice.decode(emitted.value or b"")
            if isinstance(notice.of, str):
                self._withdrawn.add(notice.of)
            answers = answers_to_notice(self._seed, notice)
        else:
            return
        for answer in answers:
            self._heard_count += 1  # makes every entry different, so that ties never depend on answers
            heappush(self._waiting, (self._arrival(answer.at_ms), self._heard_count, answer))

    def among(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the lines, and the answers where they arrive; in the end the answers that are left."""
        for line in lines:
            start = line.find(_STAMP) + len(_STAMP)
            at = line[start : start + _STAMP_BYTES]
            while self._waiting and (self._waiting[0][0], not line.startswith(_USAGE)) <= (at, False):
                yield from self._next()
            self._reached = at
            yield line
        while self._waiting:
            yield from self._next()

    def _next(self) -> Iterator[bytes]:
        """Take the first answer that waits; nobody can accept or refuse what has been withdrawn."""
        self._reached, _, answer = heappop(self._waiting)
        if answer.of in self._withdrawn and answer.value["type"] != "message.reported":
            return
        if answer.response == "refused":
            self.refused.setdefault(answer.subscriber_id, []).append(parse_instant(self._reached.decode()))
        yield b'{"topic":"%b","timestamp":"%b","key":"%b","value":%b}\n' % (
            USAGE_EVENTS.encode(),
            self._reached,
            answer.subscriber_id.encode(),
            msgspec.json.encode(answer.value),
        )

    def _arrival(self, at_ms: int) -> bytes:
        """Return the second after an instant; where lines have got further, the second after the last one."""
        in_time = utc_text(at_ms + MS_PER_SECOND).encode()
        if self._reached < in_time:
            return in_time
        return utc_text(parse_instant(self._reached.decode()) + MS_PER_SECOND).encode()
