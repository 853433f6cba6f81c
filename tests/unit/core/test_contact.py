"""The memory of contact: bounded, and with one time at which it is looked at next."""

from decimal import Decimal

import pytest

from streams.core.contact import (
    MADE_KEPT_MS,
    PROMISE_COUNT_MAX,
    WAITING_COUNT_MAX,
    Contact,
    Notice,
    Promise,
    Stage,
    Terms,
    Waiting,
)
from streams.core.stored import decode_state, encode_state
from streams.core.subscriber import Subscriber
from streams.regimes.contact import MONTH_MS, OFFER_COUNT_MAX
from tests.build_contact import DAY, made


def waiting(key: str, value: int = 0, *, due_ms: int = 100) -> Waiting:
    """Return an offer that waits."""
    return Waiting(due_ms, "addon", "addon_offer", key, Decimal(value), "p", ("cause",), b"signals")


def test_the_newest_offers_are_kept() -> None:
    """As many as any regime allows in a month, and none longer than the longest rule needs it."""
    contact = Contact()
    for number in range(OFFER_COUNT_MAX + 5):
        contact.add(made(at_ms=number * 1000, offer_id=str(number)))

    assert [str(number) for number in range(5, OFFER_COUNT_MAX + 5)] == [one.offer_id for one in contact.made]
    contact.add(made(at_ms=20_000 + MADE_KEPT_MS, offer_id="new"))
    assert ["new"] == [one.offer_id for one in contact.made]
    assert MADE_KEPT_MS > MONTH_MS


@pytest.mark.parametrize(
    ("stages", "stage", "expected"),
    [
        ((), Stage.DELIVERED, True),
        ((Stage.DELIVERED,), Stage.DELIVERED, False),
        ((Stage.DELIVERED,), Stage.IGNORED, True),
        ((Stage.ACCEPTED,), Stage.IGNORED, False),
        ((Stage.REFUSED,), Stage.WITHDRAWN, False),
        ((Stage.IGNORED,), Stage.ACCEPTED, True),
        ((Stage.WITHDRAWN,), Stage.REFUSED, True),
        ((Stage.ACCEPTED,), Stage.COMPLAINED, True),
    ],
)
def test_what_comes_of_an_offer_counts_once(
    stages: tuple[Stage, ...], stage: Stage, *, expected: bool
) -> None:
    """What is over is not ignored or withdrawn; an answer is never too late."""
    one = made(stages=stages)

    assert expected == one.note(stage)
    assert stage in one.stages or not expected


def test_what_is_over_needs_its_causes_no_more() -> None:
    """They are kept to take back what is open."""
    one = made()
    one.note(Stage.SEEN)
    assert one.causes
    one.note(Stage.REFUSED)
    assert not one.causes


def test_a_refusal_that_is_told_twice_is_one() -> None:
    """Two systems may report it."""
    contact = Contact()

    assert [True, False, True] == [contact.refuse("a", 5), contact.refuse("a", 6), contact.refuse("b", 4)]
    assert (2, 5) == (contact.refusal_count, contact.refused_ms)


def test_of_what_waits_the_same_is_replaced_and_the_least_goes() -> None:
    """One plan or add-on is asked about once; of too many those of most use stay."""
    contact = Contact()
    for number in range(WAITING_COUNT_MAX):
        assert [] == contact.wait(waiting(str(number), number))

    assert ["1"] == [one.key for one in contact.wait(waiting("1", 9))]
    assert ["0"] == [one.key for one in contact.wait(waiting("new", 5))]
    assert ["poor"] == [one.key for one in contact.wait(waiting("poor", -1))]
    assert WAITING_COUNT_MAX == len(contact.waiting)


def test_of_notices_that_wait_no_more_than_fit_are_taken() -> None:
    """Whoever brings one more must send it at once: notices are never lost."""
    contact = Contact()

    assert [True] * WAITING_COUNT_MAX + [False] == [
        contact.hold(Notice(due_ms, b"")) for due_ms in range(WAITING_COUNT_MAX + 1)
    ]
    assert [0, 1] == [one.due_ms for one in contact.take_notices(1)]
    assert [2, 3] == [one.due_ms for one in contact.notices]


def test_the_first_of_all_timers_is_known() -> None:
    """Open offers end, what waits is due, promises are looked at; without any there is none."""
    terms = Terms("10", "5", "CNY")
    promise = Promise("offer", "upgrade", "app", 0, terms, 1, due_ms=40)
    contact = Contact(
        made=(made(at_ms=0, for_ms=10), made(at_ms=0, for_ms=5, stages=(Stage.REFUSED,))),
        waiting=(waiting("a", due_ms=20),),
        notices=(Notice(30, b""),),
        promises=(promise,) * PROMISE_COUNT_MAX,
    )
    seen = []
    for gone in ("made", "waiting", "notices", "promises"):
        contact.settle()
        seen.append(contact.next_due_ms())
        setattr(contact, gone, ())
    contact.settle()

    assert [10, 20, 30, 40, None] == [*seen, contact.next_due_ms()]


def test_the_timer_is_the_subscriber_s() -> None:
    """Also of a state that is read back, and in its header."""
    state = Subscriber(id="s", contact=Contact(made=(made(at_ms=0, for_ms=7),), complaints={"c": 1}))
    assert state.contact is not None
    state.contact.settle()

    again = decode_state(encode_state(state))
    assert (7, 7) == (state.next_due_ms(), again.next_due_ms())
    assert state.contact == again.contact
    assert Subscriber(id="s", contact=Contact(complaints={"c": 1})).next_due_ms() is None


def test_the_largest_memory_is_small() -> None:
    """A bound of every part: what one subscriber can cost, whatever happens."""
    contact = Contact(refusal_count=9, refused_ms=10**13, refused_id="f" * 32, answered_on="wechat")
    for number in range(OFFER_COUNT_MAX):
        one = made(at_ms=10**12 + number * DAY, offer_id=f"{number:032}", key="k" * 32)
        one.note(Stage.DELIVERED)
        one.note(Stage.IGNORED)
        contact.add(one)
    empty = len(encode_state(Subscriber(id="s")))

    assert len(encode_state(Subscriber(id="s", contact=contact))) - empty < 2_500
