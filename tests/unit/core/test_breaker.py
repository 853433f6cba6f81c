"""The breaker by itself: when a partition pauses, which outputs are held back, what a person's word does."""

from itertools import pairwise

import pytest

from schemas.envelope import Emitted
from schemas.topics import CARE_EVENTS, DEAD_LETTERS, GROUP_USAGE, HELD_OUTPUTS, OFFER_EVENTS, SIGNALS
from streams.core.breaker import (
    FREE_MS,
    HOLD_HEADER,
    WINDOW_RECORDS,
    Breaker,
    Limits,
    Order,
    Pause,
    PauseReason,
    of_hold,
)
from streams.core.stored import Meta, decode_meta, encode_meta

MINUTE_MS = 60_000
WALL_MS = 1_793_500_000_000
LIMITS = Limits(defects_in_a_row=100, rejected_ratio=0.1, outputs_per_minute=3)
OFF = Limits(defects_in_a_row=100, rejected_ratio=1.0, outputs_per_minute=0)
NOTICE = f"{CARE_EVENTS}/usage_notice"


def notices(count: int, *, topic: str = CARE_EVENTS, kind: str = "usage_notice") -> list[Emitted]:
    """Return so many outputs."""
    return [
        Emitted(topic, kind, b"k", b"%d" % number, (("ce_id", b"%d" % number),)) for number in range(count)
    ]


def topics(breaker: Breaker, found: list[Emitted], *, minute: int = 0, limits: Limits = LIMITS) -> list[str]:
    """Return where outputs go that were emitted in a minute of the partition's clock."""
    sorted_ = breaker.sort(found, limits, clock_ms=minute * MINUTE_MS, wall_ms=WALL_MS)
    return [output.topic for output in sorted_]


# -- pauses


def test_only_defects_without_another_record_between_them_pause() -> None:
    """The hundredth in a row does, the ninety-ninth does not."""
    breaker = Breaker()
    pauses = []
    for _ in range(100):
        breaker.defect(LIMITS, wall_ms=WALL_MS)
        pauses.append(breaker.pause)

    assert [None] * 99 == pauses[:99]
    assert Pause(PauseReason.DEFECTS, WALL_MS) == pauses[99]


def test_more_than_the_allowed_share_of_a_thousand_records_pauses_at_once() -> None:
    """It need not be waited for the thousandth; as many as are allowed do not pause."""
    allowed, more = Breaker(), Breaker()
    allowed.read(WINDOW_RECORDS - 1, 100, LIMITS, wall_ms=WALL_MS)
    more.read(101, 101, LIMITS, wall_ms=WALL_MS)

    assert (None, PauseReason.REJECTED) == (allowed.pause, more.pause and more.pause.reason)


def test_each_thousand_records_are_looked_at_by_themselves() -> None:
    """A few bad ones now and then never add up to a pause."""
    breaker = Breaker()
    for _ in range(50):
        breaker.read(WINDOW_RECORDS, 100, LIMITS, wall_ms=WALL_MS)

    assert breaker.pause is None


def test_without_a_ratio_nothing_that_is_rejected_pauses() -> None:
    """Other reasons than a defect only alarm."""
    breaker = Breaker()
    breaker.read(5_000, 5_000, OFF, wall_ms=WALL_MS)

    assert breaker.pause is None


def test_a_pause_ends_by_an_order_about_it_and_by_no_other() -> None:
    """An old order lies on its topic for ever: it must not end a later pause."""
    breaker = Breaker()
    breaker.stop(PauseReason.DEFECTS, wall_ms=WALL_MS)
    breaker.obey("", Order(WALL_MS - 1, "resume"))
    still = breaker.pause
    breaker.obey("", Order(WALL_MS, "resume"))

    assert (Pause(PauseReason.DEFECTS, WALL_MS), None) == (still, breaker.pause)


def test_after_a_pause_it_is_counted_anew() -> None:
    """A hundred more in a row pause again, the first one does not."""
    breaker = Breaker()
    for _ in range(100):
        breaker.defect(LIMITS, wall_ms=WALL_MS)
    breaker.obey("", Order(WALL_MS, "resume"))
    breaker.defect(LIMITS, wall_ms=WALL_MS + 1)

    assert (1, None) == (breaker.defects_in_a_row, breaker.pause)


# -- holds


def test_a_type_above_its_number_a_minute_is_held_back_from_then_on() -> None:
    """Also in later minutes, until a person decides."""
    breaker = Breaker()
    first = topics(breaker, notices(5))
    later = topics(breaker, notices(1), minute=60)

    assert [CARE_EVENTS] * 3 + [HELD_OUTPUTS] * 2 == first
    assert ([HELD_OUTPUTS], 3) == (later, breaker.holds[NOTICE].count)


def test_each_type_has_its_own_measure() -> None:
    """A flood of notices holds up no offer, and no signal."""
    breaker = Breaker()
    topics(breaker, notices(5))
    others = topics(
        breaker, [*notices(3, topic=OFFER_EVENTS, kind="addon"), *notices(3, topic=SIGNALS, kind="x")]
    )

    assert [OFFER_EVENTS] * 3 + [SIGNALS] * 3 == others


