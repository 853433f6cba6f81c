"""What is known of a subscriber who asks about leaving with the number, or has asked for it.

Events come late and out of order: a code may be known before its request, a cancellation before both. So a
request is kept by its ``port_ref`` with all that is known of it, and what follows is read off that.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from schemas.events import PortStep
from schemas.signals import FraudReason
from schemas.times import MS_PER_DAY

if TYPE_CHECKING:
    from streams.core.subscriber import Subscriber

REQUEST_COUNT_MAX: Final = 8
ASKED_COUNT_MAX: Final = 8
SWAP_COUNT_MAX: Final = 4
SUSPICION_COUNT_MAX: Final = 8
BLOCKS_OFFERS_MS: Final = 30 * MS_PER_DAY
"""How long a request keeps offers away unless it is cancelled. Own choice, as long as the longest-lived code
(UK: 30 days)."""
NEVER_MS: Final = -(2**62)


class Request(Struct, array_like=True, gc=False):
    """One request to port out."""

    ref: str
    """Empty: it was asked in a form of requests, and no reference is known."""
    form: str
    raised_by: str
    at_ms: int = NEVER_MS
    """Event time of the newest ``port.requested``, or of what shows that there was one."""
    signal_id: str = ""
    """Of its ``port_request``; empty: that has not come."""
    coded_ms: int | None = None
    """When its newest code was issued."""
    ended_ms: int = NEVER_MS
    """When it was last taken back, or done."""
    answer_due_ms: int | None = None
    """Timer: by then its code is to be issued."""
    code_ends_ms: int | None = None
    """Timer: when its code expires."""

    @property
    def is_open(self) -> bool:
        """Whether it was asked for and has not ended since."""
        return self.ended_ms < self.at_ms

    def end(self, at_ms: int) -> None:
        """Note that it was taken back, or done: its timers are cancelled."""
        self.ended_ms = max(self.ended_ms, at_ms)
        if not self.is_open:
            self.answer_due_ms = self.code_ends_ms = None


class Asked(Struct, array_like=True, frozen=True, gc=False):
    """A question or a request, as its signal has it."""

    at_ms: int
    source: str
    event_id: str
    port_ref: str | None
    is_request: bool


class Suspicion(Struct, array_like=True, frozen=True, gc=False):
    """Why it may not be the subscriber who is leaving."""

    reason: FraudReason
    at_ms: int
    """Event time of the question or request."""
    swapped_ms: int | None = None
    """When the SIM was changed."""
    is_request: bool = False


class Porting(Struct, array_like=True, gc=False):
    """All that is known of one subscriber's leaving. Every collection is bounded."""

    requests: tuple[Request, ...] = ()
    """At most `REQUEST_COUNT_MAX`, in the order in which they became known."""
    asked: tuple[Asked, ...] = ()
    """The newest questions and requests, ascending by event time: at most `ASKED_COUNT_MAX`."""
    swaps: tuple[int, ...] = ()
    """Event times of the newest SIM swaps, ascending: at most `SWAP_COUNT_MAX`."""
    suspicions: tuple[Suspicion, ...] = ()
    """The newest, at most `SUSPICION_COUNT_MAX`."""
    blocked_until_ms: int = NEVER_MS
    """No offer before this, whatever is still known of why."""
    gone_ms: int | None = None
    """When the number went,"""
    gone_ref: str = ""
    """and under which request."""

    def next_due_ms(self) -> int | None:
        """Return when the first timer is due, None if none runs."""
        return min((due_ms for request in self.requests for due_ms in _timers(request)), default=None)

    def blocks_offers(self, now_ms: int, *, joined_ms: int | None = None) -> bool:
        """Return whether porting keeps every offer away. ``joined_ms``: of the profile."""
        return now_ms < self.blocked_until_ms or self.is_asked_for(now_ms) or self.has_gone(joined_ms)

    def is_asked_for(self, now_ms: int) -> bool:
        """Return whether there is a request that was not taken back, and is not too old to matter."""
        return any(request.is_open and now_ms < request.at_ms + BLOCKS_OFFERS_MS for request in self.requests)

    def forbids_calls(self, now_ms: int, *, joined_ms: int | None) -> bool:
        """Return whether nobody is to call and ask why: it is decided, or somebody else may answer."""
        is_suspicious = any(now_ms < one.at_ms + BLOCKS_OFFERS_MS for one in self.suspicions)
        return is_suspicious or self.is_asked_for(now_ms) or self.has_gone(joined_ms)

    def has_gone(self, joined_ms: int | None) -> bool:
        """Return whether the number has gone; one whose owner has joined since is another's or is back."""
        return self.gone_ms is not None and (joined_ms is None or joined_ms <= self.gone_ms)

    def ask(self, asked: Asked) -> None:
        """Keep a question or a request."""
        kept = sorted((*self.asked, asked), key=lambda one: one.at_ms)
        self.asked = tuple(kept[-ASKED_COUNT_MAX:])

    def block(self, until_ms: int) -> None:
        """Keep offers away until then, whatever becomes of it."""
        self.blocked_until_ms = max(self.blocked_until_ms, until_ms)

    # -- requests

    def request(self, event: PortStep, *, signal_id: str, arrival_ms: int, answer_ms: int) -> None:
        """Note that porting out was asked for. ``answer_ms``: until its code is to come, 0: no rule."""
        request = self._known(event.port_ref, event.form, event.raised_by)
        if event.at < request.at_ms:
            request.signal_id = request.signal_id or signal_id
            return
        request.at_ms, request.form, request.raised_by = event.at, event.form, event.raised_by
        request.signal_id = signal_id
        is_answered = request.coded_ms is not None and request.coded_ms >= event.at
        if answer_ms and request.is_open and not is_answered and event.raised_by == "customer":
            # From the arrival on, if that is later: nobody could have answered before.
            request.answer_due_ms = max(event.at, arrival_ms) + answer_ms

    def request_by_form(self, form: str, at_ms: int) -> None:
        """Note that it was asked in a form of requests: what its reference is, other events will say."""
        request = self._known("", form, "customer")
        request.at_ms = max(request.at_ms, at_ms)

    def issue(self, event: PortStep, *, code_ms: int) -> None:
        """Note that a code was issued. ``code_ms``: how long it holds unless it says; 0: for good."""
        request = self._known(event.port_ref, event.form, event.raised_by)
        if request.at_ms == NEVER_MS:
            request.at_ms = event.at  # there was a request, which has not come, or has no reference
        if request.coded_ms is not None and event.at < request.coded_ms:
            return
        request.coded_ms = event.at
        if event.at >= request.at_ms:
            request.answer_due_ms = None
        if request.is_open:
            ends_ms = event.at + code_ms if code_ms else None
            request.code_ends_ms = ends_ms if event.expires_at is None else event.expires_at

    def complete(self, event: PortStep) -> None:
        """Note that the number has gone: with it all that was asked for."""
        self._end(event)
        for request in self.requests:
            request.end(event.at)
        if self.gone_ms is None or self.gone_ms < event.at:
            self.gone_ms, self.gone_ref = event.at, event.port_ref

    def cancel(self, event: PortStep) -> None:
        """Note that a request was taken back, even one by which the number had gone."""
        self._end(event)
        if self.gone_ms is not None and self.gone_ref == event.port_ref and self.gone_ms <= event.at:
            self.gone_ms = None

    def _end(self, event: PortStep) -> None:
        """End a request; and what was asked for before in a form that has no reference."""
        own = self._known(event.port_ref, event.form, event.raised_by)
        for request in self.requests:
            if request is own or (not request.ref and request.at_ms <= event.at):
                request.end(event.at)

    def _known(self, ref: str, form: str, raised_by: str) -> Request:
        """Return what is known of a request; if there are too many, a new one takes the oldest's place."""
        found = next((one for one in self.requests if one.ref == ref), None)
        if found is not None:
            return found
        new = Request(ref, form, raised_by)
        others = list(self.requests)
        while len(others) >= REQUEST_COUNT_MAX:
            oldest = min(others, key=lambda one: (one.is_open, one.at_ms))
            others.remove(oldest)
            if oldest.is_open:
                self.block(oldest.at_ms + BLOCKS_OFFERS_MS)
        self.requests = (*others, new)
        return new

    # -- a change of SIM, and what is suspicious

    def swap(self, at_ms: int) -> None:
        """Note that the number moved to another SIM."""
        self.swaps = tuple(sorted({*self.swaps, at_ms})[-SWAP_COUNT_MAX:])

    def swapped_before(self, at_ms: int, span_ms: int) -> int | None:
        """Return the newest SIM swap at most so long before an instant, None if there was none."""
        return max((one for one in self.swaps if one <= at_ms <= one + span_ms), default=None)

    def suspect(self, new: Suspicion) -> bool:
        """Keep a suspicion; False if it is known: one for each swap, and one more if it becomes a request."""
        if new.swapped_ms is None:
            is_known = new in self.suspicions
        else:
            is_known = any(
                one.swapped_ms == new.swapped_ms and one.is_request >= new.is_request
                for one in self.suspicions
            )
        if is_known:
            return False
        self.suspicions = (*self.suspicions, new)[-SUSPICION_COUNT_MAX:]
        return True

    def reasons(self, now_ms: int, span_ms: int) -> list[FraudReason]:
        """Return what was suspicious in the span that ends now."""
        found = {one.reason for one in self.suspicions if one.at_ms <= now_ms <= one.at_ms + span_ms}
        order: tuple[FraudReason, ...] = ("sim_swap", "many_numbers")
        return [reason for reason in order if reason in found]


def offers_blocked_by_porting(state: "Subscriber", now_ms: int) -> bool:
    """Return whether no offer may be made at all: porting out was asked for, or has happened.

    A request blocks until it is cancelled or 30 days have passed. It does so without a word: nothing may be
    written to ``suppressed-offers`` then, for whatever stood there as the reason would be read as porting.
    """
    porting = state.porting
    return porting is not None and porting.blocks_offers(now_ms, joined_ms=state.joined_ms)


def _timers(request: Request) -> Iterator[int]:
    if request.answer_due_ms is not None:
        yield request.answer_due_ms
    if request.code_ends_ms is not None:
        yield request.code_ends_ms
