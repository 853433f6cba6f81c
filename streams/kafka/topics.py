"""The topics on a cluster: made as `schemas.topics` says, and looked at as they are.

A topic that is there already is never changed: what is wrong with it is for a person to decide. What
counts as wrong stands in `streams.kafka.topic_rules`.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    LeaderNotAvailableError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.times import MS_PER_DAY
from schemas.topics import DEAD_LETTERS, TOPICS, Role, Topic, changelog, control
from streams.kafka.connection import administration
from streams.kafka.topic_rules import (
    ANY_TIME_MS,
    FOREVER_MS,
    LARGE_BYTES,
    READ_WHOLE,
    Finding,
    Found,
    faults,
    unlike,
)
from streams.settings import Settings

RETENTION_DAYS: Final = 98
"""A period (31 days), its late horizon (60) and a week to notice that nobody reads."""
COMPACTION_LAG_DAYS: Final = 7
"""A backlog is read with the profile of its time, so a week's older versions of a profile stay."""
CHANGELOG_SEGMENT_BYTES: Final = 64 * 1024 * 1024
"""The newest segment is never compacted: of the default size, a start reads 1 GiB a partition."""
CONTROL_SEGMENT_BYTES: Final = 4 * 1024 * 1024
VISIBLE_TRIES: Final = 300
VISIBLE_PAUSE_S: Final = 0.1
QUORUM_REPLICAS: Final = 3
"""From so many replicas on, a write waits for two of them: one broker may be away and nothing is lost."""


class Options(Struct, frozen=True):
    """What a person asked for. ``retention_ms`` None: the default for a new topic, and none is held wrong."""

    partition_count: int
    replica_count: int = 1
    retention_ms: int | None = None
    is_any_time: bool = False
    """Lift the broker's guard against timestamps more than an hour ahead."""


