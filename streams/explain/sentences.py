"""Outputs as sentences: what was found and why, in the plan's units and the subscriber's time."""

from collections.abc import Mapping
from typing import Final, assert_never

import msgspec

from schemas.envelope import Emitted
from schemas.fields import Money
from schemas.found import OnPortSignals, OnSignals, Signal
from schemas.messages import CareEvent, OfferEvent, SuppressedOffer
from schemas.risk_signals import ChurnRisk
from schemas.signals import (
    Exhausted,
    Forecast,
    LateAdjustment,
    NearLimit,
    Overage,
    PortFraudSuspect,
    PortQuery,
    PortRequest,
    Reinstated,
    Resolved,
    Throttled,
)
from schemas.tasks import Task
from schemas.topics import CARE_EVENTS, OFFER_EVENTS, PORT_SIGNALS, SIGNALS, SUPPRESSED_OFFERS, TASKS
from streams.explain.leaving import of_leaving
from streams.explain.over_time import over_time
from streams.explain.reasons import REASONS
from streams.explain.words import Words, price
from streams.responses import spoken

Output = Signal | CareEvent | OfferEvent | SuppressedOffer | Task

_KINDS: Final[Mapping[str, msgspec.json.Decoder[Output]]] = {
    SIGNALS: msgspec.json.Decoder(OnSignals),
    PORT_SIGNALS: msgspec.json.Decoder(OnPortSignals),
    CARE_EVENTS: msgspec.json.Decoder(CareEvent),
    OFFER_EVENTS: msgspec.json.Decoder(OfferEvent),
    SUPPRESSED_OFFERS: msgspec.json.Decoder(SuppressedOffer),
    TASKS: msgspec.json.Decoder(Task),
}


def read(emitted: Emitted) -> Output:
    """Return an output as it was built."""
    return _KINDS[emitted.topic].decode(emitted.value or b"")


def sentence(output: Output, words: Words) -> str:  # noqa: PLR0911  (one a kind of output)
    """Return what an output says, without its type and without a full stop."""
    match output:
        case NearLimit() | Overage() | Throttled() | Exhausted():
            return _of_usage(output, words) + (", by a record that came late" if output.late else "")
        case Resolved() | Reinstated():
            return _of_raised(output, words)
        case LateAdjustment():
            return _of_adjustment(output, words)
        case Forecast():
            return (
                f"{output.bucket} runs out on {words.moment(output.runs_out_at)}, before the period ends on "
                f"{words.moment(output.period_ends_at)}: {_used(output, words)} are used, and "
                f"{words.amount(output.rate_per_day, output.unit, output.plan_id)} a day"
            )
        case PortQuery() | PortRequest():
            return _of_porting(output)
        case ChurnRisk() | PortFraudSuspect():
            return of_leaving(output, words)
        case CareEvent() | OfferEvent() | SuppressedOffer() | Task():
            return _of_message(output)
        case _:
            return over_time(output, words)


def _of_message(output: CareEvent | OfferEvent | SuppressedOffer | Task) -> str:
    match output:
        case CareEvent():
            return f"by {output.channel}: “{output.text}” Because: {output.why}"
        case OfferEvent():
            delta = spoken.price(output.price_delta, output.currency, "en")
            return f"by {output.channel}, for {delta}: “{output.text}” Because: {output.why}"
        case SuppressedOffer():
            return ", ".join(REASONS[reason] for reason in output.reasons)
        case Task():
            return f"for {output.assignee_role.replace('_', ' ')}: “{output.text}” Because: {output.why}"
        case _ as never:
            assert_never(never)


def label(output: Output) -> str | None:
    """Return what a signal that may be taken back is called, None for all else."""
    match output:
        case NearLimit():
            return f"{output.level} % of {output.bucket}"
        case Overage() | Throttled() | Exhausted():
            return f"{output.kind()} of {output.bucket}"
        case _:
            return None


def _of_usage(signal: NearLimit | Overage | Throttled | Exhausted, words: Words) -> str:
    used = _used(signal, words)
    match signal:
        case NearLimit(level=level, bucket=bucket):
            left = words.amount(signal.remaining, signal.unit, signal.plan_id)
            percent = signal.used * 100 // signal.allowance
            until = words.moment(signal.period_ends_at)
            return (
                f"{level} % of {bucket} is reached: {used} are used, {percent} %; {left} left until {until}"
            )
        case Overage():
            return _of_overage(signal, words)
        case Throttled(to_kbps=speed):
            slow = "" if speed is None else f" to {speed} kbit/s"
            return f"{signal.bucket} is used up, {used}: the plan slows down{slow}, at no charge"
        case Exhausted(action=action):
            until = "something is paid" if action == "pay_to_restore" else "something is bought"
            ends = words.moment(signal.period_ends_at)
            return f"{signal.bucket} is used up, {used}: it stops until {until} or the period ends on {ends}"


def _of_overage(signal: Overage, words: Words) -> str:
    over = words.amount(signal.over, signal.unit, signal.plan_id)
    included = words.amount(signal.allowance, signal.unit, signal.plan_id)
    text = f"{over} beyond the {included} of {signal.bucket}"
    text += ", at no price that is known" if signal.charge is None else f", {price(signal.charge)} so far"
    if signal.step:
        reached = f" at {price(signal.cap)}" if isinstance(signal.cap, Money) else ""
        text += f"; step {signal.step}{reached} is reached"
    if isinstance(signal.consent, bool):
        text += f", and the subscriber has {'' if signal.consent else 'not '}agreed to go on"
    return text


def _of_raised(signal: Resolved | Reinstated, words: Words) -> str:
    known = words.raised.get(signal.of)
    what = (
        f"what was raised of {signal.bucket}"
        if known is None
        else f"{known.label}, raised with line {known.line},"
    )
    again = "true no more" if isinstance(signal, Resolved) else "true again"
    return f"{what} is {again}; nobody is alerted"


def _of_adjustment(signal: LateAdjustment, words: Words) -> str:
    before, after = (
        words.amount(quantity, signal.unit, signal.plan_id)
        for quantity in (signal.used_before, signal.used_after)
    )
    text = f"{signal.bucket} of the period from {signal.period}, long over, was {before} and is {after}"
    if signal.charge_before == signal.charge_after:
        return text
    return f"{text}; its charge was {price(signal.charge_before)} and is {price(signal.charge_after)}"


def _of_porting(signal: PortQuery | PortRequest) -> str:
    form = "" if signal.form is None else f", form {signal.form}"
    asked = (
        f"asked {signal.queries_30d} times in 30 days" if signal.queries_30d != 1 else "asked once in 30 days"
    )
    if isinstance(signal, PortQuery):
        return f"the subscriber asked about leaving, by {signal.channel}{form}; {asked}"
    by = "the gaining operator" if signal.raised_by == "gaining_operator" else "the subscriber"
    return f"{by} asked for the number to go{form}, reference {signal.port_ref}; {asked}"


def _used(signal: NearLimit | Overage | Throttled | Exhausted | Forecast, words: Words) -> str:
    used, allowance = (
        words.amount(one, signal.unit, signal.plan_id) for one in (signal.used, signal.allowance)
    )
    return f"{used} of {allowance}"
