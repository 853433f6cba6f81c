"""A partition that stops of itself, on a real broker: what it waits for, and how a person lets it go on."""

import signal
from pathlib import Path

import orjson
import pytest

from schemas.topics import CDR, control
from streams.core.breaker import Pause, PauseReason
from streams.core.control import Key, Trouble, encode_trouble
from streams.kafka.connection import producing
from streams.kafka.control import read_troubles
from streams.settings import Settings
from tests.build import SUBSCRIBER, Line, after, data, lines_of, plan, profile
from tests.kafka.build_worker import PARTITIONS, WorkerProcess, caught_up, fed, lag, made, until
from tests.kafka.commands import run

pytestmark = pytest.mark.kafka

BREAKING = str(Path(__file__).with_name("breaking_worker.py"))
START = "2026-11-01T00:00:00Z"
OTHERS = [f"other-{number}" for number in range(20)]


def breaking(count: int) -> list[Line]:
    """Return so many records of one subscriber that break our code, each with an identity of its own."""
    return [data(1, source="breaks", record_id=f"b{number}") for number in range(count)]


def paused_count(worker: WorkerProcess, reason: str) -> float:
    """Return how many partitions a worker shows as paused."""
    return worker.sample("usagewatch_partition_paused", reason=reason)


def ledger(worker: WorkerProcess, disposition: str) -> float:
    """Return how many usage records became that."""
    return worker.sample("usagewatch_records_total", topic=CDR, disposition=disposition)


async def poisoned(settings: Settings) -> None:
    """Feed 150 records in a row that break our code and a good one, and good ones of others."""
    good = [data(1, record_id="good"), *(data(1, subscriber_id=who) for who in OTHERS)]
    profiles = [profile(subscriber_id=who) for who in OTHERS]
    await fed(settings, lines_of([plan(), profile(), *profiles, *breaking(150), *good], is_bare=True))


async def test_a_hundred_defects_in_a_row_pause_one_partition_until_a_person_resumes_it(
    bootstrap_servers: str, prefix: str
) -> None:
    """The others go on; the pause is shown, looks like no stuck worker, survives a restart, and ends."""
    settings = await made(bootstrap_servers, prefix)
    await poisoned(settings)

    with WorkerProcess(settings, [BREAKING]) as first:
        await until(lambda: paused_count(first, "defects") == 1, "paused")
        await until(lambda: "paused: " in first.ask("/ready")[1], "said")
        dead, live, (ready, body) = ledger(first, "dead"), first.ask("/live")[0], first.ask("/ready")
        first.stop()
    with WorkerProcess(settings, [BREAKING]) as second:
        await until(second.is_ready, "ready")
        is_paused, dead_again = paused_count(second, "defects"), ledger(second, "dead")
        listed = await run(settings, "resume", "--list")
        resumed = await run(settings, "resume")
        await caught_up(settings, second)
        counts = [ledger(second, what) for what in ("read", "dead", "applied")]
        after_all = paused_count(second, "defects")
        second.stop()

    assert (100, 200, 200, "paused") == (dead, live, ready, _phase(body))
    assert (1, 0) == (is_paused, dead_again)
    assert "our own code raised on too many records in a row" in body
    assert "our own code raised on too many records in a row" in listed.output
    assert (0, True) == (resumed.exit_code, "goes on" in resumed.output)
    assert (50, 0) == (counts[1], after_all)
    assert counts[0] == counts[1] + counts[2]
    assert 1 == first.log.count("our code raised on a record")
    assert 1 == first.log.count("Traceback") + first.log.count("breaking_worker.py")
    assert SUBSCRIBER not in first.log


def _phase(body: str) -> str:
    """Return the phase of the partition that has a trouble."""
    found = orjson.loads(body)
    (number,) = found["troubles"]
    return str(found["partitions"][number])


