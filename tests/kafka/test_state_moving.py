"""``usagewatch state export`` and ``import``: all states to other topics, other counts, and back."""

from collections import Counter
from pathlib import Path

import pytest

from schemas.topics import CDR, PORT_SIGNALS, SIGNALS
from streams.kafka.beginning import mark
from streams.kafka.states import find_state
from streams.settings import Settings
from tests.build import SUBSCRIBER, data, lines_of
from tests.kafka.build_worker import (
    WorkerProcess,
    caught_up,
    command,
    emitted,
    expected,
    fed,
    made,
    month_of,
    replayed,
    states,
)
from tests.kafka.families import CATALOGUE
from tests.kafka.families import LINES as FAMILIES
from tests.kafka.spoil import add_partitions, delete_unread, lose_offsets

pytestmark = pytest.mark.kafka

LINES = (*CATALOGUE, *month_of(30), *FAMILIES[len(CATALOGUE) :])
RAISED = (SIGNALS, PORT_SIGNALS)
USAGE = lines_of([data(85)])


async def worked(settings: Settings) -> int:
    """Let a worker count all that is there; return its exit status."""
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        return worker.stop()


async def test_states_move_to_another_number_of_partitions_in_mid_month(
    bootstrap_servers: str, prefix: str, tmp_path: Path
) -> None:
    """Half of a month here, half there: each signal once, every state as if nothing had happened."""
    old = await made(bootstrap_servers, f"{prefix}old.")
    new = await made(bootstrap_servers, f"{prefix}new.", partition_count=3)
    catalogue = [line for line in LINES if b'"topic":"plans"' in line or b'"topic":"addons"' in line]
    rest = [line for line in LINES if line not in set(catalogue)]
    half = len(rest) // 2
    file = tmp_path / "states"

    await fed(old, [*catalogue, *rest[:half]])
    statuses = [await worked(old)]
    written = await command(old, "state", "export", file)
    taken = await command(new, "state", "import", file)
    await fed(new, [*catalogue, *rest[half:]])
    statuses.append(await worked(new))

    assert ([0, 0], 0, 0) == (statuses, written.exit_code, taken.exit_code), written.output + taken.output
    raised = Counter(await emitted(old, RAISED)) + Counter(await emitted(new, RAISED))
    assert {name: n for name, n in expected(LINES).items() if name.startswith(RAISED)} == raised
    assert replayed(LINES) == await states(new)


async def test_states_move_when_partitions_are_added(
    bootstrap_servers: str, prefix: str, tmp_path: Path
) -> None:
    """The changelog has one more too, but its states were kept for four: keys go elsewhere now."""
    settings = await made(bootstrap_servers, prefix)
    people = [f"49153{number:03}" for number in range(60)]
    before = lines_of([data(60, subscriber_id=who, record_id=f"a{who}") for who in people])
    after = lines_of([data(30, subscriber_id=who, record_id=f"b{who}") for who in people], is_bare=True)
    await fed(settings, before)
    await worked(settings)
    await add_partitions(settings)
    file = tmp_path / "states"

    for arguments in (
        ("state", "export", file),
        ("rebuild", "--yes"),
        ("state", "import", file, "--read-from", "end"),
    ):
        done = await command(settings, *arguments)
        assert 0 == done.exit_code, done.output
    await fed(settings, after)
    status = await worked(settings)

    assert (0, replayed([*before, *after])) == (status, await states(settings))


async def test_states_outlive_the_groups_offsets(bootstrap_servers: str, prefix: str, tmp_path: Path) -> None:
    """Expired: export, empty, import again; the states know where they stopped, nothing is counted twice."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, USAGE)
    await worked(settings)
    await lose_offsets(settings)
    file = tmp_path / "states"

    for arguments in (
        ("state", "export", file),
        ("rebuild", "--yes"),
        ("state", "import", file, "--read-from", "stopped"),
    ):
        done = await command(settings, *arguments)
        assert 0 == done.exit_code, done.output
    await fed(settings, lines_of([data(2, record_id="next")], is_bare=True))
    status = await worked(settings)

    [found] = await find_state(settings, SUBSCRIBER)
    assert (0, {}) == (status, found.behind)
    assert (replayed([*USAGE, *lines_of([data(2, record_id="next")], is_bare=True)])) == await states(
        settings
    )


async def test_what_was_deleted_unread_can_be_done_without(
    bootstrap_servers: str, prefix: str, tmp_path: Path
) -> None:
    """Retention has passed the offset: the states go on at what is there."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, USAGE)
    await worked(settings)
    await fed(settings, lines_of([data(1, record_id="lost")], is_bare=True))
    await delete_unread(settings)
    kept = lines_of([data(2, record_id="kept")], is_bare=True)
    await fed(settings, kept)
    file = tmp_path / "states"

    await command(settings, "state", "export", file)
    await command(settings, "rebuild", "--yes")
    stopped = await command(settings, "state", "import", file, "--read-from", "stopped")
    taken = await command(settings, "state", "import", file, "--read-from", "2026-11-10T00:00:00Z")
    status = await worked(settings)

    assert "which has 2 to 3: is it another topic?" in str(stopped.exception)
    assert (0, 0) == (taken.exit_code, status), taken.output
    assert replayed([*USAGE, *kept]) == await states(settings)


async def test_import_takes_no_chances(bootstrap_servers: str, prefix: str, tmp_path: Path) -> None:
    """Where to read from is said or plain; what was not counted is not lost; nothing is written over."""
    settings = await made(bootstrap_servers, prefix)
    await fed(settings, USAGE)
    await worked(settings)
    drained, undrained, broken = tmp_path / "drained", tmp_path / "undrained", tmp_path / "broken"
    await command(settings, "state", "export", drained)
    await fed(settings, lines_of([data(1, record_id="unread")], is_bare=True))
    noted = await command(settings, "state", "export", undrained)
    broken.write_bytes(drained.read_bytes()[:-9])
    await command(settings, "rebuild", "--yes")

    said = {
        words: str((await command(settings, "state", "import", *arguments)).exception)
        for words, arguments in {
            "broken off": (broken, "--read-from", "end"),
            "say with --read-from": (drained,),
            f"1 of {CDR} were not counted yet": (undrained, "--read-from", "end"),
        }.items()
    }
    done = await command(settings, "state", "import", drained, "--read-from", "end")
    again = await command(settings, "state", "import", drained, "--read-from", "end")
    twice = await command(settings, "state", "export", drained)

    assert f"note: 1 of {CDR} are not counted yet" in noted.stderr
    assert all(words in found for words, found in said.items()), said
    assert 0 == done.exit_code, done.output
    assert "is not empty: `usagewatch rebuild` empties it" in str(again.exception)
    assert "is there already" in str(twice.exception)


async def test_a_worker_does_not_start_on_an_import_that_was_broken_off(
    bootstrap_servers: str, prefix: str
) -> None:
    """A part of the states looks like all of them: so each partition is marked first of all."""
    settings = await made(bootstrap_servers, prefix)
    await mark(settings, 4)

    with WorkerProcess(settings) as worker:
        status, log = worker.end()

    assert 1 == status
    assert "an import or a rebuild of the states did not finish" in log
