"""Usage that travels to its group and back on a real broker: over partitions, workers and kills."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from schemas.topics import CDR, DEAD_LETTERS, GROUP_USAGE, SIGNALS, changelog
from streams.core.stored import META_KEY, decode_meta
from streams.kafka.topic_check import partition_of
from streams.pipeline import Rules
from streams.replay import Replay
from streams.settings import Settings
from streams.simulate import uniform
from tests.build import NOON, SUBSCRIBER, data, lines_of, ms
from tests.kafka.build_worker import PARTITIONS, WorkerProcess, caught_up, fed, lag, made, until
from tests.sharing import GROUP_COUNT, RETURNED, SENT, SHARED, Sharing, group_of

pytestmark = pytest.mark.kafka

SHARING: Final = [str(Path(__file__).with_name("sharing_worker.py"))]
BEFORE: Final = [*SHARING, "before"]
RECORDS: Final = 20_000
LINES = tuple(uniform(1, subscribers=500, records=RECORDS))
GROUPS: Final = [b"group/%d" % number for number in range(GROUP_COUNT)]
QUIET_S: Final = 3.0
"""So long that a partition has looked at its timers, and at markers, half a dozen times."""


async def records_of(settings: Settings, topic: str) -> dict[int, list[ConsumerRecord]]:
    """Return the committed records of each partition in their order."""
    tps = [TopicPartition(settings.topic(topic), number) for number in range(PARTITIONS)]
    found: dict[int, list[ConsumerRecord]] = {number: [] for number in range(PARTITIONS)}
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    ) as consumer:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning()
        while [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                found[tp.partition] += records
    return found


async def signals_of(settings: Settings) -> dict[int, list[dict[str, Any]]]:
    """Return the signals of each partition in their order."""
    found = await records_of(settings, SIGNALS)
    return {number: [orjson.loads(one.value) for one in records] for number, records in found.items()}


def names(signals: dict[int, list[dict[str, Any]]]) -> Counter[str]:
    """Return the ids of all signals, with how often each is there."""
    return Counter(signal["id"] for some in signals.values() for signal in some)


async def ledger_of(settings: Settings) -> Counter[str]:
    """Return the ledger of all partitions as it is committed: each one's newest meta record holds its own."""
    counts = Counter[str]()
    for records in (await records_of(settings, changelog(settings.app_id).name)).values():
        counts.update(decode_meta([one.value for one in records if one.key == META_KEY][-1]).ledger)
    return counts


def replayed(lines: Sequence[bytes]) -> Counter[str]:
    """Return the ids of the signals of a replay by the same pipeline."""
    run = Replay()
    run.pipeline = Sharing(catalog=run.catalog, rules=Rules.default())
    return Counter(orjson.loads(one.value or b"")["id"] for one in run.run(lines) if one.topic == SIGNALS)


def has_read(worker: WorkerProcess, count: float) -> bool:
    """Tell whether a worker has read and committed more than so many records."""
    return worker.read_count() > count


async def test_usage_sent_through_kills_and_take_overs_arrives_once(
    bootstrap_servers: str, prefix: str
) -> None:
    """Kill -9 between sending and arriving, again and again: the set of a replay, each id once."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES)

    for part in (0.03, 0.06, 0.12):  # of what there is to read in all: each record is read three times
        with WorkerProcess(settings, SHARING, USAGEWATCH_BATCH_RECORDS="300") as killed:
            await until(partial(has_read, killed, RECORDS * 3 * part), "a part read")
            killed.kill()
    with WorkerProcess(settings, SHARING) as stopped, WorkerProcess(settings, SHARING) as last:
        await until(lambda: len(stopped.partitions()) == len(last.partitions()) == PARTITIONS // 2, "shared")
        await until(lambda: last.read_count() > RECORDS / 8, "the last has worked")
        status = await asyncio.to_thread(stopped.stop)
        await caught_up(settings, last)
        statuses = (status, last.stop())

    signals = await signals_of(settings)
    assert ((0, 0), 0) == (statuses, await lag(settings))
    assert replayed(LINES) == names(signals)
    assert dict.fromkeys((SENT, SHARED, RETURNED), RECORDS) == {
        kind: sum(name.startswith(kind) for name in names(signals)) for kind in (SENT, SHARED, RETURNED)
    }
    assert [] == misplaced(signals)
    sums = {f"{CDR}/{word}": RECORDS for word in ("read", "applied")}
    sums |= {f"{GROUP_USAGE}/{word}": 2 * RECORDS for word in ("read", "applied")}
    assert sums == {name: n for name, n in (await ledger_of(settings)).items() if name in sums}


def misplaced(signals: dict[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the signals of usage that arrived in another partition than its key's, or with another time."""
    return [
        signal
        for number, some in signals.items()
        for signal in some
        if "key" in signal
        and (
            partition_of(signal["key"].encode(), PARTITIONS) != number
            or signal["timestamp"] != signal["arrived"]
        )
    ]


