"""How one subscriber stands, in words: what a person wants to know of a state. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from schemas.fields import Bucket
from streams.core.counting import unit_of
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.responses import spoken

_UNIT_BASE: Final = 1000
"""A state does not know how its plan speaks of volumes; most say 1 GB for 1000 MB."""
_UNLIMITED: Final = "unlimited"


class BucketRow(Struct, frozen=True):
    """One bucket of one billing period."""

    period: str
    plan: str
    bucket: str
    used: str
    allowance: str
    left: str
    percent: str
    charged: str
    """Sum of the records' own charges."""
    raised: tuple[str, ...]
    """Marks of this generation of the allowance."""


class WindowRow(Struct, frozen=True):
    """What was used of a bucket lately."""

    bucket: str
    last_day: str
    last_week: str
    last_days: str
    """35 days, zero-rated use too."""


class GrantRow(Struct, frozen=True):
    """An add-on, or what was carried over."""

    addon: str
    bucket: str
    amount: str
    since: str
    until: str


class Standing(Struct, frozen=True):
    """Everything that is shown; facts are (name, words)."""

    facts: tuple[tuple[str, str], ...]
    buckets: tuple[BucketRow, ...]
    """The newest period first."""
    windows: tuple[WindowRow, ...]
    grants: tuple[GrantRow, ...]


def standing(state: Subscriber, *, clock_ms: int) -> Standing:
    """Return how a subscriber, a group or an account stands at the time of its partition's clock."""
    zone = state.zone_at(clock_ms) if state.terms else "UTC"
    return Standing(
        facts=tuple(_facts(state, zone, clock_ms)),
        buckets=tuple(
            _bucket(period, name, usage)
            for period in reversed(state.periods)
            for name, usage in sorted(period.buckets.items())
        ),
        windows=tuple(_windows(state, clock_ms)),
        grants=tuple(_grants(state, zone)),
    )


def _facts(state: Subscriber, zone: str, clock_ms: int) -> Iterator[tuple[str, str]]:
    if state.owner_id:
        yield "group", f"of {state.owner_id}, {len(state.members)} lines"
    yield "profile", _profile(state, zone, clock_ms)
    if state.group_id is not None:
        yield "group", f"shares the allowances of {state.group_id}"
    if state.account_id is not None:
        yield "account", state.account_id
    if bill := state.bill:
        owed = [f"{currency} {amount}" for currency, amount in sorted((bill.owed or {}).items())]
        limit = f", credit limit {bill.credit_limit[1]} {bill.credit_limit[0]}" if bill.credit_limit else ""
        told = f", told: {', '.join(sorted(bill.raised))}" if bill.raised else ""
        yield "owed", (", ".join(owed) or "nothing") + limit + told
    if state.held:
        counts = Counter(held.topic for held in state.held)
        oldest = min(held.timestamp_ms for held in state.held)
        waits_for = "its plan" if state.profile else "a profile"
        words = ", ".join(f"{count} of {topic}" for topic, count in sorted(counts.items()))
        yield "held", f"{words}, for want of {waits_for}, the oldest since {_moment(oldest, zone)}"
    known, months = state.identities.count(), len(state.months)
    yield (
        "records",
        f"{known:,} known by identity, {len(state.provisional):,} provisional, {months} closed months",
    )


def _profile(state: Subscriber, zone: str, clock_ms: int) -> str:
    profile = state.read_profile()
    if profile is None:
        return "none yet"
    parts = [f"plan {profile.plan_id}" if profile.plan_id else "no plan"]
    if profile.status != "active":
        parts.append(profile.status)
    parts += [zone, f"cycle day {profile.cycle_day}", profile.jurisdiction, profile.language]
    if profile.time_zone != zone:
        parts.append(f"then {profile.time_zone}")
    if clock_ms >= state.since_ms:
        parts.append(f"since {_moment(state.since_ms, zone)}")
    return " · ".join(parts)


def _bucket(period: Period, name: str, usage: Usage) -> BucketRow:
    allowance = usage.allowance
    has_end = allowance is not None and allowance > 0
    return BucketRow(
        period=period.day,
        plan=period.plan_id or "-",
        bucket=name,
        used=_amount(name, usage.used),
        allowance=_UNLIMITED if allowance is None else _amount(name, allowance),
        left="-" if allowance is None else _amount(name, max(0, allowance - usage.used), is_left=True),
        percent=f"{usage.used * 100 // allowance} %" if has_end and allowance else "-",
        charged=", ".join(f"{currency} {sum_}" for currency, sum_ in sorted((usage.charged or {}).items())),
        raised=tuple(
            f"{mark} (resolved)" if usage.is_resolved(mark) else mark for mark in sorted(usage.raised)
        ),
    )


def _windows(state: Subscriber, clock_ms: int) -> Iterator[WindowRow]:
    for name, window in sorted(state.windows.items()):
        yield WindowRow(
            name,
            _amount(name, max(0, window.last_hours(clock_ms, 24))),
            _amount(name, max(0, window.last_hours(clock_ms, 7 * 24))),
            _amount(name, max(0, window.last_days(clock_ms))),
        )


def _grants(state: Subscriber, zone: str) -> Iterator[GrantRow]:
    for grant in sorted(state.grants, key=lambda one: one.expires_ms):
        yield GrantRow(
            grant.addon_id,
            grant.bucket,
            _amount(grant.bucket, grant.amount),
            _moment(grant.from_ms, zone),
            _moment(grant.expires_ms, zone),
        )


def _amount(name: str, quantity: int, *, is_left: bool = False) -> str:
    bucket: Bucket = name  # type: ignore[assignment]  # only buckets are keys
    say = spoken.left if is_left else spoken.amount
    return say(quantity, unit_of(bucket), unit_base=_UNIT_BASE, language="en")


def _moment(at_ms: int, zone: str) -> str:
    return spoken.moment(at_ms, time_zone=zone, language="en")


def ago(span_ms: int) -> str:
    """Return a span of time that has passed, in its largest unit."""
    for unit, size_ms in (("days", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if span_ms >= 2 * size_ms or unit == "s":
            return f"{max(0, span_ms) // size_ms:,} {unit}"
    raise AssertionError
