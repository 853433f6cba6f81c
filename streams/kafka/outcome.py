"""All that one transaction of a partition writes: outputs, states, the meta record, and what is wrong."""

from collections.abc import Mapping

from aiokafka import TopicPartition

from schemas.topics import changelog
from streams.core.control import Told, Trouble
from streams.core.stored import META_KEY, encode_meta
from streams.kafka.batch import Done, Work
from streams.kafka.control import trouble_messages
from streams.kafka.messages import Message, by_place
from streams.kafka.opening import Kept
from streams.settings import Settings


def messages_of(
    settings: Settings, kept: Kept, work: Work, done: Done, *, offsets: Mapping[str, int]
) -> tuple[dict[TopicPartition, list[Message]], Told]:
    """Return what a transaction writes that takes a partition from ``kept`` to ``done`` and ``offsets``.

    Also what will have been told on the control topic.
    """
    pipeline, partition, count = kept.pipeline, kept.partition, kept.partition_count
    meta = pipeline.meta(offsets=dict(offsets), partition_count=count)
    meta.breaker, meta.lag_ms = done.breaker, kept.lag_ms
    messages = by_place(done.outputs, partition=partition, partition_count=count, physical=settings.topic)
    trouble, told = Trouble.of(done.breaker), kept.told
    if told is None or not told.is_enough(trouble, wall_ms=work.wall_ms):
        messages |= trouble_messages(settings, partition, trouble)
        told = Told(trouble, work.wall_ms)
    place = TopicPartition(settings.topic(changelog(settings.app_id).name), partition)
    states = [Message(key, value) for key, value in pipeline.changes()]
    return messages | {place: [*states, Message(META_KEY, encode_meta(meta))]}, told
