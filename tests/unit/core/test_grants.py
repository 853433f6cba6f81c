"""Grants: what a purchase adds to an allowance, until when, and what that does to what was said."""

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
    event,
    octets,
    plan,
    profile,
    replay,
    sms,
)

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:00:00Z"
BOUGHT = after(NOON, hours=1)
EXPIRES = "2026-11-15T00:00:00Z"
NEXT_EXPIRES = "2026-11-20T00:00:00Z"
IN_DECEMBER = "2026-12-20T00:00:00Z"
SMALL = plan(allowance(amount=octets(10)))
LARGE = plan(allowance(amount=octets(200)), plan_id="large")


def purchase(percent: float | str = 50, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return the purchase of so many percent of the usual allowance."""
    given = {"addon_id": "a", "bucket": "data", "amount": octets(percent), "at": BOUGHT}
    return event("addon.purchased", **{**given, **own})


def correction(percent: float, was: float, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a correction of the record "o"."""
    return data(percent, corrects={"record_id": "o", "was": {"bytes_up": octets(was)}}, **own)


def tick(at: str) -> Line:
    """Return a record that counts nothing: the clock goes on, and timers fire."""
    return event("sim.swapped", at=at)


def in_force(*records: Line, at: str) -> tuple[float, int]:
    """Return allowance, in percent of the usual one, and generation that a large record at ``at`` meets."""
    huge = data(100_000, at=at, record_id="huge")
    [told] = [
        one
        for one in replay([*records, huge]).signals
        if one.kind() == "overage" and one.evidence and one.evidence[0].record_id == "huge"
    ]
    return told.allowance * 100 / octets(100), told.generation


def found(fed: Fed) -> list[tuple[str, int | None, int | None]]:
    """Return kind, level and generation of each signal."""
    return [
        (*name, getattr(one, "generation", None)) for name, one in zip(fed.found, fed.signals, strict=True)
    ]


# -- bought in mid-period


def test_larger_allowance_resolves_what_is_true_no_more() -> None:
    """Used stays, the new allowance holds for the whole period; the cause is the event."""
    #  |--- 81 % of 10 MB --- + 10 MB: 40.5 % of 20 ---|
    fed = replay([data(81), purchase(100, event_id="e")])

    [raised, gone] = fed.signals
    assert ("resolved", raised.id, 1) == (gone.kind(), gone.of, gone.n)
    assert (after(BOUGHT), "data", "2026-11-01") == (gone.at, gone.bucket, gone.period)
    assert [("usage-events", "e")] == [(one.topic, one.record_id) for one in gone.evidence]
    assert 1 == len(fed.care)


def test_larger_allowance_arms_the_levels_anew() -> None:
    """``generation`` goes up by one, and the level is said again of the new allowance, at its own 80 %."""
    before = replay([data(81), purchase(100), data("78.99")])
    fed = replay([data(81), purchase(100), data(79)])

    assert [("near_limit", 80, 0), ("resolved", None, None)] == found(before)
    again = fed.signals[2]
    assert (80, 1, 20_000_000, 16_000_000) == (again.level, again.generation, again.allowance, again.used)
    assert derive_id("signals", "near_limit", SUBSCRIBER, "data", "2026-11-01", 80, 1) == again.id


@pytest.mark.parametrize(
    ("bought", "said"),
    [
        ("25", [("near_limit", 80, 1), ("resolved", None, None)]),
        ("25.00001", [("resolved", None, None), ("resolved", None, None)]),
    ],
)
def test_level_that_is_still_true_is_said_again(bought: str, said: list[object]) -> None:
    """10 of 12.5 MB are 80 %: superseded by the new generation's signal; 100 % is true no more."""
    fed = replay([data(100), purchase(bought)])

    assert [("near_limit", 80, 0), ("near_limit", 100, 0), *said] == found(fed)


def test_signal_that_was_superseded_is_never_resolved_later() -> None:
    """Only the new generation's is: 0 % of it, then all of it."""
    #  |--- 100 % -- + 1 MB: 91 % -- 0 % -- 110 % of 10 MB ---|
    fed = replay([data(100, record_id="o"), purchase(10), correction(0, 100), data(110)])

    first, _, second, _, gone, all_of_it, again = fed.signals
    assert (80, 0, 80, 1) == (first.level, first.generation, second.level, second.generation)
    assert ("resolved", second.id, 1) == (gone.kind(), gone.of, gone.n)
    assert (100, 1) == (all_of_it.level, all_of_it.generation)
    assert ("reinstated", second.id, 1) == (again.kind(), again.of, again.n)


def test_signal_resolved_by_a_purchase_is_never_reinstated() -> None:
    """Its generation is over: what comes true again is the new generation's own."""
    fed = replay([data(81), purchase(100), data(200)])

    assert "reinstated" not in [kind for kind, _ in fed.found]


def test_usage_before_the_purchase_is_covered_too() -> None:
    """Valid from the start of the period that contains its ``at``: an overage is resolved."""
    fed = replay([data(110), purchase(50)])

    said = {one.id: one.kind() for one in fed.signals[:3]}
    assert ["near_limit", "near_limit", "overage"] == [said[one.of] for one in fed.signals[3:]]
    assert 1 == len(fed.care)


def test_overage_is_said_again_of_the_larger_allowance() -> None:
    """``used > allowance`` at 150 % and not before, with a charge of what is over then."""
    fed = replay([data(110), purchase(50), data(40), data(bytes_up=1)])

    [first, second] = [one for one in fed.signals if one.kind() == "overage"]
    assert (1_000_000, 0, 1, 1) == (first.over, first.generation, second.over, second.generation)
    assert Money("5.00", "CNY") == second.charge


@pytest.mark.parametrize(("percent", "levels"), [("119.99", []), ("120", [(80, 1, 15_000_000)])])
def test_purchase_before_any_usage_is_a_change_too(percent: str, levels: list[object]) -> None:
    """A purchase creates the bucket's usage with used 0: generation 1."""
    fed = replay([purchase(50), data(percent, at=after(NOON, days=1))])

    assert levels == [(one.level, one.generation, one.allowance) for one in fed.signals]


def test_purchase_says_nothing_where_nothing_is_true() -> None:
    """No signal, no notice."""
    for lines in ([purchase(50)], [data(79), purchase(50)]):
        fed = replay(lines)

        assert ([], []) == (fed.found, fed.care)


def test_same_purchase_twice_is_a_duplicate() -> None:
    """It is granted once."""
    once = purchase(50, event_id="e")

    assert (150, 1) == in_force(once, once, at=after(NOON, days=1))


def test_two_purchases_are_two_grants() -> None:
    """The same add-on bought twice adds twice, and changes the allowance twice."""
    assert (200, 2) == in_force(purchase(50), purchase(50), at=after(NOON, days=1))


def test_purchase_is_in_its_own_bucket() -> None:
    """Another bucket's allowance does not move."""
    both = plan(allowance(), allowance("sms", 10))
    fed = replay([both, data(81), purchase(bucket="sms", amount=10), sms(15), sms(1)])

    assert [("data", 80, 10_000_000, 0), ("sms", 80, 20, 1)] == [
        (one.bucket, one.level, one.allowance, one.generation) for one in fed.signals
    ]


def test_purchase_in_a_bucket_that_the_plan_does_not_name() -> None:
    """Its amount is 0 and the grant: levels of the grant, then an overage of which nobody knows the price."""
    fed = replay([purchase(bucket="sms", amount=10), sms(7), sms(1), sms(2), sms(1)])

    assert [("near_limit", 8, 10, 1), ("near_limit", 10, 10, 1), ("overage", 11, 10, 1)] == [
        (one.kind(), one.used, one.allowance, one.generation) for one in fed.signals
    ]
    assert fed.signals[2].charge is None


def test_unlimited_stays_unlimited() -> None:
    """Null = unlimited, stays null: nothing to say, nothing to draw."""
    fed = replay([plan(allowance(amount=None)), data(1_000), purchase(50), data(1_000)])

    assert ([], []) == (list(fed.emitted), fed.reasons)
    assert 1 == fed.count("applied", "usage-events")


def test_roll_over_is_a_purchase_too() -> None:
    """What billing carries over comes as ``addon.purchased``; no catalogue needs to know its id."""
    rolled = purchase(30, addon_id="roll-over", at="2026-11-01T00:00:00Z", source="billing")

    assert (130, 1) == in_force(rolled, at=NOON)


# -- until when


@pytest.mark.parametrize(
    ("span", "reasons"), [({"ms": -1}, ["bad_field"]), ({"ms": 0}, ["bad_field"]), ({"ms": 1}, [])], ids=str
)
def test_grant_must_end_after_it_was_bought(span: dict[str, int], reasons: list[str]) -> None:
    """``expires_at`` at or before ``at`` is ``bad_field``, and grants nothing."""
    fed = replay([data(81), purchase(100, expires_at=after(BOUGHT, **span))])

    assert reasons == fed.reasons
    assert (not reasons) == ("resolved" in [kind for kind, _ in fed.found])
    assert ["expires_at"] * len(reasons) == [one.detail.split(":")[0] for one in fed.dead]


def test_grant_without_an_end_is_of_its_period() -> None:
    """Default: the period's end. December has the plan's amount and its own generation."""
    assert (150, 1) == in_force(purchase(50), at=BEFORE_END)
    assert (100, 0) == in_force(purchase(50), at=END)


@pytest.mark.parametrize("expires_at", [None, END, IN_DECEMBER], ids=str)
@pytest.mark.parametrize("arrives", [after(END, hours=1), after(END, hours=24, ms=-1)])
def test_period_keeps_its_grants_when_it_is_over(expires_at: str | None, arrives: str) -> None:
    """What ends with the period or later has not lapsed inside it: late usage is covered."""
    bought = purchase(50, **({} if expires_at is None else {"expires_at": expires_at}))
    late = {"at": BEFORE_END, "arrives": arrives}
    fed = replay([bought, data(110), data("9.99", **late), data("0.01", **late)])

    assert [(80, 1, 15_000_000, True)] == [
        (one.level, one.generation, one.allowance, one.late) for one in fed.signals
    ]


def test_period_that_is_long_over_keeps_the_grant_that_has_expired_since() -> None:
    """Late usage of November after 20 December: 120 of 150 % cost nothing, 160 % do."""
    late = {"at": BEFORE_END, "arrives": after(IN_DECEMBER, days=2)}
    fed = replay([purchase(50, expires_at=IN_DECEMBER), data(100), data(20, **late), data(40, **late)])

    assert [("late_adjustment", 12_000_000), ("late_adjustment", 16_000_000)] == [
        (one.kind(), one.used_after) for one in fed.signals
    ]
    assert Money("5.00", "CNY") == fed.signals[1].charge_after
    assert Money("5.00", "CNY") not in {fed.signals[0].charge_after, fed.signals[1].charge_before}


# -- over two periods


@pytest.mark.parametrize(
    ("november", "december"),
    [(0, 150), (99, 150), (100, 150), (101, 149), (120, 130), (150, 100), (170, 100)],
)
def test_what_the_first_period_drew_is_missing_in_the_next(november: int, december: int) -> None:
    """Earliest expiry first: November's own amount ends with November, the grant on 20 December."""
    bought = purchase(50, expires_at=IN_DECEMBER)

    assert (december, 0) == in_force(bought, data(november), at=after(END, days=1))


def test_earlier_expiring_grant_is_drawn_before_the_one_that_lives_on() -> None:
    """120 % before the 15th: 30 of the one that ends then, 90 of the plan, nothing of the other."""
    both = [purchase(30, expires_at=EXPIRES), purchase(50, expires_at=IN_DECEMBER)]

    assert 150 == in_force(*both, data(120), at=after(END, days=1))[0]


def test_grant_that_had_expired_covers_nothing_later() -> None:
    """120 % after the 15th: nothing of the first, 100 of the plan, 20 of the other."""
    both = [purchase(30, expires_at=EXPIRES), purchase(50, expires_at=IN_DECEMBER)]

    assert 130 == in_force(*both, data(120, at=after(EXPIRES, days=1)), at=after(END, days=1))[0]


def test_grant_ends_inside_the_second_period() -> None:
    """After 20 December only what December drew by then stays: 20 of 50."""
    bought = purchase(50, expires_at=IN_DECEMBER)
    used = data(20, at=after(END, days=1))

    assert (150, 0) == in_force(bought, used, at=after(IN_DECEMBER, ms=-1))
    assert (120, 1) == in_force(bought, used, at=IN_DECEMBER)
    assert (100, 1) == in_force(bought, at=IN_DECEMBER)


def test_grant_of_three_periods_is_drawn_in_their_order() -> None:
    """November draws 20 of 50, December 10 more: January has 20."""
    bought = purchase(50, expires_at="2027-01-20T00:00:00Z")
    used = [data(120), data(110, at=after(END, days=1))]

    assert (120, 0) == in_force(bought, *used, at="2027-01-02T00:00:00Z")


def test_late_usage_of_the_first_period_draws_on_the_second() -> None:
    """A pure function of totals: 20 % of November that come in December are missing in December."""
    bought = purchase(50, expires_at=IN_DECEMBER)
    late = data(20, at=BEFORE_END, arrives=after(END, hours=3))
    begun = data(1, at=after(END, hours=1))

    assert 130 == in_force(bought, data(100), late, at=after(END, days=1))[0]
    assert 130 == in_force(bought, data(100), begun, late, at=after(END, days=1))[0]


def test_late_draw_is_no_new_generation() -> None:
    """A generation begins with a purchase, another plan or a lapse; a late record is none of them."""
    bought = purchase(50, expires_at=IN_DECEMBER)
    late = data(20, at=BEFORE_END, arrives=after(END, hours=3))

    assert 0 == in_force(bought, data(100), data(1, at=after(END, hours=1)), late, at=after(END, days=1))[1]


def test_late_draw_is_looked_at_where_it_is_missing() -> None:
    """After every record: December's 150 % were all there, with 20 % less of them it is over and costs."""
    bought = purchase(50, expires_at=IN_DECEMBER)
    late = data(20, at=BEFORE_END, arrives=after(END, hours=3), record_id="late")
    fed = replay([bought, data(100), data(150, at=after(END, hours=1)), late])

    told = fed.signals[-1]
    assert ("overage", "2026-12-01", 2_000_000, 13_000_000) == (
        told.kind(),
        told.period,
        told.over,
        told.allowance,
    )
    assert (Money("10.00", "CNY"), ["late"]) == (told.charge, [one.record_id for one in told.evidence])


def test_correction_gives_back_what_was_drawn() -> None:
    """20 % less of November: December has them again, and what was over is not."""
    bought = purchase(50, expires_at=IN_DECEMBER)
    fixed = correction(100, 120, at=NOON, arrives=after(END, hours=3))
    fed = replay([bought, data(120, record_id="o"), data(140, at=after(END, hours=1)), fixed])

    [over] = [one for one in fed.signals if one.kind() == "overage"]
    assert ("2026-12-01", True) == (over.period, over.id in [getattr(one, "of", None) for one in fed.signals])


def test_late_purchase_changes_both_periods() -> None:
    """Bought in November, read in December: each period's allowance changes, each is looked at."""
    bought = purchase(50, at=BEFORE_END, arrives=after(END, hours=3), expires_at=IN_DECEMBER)
    fed = replay([data(81), data(82, at=after(END, hours=1)), bought])

    november, december = fed.signals[:2]
    assert {("2026-11-01", november.id), ("2026-12-01", december.id)} == {
        (one.period, one.of) for one in fed.signals[2:]
    }
    assert 1 == in_force(data(1, at=after(END, hours=1)), bought, at=after(END, days=1))[1]


def test_purchase_in_december_is_none_of_novembers() -> None:
    """Valid from the start of the period that contains its ``at``, not before."""
    bought = purchase(50, at=after(END, hours=1), expires_at=IN_DECEMBER)
    fed = replay([data(81), bought])

    assert [("near_limit", 80)] == fed.found


# -- lapse inside the period


def test_unused_part_lapses_at_its_time() -> None:
    """A timer: 20 % were drawn of 50 before the 15th, 30 go; the generation counts the lapse."""
    bought = [purchase(50, expires_at=EXPIRES), data(20)]

    assert (150, 1) == in_force(*bought, at=after(EXPIRES, ms=-1))
    assert (120, 2) == in_force(*bought, at=EXPIRES)


def test_level_that_a_lapse_makes_true_is_said_by_the_timer() -> None:
    """``at`` is the due time, no record is the cause."""
    #  |--- 50 of 10 + 100 % (45 %) --- lapse: 50 of 10 + 50 % (83 %) ---|
    fed = replay([SMALL, purchase(100, expires_at=EXPIRES), data(50), tick(after(EXPIRES, hours=5))])

    [told] = fed.signals
    assert ("near_limit", 80, 2, 5_000_000, 6_000_000) == (
        told.kind(),
        told.level,
        told.generation,
        told.used,
        told.allowance,
    )
    assert (after(EXPIRES), (), False) == (told.at, told.evidence, told.late)
    assert [told.id] in [list(one.cause) for one in fed.care]


@pytest.mark.parametrize(("arrives", "count"), [(after(EXPIRES, ms=-1), 0), (EXPIRES, 1)])
def test_timer_fires_before_the_record_at_its_due_time(arrives: str, count: int) -> None:
    """A record is taken only when every timer due at or before its arrival has fired."""
    fed = replay([SMALL, purchase(100, expires_at=EXPIRES), data(50), tick(arrives)])

    assert count == len(fed.signals)


def test_timer_fires_before_the_usage_that_wakes_it() -> None:
    """The record's own usage comes after: the lapse is told of 50, the overage of the record."""
    fed = replay([SMALL, purchase(100, expires_at=EXPIRES), data(50), data(60, at=after(EXPIRES, days=1))])

    assert [
        ("near_limit", 80, 5_000_000),
        ("near_limit", 100, 11_000_000),
        ("overage", None, 11_000_000),
    ] == [(*name, one.used) for name, one in zip(fed.found, fed.signals, strict=True)]
    assert {2} == {one.generation for one in fed.signals}


def test_level_that_is_true_before_and_after_a_lapse_is_said_of_the_new_generation() -> None:
    """AU's 50 %: 150 of 300 %, then 150 of 250 %: superseded, not resolved."""
    fed = replay(
        [
            profile(jurisdiction="AU"),
            purchase(200, expires_at=EXPIRES),
            data(150),
            tick(after(EXPIRES, days=1)),
        ]
    )

    assert [("near_limit", 50, 1), ("near_limit", 50, 2)] == found(fed)
    assert (30_000_000, 25_000_000) == (fed.signals[0].allowance, fed.signals[1].allowance)


def test_grant_that_is_used_up_lapses_without_a_change() -> None:
    """Nothing was left of it: the allowance does not change, nor does the generation."""
    bought = [purchase(50, expires_at=EXPIRES), data(50)]

    assert (150, 1) == in_force(*bought, tick(EXPIRES), at=after(EXPIRES, days=1))


def test_usage_from_the_expiry_on_is_not_covered() -> None:
    """It covers usage with event time < ``expires_at``."""
    bought = purchase(50, expires_at=EXPIRES)

    assert 120 == in_force(bought, data(20, at=after(EXPIRES, ms=-1)), at=after(EXPIRES, days=1))[0]
    assert 100 == in_force(bought, data(20, at=EXPIRES), at=after(EXPIRES, days=1))[0]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_late_usage_from_before_the_expiry_still_draws_on_it(order: tuple[int, int]) -> None:
    """The allowance moves with it, no new generation for that; in any order."""
    late = data(10, at=after(EXPIRES, hours=-1), arrives=after(EXPIRES, days=1))
    later = data(5, at=after(EXPIRES, hours=1), arrives=after(EXPIRES, days=1))
    both = [(late, later)[place] for place in order]
    bought = [purchase(50, expires_at=EXPIRES), data(20)]

    assert (130, 2) == in_force(*bought, *both, at=after(EXPIRES, days=2))


def test_late_usage_draws_no_more_than_was_left() -> None:
    """30 were left: of 40 late ones 30 are covered."""
    late = data(40, at=after(EXPIRES, hours=-1), arrives=after(EXPIRES, days=1))

    assert 150 == in_force(purchase(50, expires_at=EXPIRES), data(20), late, at=after(EXPIRES, days=2))[0]


def test_correction_of_what_was_drawn_gives_nothing_back() -> None:
    """After the expiry 20 % become 5 %: the grant covered 5, the rest has lapsed."""
    fixed = correction(5, 20, at=NOON, arrives=after(EXPIRES, days=1))
    bought = [purchase(50, expires_at=EXPIRES), data(20, record_id="o")]

    assert (105, 2) == in_force(*bought, fixed, at=after(EXPIRES, days=2))


@pytest.mark.parametrize("first", [EXPIRES, NEXT_EXPIRES], ids=["in order", "the later one first"])
@pytest.mark.parametrize(
    ("used", "left"),
    [
        ([(NOON, 20)], 120),
        ([(NOON, 50)], 150),
        ([(NOON, 80)], 170),
        ([(NOON, 20), (after(EXPIRES, days=1), 20)], 140),
        ([(after(EXPIRES, days=1), 50)], 140),
        ([(after(NEXT_EXPIRES, days=1), 50)], 100),
        ([], 100),
    ],
)
def test_earliest_expiry_is_drawn_first(first: str, used: list[tuple[str, int]], left: int) -> None:
    """30 until the 15th and 40 until the 20th, then the plan's: what was drawn of each is what stays."""
    grants = [purchase(30, expires_at=EXPIRES), purchase(40, expires_at=NEXT_EXPIRES)]
    in_order = grants if first == EXPIRES else grants[::-1]
    records = [data(percent, at=at) for at, percent in used]

    assert left == in_force(*in_order, *records, at=after(NEXT_EXPIRES, days=2))[0]


def test_each_lapse_is_a_generation() -> None:
    """Two purchases and two lapses."""
    grants = [purchase(30, expires_at=EXPIRES), purchase(40, expires_at=NEXT_EXPIRES)]

    assert (100, 4) == in_force(*grants, at=after(NEXT_EXPIRES, days=1))


def test_purchase_that_is_read_after_it_expired_covers_what_it_would_have() -> None:
    """20 % were used before: in any order of arrival the allowance is the same."""
    late = purchase(50, expires_at=EXPIRES, arrives=after(EXPIRES, days=1))

    assert 120 == in_force(data(20), late, at=after(EXPIRES, days=2))[0]
    assert 100 == in_force(data(20, at=after(EXPIRES, hours=1)), late, at=after(EXPIRES, days=2))[0]


# -- closed periods


def test_purchase_in_a_closed_period_resolves_within_a_notice() -> None:
    """Bought an hour before the end, read an hour after it: November is looked at, December untouched."""
    bought = purchase(50, at=BEFORE_END, arrives=after(END, hours=1))
    fed = replay([data(100), bought])

    assert [("near_limit", 80), ("near_limit", 100), ("resolved", None), ("resolved", None)] == fed.found
    assert {"2026-11-01"} == {one.period for one in fed.signals}
    assert (100, 0) == in_force(bought, at=after(END, days=1))


def test_level_that_is_still_true_in_a_closed_period_is_said_late() -> None:
    """100 of 110 %: level 80 of generation 1, marked late."""
    fed = replay([data(100), purchase(10, at=BEFORE_END, arrives=after(END, hours=1))])

    assert [(80, False, 0), (100, False, 0), (80, True, 1)] == [
        (one.level, one.late, one.generation) for one in fed.signals if one.kind() == "near_limit"
    ]


def test_purchase_later_than_a_notice_is_an_adjustment_of_the_charge() -> None:
    """No levels, nothing resolved: 110 % cost 5.00 before it, and nothing after it."""
    late = purchase(50, at=BEFORE_END, arrives=after(END, hours=24), event_id="e", source="shop")
    fed = replay([data(110), late])

    [told] = fed.signals[3:]
    assert ("late_adjustment", 11_000_000, 11_000_000) == (told.kind(), told.used_before, told.used_after)
    assert Money("5.00", "CNY") == told.charge_before != told.charge_after
    assert derive_id("signals", "late_adjustment", SUBSCRIBER, "data", "2026-11-01", "shop", "e") == told.id


def test_late_purchase_that_changes_no_charge_says_nothing() -> None:
    """Used and charge are as they were."""
    fed = replay([data(81), purchase(50, at=BEFORE_END, arrives=after(END, hours=24))])

    assert [("near_limit", 80)] == fed.found


@pytest.mark.parametrize(("span", "reasons"), [({"ms": -1}, []), ({"ms": 0}, ["too_late"])], ids=str)
def test_sixty_days_after_the_end_a_purchase_is_too_late(span: dict[str, int], reasons: list[str]) -> None:
    """Event time of an event is ``at``: its period can change no more."""
    arrives = after(after(END, days=60), **span)

    assert reasons == replay([purchase(50, at=BEFORE_END, arrives=arrives)]).reasons


# -- with another plan


@pytest.mark.parametrize("is_bought_first", [True, False])
def test_plan_change_and_purchase_are_two_generations(*, is_bought_first: bool) -> None:
    """The plan's amount and the grant add up, in either order."""
    bought = purchase(50)
    moved = profile(plan_id="large", arrives=BOUGHT)
    setting = [plan(), LARGE, profile()]
    lines = [bought, moved] if is_bought_first else [moved, bought]

    assert (250, 2) == in_force(*setting, *lines, at=after(NOON, days=1))


def test_plan_of_the_same_amount_is_no_change() -> None:
    """The generation goes up only when the allowance changes."""
    twin = plan(plan_id="twin")
    moved = profile(plan_id="twin", arrives=after(BOUGHT, hours=1))

    assert (150, 1) == in_force(plan(), twin, profile(), purchase(50), moved, at=after(NOON, days=1))


def test_plan_and_purchase_each_look_at_the_levels() -> None:
    """120 of 150 %, of 250 %, then 200 of 250 %: said, resolved, said of generation 2."""
    fed = replay(
        [
            plan(),
            LARGE,
            profile(),
            purchase(50),
            data(120),
            profile(plan_id="large", arrives=BOUGHT),
            data(80),
        ]
    )

    assert [("near_limit", 80, 1), ("resolved", None, None), ("near_limit", 80, 2)] == found(fed)


def test_smaller_plan_with_a_grant_is_looked_at_at_once() -> None:
    """10 and 50 %: 48 of 60 % are 80 %."""
    small = plan(allowance(amount=octets(10)), plan_id="small")
    fed = replay([plan(), small, profile(), purchase(50), data(48), profile(plan_id="small", arrives=BOUGHT)])

    assert [("near_limit", 80, 2, 6_000_000)] == [
        (one.kind(), one.level, one.generation, one.allowance) for one in fed.signals
    ]


def test_unlimited_plan_resolves_all() -> None:
    """Nothing is near a limit that is not there."""
    free = plan(allowance(amount=None), plan_id="free")
    fed = replay(
        [plan(), free, profile(), purchase(50), data(160), profile(plan_id="free", arrives=BOUGHT), data(9)]
    )

    assert ["near_limit", "near_limit", "overage", *["resolved"] * 3] == [kind for kind, _ in fed.found]


# -- beyond the allowance


def test_grant_ends_the_throttling() -> None:
    """``throttled`` is resolved, and throttled again with the new generation at the new end."""
    slow = plan(allowance(beyond=THROTTLE))
    fed = replay([slow, data(100), purchase(50), data("49.99"), data("0.01")])

    assert [
        ("near_limit", 80, 0),
        ("throttled", None, 0),
        ("resolved", None, None),
        ("resolved", None, None),
        ("near_limit", 80, 1),
        ("throttled", None, 1),
    ] == found(fed)
    assert 15_000_000 == fed.signals[-1].used


def test_grant_that_is_too_small_goes_on_throttling() -> None:
    """Still true: said again of the new generation, never resolved."""
    fed = replay([plan(allowance(beyond=THROTTLE)), data(160), purchase(50)])

    assert [("near_limit", 80, 1), ("throttled", None, 1)] == found(fed)[2:]


def test_pay_to_restore_is_restored_by_a_purchase() -> None:
    """``exhausted`` is resolved, and exhausted again with the new generation; it never costs by itself."""
    stops = plan(allowance(beyond={"action": "pay_to_restore"}))
    fed = replay([stops, data(100), purchase(50), data(50)])

    [first, second] = [one for one in fed.signals if one.kind() == "exhausted"]
    assert (0, 1, "pay_to_restore") == (first.generation, second.generation, second.action)
    assert first.id in [one.of for one in fed.signals if one.kind() == "resolved"]
    assert "overage" not in [kind for kind, _ in fed.found]


# -- bounds


def test_more_grants_than_are_kept_break_nothing() -> None:
    """At most 64 a subscriber; whatever becomes of the rest, it is no defect."""
    bought = [purchase(bytes_up=0, amount=100, event_id=f"e{number}") for number in range(70)]
    fed = replay([*bought, data(81), data(100_000)])

    assert 0 == fed.rejected.get(("usage-events", "defect"), 0)
    assert 70 == fed.count("applied", "usage-events") + fed.count("dead", "usage-events")
    assert 64 >= len(getattr(fed.state(), "grants", ()))
