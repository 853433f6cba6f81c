"""``processing_guarantee`` at_least_once: nothing is lost, only outputs repeat, and with equal ids."""

from pathlib import Path

import pytest

from schemas.topics import GROUP_USAGE
from streams.settings import AT_LEAST_ONCE
from tests.kafka.build_worker import (
    WorkerProcess,
    caught_up,
    emitted,
    expected,
    fed,
    made,
    month_of,
    replayed,
    states,
    until,
)
from tests.kafka.families import CATALOGUE
from tests.kafka.families import LINES as FAMILIES

pytestmark = pytest.mark.kafka

KILLED = str(Path(__file__).with_name("killed_worker.py"))
MONTH = month_of(30)
LINES = (*CATALOGUE, *MONTH, *FAMILIES[len(CATALOGUE) :])
SETTING = {"USAGEWATCH_PROCESSING_GUARANTEE": AT_LEAST_ONCE, "USAGEWATCH_BATCH_RECORDS": "300"}
KILLS = 4


async def test_outputs_repeat_and_nothing_else_does(bootstrap_servers: str, prefix: str) -> None:
    """Killed with outputs written and nothing committed, and in mid-run: states are those of a replay."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    for number in range(KILLS):
        with WorkerProcess(settings, [KILLED, str(3 * number)], **SETTING) as worker:
            assert -9 == worker.end()[0]
    with WorkerProcess(settings, **SETTING) as worker:
        await until(lambda: worker.read_count() > 2_000, "some read")
    with WorkerProcess(settings, **SETTING) as worker:
        await caught_up(settings, worker)
        travelled = worker.sample("usagewatch_records_total", topic=GROUP_USAGE, disposition="applied")
        status = worker.stop()
    seen, wanted = await emitted(settings), expected(LINES)

    repeated = {name: count for name, count in seen.items() if count > 1}
    assert (0, set(wanted)) == (status, set(seen))
    assert travelled > 0
    assert 0 < len(repeated) < len(seen)
    assert replayed(LINES) == await states(settings)


async def test_without_kills_each_output_is_there_once(bootstrap_servers: str, prefix: str) -> None:
    """A clean stop and a second worker in its place repeat nothing."""
    settings = await made(bootstrap_servers, prefix)
    half = len(LINES) // 2
    for lines in (LINES[:half], LINES[half:]):
        await fed(settings, lines)
        with WorkerProcess(settings, **SETTING) as worker:
            await caught_up(settings, worker)
            assert 0 == worker.stop()

    assert expected(LINES) == await emitted(settings)
