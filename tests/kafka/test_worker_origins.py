"""Numbers asked about from one device, on a real broker: device and lines in different partitions."""

import asyncio
from collections import Counter

import pytest

from schemas.topics import CARE_EVENTS, GROUP_USAGE, PORT_SIGNALS
from tests.build import Line, after, event, lines_of, plan, profile
from tests.kafka.build_worker import WorkerProcess, caught_up, emitted, expected, fed, lag, made, until

pytestmark = pytest.mark.kafka

START = "2026-11-02T00:00:00Z"
DEVICE_COUNT = 40
LINES_EACH = 5
"""Of each device but every fourth, which asks about two: a family."""


def lines_asked(device: int) -> int:
    """Return about how many numbers a device asks."""
    return 2 if device % 4 == 0 else LINES_EACH


def line_of(device: int, number: int) -> str:
    """Return a line's id."""
    return f"49171{device:03}{number}"


def questions(device: int) -> list[Line]:
    """Return a device's questions about each of its numbers, twice, within a day."""
    return [
        event(
            "port.queried",
            at=after(START, minutes=device + 20 * number, hours=6 * again),
            subscriber_id=line_of(device, number),
            channel="app",
            device=f"d{device}",
            event_id=f"q{device}-{number}-{again}",
        )
        for again in range(2)
        for number in range(lines_asked(device))
    ]


PROFILES = [
    profile(subscriber_id=line_of(device, number))
    for device in range(DEVICE_COUNT)
    for number in range(lines_asked(device))
]
QUESTIONS = sorted(
    (line for device in range(DEVICE_COUNT) for line in questions(device)),
    key=lambda line: line["value"]["at"],
)
LINES = lines_of([plan(), *PROFILES, *QUESTIONS], is_bare=True)
TOPICS = (PORT_SIGNALS, CARE_EVENTS)


async def test_numbers_from_one_device_say_what_a_replay_says(bootstrap_servers: str, prefix: str) -> None:
    """Killed in mid-run, two in its place: each suspicion once, nothing lost on its way there and back."""
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

    wanted = Counter({name: 1 for name in expected(LINES) if name.startswith(TOPICS)})
    suspects = sum(lines_asked(device) for device in range(DEVICE_COUNT) if lines_asked(device) > 2)
    assert ([0, 0], 0) == (statuses, await lag(settings))
    assert travelled > len(QUESTIONS) / 3
    assert 2 * (len(QUESTIONS) + suspects) == len(wanted)
    assert wanted == await emitted(settings, TOPICS)
