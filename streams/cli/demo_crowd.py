"""Restraint on a crowd: what care and offers make of 5,000 subscribers' month, and whether all is kept to.

People answer here (`streams.simulate.conversation`); in the month before, which can be kept as a replay file,
they do not.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct, field
from rich.console import Group
from rich.text import Text

from schemas.envelope import Emitted
from schemas.found import OnPortSignals
from schemas.messages import OfferEvent
from schemas.profile import Profile
from schemas.signals import PortRequest
from schemas.times import MS_PER_DAY, parse_instant
from schemas.topics import CARE_EVENTS, OFFER_EVENTS, PORT_SIGNALS, TASKS
from streams.cli.demo_report import checked, restraint, tallies
from streams.cli.funnel_tables import funnel_tables
from streams.core.wall import age_at, quiet_ends_ms
from streams.regimes import shipped
from streams.regimes.contact import ContactRules
from streams.replay import Replay
from streams.simulate import DEFAULT_MONTH
from streams.simulate.month import Month
from streams.simulate.people import person, profile

SUBSCRIBERS: Final = 5_000
_AFTER_REQUEST_MS: Final = 30 * MS_PER_DAY
_offer = msgspec.json.Decoder(OfferEvent)
_port_signal = msgspec.json.Decoder(OnPortSignals)


class Crowd(Struct):
    """What was said to a crowd."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    offered: dict[str, list[int]] = field(default_factory=dict)
    """When each subscriber had offers."""
    requests: dict[str, list[int]] = field(default_factory=dict)
    """When each asked to port out."""
    refused: dict[str, list[int]] = field(default_factory=dict)
    """When each one's refusals of offers arrived."""

    def see(self, emitted: Emitted) -> None:
        """Take in one output."""
        self.counts[emitted.topic][emitted.type] += 1
        if emitted.topic == OFFER_EVENTS:
            offer = _offer.decode(emitted.value or b"")
            self.offered.setdefault(offer.subscriber_id, []).append(parse_instant(offer.decided_at))
        elif emitted.topic == PORT_SIGNALS:
            signal = _port_signal.decode(emitted.value or b"")
            if isinstance(signal, PortRequest):
                self.requests.setdefault(signal.subscriber_id, []).append(parse_instant(signal.at))


def shown(crowd: Crowd, replay: Replay, seed: int, subscribers: int) -> Group:
    """Return the tables, and what was to be kept to, held against the outputs themselves."""
    known = {one.subscriber_id: one for one in _profiles(seed, subscribers)}
    title = Text(
        f"{subscribers:,} more, one data record a day each: what was said, and what came of it", "bold"
    )
    return Group(
        title,
        tallies({"Care": crowd.counts[CARE_EVENTS], "Tasks for people": crowd.counts[TASKS]}),
        *funnel_tables(replay.pipeline.funnel.stages, replay.pipeline.funnel.reasons),
        restraint(crowd.offered),
        *_checks(crowd, known),
    )


def _checks(crowd: Crowd, known: dict[str, Profile]) -> Iterator[Text]:
    """Yield one line for each promise, held against every offer."""
    offers = [(known[who], at_ms) for who, times in crowd.offered.items() for at_ms in times]
    at_night = [1 for who, at_ms in offers if _is_quiet(who, at_ms)]
    yield checked(not at_night, f"{len(at_night)} offers in the quiet hours of {len(offers)}")
    young = [1 for who, at_ms in offers if _is_young(who, at_ms)]
    yield checked(not young, f"{len(young)} offers to minors or people of unknown age")
    after = [
        1
        for who, at_ms in offers
        for asked_ms in crowd.requests.get(who.subscriber_id, ())
        if asked_ms <= at_ms < asked_ms + _AFTER_REQUEST_MS
    ]
    asked = sum(map(len, crowd.requests.values()))
    yield checked(not after, f"{len(after)} offers within 30 days of one of {asked} requests to port out")
    again = [
        1
        for who, at_ms in offers
        for refused_ms in crowd.refused.get(who.subscriber_id, ())
        if refused_ms < at_ms < refused_ms + _rules(who).refusal_wait_ms
    ]
    refusals = sum(map(len, crowd.refused.values()))
    yield checked(not again, f"{len(again)} offers to those who had refused one, after {refusals} refusals")


def _is_quiet(who: Profile, at_ms: int) -> bool:
    rules = _rules(who)
    ends_ms = quiet_ends_ms(
        who.time_zone, at_ms, from_minute=rules.quiet_from_minute, to_minute=rules.quiet_to_minute
    )
    return ends_ms is not None


def _is_young(who: Profile, at_ms: int) -> bool:
    return (age_at(who.born_on, who.time_zone, at_ms) or 0) < _rules(who).adult_age


def _rules(who: Profile) -> ContactRules:
    return shipped().of(who.jurisdiction).contact


def _profiles(seed: int, subscribers: int) -> Iterator[Profile]:
    span = Month.of(DEFAULT_MONTH)
    return (profile(person(seed, number, span)) for number in range(subscribers))
