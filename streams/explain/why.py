"""Why nothing more was raised: the rules that decide, asked once more."""

from collections.abc import Iterator
from typing import Any

from streams.core.forecast import day_of_period_ms, runs_out
from streams.core.subscriber import Subscriber
from streams.explain.moves import BucketMove
from streams.ledger import APPLIED, DUPLICATE, HELD
from streams.regimes import Regime
from streams.replay import Replay
from streams.responses import spoken
from streams.signals import near_limit


def why_not(
    run: Replay, state: Subscriber, record: dict[str, Any], became: str, moved: tuple[BucketMove, ...]
) -> tuple[str, ...]:
    """Return a sentence for each thing that a reader of a usage record may expect and that was not raised."""
    if became == DUPLICATE:
        return ("It is the same record again, so it counts nothing.",)
    if became == HELD:
        return ("It waits for the profile or its plan, and is counted when they are there.",)
    if became != APPLIED:
        return ()
    if not moved:
        return (_uncounted(state, record),)
    regime = run.pipeline.rules.regimes.of(state.jurisdiction)
    said: list[str] = []
    for move in moved:
        said += _of_levels(run, move, regime)
        said += _of_forecast(run, state, move)
    if run.pipeline.rules.is_muted(run.pipeline.clock_ms):
        said.append("Notices and offers are muted at this time: signals alone are written.")
    return tuple(dict.fromkeys(said))


def _uncounted(state: Subscriber, record: dict[str, Any]) -> str:
    """Return why a record that was applied has changed no total."""
    if record.get("zero_rated"):
        return "It is zero-rated: in the history only, against no allowance."
    if state.group_id is not None:
        return f"Its allowance is that of group {state.group_id}."
    if record.get("direction") == "in":
        return "It came in, and the plan counts only what goes out."
    return "It changed no total."


def _of_levels(run: Replay, move: BucketMove, regime: Regime) -> Iterator[str]:
    allowance, used = move.allowance[1], move.used[1]
    name = f"{move.bucket} of {move.period}"
    if allowance is None:
        yield f"{name} is unlimited: there are no levels."
        return
    if run.pipeline.clock_ms >= move.period_ends_ms + regime.notice_within_ms:
        hours = regime.notice_within_ms // 3_600_000
        yield f"{name} ended more than {hours} hours before it arrived: it counts without levels."
        return
    if not allowance:
        return
    missing = near_limit.next_level(used, allowance, regime.near_limit_percents)
    for mark in move.raised:
        yield f"{name}: {mark.replace('/', ' ')} is raised already and is said once."
    if missing is not None:
        level, quantity = missing
        short = spoken.amount(quantity, move.unit, unit_base=move.unit_base, language="en")
        now = f"{used * 100 / allowance:.1f} % is used"
        yield f"{name}: {level} % is not reached, {now}; {short} ({quantity:,}) are missing."


def _of_forecast(run: Replay, state: Subscriber, move: BucketMove) -> Iterator[str]:
    rule, allowance, used = run.pipeline.rules.windows.forecast, move.allowance[1], move.used[1]
    at_ms = run.pipeline.clock_ms
    period = next((one for one in state.periods if one.day == move.period), None)
    if not allowance or used >= allowance or period is None or move.is_shared:
        return
    if used * 100 < rule.least_percent * allowance:
        yield f"No forecast: less than {rule.least_percent} % of {move.bucket} is used."
        return
    zone = state.zone_at(period.starts_ms)
    if at_ms < day_of_period_ms(zone, period.starts_ms, rule.first_day):
        yield f"No forecast before day {rule.first_day} of the billing period."
        return
    forecast = runs_out(
        state.window(move.bucket),
        time_zone=zone,
        starts_ms=period.starts_ms,
        ends_ms=period.ends_ms,
        at_ms=at_ms,
        used=used,
        allowance=allowance,
        rule=rule,
    )
    if forecast is None:
        yield f"No forecast: at the rate of the last days {move.bucket} lasts until the period ends."
    elif (told := period.buckets[move.bucket].forecast) is not None and told[1] != forecast.runs_out_ms:
        yield f"No new forecast: it has moved by {rule.moves_by_days} days at most since the last one."
