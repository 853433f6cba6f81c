"""Dead letters shown and sent back, on a real broker: each once, whatever is killed when."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable
from contextlib import aclosing
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import CDR, DEAD_LETTERS, REDRIVEN, SUBSCRIBERS
from streams.core.stored import decode_state
from streams.kafka.connection import onlooker, read_between
from streams.kafka.states import read_states
from streams.replay import Replay
from streams.settings import Settings
from tests.build import NOON, Line, data, lines_of, ms, plan, profile
from tests.kafka.build_worker import PARTITIONS, WorkerProcess, caught_up, fed, made, until
from tests.kafka.commands import run, started

pytestmark = pytest.mark.kafka

BREAKING = str(Path(__file__).with_name("breaking_worker.py"))
CROWD = [f"86{number:06}" for number in range(200)]
SLOW = "import streams.kafka.redrive as one; one.SLICE_LETTERS = 5; from streams.cli import main; main()"
"""The real command, but that it sends little at a time, so that a kill or another run comes between."""

Record = tuple[bytes | None, bytes | None, int]
"""Key, value, timestamp."""


def records(crowd: Iterable[str], *, rounds: int = 1) -> list[Line]:
    """Return so many pairs of records of each: one that breaks our code, then a good one."""
    return [
        data(1, subscriber_id=who, source=source, record_id=f"{source}-{turn}")
        for turn in range(rounds)
        for who in crowd
        for source in ("breaks", "good")
    ]


def setting() -> list[Line]:
    """Return plan and profiles."""
    return [plan(), *(profile(subscriber_id=who) for who in CROWD)]


async def read(settings: Settings, topic: str) -> list[Record]:
    """Return what lies on a topic, committed, partition by partition."""
    found: list[Record] = []
    async with onlooker(settings.bootstrap_servers) as consumer:
        for number in range(PARTITIONS):
            place = TopicPartition(settings.topic(topic), number)
            end = (await consumer.end_offsets([place]))[place]
            async with aclosing(read_between(consumer, place, 0, end)) as some:
                async for batch in some:
                    found += [(one.key, one.value, one.timestamp) for one in batch]
    return found


async def some_sent(settings: Settings, sender: "subprocess.Popen[str]") -> None:
    """Return once the sender has marked some more as sent; fail if it has ended before that."""
    places = [TopicPartition(settings.topic(REDRIVEN), number) for number in range(PARTITIONS)]
    async with onlooker(settings.bootstrap_servers) as consumer:
        before = await consumer.end_offsets(places)
        while await consumer.end_offsets(places) == before:
            assert sender.poll() is None


async def poisoned(settings: Settings, lines: list[bytes]) -> None:
    """Feed lines to a worker whose code breaks on some of them, until all is read."""
    await fed(settings, lines)
    with WorkerProcess(settings, [BREAKING]) as worker:
        await caught_up(settings, worker)
        worker.stop()


async def used(settings: Settings) -> dict[str, int]:
    """Return what each subscriber has used, by the states that are committed."""
    found = {}
    async with aclosing(read_states(settings)) as states:
        async for key, value in states:
            found[key] = sum(
                usage.used for one in decode_state(value).periods for usage in one.buckets.values()
            )
    return found


def replayed(lines: Iterable[bytes]) -> dict[str, int]:
    """Return what each has used by a replay."""
    replay = Replay()
    for _ in replay.run(lines):
        pass
    return {
        key: sum(usage.used for one in decode_state(value).periods for usage in one.buckets.values())
        for key, value in replay.pipeline.states()
    }


async def test_defects_are_sent_back_as_they_were_and_count_once_their_cause_is_mended(
    bootstrap_servers: str, prefix: str
) -> None:
    """Key, bytes and time are the record's; the ledger adds up; a second run sends nothing."""
    settings = await made(bootstrap_servers, prefix)
    lines = lines_of([*setting(), *records(CROWD)], is_bare=True)
    await poisoned(settings, lines)
    before = await read(settings, CDR)

    dry = await run(settings, "redrive", "--reason", "defect", "--dry-run", "--json")
    unsure = await run(settings, "redrive", "--reason", "defect")
    untouched = await read(settings, CDR)
    first = await run(settings, "redrive", "--reason", "defect", "--yes", "--json")
    second = await run(settings, "redrive", "--reason", "defect", "--yes")
    after = await read(settings, CDR)
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        counts = [
            worker.sample("usagewatch_records_total", topic=CDR, disposition=what)
            for what in ("read", "applied", "dead", "duplicate", "held")
        ]
        worker.stop()

    count = len(CROWD)
    sent = [{"topic": "cdr", "reason": "defect", "count": count}]
    assert [(False, sent), (True, sent)] == [
        (found["is_done"], found["sent"]) for found in (orjson.loads(dry.output), orjson.loads(first.output))
    ]
    assert (1, before) == (unsure.exit_code, untouched)
    assert "nothing to send back" in second.output
    assert f"not sent: {count}: sent before" in second.output
    again = Counter(after) - Counter(before)
    assert again == Counter(one for one in before if b'"breaks"' in (one[1] or b""))
    assert {ms(NOON)} == {timestamp for *_, timestamp in again}
    assert [count, count, 0, 0, 0] == counts
    assert replayed(lines) == await used(settings)


