"""``usagewatch demo``: a simulated month through the pipeline, and what came of it on one page."""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final, NamedTuple

import click
import msgspec
from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from schemas.envelope import Emitted
from schemas.found import OnPortSignals, OnSignals, Signal
from schemas.messages import CareEvent, OfferEvent, SuppressedOffer
from schemas.profile import Profile
from schemas.signals import UsageSignals
from schemas.tasks import Task
from schemas.times import parse_instant
from schemas.topics import (
    CARE_EVENTS,
    DEAD_LETTERS,
    OFFER_EVENTS,
    PORT_SIGNALS,
    SIGNALS,
    SUPPRESSED_OFFERS,
    TASKS,
)
from streams.cli.demo_crowd import SUBSCRIBERS, Crowd, shown
from streams.cli.demo_progress import counted, progress_bar
from streams.cli.demo_report import ledger, restraint, tallies
from streams.cli.demo_retell import lines_of, retell
from streams.cli.demo_stories import Story, Told, Windows, choose, headline, lines
from streams.cli.funnel_tables import funnel_tables
from streams.cli.simulate import RECORDS_EACH, seed_option, subscribers_option
from streams.core.window import Window
from streams.replay import Replay
from streams.simulate import DEFAULT_MONTH, simulate
from streams.simulate.catalog import PLANS
from streams.simulate.conversation import Conversation
from streams.simulate.crowd import TIERS
from streams.simulate.month import Month

RECORDS: Final = "records.jsonl"
_WIDTH_MOST: Final = 100
CROWD_RECORDS_EACH: Final = 33
_WATCHED_MOST: Final = 5_000
"""Subscribers whose outputs are kept for the choice of stories; later ones are only counted."""

_DECODERS: Final[dict[str, msgspec.json.Decoder[Told | Signal | Task]]] = {
    SIGNALS: msgspec.json.Decoder(OnSignals),
    PORT_SIGNALS: msgspec.json.Decoder(OnPortSignals),
    CARE_EVENTS: msgspec.json.Decoder(CareEvent),
    OFFER_EVENTS: msgspec.json.Decoder(OfferEvent),
    SUPPRESSED_OFFERS: msgspec.json.Decoder(SuppressedOffer),
    TASKS: msgspec.json.Decoder(Task),
}


class Took(NamedTuple):
    """How long it took."""

    simulate_s: float
    replay_s: float


class Watch:
    """Counts outputs by kind, and keeps those of subscribers for the stories."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {topic: Counter() for topic in (*_DECODERS, DEAD_LETTERS)}
        self.reasons: Counter[str] = Counter()
        self.outputs: dict[str, list[Told]] = {}
        self.offered: dict[str, list[int]] = {}
        """When each subscriber was made an offer."""

    def see(self, emitted: Emitted) -> None:
        """Take in one output."""
        self.counts[emitted.topic][emitted.type] += 1
        if emitted.topic == DEAD_LETTERS:
            return
        output = _DECODERS[emitted.topic].decode(emitted.value or b"")
        if isinstance(output, SuppressedOffer):
            self.reasons.update(str(reason) for reason in output.reasons)
        if isinstance(output, OfferEvent):
            self.offered.setdefault(output.subscriber_id, []).append(parse_instant(output.decided_at))
        if not isinstance(output, Told):
            return  # counted; the stories are of buckets and of numbers that leave
        if output.subscriber_id in self.outputs or len(self.outputs) < _WATCHED_MOST:
            self.outputs.setdefault(output.subscriber_id, []).append(output)


@click.command()
@seed_option
@subscribers_option
@click.option(
    "--crowd",
    type=click.IntRange(0, 100_000),
    default=SUBSCRIBERS,
    show_default=True,
    help="Subscribers of a second, leaner month, of many who also answer offers; 0: none.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the simulated records in this folder, as a replay file.",
)
def demo(seed: int, subscribers: int, crowd: int, keep: Path | None) -> None:
    """Simulate a month of subscribers, run it through the pipeline, and show what came of it.

    Needs no broker. All people, numbers and prices are fictional; the same seed gives the same month.

    \b
    Example:
      usagewatch demo --keep november
      usagewatch replay november/records.jsonl --out november/outputs
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=False)
    console.width = min(_WIDTH_MOST, console.width) if console.is_terminal else _WIDTH_MOST
    countries = {home.jurisdiction for tier in TIERS for home in tier.homes}
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(TemporaryDirectory(prefix="usagewatch-")))
        folder.mkdir(parents=True, exist_ok=True)
        records = folder / RECORDS
        watch, replay, took = _run(records, seed, subscribers)
        title = (
            f"{Month.of(DEFAULT_MONTH).first:%B %Y} · {subscribers:,} simulated subscribers on "
            f"{len(PLANS)} plans in {len(countries)} countries · seed {seed}"
        )
        _show(console, watch, replay, title)
        with records.open("rb") as file:
            _tell(console, choose(watch.outputs), file)
    if crowd:
        console.print()
        console.print(_many(seed + 1, crowd))
    _sign_off(console, replay.line_count, took, keep)


