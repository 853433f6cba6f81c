"""The back-test of forecasts: small here, in full by ``make bench-forecast``."""

import json
from functools import lru_cache

import pytest

from bench import forecast
from bench.backtest import RATES, STRAIGHT, WEEKDAY, Case, Said, Score, better, score
from bench.two_months import TwoMonths, two_months
from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.simulate.month import Month
from streams.simulate.people import person

SUBSCRIBERS = 40
MONTH = "2026-11"


@lru_cache(maxsize=1)
def lives() -> tuple[TwoMonths, ...]:
    """Return some simulated subscribers with their two months."""
    return tuple(two_months(7, number, month=MONTH, drift=0.5) for number in range(SUBSCRIBERS))


def case(*, reached_day: int | None, said_days: tuple[int, ...] = (), number: int = 0) -> Case:
    """Return a case of which a straight line spoke on those days."""
    made = Case(number, "data", reached_ms=None if reached_day is None else reached_day * MS_PER_DAY)
    made.said[STRAIGHT] = [Said(day * MS_PER_DAY, 99 * MS_PER_DAY) for day in said_days]
    return made


def test_figures_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    """A case ran out or not, and was forecast or not; buckets add up to all of them."""
    forecast.main(["--subscribers", str(SUBSCRIBERS), "--json"])
    found = json.loads(capsys.readouterr().out)

    assert set(RATES) == set(found["rates"])
    for buckets in found["rates"].values():
        for one in buckets.values():
            assert one["ran_out"] == one["right"] + one["missed"]
            assert one["cases"] >= one["ran_out"] + one["false"]
            assert one["hearing"] <= min(SUBSCRIBERS, one["right"] + one["false"])
            assert all(0 <= one[share] <= 1 for share in ("precision", "recall", "f1"))
        whole = buckets.pop("all")
        assert 0 < whole["ran_out"]
        for count in ("cases", "ran_out", "right", "false", "missed"):
            assert whole[count] == sum(one[count] for one in buckets.values())


def test_table_names_the_better_rate(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed for people ends with what to make of it."""
    forecast.main(["--subscribers", "8", "--new"])
    printed = capsys.readouterr().out

    assert all(rate in printed for rate in RATES)
    assert "Better: " in printed


def test_same_seed_gives_the_same_cases() -> None:
    """Chance is seeded, and no subscriber changes another."""
    again = two_months(7, SUBSCRIBERS - 1, month=MONTH, drift=0.5)

    assert again.records == lives()[-1].records


def test_person_of_the_period_is_the_simulators() -> None:
    """Whoever is billed on the 1st has the very month that ``usagewatch simulate`` shows."""
    someone = person(7, 20, Month.of(MONTH))

    assert 1 == someone.cycle_day
    assert someone.day_bytes == lives()[20].someone.day_bytes


def test_records_cover_the_period_and_the_month_before() -> None:
    """In order of event time, each once, from a month before the period to its end."""
    for life in lives():
        times = [record.started_at for record in life.records]
        inside = [record.record_id for record in life.records if record.started_at >= life.starts_ms]

        assert times == sorted(times)
        assert len(set(inside)) == len(inside)
        assert 0 < len(inside) < len(times)
        # October has 31 days, and an hour more where clocks went back.
        assert life.starts_ms - 31 * MS_PER_DAY - MS_PER_HOUR <= times[0]


def test_score_counts_right_false_and_missed() -> None:
    """Lead is from the first forecast; who is told twice is told twice."""
    cases = [
        case(reached_day=20, said_days=(10, 14)),
        case(reached_day=20, number=1),
        case(reached_day=None, said_days=(5,), number=2),
        case(reached_day=None, number=3),
    ]
    found = score(cases, STRAIGHT)

    assert (4, 2, 1, 1, 1) == (found.cases, found.ran_out, found.right, found.false, found.missed)
    assert (0.5, 0.5, 0.5) == (found.precision, found.recall, found.f1)
    assert (10.0, 2, (2, 2, 2)) == (found.lead_days, found.hearing, found.times)


@pytest.mark.parametrize(
    ("weekday", "kept"), [(0.70, STRAIGHT), (0.7099, STRAIGHT), (0.711, WEEKDAY), (0.5, STRAIGHT)]
)
def test_weekdays_must_be_worth_a_point(weekday: float, kept: str) -> None:
    """Within the noise the simpler line is kept."""

    def of(f1: float) -> Score:
        return Score(1, 1, 1, 0, 0, f1, f1, f1, 0.0, 1, (1, 1, 1))

    assert kept == better(of(0.70), of(weekday))
