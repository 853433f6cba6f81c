"""Sentences about what was found over spans of time, and about what is owed."""

from typing import Final, assert_never

from schemas.window_signals import (
    Arrears,
    BillShock,
    BillWarning,
    DroppedCalls,
    Expiring,
    Intent,
    Segment,
    UsageSpike,
    WindowSignals,
)
from streams.explain.words import Words, price

_SEGMENTS: Final = {
    "data_panic": "data runs out again and again",
    "voice_heavy": "much is talked",
    "basic": "little is spent, month after month",
}


def over_time(  # noqa: PLR0911  (one a kind of signal)
    signal: WindowSignals,
    words: Words,
) -> str:
    """Return what was found, without its type and without a full stop."""
    match signal:
        case Segment():
            known = ", as far as less than six months say" if signal.partial else ""
            return f"{signal.segment}: {_SEGMENTS[signal.segment]}, in the period from {signal.period}{known}"
        case Intent():
            wanted = signal.intent.replace("_", " ")
            often = f"{signal.count} times within {signal.window_hours} hours"
            return f"{wanted} is wanted: {often}, by rule {signal.rule}"
        case UsageSpike():
            last, usual = (words.amount(one, signal.unit) for one in (signal.last_24h, signal.mean_day))
            return f"{last} of {signal.bucket} in 24 hours, where a day has {usual}"
        case BillShock():
            return (
                f"roaming has cost {price(signal.charge)} within {signal.window_hours} hours; "
                f"the plan costs {price(signal.plan_price)} a month"
            )
        case DroppedCalls():
            return f"{signal.count} calls were cut off within {signal.window_hours} hours"
        case BillWarning():
            of = signal.limit.replace("_", " ")
            span = "" if signal.period is None else f" in the period from {signal.period}"
            owed = f"{price(signal.owed)} of {price(signal.amount)}"
            return f"{signal.level} % of the {of} is reached: {owed}{span}"
        case Arrears():
            return f"{price(signal.owed)} is owed, more than the credit limit of {price(signal.amount)}"
        case Expiring():
            left, at = words.amount(signal.left, signal.unit), words.moment(signal.expires_at)
            return f"{left} of {signal.bucket} from add-on {signal.addon_id} lapse on {at}"
        case _ as never:
            assert_never(never)
