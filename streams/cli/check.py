"""``usagewatch check``: are settings and regimes right? For CI and init containers."""

import os
from datetime import UTC, datetime

import click

from schemas.errors import ConfigError
from streams import settings
from streams.cli.regime_files import REGIMES_OPTION, premature, rules_of, unconfirmed
from streams.regimes import Regimes


@click.command()
@REGIMES_OPTION
@click.option("--strict", is_flag=True, help="What is warned of is a mistake.")
def check(*, regimes_dir: str, strict: bool) -> None:
    """Check the settings in the environment and the regimes, and do nothing else.

    Every mistake is listed; exit status 1 if there is one. Values of regimes that nobody has confirmed, or
    with a date that has not come, are warned of; `usagewatch regimes` shows them. Without --regimes the
    folder is USAGEWATCH_REGIMES_DIR.

    \b
    Examples:
      USAGEWATCH_WEB_PORT=80000 usagewatch check
      usagewatch check --regimes corrected/ --strict
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    mistakes: list[str] = []
    regimes: Regimes | None = None
    try:
        settings.load(os.environ)
    except ConfigError as error:
        mistakes += error.mistakes
    try:
        regimes = rules_of(regimes_dir or settings.regimes_dir(os.environ)).regimes
    except ConfigError as error:
        mistakes += error.mistakes
    open_lines = [] if regimes is None else _doubts(regimes)
    if strict:
        mistakes += open_lines
    else:
        for line in open_lines:
            click.echo(f"warning: {line}", err=True)
    if mistakes or regimes is None:
        raise ConfigError(mistakes)
    click.echo(f"settings and {len(regimes.all)} regimes are right")


def _doubts(regimes: Regimes) -> list[str]:
    """Return a line for each regime with values that may not be right."""
    today = datetime.now(UTC).date()
    return [
        *(f"regime {name}: nobody has confirmed {values}" for name, values in unconfirmed(regimes).items()),
        *(
            f"regime {name}: in force already, with a date that has not come: {values}"
            for name, values in premature(regimes, today).items()
        ),
    ]
