"""Replay lines into a real broker and out again."""

import subprocess
import sys
import time
from collections.abc import Iterable

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from schemas.decode import ID_FIELD
from schemas.errors import ConfigError
from schemas.times import format_instant
from schemas.topics import CDR, DEAD_LETTERS, SIGNALS
from streams.kafka.connection import producing
from streams.kafka.feed import Fed, Feeder, feed
from streams.kafka.tail import tail
from streams.kafka.topic_check import sample
from streams.kafka.topics import Options, all_topics, create, look
from streams.settings import Settings

pytestmark = pytest.mark.kafka

NOW_MS = time.time_ns() // 1_000_000
DAY_MS = 86_400_000


@pytest.fixture
async def settings(bootstrap_servers: str, prefix: str) -> Settings:
    """Return the settings of an application with topics of four partitions."""
    made = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id="app")
    await create(made, Options(partition_count=4))
    return made


def cdr(number: int, *, at_ms: int = NOW_MS) -> bytes:
    """Return the line of one usage record, without a key."""
    value = b'{"subscriber_id":"s%d", "bytes_up":%d}' % (number % 50, number)
    return b'{"topic":"cdr","timestamp":%d,"value":%b}' % (at_ms, value)


async def written(settings: Settings, lines: Iterable[bytes]) -> tuple[Fed, list[str]]:
    """Return what feeding the lines did and said."""
    said: list[str] = []
    return await feed(settings, lines, say=said.append), said


async def read(settings: Settings, topic: str, *, from_beginning: bool = True) -> list[bytes]:
    """Return all lines of a topic up to its end."""
    return [
        line
        async for lines in tail(settings, topic, from_beginning=from_beginning, until_end=True)
        for line in lines
    ]


async def test_what_is_fed_is_what_is_tailed(settings: Settings) -> None:
    """Key, timestamp and the value's own bytes survive; none is lost, none is there twice."""
    fed, said = await written(settings, (cdr(number) for number in range(20_000)))

    stamp = format_instant(NOW_MS).encode()
    expected = [
        b'{"topic":"cdr","timestamp":"%b","key":"s%d","value":{"subscriber_id":"s%d", "bytes_up":%d}}'
        % (stamp, number % 50, number % 50, number)
        for number in range(20_000)
    ]
    assert ({CDR: 20_000}, []) == (fed.sent, said)
    assert sorted(expected) == sorted(await read(settings, CDR))


async def test_each_key_stays_in_order_and_in_kafkas_own_partition(settings: Settings) -> None:
    """One subscriber's records are in one partition, as they stood in the file."""
    await written(settings, (cdr(number) for number in range(5_000)))

    by_key: dict[str, list[int]] = {}
    for record in map(orjson.loads, await read(settings, CDR)):
        by_key.setdefault(record["key"], []).append(record["value"]["bytes_up"])
    assert {f"s{key}": list(range(key, 5_000, 50)) for key in range(50)} == by_key
    assert [] == await sample(settings)


async def test_lines_that_are_no_record_are_counted_said_and_left_out(settings: Settings) -> None:
    """The rest goes on; the number of the line is said, its content is not."""
    fed, said = await written(settings, [cdr(1), b'{"secret', b"\n", cdr(2)])

    assert ({CDR: 2}, 1, ["line 2 is not written: not_json"]) == (fed.sent, fed.bad_count, said)


async def test_record_without_a_key_waits_for_its_reader_to_refuse_it(settings: Settings) -> None:
    """A bad value is written as it is; on a compacted topic a record without key cannot be."""
    lines = [b'{"topic":"cdr","value":[1]}', b'{"topic":"subscribers","value":[1]}']

    fed, said = await written(settings, lines)

    assert ({CDR: 1}, ["line 2 is not written: missing_field: key"]) == (
        fed.sent,
        [one for one in said if one.startswith("line")],
    )


async def test_records_older_than_the_retention_are_warned_of(settings: Settings) -> None:
    """A broker deletes them unread: a known trap."""
    lines = [cdr(1, at_ms=NOW_MS - 99 * DAY_MS), cdr(2, at_ms=NOW_MS - 97 * DAY_MS)]

    fed, said = await written(settings, lines)

    assert ({CDR: 1}, 1) == (fed.old, len(said))
    assert "older than its retention" in said[0]


async def test_timestamp_of_the_future_is_explained(settings: Settings) -> None:
    """The broker's guard is named, and how to lift it, and which lines it was."""
    with pytest.raises(
        ConfigError, match=r"lines 2 to 2: a timestamp is more than an hour ahead.*--any-time"
    ):
        await written(settings, [b"", cdr(1, at_ms=NOW_MS + 2 * DAY_MS)])


