"""Offers on their way out: what is said, what is remembered, what is counted."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.messages import SuppressionReason
from streams.core.catalog import Catalog
from streams.core.contact import Stage
from streams.core.subscriber import Subscriber
from streams.funnel import Funnel
from streams.noticing import Notices
from streams.offering import Offering
from streams.pipeline import Rules
from streams.responses.proposal import Proposal
from streams.turn import Turn
from tests.build_contact import DAY, PROFILED, asked, proposal, segment
from tests.build_found import AGREED, CLOCK_MS, near_limit
from tests.build_found import profile as a_profile


class Desk:
    """Offers to one subscriber, as a worker lets them out."""

    def __init__(self, *, rules: Rules | None = None, **own: Any) -> None:  # noqa: ANN401  (of a profile)
        self.state = Subscriber(id="8613800000001")
        who = a_profile(**{"consents": (AGREED, PROFILED), **own})
        self.state.set_profile(who, arrival_ms=CLOCK_MS - DAY)
        self.funnel = Funnel()
        notices = Notices(catalog=Catalog(), rules=rules or Rules.default())
        self.offering = Offering(
            catalog=Catalog(), operators=Rules.default().operators, notices=notices, funnel=self.funnel
        )

    def decide(self, *proposals: Proposal, is_about_porting: bool = False) -> list[tuple[str, str]]:
        """Return topic and type of what is said once it is decided."""
        turn = Turn(self.state, CLOCK_MS, [], is_about_porting=is_about_porting)
        for one in proposals:
            turn.propose([one])
        self.offering.decide(turn)
        return [(emitted.topic, emitted.type) for emitted in turn.out]


GIVEN = asked()


def test_what_is_made_is_said_remembered_and_counted() -> None:
    """Once each: the offer, its causes to take it back by, and its price step."""
    desk = Desk()

    assert [("offer-events", "addon")] == desk.decide(proposal(GIVEN))
    assert desk.state.contact is not None
    (made,) = desk.state.contact.made
    assert ("d5", "app", CLOCK_MS, ("id-near-80-data",), False) == (
        made.key,
        made.channel,
        made.at_ms,
        made.causes,
        made.is_profiled,
    )
    assert {("addon", "app", "made"): 1} == dict(desk.funnel.stages)
    assert {("addon", "CNY", "up"): Decimal("10.00")} == desk.funnel.steps
    assert desk.state.next_due_ms() == made.expires_ms


def test_all_that_is_proposed_in_a_turn_is_decided_together() -> None:
    """The one of most use is made; each of the others is written down."""
    desk = Desk()
    causes = (near_limit(), segment())

    assert [("suppressed-offers", "addon"), ("offer-events", "upgrade")] == desk.decide(
        proposal(GIVEN, "d5", 1), proposal(GIVEN, "big", 2, kind="upgrade", rule="upgrade", causes=causes)
    )
    assert desk.state.contact is not None
    assert desk.state.contact.made[0].is_profiled


def test_an_offer_that_is_not_the_cheapest_that_suffices_is_counted() -> None:
    """Its share of those made is a metric."""
    desk = Desk()
    desk.decide(replace(proposal(GIVEN), is_cheapest=False))

    assert {("addon", "app", Stage.MADE): 1, ("addon", "app", Stage.NOT_CHEAPEST): 1} == dict(
        desk.funnel.stages
    )


def test_beside_anything_about_porting_not_a_word_is_written() -> None:
    """Neither an offer nor why there is none; only the count knows."""
    desk = Desk()

    assert [] == desk.decide(proposal(GIVEN), is_about_porting=True)
    assert desk.state.contact is None
    assert {("addon", "blocked"): 1} == dict(desk.funnel.reasons)


def test_what_a_response_blocks_is_not_written_either() -> None:
    """A rule that knows of porting says so by that reason."""
    desk = Desk()

    assert [] == desk.decide(proposal(GIVEN, reasons=(SuppressionReason.BLOCKED,)))
    assert {("addon", "blocked"): 1} == dict(desk.funnel.reasons)


def test_a_history_that_is_read_in_makes_no_offers() -> None:
    """Nor does it remember any: nothing was said."""
    desk = Desk(rules=replace(Rules.default(), muted_until_ms=CLOCK_MS + 1))

    assert [] == desk.decide(proposal(GIVEN))
    assert desk.state.contact is None


def test_a_task_of_an_account_manager_is_remembered_as_an_offer() -> None:
    """By the task's own id, which a withdrawal names; it is no offer made."""
    desk = Desk(account_type="enterprise")

    assert [("suppressed-offers", "addon"), ("tasks", "account_manager")] == desk.decide(proposal(GIVEN))
    assert desk.state.contact is not None
    assert ["account_manager"] == [made.channel for made in desk.state.contact.made]
    assert {
        ("addon", "none", "suppressed"): 1,
        ("addon", "account_manager", "task"): 1,
    } == dict(desk.funnel.stages)
    assert {} == desk.funnel.steps


def test_nothing_proposed_is_nothing_done() -> None:
    """Nearly always."""
    desk = Desk()

    assert [] == desk.decide()
    assert desk.state.contact is None


@pytest.mark.parametrize(
    ("stay", "then", "expected"), [("138.00", "128.00", True), ("128.00", "138.00", False)]
)
def test_what_is_to_be_saved_is_remembered(stay: str, then: str, *, expected: bool) -> None:
    """Of an offer that saves something in a month; an add-on beside a plan costs more."""
    desk = Desk()
    one = proposal(GIVEN, "d5")
    build = one.build
    assert build is not None

    def saving(channel: Any) -> Any:  # noqa: ANN401  (as `Proposal.build`)
        offer = build(channel)
        costs = {"d5": then, "stay": stay}
        options = tuple(replace(option, monthly_cost=costs[option.id]) for option in offer.options)
        return replace(offer, options=options)

    desk.decide(replace(one, build=saving))
    assert desk.state.contact is not None
    terms = desk.state.contact.made[0].terms

    assert expected == (terms is not None)
    assert terms is None or (stay, then, "CNY") == (terms.stay, terms.then, terms.currency)


def test_a_proposal_without_an_offer_needs_a_reason() -> None:
    """Else it could neither be made nor explained; and its leading signal is one of its causes."""
    with pytest.raises(ValueError, match="reason"):
        replace(proposal(GIVEN), build=None)
    with pytest.raises(ValueError, match="leading"):
        replace(proposal(GIVEN), leading=segment())
