"""What one partition shows of itself: counters that move with its commits, sizes, and misrouted states."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from schemas.envelope import Emitted, Raw
from streams.kafka.batch import wall_clock_ms
from streams.kafka.topic_check import partition_of
from streams.metrics import LedgerShown, Metrics
from streams.pipeline import Pipeline

GROUP: Final = b"group/"
"""Before the id in the key of a group's own state, which is in the partition of the id alone."""

log = logging.getLogger(__name__)


class Tally:
    """Counts for one partition, from its opening with ``pipeline`` on."""

    def __init__(self, metrics: Metrics, partition: int, *, partition_count: int) -> None:
        self._metrics = metrics
        self._partition = partition
        self._partition_count = partition_count
        self._has_warned = False
        self._ledger = LedgerShown(metrics.ledger, {})
        self._rejected = LedgerShown(metrics.rejected, {})

    def restored(self, pipeline: Pipeline) -> None:
        """Note the ledger that was restored: it has been counted before."""
        self._ledger = LedgerShown(self._metrics.ledger, pipeline.ledger)
        self._rejected = LedgerShown(self._metrics.rejected, pipeline.rejected)

    def committed(
        self,
        pipeline: Pipeline,
        records: Sequence[Raw],
        outputs: Sequence[Emitted],
        created: Iterable[str],
    ) -> None:
        """Count what a transaction has committed; ``created`` are the keys of states that are new with it."""
        metrics, partition = self._metrics, str(self._partition)
        metrics.commits.inc()
        metrics.batch_records.labels(partition).set(len(records))
        metrics.latency.observe([raw.timestamp_ms for raw in records], wall_clock_ms())
        for labels, count in Counter((output.topic, output.type) for output in outputs).items():
            metrics.outputs.labels(*labels).inc(count)
        self._ledger.show(pipeline.ledger)
        self._rejected.show(pipeline.rejected)
        for what, size in pipeline.sizes().items():
            metrics.state.labels(partition, what).set(size)
        for key in created:
            self._check_place(key.encode().removeprefix(GROUP))

    def _check_place(self, key: bytes) -> None:
        """Count a new state that another partitioner than Kafka's default one brought here."""
        if partition_of(key, self._partition_count) == self._partition:
            return
        self._metrics.misrouted.inc()
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "a producer does not use Kafka's default partitioner (murmur2): one subscriber's records "
                "may be in several partitions and are then counted apart",
                extra={"partition": self._partition},
            )
