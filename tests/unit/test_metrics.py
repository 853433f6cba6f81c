"""What the worker's metrics do that Prometheus' own do not."""

from prometheus_client import CollectorRegistry, Counter, generate_latest

from streams.metrics import LedgerShown, Metrics


def test_latencies_of_a_transaction_are_counted_at_once() -> None:
    """A bound belongs to its bucket; an arrival ahead of the clock waited for nothing."""
    metrics = Metrics()
    metrics.latency.observe([1_000, 990, 900, 1_500], 1_000)

    value = metrics.registry.get_sample_value
    name = "usagewatch_arrival_to_commit_seconds"
    assert [3, 3, 4, 4] == [
        value(f"{name}_bucket", {"le": bound}) for bound in ("0.01", "0.075", "0.1", "+Inf")
    ]
    assert (4, 0.11) == (value(f"{name}_count"), value(f"{name}_sum"))


def test_a_ledger_moves_its_counter_by_what_it_gained() -> None:
    """What was restored has been counted by an earlier process."""
    registry = CollectorRegistry()
    counter = Counter("records_total", "Records.", ["topic", "disposition"], registry=registry)
    shown = LedgerShown(counter, {("cdr", "read"): 100})

    shown.show({("cdr", "read"): 103, ("cdr", "dead"): 1})
    shown.show({("cdr", "read"): 103, ("cdr", "dead"): 2})

    value = registry.get_sample_value
    assert [3, 2] == [
        value("records_total", {"topic": "cdr", "disposition": disposition})
        for disposition in ("read", "dead")
    ]


def test_a_partition_that_is_gone_is_shown_no_more() -> None:
    """Else its last sizes would be shown for ever, beside those of its new owner."""
    metrics = Metrics()
    metrics.state.labels("1", "subscribers").set(5)
    metrics.state.labels("2", "subscribers").set(6)

    metrics.forget(1)

    assert b'partition="1"' not in generate_latest(metrics.registry)
    assert b'partition="2"' in generate_latest(metrics.registry)


def test_every_metric_is_ours_by_name() -> None:
    """``usagewatch_<noun>_<unit>``, so that one query finds them all."""
    metrics = Metrics()
    names = {family.name for family in metrics.registry.collect()}

    assert all(name.startswith("usagewatch_") for name in names)