async def test_what_travels_is_counted_and_an_idle_worker_commits_no_more(
    bootstrap_servers: str, prefix: str
) -> None:
    """The lag is 0 past the markers that the others' transactions leave behind a partition's last record.

    A commit that only goes past markers writes no more of them: partitions do not wake one another for ever.
    """
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES[:3_000])
    sent = sum(b'"topic":"cdr"' in line for line in LINES[:3_000])

    with WorkerProcess(settings, SHARING) as worker:
        await caught_up(settings, worker)
        quiet = Quiet(worker)
        await until(lambda: quiet.lasts_s() > QUIET_S, "no commit any more")
        behind = await lag(settings)
        read, applied = (
            worker.sample("usagewatch_records_total", topic=GROUP_USAGE, disposition=what)
            for what in ("read", "applied")
        )
        written = worker.sample("usagewatch_outputs_total", topic=GROUP_USAGE)
        failures = worker.sample("usagewatch_partition_failures_total")
        worker.stop()

    assert (0, 2 * sent, 2 * sent, 2 * sent, 0) == (behind, read, applied, written, failures)
    assert PARTITIONS == len([1 for some in (await records_of(settings, GROUP_USAGE)).values() if some])


class Quiet:
    """Knows since when a worker has committed nothing."""

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker
        self._commits, self._since_s = -1.0, 0.0

    def lasts_s(self) -> float:
        """Return for how long the count of commits has stood still, as far as was looked."""
        commits = self._worker.sample("usagewatch_commits_total")
        if commits != self._commits:
            self._commits, self._since_s = commits, time.monotonic()
        return time.monotonic() - self._since_s


async def test_a_group_in_the_partition_of_its_line_is_reached_all_the_same(
    bootstrap_servers: str, prefix: str
) -> None:
    """A partition writes to its own input and reads it after its own commit."""
    settings = await made(bootstrap_servers, prefix)
    homes = {key: partition_of(key, PARTITIONS) for key in (f"bench-{n:06}".encode() for n in range(500))}
    own = {
        key.decode()
        for key, home in homes.items()
        if partition_of(group_of(key.decode()), PARTITIONS) == home
    }
    lines = [line for line in LINES[:3_000] if b'"plans"' in line or orjson.loads(line)["key"] in own]
    await fed(settings, lines)

    with WorkerProcess(settings, SHARING) as worker:
        await caught_up(settings, worker)
        status = worker.stop()

    assert (0, replayed(lines)) == (status, names(await signals_of(settings)))


