"""What is done besides using, as far as it changes what may be used or what is told."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from schemas.errors import Reason, SchemaError
from schemas.events import AddonPurchased, BalanceReported, PortQueried, PortRequested
from schemas.fields import Bucket
from schemas.plans import Plan
from schemas.signals import PortRisk
from schemas.times import MS_PER_DAY
from streams.core.grants import Grant, draws
from streams.core.opening import counted_since
from streams.core.period import day_start
from streams.core.subscriber import Subscriber
from streams.core.usage import Period
from streams.core.window import QUERY_DAYS, QUERY_DAYS_KEPT, added, total
from streams.observe.moved import Moved, has_counting_days, look_at_allowance
from streams.observe.place import Place
from streams.observe.replacing import PlanOf
from streams.signals.change import Cause, PortChange


def port_change(
    state: Subscriber, event: PortQueried | PortRequested, cause: Cause, *, risk: tuple[PortRisk, ...] = ()
) -> PortChange:
    """Take in a question about porting, or a request; return what there is to look at."""
    if isinstance(event, PortRequested):
        return PortChange(cause=cause, event=event, queries_30d=_queries_30d(state, event.at), risk=risk)
    state.queries = added(state.queries, event.at // MS_PER_DAY, 1, length=QUERY_DAYS_KEPT)
    # One from before all that is kept counts at least itself.
    queries_30d = max(1, _queries_30d(state, event.at))
    return PortChange(cause=cause, event=event, queries_30d=queries_30d, risk=risk)


def _queries_30d(state: Subscriber, at_ms: int) -> int:
    """Return the port queries on the UTC day of ``at_ms`` and the 29 before."""
    return total(state.queries, at_ms // MS_PER_DAY, count=QUERY_DAYS)


def purchase(
    state: Subscriber, event: AddonPurchased, place: Place, *, arrival_ms: int, reminder_ms: int
) -> Moved:
    """Add what was bought to its bucket; return the bucket, whose allowance has changed.

    Raises: SchemaError, with nothing changed: it has expired before it was bought, or there are too many.
    """
    period, bucket = place.period, event.bucket
    expires_ms = period.ends_ms if event.expires_at is None else event.expires_at
    if expires_ms <= event.at:
        raise SchemaError(Reason.BAD_FIELD, "expires_at: not after the purchase")
    reminds_ms = expires_ms - reminder_ms
    is_inside = period.starts_ms < expires_ms and state.period_at(expires_ms).starts_ms != expires_ms
    grant = Grant(
        bucket=bucket,
        amount=event.amount,
        from_ms=period.starts_ms,
        expires_ms=expires_ms,
        addon_id=event.addon_id,
        source=event.source,
        event_id=event.event_id,
        reminds_ms=reminds_ms if reminds_ms > max(event.at, arrival_ms) else None,
        # Read after its end it has lapsed already: no timer may speak of a time that is past.
        lapses_ms=expires_ms if is_inside and expires_ms > arrival_ms else None,
    )
    state.check_grant(arrival_ms=arrival_ms)
    stale, usage = look_at_allowance(state, period, place.plan, bucket)  # as it was until now
    before = Moved.of(place, bucket, usage, stale)
    state.add_grant(grant, arrival_ms=arrival_ms)
    state.keep(period, arrival_ms=arrival_ms)
    former, _ = look_at_allowance(state, period, place.plan, bucket, arrival_ms=arrival_ms)
    return replace(before, former=stale or former)


def look_later(
    state: Subscriber, period: Period, bucket: Bucket, plan_of: PlanOf, *, arrival_ms: int
) -> Iterator[Moved]:
    """Yield a bucket in the periods after one, where a purchase there has changed the allowance."""
    for later in state.periods:
        if later.starts_ms <= period.starts_ms or later.plan_id is None or bucket not in later.buckets:
            continue
        plan = plan_of(later.plan_id)
        if plan is None:
            continue
        before = Moved.of(Place(later, plan), bucket, later.buckets[bucket], None)
        former, _ = look_at_allowance(state, later, plan, bucket, arrival_ms=arrival_ms)
        if former is not None:
            yield replace(before, former=former)


def open_with(state: Subscriber, event: BalanceReported, place: Place, *, arrival_ms: int) -> Moved | None:
    """Put a total from billing in the place of what was counted up to then; None if a newer one is there.

    What may have started before ``as_of`` or after it goes where most of its hour or day lies: on either side
    it would be as wrong.
    """
    period, bucket = place.period, event.bucket
    former, usage = look_at_allowance(state, period, place.plan, bucket)
    if usage.opened_ms is not None and event.as_of < usage.opened_ms:
        return None
    before = Moved.of(place, bucket, usage, former)
    has_days = has_counting_days(state, bucket)
    since = counted_since(usage, state.window(bucket), period, event.as_of + 1, has_days=has_days)
    after = since.known + (since.unknown if since.is_likely else 0)
    if event.as_of == usage.opened_ms and event.used + after <= usage.total:
        return None  # of two totals of the same instant the larger stands, whichever comes first
    usage.open_with(event.used, as_of_ms=event.as_of, after=after)
    state.keep(period, arrival_ms=arrival_ms)
    usage.allowance = state.allowance(period, bucket, usage.base)  # no new generation, as none with usage
    return before


def period_named(state: Subscriber, day: date) -> Period:
    """Return the billing period that starts on a local day.

    Raises: SchemaError ``bad_field`` if none does.
    """
    for zone in dict.fromkeys(term.time_zone for term in reversed(state.terms)):
        period = state.period_at(day_start(zone, day))
        if period.day == day.isoformat():
            return period
    raise SchemaError(Reason.BAD_FIELD, "period: none of the subscriber's billing periods starts on that day")


def lapse(state: Subscriber, grant: Grant, plan_of: PlanOf) -> Moved | None:
    """Let what is left of a grant go; return the bucket if that changes its allowance."""
    period = state.period_at(grant.expires_ms)
    plan = None if period.plan_id is None else plan_of(period.plan_id)
    bucket = grant.bucket
    if plan is None:
        grant.lapses_ms = None
        return None
    place = Place(period, plan)
    stale, usage = look_at_allowance(state, period, plan, bucket)
    before = Moved.of(place, bucket, usage, stale)
    grant.lapses_ms = None
    former, _ = look_at_allowance(state, period, plan, bucket)
    state.keep(period, arrival_ms=grant.expires_ms)
    return None if former is None and stale is None else replace(before, former=stale or former)


def left_of(state: Subscriber, grant: Grant, at_ms: int, plan_of: PlanOf) -> tuple[int, Plan | None]:
    """Return how much of a grant is left at an instant before its expiry, and the plan beside it."""
    period = state.period_at(at_ms)
    plan = None if period.plan_id is None else plan_of(period.plan_id)
    base = None if plan is None else plan.allowance(grant.bucket).amount
    if base is None:
        return 0, plan  # an unlimited allowance has no use for it
    found = draws(state.grants, state.periods, period, grant.bucket, base)
    return next((one.left - one.drawn for one in found if one.grant is grant), 0), plan
