"""``usagewatch compare`` against the changelog of a worker that runs."""

import json
from contextlib import aclosing
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from click.testing import Result

from schemas.errors import ConfigError
from schemas.topics import changelog
from streams.core.stored import decode_state
from streams.kafka.states import read_states
from streams.replay import Replay
from streams.settings import Settings
from tests.kafka.build_worker import PARTITIONS, WorkerProcess, caught_up, fed, lag, made, month_of
from tests.kafka.commands import run as run_command

pytestmark = pytest.mark.kafka

LINES = month_of(12)


async def run(settings: Settings, *arguments: str | Path) -> Result:
    """Return what the command did."""
    return await run_command(settings, "compare", *arguments)


def totals() -> list[dict[str, object]]:
    """Return what a replay has counted, as billing would write it."""
    replay = Replay()
    for _ in replay.run(LINES):
        pass
    return [
        {"subscriber_id": key, "bucket": bucket, "period": period.day, "used": usage.used}
        for key, state in replay.pipeline.states()
        for period in decode_state(state).periods
        for bucket, usage in period.buckets.items()
    ]


async def groups(settings: Settings) -> set[str]:
    """Return the consumer groups of this test."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        listed = await admin.list_consumer_groups()
    finally:
        await admin.close()
    return {group for group, *_ in listed if group.startswith(settings.topic_prefix)}


async def test_a_running_cluster_is_held_against_billing_and_nothing_changes(
    bootstrap_servers: str, prefix: str, tmp_path: Path
) -> None:
    """What a replay counts is equal, one row that is not is found; no group is there but the worker's."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)
    rows = totals()
    right, wrong = tmp_path / "right.jsonl", tmp_path / "wrong.jsonl"
    right.write_text("".join(json.dumps(row) + "\n" for row in rows))
    rows[0]["used"] = int(str(rows[0]["used"])) + 7
    wrong.write_text("".join(json.dumps(row) + "\n" for row in rows))

    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        equal, differing = (
            await run(settings, right),
            await run(settings, wrong, "--json"),
        )
        partitions, behind = worker.partitions(), await lag(settings)

    assert (0, 1) == (equal.exit_code, differing.exit_code), equal.output
    assert equal.stdout.startswith(f"{len(rows):,} compared: {len(rows):,} equal, 0 differing, 0 only ours, ")
    [found] = [json.loads(line) for line in differing.stdout.splitlines()]
    assert (rows[0]["subscriber_id"], -7) == (found["subscriber_id"], found["difference"])
    assert ([0, 1, 2, 3], 0, {settings.app_id}) == (partitions, behind, await groups(settings))


async def test_the_newest_committed_value_of_each_key_is_read(bootstrap_servers: str, prefix: str) -> None:
    """What was aborted, what was written over, what was deleted and what is the partition's own is not."""
    settings = await made(bootstrap_servers, prefix)
    topic = settings.topic(changelog(settings.app_id).name)
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, transactional_id=prefix, acks="all"
    ) as producer:
        async with producer.transaction():
            for key, value, partition in (
                (b"a", b"old", 0),
                (b"b", b"gone", 0),
                (b"c", b"far", PARTITIONS - 1),
                (b"a", b"new", 0),
                (b"b", None, 0),
            ):
                await producer.send_and_wait(topic, value, key=key, partition=partition)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted", key=b"a", partition=0)
        await producer.abort_transaction()
    heard: list[tuple[int, int]] = []

    async with aclosing(
        read_states(settings, on_progress=lambda done, total: heard.append((done, total)))
    ) as states:
        found = {key: value async for key, value in states}

    assert {"a": b"new", "c": b"far"} == found
    assert heard[-1][0] == heard[-1][1]
    assert sorted(heard) == heard


async def test_a_changelog_that_is_not_there_is_asked_about(bootstrap_servers: str, prefix: str) -> None:
    """The likeliest cause is another name of the application."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id="other")

    with pytest.raises(
        ConfigError, match=r"other-changelog: missing; is USAGEWATCH_APP_ID \(other\) the work"
    ):
        async with aclosing(read_states(settings)) as states:
            [_ async for _ in states]
