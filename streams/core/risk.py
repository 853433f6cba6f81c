"""What speaks for it that a subscriber is about to leave, kept by reason.

Events come late and out of order, so their times are kept by number and not by age. A reason is true from the
newest event that made it so, and holds for as long as its rule says.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable
from struct import pack, unpack
from typing import Final

from msgspec import Struct, field

from schemas.times import MS_PER_DAY
from streams.regimes.risk_rules import RiskRule, UnreachedRule

NEVER_MS: Final = -(2**62)
"""Longer ago than any reason holds."""
_TIME_BYTES: Final = 8

Where = tuple[str, int, int, str | None]
"""Of a record: topic, partition, offset, and its identity."""


class Seen(Struct, array_like=True, gc=False):
    """What one rule has seen."""

    times: bytes = b""
    """Of at most `RiskRule.kept` events."""
    firsts: bytes = b""
    """Likewise, of those that must come before."""
    true_ms: int = NEVER_MS
    """Event time at which it was last true."""
    newest: Where | None = None
    """The newest event."""
    first: Where | None = None
    """The newest of those that must come before."""
    root: str = ""
    """What the newest event has to do with porting (`schemas.signals.PortRoot`); empty: nothing."""

    def note(self, at_ms: int, rule: RiskRule, where: Where, *, root: str = "") -> bool:
        """Take in an event; return whether it has made the reason true, or true again."""
        times, is_newest = _with(self.times, at_ms, rule.kept)
        self.times = times
        if is_newest:
            self.newest, self.root = where, root
        return self._judge(rule)

    def note_first(self, at_ms: int, rule: RiskRule, where: Where) -> bool:
        """Take in an event that must come before; return as `note`."""
        times, is_newest = _with(self.firsts, at_ms, rule.kept)
        self.firsts = times
        if is_newest:
            self.first = where
        return self._judge(rule)

    def _judge(self, rule: RiskRule) -> bool:
        before = self.true_ms
        times, firsts = _times(self.times), _times(self.firsts)
        span_ms = rule.days * MS_PER_DAY
        for place, at_ms in enumerate(times, start=1):
            count = place - bisect_right(times, at_ms - span_ms)
            if count >= rule.at_least and _is_after(at_ms, firsts, rule):
                self.true_ms = max(self.true_ms, at_ms)
        return self.true_ms > before


class Risk(Struct, array_like=True, gc=False):
    """What the rules of risk have seen of one subscriber. Every collection is bounded."""

    seen: dict[str, Seen] = field(default_factory=dict)
    """By reason, of which there are ten."""
    due: dict[str, int] = field(default_factory=dict)
    """By value-added service, of which a profile has 256 at most: when it will have been unused too long."""
    unused: dict[str, int] = field(default_factory=dict)
    """Those that have been, and since when."""
    unreached_ms: int | None = None
    """Of the first message that did not arrive, since one did."""
    told_ms: int = NEVER_MS
    """When a risk was last told."""
    newest_ms: int = NEVER_MS
    """The newest event time of all."""
    due_ms: int | None = None
    """Timer: the least of ``due``, kept so that looking costs nothing."""

    def next_due_ms(self) -> int | None:
        """Return when the first timer is due, None if none runs."""
        return self.due_ms

    # -- value-added services

    def set_services(self, services: Iterable[str], due_ms: int) -> None:
        """Put the profile's services in the place of the former ones; of new ones the use is unknown."""
        wanted = set(services)
        self.unused = {name: since for name, since in self.unused.items() if name in wanted}
        self.due = {name: self.due.get(name, due_ms) for name in sorted(wanted - self.unused.keys())}
        self._settle()

    def use(self, service: str, due_ms: int) -> None:
        """Note that a service was used; ``due_ms``: when that will be too long ago."""
        if service in self.due:
            self.due[service] = max(self.due[service], due_ms)
        elif service in self.unused and due_ms > self.unused[service]:
            del self.unused[service]
            self.due[service] = due_ms
        self._settle()

    def take_unused(self, now_ms: int) -> list[str]:
        """Return the services that have become unused, ascending; they are remembered as such."""
        gone = sorted(name for name, due_ms in self.due.items() if due_ms <= now_ms)
        for name in gone:
            self.unused[name] = self.due.pop(name)
        self._settle()
        return gone

    def _settle(self) -> None:
        self.due_ms = min(self.due.values(), default=None)

    # -- messages

    def reached(self) -> None:
        """Note that a message has arrived."""
        self.unreached_ms = None

    def unreached(self, at_ms: int, rule: UnreachedRule, where: Where) -> bool:
        """Note that a message has not arrived; return whether none has for too long."""
        since_ms = at_ms if self.unreached_ms is None else min(self.unreached_ms, at_ms)
        self.unreached_ms = since_ms
        if at_ms - since_ms < rule.days * MS_PER_DAY:
            return False
        seen = self.seen.setdefault("not_reached", Seen())
        is_news = at_ms > seen.true_ms
        if is_news:
            seen.true_ms, seen.newest = at_ms, where
        return is_news

    def holds(self, reason: str, days: int, now_ms: int) -> bool:
        """Return whether a reason that was true holds still."""
        seen = self.seen.get(reason)
        return seen is not None and now_ms < seen.true_ms + days * MS_PER_DAY

    def waits_for_care(self, now_ms: int, care_first_days: int) -> bool:
        """Return whether a person is to ask for the reason before anything is offered."""
        return self.told_ms <= now_ms < self.told_ms + care_first_days * MS_PER_DAY


def _is_after(at_ms: int, firsts: list[int], rule: RiskRule) -> bool:
    """Return whether an event came after one that must come before."""
    if rule.after_days is None:
        return True
    newest = bisect_right(firsts, at_ms)
    return newest > 0 and at_ms - firsts[newest - 1] <= rule.after_days * MS_PER_DAY


def _with(packed: bytes, at_ms: int, kept: int) -> tuple[bytes, bool]:
    """Return times with one more, the newest of them, and whether none is newer than that one."""
    times = _times(packed)
    insort(times, at_ms)
    times = times[-kept:]
    return pack(f">{len(times)}q", *times), times[-1] == at_ms


def _times(packed: bytes) -> list[int]:
    return list(unpack(f">{len(packed) // _TIME_BYTES}q", packed))
