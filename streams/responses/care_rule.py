"""What the rules of care say of signals: bills, arrears, and whatever else ``care.toml`` waits for."""

from collections.abc import Iterator

from schemas.found import Signal
from schemas.messages import CareEvent
from schemas.tasks import Task
from schemas.times import parse_instant
from schemas.window_signals import Arrears, BillShock, BillWarning, DroppedCalls, Intent
from streams.responses import spoken
from streams.responses.care_message import Occasion, care_message
from streams.responses.found import Found
from streams.responses.texts import Language, language_of, phrase


def respond(found: Found) -> Iterator[CareEvent | Task]:
    """Yield what each rule says of each signal; of a bill's levels that are reached at once, the highest."""
    for signal in _told(found.signals):
        for rule in found.care.by_signal.get(signal.kind(), ()):
            if not rule.holds_for(found.profile) or not rule.fits(signal):
                continue
            occasion = Occasion(
                keys=([signal.id],),
                at_ms=parse_instant(signal.at),
                evidence=signal.evidence,
                cause=(signal.id,),
            )
            facts = facts_of(signal, language_of(found.profile.language))
            said = care_message(rule, occasion, facts, found)
            if said is not None:
                yield said


def facts_of(signal: Signal, language: Language) -> dict[str, str]:
    """Return what a text may say of a signal."""

    def price(money: object) -> str:
        return spoken.price(money.amount, money.currency, language)  # type: ignore[attr-defined]

    match signal:
        case BillWarning(limit=limit, level=level, owed=owed, amount=amount):
            words = phrase(f"limit_{limit}", language)
            return {
                "owed": price(owed),
                "amount": price(amount),
                "level": str(level),
                "limit_words": words,
            }
        case Arrears(owed=owed, amount=amount):
            return {"owed": price(owed), "amount": price(amount)}
        case BillShock(window_hours=hours, charge=charge, plan_price=plan_price):
            return {"charge": price(charge), "plan_price": price(plan_price), "window_hours": str(hours)}
        case DroppedCalls(count=count, window_hours=hours) | Intent(count=count, window_hours=hours):
            return {"count": str(count), "window_hours": str(hours)}
        case _:
            return {}


def _told(signals: tuple[Signal, ...]) -> Iterator[Signal]:
    """Yield the signals without the lower levels of a limit of which a higher one is there too."""
    highest: dict[str, int] = {}
    for signal in signals:
        if isinstance(signal, BillWarning):
            highest[signal.limit] = max(signal.level, highest.get(signal.limit, 0))
    for signal in signals:
        if not isinstance(signal, BillWarning) or signal.level == highest[signal.limit]:
            yield signal
