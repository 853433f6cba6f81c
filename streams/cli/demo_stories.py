"""Three subscribers of the demo, line by line: who is worth telling, and what happened to them."""

from collections.abc import Callable
from typing import Final, NamedTuple

from rich.table import Table
from rich.text import Text

from schemas.messages import CareEvent, Message, OfferEvent, SuppressedOffer
from schemas.profile import Profile
from schemas.signals import (
    Exhausted,
    NearLimit,
    Overage,
    PortQuery,
    PortRequest,
    PortSignal,
    Throttled,
    UsageSignal,
)
from schemas.times import parse_instant
from streams.responses.spoken import amount, moment
from streams.simulate.catalog import PLANS

Told = (
    NearLimit
    | Overage
    | Throttled
    | Exhausted
    | PortQuery
    | PortRequest
    | CareEvent
    | OfferEvent
    | SuppressedOffer
)

_LINES_MOST: Final = 9
_COUNTRY: Final = slice(len("sim-"), len("sim-xx"))
_PLAN_BY_ID: Final = {plan.plan_id: plan for plan in PLANS}


class Story(NamedTuple):
    """What is told of one subscriber."""

    title: str
    subscriber_id: str
    outputs: list[Told]


class Windows(NamedTuple):
    """How much of a signal's bucket the rolling windows held when the signal was made."""

    last_day: int
    last_35_days: int


def choose(outputs: dict[str, list[Told]]) -> list[Story]:
    """Return a story each of charges, of a slow plan and of leaving, where somebody has one.

    Of another country each if it can be; the same run chooses the same.
    """
    by_title: dict[str, Story] = {}
    # The slow plan first: it exists in one country only.
    for title in sorted(_PLOTS, key=lambda title: title != _SLOW):
        told = {story.subscriber_id[_COUNTRY] for story in by_title.values()}
        stories = [
            Story(title, subscriber_id, plot)
            for subscriber_id, own in outputs.items()
            if (plot := _plot(own, _PLOTS[title]))
        ]
        if stories:
            by_title[title] = min(stories, key=lambda story: _rank(story, told))
    return [by_title[title] for title in _PLOTS if title in by_title]


def _rank(story: Story, told: set[str]) -> tuple[bool, bool, int, str]:
    """Return what sorts the best story first: another country, an offer, many lines, the lesser id."""
    has_offer = any(isinstance(output, OfferEvent) for output in story.outputs)
    return story.subscriber_id[_COUNTRY] in told, not has_offer, -len(story.outputs), story.subscriber_id


def _is_charged(output: Told) -> bool:
    return isinstance(output, Overage) and output.bucket == "data" and output.charge is not None


def _is_slowed(output: Told) -> bool:
    return isinstance(output, Throttled) and output.bucket == "data"


def _is_leaving(output: Told) -> bool:
    return isinstance(output, PortRequest) and output.raised_by == "customer"


_SLOW: Final = "Slow from here on, at no charge"
_PLOTS: Final[dict[str, Callable[[Told], bool]]] = {
    "Past the allowance, with charges": _is_charged,
    _SLOW: _is_slowed,
    "Asks about leaving, then asks to leave": _is_leaving,
}


def _plot(own: list[Told], is_turn: Callable[[Told], bool]) -> list[Told]:
    """Return what belongs to the story, nothing if its turn never comes."""
    turn = next((output for output in own if is_turn(output)), None)
    if turn is None:
        return []
    kind = PortSignal if isinstance(turn, PortSignal) else UsageSignal
    signals = {output.id for output in own if isinstance(output, kind) and _subject(output) == _subject(turn)}
    return [
        output
        for output in own
        if output.id in signals
        or (isinstance(output, Message | SuppressedOffer) and not signals.isdisjoint(output.cause))
    ]


def _subject(output: Told) -> tuple[str, str] | None:
    """Return what a signal is about: a bucket and period, or None for the number itself."""
    return (output.bucket, output.period) if isinstance(output, UsageSignal) else None


def masked(subscriber_id: str) -> str:
    """Return an id that tells subscribers apart on the screen and finds nobody elsewhere."""
    return f"{subscriber_id[: _COUNTRY.stop]}-…{subscriber_id[-2:]}"


def headline(story: Story, profile: Profile) -> Text:
    """Return the first line of a story."""
    plan = _PLAN_BY_ID[profile.plan_id or ""]
    return Text.assemble(
        (story.title, "bold"),
        (f"   {masked(story.subscriber_id)}", "cyan"),
        (f" · plan “{plan.name}” · {profile.time_zone.split('/')[-1].replace('_', ' ')} time", "dim"),
    )


def lines(story: Story, profile: Profile, windows: dict[str, Windows]) -> Table:
    """Return what happened, in local time; ``windows`` by the id of a signal."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # Chinese has few blanks: without it the rest of a line would be cut
    last_at, said = "", set[str]()
    for output in story.outputs[:_LINES_MOST]:
        at = moment(parse_instant(output.at), time_zone=profile.time_zone, language="en")
        # The year is the same in all of them.
        at = at.replace(f" {at.split()[2]} ", " ")
        what, text = _line(output, windows.get(output.id))
        is_new = text.plain not in said
        table.add_row("" if at == last_at else at, what, text if is_new else Text("the same words", "dim"))
        last_at = at
        said.add(text.plain)
    if len(story.outputs) > _LINES_MOST:
        table.add_row("", Text(f"and {len(story.outputs) - _LINES_MOST} more", "dim"), "")
    return table


def _line(output: Told, windows: Windows | None) -> tuple[Text, Text]:
    """Return what it is and what it says."""
    match output:
        case CareEvent():
            return Text(f"notice by {output.channel}", "green"), Text(f"“{output.text}”")
        case OfferEvent():
            return Text(f"offer by {output.channel}", "magenta"), Text(f"“{output.text}”")
        case SuppressedOffer():
            return Text("no offer", "dim"), Text(", ".join(output.reasons), "dim")
        case PortQuery() | PortRequest():
            by = f"by {output.channel}" if output.channel else f"raised by the {output.raised_by}"
            queries = "1 query" if output.queries_30d == 1 else f"{output.queries_30d} queries"
            return Text(output.kind(), "red"), Text(f"{output.form} {by} · {queries} in 30 days")
        case _:
            level = f" {output.level} %" if isinstance(output, NearLimit) else ""
            return Text(f"{output.kind()}{level}", "yellow"), Text(_usage(output, windows))


def _usage(output: UsageSignal, windows: Windows | None) -> str:
    unit_base = _PLAN_BY_ID[output.plan_id].unit_base

    def spoken(quantity: int) -> str:
        return amount(quantity, output.unit, unit_base=unit_base, language="en")

    if isinstance(output, Overage):
        text = f"{spoken(output.over)} over {spoken(output.allowance)}"
        text += f", {output.charge.currency} {output.charge.amount}" if output.charge else ""
    else:
        text = f"{spoken(output.used)} of {spoken(output.allowance)}"
    if windows is not None:
        text += f" · last 24 h {spoken(windows.last_day)} · 35 days {spoken(windows.last_35_days)}"
    return text
