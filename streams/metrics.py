"""Every metric: name, help, labels, buckets. The ledger's move only with a commit; labels are closed sets."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

LATENCY_BOUNDS_S: Final = (
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 86_400.0,
)  # fmt: skip
Labels = TypeVar("Labels", bound=tuple[str, ...])
PHASES: Final = ("opening", "running", "paused", "waiting", "parked")
"""What a partition does: restores, takes records, takes none until a person resumes it, waits after an error,
has been taken away."""


class Latency(Collector):
    """Seconds from a record's arrival to the commit of what it caused.

    Prometheus' own histogram takes one value at a time, which costs as much as a tenth of a record's whole
    way; this one takes a transaction's records at once.
    """

    def __init__(self) -> None:
        self._counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self._sum_s = 0.0
        self._bounds_ms = [bound * 1000 for bound in LATENCY_BOUNDS_S]

    def observe(self, arrivals_ms: Iterable[int], now_ms: int) -> None:
        """Count each arrival as committed at ``now_ms``."""
        counts, bounds_ms, total_ms = self._counts, self._bounds_ms, 0
        for arrival_ms in arrivals_ms:
            waited_ms = max(now_ms - arrival_ms, 0)
            total_ms += waited_ms
            counts[bisect_left(bounds_ms, waited_ms)] += 1
        self._sum_s += total_ms / 1000

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Yield the histogram as Prometheus shows it."""
        buckets, total = [], 0
        for bound, count in zip((*map(str, LATENCY_BOUNDS_S), "+Inf"), self._counts, strict=True):
            total += count
            buckets.append((bound, total))
        yield HistogramMetricFamily(
            "usagewatch_arrival_to_commit_seconds",
            "Time from a record's arrival on Kafka to the commit of what it caused.",
            buckets=buckets,
            sum_value=self._sum_s,
        )


class OfferMetrics:
    """What became of offers: the counts of `streams.funnel`."""

    def __init__(self, counter: Callable[..., Counter]) -> None:
        self.stages = counter(
            "offers_total",
            "Offers by how far they have come: each that is proposed is either made or suppressed.",
            "kind",
            "channel",
            "stage",
        )
        self.reasons = counter(
            "offers_suppressed_total", "Offers not made, under each reason that applied.", "kind", "reason"
        )
        self.steps = counter(
            "offer_price_step_total",
            "What offers that were made would add to the cost of a month (up) or take off it (down).",
            "kind",
            "currency",
            "direction",
        )


class Metrics:
    """A worker's metrics, in a registry of their own."""

    def __init__(self) -> None:
        # When a counter began is in no dashboard, and doubles what is written.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client has no types there
        self.registry = CollectorRegistry()

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"usagewatch_{name}", what, labels, registry=self.registry)

        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(f"usagewatch_{name}", what, labels, registry=self.registry)

        self.ledger = counter(
            "records_total",
            "Input records by what became of them: read = applied + duplicate + held + dead.",
            "topic",
            "disposition",
        )
        self.rejected = counter("records_rejected_total", "Records sent to dead-letters.", "topic", "reason")
        self.outputs = counter("outputs_total", "Records written, by topic and type.", "topic", "type")
        self.offers = OfferMetrics(counter)
        self.commits = counter("commits_total", "Transactions committed.")
        self.failures = counter(
            "partition_failures_total", "Times a partition was stopped by an error, to open again.", "kind"
        )
        self.defects = counter("defects_total", "Records on which our own code raised.", "topic")
        self.misrouted = counter(
            "misrouted_total", "States created in another partition than Kafka's default partitioner gives."
        )
        self.restored = counter("restored_records_total", "Changelog records read to restore states.")
        self.catalog_rejected = counter(
            "catalog_rejected_total", "Bad plans and add-ons, not taken.", "topic", "reason"
        )
        self.catalog_entries = gauge("catalog_entries", "Plans and add-ons in force.")
        self.partitions = gauge("partitions", "Partitions of this worker by what they do.", "phase")
        self.state = gauge(
            "state_size", "Size of the states: subscribers, state_bytes, held, live.", "partition", "what"
        )
        self.restore_remaining = gauge(
            "restore_remaining_records", "Changelog offsets still to read.", "partition"
        )
        self.restore_ratio = gauge(
            "restore_ratio", "Share of a partition's changelog that is read, from 0 to 1.", "partition"
        )
        self.batch_records = gauge("batch_records", "Records in the last transaction.", "partition")
        self.commit_seconds = gauge("commit_seconds", "Duration of the last commit.", "partition")
        self.latency = Latency()
        self.registry.register(self.latency)
        self._add_alarms(counter, gauge)

    def _add_alarms(self, counter: Callable[..., Counter], gauge: Callable[..., Gauge]) -> None:
        """Add what a person must see to."""
        self.paused = gauge(
            "partition_paused",
            "1 while a partition takes nothing until a person resumes it.",
            "partition",
            "reason",
        )
        self.held_outputs = gauge(
            "held_outputs", "Outputs of a flooding type that wait for a person.", "partition", "topic", "type"
        )
        self.dropped_outputs = counter(
            "dropped_outputs_total", "Outputs held back that a person has dropped.", "topic", "type"
        )

    def show_phases(self, phases: Iterable[str]) -> None:
        """Set how many partitions are in which phase."""
        counts = dict.fromkeys(PHASES, 0)
        for phase in phases:
            counts[phase] += 1
        for phase, count in counts.items():
            self.partitions.labels(phase).set(count)

    def forget(self, partition: int) -> None:
        """Drop what is shown of a partition that this worker has no more."""
        _remove(partition, self.state, self.restore_remaining, self.restore_ratio)
        _remove(partition, self.batch_records, self.commit_seconds)
        self.forget_alarms(partition)

    def forget_alarms(self, partition: int) -> None:
        """Drop what is shown of what a person must see to in a partition."""
        _remove(partition, self.paused, self.held_outputs)


def _remove(partition: int, *metrics: Gauge) -> None:
    """Remove the samples of a partition, which is the first of their labels."""
    for metric in metrics:
        for labels in [labels for labels in list(metric._metrics) if labels[0] == str(partition)]:  # noqa: SLF001
            metric.remove(*labels)


class LedgerShown(Generic[Labels]):
    """Moves a counter by what a ledger gained since it was last shown; what was restored is not counted."""

    def __init__(self, counter: Counter, restored: Mapping[Labels, float]) -> None:
        self._counter = counter
        self._shown = dict(restored)

    def show(self, ledger: Mapping[Labels, float]) -> dict[Labels, float]:
        """Add what is new in ``ledger``, and return it."""
        gains: dict[Labels, float] = {}
        for labels, count in ledger.items():
            if gained := count - self._shown.get(labels, 0):
                self._counter.labels(*labels).inc(gained)
                self._shown[labels] = count
                gains[labels] = gained
        return gains
