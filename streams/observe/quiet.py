"""The shortest way of a record: counted, where for certain nothing is to be said or looked at afterwards.

Most records of most subscribers are such: plain usage, far below every level, nothing raised, no charge. The
same as `usage.count` and all that looks at what it has moved do, without telling anybody what has moved: that
telling costs more than the counting (5 of 28 µs a record). tests/property/test_plain.py holds all ways
against each other.
"""

from typing import Final

from schemas.cdr import CdrRecord
from streams.core.counting import TOTAL_LAST, billable, bucket_of
from streams.core.spike import Spike
from streams.core.subscriber import Subscriber
from streams.core.usage import Usage
from streams.observe.place import Part, Place
from streams.observe.plain import is_plain
from streams.regimes import Regime
from streams.regimes.windows import Windows
from streams.signals import segment

NO_SPIKE: Final = Spike(most=0)
"""Stands for that of a bucket in which none is looked for."""


def count_quietly(
    state: Subscriber, record: CdrRecord, place: Place, *, regime: Regime, windows: Windows
) -> bool:
    """Count a record that is not late and after which there is nothing to say.

    Returns: False, with nothing changed, if there may be something to say; and for what was never used before
    in the period: things are made there.
    """
    period = place.period
    if period.starts_ms > state.newest_ms or not _is_ordinary(state, record, place):
        return False
    bucket = bucket_of(record, place.plan)
    usage, window = period.buckets.get(bucket), state.windows.get(bucket)
    if usage is None or window is None:
        return False
    allowance, history, raw = place.plan.allowance(bucket), period.history, record.quantity
    quantity = billable(record, allowance)
    percent = min(regime.near_limit_percents[0], windows.forecast.least_percent)
    if quantity is None or not _stays_low(usage, allowance.amount, quantity, percent=percent):
        return False
    kind = record.__struct_config__.tag
    spike = state.spike if bucket == windows.usage_spike.bucket else NO_SPIKE
    if spike is None or not 0 <= spike.most < windows.usage_spike.quantity.least - raw:
        return False
    if not segment.is_quiet(history, windows, talk_s=raw if kind == "voice" else 0):
        return False
    at_ms = record.started_at
    history.add_usage(kind, raw, at_ms, roaming=record.roaming)  # type: ignore[arg-type]  # one of the four
    window.add_raw(at_ms, raw)
    window.add_counted(at_ms, quantity)
    usage.add(quantity, started_ms=at_ms)
    if spike is not NO_SPIKE:
        spike.most += raw
    return True


def _is_ordinary(state: Subscriber, record: CdrRecord, place: Place) -> bool:
    """Return whether a record is of a kind that may be counted quietly."""
    return place.part is Part.WHOLE and record.ended_by != "dropped" and is_plain(state, record, place)


def _stays_low(usage: Usage, amount: int | None, quantity: int, *, percent: int) -> bool:
    """Return whether a bucket stays below all that is looked at, with an allowance that has not changed."""
    if usage.raised or usage.charged is not None or usage.allowance != amount or usage.base != amount:
        return False
    total = usage.total + quantity
    if amount is None:
        return -TOTAL_LAST <= total <= TOTAL_LAST
    return total * 100 < percent * amount
