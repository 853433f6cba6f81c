"""Who is on which plan, and where they live."""

from typing import Final, NamedTuple

from schemas.plans import Plan
from streams.simulate.catalog import GB, PLANS


class Home(NamedTuple):
    """Where a subscriber of a plan may live."""

    jurisdiction: str
    time_zone: str
    language: str


class Tier(NamedTuple):
    """The subscribers of one plan as a crowd."""

    plan: Plan
    homes: tuple[Home, ...]
    share: int
    """Subscribers in every `CROWD`."""
    data_median_bytes: int
    """Of one subscriber's month; the mean is 1.6 to 2 times that."""
    data_sigma: float
    """Of the lognormal distribution within the tier. 1.0 to 1.2 fit published shares of the heaviest."""


_CHINA: Final = Home("CN", "Asia/Shanghai", "zh")
_AMERICAS: Final = (
    Home("JM", "America/Jamaica", "en"),
    Home("US", "America/New_York", "en"),
    Home("JM", "America/Jamaica", "en"),
    Home("US", "America/Los_Angeles", "en"),
    Home("US", "America/New_York", "zh"),
)

# Allowances are about three times the median: about 19 % reach 80 % and 14 % all of it.
TIERS: Final = (
    Tier(PLANS[0], (_CHINA,), 10, 7 * GB, 1.0),
    Tier(PLANS[1], (_CHINA,), 7, 4 * GB, 1.1),
    Tier(PLANS[2], _AMERICAS, 6, 27 * GB // 10, 1.0),
    Tier(PLANS[3], (Home("IN", "Asia/Kolkata", "en"),), 5, 10 * GB, 1.0),
    Tier(
        PLANS[4], (Home("AU", "Australia/Sydney", "en"), Home("AU", "Australia/Perth", "en")), 3, 5 * GB, 1.1
    ),
    Tier(PLANS[5], (Home("ZA", "Africa/Johannesburg", "en"),), 3, 2 * GB, 1.2),
    Tier(PLANS[6], (Home("GB", "Europe/London", "en"),), 3, 4 * GB, 1.1),
    Tier(PLANS[7], (Home("DE", "Europe/Berlin", "en"),), 3, 14 * GB, 1.0),
)

CROWD: Final = tuple(
    tier for turn in range(max(tier.share for tier in TIERS)) for tier in TIERS if tier.share > turn
)
"""The plan of subscriber *n* is that of ``CROWD[n % len(CROWD)]``: the first eight are on eight plans."""
