"""B3: what may come of anything that has to do with porting, by jurisdiction, followed to its root."""

from collections.abc import Callable
from itertools import combinations, product
from typing import get_args

import pytest
from msgspec.structs import replace

from schemas.found import Signal
from schemas.messages import SuppressedOffer, SuppressionReason
from schemas.signals import PortRoot
from streams.regimes import Regime, shipped
from streams.regimes.operators import read_operators
from streams.regimes.porting_rules import Permission
from streams.responses import gate, respond
from streams.responses.standing import NO_FACTS, Facts
from streams.rules import Rules
from tests.build import Fed, addon, data, plan, profile, replay
from tests.build_found import (
    DEFAULT_REGIME,
    agreed,
    churn_risk,
    found,
    near_limit,
    port_query,
    port_request,
    port_suspect,
    regime,
)
from tests.said import said

PERMISSIONS = get_args(Permission)
ROOTS = get_args(PortRoot)
SIGNALS: dict[str, tuple[Signal, frozenset[str]]] = {
    "usage": (near_limit(), frozenset()),
    "query": (port_query(), frozenset({"query"})),
    "customer": (port_request(raised_by="customer"), frozenset({"request_by_customer"})),
    "gaining": (port_request(raised_by="gaining_operator"), frozenset({"request_by_gaining_operator"})),
    "suspect": (port_suspect(), frozenset({"suspicion"})),
    "risk": (churn_risk(), frozenset()),
    **{f"risk_of_{root}": (churn_risk(roots=(root,)), frozenset({root})) for root in ROOTS},
}
"""Causes, and the roots that each has."""


def permitting(**value: tuple[Permission, ...]) -> Regime:
    """Return a regime that permits this, by root."""
    porting = DEFAULT_REGIME.porting
    return regime(porting=replace(porting, permits={**porting.permits, **value}))


@pytest.mark.parametrize("name", SIGNALS)
def test_every_cause_is_followed_to_its_root(name: str) -> None:
    """A risk counts as what its reasons are about."""
    signal, expected = SIGNALS[name]

    assert expected == gate.roots((signal,), DEFAULT_REGIME)


def test_question_in_a_form_of_requests_has_a_request_as_its_root() -> None:
    """India, PORT to 1900; elsewhere the same word is a question."""
    signal = port_query(form="PORT")

    assert {"request_by_customer"} == gate.roots((signal,), shipped().of("IN"))
    assert {"query"} == gate.roots((signal,), shipped().of("CN"))


def test_b3_what_is_permitted_must_be_so_for_every_root(tell: Callable[[str], None]) -> None:
    """All shipped regimes, all sets of up to four causes, all that may come of them."""
    tried = 0
    for one, size in product(shipped().all, range(1, 5)):
        for chain in combinations(SIGNALS.values(), size):
            roots = {root for _, own in chain for root in own}
            for what in PERMISSIONS:
                expected = all(what in one.porting.permits[root] for root in roots)  # type: ignore[index]

                assert expected == gate.permits(one, [signal for signal, _ in chain], what)
                tried += 1
    tell(f"gate: {tried:,} causes by jurisdiction and permission")

    assert tried == 10 * 4 * sum(1 for size in range(1, 5) for _ in combinations(SIGNALS, size))


@pytest.mark.parametrize("country", ["CN", "US", "IN", "GB", "XX"])
@pytest.mark.parametrize("root", ROOTS)
def test_b3_no_shipped_regime_permits_an_offer_on_anything_about_porting(
    country: str, root: PortRoot
) -> None:
    """China: no special schemes; US: no retention marketing; India: discriminatory; default: care only."""
    assert "public_offer" not in shipped().of(country).porting.permits[root]


@pytest.mark.parametrize("name", [name for name, (_, own) in SIGNALS.items() if own])
def test_offer_beside_anything_about_porting_is_blocked(name: str) -> None:
    """Whatever else was found."""
    signal, _ = SIGNALS[name]

    assert gate.is_blocked(DEFAULT_REGIME, (near_limit(), signal), NO_FACTS)


def test_regime_that_permits_a_public_offer_lets_it_be_made() -> None:
    """A person may know a law that lets one; only for the root that is named."""
    public = permitting(query=("information", "public_offer"))

    assert not gate.is_blocked(public, (near_limit(), port_query()), NO_FACTS)
    assert gate.is_blocked(public, (near_limit(), port_request()), NO_FACTS)


def test_regime_that_permits_nothing_says_nothing() -> None:
    """Data decides, also about the answer and the notice."""
    nothing = permitting(query=(), request_by_customer=(), request_by_gaining_operator=())

    assert [] == list(respond(found(port_query(), port_request(), plan=None, regime=nothing)))


def test_state_that_blocks_is_as_good_as_a_cause() -> None:
    """A request of three weeks ago."""
    assert gate.is_blocked(DEFAULT_REGIME, (near_limit(),), Facts(is_blocked=True))


def test_care_comes_first_with_a_word_of_its_own() -> None:
    """Nothing about porting in it, so it may be written down."""
    given = agreed(near_limit(), facts=Facts(is_care_first=True))

    assert [("care_first",)] == [one.reasons for one in said(given) if isinstance(one, SuppressedOffer)]


def test_what_is_blocked_cannot_be_written() -> None:
    """Sales reads ``suppressed-offers``."""
    [one] = [one for one in said(agreed(near_limit(), addons=())) if isinstance(one, SuppressedOffer)]

    with pytest.raises(ValueError, match="blocked"):
        replace(one, reasons=(SuppressionReason.BLOCKED,))


# -- names of operators


@pytest.mark.parametrize("name", ["Verizon 5 GB", "like AT&T", "联通畅游包", "EE data"])
def test_b3_name_of_the_catalogue_that_is_an_operators_is_refused(name: str) -> None:
    """At run time: no offer, and why not."""
    fed = offered(name)

    assert [("names_operator",)] == [one.reasons for one in fed.suppressed]
    assert not fed.offers


@pytest.mark.parametrize("name", ["5 GB pack", "Three more GB", "orange pack", "Jiopolis", "ee-pack"])
def test_word_that_only_looks_like_a_name_is_no_name(name: str) -> None:
    """Whole words; those of everyday language only as operators write them."""
    assert 1 == len(offered(name).offers)


def test_own_name_is_taken_out_by_whoever_runs_this() -> None:
    """In a file of the folder of regimes."""
    own = read_operators('version = 1\nsource = "ours"\nnames = ["Optus"]')

    assert 1 == len(offered("Verizon 5 GB", rules=replace(Rules.default(), operators=own)).offers)


def offered(name: str, *, rules: Rules | None = None) -> Fed:
    """Return what comes of a subscriber close to a limit where the one add-on has that name."""
    agreed_to = {"purpose": "commercial", "granted": True, "at": "2026-01-01T00:00:00Z"}
    lines = [plan(), addon(name=name), profile(consents=[agreed_to], channels=["sms"]), data(85)]
    return replay(lines, rules=rules)
