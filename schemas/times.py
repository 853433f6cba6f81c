"""Instants and dates as WIRE.md has them: RFC 3339 with an explicit offset, or milliseconds since 1970.

Inside, every instant is a whole number of milliseconds since 1970-01-01 UTC; fractions are cut, not rounded.
"""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

MS_PER_SECOND: Final = 1_000
MS_PER_MINUTE: Final = 60_000
MS_PER_HOUR: Final = 3_600_000
MS_PER_DAY: Final = 86_400_000

FIRST_MS: Final = -62_135_596_800_000
"""0001-01-01T00:00:00Z."""
LAST_MS: Final = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z: the last instant that RFC 3339 can write."""

if TYPE_CHECKING:
    Instant = int
else:
    # On the wire a number or a text; `to_ms` in ``__post_init__`` makes it the number that the type promises.
    Instant = Annotated[
        int | str, Meta(description="RFC 3339 with an explicit offset, or milliseconds since 1970-01-01 UTC")
    ]

# The machine's own zone files differ from machine to machine: only the locked tzdata decides.
zoneinfo.reset_tzpath(to=())

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,64}))?"
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_WITHOUT_ZONE: Final = re.compile(r"\s*\d{4}-?\d\d-?\d\d(?:[Tt ][\d:.,]*)?\s*", re.ASCII)


def parse_instant(text: str) -> int:
    """Return milliseconds since 1970-01-01 UTC of an RFC 3339 text; what is below a millisecond is cut.

    Raises: ValueError if the text is no such instant (a 60th second is none).
    Source: RFC 3339, section 5.6.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("not RFC 3339 with an explicit offset")
    date, time, fraction, offset = match.groups()
    zone = "+00:00" if offset in "Zz" else offset
    ms = (datetime.fromisoformat(f"{date}T{time}{zone}") - _EPOCH) // _MILLISECOND
    if fraction:
        # Added apart: `fromisoformat` would have to be trusted to cut and not to round.
        ms += int(f"{fraction:0<3.3}")
    if not FIRST_MS <= ms <= LAST_MS:
        raise ValueError("outside the years 1 to 9999 in UTC")
    return ms


def to_ms(value: int | str) -> int:
    """Return the instant that a record's field names, in milliseconds since 1970-01-01 UTC.

    Raises: ValueError if it is neither RFC 3339 with an offset nor a number from 0 to `LAST_MS`.
    """
    if isinstance(value, str):
        return parse_instant(value)
    if 0 <= value <= LAST_MS:
        return value
    raise ValueError("milliseconds out of range")


def is_without_zone(value: object) -> bool:
    """Return whether this is a date and time that merely lacks its zone."""
    return isinstance(value, str) and _WITHOUT_ZONE.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def format_instant(ms: int) -> str:
    """Return RFC 3339 in UTC with milliseconds: ``2026-11-01T00:00:00.000Z``. Some are asked for often."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")[:23] + "Z"


@lru_cache(maxsize=1024)
def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the IANA zone of that name from the locked tzdata.

    Raises: ValueError if there is none.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError("time_zone is no IANA zone") from error