async def test_a_redrive_that_is_killed_in_the_middle_again_and_again_sends_each_once(
    bootstrap_servers: str, prefix: str
) -> None:
    """Kill -9 five times; the run that is let through sends what is left."""
    settings = await made(bootstrap_servers, prefix)
    await poisoned(settings, lines_of([*setting(), *records(CROWD, rounds=3)], is_bare=True))
    before = await read(settings, CDR)
    sent_counts = [0]

    for _ in range(5):
        one = started(settings, "redrive", "--reason", "defect", "--yes", code=SLOW)
        await some_sent(settings, one)
        one.kill()
        await asyncio.to_thread(one.communicate)
        sent_counts.append(len(await read(settings, REDRIVEN)))
    last = await run(settings, "redrive", "--reason", "defect", "--yes")
    again = Counter(await read(settings, CDR)) - Counter(before)

    assert sent_counts == sorted(sent_counts)
    assert 0 < sent_counts[-1] < 3 * len(CROWD), "some were sent, and never all"
    assert 0 == last.exit_code
    assert again == Counter(one for one in before if b'"breaks"' in (one[1] or b""))
    assert {1} == set(Counter(key for key, *_ in await read(settings, REDRIVEN)).values())


async def test_of_two_at_once_the_older_one_is_fenced_and_each_is_sent_once(
    bootstrap_servers: str, prefix: str
) -> None:
    """Asleep while the second takes over what it has not sent, it wakes up, ends, and says so."""
    settings = await made(bootstrap_servers, prefix)
    await poisoned(settings, lines_of([*setting(), *records(CROWD, rounds=3)], is_bare=True))
    before = await read(settings, CDR)

    older = started(settings, "redrive", "--reason", "defect", "--yes", code=SLOW)
    await some_sent(settings, older)
    older.send_signal(signal.SIGSTOP)
    newer = await run(settings, "redrive", "--reason", "defect", "--yes")
    older.send_signal(signal.SIGCONT)
    said, _ = await asyncio.to_thread(older.communicate)
    again = Counter(await read(settings, CDR)) - Counter(before)

    assert (0, 1) == (newer.exit_code, older.returncode), said
    assert "another redrive has taken over" in said
    assert "Traceback" not in said
    assert again == Counter(one for one in before if b'"breaks"' in (one[1] or b""))


async def test_two_that_start_together_send_each_once(bootstrap_servers: str, prefix: str) -> None:
    """Whoever fences whom: at least one gets through, and together they send everything."""
    settings = await made(bootstrap_servers, prefix)
    await poisoned(settings, lines_of([*setting(), *records(CROWD)], is_bare=True))
    before = await read(settings, CDR)

    both = [started(settings, "redrive", "--reason", "defect", "--yes", code=SLOW) for _ in range(2)]
    said = [await asyncio.to_thread(one.communicate) for one in both]
    left = await run(settings, "redrive", "--reason", "defect", "--yes")
    again = Counter(await read(settings, CDR)) - Counter(before)

    assert 0 in {one.returncode for one in both}, said
    assert [one.returncode == 1 for one in both] == ["counts and is not sent again" in out for out, _ in said]
    assert "Traceback" not in str(said)
    assert "nothing to send back" in left.output
    assert again == Counter(one for one in before if b'"breaks"' in (one[1] or b""))


async def test_a_profile_that_a_newer_one_has_replaced_is_not_sent_back(
    bootstrap_servers: str, prefix: str
) -> None:
    """It would undo what has come since; one without a newer record is sent."""
    settings = await made(bootstrap_servers, prefix)
    old, only = CROWD[0], CROWD[1]
    lines = [profile(subscriber_id=who, note="breaks", language="zh") for who in (old, only)]
    await poisoned(
        settings, lines_of([plan(), *lines, profile(subscriber_id=old, language="en")], is_bare=True)
    )

    sent = await run(settings, "redrive", "--reason", "defect", "--yes", "--json")
    with WorkerProcess(settings) as worker:
        await caught_up(settings, worker)
        worker.stop()
    languages = {}
    async with aclosing(read_states(settings)) as states:
        async for key, value in states:
            found = decode_state(value).read_profile()
            languages[key] = found and found.language

    said = orjson.loads(sent.output)
    assert [{"topic": SUBSCRIBERS, "reason": "defect", "count": 1}] == said["sent"]
    assert {"superseded": 1} == said["not_sent"]
    assert {old: "en", only: "zh"} == languages


LETTERS = {
    "cdr 7 plain": {"topic": "cdr", "partition": "0", "offset": "7"},
    "cdr 8 via its group": {"topic": "cdr", "partition": "0", "offset": "8", "via": "group-usage"},
    "cdr 9 of a group elsewhere": {"topic": "cdr", "partition": "3", "offset": "9"},
    "line 5 of a file": {"topic": "file", "partition": "0", "offset": "5"},
    "cdr 10 from the future": {
        "topic": "cdr",
        "partition": "0",
        "offset": "10",
        "timestamp": "2999-01-01T00:00:00Z",
    },
    "cdr 7 again": {"topic": "cdr", "partition": "0", "offset": "7"},
}


