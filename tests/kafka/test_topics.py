"""Topics on a real broker: made, found right, found wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.errors import ConfigError
from schemas.topics import CDR, DEAD_LETTERS, GROUP_USAGE, PLANS, SUBSCRIBERS, TOPICS
from streams.kafka.topic_check import check, partition_of, problems, sample
from streams.kafka.topics import Options, all_topics, create, look
from streams.settings import Settings

pytestmark = pytest.mark.kafka

FOUR = Options(partition_count=4)


@pytest.fixture
def settings(bootstrap_servers: str, prefix: str) -> Settings:
    """Return the settings of an application of its own."""
    return Settings(bootstrap_servers=bootstrap_servers, topic_prefix=prefix, app_id="app")


@pytest.fixture
async def admin(bootstrap_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Return a client with which a test makes wrong topics."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await client.start()
    yield client
    await client.close()


async def made(settings: Settings, admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    """Make topics as somebody else would, and return when the broker shows them."""
    await admin.create_topics(topics)
    while {topic.name for topic in topics} - {  # noqa: ASYNC110 - a broker sets no event
        one.name for one in (await look(settings, all_topics("app"))).values()
    }:
        await asyncio.sleep(0.05)


async def test_create_makes_every_topic_and_check_finds_them_right(settings: Settings) -> None:
    """Every topic of the table and the application's changelog, with prefix."""
    created = await create(settings, FOUR)

    assert sorted(settings.topic(topic.name) for topic in all_topics("app")) == sorted(created.made)
    assert ([], []) == (await check(settings), await sample(settings))


async def test_created_topics_are_copartitioned_and_stamped_as_the_table_says(settings: Settings) -> None:
    """Inputs, outputs and changelog share the count; the catalogue has one partition."""
    await create(settings, FOUR)

    found = await look(settings, all_topics("app"))

    assert {1, 4} == {one.partition_count for one in found.values()}
    assert (1, 4) == (found[PLANS].partition_count, found["app-changelog"].partition_count)
    assert "8388608" == found[DEAD_LETTERS].settings["max.message.bytes"]
    assert {topic.name: topic.is_log_append_time for topic in TOPICS} == {
        topic.name: found[topic.name].settings["message.timestamp.type"] == "LogAppendTime"
        for topic in TOPICS
    }


async def test_creating_twice_changes_nothing(settings: Settings) -> None:
    """What is right is left alone and not complained of."""
    await create(settings, FOUR)

    again = await create(settings, FOUR)

    assert ((), len(all_topics("app")), ()) == (again.made, len(again.kept), again.findings)


async def test_create_reports_a_wrong_topic_and_makes_none_beside_it(
    settings: Settings, admin: AIOKafkaAdminClient
) -> None:
    """Topics of another count beside those that are there would only make it worse."""
    await made(settings, admin, [NewTopic(settings.topic(CDR), 8, 1)])

    created = await create(settings, FOUR)

    assert ((), (settings.topic(CDR),)) == (created.made, created.kept)
    assert f"{settings.topic(CDR)}: has 8 partitions, not 4" in [one.text for one in created.findings]


async def test_retention_and_any_time_are_made_as_asked(settings: Settings) -> None:
    """For ever is -1; the guard against the future is lifted on inputs."""
    await create(settings, Options(partition_count=1, retention_ms=-1, is_any_time=True))

    found = (await look(settings, all_topics("app")))[CDR].settings

    assert ("-1", str(2**63 - 1)) == (found["retention.ms"], found["message.timestamp.after.max.ms"])


async def test_history_is_never_compacted(settings: Settings) -> None:
    """The lag counts from a record's own time: kept for ever, an old version of a profile must stay, too."""
    await create(settings, Options(partition_count=1, retention_ms=-1))

    found = (await look(settings, all_topics("app")))[SUBSCRIBERS].settings
    assert str(2**63 - 1) == found["min.compaction.lag.ms"]


async def test_short_retention_is_made_and_then_complained_of_but_stops_no_worker(settings: Settings) -> None:
    """A person may know better; a worker loses nothing by it today."""
    await create(settings, Options(partition_count=1, retention_ms=30 * 86_400_000))

    said = [one.text for one in await check(settings)]

    assert f"{settings.topic(CDR)}: retention.ms is 2592000000 (30.0 days)" in " ".join(said)
    assert [] == await problems(settings)


async def test_topics_that_are_not_copartitioned_stop_a_worker(
    settings: Settings, admin: AIOKafkaAdminClient
) -> None:
    """A state in the wrong partition is found by nobody."""
    policy = {"cleanup.policy": "compact"}
    await made(settings, admin, [NewTopic(settings.topic(SUBSCRIBERS), 2, 1, topic_configs=policy)])
    await made(
        settings,
        admin,
        [
            NewTopic(settings.topic(topic.name), 4, 1, topic_configs={"cleanup.policy": _policy(topic.name)})
            for topic in all_topics("app")
            if topic.name != SUBSCRIBERS
        ],
    )

    said = await problems(settings)

    assert [f"partition counts differ, must be one number: 2 in {settings.topic(SUBSCRIBERS)}; 4 in "] == [
        one[: one.index("4 in ") + 5] for one in said
    ]


async def test_missing_topics_stop_a_worker(settings: Settings) -> None:
    """Each is named."""
    assert len(all_topics("app")) == len(await problems(settings))


async def test_cluster_of_the_release_before_is_told_what_it_lacks_and_gets_that_alone(
    settings: Settings, admin: AIOKafkaAdminClient
) -> None:
    """A topic that a later release brings is named like any that is missing, and made beside the others."""
    name, others = settings.topic(GROUP_USAGE), [one for one in all_topics("app") if one.name != GROUP_USAGE]
    policies = {one.name: {"cleanup.policy": _policy(one.name)} for one in others}
    await made(
        settings,
        admin,
        [NewTopic(settings.topic(topic), 4, 1, topic_configs=policy) for topic, policy in policies.items()],
    )

    said = await problems(settings)
    created = await create(settings, FOUR)

    assert [f"{name}: missing, `usagewatch topics create` makes it"] == said
    assert ((name,), []) == (created.made, await problems(settings))


async def test_broker_that_refuses_says_why(settings: Settings) -> None:
    """More replicas than brokers cannot be had."""
    with pytest.raises(ConfigError, match="replication factor of 32 cannot be reached"):
        await create(settings, Options(partition_count=1, replica_count=32))


async def test_sample_finds_keys_that_another_partitioner_placed(settings: Settings) -> None:
    """Counts and partition numbers; the key itself is shown to nobody."""
    await create(settings, FOUR)
    key = b"8613800000001"
    home = partition_of(key, 4)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers) as producer:
        await producer.send_and_wait(settings.topic(SUBSCRIBERS), b"{}", key=key)
        await producer.send_and_wait(settings.topic(CDR), b"{}", key=key, partition=(home + 1) % 4)

    said = " ".join(one.text for one in await sample(settings))

    assert f"{settings.topic(CDR)}: 1 sampled keys lie elsewhere" in said
    assert "1 sampled keys were seen in two partitions or more" in said
    assert key.decode() not in said


def _policy(name: str) -> str:
    return {topic.name: "compact" if topic.is_compacted else "delete" for topic in all_topics("app")}[name]
