"""The usage records of one simulated subscriber in a billing period and the month before it.

The records are the simulator's own: `person` draws habits and fate, `agenda` who leaves in mid-month, `use`
each day's sessions and calls. Three things differ from ``usagewatch simulate``:

- Subscribers are taken one by one, and nothing goes through the pipeline. A forecast looks at one subscriber
  only, and at event time only, so arrival, repetition and order across subscribers would cost minutes and
  change nothing.
- The month begins where the subscriber's billing period does. A calendar month would leave the periods of all
  who are not billed on the 1st half empty, and nobody would know whether their allowance lasted.
- There is a month before it, of the same habits and another fate. The simulator knows one month only; that
  the same person used exactly as much a month ago would be told to whoever looks back 35 days.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from math import exp
from typing import Final, NamedTuple

import msgspec

from schemas.cdr import CdrRecord, Data, Voice
from streams.core.period import day_start
from streams.simulate.life import Diary, agenda
from streams.simulate.month import Month
from streams.simulate.outbox import Outbox
from streams.simulate.people import Person, person
from streams.simulate.usage import use

_OTHER_FATE: Final = 1_000_003
"""Added to the seed for the month before: other days, bursts and trips."""

_to_record = msgspec.json.Decoder(CdrRecord)


class TwoMonths(NamedTuple):
    """A subscriber with a billing period ``[starts_ms, ends_ms)``, and what was used from a month before."""

    someone: Person
    starts_ms: int
    ends_ms: int
    records: list[Data | Voice]
    """Data and calls, ascending by event time."""


def two_months(seed: int, number: int, *, month: str, drift: float, is_new: bool = False) -> TwoMonths:
    """Return subscriber ``number`` with the billing period that begins in ``month`` (``YYYY-MM``).

    ``drift`` is how much a person's months differ: the sigma of the lognormal factor between the two.
    ``is_new``: without the month before.
    """
    calendar = Month.of(month)
    first = calendar.first.replace(day=person(seed, number, calendar).cycle_day)
    current, previous = _from(first), _from(_a_month_before(first))
    someone = person(seed, number, current)
    diary = Diary(someone, current)
    for _ in agenda(diary):
        # Events are of no use here, but some of them end with the number's leaving.
        pass
    records = list(_used(diary, current))
    if not is_new:
        before = person(seed + _OTHER_FATE, number, previous)
        _give_habits(before, someone, factor=exp(before.random.gauss(0, drift)))
        records += _used(Diary(before, previous), previous)
    zone = someone.home.time_zone
    records.sort(key=lambda record: record.started_at)
    ends_on = current.first + timedelta(days=current.length_days)
    return TwoMonths(someone, day_start(zone, current.first), day_start(zone, ends_on), records)


def _from(first: date) -> Month:
    """Return the month from a day of the month (at most the 28th) to before the same day of the next."""
    following = (first.replace(day=1) + timedelta(days=31)).replace(day=first.day)
    return Month(first, (following - first).days)


def _a_month_before(first: date) -> date:
    return (first.replace(day=1) - timedelta(days=1)).replace(day=first.day)


def _give_habits(before: Person, someone: Person, *, factor: float) -> None:
    """Make the person of the month before the same one: same volumes but for a factor, same home."""
    share = factor * sum(someone.day_bytes) / max(1, sum(before.day_bytes))
    before.day_bytes = tuple(int(day_bytes * share) for day_bytes in before.day_bytes)
    before.calls_per_day = someone.calls_per_day * factor
    before.cycle_day, before.consents = someone.cycle_day, someone.consents


def _used(diary: Diary, month: Month) -> Iterator[Data | Voice]:
    """Yield the month's data and calls as the simulator sends them, each once."""
    heard = _Heard()
    for number in range(month.length_days):
        use(diary, month.day(diary.someone.home.time_zone, number), heard)
    for value in heard.values:
        record = _to_record.decode(value)
        if isinstance(record, Data | Voice):
            yield record


class _Heard(Outbox):
    """Keeps what is sent, without its way to us: a value that is sent twice is kept once."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []

    def put(self, arrival_ms: int, rank: int, key: str | None, value: str) -> None:  # noqa: ARG002  # Outbox's
        """Keep the value."""
        if not self.values or self.values[-1] is not value:
            self.values.append(value)