def test_a_backlog_is_measured_by_its_own_minutes() -> None:
    """A thousand minutes that are read at once are a thousand minutes: an outage trips nothing."""
    breaker = Breaker()
    gone = [topic for minute in range(1_000) for topic in topics(breaker, notices(3), minute=minute)]

    assert {CARE_EVENTS} == set(gone)


def test_a_minute_that_was_left_does_not_come_again() -> None:
    """What was due earlier counts in the minute that is: no fresh start by going back."""
    breaker = Breaker()
    topics(breaker, notices(3), minute=5)
    back = topics(breaker, notices(1), minute=4)

    assert [HELD_OUTPUTS] == back


@pytest.mark.parametrize("topic", [DEAD_LETTERS, GROUP_USAGE])
def test_dead_letters_and_usage_of_groups_are_never_held_back(topic: str) -> None:
    """The ones have a limit of their own, the other is an input again."""
    assert {topic} == set(topics(Breaker(), notices(10, topic=topic)))


def test_without_a_number_nothing_is_held_back() -> None:
    """0 is no limit."""
    assert {CARE_EVENTS} == set(topics(Breaker(), notices(100_000), limits=OFF))


def test_what_is_held_back_comes_out_as_it_went_in() -> None:
    """Topic, type, key, value and headers, and only that of the hold that is asked for."""
    breaker = Breaker()
    found = notices(4)
    held = breaker.sort(found, LIMITS, clock_ms=0, wall_ms=WALL_MS)[3]

    def out(what: str, at_ms: int) -> Emitted | None:
        return of_hold(held.headers, key=held.key, value=held.value, what=what, at_ms=at_ms)

    assert found[3] == out(NOTICE, WALL_MS)
    assert [None, None] == [out(NOTICE, WALL_MS + 1), out("offer-events/usage_notice", WALL_MS)]
    assert str(WALL_MS).encode() == dict(held.headers)[HOLD_HEADER]


def test_a_type_that_is_sent_is_free_for_an_hour_and_no_longer() -> None:
    """A person has looked: it must not be asked for each minute of the same flood."""
    breaker = Breaker()
    topics(breaker, notices(5))
    breaker.obey(NOTICE, Order(WALL_MS, "send"))
    sending = breaker.sending()
    breaker.sent(NOTICE, 2, next_offset=9, clock_ms=MINUTE_MS)
    free = topics(breaker, notices(50), minute=60)
    after = topics(breaker, notices(4), minute=1 + FREE_MS // MINUTE_MS)

    assert (NOTICE, {CARE_EVENTS}) == (sending, set(free))
    assert [CARE_EVENTS] * 3 + [HELD_OUTPUTS] == after


def test_outputs_go_behind_those_that_are_being_sent() -> None:
    """Those of one type stay in order."""
    breaker = Breaker()
    topics(breaker, notices(5))
    breaker.obey(NOTICE, Order(WALL_MS, "send"))
    breaker.sent(NOTICE, 1, next_offset=9, clock_ms=0)

    assert ([HELD_OUTPUTS], 2) == (topics(breaker, notices(1)), breaker.holds[NOTICE].count)


def test_a_type_that_is_dropped_is_measured_as_before() -> None:
    """The flood may go on: then it is held back again, as another hold."""
    breaker = Breaker()
    topics(breaker, notices(5))
    breaker.obey(NOTICE, Order(WALL_MS, "drop"))
    again = topics(breaker, notices(4), minute=1)

    assert [CARE_EVENTS] * 3 + [HELD_OUTPUTS] == again


def test_an_order_about_another_hold_changes_nothing() -> None:
    """It was about an earlier one of the type."""
    breaker = Breaker()
    topics(breaker, notices(5))
    before = breaker.copy()
    for order in (Order(WALL_MS - 1, "drop"), Order(WALL_MS - 1, "send"), Order(WALL_MS, "resume")):
        breaker.obey(NOTICE, order)

    assert before == breaker


# -- as it is committed


def test_a_copy_does_not_move_with_its_original() -> None:
    """A batch is done again from where the breaker was."""
    breaker = Breaker()
    topics(breaker, notices(5))
    copies = [breaker.copy()]
    topics(breaker, notices(2))
    copies.append(breaker.copy())
    breaker.sent(NOTICE, 1, next_offset=5, clock_ms=0)
    copies.append(breaker.copy())

    assert all(before != after for before, after in pairwise(copies))
    assert [2, 4, 3] == [copy.holds[NOTICE].count for copy in copies]


def test_a_breaker_survives_in_the_meta_record_and_an_old_meta_record_has_none() -> None:
    """It moves with its partition; a release without it wrote none."""
    breaker = Breaker()
    topics(breaker, notices(5))
    breaker.stop(PauseReason.REJECTED, wall_ms=WALL_MS)
    meta = Meta(offsets={"cdr": 5}, partition_count=4, clock_ms=1, breaker=breaker)
    plain = encode_meta(Meta(offsets={}, partition_count=1, clock_ms=0))

    assert breaker == decode_meta(encode_meta(meta)).breaker
    assert Breaker() == decode_meta(plain).breaker
