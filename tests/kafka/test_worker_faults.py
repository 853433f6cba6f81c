"""What a worker does when its own code, its state or its surroundings are wrong."""

import base64
from collections import Counter
from pathlib import Path

import orjson
import pytest

from schemas.topics import CDR, DEAD_LETTERS, OUTPUTS
from streams.kafka.tail import tail
from streams.settings import Settings
from tests.build import data, lines_of, plan, profile
from tests.kafka.broker import Broker
from tests.kafka.build_worker import (
    WorkerProcess,
    caught_up,
    emitted,
    expected,
    fed,
    made,
    month_of,
    until,
)

pytestmark = pytest.mark.kafka

BREAKING = str(Path(__file__).with_name("breaking_worker.py"))
LINES = month_of(20)


async def test_a_record_that_breaks_our_code_is_a_dead_letter_and_its_neighbours_are_not(
    bootstrap_servers: str, prefix: str
) -> None:
    """The batch is taken back and done again without it: state and outputs are as if it never came."""
    settings = await made(bootstrap_servers, prefix)
    half = len(LINES) // 2
    victim = next(line for line in LINES[half:] if b'"type":"data"' in line and b"record_id" in line)
    found = orjson.loads(victim)
    found["value"]["record_id"] = "breaks"
    await fed(settings, [*LINES[:half], orjson.dumps(found), *LINES[half:]])

    with WorkerProcess(settings, [BREAKING]) as worker:
        await caught_up(settings, worker)
        status = worker.stop()
        log = worker.log
    reasons, raw = Counter[str](), []
    async for lines in tail(settings, DEAD_LETTERS, from_beginning=True, until_end=True):
        for letter in map(orjson.loads, lines):
            reasons[letter["headers"]["reason"]] += 1
            if letter["headers"]["reason"] == "defect":
                raw.append(base64.b64decode(letter["raw"]))

    others = [topic for topic in OUTPUTS if topic != DEAD_LETTERS]
    wanted = {name: n for name, n in expected(LINES).items() if not name.startswith(DEAD_LETTERS)}
    assert (0, 1, [found["value"]]) == (status, reasons["defect"], [orjson.loads(value) for value in raw])
    assert wanted == await emitted(settings, others)
    assert (1, False) == (log.count("our code raised on a record"), found["value"]["subscriber_id"] in log)


async def test_a_plan_that_arrives_releases_what_waited_for_it(bootstrap_servers: str, prefix: str) -> None:
    """Held while the catalogue has no such plan; counted as soon as it has, with no further record."""
    settings = await made(bootstrap_servers, prefix)
    usage, late_plan = lines_of([profile(), data(85)], is_bare=True), lines_of([plan()], is_bare=True)

    with WorkerProcess(settings) as worker:
        await fed(settings, usage)
        await until(lambda: worker.sample("usagewatch_records_total", disposition="held") == 1, "held")
        await fed(settings, late_plan)
        await until(
            lambda: worker.sample("usagewatch_records_total", disposition="released") == 1, "released"
        )
        raised = worker.sample("usagewatch_outputs_total", topic="signals", type="near_limit")
        worker.stop()

    assert 1 == raised


def test_missing_topics_are_named_and_nothing_starts(bootstrap_servers: str, prefix: str) -> None:
    """The worker never makes a topic itself."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id=prefix + "app")

    with WorkerProcess(settings) as worker:
        status, log = worker.end()

    assert 1 == status
    assert f"{prefix}{CDR}" in log
    assert "Traceback" not in log


def test_every_wrong_setting_is_said_at_once(bootstrap_servers: str, prefix: str) -> None:
    """A person corrects them in one go."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id=prefix + "app")
    wrong = {
        "USAGEWATCH_BOOTSTRAP_SERVERS": "nowhere",
        "USAGEWATCH_WEB_PORT": "many",
        "USAGEWATCH_LOG_LEVEL": "loud",
    }

    with WorkerProcess(settings, **wrong) as worker:
        status, log = worker.end()

    assert (1, list(wrong)) == (status, [line.split()[1] for line in log.splitlines()])


@pytest.mark.usefixtures("broker")
async def test_a_broker_that_dies_and_comes_back_is_gone_on_with(prefix: str) -> None:
    """The worker waits for it, opens from what was committed and goes on: each output once."""
    with Broker() as own:
        if own.is_external:
            pytest.skip("somebody else's broker is not killed")
        settings = await made(own.bootstrap_servers, prefix)
        await fed(settings, LINES)
        with WorkerProcess(settings, USAGEWATCH_BATCH_RECORDS="100") as worker:
            await until(lambda: worker.read_count() > len(LINES) / 10, "a tenth read")
            own.kill()
            own.start()
            await caught_up(settings, worker)
            status = worker.stop()
        seen = await emitted(settings)

    assert (0, expected(LINES)) == (status, seen)
