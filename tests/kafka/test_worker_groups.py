"""Shared allowances on a real broker: lines and groups in different partitions, a worker killed between."""

import asyncio

import pytest

from schemas.topics import GROUP_USAGE, SIGNALS
from tests.build import Line, after, allowance, data, lines_of, plan, profile, sms
from tests.kafka.build_worker import WorkerProcess, caught_up, emitted, expected, fed, lag, made, until

pytestmark = pytest.mark.kafka

START = "2026-11-01T00:00:00Z"
GROUP_COUNT = 40
TERMS = [
    plan(allowance(amount=30_000_000), plan_id="family"),
    plan(allowance(), allowance("sms", 10), plan_id="own"),
]


def line_of(group: int, member: int) -> str:
    """Return a line's id."""
    return f"49170{group:03}{member}"


def family(group: int) -> list[Line]:
    """Return a group of three and its lines."""
    members = [line_of(group, member) for member in range(3)]
    record = {"group_id": f"g{group}", "owner_id": members[0], "plan_id": "family", "members": members}
    record |= {"time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"}  # type: ignore[dict-item]
    lines: list[Line] = [{"topic": "groups", "timestamp": START, "value": record}]
    lines += [profile(subscriber_id=who, plan_id="own", group_id=f"g{group}") for who in members]
    return lines


def usage(group: int) -> list[Line]:
    """Return 36 MB of a group's data, past all its levels, and messages that come back to their lines."""
    records = []
    for number in range(12):
        own = {"subscriber_id": line_of(group, number % 3), "at": after(START, hours=2 + number)}
        records += [
            data(bytes_up=3_000_000, record_id=f"d{group}-{number}", **own),
            sms(3, record_id=f"s{group}-{number}", **own),
        ]
    return records


GROUPS = [line for group in range(GROUP_COUNT) for line in family(group)]
USAGE = sorted(
    (line for group in range(GROUP_COUNT) for line in usage(group)),
    key=lambda line: line["value"]["started_at"],
)
LINES = lines_of([*TERMS, *GROUPS, *USAGE], is_bare=True)


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
