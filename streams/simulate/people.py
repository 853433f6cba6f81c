"""Who the simulated subscribers are: plan, home, habits and this month's fate, drawn before the month begins.

A subscriber's life depends on the seed and the subscriber's number alone: more subscribers leave the others
as they are. The first ones are chosen, so that a small run shows everything: number 0 to 7 (one on each plan)
use more than is included, 8 to 15 ask for leaving with the number.
"""

from dataclasses import dataclass, field
from datetime import date
from math import exp
from random import Random
from typing import Final, NamedTuple

from schemas.fields import Money
from schemas.profile import Consent, Contract, Profile
from schemas.times import MS_PER_DAY
from streams.simulate.crowd import CROWD, TIERS, Home, Tier
from streams.simulate.month import Month

_VOICE_MEDIAN_S: Final = 9_100
"""Of one line's month in both directions: with sigma 1.0 a mean of 250 min."""
_CALL_MEAN_S: Final = 100
_BURST_SIGMA: Final = 1.2
"""How much days differ, on top of the month."""
_ROAMERS: Final = 0.05
_DESTINATIONS: Final = ("FR", "ES", "TH", "JP", "SG", "AE")
_ASKING: Final = {"CN": 0.02, "GB": 0.03, "IN": 0.04}
"""Share who ask about porting out; far above the real 0.08 to 1.3 % a month, so that some do."""
_ASKING_ELSEWHERE: Final = 0.01
_REQUESTING: Final = 0.4
"""Share of those who ask about leaving that then ask for it."""
_CONSENTING: Final = 0.45
_FRONT_LOADED: Final = 0.1
_LATE_PROFILES: Final = 97
"""One profile in so many comes hours after the first usage, which is held meanwhile."""


class Trip(NamedTuple):
    """Days abroad, from local day ``first`` to before ``end``."""

    first: int
    end: int
    country: str


@dataclass(slots=True)
class Person:
    """One subscriber, with what changes in the course of the month."""

    number: int
    subscriber_id: str
    tier: Tier
    home: Home
    cycle_day: int
    consents: bool
    random: Random
    day_bytes: tuple[int, ...]
    """Data that would be used on each day if nothing stopped it."""
    calls_per_day: float
    messages_per_day: float
    trip: Trip | None
    is_curious: bool
    """Asks about porting out."""
    is_leaving: bool
    """And asks for it then."""
    left_at_ms: int | None = None
    """From when the number is another operator's."""
    included_bytes: int | None = None
    """The data allowance with what was bought, as the network enforces it; None is unlimited."""
    used_bytes: int = 0
    """Of data at home since the cycle day."""
    serials: dict[str, int] = field(default_factory=dict)

    def is_abroad(self, day: int) -> bool:
        """Return whether the subscriber roams on that local day."""
        return self.trip is not None and self.trip.first <= day < self.trip.end

    def serial(self, kind: str) -> int:
        """Return the next serial number of that kind, from 1."""
        self.serials[kind] = self.serials.get(kind, 0) + 1
        return self.serials[kind]


def person(seed: int, number: int, month: Month) -> Person:
    """Return subscriber ``number``, from 0."""
    random = Random(f"usagewatch/{seed}/{number}")  # noqa: S311  # a simulation, nothing secret
    tier = CROWD[number % len(CROWD)]
    home = tier.homes[number // len(TIERS) % len(tier.homes)]
    is_heavy, is_asking = number < len(TIERS), len(TIERS) <= number < 2 * len(TIERS)
    included = tier.plan.allowance("data").amount
    month_bytes = int(random.lognormvariate(0, tier.data_sigma) * tier.data_median_bytes)
    if is_heavy and included is not None:
        month_bytes = int(included * random.uniform(1.25, 1.4))
    made = Person(
        number=number,
        subscriber_id=f"sim-{home.jurisdiction.lower()}-{number:05}",
        tier=tier,
        home=home,
        cycle_day=1 if number < 2 * len(TIERS) else random.choices((1, 5, 16, 28), (70, 12, 12, 6))[0],
        consents=is_heavy or random.random() < _CONSENTING,
        random=random,
        day_bytes=_day_bytes(random, month_bytes, month),
        calls_per_day=random.lognormvariate(0, 1.0) * _VOICE_MEDIAN_S / _CALL_MEAN_S / month.length_days,
        messages_per_day=random.lognormvariate(0, 0.8) * 4.0,
        trip=_trip(random, month, is_possible=not is_asking),
        is_curious=is_asking or random.random() < _ASKING.get(home.jurisdiction, _ASKING_ELSEWHERE),
        is_leaving=is_asking or random.random() < _REQUESTING,
        included_bytes=included,
    )
    if is_heavy:
        made.trip, made.is_curious = None, False
    return made


def _day_bytes(random: Random, month_bytes: int, month: Month) -> tuple[int, ...]:
    """Spread a month's data over its days: weekends more, some days far more, one user in ten early."""
    is_early = random.random() < _FRONT_LOADED
    weights = []
    for index in range(month.length_days):
        weight = exp(random.gauss(0, _BURST_SIGMA)) * (1.2 if month.day("UTC", index).is_weekend else 1.0)
        weights.append(weight * (3.0 if is_early and index * 2 < month.length_days else 1.0))
    whole = sum(weights)
    return tuple(int(month_bytes * weight / whole) for weight in weights)


def _trip(random: Random, month: Month, *, is_possible: bool) -> Trip | None:
    if random.random() >= _ROAMERS or not is_possible:
        return None
    first = random.randrange(1, month.length_days - 8)
    return Trip(first, first + random.randrange(3, 9), random.choice(_DESTINATIONS))


def profile(someone: Person) -> Profile:
    """Return what is known of the subscriber before the month begins."""
    plan, number = someone.tier.plan, someone.number
    money = Money(amount=f"{100 + number % 5 * 50}.00", currency=plan.currency)
    consent = Consent(
        purpose="commercial",
        granted=True,
        at="2025-01-05T10:00:00+08:00",  # type: ignore[arg-type]  # as on the wire
        channels=("app", "sms"),
        source="app",
        proof_id=f"proof-{number}",
    )
    ends_on = date(2026 + number % 2, 1 + number % 12, 28)
    contract = Contract(what="plan", ends_on=ends_on, exit_fee=Money(plan.exit_fee, plan.currency))
    return Profile(
        subscriber_id=someone.subscriber_id,
        plan_id=plan.plan_id,
        time_zone=someone.home.time_zone,
        cycle_day=someone.cycle_day,
        jurisdiction=someone.home.jurisdiction,
        language=someone.home.language,
        account_id=f"account-{number}",
        account_type="enterprise" if number % 41 == 40 else "person",  # noqa: PLR2004  # one in 41
        born_on=date(1945 + number * 7 % 60, 1 + number % 12, 1 + number % 28),
        joined_on=date(2012 + number % 14, 1 + number % 12, 1),
        channels=("app", "sms") if number % 3 else ("sms",),
        contracts=(contract,) if plan.term_months else (),
        consents=(consent,) if someone.consents else (),
        credit_limit=money,
        overage_consent=number % 2 == 0,
        vas=("ringtone",) if number % 9 == 0 else (),
    )


def profile_arrival_ms(someone: Person, month: Month) -> int:
    """Return when the profile arrives: before the month, but for one in `_LATE_PROFILES`."""
    opening_ms = month.opening_ms
    if someone.number % _LATE_PROFILES == _LATE_PROFILES - 1:
        return opening_ms + MS_PER_DAY + someone.random.randrange(MS_PER_DAY // 4, MS_PER_DAY)
    return opening_ms
