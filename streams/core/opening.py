"""How much of a bucket was used after an instant: what a total from billing does not have yet."""

from schemas.times import MS_PER_HOUR
from streams.core.usage import Period, Usage
from streams.core.window import Window


def counted_after(usage: Usage, window: Window, period: Period, at_ms: int) -> int:
    """Return what has been counted in a period of usage that started after ``at_ms``.

    Exact while the bucket's newest records are all that there are, or all of that hour; else what is not
    known one by one is known by whole UTC hours, and of the hour of ``at_ms`` only the newest records are.
    """
    if usage.is_tail_whole:
        return sum(quantity for started_ms, quantity in usage.started() if started_ms > at_ms)
    hour = at_ms // MS_PER_HOUR
    in_hour = sum(
        quantity
        for started_ms, quantity in usage.started()
        if started_ms > at_ms and started_ms // MS_PER_HOUR == hour
    )
    first, end = period.hours()
    return in_hour + sum(
        quantity for index, quantity in window.hours.items() if max(hour + 1, first) <= index < end
    )
