"""Troubles and orders as they lie on the control topic."""

import pytest

from streams.core.breaker import Breaker, Hold, Order, Pause, PauseReason
from streams.core.control import (
    Key,
    Told,
    Trouble,
    decode_key,
    decode_order,
    decode_trouble,
    encode_order,
    encode_trouble,
)
from streams.kafka.control import Orders

NOTICE = "care-events/usage_notice"


@pytest.mark.parametrize("key", [Key(3), Key(0, is_order=True), Key(12, is_order=True, what=NOTICE)], ids=str)
def test_a_key_is_read_as_it_was_written(key: Key) -> None:
    """The type has a slash of its own."""
    assert key == decode_key(key.encode())


@pytest.mark.parametrize("data", [b"", b"trouble", b"order/x/", b"state/3/", b"\xff/3/"])
def test_what_is_no_key_of_ours_is_an_error(data: bytes) -> None:
    """A later release may write others."""
    with pytest.raises(ValueError, match="no key"):
        decode_key(data)


def test_a_trouble_is_read_as_it_was_written_and_none_is_a_tombstone() -> None:
    """A partition without any takes no place on the topic."""
    breaker = Breaker(pause=Pause(PauseReason.DEFECTS, 5), holds={NOTICE: Hold(6, 7)})
    trouble = Trouble.of(breaker)

    assert trouble == decode_trouble(encode_trouble(trouble))
    assert (None, Trouble()) == (encode_trouble(Trouble.of(Breaker())), decode_trouble(None))
    assert ["paused: our own code raised on too many records in a row", f"{NOTICE} held back: 7 wait"] == (
        trouble.sentences()
    )


def test_numbers_alone_are_told_once_a_minute_and_everything_else_at_once() -> None:
    """A flood that nobody looks at for days must not fill the control topic, a record with each commit."""
    held = Trouble(holds={NOTICE: Hold(5, 7)})
    told = Told(held, at_ms=1_000)
    more = Trouble(holds={NOTICE: Hold(5, 8)})
    others = [
        Trouble(),
        Trouble(holds={NOTICE: Hold(6, 7)}),
        Trouble(holds={NOTICE: Hold(5, 7, is_sending=True)}),
        Trouble(holds={NOTICE: Hold(5, 7), "signals/overage": Hold(5, 7)}),
        Trouble(Pause(PauseReason.DEFECTS, 5), {NOTICE: Hold(5, 7)}),
    ]

    assert [True, False] == [told.is_enough(more, wall_ms=1_000 + wait_ms) for wait_ms in (59_999, 60_000)]
    assert [False] * len(others) == [told.is_enough(other, wall_ms=1_000) for other in others]
    assert told.is_enough(held, wall_ms=10**13)


def test_a_worker_hears_the_newest_order_about_each_and_nothing_else() -> None:
    """What a later release writes, or troubles of partitions, are none."""
    orders = Orders()
    for key, value in (
        (Key(3, is_order=True).encode(), encode_order(Order(5, "resume"))),
        (Key(3, is_order=True, what=NOTICE).encode(), encode_order(Order(6, "send"))),
        (Key(3, is_order=True, what=NOTICE).encode(), encode_order(Order(6, "drop"))),
        (Key(4, is_order=True).encode(), encode_order(Order(7, "resume"))),
        (Key(4, is_order=True).encode(), None),
        (Key(5).encode(), b"{}"),
        (b"later/3/", b"{}"),
        (Key(6, is_order=True).encode(), b'{"at_ms":5,"do":"dance"}'),
        (None, b""),
    ):
        orders.take(key, value)

    assert {"": Order(5, "resume"), NOTICE: Order(6, "drop")} == orders.of(3)
    assert [{}, {}, {}] == [orders.of(number) for number in (4, 5, 6)]
    assert Order(5, "resume") == decode_order(encode_order(Order(5, "resume")))
