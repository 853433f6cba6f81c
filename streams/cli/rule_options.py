"""What a replay may be told of the business rules, as a worker is by its settings."""

from typing import Final, TypedDict, Unpack

import click
import msgspec

from schemas.times import MS_PER_DAY
from streams.cli.regime_files import rules_of
from streams.rules import Rules
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


class RuleOptions(TypedDict, total=False):
    """The options as click gives them."""

    dedupe_horizon_days: int | None
    muted_until_ms: int | None
    regimes_dir: str


def rules_with(**options: Unpack[RuleOptions]) -> Rules:
    """Return the rules with these options, the usual ones for what is not given.

    Raises: ConfigError with every mistake in the folder of regimes.
    """
    rules = msgspec.structs.replace(
        rules_of(options.get("regimes_dir", "")), muted_until_ms=options.get("muted_until_ms")
    )
    days = options.get("dedupe_horizon_days")
    return rules if days is None else msgspec.structs.replace(rules, dedupe_horizon_ms=days * MS_PER_DAY)
