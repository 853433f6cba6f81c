"""`usagewatch tail`: a topic as replay lines."""

import asyncio
import contextlib
import os
import sys

import click

from streams import settings
from streams.kafka.tail import tail as lines_of


@click.command("tail")
@click.argument("topic")
@click.option("--from-beginning", is_flag=True, help="Start with the oldest record, not with the next one.")
@click.option("--until-end", is_flag=True, help="Stop at the end that the topic has now.")
def tail(*, topic: str, from_beginning: bool, until_end: bool) -> None:
    """Print TOPIC as replay lines, committed records only, until Ctrl-C.

    TOPIC is a name without prefix: cdr, signals, dead-letters, ... It reads in no group, so nobody else's
    offsets move. Lines of one partition are in order.

    \b
    Example:
      usagewatch tail signals --from-beginning --until-end > signals.jsonl
    """  # noqa: D301
    asyncio.run(_print(settings.load(os.environ), topic, from_beginning=from_beginning, until_end=until_end))


async def _print(loaded: settings.Settings, topic: str, *, from_beginning: bool, until_end: bool) -> None:
    output = sys.stdout.buffer
    async with contextlib.aclosing(
        lines_of(loaded, topic, from_beginning=from_beginning, until_end=until_end)
    ) as found:
        async for lines in found:
            output.write(b"\n".join(lines) + b"\n")
            output.flush()
