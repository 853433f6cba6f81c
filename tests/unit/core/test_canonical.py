"""What two runs over the same records must agree on, whatever lay between."""

from itertools import pairwise

import orjson
import pytest

from streams.core.canonical import canonical
from streams.core.stored import decode_state
from streams.lines import parse
from streams.replay import Replay
from streams.simulate import simulate
from tests.build import (
    NOON,
    SUBSCRIBER,
    Line,
    after,
    allowance,
    data,
    event,
    lines_of,
    plan,
    profile,
    tombstone,
)

LATER = after(NOON, hours=1)
MONTH = tuple(simulate(5, 40, month="2026-11"))


def states_of(lines: list[bytes]) -> dict[str, dict[str, object]]:
    """Return the canonical states of a replay."""
    replay = Replay()
    for _ in replay.run(lines):
        pass
    return {key: canonical(decode_state(state)) for key, state in replay.pipeline.states()}


def state_of(*records: Line) -> dict[str, object]:
    """Return the usual subscriber's."""
    return states_of(lines_of(records, is_bare=True))[SUBSCRIBER]


def test_all_that_a_month_leaves_is_plain_json() -> None:
    """Nothing packed or hashed remains that JSON could not carry, whatever was used."""
    states = states_of(list(MONTH))

    assert orjson.loads(orjson.dumps(states)) == states
    assert {"periods", "profile", "windows", "identities", "months"} <= set().union(*states.values())


def test_positions_do_not_matter() -> None:
    """A hundred lines further on: the same states, held records among them."""
    lines = list(MONTH)

    assert states_of([b"\n"] * 100 + lines) == states_of(lines)


def test_positions_inside_of_what_waits_for_a_group_do_not_matter() -> None:
    """A record on its way to a group names where the line's record lies."""
    line = profile(group_id="g", subscriber_id=SUBSCRIBER)
    lines = lines_of([plan(), line, data(5)], is_bare=True)

    near, far = states_of(lines)["group/g"], states_of([b"\n", *lines])["group/g"]

    assert near == far
    assert SUBSCRIBER in str(near["held"])


BASE = [plan(), profile(), data(85, record_id="a")]


@pytest.mark.parametrize(
    "more",
    [
        [data(1, record_id="b")],
        [data(0, record_id="b")],
        [data(1, record_id="b", zero_rated=True)],
        [data(1, record_id="b", provisional=True)],
        [data(1, record_id="b", at=after(NOON, days=-30), arrives=NOON)],
        [event("port.queried", channel="sms", event_id="b")],
        [event("complaint.opened", complaint_id="c", topic="t", channel="app", event_id="b")],
        [event("charge.accrued", amount={"amount": "1", "currency": "CNY"}, event_id="b")],
        [event("consent.changed", purpose="commercial", granted=True, event_id="b")],
        [event("addon.purchased", addon_id="a", bucket="data", amount=5, event_id="b")],
        [profile(arrives=LATER, plan_id="unknown"), data(1, record_id="b", at=LATER)],
        [profile(arrives=LATER, cycle_day=7)],
        [plan(allowance(amount=1)), profile(arrives=LATER)],
    ],
)
def test_what_a_record_changes_shows(more: list[Line]) -> None:
    """Totals, what is raised, held or remembered, the profile: each makes another state."""
    assert state_of(*BASE) != state_of(*BASE, *more)


def test_what_changes_nothing_does_not_show() -> None:
    """A duplicate, a dead letter, somebody else's record."""
    twice = data(85, record_id="a", arrives=LATER)
    other = data(1, subscriber_id="other")

    assert state_of(*BASE) == state_of(*BASE, twice, data(-1), other)


def test_each_record_of_a_month_shows_or_was_none() -> None:
    """Of the records of one subscriber each one either changes the state or is rejected or known."""
    lines = [line for line in MONTH if line.startswith((b'{"topic":"plans"', b'{"topic":"addons"'))]
    key = next(parse(line).key for line in MONTH if b'"topic":"cdr"' in line and b'"data"' in line)
    own = [line for line in MONTH if key is not None and b'"' + key + b'"' in line]
    replay, seen = Replay(), []
    for line in [*lines, *own]:
        for _ in replay.run([line]):
            pass
        state = replay.pipeline.committed(key.decode() if key else "")
        seen.append(None if state is None else canonical(decode_state(state)))

    changed = sum(before != after_ for before, after_ in pairwise(seen))
    ledger = replay.pipeline.ledger
    applied = sum(count for (_, what), count in ledger.items() if what == "applied")
    held = sum(count for (_, what), count in ledger.items() if what == "held")
    assert len(own) > 50
    assert applied + held == changed


def test_an_ended_subscriber_begins_anew() -> None:
    """After a tombstone nothing of what was before is in the state."""
    new = profile(arrives=after(NOON, hours=2))

    assert state_of(plan(), new) == state_of(*BASE, tombstone(arrives=LATER), new)
