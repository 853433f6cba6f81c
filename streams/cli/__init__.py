"""The command line: one module a command, imported only when it is called.

So `usagewatch replay` starts without Faust, and one broken command leaves the others alone. A new command
is a module with a click command and one line in `COMMANDS`.
"""

import gc
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

import click

from schemas.errors import UsagewatchError
from streams.version import VERSION

INTERRUPTED: Final = 128 + signal.SIGINT


class Command(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    attribute: str
    help: str


COMMANDS: Final = {
    "demo": Command("streams.cli.demo", "demo", "Simulate a month of subscribers and show what comes of it."),
    "simulate": Command(
        "streams.cli.simulate", "simulate", "Write a month of invented subscribers as a replay file."
    ),
    "replay": Command("streams.cli.replay", "replay", "Run files through the pipeline; no broker needed."),
    "explain": Command(
        "streams.cli.explain",
        "explain",
        "Tell one subscriber's story: what was raised, and what not, and why.",
    ),
    "calculate": Command(
        "streams.cli.calculate",
        "calculate",
        "Price a subscriber's last months under each plan: what is enough, and cheapest.",
    ),
    "worker": Command("streams.cli.worker", "worker", "Work on the topics of a Kafka cluster."),
    "topics": Command("streams.cli.topics", "topics", "Create the topics, or say what is wrong with them."),
    "feed": Command("streams.cli.feed", "feed", "Write replay files into the input topics."),
    "tail": Command("streams.cli.tail", "tail", "Print a topic as replay lines."),
    "dead-letters": Command(
        "streams.cli.dead_letters", "dead_letters", "Count, list and show what could not be taken."
    ),
    "redrive": Command("streams.cli.redrive", "redrive", "Send dead letters back to their inputs."),
    "resume": Command(
        "streams.cli.resume", "resume", "Let paused partitions go on; send or drop what is held back."
    ),
    "state": Command(
        "streams.cli.state", "state", "Show one subscriber's state; move all to another cluster."
    ),
    "rebuild": Command(
        "streams.cli.rebuild", "rebuild", "Delete all states, to count what is still there anew."
    ),
    "convert": Command("streams.cli.convert", "convert", "Make replay lines of other formats."),
    "compare": Command("streams.cli.compare", "compare", "Hold our totals against billing's."),
    "schemas": Command("streams.cli.schemas", "schemas", "Write the JSON Schema of every topic."),
    "regimes": Command(
        "streams.cli.regimes", "regimes", "Show what the regimes say, with sources and confirmations."
    ),
    "check": Command("streams.cli.check", "check", "Check settings and regimes, and do nothing else."),
}


class LazyGroup(click.Group):
    """A group that knows its commands from `COMMANDS` and imports one when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = COMMANDS[cmd_name]
        try:
            module = importlib.import_module(command.module)
        except ModuleNotFoundError as error:
            if error.name != command.module:
                raise
            ctx.fail(f"this installation has no command '{cmd_name}'")
        found = getattr(module, command.attribute)
        assert isinstance(found, click.Command)  # noqa: S101 - the table is ours
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(VERSION, prog_name="usagewatch", message="%(prog)s %(version)s")
def usagewatch() -> None:
    """Exact usage of every subscriber, signals and care notices, from files or from Kafka.

    \b
    Examples:
      usagewatch demo
      usagewatch replay records.jsonl > outputs.jsonl
      usagewatch topics create --partitions 4
      usagewatch feed records.jsonl
      usagewatch worker
      usagewatch tail signals --from-beginning

    Settings of Kafka and the worker come from the environment: USAGEWATCH_BOOTSTRAP_SERVERS and others,
    see `usagewatch worker --help`.
    """  # noqa: D301 - \b is click's own mark


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 an expected fault (in plain lines), 2 wrong usage."""
    gc.set_threshold(*GC_THRESHOLDS)
    sys.exit(_status(arguments))


GC_THRESHOLDS: Final = (50_000, 20, 100)
"""States and records make many small objects and no cycles: Python's default of 700 looks at them all again
and again, which costs a sixth of a replay (median of five: 23.6 against 19.4 µs a record)."""


def _status(arguments: Sequence[str] | None) -> int:
    try:
        status = usagewatch.main(arguments, prog_name="usagewatch", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except UsagewatchError as error:
        return _fail(*str(error).splitlines())
    except OSError as error:
        if error.filename is None:
            raise
        return _fail(f"{error.filename}: {error.strerror}")
    return status if isinstance(status, int) else 0


def _fail(*lines: str) -> int:
    for line in lines:
        click.echo(f"usagewatch: {line}", err=True)
    return 1
