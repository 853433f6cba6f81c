"""``usagewatch redrive``: dead letters back to where their records came from."""

import asyncio
import os
from typing import Any, TypedDict, Unpack

import click
import orjson
from aiokafka.errors import KafkaError

from streams import settings as environment
from streams.cli.letter_options import new_table, print_table, progress, reasons, since_option, topic_option
from streams.kafka.connection import onlooker
from streams.kafka.dead_letters import Wanted, topics_of
from streams.kafka.redrive import Redrive, Survey
from streams.kafka.verdicts import Moved
from streams.settings import Settings


class Options(TypedDict):
    """The options as click gives them."""

    reasons: tuple[str, ...]
    topics: tuple[str, ...]
    since_ms: int | None
    is_dry: bool
    is_sure: bool
    is_json: bool


@click.command("redrive")
@click.option(
    "--reason", "reasons", type=reasons, multiple=True, required=True, help="Of this reason; again for more."
)
@topic_option
@since_option
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what would be sent.")
@click.option("--yes", "is_sure", is_flag=True, help="Send without asking.")
@click.option("--json", "is_json", is_flag=True, help="Say in JSON what was done.")
def redrive(**options: Unpack[Options]) -> None:
    """Send dead letters back to their input topic and partition, once their cause is mended.

    Key, value and time are the record's own, so that it counts as what it was when it arrived. Each is sent
    once, whatever is killed when: it is marked on the topic `redriven` in the same transaction. A second run
    sends nothing again, of two at once the older one ends. A record that is rejected again is a new dead
    letter, for the next run.

    \b
    Not sent back:
      profiles and groups of which a newer record has come since: it would undo that
      what its line has counted already, and only its group has not (`via` in `dead-letters --json`)

    \b
    Examples:
      usagewatch redrive --reason unknown_subscriber --dry-run
      usagewatch redrive --reason defect --since 2026-11-10T00:00:00Z --yes
    """  # noqa: D301
    settings = environment.load(os.environ)
    wanted = Wanted(frozenset(options["reasons"]), frozenset(options["topics"]), options["since_ms"])
    with progress("reading dead letters") as moved:
        survey = asyncio.run(_survey(settings, wanted, moved))
    if options["is_dry"] or not survey.send:
        _report(survey, is_json=options["is_json"], is_done=False)
        return
    if not options["is_sure"]:
        _report(survey, is_json=False, is_done=False)
        click.confirm("Send them back?", abort=True, err=True)
    with progress("sending") as moved:
        done = asyncio.run(_run(settings, wanted, moved, survey))
    _report(done, is_json=options["is_json"], is_done=True)


async def _survey(settings: Settings, wanted: Wanted, moved: Moved) -> Survey:
    found = await topics_of(settings)
    async with onlooker(settings.bootstrap_servers) as consumer:
        return await Redrive(settings, wanted, found, moved).survey(consumer)


async def _run(settings: Settings, wanted: Wanted, moved: Moved, survey: Survey) -> Survey:
    found = await topics_of(settings)
    asyncio.get_running_loop().set_exception_handler(_report_error)
    async with onlooker(settings.bootstrap_servers) as consumer:
        return await Redrive(settings, wanted, found, moved).run(consumer, survey)


def _report_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say what nobody heard of, but not of the futures that aiokafka leaves behind with a fenced producer."""
    if not isinstance(context.get("exception"), KafkaError):
        loop.default_exception_handler(context)


def _report(survey: Survey, *, is_json: bool, is_done: bool) -> None:
    """Say what was sent, or would be."""
    total = survey.send.total()
    if is_json:
        sent = [
            {"topic": topic, "reason": reason, "count": count}
            for (topic, reason), count in survey.send.items()
        ]
        stay = {verdict.name.lower(): count for verdict, count in survey.stay().items()}
        click.echo(orjson.dumps({"is_done": is_done, "sent": sent, "not_sent": stay}))
        return
    if total:
        table = new_table("topic", "reason", "sent" if is_done else "to send", right=("sent", "to send"))
        for (topic, reason), count in survey.send.most_common():
            table.add_row(topic, reason, f"{count:,}")
        print_table(table)
    else:
        click.echo("nothing to send back")
    for verdict, count in survey.stay().most_common():
        click.echo(f"not sent: {count:,}: {verdict}")
    for topic, count in survey.old.items():
        click.echo(
            f"{topic}: {count:,} of them are older than its retention: a broker deletes such records, "
            "read or not; keep a worker running",
            err=True,
        )
