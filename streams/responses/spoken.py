"""How amounts, prices and times are spoken of: in the subscriber's units, zone and language.

Volumes are GB, MB, KB as operators write them, computed with the plan's ``unit_base``. What was used is
rounded half up and what is left half down, so that both still add up to the allowance.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from schemas.signals import Unit
from schemas.times import zone
from streams.responses.texts import Language, phrase

SECONDS_PER_MINUTE: Final = 60
CENT: Final = Decimal("0.01")
DECIMALS_SHOWN: Final = 2

_VOLUMES: Final = ((1, "KB"), (2, "MB"), (3, "GB"), (4, "TB"))
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4_096)
def amount(
    quantity: int, unit: Unit, *, unit_base: int, language: Language, rounding: str = ROUND_HALF_UP
) -> str:
    """Return a quantity to be read at a glance: two decimals at most, voice in whole minutes.

    Remembered, as times are: allowances and ends of periods are few, and said to many.
    """
    if unit == "message":
        return _count("message", quantity, language)
    if unit == "second":
        if 0 < quantity < SECONDS_PER_MINUTE:
            return _count("second", quantity, language)
        minutes = (Decimal(quantity) / SECONDS_PER_MINUTE).quantize(Decimal(1), rounding)
        return _count("minute", int(minutes), language)
    if quantity == 0:
        return "0 MB"
    if quantity < unit_base:
        return _count("byte", quantity, language)
    shown = ""
    for power, name in _VOLUMES:
        value = (Decimal(quantity) / unit_base**power).quantize(CENT, rounding)
        shown = f"{_plain(value)} {name}"
        # Rounded before it is compared, so that nothing reads "1000 MB" where GB begin.
        if value < unit_base:
            break
    return shown


def left(quantity: int, unit: Unit, *, unit_base: int, language: Language) -> str:
    """Return what is left, rounded the other way than what was used."""
    return amount(quantity, unit, unit_base=unit_base, language=language, rounding=ROUND_HALF_DOWN)


def exact(quantity: int, unit: Unit, *, unit_base: int, language: Language) -> str:
    """Return a quantity in the largest unit that needs no rounding: a price is for just so much."""
    if unit == "message":
        return _count("message", quantity, language)
    if unit == "second":
        minutes, rest = divmod(quantity, SECONDS_PER_MINUTE)
        return _count("second", quantity, language) if rest else _count("minute", minutes, language)
    for power, name in reversed(_VOLUMES):
        size = unit_base**power
        if quantity >= size and quantity * 100 % size == 0:
            return f"{_plain(Decimal(quantity) / size)} {name}"
    return _count("byte", quantity, language)


def price(amount_text: str, currency: str, language: Language) -> str:
    """Return an amount of money, never rounded; zeros beyond the second decimal are left out."""
    whole, dot, decimals = amount_text.partition(".")
    shown = whole + dot + decimals[:DECIMALS_SHOWN] + decimals[DECIMALS_SHOWN:].rstrip("0")
    if language == "zh":
        return f"{shown} 元" if currency == "CNY" else f"{shown} {currency}"
    return f"{currency} {shown}"


@lru_cache(maxsize=4_096)
def moment(at_ms: int, *, time_zone: str, language: Language) -> str:
    """Return date and time by the clock on the subscriber's wall."""
    local = _local(at_ms, time_zone)
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year} {local:%H:%M}"


def day(at_ms: int, *, time_zone: str) -> str:
    """Return the subscriber's local date, ``YYYY-MM-DD``."""
    return _local(at_ms, time_zone).date().isoformat()


def calendar_day(day: date, language: Language) -> str:
    """Return a date as people write it."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _local(at_ms: int, time_zone: str) -> datetime:
    at = _EPOCH + timedelta(milliseconds=at_ms)
    try:
        return at.astimezone(zone(time_zone))
    except OverflowError:
        # Within a day of the years 1 and 9999, which an event may name, there may be no local date.
        return at


def _count(noun: str, count: int, language: Language) -> str:
    """Return a number of things; English tells one from many."""
    return phrase(f"{noun}_{'one' if count == 1 else 'many'}", language, n=str(count))


def _plain(value: Decimal) -> str:
    """Return a number without exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
