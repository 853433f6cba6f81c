"""``usagewatch worker``: works on a cluster's topics until it is told to stop."""

import asyncio
import gc
import logging
import os
import sys
import zoneinfo
from datetime import UTC, datetime

import click
import msgspec

from schemas.times import format_instant
from streams import settings as environment
from streams.cli.logs import set_up
from streams.cli.muting import muted_until_option
from streams.cli.regime_files import premature, rules_of, unconfirmed
from streams.kafka.worker import Worker
from streams.pipeline import Pipeline
from streams.regimes import Regimes

log = logging.getLogger(__name__)

GC_THRESHOLDS = (100_000, 50, 100)
"""States are many small objects without cycles: with Python's own thresholds a quarter of the CPU time goes
into looking through them again and again."""

log = logging.getLogger(__name__)


class _Command(click.Command):
    """Ends its help with the table of settings, which is written in one place only."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the settings."""
        with formatter.section("Settings, from the environment"):
            formatter.write(environment.describe() + "\n")


@click.command(cls=_Command)
@muted_until_option
def worker(muted_until_ms: int | None) -> None:
    """Take what comes on the input topics and write signals, notices and offers, each exactly once.

    Several workers with the same USAGEWATCH_APP_ID share the partitions. SIGTERM ends one cleanly: what it
    has begun is committed, the others get its partitions at once, the exit status is 0. It is 1 when only
    a person can help; the log says how.

    \b
    Examples:
      usagewatch topics create --partitions 4
      usagewatch worker
      USAGEWATCH_WEB_PORT=6067 usagewatch worker     a second one on the same machine
      usagewatch worker --muted-until 2026-12-01T00:00:00+08:00
      curl http://127.0.0.1:6066/ready               also /live and /metrics
    """  # noqa: D301 - \b is click's own mark
    settings = environment.load(os.environ)
    zoneinfo.reset_tzpath(to=())  # the locked tzdata decides, not the machine
    rules = msgspec.structs.replace(
        rules_of(settings.regimes_dir),
        dedupe_horizon_ms=settings.dedupe_horizon_ms,
        muted_until_ms=muted_until_ms,
    )

    async def run() -> int:
        one = Worker(settings, lambda catalog: Pipeline(catalog=catalog, rules=rules))
        await one.check()
        # After the check, which quietens the client to say in one line that no broker answers.
        set_up(settings.log_level, settings.log_format)
        if muted_until_ms is not None:
            log.info(
                "no notices and offers are written for now", extra={"until": format_instant(muted_until_ms)}
            )
        warn_of_unconfirmed(rules.regimes)
        return await one.run()

    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    # Not uvloop: its write to a lost connection raises RuntimeError, which aiokafka does not expect, and a
    # client then never finds the broker again. It is no faster here.
    sys.exit(asyncio.run(run()))


def warn_of_unconfirmed(regimes: Regimes) -> None:
    """Log a line for each regime that decides by values for which nobody stands, or before their date."""
    for name, values in unconfirmed(regimes).items():
        log.warning("nobody has confirmed these values of a regime", extra={"regime": name, "values": values})
    for name, values in premature(regimes, datetime.now(UTC).date()).items():
        log.warning("these values count before their date", extra={"regime": name, "values": values})
