"""Do to workers and broker whatever may happen, then hold what came of it against a replay: ``make chaos``.

A real broker and one to three workers are fed a million records, day by day of the load, while a seeded plan
kills, stops, freezes and slows them. Afterwards nothing may be lost, doubled or counted wrongly. Back after:
from the act, or the return of the broker, until every partition with something to do has committed again.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from streams.settings import AT_LEAST_ONCE, EXACTLY_ONCE
from tests.chaos.acts import Scene
from tests.chaos.cluster import GUARANTEE_VARIABLE, Cluster
from tests.chaos.load import Load, Spans
from tests.chaos.offsets import asking
from tests.chaos.plan import LONG, SHORT, Step, plan, slices_of
from tests.chaos.verdict import Verdict, judge
from tests.kafka.broker import Broker, BrokerError

EXAMPLES = """
examples:
  make chaos                              a million records, a seed of its own
  make chaos SEED=7                       the same again
  make chaos GUARANTEE=at_least_once      outputs may repeat, with the ids they had; nothing else may
  python -m tests.chaos.run --short       a minute or two, as `make test` does it
  python -m tests.chaos.run --seed 7 --records 200000 --subscribers 20000 --keep
"""
SLICE_LIMIT_S = 20.0
"""An act does not wait longer for work to be in progress."""


class Outcome(Struct):
    """What a run did and what came of it."""

    seed: int
    scene: Scene
    verdict: Verdict
    problems: list[str]


async def run(load: Load, steps: list[Step], scene: Scene, say: Callable[[str], None]) -> Outcome:
    """Feed the load step by step while the acts are done; return what came of it."""
    cluster = scene.cluster
    spans = load.write(cluster.folder / "load.jsonl")
    say(f"{spans.line_count:,} records of {load.subscriber_count:,} subscribers in {load.slice_count} days")
    try:
        await cluster.feed(spans, spans.opening)
        day = 0
        for number, step in enumerate(steps, start=1):
            first, day = day, day + slices_of(step.act)
            say(f"{number:>2}/{len(steps)} {step.act} ({step.worker_count} at work)")
            seconds = await _step(scene, step, spans, [half for one in spans.days[first:day] for half in one])
            say(f"{'':>5} back at work after {seconds:.1f} s")
        await cluster.feed(spans, spans.closing)
        async with asking(cluster.settings) as offsets:
            await offsets.drained()
        cluster.check()
        for worker in tuple(cluster.workers):
            await cluster.stop(worker)
    except TimeoutError as error:
        cluster.complaints.append(str(error))
    finally:
        await cluster.end()
    cluster.complaints += cluster.errors()
    say("all is read, a replay of the same records follows")
    verdict = await judge(cluster.settings, spans.path)
    for name, found in (("lost", verdict.lost), ("twice", verdict.twice)):
        (cluster.folder / f"{name}.txt").write_text("\n".join(found))
    (cluster.folder / "states.jsonl").write_bytes(b"".join(verdict.wrong.values()))
    return Outcome(load.seed, scene, verdict, cluster.complaints + verdict.problems())


async def _step(scene: Scene, step: Step, load: Spans, parts: list[range]) -> float:
    """Feed parts of the load and do the act in the middle of it; return the seconds until work went on."""
    cluster = scene.cluster
    async with asking(cluster.settings) as offsets:
        before = await offsets.stand()
        scene.feeding = asyncio.create_task(cluster.feed(load, *parts))
        await cluster.adjust(step.worker_count)
        count = sum(map(len, parts)) * step.at_percent // 100
        await cluster.until_read(offsets, before, count, limit_s=SLICE_LIMIT_S)
    seconds = await scene.do(step)
    await scene.fed()
    return seconds


def table_of(outcome: Outcome, *, elapsed_s: float) -> Table:
    """Return what was done and what came of it."""
    scene, verdict = outcome.scene, outcome.verdict
    table = Table(title=f"seed {outcome.seed}: {scene.kill_count} workers killed, {elapsed_s:.0f} s")
    table.add_column("what was done", no_wrap=True)
    for title in ("times", "back in", "most"):
        table.add_column(title, justify="right", no_wrap=True)
    for act, seconds in sorted(scene.back_s.items()):
        table.add_row(act, str(len(seconds)), f"{median(seconds):.1f}s", f"{max(seconds):.1f}s")
    table.add_section()
    for what, count in (
        (f"outputs lost, of {verdict.expected:,}", len(verdict.lost)),
        ("outputs twice", len(verdict.twice)),
        ("outputs repeated, as at_least_once may", verdict.repeats),
        (f"states wrong, of {verdict.states:,}", len(verdict.wrong)),
        ("counts that do not add up", len(verdict.ledger)),
        ("partitions fenced", scene.cluster.fence_count()),
        ("acts that missed their moment", scene.missed_count),
        ("acts that found nothing to do", scene.idle_count),
    ):
        table.add_row(what, f"{count:,}")
    return table


def arguments_of(texts: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.run",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, help="of load and plan; one is drawn and printed unless given")
    parser.add_argument("--records", type=int, help="usage records and events, 1,000,000 unless --short")
    parser.add_argument("--subscribers", type=int, help="100,000 unless --short")
    parser.add_argument(
        "--guarantee", choices=[EXACTLY_ONCE, AT_LEAST_ONCE], default=EXACTLY_ONCE, help="of the workers"
    )
    parser.add_argument("--short", action="store_true", help="a few acts and 60,000 records")
    parser.add_argument("--keep", action="store_true", help="leave load and logs even when all is well")
    return parser.parse_args(texts)


async def main(arguments: argparse.Namespace) -> int:
    """Run once, print the table; return 0 when nothing is wrong."""
    console, started_s = Console(), time.monotonic()
    seed = secrets.randbelow(1 << 31) if arguments.seed is None else arguments.seed
    steps = plan(seed, SHORT if arguments.short else LONG)
    load = Load(
        seed,
        arguments.subscribers or (15_000 if arguments.short else 100_000),
        arguments.records or (60_000 if arguments.short else 1_000_000),
        sum(slices_of(step.act) for step in steps),
    )
    folder = Path(tempfile.mkdtemp(prefix="usagewatch-chaos-"))

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - started_s:6.0f} s  {text}", highlight=False)

    say(f"seed {seed}; logs in {folder}")
    # A broker that is short of CPU for a moment is not to be taken for dead by its controller.
    with Broker(is_big=True, settings={"broker.session.timeout.ms": "6000"}) as broker:
        if broker.is_external:
            raise BrokerError("a chaos run kills its broker: unset KAFKA_BOOTSTRAP_SERVERS")
        cluster = await Cluster.on(broker, "chaos.", folder, **{GUARANTEE_VARIABLE: arguments.guarantee})
        scene = Scene(cluster)
        try:
            outcome = await run(load, steps, scene, say)
        finally:
            (folder / "broker.log").write_text(broker.log())
    console.print(table_of(outcome, elapsed_s=time.monotonic() - started_s))
    for problem in outcome.problems:
        console.print(problem, style="red", highlight=False)
    if outcome.problems or arguments.keep:
        console.print(f"load and logs: {folder}; again: make chaos SEED={seed}")
    else:
        shutil.rmtree(folder)
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(arguments_of())))
    except BrokerError as error:
        sys.exit(str(error))
