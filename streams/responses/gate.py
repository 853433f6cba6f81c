"""The gate by jurisdiction: what may come of anything that has to do with porting.

What a finding has to do with porting is followed to its root: a question and a request are roots
themselves, a risk brings those of its reasons along. What has a root may come of it only if the regime
permits it for each root; what has none is none of this gate's business.

What is kept back for porting is kept back without a word: ``suppressed-offers`` is read by sales, and a
reason there, however neutral its name, would be read as porting if nothing else ever gave it. It is counted
as ``blocked``, and never written.
"""

from collections.abc import Iterable

from schemas.found import Signal
from schemas.messages import OfferEvent
from schemas.risk_signals import ChurnRisk
from schemas.signals import PortFraudSuspect, PortQuery, PortRequest, PortRoot
from streams.regimes import Regime
from streams.regimes.operators import Operators
from streams.regimes.porting_rules import Permission
from streams.responses.found import Found
from streams.responses.standing import Facts


def roots(signals: Iterable[Signal], regime: Regime) -> frozenset[PortRoot]:
    """Return what findings have to do with porting; nothing: they have not."""
    return frozenset(root for signal in signals for root in _roots(signal, regime))


def permits(regime: Regime, signals: Iterable[Signal], what: Permission) -> bool:
    """Return whether the regime lets ``what`` come of these causes; always where none is about porting."""
    return all(what in regime.porting.permits[root] for root in roots(signals, regime))


def is_about_porting(found: Found) -> bool:
    """Return whether anything that was found beside has to do with porting."""
    return bool(roots(found.signals, found.regime))


def is_blocked(regime: Regime, signals: Iterable[Signal], facts: Facts) -> bool:
    """Return whether no offer may be made of these causes, and nothing be written of it either."""
    return facts.is_blocked or not permits(regime, signals, "public_offer")


def names_operator(offer: OfferEvent, operators: Operators) -> bool:
    """Return whether an offer's words name another operator, by a name of the catalogue.

    Names of plans and add-ons are the only words in a text that nobody here has read.
    """
    words = [offer.text, offer.why, *(option.name for option in offer.options)]
    words += [*(item.name for item in offer.items), *offer.gives_up, *offer.template.params.values()]
    return any(operators.are_named_in(word) for word in words)


def _roots(signal: Signal, regime: Regime) -> tuple[PortRoot, ...]:
    match signal:
        case PortQuery(form=form):
            return ("request_by_customer",) if regime.porting.is_request(form) else ("query",)
        case PortRequest(raised_by="customer"):
            return ("request_by_customer",)
        case PortRequest():
            return ("request_by_gaining_operator",)
        case PortFraudSuspect():
            return ("suspicion",)
        case ChurnRisk(roots=own):
            return own
        case _:
            return ()