async def test_topics_made_for_any_time_take_the_future(bootstrap_servers: str, prefix: str) -> None:
    """``--any-time`` lifts the guard."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id="app")
    await create(settings, Options(partition_count=1, is_any_time=True))

    fed, _ = await written(settings, [cdr(1, at_ms=NOW_MS + 400 * DAY_MS)])

    assert {CDR: 1} == fed.sent


async def test_topic_that_is_missing_is_said(bootstrap_servers: str, prefix: str) -> None:
    """Nothing is created by accident."""
    settings = Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix)

    with pytest.raises(ConfigError, match=rf"{prefix}cdr: missing"):
        await written(settings, [cdr(1)])


@pytest.mark.parametrize("ordered", ["plans", "addons", "subscribers", "groups"])
async def test_what_usage_needs_is_there_before_it(settings: Settings, ordered: str) -> None:
    """Going to or from a profile, group or plan, all that was taken before is acknowledged."""
    field = ID_FIELD[ordered].encode()
    name = ordered.encode()
    seen: list[tuple[int, int]] = []

    async def visible() -> tuple[int, int]:
        return len(await read(settings, ordered)), len(await read(settings, CDR))

    async with producing(settings.bootstrap_servers, batch_bytes=65_536) as producer:
        inputs = await look(settings, all_topics("app"))
        feeder = Feeder(producer, settings, inputs, say=seen_nothing)
        for number in range(200):
            await feeder.take(number, b'{"topic":"%b","value":{"%b":"k%d"}}' % (name, field, number))
        await feeder.take(200, cdr(1))
        seen.append(await visible())
        await feeder.take(201, b'{"topic":"%b","value":{"%b":"k"}}' % (name, field))
        seen.append(await visible())
        await feeder.settle()

    assert [(200, 0), (200, 1)] == seen


def seen_nothing(sentence: str) -> None:
    """Fail: nothing is to be said."""
    pytest.fail(sentence)


async def test_tail_shows_only_what_is_committed_and_ends_behind_the_marker(settings: Settings) -> None:
    """An aborted transaction is not shown; the end is a position, since a marker is no message."""
    name = settings.topic(SIGNALS)
    async with AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, transactional_id=settings.topic("t")
    ) as producer:
        async with producer.transaction():
            await producer.send_and_wait(name, b'{"n":1}', key=b"a", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(name, b'{"n":2}', key=b"a", partition=0)
        await producer.abort_transaction()

        assert [1] == [orjson.loads(line)["value"]["n"] for line in await read(settings, SIGNALS)]


async def test_tail_until_the_end_does_not_wait_for_an_open_transaction(settings: Settings) -> None:
    """The end is the last stable offset at the start: what is open comes after it."""
    name = settings.topic(SIGNALS)
    async with AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, transactional_id=settings.topic("t")
    ) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(name, b'{"n":1}', key=b"a", partition=0)

        shown = await read(settings, SIGNALS)

        await producer.abort_transaction()
    assert [] == shown


async def test_tail_from_now_shows_nothing_of_before(settings: Settings) -> None:
    """Without ``--from-beginning`` only what comes is shown, and nothing comes before the end of now."""
    await written(settings, [cdr(1)])

    assert [] == await read(settings, CDR, from_beginning=False)


async def test_tail_shows_a_dead_letter_with_headers_and_bytes(settings: Settings) -> None:
    """Up to 8 MiB, and a dead letter's original bytes in base64."""
    large = b"x" * 7_000_000
    async with AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, max_request_size=8_388_608
    ) as producer:
        await producer.send_and_wait(
            settings.topic(DEAD_LETTERS), large, key=b"s", headers=[("reason", b"not_json")]
        )

    shown = [orjson.loads(line) for line in await read(settings, DEAD_LETTERS)]

    assert [("s", {"reason": "not_json"}, 9_333_336)] == [
        (one["key"], one["headers"], len(one["raw"])) for one in shown
    ]


async def test_tail_of_a_topic_that_is_none_names_those_that_are(settings: Settings) -> None:
    """A typing error is answered with the list."""
    with pytest.raises(ConfigError, match=r"cdrs: no topic of ours, there are .*cdr"):
        await read(settings, "cdrs")


async def test_reader_that_goes_away_is_no_fault(settings: Settings) -> None:
    """``usagewatch tail … | head -1`` says nothing on standard error."""
    await written(settings, (cdr(number) for number in range(20_000)))

    command = f"{sys.executable} -c 'from streams.cli import main; main()'"
    done = subprocess.run(  # noqa: ASYNC221 - nothing else runs in this test
        ["/bin/sh", "-c", f"{command} tail cdr --from-beginning --until-end | head -1"],
        capture_output=True,
        check=False,
        env={
            "USAGEWATCH_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            "USAGEWATCH_TOPIC_PREFIX": settings.topic_prefix,
            "USAGEWATCH_APP_ID": "app",
            "PATH": "/usr/bin:/bin",
        },
    )

    assert (1, b"") == (done.stdout.count(b"\n"), done.stderr)
