"""What waits for its hour while workers are killed: said in the morning, once, or not at all.

Each subscriber is a case of its own, and all that they wait for is due at the same instant::

    history    evening            night                     08:00 UTC
    ---------- 22:30 ------------ 23:40 ---------- 07:59:59 --|------------>
               offers, notices    what forbids     the last   all is due: no record arrives
               are held           some of them     records

The clock goes on with the wall time that passes after the last record: a second later it is morning.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Final

import orjson
import pytest

from schemas.topics import CARE_EVENTS, OFFER_EVENTS, OUTPUTS, SUPPRESSED_OFFERS
from streams.kafka.tail import tail
from streams.lines import output_line
from streams.replay import Replay
from streams.settings import Settings
from tests.build import Line, addon, after, allowance, data, event, lines_of, ms, plan, usage
from tests.build_contact import clock, responded, willing
from tests.kafka.build_worker import (
    LIMIT_S,
    PARTITIONS,
    WorkerProcess,
    caught_up,
    fed,
    made,
    until,
)

pytestmark = pytest.mark.kafka

FIRST: Final = "2026-10-01T10:00:00Z"
EARLIER: Final = "2026-11-03T12:00:00Z"
EVENING: Final = "2026-11-10T22:30:00Z"
NIGHT: Final = "2026-11-10T23:40:00Z"
DUE: Final = "2026-11-11T08:00:00Z"
LAST: Final = after(DUE, seconds=-1)
AFTER: Final = after(DUE, seconds=1)
QUICK: Final = {"USAGEWATCH_SESSION_TIMEOUT_MS": "1500"}
"""A worker that was killed is missed sooner."""
DYING: Final = str(Path(__file__).with_name("timed_worker.py"))

Said = Counter[tuple[str, str, str]]
"""(topic, subscriber, id) → how often."""

OFFERED: Final = ("offered", "leaving", "revoking", "refusing", "late")
"""Who has an offer held; the name says what they do about it."""
ABROAD: Final = {"time_zone": "Africa/Johannesburg"}
"""Where it is 10:00, the hour of care, when it is 08:00 in UTC."""
BORN: Final = {"born_on": "1990-11-11", **ABROAD}
PROFILES: Final = {
    **{who: willing(subscriber_id=who, arrives=FIRST) for who in (*OFFERED, "greeted", "unwilling")},
    "born": willing(subscriber_id="born", arrives=FIRST, **BORN),
    "suspended": willing(subscriber_id="suspended", arrives=FIRST, **BORN),
    "reminded": willing(subscriber_id="reminded", arrives=FIRST, **ABROAD),
}


def of(who: str, line: Line) -> Line:
    """Return a line as a subscriber's own, with an identity that no other line has."""
    name = {"cdr": "record_id", "usage-events": "event_id"}.get(line["topic"])
    at = line["value"].get("at") or line["value"].get("started_at")
    identity = {} if name is None else {name: f"{who}-{at}"}
    return {**line, "value": {**line["value"], "subscriber_id": who, **identity}}


def port(who: str, at: str) -> Line:
    """Return a request to leave with the number."""
    return of(who, event("port.requested", at=at, port_ref="r", form="SQXZ", raised_by="customer"))


def phone(who: str) -> Line:
    """Return a new device, for which a greeting waits until the morning."""
    return of(who, event("device.changed", at=EVENING, model="X", generation="5g"))


HISTORY: Final = [
    plan(allowance(), allowance("data.roaming", 1_000_000)),
    addon(),
    addon(addon_id="r", bucket="data.roaming"),
    *PROFILES.values(),
    of("reminded", event("service.ordered", at=after(DUE, days=-14), service="broadband")),
    of("refusing", usage("data", at=EARLIER, bytes_up=900_000, roaming=True)),
    *(of(who, data(80, at=EVENING)) for who in OFFERED),
    phone("greeted"),
    phone("unwilling"),
]


def said_in(lines: Iterable[bytes]) -> Said:
    """Return topic, subscriber and id of each output, with how often it is there."""
    found = (orjson.loads(line) for line in lines)
    return Counter((one["topic"], one["value"]["subscriber_id"], one["value"]["id"]) for one in found)


def replayed(*records: Line) -> Said:
    """Return what a replay says."""
    return said_in(map(output_line, Replay().run(lines_of(records, is_bare=True))))


def _offer_refused() -> str:
    [offer_id] = [
        name for topic, who, name in replayed(*HISTORY) if (topic, who) == (OFFER_EVENTS, "refusing")
    ]
    return offer_id


