"""What people do about what they are told: reports of delivery, and from some an answer.

An offer is delivered or fails; in the app it is reported seen, by SMS nothing tells whether it is read; some
accept, some refuse, the others never answer. Who accepts an add-on has it. All of it depends on the seed and
the message's id alone, so that neither the order of messages nor their number moves anybody's answer.

No rate here is published: all are own choice, and mostly higher than real ones, so that some 160 offers show
each kind.
"""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from schemas.messages import CareEvent, OfferEvent
from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, format_instant, parse_instant
from streams.simulate.catalog import ADDONS

FAILED: Final = {"app": 0.06, "sms": 0.03}
"""Share of offers that are not delivered: the app is gone, the phone stays off. On other channels (the
account manager's) people do not answer here at all."""
SEEN: Final = {"app": 0.6}
"""Share of what is delivered that is reported seen, notices too. SMS has a delivery report and no other."""
ACCEPTING: Final = 0.15
REFUSING: Final = 0.12
"""Shares of those whom an offer has reached: who have seen it in the app, to whom the SMS is delivered."""
_DELIVERY_MS: Final = (2 * MS_PER_SECOND, 5 * MS_PER_MINUTE)
_SEEING_MS: Final = (MS_PER_MINUTE, 12 * MS_PER_HOUR)
_ANSWERING_MS: Final = (2 * MS_PER_MINUTE, 4 * MS_PER_DAY)
"""Bounds of the delays, each from what comes before it; the shorter the commoner."""
_BOOKING_MS: Final = 5 * MS_PER_SECOND


class Answer(NamedTuple):
    """One event that a message leads to."""

    at_ms: int
    subscriber_id: str
    of: str
    """The message's id."""
    value: dict[str, object]
    """The record on ``usage-events``, as JSON has it."""

    @property
    def response(self) -> str:
        """What is said to an offer; empty where this is no such answer."""
        return str(self.value.get("response", ""))


def answers_to_offer(seed: int, offer: OfferEvent) -> Iterator[Answer]:
    """Yield what becomes of an offer in order of time, nothing at or after its end."""
    ends_ms = parse_instant(offer.expires_at)
    return (answer for answer in _answers(seed, offer) if answer.at_ms < ends_ms)


def answers_to_notice(seed: int, notice: CareEvent) -> Iterator[Answer]:
    """Yield that a notice is seen, if it is: nothing else about notices decides anything."""
    random = _chance(seed, notice.id)
    at_ms = parse_instant(notice.decided_at) + _delay_ms(random, _DELIVERY_MS)
    if random.random() < SEEN.get(notice.channel, 0):
        yield _report(notice, "seen", at_ms + _delay_ms(random, _SEEING_MS))


def _answers(seed: int, offer: OfferEvent) -> Iterator[Answer]:
    if offer.channel not in FAILED:
        return
    random = _chance(seed, offer.id)
    at_ms = parse_instant(offer.decided_at) + _delay_ms(random, _DELIVERY_MS)
    if random.random() < FAILED[offer.channel]:
        yield _report(offer, "failed", at_ms)
        return
    yield _report(offer, "delivered", at_ms)
    if offer.channel in SEEN:
        at_ms += _delay_ms(random, _SEEING_MS)
        if random.random() >= SEEN[offer.channel]:
            return
        yield _report(offer, "seen", at_ms)
    at_ms += _delay_ms(random, _ANSWERING_MS)
    mood = random.random()
    if mood < ACCEPTING:
        yield _event(offer, "offer.responded", at_ms, offer_id=offer.id, response="accepted")
        yield from _booked(offer, at_ms + _BOOKING_MS)
    elif mood < ACCEPTING + REFUSING:
        yield _event(offer, "offer.responded", at_ms, offer_id=offer.id, response="refused")


def _booked(offer: OfferEvent, at_ms: int) -> Iterator[Answer]:
    """Yield the purchase of the add-on that was offered. A plan that was offered is not booked here."""
    offered = {option.id for option in offer.options}
    for addon in ADDONS:
        if addon.addon_id in offered:
            own = {"addon_id": addon.addon_id, "bucket": addon.bucket, "amount": addon.amount}
            yield _event(offer, "addon.purchased", at_ms, **own)


def _report(message: OfferEvent | CareEvent, status: str, at_ms: int) -> Answer:
    return _event(
        message, "message.reported", at_ms, of=message.id, status=status, channel=str(message.channel)
    )


def _event(message: OfferEvent | CareEvent, kind: str, at_ms: int, **own: object) -> Answer:
    """Return the event; what tells those of one message apart is what is reported or said."""
    word = own.get("status") or own.get("response") or "booked"
    value = {
        "event_id": f"{message.id}-{word}",
        "source": "crm" if kind == "addon.purchased" else str(message.channel),
        "subscriber_id": message.subscriber_id,
        "type": kind,
        "at": format_instant(at_ms),
        **own,
    }
    return Answer(at_ms, message.subscriber_id, message.id, value)


def _chance(seed: int, message_id: str) -> Random:
    return Random(f"usagewatch/{seed}/answer/{message_id}")  # noqa: S311  # a simulation, nothing secret


def _delay_ms(random: Random, bounds: tuple[int, int]) -> int:
    """Return a delay between the bounds, even in its logarithm: most answer soon, a few days later."""
    least, most = bounds
    return int(least * (most / least) ** random.random())