def _run(records: Path, seed: int, subscribers: int) -> tuple[Watch, Replay, Took]:
    """Simulate into the file and replay it; return how long each took."""
    watch, replay = Watch(), Replay()
    with progress_bar() as progress:
        simulating = progress.add_task("simulating", total=subscribers * RECORDS_EACH)
        replaying = progress.add_task("replaying", total=None, start=False)
        started_s = perf_counter()
        with records.open("wb") as file:
            file.writelines(counted(simulate(seed, subscribers), progress, simulating))
        simulated_s = perf_counter()
        line_count = progress.tasks[simulating].completed
        progress.update(simulating, total=line_count)
        progress.update(replaying, total=line_count)
        progress.start_task(replaying)
        with records.open("rb") as file:
            for emitted in replay.run(counted(file, progress, replaying)):
                watch.see(emitted)
    return watch, replay, Took(simulated_s - started_s, perf_counter() - simulated_s)


def _many(seed: int, subscribers: int) -> Group:
    """Return what is said to a crowd in a lean month, and what the crowd answers."""
    crowd, replay, conversation = Crowd(), Replay(), Conversation(seed)
    with progress_bar() as progress:
        task = progress.add_task(f"{subscribers:,} more", total=subscribers * CROWD_RECORDS_EACH)
        lines_in = counted(simulate(seed, subscribers, is_lean=True), progress, task)
        for emitted in conversation.over(lines_in, replay.run):
            crowd.see(emitted)
    crowd.refused = conversation.refused
    return shown(crowd, replay, seed, subscribers)


def _show(console: Console, watch: Watch, replay: Replay, title: str) -> None:
    """Print where every record went and what there is of each kind."""
    console.print(Text("Usagewatch", "bold cyan"), Text(title))
    console.print()
    console.print(ledger(replay.pipeline.ledger))
    signals = watch.counts[SIGNALS] + watch.counts[PORT_SIGNALS]
    console.print()
    console.print(
        tallies(
            {
                "Signals": signals,
                "Notices": watch.counts[CARE_EVENTS],
                "Offers": watch.counts[OFFER_EVENTS],
                "Offers not made": watch.reasons,
                "Dead letters": watch.counts[DEAD_LETTERS],
            }
        )
    )
    console.print()
    console.print(tallies({"Tasks for people": watch.counts[TASKS]}))
    for table in funnel_tables(replay.pipeline.funnel.stages, replay.pipeline.funnel.reasons):
        console.print()
        console.print(table)
    console.print(restraint(watch.offered))


def _tell(console: Console, stories: list[Story], records: Iterable[bytes]) -> None:
    """Print the stories. The windows are read by taking those subscribers' records once more."""
    windows, profiles = dict[str, Windows](), dict[str, Profile]()
    for emitted, state in retell(lines_of(records, [story.subscriber_id for story in stories])):
        profile = state.read_profile()
        if profile is not None:
            profiles[state.id] = profile
        if emitted.topic == SIGNALS:
            signal = msgspec.json.decode(emitted.value or b"", type=OnSignals)
            if not isinstance(signal, UsageSignals):
                continue
            window = state.windows.get(signal.bucket, Window())
            at_ms = parse_instant(signal.at)
            windows[signal.id] = Windows(window.last_hours(at_ms, 24), window.last_days(at_ms))
    if windows:
        console.print(
            "\n24 h and 35 days are rolling windows; the days count zero-rated use too.", style="dim"
        )
    for story in stories:
        console.print()
        console.print(headline(story, profiles[story.subscriber_id]))
        console.print(Padding(lines(story, profiles[story.subscriber_id], windows), (0, 0, 0, 2)))


def _sign_off(console: Console, line_count: int, took: Took, keep: Path | None) -> None:
    """Print how long it took."""
    console.print()
    a_second = line_count / took.replay_s
    console.print(
        f"{line_count:,} records simulated in {took.simulate_s:.1f} s, taken in {took.replay_s:.1f} s: "
        f"{a_second:,.0f} a second on one core."
    )
    if keep is not None:
        console.print(f"To take them again: usagewatch replay {keep / RECORDS} --out {keep / 'outputs'}")
