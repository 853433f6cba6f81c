"""What moves an allowance or a bill: profiles, purchases, balances, payments, and add-ons that lapse."""

from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.oracle_allowances import allowance, draws, left, plan_amount
from tests.oracle.oracle_book import Accrued, Balance, Book, Grant
from tests.oracle.oracle_counting import Json, allowance_of, money
from tests.oracle.oracle_ids import id_of
from tests.oracle.oracle_intake import happened, identity_of
from tests.oracle.oracle_money import arm_again
from tests.oracle.oracle_periods import DAY_MS, Period, instant, period_at, text

REMINDER_MS = DAY_MS
"""How long before its end the reader is reminded of an add-on."""


def take_profile(book: Book, plans: dict[str, Json], profile: Json, arrival_ms: int) -> None:
    """Replace the profile; an open period's allowance that becomes another is a new generation."""
    if not book.profiles:
        book.profiles.append((arrival_ms, profile))
        return
    former, period = book.profile, period_at(book.rules, arrival_ms)
    book.profiles.append((arrival_ms, profile))
    old, new = plans[former["plan_id"]], plans[profile["plan_id"]]
    for bucket in {one["bucket"] for plan in (old, new) for one in plan["allowances"]}:
        if allowance_of(old, bucket)["amount"] != allowance_of(new, bucket)["amount"]:
            book.generations[bucket, period.day] += 1
    if money(former.get("credit_limit")) != money(profile.get("credit_limit")):
        arm_again(book, plans)


def take_event(book: Book, plans: dict[str, Json], event: Json, arrival_ms: int) -> None:
    """Note what an event says of allowances and money."""
    match event["type"]:
        case "addon.purchased":
            take_purchase(book, plans, event, arrival_ms)
        case "balance.reported":
            as_of_ms = instant(event["as_of"])
            period = period_named(book, event["period"], as_of_ms)
            book.balances.append(Balance(event["bucket"], period, event["used"], as_of_ms))
        case "charge.accrued":
            book.accrued.append(Accrued(happened(event), Decimal(event["amount"]["amount"])))
        case "payment.received":
            book.accrued.append(Accrued(happened(event), -Decimal(event["amount"]["amount"])))
            arm_again(book, plans)


def period_named(book: Book, day: str, about_ms: int) -> Period:
    """Return the period of a name, at or before an instant."""
    period = period_at(book.rules, about_ms)
    while period.day > day:
        period = period_at(book.rules, period.starts_ms - 1)
    return period


def take_purchase(book: Book, plans: dict[str, Json], event: Json, arrival_ms: int) -> None:
    """Add what was bought; where that changes the allowance of a period that has begun is a new generation.

    Read after its end, what was left of it has lapsed already.
    """
    at_ms = happened(event)
    bought_in = period_at(book.rules, at_ms)
    expires_ms = instant(event["expires_at"]) if event.get("expires_at") else bought_in.ends_ms
    grant = Grant(
        identity=identity_of("usage-events", event),
        bucket=event["bucket"],
        amount=event["amount"],
        addon_id=event["addon_id"],
        at_ms=at_ms,
        arrival_ms=arrival_ms,
        starts_ms=bought_in.starts_ms,
        expires_ms=expires_ms,
    )
    periods = [bought_in]
    while periods[-1].ends_ms < expires_ms and periods[-1].ends_ms <= arrival_ms:
        periods.append(period_at(book.rules, periods[-1].ends_ms))
    before = [allowance(book, plans, grant.bucket, period) for period in periods]
    book.grants.append(grant)
    if expires_ms <= arrival_ms:
        book.lapsed.append(grant)
    for period, former in zip(periods, before, strict=True):
        if allowance(book, plans, grant.bucket, period) != former:
            book.generations[grant.bucket, period.day] += 1


# -- timers


@dataclass(frozen=True)
class Timer:
    """Something that happens though no record says so."""

    due_ms: int
    subscriber: str
    is_lapse: bool
    grant: Grant


def timers_of(book: Book) -> list[Timer]:
    """Return what is still to happen."""
    reminders = [
        Timer(one.expires_ms - REMINDER_MS, book.subscriber, is_lapse=False, grant=one)
        for one in book.grants
        if one not in book.reminded and one.expires_ms - REMINDER_MS > max(one.at_ms, one.arrival_ms)
    ]
    lapses = [
        Timer(one.expires_ms, book.subscriber, is_lapse=True, grant=one)
        for one in book.grants
        if one not in book.lapsed
    ]
    return reminders + lapses


def lapse(book: Book, plans: dict[str, Json], grant: Grant) -> None:
    """Let what is left of an add-on lapse; within a period that is another allowance."""
    period = period_at(book.rules, grant.expires_ms)
    book.lapsed.append(grant)
    if period.starts_ms == grant.expires_ms:
        return
    draw = draws(book, plans, grant.bucket, period)[period.day, grant]
    is_limited = plan_amount(book, plans, grant.bucket, period) is not None
    if is_limited and draw.available > draw.drawn:
        book.generations[grant.bucket, period.day] += 1


def remind(book: Book, plans: dict[str, Json], grant: Grant) -> list[dict[str, object]]:
    """Return the reminder of an add-on, if something is left of it; without a limit nothing is missed."""
    due_ms = grant.expires_ms - REMINDER_MS
    unused = left(book, plans, grant, due_ms)
    book.reminded.append(grant)
    if unused <= 0 or plan_amount(book, plans, grant.bucket, period_at(book.rules, due_ms)) is None:
        return []
    fields = {
        "rule": "expiring",
        "at": text(due_ms),
        "source": grant.identity.source,
        "event_id": grant.identity.id,
        "bucket": grant.bucket,
        "addon_id": grant.addon_id,
        "left": unused,
        "expires_at": text(grant.expires_ms),
    }
    common = {"type": "expiring", "subscriber_id": book.subscriber, "line": 0}
    return [common | fields | {"id": id_of("expiring", book.subscriber, fields)}]
