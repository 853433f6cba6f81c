"""``usagewatch dead-letters``: what could not be taken, and why; the content only of the one asked for."""

import asyncio
import base64
import os
import sys
from collections import Counter
from contextlib import aclosing
from heapq import nlargest
from typing import Any, Final, TypedDict, Unpack

import click
import msgspec
import orjson

from schemas.times import format_instant
from schemas.topics import DEAD_LETTERS, REDRIVEN
from streams import settings as environment
from streams.cli.letter_options import new_table, print_table, progress, reasons, since_option, topic_option
from streams.kafka.connection import onlooker
from streams.kafka.dead_letters import Letter, Origin, Wanted, origin_of, ranges, read_letters, topics_of
from streams.kafka.verdicts import Moved, read_markers
from streams.settings import Settings

SHOWN: Final = 20
TEXT_MOST: Final = 10_000
"""Characters of a content that are shown; the rest is there with --raw."""


class Place(click.ParamType):
    """Where a record lies that was rejected, as the list names it."""

    name = "TOPIC/PARTITION/OFFSET"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Origin:
        """Return the place."""
        try:
            return origin_of(str(value))
        except ValueError:
            self.fail("must be like cdr/3/1205, as the list shows it", param, ctx)


class Options(TypedDict):
    """The options as click gives them."""

    reasons: tuple[str, ...]
    topics: tuple[str, ...]
    since_ms: int | None
    limit: int
    is_json: bool
    shown: Origin | None
    raw: Origin | None


class Found(msgspec.Struct):
    """What a look at the topic brings."""

    counts: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    redriven: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    newest: list[tuple[int, int, int, Letter, bool]] = msgspec.field(default_factory=list)


@click.command("dead-letters")
@click.option("--reason", "reasons", type=reasons, multiple=True, help="Only this reason; again for more.")
@topic_option
@since_option
@click.option(
    "--limit", type=click.IntRange(0, 10_000), default=SHOWN, show_default=True, help="Newest ones listed."
)
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line; all of them, without content.")
@click.option("--show", "shown", type=Place(), help="Show this one with its key and content.")
@click.option("--raw", type=Place(), help="Write the content of this one, byte for byte.")
def dead_letters(**options: Unpack[Options]) -> None:
    """Count and list the records that could not be taken, and show one.

    First how many there are by topic and reason, and how many of them have been sent back; then the newest.
    Nothing of a subscriber is shown, neither key nor content, but with --show and --raw.

    \b
    Examples:
      usagewatch dead-letters
      usagewatch dead-letters --reason defect --since 2026-11-10T00:00:00Z --limit 100
      usagewatch dead-letters --json | jq -r .detail | sort | uniq -c
      usagewatch dead-letters --show cdr/3/1205
      usagewatch dead-letters --raw cdr/3/1205 > record.json
    """  # noqa: D301
    settings = environment.load(os.environ)
    if (place := options["shown"] or options["raw"]) is not None:
        letter = asyncio.run(_find(settings, place))
        if letter is None:
            raise click.ClickException(f"there is no dead letter of {place}")
        if options["raw"] is not None:
            sys.stdout.buffer.write(letter.value or b"")
        else:
            _show(letter, is_json=options["is_json"])
        return
    wanted = Wanted(frozenset(options["reasons"]), frozenset(options["topics"]), options["since_ms"])
    with progress("reading dead letters") as moved:
        found = asyncio.run(
            _look(settings, wanted, moved, limit=options["limit"], is_json=options["is_json"])
        )
    if not options["is_json"]:
        _report(found)


async def _look(settings: Settings, wanted: Wanted, moved: Moved, *, limit: int, is_json: bool) -> Found:
    """Return the counts and the newest letters; as JSON, write each as it comes."""
    found = Found()
    topics = await topics_of(settings)
    async with onlooker(settings.bootstrap_servers) as consumer:
        spans = await ranges(consumer, topics[DEAD_LETTERS], wanted)
        total, done = sum(span.end - span.start for span in spans), 0
        for span in spans:
            sent = await read_markers(consumer, topics[REDRIVEN], span.place.partition)
            async with aclosing(read_letters(consumer, span, wanted)) as some:
                async for position, letters in some:
                    moved(done + position - span.start, total)
                    marked = [(one, one.origin.offset in sent.get(one.origin.topic, ())) for one in letters]
                    if is_json:
                        sys.stdout.buffer.write(b"".join(_json(*one) for one in marked))
                    else:
                        _add(found, marked, limit)
            done += span.end - span.start
    return found


