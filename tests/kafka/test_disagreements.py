"""Offsets, inputs and states that do not belong together: the worker stops and says what to do."""

import re
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from schemas.topics import CARE_EVENTS, PORT_SIGNALS, SIGNALS
from streams.rules import Rules
from streams.settings import Settings
from tests.build import SUBSCRIBER, data, lines_of
from tests.kafka.build_worker import (
    WorkerProcess,
    caught_up,
    command,
    emitted,
    fed,
    made,
    month_of,
    replayed,
    states,
)
from tests.kafka.families import CATALOGUE
from tests.kafka.families import LINES as FAMILIES
from tests.kafka.spoil import (
    add_partition_to_one,
    add_partitions,
    delete_unread,
    lose_changelog,
    lose_offsets,
    make_input_anew,
    write_unknown_version,
)

pytestmark = pytest.mark.kafka

USAGE = lines_of([data(85)])
LINES = (*CATALOGUE, *month_of(10), *FAMILIES[len(CATALOGUE) :])


async def counted(bootstrap_servers: str, prefix: str, lines: tuple[bytes, ...] | list[bytes]) -> Settings:
    """Return the settings of an application that has counted the lines and is at rest."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, lines)
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()
    return settings


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lose_offsets, "has no offset of cdr, but the state stands at"),
        (lose_changelog, "has offsets, but its changelog has no state"),
        (
            make_input_anew,
            "cdr ends at 0, but was read to 1: is it a new topic?|group .* has no offset of cdr",
        ),
        (delete_unread, "cdr begins at 2, but was read to 1 only"),
        (add_partitions, "the topics have 5 partitions, but the states were kept for 4"),
        (add_partition_to_one, "partition counts differ, must be one number"),
        (write_unknown_version, "the changelog holds states of version"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_worker_stops_and_says_what_to_do(
    bootstrap_servers: str, prefix: str, spoil: Callable[[Settings], Awaitable[None]], words: str
) -> None:
    """Nothing is guessed and nothing starts over silently; nobody's number is in the log.

    A broker deletes a topic's offsets some time after the topic, so a partition may miss those first.
    """
    settings = await counted(bootstrap_servers, prefix, USAGE)
    if spoil is delete_unread:
        await fed(settings, lines_of([data(1, record_id="unread")], is_bare=True))
    await spoil(settings)

    with WorkerProcess(settings) as worker:
        status, log = worker.end()

    assert 1 == status
    assert re.search(words, log)
    assert "usagewatch rebuild" in log or "usagewatch state export" in log
    assert SUBSCRIBER not in log


async def test_rebuild_counts_all_that_is_there_anew_and_says_nothing_of_it(
    bootstrap_servers: str, prefix: str
) -> None:
    """Groups too: what travels between partitions is made anew, so the old messages are passed over."""
    settings = await counted(bootstrap_servers, prefix, LINES)
    raised, said = await emitted(settings, (SIGNALS, PORT_SIGNALS)), await emitted(settings, [CARE_EVENTS])
    await lose_changelog(settings)

    refused = await command(settings, "rebuild", typed="n\n")
    done = await command(settings, "rebuild", "--yes")
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        status = worker.stop()

    assert (1, 0, 0) == (refused.exit_code, done.exit_code, status), refused.output + done.output
    assert "nothing was changed" in refused.stderr
    silent = replace(Rules.default(), muted_until_ms=2**53)  # what was not offered anew is not remembered
    assert replayed(LINES, rules=silent) == await states(settings)
    again = await emitted(settings, (SIGNALS, PORT_SIGNALS))
    # A group's forecasts depend on which of its lines' partitions is ahead: others of them may be raised now.
    assert {name: 2 * count for name, count in raised.items()} == {name: again[name] for name in raised}
    assert (True, said) == (bool(said), await emitted(settings, [CARE_EVENTS]))


async def test_rebuild_says_first_what_is_gone_and_waits_for_the_workers(
    bootstrap_servers: str, prefix: str
) -> None:
    """A worker at work would write into what is being deleted."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, USAGE)
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        early = await command(settings, "rebuild", "--yes")
        worker.stop()
    await delete_unread(settings)

    done = await command(settings, "rebuild", "--yes", "--muted-until", "2026-12-01T00:00:00+08:00")
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        status = worker.stop()

    assert (1, 0, 0) == (early.exit_code, done.exit_code, status), done.output
    assert "1 worker is in group" in str(early.exception)
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in done.stderr.splitlines() if line}
    assert "1 1 nothing" == rows["cdr"]
    assert "1 0 what arrived from 2026-11-01T00:00:00.000Z on, of each key the newest" == rows["subscribers"]
    assert "silent until 2026-11-30T16:00:00.000Z" in done.stderr
    assert "muted_until=2026-11-30T16:00:00.000Z" in worker.log
    assert {} == (await states(settings))[SUBSCRIBER].get("windows", {})
