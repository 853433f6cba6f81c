"""``usagewatch check``: are settings and regimes right? For CI and init containers."""

import os

import click

from schemas.errors import ConfigError
from streams.regimes import shipped
from streams.settings import load


@click.command()
def check() -> None:
    """Check the settings in the environment and the regimes, and do nothing else.

    Every mistake is listed; exit status 1 if there is one.

    \b
    Example:
      USAGEWATCH_WEB_PORT=80000 usagewatch check
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    mistakes: list[str] = []
    try:
        load(os.environ)
    except ConfigError as error:
        mistakes += error.mistakes
    try:
        regimes = shipped()
    except ConfigError as error:
        mistakes += error.mistakes
    if mistakes:
        raise ConfigError(mistakes)
    click.echo(f"settings and {len(regimes.all)} regimes are right")
