"""What a worker holds in memory is bounded: behind a backlog, before a slow broker, whatever falls ill."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import pytest

from bench.measure import peak_mb
from schemas.topics import CDR, PORT_SIGNALS, SIGNALS
from streams.simulate import uniform
from tests.kafka.broker import Broker
from tests.kafka.build_worker import (
    PARTITIONS,
    WorkerProcess,
    caught_up,
    emitted,
    expected,
    fed,
    made,
    until,
)
from tests.kafka.slow_proxy import SlowProxy

pytestmark = pytest.mark.kafka

ILL = str(Path(__file__).with_name("ailing_worker.py"))
SUBSCRIBERS: Final = 5_000
STATE_BYTES: Final = 1_000
"""More than one of these subscribers' states has."""
BATCH_RECORDS: Final = 1_000
SMALL: Final = {"USAGEWATCH_BATCH_RECORDS": str(BATCH_RECORDS)}
"""So that buffers, not transactions, would fill the memory."""
BOUND_MB: Final = 150 + 3 * SUBSCRIBERS * STATE_BYTES / 1e6 + (32 + 0.010 * BATCH_RECORDS) * PARTITIONS
"""As `streams` says: the process, the states, and each partition's buffers and transaction."""
PAD: Final = "x" * 2_000
"""In a field that nobody knows: a backlog of few records is large all the same."""


def padded(records: int) -> Iterator[bytes]:
    """Yield lines of so many usage records, some 2.3 kB each; what they raise is as without padding."""
    for line in uniform(1, subscribers=SUBSCRIBERS, records=records):
        if b'"topic":"cdr"' in line:
            found = orjson.loads(line)
            found["value"]["pad"] = PAD
            yield orjson.dumps(found)
        else:
            yield line


def read_count(worker: WorkerProcess) -> float:
    """Return how many usage records it has committed."""
    return worker.sample("usagewatch_records_total", topic=CDR, disposition="read")


async def moved(worker: WorkerProcess, least: float) -> None:
    """Return when it has committed more than so many usage records."""
    await until(lambda: read_count(worker) > least, "it moves")


async def test_a_backlog_is_read_piece_by_piece(bootstrap_servers: str, prefix: str) -> None:
    """600 MB wait, and ten records go into a transaction: inputs are held as soon as enough is buffered."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, padded(250_000))

    with WorkerProcess(settings, USAGEWATCH_BATCH_RECORDS="10") as worker:
        await moved(worker, 8_000)
        peak = peak_mb(worker.pid)

    assert peak < BOUND_MB


@pytest.mark.usefixtures("broker")
async def test_a_broker_that_answers_slowly_is_not_run_ahead_of(prefix: str) -> None:
    """A fifth of a second an answer, a megabyte a second: it moves all the same, and nothing piles up."""
    records = 40_000
    with SlowProxy() as proxy, slow_broker(proxy) as own:
        settings = await made(own.bootstrap_servers, prefix)
        await fed(settings, padded(records))
        proxy.delay_s, proxy.bytes_per_s = 0.2, 1e6
        with WorkerProcess(settings, **SMALL) as worker:
            await moved(worker, records / 20)
            slow_peak = peak_mb(worker.pid)
            proxy.delay_s, proxy.bytes_per_s = 0.0, float("inf")
            await caught_up(settings, worker)
            peak, status = peak_mb(worker.pid), worker.stop()
        seen = await emitted(settings, (SIGNALS, PORT_SIGNALS))

    assert (0, True) == (status, slow_peak < BOUND_MB)
    assert peak < BOUND_MB
    assert signals_of(records) == seen


@pytest.mark.usefixtures("broker")
async def test_a_broker_that_stands_still_is_waited_for(prefix: str) -> None:
    """SIGSTOP for longer than a transaction may last, twice: nothing piles up, nothing is lost or twice."""
    records = 60_000
    quick = {"USAGEWATCH_TRANSACTION_TIMEOUT_MS": "3000", **SMALL}
    with Broker() as own:
        if own.is_external:
            pytest.skip("somebody else's broker is not stopped")
        settings = await made(own.bootstrap_servers, prefix)
        await fed(settings, padded(records))
        with WorkerProcess(settings, **quick) as worker:
            for least in (records * 0.1, records * 0.4):
                await moved(worker, least)
                os.kill(own.pid, signal.SIGSTOP)
                await until(lambda: "no broker" in worker.ask("/ready")[1], "it says what it waits for")
                os.kill(own.pid, signal.SIGCONT)
            await caught_up(settings, worker)
            peak, status = peak_mb(worker.pid), worker.stop()
        seen = await emitted(settings, (SIGNALS, PORT_SIGNALS))

    assert (0, signals_of(records)) == (status, seen)
    assert peak < BOUND_MB


async def test_what_a_dead_agent_leaves_does_not_pile_up(
    bootstrap_servers: str, prefix: str, tmp_path: Path
) -> None:
    """Faust's queue takes all that it is given, so it is given no more."""
    settings = await made(bootstrap_servers, prefix)
    file = tmp_path / "ill"

    quick = {"USAGEWATCH_STALL_TIMEOUT_MS": "8000", **SMALL}
    with WorkerProcess(settings, [ILL, "agent", str(file)], **quick) as worker:
        await caught_up(settings, worker)
        file.touch()
        await fed(settings, padded(200_000))
        await until(lambda: "the agent is dead" in worker.ask("/live")[1], "it says so")
        peak = peak_mb(worker.pid)

    assert peak < BOUND_MB


def slow_broker(proxy: SlowProxy) -> Broker:
    """Return a broker, not started, that names ``proxy`` as the way to it."""
    own = Broker(settings={"advertised.listeners": f"PLAINTEXT://127.0.0.1:{proxy.port}"})
    if own.is_external:
        pytest.skip("somebody else's broker is as fast as it is")
    host, _, port = own.bootstrap_servers.rpartition(":")
    proxy.target = (host, int(port))
    return own


def signals_of(records: int) -> dict[str, int]:
    """Return the signals of a replay, each once."""
    return {name: 1 for name in expected(padded(records)) if name.startswith((SIGNALS, PORT_SIGNALS))}
