"""Seeded subscribers and their records: a month as a replay file, the same bytes for the same seed.

::

    catalog ── crowd ── people ──┬── life    what is done besides using: porting, travel, complaints
                                 └── usage   a day's sessions, calls, messages ──┐
                                     broken  what cannot be taken ───────────────┴── outbox: late, twice

Beside it, `conversation` lets people answer (`answers`) what a replay of such lines says to them: these
answers depend on what we say, so they are in no file.

Figures are published ones where there are any, else estimates; numbers, names and prices are invented.
`uniform` gives plain records instead, in any number, for benchmarks. The only source of chance is
`random.Random` of the seed.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import json, structs, to_builtins

from schemas.profile import Profile
from streams.simulate.broken import send_broken
from streams.simulate.catalog import ADDONS, PLANS
from streams.simulate.lean import uniform
from streams.simulate.life import Diary, Happening, agenda
from streams.simulate.month import Month, utc_text
from streams.simulate.outbox import EVENT, PROFILE, Outbox, arrivals
from streams.simulate.people import person, profile, profile_arrival_ms
from streams.simulate.usage import use

__all__ = ["DEFAULT_MONTH", "DEFAULT_SEED", "DEFAULT_SUBSCRIBERS", "simulate", "uniform"]

DEFAULT_SEED: Final = 7
DEFAULT_SUBSCRIBERS: Final = 580
"""With about 20 records a day each: some 330,000 in a month."""
DEFAULT_MONTH: Final = "2026-11"


def simulate(
    seed: int = DEFAULT_SEED,
    subscribers: int = DEFAULT_SUBSCRIBERS,
    *,
    month: str = DEFAULT_MONTH,
    is_lean: bool = False,
) -> Iterator[bytes]:
    """Yield the lines of a replay file in order of arrival, plans and add-ons first.

    Records started in ``month`` (``YYYY-MM``, local to each subscriber); the last of them arrive up to 30
    days after its end. Memory holds about a day's records. ``is_lean``: one data record a day for each, no
    calls and messages, so that many more subscribers take no longer.

    Raises: ValueError if there is no such month.
    """
    span, outbox = Month.of(month), Outbox()
    yield from _catalog(utc_text(span.opening_ms))
    diaries = [Diary(person(seed, number, span), span) for number in range(subscribers)]
    for diary in diaries:
        _send_person(outbox, diary, span)
    send_broken(seed, [diary.someone.subscriber_id for diary in diaries], span, outbox)
    zones = {diary.someone.home.time_zone for diary in diaries}
    for number in range(span.length_days):
        for diary in diaries:
            for happening in use(
                diary, span.day(diary.someone.home.time_zone, number), outbox, is_lean=is_lean
            ):
                _send_event(outbox, diary, happening)
        # Nothing of the next local day arrives before that day begins where it begins first.
        yield from outbox.arrived(min((span.day(zone, number + 1).start_ms for zone in zones), default=None))
    yield from outbox.arrived(None)


def _catalog(at_text: str) -> Iterator[bytes]:
    """Yield the lines of plans and add-ons, one version of each."""
    entries = [("plans", plan.plan_id, json.encode(plan)) for plan in PLANS]
    entries += [("addons", addon.addon_id, json.encode(addon)) for addon in ADDONS]
    for topic, key, value in entries:
        yield b'{"topic":"%b","timestamp":"%b","key":"%b","value":%b}\n' % (
            topic.encode(),
            at_text.encode(),
            key.encode(),
            value,
        )


def _send_person(outbox: Outbox, diary: Diary, span: Month) -> None:
    """Send a subscriber's profile, what the subscriber does, and the profile of one who has left."""
    someone = diary.someone
    known = profile(someone)
    _send_profile(outbox, profile_arrival_ms(someone, span), known)
    for happening in agenda(diary):
        _send_event(outbox, diary, happening)
    if someone.left_at_ms is not None:
        _send_profile(outbox, someone.left_at_ms, structs.replace(known, status="terminated"))


def _send_profile(outbox: Outbox, arrival_ms: int, known: Profile) -> None:
    value = {name: own for name, own in to_builtins(known).items() if own not in (None, [])}
    outbox.put(arrival_ms, PROFILE, known.subscriber_id, json.encode(value).decode())


def _send_event(outbox: Outbox, diary: Diary, happening: Happening) -> None:
    value = json.encode(happening.value).decode()
    for arrival_ms in arrivals(diary.random, happening.at_ms):
        outbox.put(arrival_ms, EVENT, diary.someone.subscriber_id, value)