async def test_what_travels_is_merged_by_its_arrival(bootstrap_servers: str, prefix: str) -> None:
    """Between the usage records of its partition, after them at equal times."""
    #  cdr          |--- 0 ------- 2 ------- 4 ---…|  seconds
    #  group-usage  |--- 0 -- 1 -- 2 -- 3 -- 4 ---…|
    settings = await made(bootstrap_servers, prefix)
    start_ms, count = ms(NOON), 400
    own = [data(0.01, at=start_ms + number * 2_000) for number in range(count)]
    await fed(settings, lines_of(own))
    home = partition_of(SUBSCRIBER.encode(), PARTITIONS)
    key = next(key for key in GROUPS if partition_of(key, PARTITIONS) == home)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers) as producer:
        for number in range(2 * count):
            at_ms = start_ms + number * 1_000
            content = {"record_id": f"early {number}", "arrived": at_ms, "left": 0}
            name, value = settings.topic(GROUP_USAGE), orjson.dumps(content)
            await producer.send(name, value, key=key, partition=home, timestamp_ms=at_ms)

    with WorkerProcess(settings, SHARING, USAGEWATCH_BATCH_RECORDS="7") as worker:
        await caught_up(settings, worker)
        worker.stop()

    signals = [(one["timestamp"], *one["id"].split()[:2]) for one in (await signals_of(settings))[home]]
    order = [(at_ms, kind) for at_ms, kind, what in signals if kind == SENT or what == "early"]
    assert (3 * count, sorted(order)) == (len(order), order)


async def test_a_cluster_of_the_release_before_opens_and_reads_what_is_new_from_its_beginning(
    bootstrap_servers: str, prefix: str
) -> None:
    """No offset of `group-usage` is known to its states: nothing is missing, and nothing is passed over."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES[:1_500])
    with WorkerProcess(settings, BEFORE) as worker:
        await until(lambda: worker.read_count() == 1_498, "all read")
        before = worker.stop()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers) as producer:
        for number, key in enumerate(GROUPS):
            value = orjson.dumps({"record_id": f"waited {number}", "arrived": 0, "left": 0})
            home = partition_of(key, PARTITIONS)
            await producer.send_and_wait(settings.topic(GROUP_USAGE), value, key=key, partition=home)
    await fed(settings, LINES[1_500:2_000])

    with WorkerProcess(settings, SHARING) as worker:
        await caught_up(settings, worker)
        restored = worker.sample("usagewatch_restored_records_total")
        after = worker.stop()

    signals = names(await signals_of(settings))
    assert (0, 0, True) == (before, after, restored > 0)
    assert Counter(f"{SHARED} waited {number}" for number in range(GROUP_COUNT)) == Counter(
        {name: n for name, n in signals.items() if "waited" in name}
    )
    assert {SENT: 500, RETURNED: 500} == {
        kind: sum(n for name, n in signals.items() if name.startswith(kind)) for kind in (SENT, RETURNED)
    }


async def test_workers_are_replaced_one_by_one_by_a_release_with_one_input_more(
    bootstrap_servers: str, prefix: str
) -> None:
    """The group shares out the new input apart: nobody stops for that, and in the end all is worked on."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, LINES[:1_500])

    with WorkerProcess(settings, BEFORE) as old:
        await until(lambda: old.read_count() == 1_498, "all read")
        with WorkerProcess(settings, SHARING) as new:
            await until(lambda: 0 < len(new.partitions()) < PARTITIONS, "shared by both releases")
            old.stop()
            await fed(settings, LINES[1_500:2_000])
            await until(lambda: new.partitions() == list(range(PARTITIONS)), "taken over")
            await caught_up(settings, new)
            status = new.stop()

    assert 0 == status
    signals = names(await signals_of(settings))
    assert 500 == sum(n for name, n in signals.items() if name.startswith(RETURNED))


async def test_usage_that_breaks_our_code_where_it_arrives_is_a_dead_letter_there(
    bootstrap_servers: str, prefix: str
) -> None:
    """The record that sent it counts, and what travels beside it is there once."""
    settings = await made(bootstrap_servers, prefix)
    lines = [line.replace(b'"record_id":"7"', b'"record_id":"breaks"') for line in LINES[:1_500]]
    await fed(settings, lines)

    with WorkerProcess(settings, SHARING) as worker:
        await caught_up(settings, worker)
        defects = worker.sample("usagewatch_defects_total", topic=GROUP_USAGE)
        status = worker.stop()

    letters = [one for some in (await records_of(settings, DEAD_LETTERS)).values() for one in some]
    assert (0, 1, [GROUP_USAGE.encode()]) == (
        status,
        defects,
        [dict(one.headers)["topic"] for one in letters],
    )
    assert replayed(lines) == names(await signals_of(settings))
