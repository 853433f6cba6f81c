"""A worker that comes back after two days: what waited is read in the order in which it came."""

import orjson
import pytest

from schemas.topics import DEAD_LETTERS, SIGNALS
from streams.kafka.tail import tail
from streams.settings import Settings
from tests.build import addon, data, lines_of, plan, profile, replay
from tests.kafka.build_worker import WorkerProcess, caught_up, fed, made

pytestmark = pytest.mark.kafka

OCTOBER = "2026-10-01T00:00:00Z"
BACKLOG = [
    plan(),
    plan(plan_id="new"),
    addon(),
    profile(arrives="2026-09-30T20:00:00Z"),
    data(79, at="2026-09-30T22:00:00Z"),
    #  |--- September: 79 % ---|--- 5 % more, a minute after the end --- 85 % of October --- another plan
    data(5, at="2026-09-30T23:59:00Z", arrives="2026-10-01T00:01:00Z"),
    data(85, at="2026-10-01T02:00:00Z"),
    profile(plan_id="new", arrives="2026-10-01T10:00:00Z"),
    data(16, at="2026-10-01T12:00:00Z"),
    # A day after the end it counts as an adjustment, whenever it is read.
    data(1, at="2026-09-30T12:00:00Z", arrives="2026-10-02T00:00:00Z"),
]


async def read(settings: Settings, topic: str) -> list[dict[str, object]]:
    """Return a topic's lines from its beginning to its end."""
    found = tail(settings, topic, from_beginning=True, until_end=True)
    return [orjson.loads(line) async for some in found for line in some]


async def test_backlog_over_a_periods_end_raises_what_it_would_have_raised_in_time(
    bootstrap_servers: str, prefix: str
) -> None:
    """Lateness is the record's own; a profile is in force for what came after it; nothing was held."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines_of(BACKLOG, is_bare=True))

    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        held = worker.sample("usagewatch_records_total", disposition="held")
        worker.stop()

    in_time = replay(BACKLOG, is_bare=True)
    raised = [line["value"] for line in await read(settings, SIGNALS)]
    assert [(signal.kind(), signal.id, signal.period) for signal in in_time.all_signals] == [
        (value["type"], value["id"], value["period"]) for value in raised if isinstance(value, dict)
    ]
    levels = [signal for signal in in_time.signals if signal.kind() != "late_adjustment"]
    assert [True, False, False, False] == [signal.late for signal in levels]
    assert 1 == len(in_time.signals) - len(levels)
    assert (0, []) == (held, await read(settings, DEAD_LETTERS))
