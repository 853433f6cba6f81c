"""What one billing period was for a subscriber, raw: all that was used, whether it was billed or not.

While a period may still change it has a `History`; of the newest closed ones a `Month` is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from schemas.fields import MONEY_DIGITS, Money
from schemas.times import MS_PER_DAY
from streams.core.money import Sums, amount_in, plus
from streams.core.period import Span, Term, span_at
from streams.regimes.window_rules import MONTH_COUNT

QUANTITY_SUM_LAST: Final = 2**63 - 1
"""A sum stays within it on both sides: a stored number has 64 bits, and no network carries so much."""

_SLOT: Final = Layout(">iq")
"""As in `window`: the day since 1970 and its quantity."""


class History(Struct, array_like=True, gc=False):
    """One billing period. Sums are of raw quantities and may be negative until an original arrives."""

    data: int = 0
    """Octets."""
    talk_s: int = 0
    """Seconds of calls, both directions, unrounded."""
    sms: int = 0
    mms: int = 0
    roaming_days: int = 0
    """Bit *n* is the UTC day whose number ends in *n*, modulo 64: no period has so many days."""
    episodes: int = 0
    """Times that data ran out, and data add-ons that were bought."""
    peak_day: int = 0
    """Octets of the UTC day with the most, once the period has closed."""
    accrued: Sums | None = None
    """Sum of ``charge.accrued`` by currency; None: there was none."""
    raised: tuple[str, ...] = ()
    """Marks of the segments and the levels of a bill limit that were told in this period: a closed list."""

    def add_usage(self, kind: str, raw: int, at_ms: int, *, roaming: bool) -> None:
        """Add a raw quantity of one of the four types; of a correction the difference."""
        if kind == "data":
            self.data = total = self.data + raw
        elif kind == "voice":
            self.talk_s = total = self.talk_s + raw
        elif kind == "sms":
            self.sms = total = self.sms + raw
        else:
            self.mms = total = self.mms + raw
        if roaming:
            self.roaming_days |= 1 << (at_ms // MS_PER_DAY & 63)
        if not -QUANTITY_SUM_LAST <= total <= QUANTITY_SUM_LAST:
            self._bound()

    def add_accrued(self, amount: Money) -> None:
        """Add a charge that billing has accrued.

        Raises: SchemaError ``bad_field``, before any change: too many currencies.
        """
        self.accrued = plus(self.accrued, amount.currency, amount.value(), field="amount.currency")

    def _bound(self) -> None:
        for name in ("data", "talk_s", "sms", "mms"):
            sum_ = getattr(self, name)
            setattr(self, name, max(-QUANTITY_SUM_LAST, min(sum_, QUANTITY_SUM_LAST)))


class Month(Struct, array_like=True, frozen=True, gc=False):
    """Summary of a closed billing period. No quantity is below zero."""

    day: str
    """The period's local first day."""
    data: int
    """Octets."""
    peak_day: int
    """Octets of the UTC day with the most."""
    talk_s: int
    """Seconds of calls, both directions, unrounded."""
    sms: int
    mms: int
    roaming_days: int
    """UTC days with roaming usage."""
    spend: Sums
    """By currency, as `spend`."""
    episodes: int
    counted: tuple[int, ...] = ()
    """What counted in each bucket, in the order of `Bucket`, by the plan of the time; zeros at the end are
    left out."""
    charged: dict[str, str] | None = None
    """By bucket what its records themselves said that they cost, in the plan's currency."""


def month_of(
    history: History,
    *,
    day: str,
    spend: Sums,
    counted: tuple[int, ...] = (),
    charged: dict[str, str] | None = None,
) -> Month:
    """Return the summary of a period that has closed."""
    return Month(
        day=day,
        data=max(0, history.data),
        peak_day=max(0, history.peak_day),
        talk_s=max(0, history.talk_s),
        sms=max(0, history.sms),
        mms=max(0, history.mms),
        roaming_days=history.roaming_days.bit_count(),
        spend=spend,
        episodes=history.episodes,
        counted=counted,
        charged=charged,
    )


def with_month(months: tuple[Month, ...], month: Month) -> tuple[Month, ...]:
    """Return the summaries with one added, or in the place of the former one of that period.

    Ascending by period, at most `MONTH_COUNT`: the oldest goes.
    """
    others = (other for other in months if other.day != month.day)
    return tuple(sorted((*others, month), key=lambda one: one.day)[-MONTH_COUNT:])


def spans_between(terms: Sequence[Term], *, from_ms: int, to_ms: int) -> list[Span]:
    """Return the billing periods that lie whole in ``[from_ms, to_ms)``, ascending, the newest `MONTH_COUNT`.

    ``to_ms`` is the start of a period. Those in which nothing was used are months too: the plan was paid.
    """
    spans: list[Span] = []
    while len(spans) < MONTH_COUNT:
        span = span_at(terms, to_ms - 1)
        if span.starts_ms < from_ms:
            break
        spans.append(span)
        to_ms = span.starts_ms
    return spans[::-1]


def peak_day(*day_slots: bytes, starts_ms: int, ends_ms: int) -> int:
    """Return the most that was used on one UTC day of the period ``[starts_ms, ends_ms)``, 0 at least.

    ``day_slots`` are those of `window.Window`, of the home and the roaming bucket. A UTC day that the period
    begins or ends in counts whole.
    """
    first, last = starts_ms // MS_PER_DAY, (ends_ms - 1) // MS_PER_DAY
    days: dict[int, int] = {}
    for slots in day_slots:
        for day, quantity in _SLOT.iter_unpack(slots):
            if first <= day <= last:
                days[day] = days.get(day, 0) + quantity
    return max(0, *days.values()) if days else 0


def spend(*, accrued: Mapping[str, str] | None, charges: Iterable[Money], price: Money | None) -> Sums:
    """Return what a billing period has cost, by currency.

    What billing has accrued and the charges of the buckets; where billing has accrued nothing, the plan's
    price stands for it (None: the plan is unknown).
    """
    total: Sums = dict(accrued or {})
    if not accrued and price is not None:
        total = plus(total, price.currency, price.value())
    for charge in charges:
        total = plus(total, charge.currency, charge.value())
    return total


def period_total(*, accrued: Mapping[str, str] | None, charges: Iterable[Money], currency: str) -> Decimal:
    """Return what counts against a limit on one period's bill: accrued and charged, in one currency."""
    with localcontext(prec=MONEY_DIGITS):
        own = (charge.value() for charge in charges if charge.currency == currency)
        return sum(own, start=amount_in(accrued, currency))