FORBIDDEN: Final = [
    port("leaving", NIGHT),
    of("revoking", event("consent.changed", at=NIGHT, purpose="commercial", granted=False)),
    of("refusing", responded(_offer_refused(), "refused", NIGHT)),
    willing(subscriber_id="unwilling", arrives=NIGHT, notice_opt_outs=["greeting"]),
    willing(subscriber_id="suspended", arrives=NIGHT, status="suspended", **BORN),
]
MORNING: Final = [of(who, clock(LAST)) for who in PROFILES]
"""Moves each partition's clock to just before."""
LATER: Final = [of(who, clock(after(DUE, minutes=1))) for who in PROFILES]
"""Moves a replay's clock past it."""
SAID: Final = replayed(*HISTORY, *FORBIDDEN, *MORNING, *LATER)
"""All that is said, by a replay."""
BEFORE: Final = replayed(*HISTORY, *FORBIDDEN, *MORNING)
"""What of it is said before the morning."""
WAITED: Final = {
    (OFFER_EVENTS, "offered"),
    (OFFER_EVENTS, "late"),
    (SUPPRESSED_OFFERS, "revoking"),
    (SUPPRESSED_OFFERS, "refusing"),
    (CARE_EVENTS, "greeted"),
    (CARE_EVENTS, "born"),
    (CARE_EVENTS, "reminded"),
}
"""What is said in the morning: nothing to those who are leaving, unwilling or suspended."""


async def lines_on(settings: Settings, topic: str) -> list[bytes]:
    """Return what is committed on a topic."""
    found = tail(settings, topic, from_beginning=True, until_end=True)
    return [line async for some in found for line in some]


async def said(settings: Settings) -> Said:
    """Return what readers of committed records see on all topics of outputs."""
    found = await asyncio.gather(*(lines_on(settings, topic) for topic in OUTPUTS))
    return said_in(chain.from_iterable(found))


async def heard(settings: Settings, wanted: Said) -> None:
    """Return when all of it is said."""
    limit_s = time.monotonic() + LIMIT_S
    while not wanted <= await said(settings):
        assert time.monotonic() < limit_s, "not said"


async def fed_with(settings: Settings, *records: Line) -> None:
    """Write records into the input topics."""
    await fed(settings, lines_of(records, is_bare=True))


def dying(settings: Settings, when: str) -> WorkerProcess:
    """Return a worker that kills itself around what is due in the morning."""
    return WorkerProcess(settings, (DYING, when, str(ms(DUE))), **QUICK)


async def test_what_waits_over_a_kill_in_the_night_is_said_once_in_the_morning_or_not_at_all(
    bootstrap_servers: str, prefix: str
) -> None:
    """Killed while all of it waits; what forbids some of it comes while nobody runs."""
    settings = await made(bootstrap_servers, prefix)
    await fed_with(settings, *HISTORY)
    with WorkerProcess(settings, **QUICK) as worker:
        await caught_up(settings, worker)
        worker.kill()
    await fed_with(settings, *FORBIDDEN)
    with WorkerProcess(settings, **QUICK) as worker:
        await caught_up(settings, worker)
        night = await said(settings)
        await fed_with(settings, *MORNING)
        await heard(settings, SAID)
        blocked = worker.sample("usagewatch_offers_suppressed_total", reason="blocked")
        worker.stop()

    assert BEFORE == night
    assert SAID == await said(settings)
    assert 1 == blocked  # told to nobody, but counted
    assert WAITED == {(topic, who) for topic, who, _ in SAID - BEFORE}


async def test_what_became_due_while_nobody_ran_is_said_once_through_kills_around_it(
    bootstrap_servers: str, prefix: str
) -> None:
    """Killed when it is due, again with all written and not committed, again right after the commit."""
    settings = await made(bootstrap_servers, prefix, partition_count=1)
    away = [*FORBIDDEN, port("late", AFTER)]
    wanted = replayed(*HISTORY, *MORNING, *away, *LATER)
    await fed_with(settings, *HISTORY, *MORNING)
    statuses = []
    with dying(settings, "due") as worker:
        statuses.append(await asyncio.to_thread(worker.end))
    due = await said(settings)
    await fed_with(settings, *away)
    with dying(settings, "written") as worker:
        statuses.append(await asyncio.to_thread(worker.end))
    written = await said(settings)
    with dying(settings, "committed") as worker:
        statuses.append(await asyncio.to_thread(worker.end))
    committed = await said(settings)
    with WorkerProcess(settings, **QUICK) as worker:
        await fed_with(settings, *LATER)
        await caught_up(settings, worker)
        worker.stop()

    assert [-signal.SIGKILL] * 3 == [status for status, _ in statuses]
    assert replayed(*HISTORY, *MORNING) == due
    assert not written & (wanted - BEFORE)
    assert wanted == committed
    assert wanted == await said(settings)


async def test_what_is_due_while_its_partition_moves_is_said_once(
    bootstrap_servers: str, prefix: str
) -> None:
    """Of two workers one is killed when it is due; the other says its own, takes over, and says the rest."""
    settings = await made(bootstrap_servers, prefix)
    await fed_with(settings, *HISTORY)
    with dying(settings, "due") as first, WorkerProcess(settings, **QUICK) as second:
        await until(lambda: len(first.partitions()) == len(second.partitions()) == PARTITIONS // 2, "shared")
        await fed_with(settings, *FORBIDDEN)
        await caught_up(settings, first, second)
        await fed_with(settings, *MORNING)
        status, _ = await asyncio.to_thread(first.end)
        await heard(settings, SAID)
        await until(lambda: second.partitions() == [0, 1, 2, 3], "the other has all of them")
        second.stop()

    assert -signal.SIGKILL == status
    assert SAID == await said(settings)
