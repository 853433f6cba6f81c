"""Shared allowances on a real broker: lines and groups in different partitions, a worker killed between."""

import asyncio

import pytest

from schemas.topics import GROUP_USAGE, SIGNALS
from tests.kafka.build_worker import WorkerProcess, caught_up, emitted, expected, fed, lag, made, until
from tests.kafka.families import GROUP_COUNT, LINES, USAGE

pytestmark = pytest.mark.kafka


async def test_groups_across_partitions_say_what_a_replay_says(bootstrap_servers: str, prefix: str) -> None:
    """Killed in mid-run, two in its place: each signal once, nothing lost on its way to a group or back."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    with WorkerProcess(settings, USAGEWATCH_BATCH_RECORDS="40") as killed:
        await until(lambda: killed.read_count() > len(LINES) / 3, "a third read")
        killed.kill()
    with WorkerProcess(settings) as one, WorkerProcess(settings) as other:
        await caught_up(settings, one, other)
        travelled = sum(
            worker.sample("usagewatch_records_total", topic=GROUP_USAGE, disposition="applied")
            for worker in (one, other)
        )
        statuses = [await asyncio.to_thread(worker.stop) for worker in (one, other)]

    signals = {name: 1 for name in expected(LINES) if name.startswith(SIGNALS)}
    levels = 3 * GROUP_COUNT + 3 * (3 * GROUP_COUNT)
    assert ([0, 0], 0, levels) == (statuses, await lag(settings), len(signals))
    assert travelled > len(USAGE) / 3
    assert signals == await emitted(settings, (SIGNALS,))
