"""`usagewatch topics`: make the topics of a cluster, or say what is wrong with them."""

import asyncio
import os
from collections.abc import Sequence
from typing import Final

import click

from schemas.times import MS_PER_DAY
from streams import settings
from streams.kafka import topic_check
from streams.kafka.topic_rules import FOREVER_MS, RETENTION_LEAST_DAYS, Finding
from streams.kafka.topics import RETENTION_DAYS, Options, create

FOREVER: Final = "forever"
RETENTION_MOST_DAYS: Final = 36_500


class Retention(click.ParamType):
    """Days, or ``forever``; in milliseconds, as Kafka has it."""

    name = "DAYS|forever"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return milliseconds, `FOREVER_MS` for ever."""
        if value == FOREVER:
            return FOREVER_MS
        days = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else 0
        if not 0 < days <= RETENTION_MOST_DAYS:
            self.fail(f"must be a number of days from 1 to {RETENTION_MOST_DAYS}, or 'forever'", param, ctx)
        return days * MS_PER_DAY


@click.group("topics")
def topics() -> None:
    """Create the topics of a cluster, or say what is wrong with them.

    \b
    Examples:
      usagewatch topics create --partitions 4
      usagewatch topics check --sample
    """  # noqa: D301


@topics.command("create")
@click.option(
    "--partitions", type=click.IntRange(1, 10_000), required=True, help="Of inputs and outputs alike."
)
@click.option(
    "--replication",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    help="Copies of each record; from 3 on, two must be written before one counts.",
)
@click.option(
    "--retention",
    type=Retention(),
    help=f"How long records stay, {RETENTION_DAYS} days if not said. Less than {RETENTION_LEAST_DAYS} is too "
    "short for a period and its late records.",
)
@click.option(
    "--any-time",
    is_flag=True,
    help="Inputs also take timestamps more than an hour ahead (the broker refuses them otherwise).",
)
def create_topics(*, partitions: int, replication: int, retention: int | None, any_time: bool) -> None:
    """Make every topic that is missing, and the application's changelog; leave the others alone.

    Topics that are there already are never changed. What is wrong with one, or not as asked for, is said,
    and the exit status is 1.

    \b
    Example:
      usagewatch topics create --partitions 4
      usagewatch topics create --partitions 12 --replication 3 --retention 400
    """  # noqa: D301
    created = asyncio.run(
        create(
            settings.load(os.environ),
            Options(
                partition_count=partitions,
                replica_count=replication,
                retention_ms=retention,
                is_any_time=any_time,
            ),
        )
    )
    for name in created.made:
        click.echo(f"made   {name}")
    for name in created.kept:
        click.echo(f"exists {name}")
    _report(created.findings)


@topics.command("check")
@click.option("--sample", is_flag=True, help="Also look at where the newest records' keys lie.")
def check_topics(*, sample: bool) -> None:
    """Say exactly what is wrong with the topics; exit status 1 if anything is.

    Partition counts, policies, who stamps the time, retention shorter than a period and its late horizon;
    with --sample, keys in two partitions or in another one than Kafka's default partitioner puts them. A
    worker does not start where records or states would be lost or misplaced.

    \b
    Example:
      usagewatch topics check --sample
    """  # noqa: D301
    _report(asyncio.run(_findings(settings.load(os.environ), sample=sample)))
    click.echo("the topics are right")


async def _findings(found: settings.Settings, *, sample: bool) -> list[Finding]:
    findings = await topic_check.check(found)
    return findings + await topic_check.sample(found) if sample else findings


def _report(findings: Sequence[Finding]) -> None:
    """Print the findings; exit with 1 if there are any."""
    for finding in findings:
        click.echo(f"{'wrong  ' if finding.is_grave else 'warning'} {finding.text}", err=True)
    if findings:
        click.get_current_context().exit(1)
