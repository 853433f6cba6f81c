"""The simulated month as each time zone sees it."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from schemas.times import MS_PER_DAY, zone


class Day(NamedTuple):
    """One local day of a zone."""

    number: int
    """Within the month, from 0."""
    on: date
    start_ms: int
    """Its local midnight."""
    date_text: str
    offset_text: str
    """The offset from UTC at midnight, as RFC 3339 writes it; it serves the whole day."""
    is_weekend: bool

    def text(self, second: int) -> str:
        """Return RFC 3339 of the instant ``second`` after midnight, below 86,400."""
        return f"{self.date_text}T{clock(second)}{self.offset_text}"


def clock(second: int) -> str:
    """Return ``HH:MM:SS`` of a second of the day."""
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def utc_text(ms: int) -> str:
    """Return RFC 3339 in UTC, cut to whole seconds."""
    return f"{_date_text(ms // MS_PER_DAY)}T{clock(ms % MS_PER_DAY // 1000)}Z"


@lru_cache(maxsize=128)
def _date_text(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=day))


class Month(NamedTuple):
    """A calendar month."""

    first: date
    length_days: int

    @classmethod
    def of(cls, text: str) -> "Month":
        """Return the month written ``YYYY-MM``.

        Raises: ValueError if there is none.
        """
        first = date.fromisoformat(f"{text}-01")
        return cls(first, ((first + timedelta(days=31)).replace(day=1) - first).days)

    @property
    def opening_ms(self) -> int:
        """When profiles are sent: a day before the month begins in UTC, so before it begins anywhere."""
        return int(datetime(self.first.year, self.first.month, 1, tzinfo=UTC).timestamp()) * 1000 - MS_PER_DAY

    def day(self, time_zone: str, number: int) -> Day:
        """Return the month's local day ``number``, from 0; ``length_days`` is the first of the next month."""
        return _day(self.first, time_zone, number)


@lru_cache(maxsize=1024)
def _day(first: date, time_zone: str, number: int) -> Day:
    on = first + timedelta(days=number)
    midnight = datetime(on.year, on.month, on.day, tzinfo=zone(time_zone))
    return Day(
        number=number,
        on=on,
        start_ms=int(midnight.timestamp()) * 1000,
        date_text=str(on),
        offset_text=midnight.isoformat()[-6:],
        is_weekend=on.weekday() >= 5,  # noqa: PLR2004  # Saturday
    )
