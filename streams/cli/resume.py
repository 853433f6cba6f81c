"""``usagewatch resume``: what partitions wait for, and what a person decides."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypedDict, Unpack

import click
import msgspec
from rich.console import Console
from rich.table import Table

from schemas.times import format_instant
from streams import settings as environment
from streams.core.breaker import Order
from streams.core.control import Key, Trouble
from streams.kafka.control import order, read_troubles
from streams.settings import Settings

WAIT_S: Final = 30
POLL_S: Final = 0.5
_WIDTH: Final = 110

Troubles = Mapping[int, Trouble]


class Options(TypedDict):
    """The options as click gives them."""

    is_list: bool
    is_json: bool
    partitions: tuple[int, ...]
    sends: tuple[str, ...]
    drops: tuple[str, ...]
    is_sure: bool
    wait_s: int


@click.command("resume")
@click.option(
    "--list",
    "is_list",
    is_flag=True,
    help="Only show what is paused or held back; numbers are up to a minute old.",
)
@click.option("--json", "is_json", is_flag=True, help="With --list: one JSON object a line.")
@click.option(
    "--partition", "partitions", type=click.IntRange(0), multiple=True, help="Only this one; again for more."
)
@click.option(
    "--send", "sends", metavar="TYPE", multiple=True, help="Send what is held back of this type, in order."
)
@click.option(
    "--drop", "drops", metavar="TYPE", multiple=True, help="Drop what is held back of this type, for good."
)
@click.option("--yes", "is_sure", is_flag=True, help="Drop without asking.")
@click.option(
    "--wait",
    "wait_s",
    type=click.IntRange(0, 3600),
    default=WAIT_S,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the workers.",
)
def resume(**options: Unpack[Options]) -> None:
    """Let paused partitions go on, or decide what becomes of outputs that are held back.

    A partition pauses when our own code raises on too many records in a row, when too large a share of its
    records is rejected, or when our code raises again and again elsewhere. A type of output of which there
    are too many in one minute is held back: nothing of it is lost. TYPE is what --list shows, like
    care-events/usage_notice, or without its topic. A type that is sent is not held back again for an hour.

    The order waits on the control topic for the worker that owns the partition, so that it may be given while
    none runs.

    \b
    Examples:
      usagewatch resume --list
      usagewatch resume                          every paused partition
      usagewatch resume --partition 3
      usagewatch resume --send usage_notice
      usagewatch resume --drop care-events/usage_notice --partition 3
    """  # noqa: D301
    settings, wanted = environment.load(os.environ), options["partitions"]
    found = asyncio.run(read_troubles(settings))
    troubles = {number: one for number, one in found.items() if not wanted or number in wanted}
    if options["is_list"]:
        _show(troubles, is_json=options["is_json"])
        return
    orders = dict(_orders(troubles, sends=options["sends"], drops=options["drops"]))
    dropped_count = _count(troubles, orders)
    if dropped_count and not options["is_sure"]:
        click.confirm(f"Drop {dropped_count:,} outputs or more for good?", abort=True)
    if orders:
        _give(settings, orders, wait_s=options["wait_s"])
    else:
        click.echo("no partition is paused" + (", but types are held back" if troubles else ""))
        _show(troubles, is_json=False)


def _orders(troubles: Troubles, *, sends: Sequence[str], drops: Sequence[str]) -> Iterator[tuple[Key, Order]]:
    """Yield what is to be ordered. Raises: click.ClickException for a type that is not held back."""
    if both := set(sends) & set(drops):
        raise click.UsageError(f"send or drop {', '.join(sorted(both))}, not both")
    if not (sends or drops):
        for number, trouble in troubles.items():
            if trouble.pause is not None:
                yield Key(number, is_order=True), Order(trouble.pause.at_ms, "resume")
    choices: tuple[tuple[Literal["send", "drop"], Sequence[str]], ...] = (("send", sends), ("drop", drops))
    for do, kinds in choices:
        for kind in kinds:
            given = [
                (Key(number, is_order=True, what=what), Order(hold.at_ms, do))
                for number, trouble in troubles.items()
                for what, hold in trouble.holds.items()
                if kind in {what, what.partition("/")[2]}
            ]
            if not given:
                held = sorted({what for trouble in troubles.values() for what in trouble.holds})
                raise click.ClickException(
                    f"{kind} is not held back; held back: {', '.join(held) or 'nothing'}"
                )
            yield from given


def _count(troubles: Troubles, orders: Mapping[Key, Order]) -> int:
    """Return how many outputs are to be dropped."""
    return sum(
        troubles[key.partition].holds[key.what].count for key, one in orders.items() if one.do == "drop"
    )


def _give(settings: Settings, orders: Mapping[Key, Order], *, wait_s: int) -> None:
    """Write the orders and say what becomes of them."""
    asyncio.run(order(settings, orders))
    limit_s = time.monotonic() + wait_s
    waiting = dict(orders)
    while waiting and time.monotonic() < limit_s:
        time.sleep(POLL_S)
        troubles = asyncio.run(read_troubles(settings))
        for key, one in list(waiting.items()):
            if _is_obeyed(troubles.get(key.partition, Trouble()), key, one):
                del waiting[key]
                click.echo(f"partition {key.partition}: {_done(key, one)}")
    for key, one in waiting.items():
        click.echo(
            f"partition {key.partition}: no worker has heard it yet; the order to {one.do} stays for the one "
            "that comes",
            err=True,
        )


def _is_obeyed(trouble: Trouble, key: Key, one: Order) -> bool:
    if not key.what:
        return trouble.pause is None or trouble.pause.at_ms != one.at_ms
    hold = trouble.holds.get(key.what)
    return hold is None or hold.at_ms != one.at_ms or (one.do == "send" and hold.is_sending)


def _done(key: Key, one: Order) -> str:
    match one.do:
        case "resume":
            return "goes on"
        case "send":
            return f"{key.what} is being sent"
        case "drop":
            return f"{key.what} is dropped"


def _show(troubles: Troubles, *, is_json: bool) -> None:
    if is_json:
        for number, trouble in troubles.items():
            click.echo(msgspec.json.encode({"partition": number, **msgspec.to_builtins(trouble)}))
        return
    if not troubles:
        click.echo("nothing is paused or held back")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("partition", "since", "what"):
        table.add_column(name, justify="right" if name == "partition" else "left")
    for number, trouble in troubles.items():
        begins = [] if trouble.pause is None else [trouble.pause.at_ms]
        begins += [hold.at_ms for hold in trouble.holds.values()]
        for at_ms, sentence in zip(begins, trouble.sentences(), strict=True):
            table.add_row(str(number), format_instant(at_ms), sentence)
    console = Console(highlight=False, emoji=False, markup=False)
    console.width = console.width if console.is_terminal else _WIDTH
    console.print(table)
