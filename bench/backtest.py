"""What the forecasts of one simulated subscriber would have been, and how good those of all were.

Each limited bucket of data or voice that was used in the period is one case. **Predicted**: at least one
forecast was said. **True**: the bucket reached its plan's allowance within the period. After that nothing is
forecast; what was bought then is left out. The first four days of a period have no forecast, so a bucket that
runs out in them counts as missed.
"""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from msgspec import Struct, field, structs

from bench.measure import percentile
from bench.two_months import TwoMonths
from schemas.plans import Allowance
from schemas.times import MS_PER_DAY
from streams.core.counting import billable, bucket_of
from streams.core.forecast import Forecast, day_of_period_ms, moved, runs_out
from streams.core.weekday_rate import Week, reached_ms, week_before
from streams.core.window import Window
from streams.regimes.windows import shipped_windows

STRAIGHT: Final = "straight"
WEEKDAY: Final = "weekday"
ANY_DAY: Final = "any day"
"""A control: the same 35 days as by weekday, but every day to come is their mean."""
RATES: Final = (STRAIGHT, WEEKDAY, ANY_DAY)

RULE: Final = shipped_windows().forecast
_RULES: Final = {
    STRAIGHT: structs.replace(RULE, rate="straight"),
    WEEKDAY: structs.replace(RULE, rate="weekday"),
}

NOISE_POINTS: Final = 1.0
"""Points of F1 (of 100) that a difference must have.

With 5,000 subscribers it was 9.2 to 9.7 in three seeds: it moves by half a point, each rate's own F1 by one.
"""


class Said(Struct, frozen=True):
    """A forecast."""

    at_ms: int
    """Event time of the record it was said after."""
    runs_out_ms: int


class Case(Struct):
    """One bucket in one period, as it went."""

    number: int
    """The subscriber's."""
    bucket: str
    used: int = 0
    reached_ms: int | None = None
    said: dict[str, list[Said]] = field(default_factory=lambda: {rate: [] for rate in RATES})


class Score(Struct, frozen=True):
    """How good the forecasts of one rate were. Shares are between 0 and 1."""

    cases: int
    ran_out: int
    right: int
    false: int
    missed: int
    precision: float
    recall: float
    f1: float
    lead_days: float
    """Median, from the first forecast to the record that reached the allowance."""
    hearing: int
    """Subscribers who are told at least once."""
    times: tuple[float, float, float]
    """How often those are told in the period, all their buckets together: p50, p90, most."""


def follow(life: TwoMonths, number: int) -> list[Case]:
    """Return the subscriber's cases: every record goes through the window and, by each rate, the forecast."""
    plan = life.someone.tier.plan
    windows, cases = dict[str, Window](), dict[str, Case]()
    for record in life.records:
        bucket = bucket_of(record, plan)
        allowance = plan.allowance(bucket)
        quantity = billable(record, allowance)
        if not allowance.amount or quantity is None:
            continue
        window = windows.setdefault(bucket, Window())
        window.add_raw(record.started_at, record.quantity)
        if record.zero_rated:
            continue
        window.add_counted(record.started_at, quantity)
        if life.starts_ms <= record.started_at < life.ends_ms:
            case = cases.setdefault(bucket, Case(number, bucket))
            case.used += quantity
            _look(case, life, window, allowance, record.started_at)
    return list(cases.values())


def _look(case: Case, life: TwoMonths, window: Window, allowance: Allowance, at_ms: int) -> None:
    """Note whether the allowance is reached; if not, let each rate say what it says."""
    amount, zone = allowance.amount or 0, life.someone.home.time_zone
    if case.used >= amount:
        case.reached_ms = case.reached_ms or at_ms
        return
    for rate, rule in _RULES.items():
        forecast = runs_out(
            window,
            time_zone=zone,
            starts_ms=life.starts_ms,
            ends_ms=life.ends_ms,
            at_ms=at_ms,
            used=case.used,
            allowance=amount,
            rule=rule,
        )
        if isinstance(forecast, Forecast):
            _say(case.said[rate], at_ms, forecast.runs_out_ms)
    if case.used * 100 >= RULE.least_percent * amount and at_ms >= day_of_period_ms(
        zone, life.starts_ms, RULE.first_day
    ):
        week = week_before(window, starts_ms=life.starts_ms, at_ms=at_ms)
        if week is not None:
            flat = _flat(week)
            runs_out_ms = reached_ms(flat, amount - case.used, from_ms=at_ms, ends_ms=life.ends_ms)
            if runs_out_ms is not None:
                _say(case.said[ANY_DAY], at_ms, runs_out_ms)


def _say(said: list[Said], at_ms: int, runs_out_ms: int) -> None:
    if moved(said[-1].runs_out_ms if said else None, runs_out_ms, RULE):
        said.append(Said(at_ms, runs_out_ms))


def _flat(week: Week) -> Week:
    """Return the week with every day its mean."""
    mean = week.whole // len(week.rates)
    return structs.replace(week, rates=(mean,) * len(week.rates), whole=mean * len(week.rates))


def score(cases: Sequence[Case], rate: str) -> Score:
    """Return how good the forecasts of a rate were in these cases."""
    right = [case for case in cases if case.reached_ms and case.said[rate]]
    ran_out = sum(1 for case in cases if case.reached_ms)
    false = sum(1 for case in cases if not case.reached_ms and case.said[rate])
    leads_days = [((case.reached_ms or 0) - case.said[rate][0].at_ms) / MS_PER_DAY for case in right]
    times = Counter[int]()
    for case in cases:
        times[case.number] += len(case.said[rate])
    heard = [count for count in times.values() if count] or [0]
    return Score(
        cases=len(cases),
        ran_out=ran_out,
        right=len(right),
        false=false,
        missed=ran_out - len(right),
        precision=_share(len(right), len(right) + false),
        recall=_share(len(right), ran_out),
        f1=_share(2 * len(right), len(right) + false + ran_out),
        lead_days=median(leads_days) if leads_days else 0.0,
        hearing=sum(1 for count in times.values() if count),
        times=(percentile(heard, 50), percentile(heard, 90), max(heard)),
    )


def better(straight: Score, weekday: Score) -> str:
    """Return the rate to keep: the higher F1, or the simpler line where the difference is noise.

    F1 weighs a false alarm as a missed one. Lead time is shown and does not decide: by how much a rate is
    early is worth nothing where it is wrong.
    """
    points = 100 * (weekday.f1 - straight.f1)
    return WEEKDAY if points >= NOISE_POINTS else STRAIGHT


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
