"""Provisional records: counted as any, until what replaces them takes their place."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.outputs import derive_id
from schemas.times import MS_PER_DAY
from streams.pipeline import Rules
from tests.build import (
    NOON,
    SUBSCRIBER,
    Fed,
    Line,
    after,
    allowance,
    data,
    octets,
    plan,
    profile,
    replay,
    voice,
)

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:59:59Z"
OTHER_SOURCE = "hub"
LONG_HORIZON = replace(Rules.default(), dedupe_horizon_ms=45 * MS_PER_DAY)


def early(percent: float | str = 30, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return the provisional record "p" (an NRTRDE event)."""
    return data(percent, **{"record_id": "p", "source": "nrt", "provisional": True, **own})


def final(percent: float | str = 20, *, of: str = "p", source: str = "nrt", **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return the record "t" (from a TAP file) that replaces "p"."""
    named = {"source": source, "record_id": of}
    return data(percent, **{"record_id": "t", "source": "tap", "replaces": named, **own})


def money(amount: str) -> dict[str, str]:
    """Return money as it is in a record."""
    return {"amount": amount, "currency": "CNY"}


def day_totals(fed: Fed, bucket: str = "data") -> list[int]:
    """Return the raw quantities of the days of the history that are not zero, oldest first."""
    state = fed.state()
    assert state is not None
    return [quantity for _, quantity in sorted(state.windows[bucket].days.items()) if quantity]


# -- replaced


def test_provisional_counts_as_any_record() -> None:
    """It raises what it raises."""
    fed = replay([early(81)])

    assert ([("near_limit", 80)], 8_100_000) == (fed.found, fed.used())


@pytest.mark.parametrize("percent", [0, 20, 30, 45])
def test_final_record_takes_the_place_of_the_provisional(percent: int) -> None:
    """Of another quantity: what was provisional is taken off, what is final counts."""
    fed = replay([data(10), early(), final(percent)])

    assert (octets(10 + percent), 3, []) == (fed.used(), fed.count("applied"), fed.reasons)


def test_level_that_only_the_provisional_reached_is_resolved() -> None:
    """81 % become 79 %: the signal is true no more, and nobody gets a notice of that."""
    fed = replay([early(81), final(79)])

    [raised, gone] = fed.signals
    assert ("resolved", raised.id, 1) == (gone.kind(), gone.of, gone.n)
    assert ["t"] == [one.record_id for one in gone.evidence]
    assert 1 == len(fed.care)


@pytest.mark.parametrize(("was", "now"), [(81, 80), (81, 81), (81, 99), (79, 79), (30, 79)])
def test_replacement_that_crosses_nothing_says_nothing(was: int, now: int) -> None:
    """Taken off and put on in one: the total between the two is never looked at."""
    assert replay([early(was)]).found == replay([early(was), final(now)]).found


def test_replacement_across_a_level_raises_it() -> None:
    """79 % become 80 %."""
    fed = replay([early(79), final(80)])

    assert [("near_limit", 80, 8_000_000, "t")] == [
        (one.kind(), one.level, one.used, one.evidence[0].record_id) for one in fed.signals
    ]


def test_history_is_replaced_too() -> None:
    """Raw quantity moves with it, to the day of the final record."""
    fed = replay([early(30), final(20, at=after(NOON, days=1))])

    assert ([2_000_000], 2_000_000) == (day_totals(fed), fed.used())


def test_zero_rated_provisional_is_taken_off_the_history_alone() -> None:
    """What was not counted is not taken off a total."""
    fed = replay([data(50), early(30, zero_rated=True), final(20, zero_rated=True)])

    assert ([7_000_000], 5_000_000) == (day_totals(fed), fed.used())


def test_final_record_may_be_of_another_bucket() -> None:
    """The kept effects come off their own bucket."""
    both = plan(allowance(), allowance("data.roaming", 5_000_000))
    fed = replay([both, early(30, roaming=True), final(20)])

    assert (2_000_000, 0) == (fed.used(), fed.used("data.roaming"))


def test_charge_is_replaced_too() -> None:
    """3.00 provisional become 1.00 final."""
    fed = replay([early(90, charge=money("3.00")), final(90, charge=money("1.00")), data(20)])

    [told] = [one for one in fed.signals if one.kind() == "overage"]
    assert "1.00" == told.charge.amount


def test_what_is_taken_off_is_what_was_counted() -> None:
    """Kept as it was billed: another rounding since then leaves nothing behind."""
    minutes = plan(allowance("voice", None, rounding="60/60"))
    seconds = plan(allowance("voice", None), plan_id="seconds")
    call = voice(61, record_id="p", source="nrt", provisional=True)
    at_once = voice(
        61, record_id="t", replaces={"source": "nrt", "record_id": "p"}, arrives=after(NOON, hours=2)
    )
    moved = profile(plan_id="seconds", arrives=after(NOON, hours=1))

    assert 61 == replay([minutes, seconds, profile(), call, moved, at_once]).used("voice")


# -- over a period's end


def test_final_record_may_be_of_another_period() -> None:
    """Each counts in its own period: the provisional started a second before the period's end."""
    fed = replay([early(30, at=BEFORE_END), final(20, at=END, arrives=after(END, hours=3))])

    assert (0, 2_000_000) == (fed.used(), fed.used(period="2026-12-01"))


def test_both_periods_are_looked_at() -> None:
    """What November had raised is resolved, what December reaches is raised."""
    fed = replay([early(81, at=BEFORE_END), final(82, at=END, arrives=after(END, hours=3))])

    said = {(one.kind(), one.period): one for one in fed.signals}
    assert {("near_limit", "2026-11-01"), ("near_limit", "2026-12-01"), ("resolved", "2026-11-01")} == set(
        said
    )
    assert 3 == len(fed.signals)
    assert said["near_limit", "2026-11-01"].id == said["resolved", "2026-11-01"].of
    assert not said["near_limit", "2026-12-01"].late


def test_period_that_ended_too_long_ago_for_notices_is_told_as_an_adjustment() -> None:
    """Each period by its own lateness: November is adjusted, December is looked at."""
    arrives = after(END, hours=24)
    fed = replay([early(81, at=BEFORE_END), final(82, at=END, arrives=arrives)])

    [told] = [one for one in fed.signals if one.kind() == "late_adjustment"]
    assert ("2026-11-01", 8_100_000, 0) == (told.period, told.used_before, told.used_after)
    assert derive_id("signals", "late_adjustment", SUBSCRIBER, "data", "2026-11-01", "tap", "t") == told.id
    assert [("2026-11-01", 80), ("2026-12-01", 80)] == [
        (one.period, one.level) for one in fed.signals if one.kind() == "near_limit"
    ]


def test_replacement_inside_one_period_is_one_adjustment() -> None:
    """What it was before the record, what it is after it; nothing where both are the same."""
    late = {"at": BEFORE_END, "arrives": after(END, days=2)}
    changed = replay([data(10), early(30, at=BEFORE_END), final(20, **late)])
    same = replay([data(10), early(30, at=BEFORE_END), final(30, **late)])

    assert [("late_adjustment", 4_000_000, 3_000_000)] == [
        (one.kind(), one.used_before, one.used_after) for one in changed.signals
    ]
    assert [] == same.found


def test_two_periods_that_are_over_are_two_adjustments() -> None:
    """One record, two periods: two ids."""
    arrives = after("2027-01-01T00:00:00Z", days=2)
    late = after(END, days=30)
    fed = replay(
        [early(30, at=BEFORE_END, arrives=late), final(20, at=END, arrives=arrives)], rules=LONG_HORIZON
    )

    told = fed.signals[1:]  # the first is of the provisional itself
    assert {("2026-11-01", 3_000_000, 0), ("2026-12-01", 0, 2_000_000)} == {
        (one.period, one.used_before, one.used_after) for one in told
    }
    assert 2 == len({one.id for one in told})


def test_period_that_is_no_longer_kept_is_let_go() -> None:
    """E + 60 days: there is nothing to take off, and the final record counts in its own."""
    kept_until = after(END, days=60)
    came, replaced = after(kept_until, days=-10), after(kept_until, days=1)
    fed = replay(
        [early(30, at=BEFORE_END, arrives=came), final(20, at="2027-01-05T00:00:00Z", arrives=replaced)]
    )

    assert ([], 2_000_000) == (fed.reasons, fed.used(period="2027-01-01"))


# -- before it, twice, in a chain


def test_final_record_may_come_first() -> None:
    """Should the provisional record arrive later it counts nothing: applied all the same."""
    fed = replay([final(), early()])

    assert (2_000_000, 2, 0) == (fed.used(), fed.count("applied"), fed.count("duplicate"))
    assert [2_000_000] == day_totals(fed)


def test_provisional_that_counts_nothing_says_nothing() -> None:
    """It crosses no level."""
    assert [] == replay([final(79), early(81)]).found


def test_provisional_that_was_replaced_before_it_came_may_repeat() -> None:
    """Its identity is its own: the second one is a duplicate, one with other content a conflict."""
    fed = replay([final(), early(), early(), early(31)])

    assert (2_000_000, 1, ["conflict"]) == (fed.used(), fed.count("duplicate"), fed.reasons)


@pytest.mark.parametrize("first", [True, False], ids=["before it", "after it"])
def test_two_records_that_replace_one_take_it_off_once(*, first: bool) -> None:
    """Taken off once, both count."""
    both = [final(20), final(25, record_id="t2")]
    fed = replay([*both, early()] if first else [early(), *both])

    assert 4_500_000 == fed.used()


def test_provisional_between_the_two_that_replace_it_counts_nothing() -> None:
    """In any order."""
    assert 4_500_000 == replay([final(20), early(), final(25, record_id="t2")]).used()


def test_same_final_record_twice_is_a_duplicate() -> None:
    """It takes nothing off a second time."""
    fed = replay([data(50), early(), final(), final()])

    assert (7_000_000, 1) == (fed.used(), fed.count("duplicate"))


def test_final_record_of_other_content_is_a_conflict() -> None:
    """What it replaces is part of what it says."""
    fed = replay([early(), final(), final(of="q")])

    assert (["conflict"], 2_000_000) == (fed.reasons, fed.used())


def test_provisional_may_replace_a_provisional() -> None:
    """A chain: only the last one counts."""
    fed = replay(
        [
            early(30),
            final(25, record_id="p2", source="nrt", provisional=True),
            final(20, of="p2", source="tap"),
        ]
    )

    assert 2_000_000 == fed.used()


@pytest.mark.parametrize("other", [{"source": "nrt2"}, {"of": "q"}], ids=str)
def test_target_is_source_and_record_id(other: dict[str, str]) -> None:
    """Another identity is another record: both count."""
    assert 5_000_000 == replay([early(30), final(20, **other)]).used()


def test_target_is_of_the_same_subscriber() -> None:
    """Another subscriber's provisional record is another one."""
    other = early(30, subscriber_id="other")
    fed = replay([profile(), profile(subscriber_id="other"), other, final(20)])

    assert (2_000_000, 3_000_000) == (fed.used(), fed.used(subscriber="other"))


def test_record_that_is_not_provisional_is_not_replaced() -> None:
    """Only what said of itself that it may be: a final record stands."""
    assert 5_000_000 == replay([early(30, provisional=False), final(20)]).used()


# -- how long, how many


@pytest.mark.parametrize(("span", "used"), [({"ms": -1}, 20), ({"ms": 1}, 50)], ids=str)
def test_provisional_is_kept_thirty_five_days_after_its_arrival(span: dict[str, int], used: int) -> None:
    """Within them it is replaced; after them it has become final, and both count."""
    arrives = after(NOON, hours=1)
    fed = replay([early(30, arrives=arrives), final(20, arrives=after(after(arrives, days=35), **span))])

    assert octets(used) == fed.used()


@pytest.mark.parametrize(("number", "used"), [(0, 501 + 7), (1, 500 + 7), (500, 500 + 7)])
def test_five_hundred_are_kept_a_subscriber(number: int, used: int) -> None:
    """With the 501st the oldest becomes final: replacing it adds, replacing any other replaces."""
    drawn = [
        data(bytes_up=1, record_id=f"p{place}", source="nrt", provisional=True, at=after(NOON, seconds=place))
        for place in range(501)
    ]
    [last] = [final(0, bytes_up=7, of=f"p{number}", at=after(NOON, hours=1))]

    assert used == replay([*drawn, last]).used()


def test_target_that_comes_within_thirty_five_days_is_known_as_replaced() -> None:
    """The identity is kept as replaced as long as a provisional record would be."""
    fed = replay([final(20), early(30, arrives=after(NOON, days=34))])

    assert 2_000_000 == fed.used()


def test_repeat_after_the_identity_horizon_is_unverified() -> None:
    """A provisional record sent again later than the horizon may count again, and then it is said to."""
    fed = replay([early(30), final(20), early(30, arrives=after(NOON, days=4))])

    assert 1 == fed.count("unverified") + fed.count("duplicate")
    assert (3, []) == (fed.count("applied"), fed.reasons)


@pytest.mark.parametrize(("span", "unverified"), [({"ms": 0}, 0), ({"ms": 1}, 1)], ids=str)
def test_target_that_may_be_forgotten_is_unverified(span: dict[str, int], unverified: int) -> None:
    """Unknown target and started more than 35 days before arrival, with identities kept for longer."""
    late = final(20, arrives=after(after(NOON, days=35), **span))

    assert unverified == replay([late], rules=LONG_HORIZON).count("unverified")


def test_target_that_is_known_is_verified() -> None:
    """Started more than 35 days before, but what it replaces is still there."""
    arrives = after(NOON, days=36)
    fed = replay([early(30, arrives=after(NOON, days=5)), final(20, arrives=arrives)], rules=LONG_HORIZON)

    assert (0, 2_000_000) == (fed.count("unverified"), fed.used())


def test_unverified_is_counted_once() -> None:
    """Both reasons at once are one unverified record."""
    assert 1 == replay([final(20, arrives=after(NOON, days=36))]).count("unverified")


# -- corrected meanwhile


def corrected(percent: float, was: float, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a correction of "p"."""
    corrects = {"record_id": "p", "was": {"bytes_up": octets(was)}}
    return data(percent, **{"record_id": "c", "source": "nrt", "corrects": corrects, **own})


def test_provisional_that_was_corrected_is_replaced_as_corrected() -> None:
    """A still-kept provisional original's kept quantities are moved along: 30 -> 10, then 20."""
    fed = replay([data(50), early(30), corrected(10, 30), final(20)])

    assert (7_000_000, [7_000_000]) == (fed.used(), day_totals(fed))


def test_correction_twice_moves_what_is_kept_once() -> None:
    """A duplicate is counted, nothing else."""
    fed = replay([data(50), early(30), corrected(10, 30), corrected(10, 30), final(20)])

    assert (7_000_000, 1) == (fed.used(), fed.count("duplicate"))


def test_correction_of_another_source_moves_nothing_that_is_kept() -> None:
    """``source`` in ``corrects`` defaults to the correction's own."""
    fed = replay([data(50), early(30), corrected(10, 30, source=OTHER_SOURCE), final(20)])

    assert octets(50 + 30 - 20 - 30 + 20) == fed.used()


@pytest.mark.parametrize(
    ("charged", "was"), [("1.00", "3.00"), ("1.00", None), (None, "3.00"), (None, None)], ids=str
)
def test_charge_of_a_corrected_provisional_is_taken_off_as_corrected(
    charged: str | None, was: str | None
) -> None:
    """Its own charge adds, ``was.charge`` takes off: whatever is left goes with the provisional."""
    change = corrected(80, 90, **({} if charged is None else {"charge": money(charged)}))
    if was is not None:
        change["value"]["corrects"]["was"]["charge"] = money(was)
    fed = replay([early(90, charge=money("3.00")), change, final(90, charge=money("0.50")), data(20)])

    [told] = [one for one in fed.signals if one.kind() == "overage"]
    assert "0.50" == told.charge.amount


@pytest.mark.parametrize(("correction", "used"), [(0, 20), (1, 20), (2, 20), (3, 20)])
def test_correction_of_a_call_is_moved_as_it_was_billed(correction: int, used: int) -> None:
    """Whatever the correction was, after the replacement only the final call counts."""
    minutes = plan(allowance("voice", None, rounding="60/60"))
    was = {"record_id": "p", "was": {"duration_s": 61}}
    fed = replay(
        [
            minutes,
            voice(61, record_id="p", source="nrt", provisional=True),
            voice(correction * 60, record_id="c", source="nrt", corrects=was),
            voice(used, record_id="t", replaces={"source": "nrt", "record_id": "p"}),
        ]
    )

    assert 60 == fed.used("voice")
