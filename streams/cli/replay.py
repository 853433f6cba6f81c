"""``usagewatch replay``: files through the pipeline, outputs on standard output."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Unpack

import click
import msgspec
from rich.console import Console

from schemas.envelope import Emitted
from schemas.topics import OUTPUTS
from streams.cli.files import UnreadableError
from streams.cli.muting import muted_until_option
from streams.cli.progress import reading
from streams.cli.regime_files import REGIMES_OPTION
from streams.cli.rule_options import RuleOptions, horizon_option, rules_with
from streams.cli.summary import plain_summary, show_summary
from streams.lines import output_line
from streams.replay import Replay


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one file a topic into this folder instead of all to standard output.",
)
@click.option(
    "--summary",
    type=click.Choice(["text", "json", "none"]),
    default="text",
    show_default=True,
    help="The ledger and the outputs by type, on standard error.",
)
@muted_until_option
@REGIMES_OPTION
@horizon_option
def replay(
    files: tuple[str, ...],
    folder: Path | None,
    summary: str,
    **options: Unpack[RuleOptions],
) -> None:
    """Run replay files (JSON lines, see schemas/WIRE.md) through the same code as the live worker.

    FILE is a path or - for standard input. Outputs go to standard output as JSON lines, in order; the same
    input gives the same bytes on every run. Exit status 0 also when records were rejected (they are dead
    letters in the output), 1 when a file cannot be read.

    \b
    Examples:
      usagewatch replay november.jsonl > outputs.jsonl
      usagewatch replay november.jsonl --out november/ --summary json
      usagewatch replay november.jsonl --regimes corrected/ > outputs.jsonl
      usagewatch replay months.jsonl --dedupe-horizon-days 45
      usagewatch convert nrtrde roaming.ber | usagewatch replay profiles.jsonl -
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    run = Replay(rules=rules_with(**options))
    console = Console(stderr=True)
    # A bar in the middle of the outputs would help nobody: only where they go elsewhere.
    with reading(files, console, is_shown=not sys.stdout.isatty()) as lines:
        outputs = run.run(lines)
        if folder is None:
            _write(outputs, sys.stdout.buffer)
        else:
            _write_folder(outputs, folder)
    if summary == "text":
        show_summary(run.summary(), console)
    elif summary == "json":
        click.echo(msgspec.json.encode(plain_summary(run.summary())), err=True)


def _write(outputs: Iterable[Emitted], file: BinaryIO) -> None:
    file.writelines(output_line(emitted) + b"\n" for emitted in outputs)
    file.flush()


def _write_folder(outputs: Iterable[Emitted], folder: Path) -> None:
    """Write one file a topic; every output topic has its file, an empty one too."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            files = {topic: stack.enter_context((folder / f"{topic}.jsonl").open("wb")) for topic in OUTPUTS}
            for emitted in outputs:
                files[emitted.topic].write(output_line(emitted) + b"\n")
    except OSError as error:
        raise UnreadableError(f"cannot write to {folder}: {error.strerror or error}") from error