class Created(Struct, frozen=True):
    """What `create` did: physical names."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    findings: tuple[Finding, ...]
    """What is wrong with the topics that were there already."""


def all_topics(app_id: str) -> tuple[Topic, ...]:
    """Return every topic that a worker of the application ``app_id`` needs."""
    return (*TOPICS, changelog(app_id), control(app_id))


async def create(settings: Settings, options: Options) -> Created:
    """Make the topics that are missing, unless one of the others is gravely wrong; leave those alone.

    Raises: ConfigError when the broker refuses one, with what it says.
    """
    topics = all_topics(settings.app_id)
    async with administration(settings.bootstrap_servers) as client:
        found = await describe(client, topics, prefix=settings.topic_prefix)
        missing = [topic for topic in topics if topic.name not in found]
        kept = [topic for topic in topics if topic.name in found]
        wrong = tuple(_wrong(kept, found, options))
        if any(finding.is_grave for finding in wrong):
            # Topics of another partition count beside those that are there would make it worse.
            missing = []
        if missing:
            await _make(client, [_new(topic, settings.topic(topic.name), options) for topic in missing])
            await _until_there(client, missing, prefix=settings.topic_prefix)
    return Created(
        made=tuple(settings.topic(topic.name) for topic in missing),
        kept=tuple(settings.topic(topic.name) for topic in kept),
        findings=wrong,
    )


def _wrong(topics: Iterable[Topic], found: Mapping[str, Found], options: Options) -> Iterator[Finding]:
    for topic in topics:
        yield from faults(topic, found[topic.name])
        yield from unlike(topic, found[topic.name], wanted=_asked(topic, options))


async def look(settings: Settings, topics: Iterable[Topic]) -> Mapping[str, Found]:
    """Return those of the topics that exist, by logical name."""
    async with administration(settings.bootstrap_servers) as client:
        return await describe(client, topics, prefix=settings.topic_prefix)


async def describe(
    client: AIOKafkaAdminClient, topics: Iterable[Topic], *, prefix: str
) -> Mapping[str, Found]:
    """Return those of the topics that exist, by logical name."""
    logical = {prefix + topic.name: topic.name for topic in topics}
    entries = {
        entry["topic"]: entry["partitions"]
        for entry in await client.describe_topics(list(logical))
        if _exists(entry["topic"], entry["error_code"])
    }
    if not entries:
        return {}
    settings = await _settings(client, entries)
    return {
        logical[name]: Found(
            name=name,
            partition_count=len(partitions),
            replica_count=min(len(partition["replicas"]) for partition in partitions),
            settings=settings[name],
        )
        for name, partitions in entries.items()
    }


def _exists(name: str, error_code: int) -> bool:
    """Return whether the metadata know the topic. Raises: ConfigError when they do not say."""
    if not error_code:
        return True
    error = for_code(error_code)
    if error is UnknownTopicOrPartitionError:
        return False
    if error is LeaderNotAvailableError:
        return True
    raise ConfigError([f"{name}: the broker does not describe it: {error.description}"])


async def _settings(client: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    settings = {}
    for response in await client.describe_configs(resources):
        for error_code, message, _kind, name, entries, *_ in response.resources:
            if error_code:
                raise ConfigError([f"{name}: its settings cannot be read: {message or for_code(error_code)}"])
            settings[name] = {entry[0]: entry[1] for entry in entries}
    return settings


def _asked(topic: Topic, options: Options) -> Found:
    """Return the topic as it would be made; what was not asked for is left out of its settings."""
    settings: dict[str, str] = {}
    if options.retention_ms is not None and not topic.is_compacted:
        settings["retention.ms"] = str(options.retention_ms)
    if options.is_any_time and not topic.is_log_append_time:
        settings["message.timestamp.after.max.ms"] = str(ANY_TIME_MS)
    return Found(
        name=topic.name,
        partition_count=1 if topic.role in READ_WHOLE else options.partition_count,
        replica_count=options.replica_count,
        settings=settings,
    )


def _new(topic: Topic, name: str, options: Options) -> NewTopic:
    asked = _asked(topic, options)
    return NewTopic(
        name=name,
        num_partitions=asked.partition_count,
        replication_factor=asked.replica_count,
        topic_configs={**_defaults(topic, options), **asked.settings},
    )


def _defaults(topic: Topic, options: Options) -> dict[str, str]:
    settings = {
        "cleanup.policy": "compact" if topic.is_compacted else "delete",
        "message.timestamp.type": "LogAppendTime" if topic.is_log_append_time else "CreateTime",
        "min.insync.replicas": "2" if options.replica_count >= QUORUM_REPLICAS else "1",
    }
    if not topic.is_compacted:
        settings["retention.ms"] = str(RETENTION_DAYS * MS_PER_DAY)
        settings["retention.bytes"] = str(FOREVER_MS)  # else a busy day deletes what is still needed
    elif topic.role is Role.INPUT:
        # The lag counts from a record's own time, so of a history nothing would be spared.
        is_history = options.retention_ms == FOREVER_MS
        settings["min.compaction.lag.ms"] = str(
            ANY_TIME_MS if is_history else COMPACTION_LAG_DAYS * MS_PER_DAY
        )
        # A worker that was away for longer than a tombstone is kept would never hear of it.
        settings["delete.retention.ms"] = str(RETENTION_DAYS * MS_PER_DAY)
    if topic.name == DEAD_LETTERS or topic.role is Role.CHANGELOG:
        settings["max.message.bytes"] = str(LARGE_BYTES)
    if topic.role is Role.CHANGELOG:
        settings["segment.bytes"] = str(CHANGELOG_SEGMENT_BYTES)
    if topic.role is Role.CONTROL:
        settings["segment.bytes"] = str(CONTROL_SEGMENT_BYTES)
    return settings


async def _until_there(client: AIOKafkaAdminClient, topics: Sequence[Topic], *, prefix: str) -> None:
    """Return when the brokers know what the controller has made: some milliseconds later."""
    for _ in range(VISIBLE_TRIES):
        if len(await describe(client, topics, prefix=prefix)) == len(topics):
            return
        await asyncio.sleep(VISIBLE_PAUSE_S)
    raise ConfigError(["the topics are made, but the brokers do not show them yet: look with `topics check`"])


async def _make(client: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    response = await client.create_topics(topics)
    mistakes = []
    for name, error_code, *message in response.topic_errors:
        error = for_code(error_code)
        # Somebody else made it in this moment: fine, `check` looks at it.
        if error_code and error is not TopicAlreadyExistsError:
            mistakes.append(f"{name}: {next(filter(None, message), None) or error.description}")
    if mistakes:
        raise ConfigError(mistakes)
