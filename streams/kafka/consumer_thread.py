"""The thread that fetches for Faust's consumer and keeps up the membership.

Only committed records are read, each `Fetch` says which offsets it spans, and the group's coordinator can
be asked whether a partition is still ours. All of it runs beside aiokafka's consumer, in Faust's thread.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError, KafkaError
from faust.transport.drivers import aiokafka as driver

from schemas.envelope import Raw
from streams.kafka.closing import stop_consumer
from streams.kafka.merge import UNKNOWN, Answer, Ends, Fetch

if TYPE_CHECKING:
    from streams.kafka.transport import Consumer, Transport

FAUST_LOG: Final = logging.getLogger("faust.usagewatch")
"""Where Faust's services of ours say what Faust says, apart from our own lines."""
FETCH_WAIT_MS: Final = 250
"""How long the broker may keep an empty fetch: a partition that is let go waits for it at most."""
FETCH_MAX_BYTES: Final = 1 << 20
"""Of one topic's partition."""
ANSWER_MAX_BYTES: Final = 2 << 20
"""Of all in one answer: a larger one takes longer than `REQUEST_TIMEOUT_MS` over a slow line, is asked for
again, and never comes."""
REQUEST_TIMEOUT_MS: Final = 12_000
REBALANCE_TIMEOUT_MS: Final = 30_000


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust is not typed here
    """The thread that fetches and keeps up the membership."""

    logger = FAUST_LOG
    consumer: "Consumer"
    _told: dict[TopicPartition, tuple[int, int]]
    """Position and end of each partition as the last `Fetch` told them."""
    _ends: Ends

    def _create_worker_consumer(self, transport: "Transport") -> Any:  # noqa: ANN401 - aiokafka's consumer
        settings = transport.settings
        self._told = {}
        self._ends = Ends()
        self._assignor = self.app.assignor
        return aiokafka.AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            client_id=settings.app_id,
            group_id=settings.app_id,
            # Faust's own, because it keeps partition p of all inputs together whatever their order.
            partition_assignment_strategy=[self._assignor],
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_MAX_BYTES,
            fetch_max_bytes=ANSWER_MAX_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=max(settings.session_timeout_ms * 3 // 10, 300),
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            request_timeout_ms=max(REQUEST_TIMEOUT_MS, settings.session_timeout_ms + 1_000),
        )

    async def on_thread_stop(self) -> None:
        """Close the consumer, in Faust's order but in our way."""
        await super(driver.AIOKafkaConsumerThread, self).on_thread_stop()
        if self._consumer is not None:
            await stop_consumer(self._consumer, limit_s=None)  # the worker has a limit for all of it

    async def fetch(self, wanted: frozenset[TopicPartition], timeout_s: float) -> list[Fetch]:
        """Return what has been fetched of ``wanted`` and where every assigned partition stands now."""
        return await self.call_thread(self._fetch, wanted, timeout_s)  # type: ignore[no-any-return]

    async def _fetch(self, wanted: frozenset[TopicPartition], timeout_s: float) -> list[Fetch]:
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher  # noqa: SLF001 - aiokafka shows neither end nor start of a fetch
        if not self.consumer.flow_active:
            return []
        if consumer._closed or fetcher._closed:  # noqa: SLF001
            raise ConsumerStoppedError
        with consumer._subscription.fetch_context():  # noqa: SLF001 - it keeps the membership alive
            if wanted.isdisjoint(fetcher._records):  # noqa: SLF001
                await asyncio.wait([fetcher._create_fetch_waiter()], timeout=timeout_s)  # noqa: SLF001
            if not self.consumer.flow_active or wanted.isdisjoint(fetcher._records):  # noqa: SLF001
                return self._tell({}, {})
            starts = self._positions(wanted)
            for result in fetcher._records.values():  # noqa: SLF001
                if type(result) is FetchResult and (records := result._partition_records) is not None:  # noqa: SLF001
                    records._consumer_record = self._raw  # noqa: SLF001 - 3 µs a record less than a ConsumerRecord
            drained = await fetcher.fetched_records(wanted, timeout=0)
        return self._tell(drained, starts)

    def _raw(self, tp: TopicPartition, record: Any) -> Raw:  # noqa: ANN401 - aiokafka's compiled record
        return Raw(
            self.consumer.names[tp.topic],
            tp.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
        )

    def _assignment(self) -> Any:  # noqa: ANN401 - aiokafka's assignment, None before the first
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001
        return None if subscription is None else subscription.assignment

    def _positions(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        assignment = self._assignment()
        states = {tp: assignment.state_value(tp) for tp in tps} if assignment is not None else {}
        return {tp: state.position for tp, state in states.items() if state and state.has_valid_position}

    def _tell(
        self, drained: Mapping[TopicPartition, list[Raw]], starts: Mapping[TopicPartition, int]
    ) -> list[Fetch]:
        """Return a `Fetch` for each partition with records, and for each whose position or end is news."""
        assignment = self._assignment()
        if assignment is None:
            return []
        fetches = []
        answers = self._answers(assignment)
        self._ends.take(answers, drained)
        for tp in assignment.tps:
            state = assignment.state_value(tp)
            if not state.has_valid_position:
                continue
            is_known = state.lso is not None and self._ends.are_believed(tp, answers[tp])
            stands = (state.position, state.lso if is_known else UNKNOWN)
            records = drained.get(tp, [])
            if not records and self._told.get(tp) == stands:
                continue
            self._told[tp] = stands
            size_bytes = sum(len(raw.value) for raw in records if raw.value is not None)
            start = starts.get(tp, stands[0])
            fetches.append(
                Fetch(self.consumer.names[tp.topic], tp.partition, start, *stands, records, size_bytes)
            )
        return fetches

    def _answers(self, assignment: Any) -> dict[TopicPartition, Answer]:  # noqa: ANN401 - aiokafka's
        cluster = self._ensure_consumer()._client.cluster  # noqa: SLF001 - nobody else knows who leads what
        return {
            tp: Answer(cluster.leader_for_partition(tp), assignment.state_value(tp).timestamp or 0)
            for tp in assignment.tps
        }

    async def seek_all(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Make the next fetches start at ``offsets``, and tell where those partitions stand."""
        await self.call_thread(self._seek_all, offsets)

    async def _seek_all(self, offsets: Mapping[TopicPartition, int]) -> None:
        fetcher = self._ensure_consumer()._fetcher  # noqa: SLF001 - its seek refuses Faust's loops
        for tp, offset in offsets.items():
            fetcher.seek_to(tp, offset)
            self._told.pop(tp, None)
            # Of before: an answer on its way may be dropped here, and bring other topics' newer records.
            self._assignment().state_value(tp).lso = None

    async def owns(self, tps: frozenset[TopicPartition]) -> bool:
        """Tell whether the coordinator, asked now, confirms this member's generation and it holds ``tps``."""
        return await self.call_thread(self._owns, tps)  # type: ignore[no-any-return]

    async def _owns(self, tps: frozenset[TopicPartition]) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001 - no public heartbeat
        generation = coordinator.generation
        if generation <= 0 or coordinator.coordinator_id is None:
            return False
        try:
            if not await coordinator._do_heartbeat():  # noqa: SLF001
                return False
        except KafkaError:
            self.log.warning("heartbeat refused", exc_info=True)
            return False
        # A heartbeat is answered well during a rebalance too: then aiokafka has asked itself to join again.
        if coordinator._rejoin_needed_fut.done() or coordinator.generation != generation:  # noqa: SLF001
            return False
        assignment = self._assignment()
        return assignment is not None and assignment.active and tps <= assignment.tps
