"""``usagewatch explain``: one subscriber's story, record by record."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, Unpack

import click
import msgspec
from rich.console import Console
from rich.text import Text

from schemas.times import format_instant, zone
from streams.cli.muting import muted_until_option
from streams.cli.progress import reading
from streams.cli.regime_files import REGIMES_OPTION
from streams.cli.rule_options import RuleOptions, horizon_option, rules_with
from streams.explain import Step, story
from streams.explain.moves import BucketMove
from streams.responses import spoken

EXIT_UNKNOWN: Final = 1
_WIDTH: Final = 100
_SAID: Final = ("care-events", "offer-events")


class Options(RuleOptions):
    """The options as click gives them."""

    is_json: bool
    only_raised: bool
    first: datetime | None
    last: datetime | None


@click.command()
@click.argument("subscriber")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a step, for other programs.")
@click.option("--only-raised", is_flag=True, help="Leave out what raised nothing and changed no allowance.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="From this local day on.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Up to this local day, included.")
@muted_until_option
@REGIMES_OPTION
@horizon_option
@click.pass_context
def explain(
    context: click.Context, subscriber: str, files: tuple[str, ...], **options: Unpack[Options]
) -> None:
    """Tell one subscriber's story: each record, what it moved, what was raised, what was not, and why.

    FILE is a path or - for standard input, as for `usagewatch replay`; all lines are taken, so that time goes
    on as it did. Exit status 1 when the files have nothing of the subscriber.

    \b
    Examples:
      usagewatch explain 8613800000001 november.jsonl
      usagewatch explain 8613800000001 november.jsonl --only-raised --from 2026-11-10
      usagewatch explain 8613800000001 november.jsonl --json | jq 'select(.became == "dead")'
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    is_json, only_raised = options["is_json"], options["only_raised"]
    first, last = options["first"], options["last"]
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=False)
    console.width = min(_WIDTH, console.width) if console.is_terminal else _WIDTH
    count = 0
    time_zone = "UTC"
    with reading(files, Console(stderr=True), is_shown=not sys.stdout.isatty()) as lines:
        for step in story(lines, subscriber, rules_with(**_rules(options))):
            count += 1
            time_zone = str(step.record.get("time_zone", time_zone)) if step.what == "profile" else time_zone
            day = _local(step.arrived_ms, time_zone).date()
            if (first and day < first.date()) or (last and day > last.date()):
                continue
            if only_raised and not (step.outputs or step.reason or _is_new_allowance(step)):
                continue
            if is_json:
                click.echo(msgspec.json.encode(_plain(step)))
            else:
                _show(console, step, time_zone)
    if not count:
        click.echo(
            "usagewatch: nothing of that subscriber in the files: is the id spelled as in them?", err=True
        )
        context.exit(EXIT_UNKNOWN)


def _rules(options: Options) -> RuleOptions:
    """Return those of the options that a replay has too."""
    names = RuleOptions.__annotations__
    return {name: value for name, value in options.items() if name in names}  # type: ignore[return-value]


def _plain(step: Step) -> dict[str, Any]:
    """Return a step for other programs; times as in outputs."""
    fields: dict[str, Any] = msgspec.to_builtins(step)
    return {**fields, "arrived_at": format_instant(step.arrived_ms)}


def _is_new_allowance(step: Step) -> bool:
    return any(move.generation[0] != move.generation[1] for move in step.moved)


def _local(at_ms: int, time_zone: str) -> datetime:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    try:
        return at.astimezone(zone(time_zone))
    except ValueError:
        return at  # a profile with a zone that nobody knows is a dead letter


def _show(console: Console, step: Step, time_zone: str) -> None:
    """Print a step: what came, what it did, what followed, what did not."""
    at = _local(step.arrived_ms, time_zone)
    head = Text.assemble(
        (f"{at:%d %b %Y %H:%M:%S}", "dim"), ("  ", ""), (_title(step), "bold"), (f"  line {step.line}", "dim")
    )
    console.print(head)
    for style, text in _lines(step):
        console.print(Text.assemble(("    ", ""), (text, style)))


def _title(step: Step) -> str:
    if step.what == "timer":
        return "time went on"
    if step.what == "group":
        return "another line of the group"
    name = step.record.get("record_id") or step.record.get("event_id") or ""
    became = f": {step.became}" if step.became else ""
    return f"{step.what} {name}".rstrip() + became


def _lines(step: Step) -> Iterator[tuple[str, str]]:
    """Yield (style, text) of all that a step did."""
    if step.reason:
        yield "red", f"refused, {step.reason}"
    if step.released:
        yield "", f"{step.released} held records were counted with it"
    for move in step.moved:
        yield "", _moved(move)
    if step.owed is not None:
        yield "", f"owed: {step.owed[0]} → {step.owed[1]}"
    for output in step.outputs:
        yield _followed(output)
    for sentence in step.why_not:
        yield "dim", sentence


def _moved(move: BucketMove) -> str:
    def say(quantity: int) -> str:
        return spoken.amount(quantity, move.unit, unit_base=move.unit_base, language="en")

    allowance = "unlimited" if move.allowance[1] is None else say(move.allowance[1])
    percent = "" if move.percent is None else f", {move.percent} %"
    shared = " (the group's)" if move.is_shared else ""
    used = f"{say(move.used[0])} → {say(move.used[1])} of {allowance}{percent}"
    text = f"{move.bucket} of {move.period}{shared}: {used}"
    if move.allowance[0] != move.allowance[1]:
        before = "unlimited" if move.allowance[0] is None else say(move.allowance[0])
        text += f"; allowance {before} → {allowance}, generation {move.generation[1]}"
    if move.charge[0] != move.charge[1]:
        text += f"; charge {move.charge[0] or 'nothing'} → {move.charge[1] or 'nothing'}"
    return text


def _followed(output: dict[str, Any]) -> tuple[str, str]:
    """Return how an output is told."""
    kind, topic = output["type"], output["topic"]
    if topic in _SAID:
        return "green", f"→ {kind} by {output['channel']}: “{output['text']}” Because: {output['why']}"
    if topic == "suppressed-offers":
        return "yellow", f"→ no {kind} offer: {', '.join(output['reasons'])}"
    return "cyan", f"→ {kind}: {_because(output)}"


_SKIPPED: Final = frozenset(
    [
        "id",
        "type",
        "topic",
        "subscriber_id",
        "at",
        "decided_at",
        "decided_by",
        "evidence",
        "plan_id",
        "line",
        "unit",
    ]
)


def _because(output: dict[str, Any]) -> str:
    """Return a signal's own fields, in their order: they are why it was raised."""
    own = {name: value for name, value in output.items() if name not in _SKIPPED and value not in (None, [])}
    words = [
        f"{name.replace('_', ' ')} {_word(value)}"
        for name, value in own.items()
        if not isinstance(value, bool)
    ]
    return ", ".join(words + [name for name, value in own.items() if value is True])


def _word(value: object) -> str:
    if isinstance(value, dict):
        return f"{value.get('currency', '')} {value.get('amount', '')}".strip()
    return f"{value:,}" if isinstance(value, int) else str(value)