def _add(found: Found, marked: list[tuple[Letter, bool]], limit: int) -> None:
    """Count letters, and keep them if they are among the newest."""
    for letter, is_redriven in marked:
        name = letter.origin.topic, letter.reason
        found.counts[name] += 1
        found.redriven[name] += is_redriven
    some = [(one.rejected_ms, one.partition, one.offset, one, is_sent) for one, is_sent in marked]
    found.newest = nlargest(limit, [*found.newest, *some], key=lambda one: one[:3])


async def _find(settings: Settings, place: Origin) -> Letter | None:
    """Return the newest letter of a record, None if there is none."""
    letter = None
    topics = await topics_of(settings)
    async with onlooker(settings.bootstrap_servers) as consumer:
        wanted = Wanted(topics=frozenset([place.topic]))
        for span in await ranges(consumer, topics[DEAD_LETTERS], wanted):
            async with aclosing(read_letters(consumer, span, wanted)) as some:
                async for _, letters in some:
                    letter = next((one for one in reversed(letters) if one.origin == place), letter)
    return letter


def _report(found: Found) -> None:
    if not found.counts:
        click.echo("no dead letters")
        return
    table = new_table("topic", "reason", "count", "sent back", right=("count", "sent back"))
    for (topic, reason), count in found.counts.most_common():
        table.add_row(topic, reason, f"{count:,}", f"{found.redriven[topic, reason]:,}")
    print_table(table)
    if found.newest:
        click.echo()
        table = new_table("rejected", "record", "reason", "sent back", "detail")
        for *_, letter, is_redriven in found.newest:
            when, sent = format_instant(letter.rejected_ms), "yes" if is_redriven else ""
            table.add_row(when, str(letter.origin), letter.reason, sent, letter.detail)
        print_table(table)
    if hidden := found.counts.total() - len(found.newest):
        click.echo(f"and {hidden:,} more")


def _fields(letter: Letter) -> dict[str, Any]:
    """Return what may be shown of every letter."""
    fields = {
        "rejected_at": format_instant(letter.rejected_ms),
        "reason": letter.reason,
        "detail": letter.detail,
        "topic": letter.origin.topic,
        "partition": letter.origin.partition,
        "offset": letter.origin.offset,
        "arrived_at": format_instant(letter.arrival_ms),
        "value_bytes": len(letter.value or b""),
    }
    return fields | ({"via": letter.via} if letter.via else {})


def _json(letter: Letter, is_redriven: bool) -> bytes:  # noqa: FBT001 - one of a pair
    return orjson.dumps({**_fields(letter), "redriven": is_redriven}, option=orjson.OPT_APPEND_NEWLINE)


def _show(letter: Letter, *, is_json: bool) -> None:
    """Show one letter with its key and content."""
    key = None if letter.key is None else letter.key.decode(errors="backslashreplace")
    if is_json:
        raw = None if letter.value is None else base64.b64encode(letter.value).decode()
        click.echo(orjson.dumps({**_fields(letter), "key": key, "raw": raw}))
        return
    for name, value in {**_fields(letter), "key": key}.items():
        click.echo(f"{name:<12} {_printable(str(value))}")
    click.echo()
    text = "(null)" if letter.value is None else _printable(_pretty(letter.value))
    click.echo(text[:TEXT_MOST])
    if (hidden := len(text) - TEXT_MOST) > 0:
        click.echo(f"… {hidden:,} characters more: --raw {letter.origin} writes all")


def _pretty(value: bytes) -> str:
    """Return JSON on several lines, anything else as it is."""
    try:
        return msgspec.json.format(value, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return value.decode(errors="backslashreplace")


def _printable(text: str) -> str:
    """Return a text that does nothing to a terminal: strangers wrote it."""
    return "".join(
        one if one.isprintable() or one in "\n\t" else one.encode("unicode_escape").decode() for one in text
    )
