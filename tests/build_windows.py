"""Builds what the detectors of windows look at, so that in a test only what matters is set."""

from decimal import Decimal
from typing import Final

from schemas.envelope import Raw
from schemas.events import AppViewed, CareContacted, Event
from schemas.fields import Money
from schemas.risk_signals import ChurnRisk
from schemas.signals import Forecast
from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from schemas.window_signals import Intent, WindowSignals
from streams.core.bill import Bill
from streams.core.history import History, Month
from streams.core.recent import Recent
from streams.core.window import added
from streams.regimes import shipped
from streams.regimes.windows import shipped_windows
from streams.signals.change import Cause
from streams.signals.window_change import BillChange, CountChange, SegmentChange, WindowChange
from streams.signals.windowed import detect_windowed
from tests.build import NOON, ms

WINDOWS: Final = shipped_windows()
REGIME: Final = shipped().of("CN")
PERCENTS: Final = WINDOWS.bill_warning.percents
NOON_MS: Final = ms(NOON)
PERIOD: Final = "2026-11-01"


def at(*, days: int = 0, hours: int = 0, minutes: int = 0, ms_: int = 0) -> int:
    """Return an instant so long after noon of the 10th."""
    return NOON_MS + days * MS_PER_DAY + hours * MS_PER_HOUR + minutes * MS_PER_MINUTE + ms_


def cause(record_id: str | None = "r", at_ms: int = NOON_MS) -> Cause:
    """Return why something is looked at."""
    return Cause("8613800000001", Raw("cdr", 0, 7, at_ms, None, None), record_id, at_ms, at_ms)


def cny(amount: str) -> Money:
    """Return so many yuan."""
    return Money(amount, "CNY")


def found(*changes: WindowChange | None) -> list[WindowSignals | Forecast | ChurnRisk]:
    """Return what is found in the changes, one after the other, each told once."""
    signals: list[WindowSignals | Forecast | ChurnRisk] = []
    for change in changes:
        for mark, signal in [] if change is None else list(detect_windowed(change, REGIME)):
            signals.append(signal)
            if isinstance(change, SegmentChange | BillChange):
                change.keeper.raised += (mark,)
    return signals


# -- events


def viewed(page: str, at_ms: int, event_id: str = "e") -> AppViewed:
    """Return a page that was looked at."""
    return AppViewed(event_id=event_id, subscriber_id="8613800000001", at=at_ms, page=page)  # type: ignore[arg-type]  # a test may name any


def asked(topic: str, at_ms: int, event_id: str = "e") -> CareContacted:
    """Return a question to care."""
    return CareContacted(
        event_id=event_id, subscriber_id="8613800000001", at=at_ms, channel="call", topic=topic
    )


def intents(*events: Event, recents: dict[str, Recent] | None = None) -> list[Intent]:
    """Return what is found in a subscriber's events, taken in that order."""
    kept = {} if recents is None else recents
    signals: list[Intent] = []
    for event in events:
        for rule in WINDOWS.intents_of(event):
            reached = kept.setdefault(rule.rule, Recent()).note(event.at, rule)
            if reached is not None:
                change = CountChange(
                    cause=cause(event.event_id, event.at), source=event.source, rule=rule, reached=reached
                )
                signals += [one for one in found(change) if isinstance(one, Intent)]
    return signals


# -- billing periods


def month(number: int, spend: str | None = "30.00", *, currency: str = "CNY") -> Month:
    """Return the summary of a closed period: of the so-many-eth month of 2026."""
    spent = {} if spend is None else {currency: spend}
    day = f"2026-{number:02}-01"
    return Month(day, data=0, peak_day=0, talk_s=0, sms=0, mms=0, roaming_days=0, spend=spent, episodes=0)


def segments(
    history: History, *, months: tuple[Month, ...] = (), is_first: bool = False, period: str = PERIOD
) -> SegmentChange:
    """Return a billing period to look at."""
    return SegmentChange(
        cause=cause(), period=period, keeper=history, months=months, is_first=is_first, windows=WINDOWS
    )


# -- money


def credit(limit: str = "100.00", *, owed: str = "0") -> Bill:
    """Return a bill of somebody with a credit limit in yuan."""
    bill = Bill()
    bill.set_limits(credit=cny(limit), bill=None, percents=PERCENTS)
    bill.accrue("CNY", Decimal(owed))
    return bill


def credit_change(bill: Bill) -> BillChange | None:
    """Return what is owed, to look at."""
    return BillChange.of_credit(cause(), bill, PERCENTS)


# -- hours


def hours(*slots: tuple[int, int]) -> bytes:
    """Return packed slots of (hour, quantity), as a bucket's window has them."""
    packed = b""
    for hour, quantity in slots:
        packed = added(packed, hour, quantity, length=168)
    return packed