async def test_what_cannot_be_sent_back_is_named_with_why(bootstrap_servers: str, prefix: str) -> None:
    """And what somebody else wrote on the topic is no letter."""
    settings = await made(bootstrap_servers, prefix)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers) as producer:
        name = settings.topic(DEAD_LETTERS)
        for value, own in LETTERS.items():
            usual = {"reason": "defect", "detail": "", "timestamp": NOON}
            headers = [(key, text.encode()) for key, text in (usual | own).items()]
            await producer.send_and_wait(name, value.encode(), key=b"k", partition=0, headers=headers)
        await producer.send_and_wait(name, b"no letter", key=b"k", partition=0)

    sent = await run(settings, "redrive", "--reason", "defect", "--yes", "--json")
    found = await read(settings, CDR)

    assert [(b"k", b"cdr 7 plain", ms(NOON))] == found
    assert {"counted": 2, "no_input": 1, "refused": 1, "sent": 1} == orjson.loads(sent.output)["not_sent"]


async def test_dead_letters_are_counted_and_listed_without_content_and_one_is_shown_when_asked_for(
    bootstrap_servers: str, prefix: str
) -> None:
    """Number, key and content of a subscriber only with --show and --raw."""
    settings = await made(bootstrap_servers, prefix)
    who = CROWD[0]
    bad = [data(1, subscriber_id=who, started_at="never", record_id=f"n{number}") for number in range(3)]
    await poisoned(
        settings, lines_of([plan(), profile(subscriber_id=who), *bad, *records([who])], is_bare=True)
    )

    listed = (await run(settings, "dead-letters")).output
    only = (await run(settings, "dead-letters", "--reason", "bad_field", "--limit", 1)).output
    later = (await run(settings, "dead-letters", "--since", "2999-01-01T00:00:00Z")).output
    await run(settings, "redrive", "--reason", "defect", "--yes")
    rows = [
        orjson.loads(line) for line in (await run(settings, "dead-letters", "--json")).output.splitlines()
    ]
    place = next("{topic}/{partition}/{offset}".format(**row) for row in rows if row["reason"] == "defect")
    shown = (await run(settings, "dead-letters", "--show", place)).output
    raw = (await run(settings, "dead-letters", "--raw", place)).output_bytes
    missing = await run(settings, "dead-letters", "--show", "cdr/0/999")

    assert ["topic", "reason", "count", "sent", "back"] == listed.splitlines()[0].split()
    assert [["cdr", "bad_field", "3", "0"], ["cdr", "defect", "1", "0"]] == [
        line.split() for line in listed.splitlines()[1:3]
    ]
    assert ("started_at" in listed, who in listed + only + str(rows)) == (True, False)
    assert "and 2 more" in only
    assert "no dead letters" in later
    assert {("bad_field", False): 3, ("defect", True): 1} == Counter(
        (r["reason"], r["redriven"]) for r in rows
    )
    assert all(text in shown for text in (who, '"source": "breaks"', "defect"))
    assert "breaks" == orjson.loads(raw)["source"]
    assert (1, True) == (missing.exit_code, "there is no dead letter of cdr/0/999" in missing.output)


async def test_unknown_subscribers_count_once_their_profiles_have_come(
    bootstrap_servers: str, prefix: str
) -> None:
    """Held for three days in vain, then dead letters; sent back with their own arrival they are counted."""
    settings = await made(bootstrap_servers, prefix)
    lost = [data(1, subscriber_id=who, record_id="lost") for who in CROWD]
    later = [data(1, subscriber_id=who, at="2026-11-15T12:00:00Z", record_id="later") for who in CROWD]
    profiles = [profile(subscriber_id=who, arrives="2026-11-15T12:00:01Z") for who in CROWD]
    await fed(settings, lines_of([plan(), *lost, *later], is_bare=True))
    with WorkerProcess(settings) as worker:
        expired = "expired"
        await until(
            lambda: worker.sample("usagewatch_records_total", topic=CDR, disposition=expired) >= len(CROWD),
            expired,
        )
        await fed(settings, lines_of(profiles, is_bare=True))
        await caught_up(settings, worker)
        sent = await run(settings, "redrive", "--reason", "unknown_subscriber", "--yes", "--json")
        await caught_up(settings, worker)
        ledger = Counter(
            {
                what: int(worker.sample("usagewatch_records_total", topic=CDR, disposition=what))
                for what in ("read", "applied", "duplicate", "held", "dead", "released", "expired")
            }
        )
        worker.stop()

    assert len(CROWD) == orjson.loads(sent.output)["sent"][0]["count"]
    assert 3 * len(CROWD) == ledger["read"]
    assert ledger["read"] == ledger["applied"] + ledger["duplicate"] + ledger["held"] + ledger["dead"]
    assert ledger["held"] == ledger["released"] + ledger["expired"]
    assert replayed(lines_of([plan(), *profiles, *lost, *later], is_bare=True)) == await used(settings)
