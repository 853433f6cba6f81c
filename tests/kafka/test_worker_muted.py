"""A worker that is muted while it reads a history."""

import pytest

from schemas.topics import CARE_EVENTS, OFFER_EVENTS, PORT_SIGNALS, SIGNALS, SUPPRESSED_OFFERS
from tests.build import NOON, addon, after, data, lines_of, plan, profile
from tests.kafka.build_worker import WorkerProcess, caught_up, emitted, expected, fed, made

pytestmark = pytest.mark.kafka

UNTIL = after(NOON, hours=1)
MUTED = ("-c", f"from streams.cli import main; main(['worker', '--muted-until', '{UNTIL}'])")
HISTORY = [plan(), addon(), profile(), data(85)]
NEWS = [data(20, at=after(NOON, hours=2))]


async def test_a_muted_worker_raises_all_signals_and_says_only_what_is_new(
    bootstrap_servers: str, prefix: str
) -> None:
    """Its log says until when, first of all; one that is muted no more does not say it afterwards."""
    settings = await made(bootstrap_servers, prefix)
    lines = lines_of([*HISTORY, *NEWS])
    await fed(settings, lines[: len(HISTORY)])

    with WorkerProcess(settings, MUTED) as worker:
        await caught_up(settings, worker)
        worker.stop()
    said = await emitted(settings, (CARE_EVENTS, OFFER_EVENTS, SUPPRESSED_OFFERS))
    with WorkerProcess(settings) as loud:
        await fed(settings, lines[len(HISTORY) :])
        await caught_up(settings, loud)
        loud.stop()

    assert 0 == len(said)
    assert f"no notices and offers are written for now until={UNTIL}" in worker.log.splitlines()[0]
    signals = {name: 1 for name in expected(lines) if name.startswith((SIGNALS, PORT_SIGNALS))}
    assert signals == await emitted(settings, (SIGNALS, PORT_SIGNALS))
    assert 1 == len(await emitted(settings, [CARE_EVENTS]))
