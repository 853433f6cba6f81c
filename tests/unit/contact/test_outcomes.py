"""What comes of offers: the funnel, the channel that answers, refusals, complaints."""

from collections.abc import Iterable

import pytest

from tests.build import Fed, Line, addon, allowance, data, event, plan, profile, replay, tombstone
from tests.build_contact import clock, complaint, reported, responded, willing

OFFERED = [plan(), addon(), willing(), data(80)]
NEXT = "2026-11-11T09:00:00Z"
LATER = "2026-11-12T09:00:00Z"
EXPIRED = "2026-12-01T00:00:00Z"


def offer_id() -> str:
    """Return the id of the offer."""
    (offer,) = replay(OFFERED).offers
    return offer.id


def stages(fed: Fed) -> dict[str, int]:
    """Return how many offers have come to which stage, whatever the channel."""
    counts: dict[str, int] = {}
    for (_, _, stage), count in fed.pipeline.funnel.stages.items():
        counts[stage] = counts.get(stage, 0) + count
    return counts


def after_offer(*lines: Line) -> dict[str, int]:
    """Return the funnel once an offer was made and this has followed, without the stage of all."""
    counts = stages(replay([*OFFERED, *lines]))
    assert 1 == counts.pop("made")
    return counts


ID = offer_id()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], {}),
        ([reported(ID, "delivered", NEXT)], {"delivered": 1}),
        ([reported(ID, "failed", NEXT)], {"failed": 1}),
        ([reported(ID, "seen", NEXT), responded(ID, "seen", NEXT)], {"seen": 1}),
        ([responded(ID, "accepted", NEXT)], {"accepted": 1}),
        ([responded(ID, "refused", NEXT), responded(ID, "refused", LATER)], {"refused": 1}),
        ([clock(EXPIRED)], {"ignored": 1}),
        ([reported(ID, "seen", NEXT), clock(EXPIRED)], {"seen": 1, "ignored": 1}),
        ([responded(ID, "accepted", NEXT), clock(EXPIRED)], {"accepted": 1}),
        ([complaint("opened", NEXT)], {"complained": 1, "withdrawn": 1}),
        ([complaint("opened", NEXT), complaint("opened", LATER, "c2")], {"complained": 1, "withdrawn": 1}),
        (
            [responded(ID, "refused", NEXT), event("port.completed", at=LATER, port_ref="x", form="PAC",
             raised_by="customer")],
            {"refused": 1, "left": 1},
        ),
        ([willing(status="terminated", arrives=NEXT)], {"withdrawn": 1, "left": 1}),
        ([tombstone(arrives=NEXT)], {"left": 1}),
        ([reported("another", "delivered", NEXT), responded("another", "accepted", NEXT)], {}),
    ],
)  # fmt: skip
def test_what_comes_of_an_offer_is_counted_once(lines: list[Line], expected: dict[str, int]) -> None:
    """Reports and answers, silence, complaints and leaving."""
    assert expected == after_offer(*lines)


def test_a_complaint_or_leaving_long_after_an_offer_is_no_answer_to_it() -> None:
    """Thirty days."""
    late = "2026-12-10T12:00:01Z"

    assert {"ignored": 1} == after_offer(complaint("opened", late))
    assert {"ignored": 1} == after_offer(tombstone(arrives=late), clock(late))


def test_every_proposal_is_made_or_suppressed() -> None:
    """The funnel's own sum, and the outputs agree with it."""
    both = plan(allowance(), allowance("data.roaming", 1_000_000))
    fed = replay(
        [both, addon(), willing(), data(80), data(20, at=NEXT), profile(arrives=NEXT), data(50, at=EXPIRED),
         data(31, at=EXPIRED)]
    )  # fmt: skip
    counts = stages(fed)

    assert (len(fed.offers), len(fed.suppressed)) == (counts["made"], counts["suppressed"])
    assert 0 < counts["suppressed"]
    reasons = [str(reason) for one in fed.suppressed for reason in one.reasons]
    assert len(reasons) == sum(fed.pipeline.funnel.reasons.values())


def memory(fed: Fed) -> tuple[int, str, bool, bool]:
    """Return refusals, the channel that answered, and whether a complaint or a fault is open."""
    state = fed.state()
    contact = None if state is None else state.contact
    if contact is None:
        return 0, "", False, False
    return contact.refusal_count, contact.answered_on, contact.has_complaint, contact.has_fault


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([responded(ID, "refused", NEXT)], (1, "app", False, False)),
        ([responded("older", "refused", NEXT)], (1, "", False, False)),
        ([responded(ID, "refused", NEXT), responded("older", "refused", NEXT)], (2, "app", False, False)),
        ([responded(ID, "seen", NEXT)], (0, "app", False, False)),
        ([reported("notice", "seen", NEXT, "sms")], (0, "sms", False, False)),
        ([reported("notice", "delivered", NEXT, "sms")], (0, "", False, False)),
        ([reported("notice", "seen", NEXT, "pigeon")], (0, "", False, False)),
        ([complaint("opened", NEXT)], (0, "", True, False)),
        ([complaint("opened", NEXT), complaint("resolved", LATER)], (0, "", True, False)),
        ([complaint("opened", NEXT), complaint("confirmed", LATER)], (0, "", False, False)),
        ([complaint("opened", NEXT), complaint("closed", LATER, "c2")], (0, "", True, False)),
        ([complaint("assigned", NEXT)], (0, "", True, False)),
        ([event("fault.opened", at=NEXT, fault_id="f")], (0, "", False, True)),
        (
            [event("fault.opened", at=NEXT, fault_id="f"), event("fault.cleared", at=LATER, fault_id="f")],
            (0, "", False, False),
        ),
    ],
)
def test_what_decides_on_later_offers_is_remembered(
    lines: list[Line], expected: tuple[int, str, bool, bool]
) -> None:
    """A complaint is open until the subscriber says that it is not, or it is closed."""
    assert expected == memory(replay([*OFFERED, *lines]))


def test_who_was_never_offered_anything_has_no_memory() -> None:
    """Most subscribers cost nothing: notices that are read where they are always read change nothing."""
    fed = replay([plan(), willing(), data(80), reported("notice", "seen", NEXT, "app")])
    state = fed.state()

    assert state is not None
    assert state.contact is None


def notices(*lines: Line) -> list[str]:
    """Return the channels of the notices at 80 % and 100 %."""
    fed = replay([plan(), willing(), data(80), *lines, data(20, at=LATER)])
    return [notice.channel for notice in fed.care]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ["app", "app"]),
        ([reported("notice", "seen", NEXT, "sms")], ["app", "sms"]),
        ([reported("notice", "seen", NEXT, "email")], ["app", "app"]),
        ([reported("notice", "seen", NEXT, "sms"), reported("other", "seen", NEXT, "app")], ["app", "app"]),
    ],
)
def test_notices_too_go_where_the_subscriber_answered(lines: Iterable[Line], expected: list[str]) -> None:
    """DOMAIN A3.13: the closest effective contact, among the profile's own."""
    assert expected == notices(*lines)


def test_the_price_steps_of_offers_are_summed() -> None:
    """By kind, currency and direction, exactly."""
    fed = replay([plan(), addon(price="10.10"), willing(), data(80)])
    steps = {words: str(amount) for words, amount in fed.pipeline.funnel.steps.items()}

    assert {("addon", "CNY", "up"): "10.10"} == steps
