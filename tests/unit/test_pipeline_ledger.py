"""The ledger: each record has one disposition when it is first read."""

from tests.build import NOON, Fed, after, data, event, plan, profile, replay


def ledger_adds_up(fed: Fed) -> bool:
    """Return whether WIRE.md's two equations hold for each topic."""
    topics = {topic for topic, _ in fed.ledger}
    return all(
        fed.count("read", topic)
        == sum(fed.count(word, topic) for word in ("applied", "duplicate", "held", "dead"))
        and fed.count("held", topic)
        == sum(fed.count(word, topic) for word in ("released", "expired", "held now"))
        for topic in topics
    )


def test_ledger_adds_up_over_all_of_it() -> None:
    """WIRE: read = applied + duplicate + held + dead; held = released + expired + held now."""
    late = after(NOON, days=4)
    fed = replay(
        [
            plan(),
            data(1, record_id="a"),
            data(1, record_id="a"),
            data(2, record_id="a"),
            data(1, subscriber_id="gone"),
            profile(arrives=NOON),
            data(1, record_id="a"),
            data(1, record_id="b"),
            event("sim.swapped", event_id="a"),
            data(1, subscriber_id="waits", at=late),
        ],
        is_bare=True,
    )

    assert ledger_adds_up(fed)
    assert (7, 1, 2, 3, 1, 1, 1, 1) == tuple(
        fed.count(word)
        for word in ("read", "applied", "duplicate", "held", "dead", "released", "expired", "held now")
    )
