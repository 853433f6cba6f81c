"""``usagewatch schemas``: the JSON Schema of every topic."""

from pathlib import Path

import click

from schemas.errors import ConfigError
from schemas.generate import VALUES, json_schema


@click.command()
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one file a topic into this folder.",
)
def schemas(topics: tuple[str, ...], folder: Path | None) -> None:
    """Print the JSON Schema of topics, or write all of them into a folder.

    \b
    Examples:
      usagewatch schemas cdr
      usagewatch schemas --out schemas/json
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    unknown = [topic for topic in topics if topic not in VALUES]
    if unknown:
        raise ConfigError([f"no topic with a schema: {', '.join(unknown)}; there are {', '.join(VALUES)}"])
    for topic in topics or VALUES:
        if folder is None:
            click.echo(json_schema(topic), nl=False)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{topic}.json").write_bytes(json_schema(topic))
