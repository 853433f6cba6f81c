"""Why nothing more was raised: the rules that decide, asked once more with what they had."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from schemas.cdr import CdrRecord
from streams.core.counting import bucket_of
from streams.core.forecast import Forecast, NoForecast, outlook
from streams.explain.case import Case, Held
from streams.explain.step import NotRaised
from streams.explain.why_levels import OWNER_IS_TOLD, levels
from streams.explain.why_money import limits
from streams.ledger import DEAD, DUPLICATE, HELD
from streams.signals import forecast


def why_not(case: Case, record: CdrRecord | None, moved: Sequence[Held]) -> Iterator[NotRaised]:
    """Yield a word on each thing that a reader of a step may expect and that was not raised.

    ``record`` is the subscriber's own usage record, None where there is none.
    """
    if case.became == DEAD:
        return  # the reason of the refusal says it
    if case.became == DUPLICATE:
        yield _all("duplicate", "it is the same record again: it counts nothing")
    elif case.became == HELD:
        yield _all("held", "it waits for the profile or its plan, and is counted when they are there")
    elif record is not None and not moved:
        yield _uncounted(case, record)
    for held in moved:
        yield from levels(case, held)
        if case.at_ms is not None:
            yield from forecasts(case, held, case.at_ms)
    if case.is_owed:
        yield from limits(case)
    if moved and case.rules.is_muted(case.clock_ms):
        text = "notices and offers are muted at this time: signals alone are written"
        yield NotRaised(signal="notice", why="muted", text=text)


def forecasts(case: Case, held: Held, at_ms: int) -> Iterator[NotRaised]:
    """Yield why there is no forecast of a bucket, as the rule itself says."""
    rule, move = case.rules.windows.forecast, held.move
    if held.usage.forecast is not None and (held.was is None or held.was.forecast != held.usage.forecast):
        if move.is_shared and held.holder.owner_id != case.own.id:
            yield held.silence(
                forecast.KIND,
                OWNER_IS_TOLD,
                "forecast: it runs out before the period ends; the group's owner is told",
            )
        return
    arrived_ms = case.arrived_ms
    found = outlook(held.holder, held.period, move.bucket, at_ms=at_ms, arrival_ms=arrived_ms, rule=rule)
    match found:
        case NoForecast.LITTLE_USED:
            text = f"less than {rule.least_percent} % is used"
        case NoForecast.TOO_EARLY:
            text = f"it was used before day {rule.first_day} of the billing period"
        case NoForecast.PERIOD_ENDED:
            text = "it arrived late, after the period's end"
        case NoForecast.OTHER_PERIOD:
            text = "the record is of another period"
        case NoForecast.LASTS:
            text = "at its rate it lasts until the period's end"
        case NoForecast.NOT_MOVED:
            text = f"the last one still holds, within {rule.moves_by_days} days"
        case NoForecast.NO_END | NoForecast.USED_UP | Forecast():
            return
        case _ as never:
            assert_never(never)
    yield held.silence(forecast.KIND, str(found), f"no forecast: {text}")


def _uncounted(case: Case, record: CdrRecord) -> NotRaised:
    """Return why a record that was applied has changed no total."""
    if record.zero_rated:
        return _all("zero_rated", "it is zero-rated: in the history, against no allowance")
    if case.became_there == HELD:
        return _all("held", "it waits for its group's record or plan, and is counted when they are there")
    if case.became_there == DEAD:
        return _all("refused", "it is in the line's history; its group has refused it")
    if getattr(record, "direction", "out") == "in":
        return _all("came_in", "it came in, and the plan counts only what goes out")
    if _is_opened(case, record):
        return _all("opened", "it is in the total that billing has reported")
    is_replaced = record.provisional or record.corrects is not None
    text = "it changed no total" if record.quantity else "it is a record of nothing"
    return _all("replaced", "another has taken its place") if is_replaced else _all("unchanged", text)


def _is_opened(case: Case, record: CdrRecord) -> bool:
    """Return whether billing's opening total has a record in it."""
    period = case.own.period_at(record.started_at)
    plan = case.plan(period)
    usage = None if plan is None else period.buckets.get(bucket_of(record, plan))
    return usage is not None and usage.opened_ms is not None and record.started_at <= usage.opened_ms


def _all(why: str, text: str) -> NotRaised:
    return NotRaised(signal="", why=why, text=text)
