"""``--muted-until``, the same for a worker and a replay."""

import click

from schemas.times import parse_instant


def instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """Return milliseconds since 1970, None where nothing was given.

    Raises: BadParameter if it is no instant.
    """
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}: {text!r} (2026-12-01T00:00:00+08:00 would be right)") from None


muted_until_option = click.option(
    "--muted-until",
    "muted_until_ms",
    metavar="TIME",
    callback=instant,
    help="Write no notices and offers for what arrives before TIME (RFC 3339 with its offset), nor later for "
    "what was raised then; signals are written and states move as ever. For a history that is read in.",
)
