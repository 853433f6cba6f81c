"""What one partition shows of itself: counters that move with its commits, sizes, and misrouted states."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from schemas.envelope import Emitted, Raw
from streams.kafka.batch import wall_clock_ms
from streams.kafka.movement import Movement
from streams.kafka.topic_check import home_of
from streams.metrics import LedgerShown, Metrics
from streams.pipeline import Pipeline

SAY_EVERY_S: Final = 60.0
"""Least time between two lines of a partition about rejected records."""

log = logging.getLogger(__name__)

Pair = tuple[str, str]
Triple = tuple[str, str, str]


class Tally:
    """Counts for one partition, from its opening with ``pipeline`` on."""

    def __init__(self, metrics: Metrics, movement: Movement, partition: int, *, partition_count: int) -> None:
        self._metrics = metrics
        self._movement = movement
        self._partition = partition
        self._partition_count = partition_count
        self._has_warned = False
        self._ledger = LedgerShown[Pair](metrics.ledger, {})
        self._rejected = LedgerShown[Pair](metrics.rejected, {})
        self._stages = LedgerShown[Triple](metrics.offers.stages, {})
        self._reasons = LedgerShown[Pair](metrics.offers.reasons, {})
        self._steps = LedgerShown[Triple](metrics.offers.steps, {})
        self._unsaid: Counter[tuple[str, str]] = Counter()
        self._say_next_s = 0.0

    def restored(self, pipeline: Pipeline) -> None:
        """Note the ledger that was restored: it has been counted before."""
        self._ledger = LedgerShown(self._metrics.ledger, pipeline.ledger)
        self._rejected = LedgerShown(self._metrics.rejected, pipeline.rejected)
        funnel = pipeline.funnel
        self._stages = LedgerShown(self._metrics.offers.stages, funnel.stages)
        self._reasons = LedgerShown(self._metrics.offers.reasons, funnel.reasons)
        self._steps = LedgerShown(self._metrics.offers.steps, funnel.sums())

    def committed(
        self,
        pipeline: Pipeline,
        records: Sequence[Raw],
        outputs: Sequence[Emitted],
        created: Iterable[str],
    ) -> None:
        """Count what a transaction has committed; ``created`` are the keys of states that are new with it."""
        metrics, partition = self._metrics, str(self._partition)
        self._movement.moved(self._partition)
        metrics.commits.inc()
        metrics.batch_records.labels(partition).set(len(records))
        metrics.latency.observe([raw.timestamp_ms for raw in records], wall_clock_ms())
        for labels, count in Counter((output.topic, output.type) for output in outputs).items():
            metrics.outputs.labels(*labels).inc(count)
        self._ledger.show(pipeline.ledger)
        self._stages.show(pipeline.funnel.stages)
        self._reasons.show(pipeline.funnel.reasons)
        self._steps.show(pipeline.funnel.sums())
        self._unsaid.update(self._rejected.show(pipeline.rejected))
        self._say_rejected()
        for what, size in pipeline.sizes().items():
            metrics.state.labels(partition, what).set(size)
        for key in created:
            self._check_place(key.encode())

    def _say_rejected(self) -> None:
        """Log how many records were rejected, and why, now and then: each one is on `dead-letters`."""
        if self._unsaid and time.monotonic() >= self._say_next_s:
            self._say_next_s = time.monotonic() + SAY_EVERY_S
            counts = {f"{topic}/{reason}": count for (topic, reason), count in self._unsaid.items()}
            self._unsaid.clear()
            log.warning(
                "records are rejected: `usagewatch dead-letters` shows them",
                extra={"partition": self._partition, "counts": counts},
            )

    def _check_place(self, key: bytes) -> None:
        """Count a new state that another partitioner than Kafka's default one brought here."""
        if home_of(key, self._partition_count) == self._partition:
            return
        self._metrics.misrouted.inc()
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "a producer does not use Kafka's default partitioner (murmur2): one subscriber's records "
                "may be in several partitions and are then counted apart",
                extra={"partition": self._partition},
            )
