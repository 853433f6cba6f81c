"""What a line has done, as one step."""

from tests.build import NOON, SUBSCRIBER, after, allowance, data, event, ms, plan, profile, tombstone, usage
from tests.build_story import OTHER, group, last, names, sentences, told

THIRD = "2026-11-03T12:00:00Z"


def test_step_has_the_time_of_the_event_and_that_of_the_arrival() -> None:
    """The one decides what it counts for, the other whether it came late."""
    step = last(data(1, at=THIRD, arrives=NOON))

    assert (ms(THIRD), ms(NOON), True) == (step.at_ms, step.arrived_ms, step.is_late)
    assert ms(THIRD) == step.shown_ms


def test_record_of_uncertain_owner_has_no_time_but_its_arrival() -> None:
    """Its event time is its content."""
    step = last({**data(1, subscriber_id=OTHER, at=THIRD, arrives=NOON), "key": SUBSCRIBER})

    assert (None, ms(NOON), {}) == (step.at_ms, step.shown_ms, step.record)


def test_refused_record_without_a_readable_time_has_none() -> None:
    """As of one whose time is in words."""
    assert last(usage("data", at="yesterday", arrives=NOON, bytes_up=1)).at_ms is None


def test_step_says_what_it_was() -> None:
    """Types of the subscriber's records, and words for all else."""
    lines = [profile(), profile(subscriber_id=OTHER), group(SUBSCRIBER, OTHER)]
    viewed = event("app.viewed", page="balance")
    steps = told(
        *lines, data(1), data(1, subscriber_id=OTHER), viewed, {"line": SUBSCRIBER.encode()}, tombstone()
    )

    assert ["profile", "groups", "data", "group", "app.viewed", "file", "profile"] == names(steps)
    assert ["applied", "", "applied", "", "applied", "dead", "applied"] == [step.became for step in steps]


def test_group_and_account_are_named_as_such() -> None:
    """What is raised there is not the subscriber's own bucket."""
    shared = last(profile(), group(SUBSCRIBER), data(85, at=after(NOON, hours=1)))
    terms = plan(allowance(), allowance("data.roaming", 0), currency="CAD")
    rated = data(1, roaming=True, charge={"amount": "101.00", "currency": "CAD"})
    costly = last(terms, profile(jurisdiction="CA", account_id="a"), rated)

    assert sentences(shared)[0].startswith("near_limit: the group's: 80 % of data is reached")
    assert "overage: the account's: 1" in "\n".join(sentences(costly))


def test_signal_that_is_taken_back_is_named_with_its_line() -> None:
    """A correction refers to the record that raised it."""
    corrected = data(70, corrects={"record_id": "a", "was": {"bytes_up": 8_500_000}})

    assert ["resolved: 80 % of data, raised with line 3, is true no more; nobody is alerted"] == sentences(
        last(data(85, record_id="a"), corrected)
    )


def test_held_records_that_a_profile_lets_in_are_counted() -> None:
    """Those that are refused are not among them."""
    early = data(1, record_id="b", at="2026-11-09T12:00:00Z", arrives=NOON)
    step = last(plan(), data(1, record_id="a"), early, profile(joined_on="2026-11-10", arrives=NOON))

    assert (1, ["too_late"]) == (step.released, [letter.reason for letter in step.refused])
    assert [(0, 100_000)] == [move.used for move in step.moved]


def test_usage_from_before_the_subscriber_joined_is_somebody_elses() -> None:
    """That it came, and why it was refused; nothing of what it says."""
    step = last(profile(joined_on="2026-11-05"), data(1, record_id="theirs", at=THIRD, arrives=NOON))

    assert ("dead", {}, None) == (step.became, step.record, step.at_ms)
    assert "joined" in step.refused[0].detail
