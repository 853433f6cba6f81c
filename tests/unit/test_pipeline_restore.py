"""States and meta as bytes: they read back, and a pipeline goes on from them."""

import pytest

from schemas.errors import StateError
from streams.core.stored import (
    META_KEY,
    VERSION,
    Meta,
    decode_meta,
    decode_state,
    encode_meta,
    encode_state,
    read_header,
)
from tests.build import NOON, after, data, event, ms, plan, profile, replay, sms
from tests.feed import commit, feed, look, pipeline_of

NOON_MS = ms(NOON)
LATER = after(NOON, hours=1)


def test_restored_pipeline_goes_on_as_if_it_had_never_stopped() -> None:
    """States, timers, clock and ledger come back from their bytes."""
    first = [plan(), profile(), data(79), sms(subscriber_id="waits")]
    second = [data(2, at=LATER), sms(at=after(NOON, days=4), subscriber_id="z")]
    straight = pipeline_of(*first)
    written = commit(straight)
    meta = decode_meta(encode_meta(straight.meta(offsets={"cdr": 4}, partition_count=1)))

    again = pipeline_of(plan())
    for key, value in written.items():
        again.restore(key, value)
    again.restored(meta)

    assert look(straight) == look(again)
    feed(straight, *second, first=60)
    feed(again, *second, first=60)
    assert commit(straight) == commit(again)
    assert look(straight) == look(again)


def test_restore_takes_the_newest_state_and_the_deletion() -> None:
    """Oldest first; None deletes, timers included."""
    written = commit(pipeline_of(sms(subscriber_id="waits"), sms(subscriber_id="stays")))
    pipeline = pipeline_of()
    for key, value in [*written.items(), (b"waits", None)]:
        pipeline.restore(key, value)
    pipeline.restored(None)

    assert (1, ms(after(NOON, days=3))) == (pipeline.sizes()["subscribers"], pipeline.next_due_ms())
    feed(pipeline, sms(at=after(NOON, days=4), subscriber_id="z"))
    assert 1 == pipeline.ledger["cdr", "expired"]


def test_state_reads_back_as_it_was() -> None:
    """State ↔ bytes, for a state with something of everything."""
    consent = {"purpose": "commercial", "granted": True, "at": NOON}
    fed = replay(
        [
            profile(),
            data(80, charge={"amount": "1.00", "currency": "CNY"}),
            event("port.queried", channel="app"),
            event("consent.changed", purpose="commercial", granted=True),
            profile(plan_id="missing", cycle_day=9, arrives=LATER, consents=[consent]),
            data(1, at=LATER),
        ]
    )
    state = fed.state()

    assert state is not None
    assert 1 == len(state.held)
    assert state == decode_state(encode_state(state))
    assert (True, state.next_due_ms()) == (
        (header := read_header(encode_state(state))).has_held,
        header.due_ms,
    )


@pytest.mark.parametrize("version", [0, VERSION + 1, 255])
def test_unknown_version_is_refused_with_a_clear_word(version: int) -> None:
    """An unknown version stops the worker and says what to do."""
    state = replay([data(1)]).state()
    assert state is not None
    wrong = bytes([version]) + encode_state(state)[1:]
    pipeline = pipeline_of()

    for read in (decode_state, decode_meta, read_header, lambda data: pipeline.restore(b"x", data)):
        with pytest.raises(StateError, match=f"version {version}"):
            read(wrong)


def test_meta_reads_back_as_it_was() -> None:
    """Offsets, partition count, clock and ledger; its key is no subscriber's."""
    meta = Meta(
        offsets={"cdr": 7, "subscribers": 1},
        partition_count=4,
        clock_ms=NOON_MS,
        ledger={"cdr/read": 3},
        rejected={"cdr/not_json": 1},
    )

    assert meta == decode_meta(encode_meta(meta))
    assert META_KEY.startswith(b"\x00")
