"""Corrections: a total goes down and up, and nobody is told the same twice."""

from typing import Any

import pytest

from schemas.fields import Money
from schemas.outputs import derive_id
from tests.build import (
    NOON,
    SUBSCRIBER,
    THROTTLE,
    Fed,
    Line,
    after,
    allowance,
    data,
    mms,
    octets,
    plan,
    profile,
    replay,
    sms,
    voice,
)

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:00:00Z"
BLOCK = {"action": "block"}


def corrected(percent: float | str, was: float | str, *, of: str | None = None, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a correction of the record "o", ``of`` a source or its own, to so many percent from others."""
    named = {"record_id": "o"} if of is None else {"record_id": "o", "source": of}
    return data(percent, corrects={**named, "was": {"bytes_up": octets(was)}}, **own)


def fixed(line: Line, **was: object) -> Line:
    """Return the record as a correction of one that was otherwise."""
    return {**line, "value": {**line["value"], "corrects": {"record_id": "o", "was": was}}}


def kinds(fed: Fed) -> list[str]:
    """Return the kind of each signal."""
    return [kind for kind, _ in fed.found]


# -- the total


@pytest.mark.parametrize(
    ("now", "was", "used"), [(10, 30, 8_000_000), (30, 10, 12_000_000), (30, 30, 10_000_000)]
)
def test_total_moves_by_what_it_is_less_what_it_was(now: int, was: int, used: int) -> None:
    """Its own billable quantity minus that of ``was``."""
    assert used == replay([data(100), corrected(now, was)]).used()


def test_reversal_has_quantities_of_zero() -> None:
    """What was counted is taken off, all of it."""
    fed = replay([data(30, record_id="o"), data(7), corrected(0, 30)])

    assert (700_000, 3, []) == (fed.used(), fed.count("applied"), fed.reasons)


def test_direction_that_was_does_not_name_is_zero() -> None:
    """As in a record itself: up 10 and down 20 become up 10 and down 5, each side whole."""
    fed = replay([data(bytes_up=10, bytes_down=20), fixed(data(bytes_down=5), bytes_down=20)])

    assert 15 == fed.used()


@pytest.mark.parametrize(("was", "used"), [({}, 2), ({"count": 1}, 2), ({"count": 3}, 0)])
@pytest.mark.parametrize("make", [sms, mms])
def test_messages_were_one_where_nothing_is_said(make: Any, was: dict[str, int], used: int) -> None:  # noqa: ANN401
    """``count`` defaults to 1 on either side."""
    bucket = make.__name__
    fed = replay([plan(allowance(bucket, 100)), make(3), fixed(make(0), **was)])

    assert used == fed.used(bucket)


def test_call_that_was_without_a_duration_is_no_quantity() -> None:
    """A misspelt field must not count as zero, on neither side."""
    fed = replay([voice(60), fixed(voice(0), duration=60), fixed(data(bytes_up=0), octets=60)])

    assert [("no_quantity", "corrects.was")] * 2 == [(one.reason, one.detail) for one in fed.dead]
    assert 60 == fed.used("voice")


@pytest.mark.parametrize(
    ("now", "was", "delta"),
    [
        (59, 61, -60),
        (60, 61, -60),
        (61, 62, 0),
        (61, 60, 60),
        (1, 0, 60),
        (0, 1, -60),
        (0, 0, 0),
        (119, 121, -60),
    ],
)
def test_each_side_is_rounded_by_itself(now: int, was: int, delta: int) -> None:
    """60/60: from 61 s to 62 s is no change, from 60 s to 61 s a minute."""
    minutes = plan(allowance("voice", None, rounding="60/60"))
    fed = replay([minutes, voice(600), fixed(voice(now), duration_s=was)])

    assert 600 + delta == fed.used("voice")


def test_history_is_moved_by_raw_seconds() -> None:
    """Raw history likewise, unrounded: 61 s become 50 s."""
    minutes = plan(allowance("voice", None, rounding="60/60"))
    state = replay([minutes, voice(61), fixed(voice(50), duration_s=61)]).state()

    assert state is not None
    assert 50 == sum(state.windows["voice"].days.values())


def test_zero_rated_correction_moves_only_the_history() -> None:
    """``zero_rated`` equals the original's: what was not counted is not taken off."""
    fed = replay([data(50), data(30, zero_rated=True), corrected(10, 30, zero_rated=True)])
    state = fed.state()

    assert state is not None
    assert (5_000_000, 6_000_000) == (fed.used(), sum(state.windows["data"].days.values()))


def test_incoming_call_is_corrected_where_it_does_not_count() -> None:
    """The direction equals the original's: the plan counts outgoing calls alone."""
    fed = replay([voice(100), voice(60, direction="in"), fixed(voice(0, direction="in"), duration_s=60)])

    assert (100, []) == (fed.used("voice"), fed.reasons)


def test_roaming_is_corrected_in_its_own_bucket() -> None:
    """Roaming equals the original's, and so does the bucket."""
    both = plan(allowance(), allowance("data.roaming", 5_000_000))
    fed = replay([both, data(20), data(30, roaming=True), corrected(10, 30, roaming=True)])

    assert (2_000_000, 1_000_000) == (fed.used(), fed.used("data.roaming"))


def test_correction_is_in_the_period_of_its_own_start() -> None:
    """``started_at`` decides the period, not when the correction comes."""
    fed = replay([data(30, at=BEFORE_END), corrected(10, 30, at=BEFORE_END, arrives=after(END, hours=1))])

    assert (1_000_000, 0) == (fed.used(), fed.used(period="2026-12-01"))


# -- its place among the others


def test_correction_before_its_original_counts_at_once() -> None:
    """Sums commute: 81 % that are really 79 % never reach 80 %."""
    #  |--- (79 - 81) % -- 81 % ---|
    fed = replay([corrected(79, 81), data(81, record_id="o")])

    assert ([], 7_900_000) == (fed.found, fed.used())


def test_correction_alone_reads_as_nothing_used() -> None:
    """Levels read max(0, total); what is below zero is kept for the original."""
    fed = replay([plan(allowance(amount=100)), fixed(data(bytes_up=0), bytes_up=50), data(bytes_up=129)])

    assert [] == fed.found
    assert [("near_limit", 80)] == replay(
        [plan(allowance(amount=100)), fixed(data(bytes_up=0), bytes_up=50), data(bytes_up=130)]
    ).found


def test_total_below_zero_is_never_said() -> None:
    """The first unit of an allowance of 0 is the first above zero."""
    empty = plan(allowance(amount=0))
    below = replay([empty, fixed(data(bytes_up=0), bytes_up=50), data(bytes_up=50)])
    above = replay([empty, fixed(data(bytes_up=0), bytes_up=50), data(bytes_up=51)])

    assert [] == below.found
    assert [("overage", 1, 1)] == [(one.kind(), one.used, one.over) for one in above.signals]


def test_same_correction_twice_is_a_duplicate() -> None:
    """Identity and content are the same."""
    once = corrected(10, 30, record_id="c")
    fed = replay([data(50), once, once])

    assert (3_000_000, 1, []) == (fed.used(), fed.count("duplicate"), fed.reasons)


def test_correction_that_was_otherwise_is_another_content() -> None:
    """What it takes off is part of what it says."""
    fed = replay([data(50), corrected(10, 30, record_id="c"), corrected(10, 20, record_id="c")])

    assert (3_000_000, ["conflict"]) == (fed.used(), fed.reasons)


def test_two_corrections_of_one_record_both_count() -> None:
    """30 -> 20 -> 25: each says what it was before."""
    fed = replay([data(30, record_id="o"), corrected(20, 30), corrected(25, 20)])

    assert 2_500_000 == fed.used()


def test_correction_has_an_identity_of_its_own() -> None:
    """Under the original's id it is a conflict; under its own, the original's repeat stays a duplicate."""
    original = data(30, record_id="o")
    fed = replay([original, corrected(10, 30, record_id="o"), corrected(10, 30, record_id="c"), original])

    assert (["conflict"], 1, 1_000_000) == (fed.reasons, fed.count("duplicate"), fed.used())


def test_original_after_its_correction_is_no_repeat() -> None:
    """The id that a correction names is not remembered as seen."""
    fed = replay([corrected(10, 30, record_id="c"), data(30, record_id="o")])

    assert (0, 1_000_000) == (fed.count("duplicate"), fed.used())


@pytest.mark.parametrize(
    ("of", "left"), [(None, 0), ("x", 0), ("y", -20)], ids=["default", "the same", "another"]
)
def test_source_of_the_corrected_is_the_corrections_own(of: str | None, left: int) -> None:
    """Where the original is provisional: 30 -> 10, then replaced by nothing takes off what is left."""
    fed = replay(
        [
            data(50),
            data(30, record_id="o", source="x", provisional=True),
            corrected(10, 30, of=of, record_id="c", source="x"),
            data(0, record_id="t", source="x", replaces={"source": "x", "record_id": "o"}),
        ]
    )

    assert octets(50 + left) == fed.used()


@pytest.mark.parametrize(
    "own", [{"provisional": True}, {"replaces": {"source": "", "record_id": "o"}}], ids=str
)
def test_correction_is_nothing_else_besides(own: dict[str, Any]) -> None:
    """``corrects`` together with ``replaces`` or ``provisional`` is ``bad_field``."""
    fed = replay([data(50), corrected(10, 30, **own)])

    assert (["bad_field"], 5_000_000) == (fed.reasons, fed.used())


def test_quantity_below_zero_is_no_way_to_correct() -> None:
    """Neither side may be negative."""
    fed = replay([data(50), fixed(data(bytes_up=0), bytes_up=-1), fixed(data(bytes_up=-1), bytes_up=0)])

    assert (["negative_quantity"] * 2, 5_000_000) == (fed.reasons, fed.used())


# -- levels


def test_level_that_is_true_no_more_is_resolved() -> None:
    """Raised and no longer true: ``resolved``, with the signal that it is of, and no notice."""
    #  |--- 81 % -- (79 - 81) % ---|
    fed = replay(
        [data(81, record_id="o"), corrected(79, 81, at=after(NOON, hours=-1), arrives=NOON, record_id="c")]
    )

    raised, gone = fed.signals
    assert ("near_limit", "resolved", raised.id, 1) == (raised.kind(), gone.kind(), gone.of, gone.n)
    assert ("data", "2026-11-01", "2026-11-10T11:00:00.000Z") == (gone.bucket, gone.period, gone.at)
    assert derive_id("signals", "resolved", SUBSCRIBER, raised.id, 1) == gone.id
    assert ["c"] == [one.record_id for one in gone.evidence]
    assert 1 == len(fed.care)


@pytest.mark.parametrize(("now", "found"), [("80", []), ("79.99999", ["resolved"])])
def test_level_is_resolved_below_it_and_not_at_it(now: str, found: list[str]) -> None:
    """Inclusive: exactly 80 % is still true, one octet less is not."""
    assert ["near_limit", *found] == kinds(replay([data(81), corrected(now, 81)]))


def test_level_that_is_true_again_is_reinstated_and_not_said_again() -> None:
    """No second alert: ``reinstated``, the n-th time, and one notice in all."""
    #  |--- 81 % -- 79 % -- 80 % -- 79 % -- 95 % ---|
    fed = replay([data(81), corrected(79, 81), data(1), corrected(0, 1), data(16)])

    raised = fed.signals[0]
    assert [("resolved", 1), ("reinstated", 1), ("resolved", 2), ("reinstated", 2)] == [
        (one.kind(), one.n) for one in fed.signals[1:]
    ]
    assert {raised.id} == {one.of for one in fed.signals[1:]}
    assert 5 == len({one.id for one in fed.signals})
    assert derive_id("signals", "reinstated", SUBSCRIBER, raised.id, 2) == fed.signals[-1].id
    assert 1 == len(fed.care)


def test_correction_up_across_a_level_raises_it() -> None:
    """A level is looked at after every record."""
    fed = replay([data(79), corrected(81, 79, record_id="c")])

    assert [("near_limit", 80, 8_100_000, "c")] == [
        (one.kind(), one.level, one.used, one.evidence[0].record_id) for one in fed.signals
    ]
    assert 1 == len(fed.care)


def test_correction_that_crosses_nothing_says_nothing() -> None:
    """Neither above the level nor below it."""
    assert ["near_limit"] == kinds(replay([data(90), corrected(85, 90), corrected(99, 85)]))
    assert [] == kinds(replay([data(50), corrected(10, 50), corrected(79, 10)]))


def test_only_what_is_true_no_more_is_resolved() -> None:
    """From 130 % to 90 %: level 80 stays."""
    fed = replay([data(130), corrected(90, 130)])

    said = {one.id: one for one in fed.signals[:3]}
    assert [("near_limit", 100), ("overage", None)] == [
        (said[one.of].kind(), getattr(said[one.of], "level", None)) for one in fed.signals[3:]
    ]


def test_what_one_record_says_is_in_the_tables_order() -> None:
    """near_limit, overage, throttled, exhausted, resolved, reinstated: what is new before what is again."""
    #  |--- AU 50 % -- 0 % -- 85 % ---|: 85 is new, 50 again
    fed = replay([profile(jurisdiction="AU"), data(50), corrected(0, 50), data(85)])

    assert [("near_limit", 50), ("resolved", None), ("near_limit", 85), ("reinstated", None)] == fed.found


@pytest.mark.parametrize(("now", "found"), [("100", ["resolved"]), ("100.00001", [])])
def test_overage_is_resolved_at_the_allowance(now: str, found: list[str]) -> None:
    """``used > allowance``: all of it is no overage any more."""
    fed = replay([data(101), corrected(now, 101)])

    assert ["near_limit", "near_limit", "overage", *found] == kinds(fed)


@pytest.mark.parametrize(
    ("beyond", "kind"), [(None, "overage"), (THROTTLE, "throttled"), (BLOCK, "exhausted")], ids=str
)
def test_what_is_beyond_is_never_said_again_as_itself(beyond: dict[str, object] | None, kind: str) -> None:
    """Down below the allowance and up again: ``resolved`` and ``reinstated``, one notice in all."""
    #  |--- 101 % -- 99 % -- 101 % ---|
    own: dict[str, Any] = {} if beyond is None else {"beyond": beyond}
    fed = replay([plan(allowance(**own)), data(101), corrected(99, 101), data(2)])

    [first] = [one for one in fed.signals if one.kind() == kind]
    assert [("resolved", 1), ("reinstated", 1)] == [
        (one.kind(), one.n) for one in fed.signals if getattr(one, "of", None) == first.id
    ]
    assert 1 == len(fed.care)


@pytest.mark.parametrize(("beyond", "now", "is_over"), [
    (THROTTLE, "100", False), (THROTTLE, "99.99999", True), (BLOCK, "100", False), (BLOCK, "99.99999", True),
])  # fmt: skip
def test_throttled_and_exhausted_are_true_at_the_allowance(
    beyond: dict[str, object], now: str, *, is_over: bool
) -> None:
    """``used >= allowance``, inclusive on the way down as on the way up."""
    fed = replay([plan(allowance(beyond=beyond)), data(101), corrected(now, 101)])
    [first] = [one for one in fed.signals if one.kind() in {"throttled", "exhausted"}]

    assert is_over == (first.id in [getattr(one, "of", None) for one in fed.signals])


# -- money


def charge(amount: str) -> dict[str, str]:
    """Return money."""
    return {"amount": amount, "currency": "CNY"}


def overage_of(*records: Line) -> Money | None:
    """Return what the overage of a replay costs."""
    [told] = [one for one in replay(records).signals if one.kind() == "overage"]
    found: Money | None = told.charge
    return found


def test_own_charge_of_a_correction_adds_as_any() -> None:
    """A record's own ``charge`` adds to the sum, a correction's too."""
    assert Money("4.00", "CNY") == overage_of(
        data(90, charge=charge("3.00")), corrected(80, 90, charge=charge("1.00")), data(30)
    )


def test_charge_that_was_is_taken_off() -> None:
    """``was.charge``: 3.00 become 1.00."""
    better = corrected(80, 90, charge=charge("1.00"))
    better["value"]["corrects"]["was"]["charge"] = charge("3.00")

    assert Money("1.00", "CNY") == overage_of(data(90, charge=charge("3.00")), better, data(30))


def test_charge_of_the_plan_follows_the_total() -> None:
    """ceil(over / per) x price on the running total: 15 % over is two units, 10 % one."""
    late = {"at": BEFORE_END, "arrives": after(END, days=2)}
    told = replay([data(115), corrected(110, 115, **late), corrected(115, 110, **late)]).signals[3:]

    one, two = Money("5.00", "CNY"), Money("10.00", "CNY")
    assert [(two, one), (one, two)] == [(each.charge_before, each.charge_after) for each in told]


# -- over a period's end


@pytest.mark.parametrize(
    ("span", "is_late"), [({"ms": -1}, False), ({"ms": 0}, True), ({"hours": 24, "ms": -1}, True)], ids=str
)
def test_within_a_notice_a_closed_period_is_looked_at(span: dict[str, int], *, is_late: bool) -> None:
    """Arrival < E + notice_within: it counts, raises and resolves what it would have in time."""
    arrives = after(END, **span)
    up = replay([data(79, at=BEFORE_END), corrected(81, 79, at=BEFORE_END, arrives=arrives)])
    down = replay([data(81, at=BEFORE_END), corrected(79, 81, at=BEFORE_END, arrives=arrives)])

    assert [(80, is_late)] == [(one.level, one.late) for one in up.signals]
    assert ["near_limit", "resolved"] == kinds(down)
    assert "2026-11-01" == down.signals[1].period


def test_later_a_correction_is_an_adjustment() -> None:
    """No levels, nothing resolved: what it was and what it is."""
    late = {"at": BEFORE_END, "arrives": after(END, hours=24), "record_id": "c", "source": "tap"}
    fed = replay([data(81, at=BEFORE_END), corrected(79, 81, **late)])

    [raised, told] = fed.signals
    assert ("near_limit", "late_adjustment") == (raised.kind(), told.kind())
    assert ("2026-11-01", 8_100_000, 7_900_000) == (told.period, told.used_before, told.used_after)
    assert derive_id("signals", "late_adjustment", SUBSCRIBER, "data", "2026-11-01", "tap", "c") == told.id
    assert 1 == len(fed.care)


def test_adjustment_below_zero_reads_zero() -> None:
    """Outward quantities read max(0, total): a reversal before its original changes nothing that is seen."""
    late = {"at": BEFORE_END, "arrives": after(END, days=2)}
    fed = replay([corrected(0, 30, **late), data(30, record_id="o", **late), data(1, **late)])

    assert [("late_adjustment", 0, 100_000)] == [
        (one.kind(), one.used_before, one.used_after) for one in fed.signals
    ]


@pytest.mark.parametrize(("span", "reasons"), [({"ms": -1}, []), ({"ms": 0}, ["too_late"])], ids=str)
def test_sixty_days_after_the_end_a_correction_is_too_late(span: dict[str, int], reasons: list[str]) -> None:
    """Lateness is as of any record; what is too late changes nothing."""
    arrives = after(after(END, days=60), **span)
    fed = replay([data(81, at=BEFORE_END), corrected(0, 81, at=BEFORE_END, arrives=arrives)])

    assert (reasons, 8_100_000 if reasons else 0) == (fed.reasons, fed.used())
