"""What the clock on the subscriber's wall and the calendar say: quiet hours and ages."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from schemas.times import zone

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)


def quiet_ends_ms(zone_name: str, at_ms: int, *, from_minute: int, to_minute: int) -> int | None:
    """Return when the quiet hours that contain an instant end, None if none do.

    They begin at ``from_minute`` after midnight on the wall and end before ``to_minute``, the day after where
    that is no later.
    """
    local = _local(zone_name, at_ms)
    minute = local.hour * 60 + local.minute
    if from_minute < to_minute:
        is_quiet = from_minute <= minute < to_minute
    else:
        is_quiet = minute >= from_minute or minute < to_minute
    if not is_quiet:
        return None
    day = local.date() if minute < to_minute else local.date() + _DAY
    ends = datetime.combine(day, time(to_minute // 60, to_minute % 60), tzinfo=zone(zone_name))
    # An hour that clocks skip or repeat may put the end at or before the instant itself.
    return max((ends.astimezone(UTC) - _EPOCH) // _MS, at_ms + 1)


def age_at(born_on: date | None, zone_name: str, at_ms: int) -> int | None:
    """Return an age in whole years, None if it is not known; who was born on 29 February ages in March."""
    if born_on is None:
        return None
    day = _local(zone_name, at_ms)
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


@lru_cache(maxsize=64)
def _local(zone_name: str, at_ms: int) -> datetime:
    """Return what clock and calendar on the wall show: in one turn it is asked several times."""
    return (_EPOCH + at_ms * _MS).astimezone(zone(zone_name))
