"""Whether a number may leave, as far as our own records know, and what is open besides.

What keeps a number is only what its regime says (`held_by`, days on the network, a change of SIM) and the
lock that its owner has put on it. Contracts and unpaid bills are told in every regime: they cost something.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from schemas.fields import Money
from schemas.profile import Contract
from schemas.signals import PortQuery
from schemas.times import MS_PER_DAY, parse_instant
from streams.regimes.porting_rules import Condition
from streams.responses import spoken
from streams.responses.found import Found
from streams.responses.texts import Language, phrase, sentences

CONTRACTS_TOLD: Final = 3
"""A profile may have 64, a message not."""


def answer(found: Found, signal: PortQuery, language: Language) -> str:
    """Return what stands in the way of a number, and what is good to know before it leaves."""
    at_ms = parse_instant(signal.at)
    today = date.fromisoformat(spoken.day(at_ms, time_zone=found.profile.time_zone))
    open_: tuple[tuple[Condition, list[str]], ...] = (
        ("contract", list(_contracts(found, today, language))),
        ("unpaid", [_unpaid(money, language) for money in found.facts.owed]),
    )
    held_by = found.regime.porting.held_by
    held = [*_held(found, at_ms, today, language)]
    told = [*_unknown(found, language)]
    for condition, texts in open_:
        (held if condition in held_by else told).extend(texts)
    parts = [phrase("port_held", language), *held] if held else [phrase("port_nothing_open", language)]
    if told:
        parts += [phrase("port_to_know", language), *told]
    return sentences(language, *parts)


def running(contracts: tuple[Contract, ...], today: date) -> list[Contract]:
    """Return the contracts that still run on a day, the last of them included; the first to end first."""
    return sorted(
        (one for one in contracts if one.ends_on is None or one.ends_on >= today),
        key=lambda one: (one.ends_on is None, one.ends_on or today),
    )


def _held(found: Found, at_ms: int, today: date, language: Language) -> Iterator[str]:
    """Yield what keeps the number, contracts and bills aside."""
    profile, rules = found.profile, found.regime.porting
    if profile.port_locked:
        yield phrase("port_number_locked", language)
    if "suspended" in rules.held_by and profile.status == "suspended":
        yield phrase("port_suspended", language)
    if rules.days_on_network:
        days = str(rules.days_on_network)
        if profile.joined_on is not None and (today - profile.joined_on).days < rules.days_on_network:
            ordinal = profile.joined_on.toordinal() + rules.days_on_network
            reached = date.fromordinal(min(ordinal, date.max.toordinal()))
            yield phrase("port_too_new", language, days=days, day=spoken.calendar_day(reached, language))
    swapped_ms = found.facts.swapped_ms
    if swapped_ms is not None and swapped_ms <= at_ms < swapped_ms + rules.sim_swap_ms:
        at = spoken.moment(swapped_ms, time_zone=profile.time_zone, language=language)
        yield phrase("port_swapped", language, at=at, days=str(rules.sim_swap_ms // MS_PER_DAY))


def _unknown(found: Found, language: Language) -> Iterator[str]:
    """Yield what the regime asks and our records do not have."""
    days = found.regime.porting.days_on_network
    if days and found.profile.joined_on is None:
        yield phrase("port_age_unknown", language, days=str(days))


def _contracts(found: Found, today: date, language: Language) -> Iterator[str]:
    contracts = running(found.profile.contracts, today)
    for contract in contracts[:CONTRACTS_TOLD]:
        fee = contract.exit_fee
        name = "port_contract" if contract.ends_on is not None else "port_contract_open"
        params = {} if contract.ends_on is None else {"day": spoken.calendar_day(contract.ends_on, language)}
        if fee is not None and fee.value() > 0:
            name += "_fee"
            params["fee"] = spoken.price(fee.amount, fee.currency, language)
        yield phrase(name, language, **params)
    if len(contracts) > CONTRACTS_TOLD:
        yield phrase("port_contracts_more", language)


def _unpaid(money: Money, language: Language) -> str:
    return phrase("port_unpaid", language, amount=spoken.price(money.amount, money.currency, language))