async def test_a_pause_moves_with_its_partition_and_an_order_waits_for_a_worker(
    bootstrap_servers: str, prefix: str
) -> None:
    """Kill -9 of the owner; the order is given while nobody runs."""
    settings = await made(bootstrap_servers, prefix)
    await poisoned(settings)
    with WorkerProcess(settings, [BREAKING]) as first:
        await until(lambda: paused_count(first, "defects") == 1, "paused")
        first.send(signal.SIGKILL)
        first.end()
    ((number, trouble),) = (await read_troubles(settings)).items()
    resumed = await run(settings, "resume", "--partition", number, "--wait", 0)

    with WorkerProcess(settings, [BREAKING]) as second:
        await caught_up(settings, second)
        second.stop()

    assert "no worker has heard it yet" in resumed.output
    assert trouble.pause is not None
    assert {} == await read_troubles(settings)


async def test_a_trouble_that_is_true_no_more_goes_with_the_partitions_first_commit(
    bootstrap_servers: str, prefix: str
) -> None:
    """States that were built anew have none: nobody is to look for it, nor give an order in vain."""
    settings = await made(bootstrap_servers, prefix)
    stale = encode_trouble(Trouble(Pause(PauseReason.DEFECTS, 5)))
    async with producing(bootstrap_servers, batch_bytes=10_000) as producer:
        name = settings.topic(control(settings.app_id).name)
        for number in range(PARTITIONS):
            await producer.send_and_wait(name, stale, key=Key(number).encode(), partition=0)
    before = await read_troubles(settings)
    await fed(settings, lines_of([plan(), *(profile(subscriber_id=who) for who in OTHERS)], is_bare=True))
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()

    assert (PARTITIONS, {}) == (len(before), await read_troubles(settings))


async def test_too_large_a_share_of_rejected_records_pauses_only_where_that_is_set(
    bootstrap_servers: str, prefix: str
) -> None:
    """Other reasons than a defect only alarm, unless a ratio is set."""
    settings = await made(bootstrap_servers, prefix)
    bad: list[Line] = [data(1, started_at="never", record_id=f"n{number}") for number in range(400)]
    await fed(settings, lines_of([plan(), profile(), *bad], is_bare=True))

    with WorkerProcess(settings, USAGEWATCH_MAX_REJECTED_RATIO="0.1") as strict:
        await until(lambda: paused_count(strict, "rejected") == 1, "paused")
        dead = ledger(strict, "dead")
        strict.stop()
    await run(settings, "resume", "--wait", 0)
    with WorkerProcess(settings) as usual:
        await caught_up(settings, usual)
        left = ledger(usual, "dead")
        usual.stop()

    assert 100 < dead < 400
    assert 400 == dead + left
    assert "records are rejected" in usual.log


async def test_code_that_fails_on_a_timer_pauses_the_partition_and_a_release_that_is_mended_goes_on(
    bootstrap_servers: str, prefix: str
) -> None:
    """It would fail for ever: after three times a person looks. Nothing is lost meanwhile."""
    settings = await made(bootstrap_servers, prefix)
    # Held without a profile: its timer is due after three days, before the later record.
    records = [
        data(1, record_id="held"),
        data(1, record_id="later", at=after("2026-11-10T12:00:00Z", days=5)),
    ]
    await fed(settings, lines_of(records, is_bare=True))

    with WorkerProcess(settings, [BREAKING], BREAKS="timers") as broken:
        await until(lambda: paused_count(broken, "failures") == 1, "paused")
        failures = broken.sample("usagewatch_partition_failures_total", kind="defect")
        broken.stop()
    with WorkerProcess(settings) as mended:
        await until(mended.is_ready, "ready")
        await run(settings, "resume")
        await caught_up(settings, mended)
        counts = [ledger(mended, what) for what in ("held", "expired")]
        mended.stop()

    assert 3 == failures
    assert (2, 1) == tuple(counts)
    assert 1 == broken.log.count("in tick")
    assert 0 == await lag(settings)
