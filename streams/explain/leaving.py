"""Sentences about a number that may leave: what is suspicious, and what speaks for it."""

from schemas.risk_signals import ChurnRisk
from schemas.signals import PortFraudSuspect
from streams.explain.words import Words


def of_leaving(signal: ChurnRisk | PortFraudSuspect, words: Words) -> str:
    """Return what was found, without its type and without a full stop."""
    if isinstance(signal, ChurnRisk):
        reasons = ", ".join(reason.replace("_", " ") for reason in signal.reasons)
        return f"the subscriber may be about to leave, {signal.score} points: {reasons}"
    if signal.reason == "sim_swap":
        when = "" if signal.swapped_at is None else f", on {words.moment(signal.swapped_at)}"
        return f"the number was asked for soon after it moved to another SIM{when}"
    return f"{signal.numbers} numbers were asked for from the same device or agent"
