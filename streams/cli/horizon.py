"""``--dedupe-horizon-days``: how long a replay remembers a record's identity, as a worker's setting does."""

from typing import Final

import click
import msgspec

from schemas.times import MS_PER_DAY
from streams.pipeline import Rules
from streams.settings import Settings

HORIZON_DAYS_MAX: Final = 45
"""As of a worker."""

horizon_option = click.option(
    "--dedupe-horizon-days",
    type=click.IntRange(1, HORIZON_DAYS_MAX),
    help="How long a record's identity is remembered, as USAGEWATCH_DEDUPE_HORIZON_DAYS of a worker; "
    f"{Settings().dedupe_horizon_days} if not said.",
)
"""None if it is not given."""


def rules_with(dedupe_horizon_days: int | None) -> Rules:
    """Return the shipped rules with that horizon, with the usual one if None."""
    rules = Rules.default()
    if dedupe_horizon_days is None:
        return rules
    return msgspec.structs.replace(rules, dedupe_horizon_ms=dedupe_horizon_days * MS_PER_DAY)
