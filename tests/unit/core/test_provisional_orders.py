"""What is said of one provisional record counts the same in every order: itself, its corrections, its final.

A record that replaces another takes the place of everything that was provisional about it.
"""

from itertools import permutations
from typing import Any

import pytest

from schemas.fields import Money
from tests.build import NOON, Fed, Line, after, allowance, data, ms, octets, plan, profile, replay

END = "2026-12-01T00:00:00Z"
BEFORE_END = "2026-11-30T23:30:00Z"
OF_P = {"source": "", "record_id": "p"}


def early(percent: float = 30, **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return the provisional record "p"."""
    return data(percent, **{"record_id": "p", "provisional": True, **own})


def corrected(percent: float, was: float, record_id: str = "c", **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a correction of "p"."""
    corrects = {**OF_P, "was": {"bytes_up": octets(was)}}
    return data(percent, **{"record_id": record_id, "corrects": corrects, **own})


def final(percent: float = 20, record_id: str = "t", **own: Any) -> Line:  # noqa: ANN401 - its fields
    """Return a record that replaces "p"."""
    return data(percent, **{"record_id": record_id, "replaces": OF_P, **own})


def money(amount: str, currency: str = "CNY") -> dict[str, str]:
    """Return money as it is in a record."""
    return {"amount": amount, "currency": currency}


def orders(*lines: Line) -> list[tuple[Line, ...]]:
    """Return the lines in every order."""
    return list(permutations(lines))


def ids(order: tuple[Line, ...]) -> str:
    """Return an order as a test's name."""
    return ",".join(line["value"]["record_id"] for line in order)


def days(fed: Fed) -> list[int]:
    """Return the measured quantities of days that are not zero."""
    state = fed.state()
    assert state is not None
    return [quantity for quantity in state.windows["data"].days.values() if quantity]


# -- quantities


@pytest.mark.parametrize("order", orders(early(), corrected(10, 30), final()), ids=ids)
def test_final_record_counts_alone_wherever_the_correction_comes(order: tuple[Line, ...]) -> None:
    """30 % provisional, corrected to 10 %, replaced by 20 %: 20 %, in total, window and history."""
    fed = replay([data(50), *order])

    assert (7_000_000, [7_000_000], [7_000_000]) == (
        fed.used(),
        days(fed),
        [one.history.data for one in fed.periods()],
    )
    assert (4, []) == (fed.count("applied"), fed.reasons)


def test_all_that_replaces_counts_and_nothing_that_was_provisional() -> None:
    """Two corrections and two finals, in 120 orders: both finals, and nothing else."""
    lines = (early(), corrected(10, 30), corrected(45, 10, "d"), final(), final(5, "u"))

    assert {octets(50 + 20 + 5)} == {replay([data(50), *order]).used() for order in orders(*lines)}


@pytest.mark.parametrize("order", orders(corrected(10, 30), corrected(45, 10, "d"), final()), ids=ids)
def test_correction_of_what_never_came_counts_nothing_once_it_is_replaced(order: tuple[Line, ...]) -> None:
    """It corrects what the final record has in it already."""
    assert octets(50 + 20) == replay([data(50), *order]).used()


@pytest.mark.parametrize(
    "order",
    orders(
        early(),
        final(25, "q", provisional=True),
        data(20, record_id="t", replaces={**OF_P, "record_id": "q"}),
    ),
    ids=ids,
)
def test_chain_of_provisional_records_leaves_its_last(order: tuple[Line, ...]) -> None:
    """One that was replaced before it came still replaces what it names."""
    assert 2_000_000 == replay(list(order)).used()


def test_correction_of_another_record_is_left_alone() -> None:
    """Only what names the record that is replaced goes with it."""
    other = data(
        10, record_id="c", corrects={"source": "", "record_id": "o", "was": {"bytes_up": octets(30)}}
    )

    assert octets(50 + 10 - 30 + 20) == replay([data(50), other, early(), final()]).used()


@pytest.mark.parametrize("order", orders(early(), corrected(10, 30), final()), ids=ids)
def test_each_is_taken_off_the_bucket_in_which_it_counted(order: tuple[Line, ...]) -> None:
    """A roaming bucket that comes with another plan in between takes what comes after it."""
    wide = plan(allowance(), allowance("data.roaming", 5_000_000), plan_id="wide")
    first, *rest = [{**line, "value": {**line["value"], "roaming": True}} for line in order]
    later = [{**line, "timestamp": after(NOON, hours=2)} for line in rest]
    fed = replay(
        [plan(), wide, profile(), first, profile(plan_id="wide", arrives=after(NOON, hours=1)), *later]
    )

    assert 2_000_000 == fed.used() + fed.used("data.roaming")
    assert [0] == [usage.total for usage in _buckets(fed) if usage.total != 2_000_000]


def _buckets(fed: Fed) -> list[Any]:
    return [usage for period in fed.periods() for usage in period.buckets.values()]


@pytest.mark.parametrize("is_first", [True, False], ids=["provisional first", "final first"])
def test_windows_move_on_to_what_is_replaced(*, is_first: bool) -> None:
    """Its hour and day are the newest in either order, so what falls out of the windows does too."""
    old = data(10, at="2026-10-01T00:00:00Z")
    lines = [early(), final(at="2026-10-01T00:00:00Z", arrives=NOON)]
    state = replay([old, *(lines if is_first else lines[::-1])]).state()

    assert state is not None
    assert ({ms(NOON) // 3_600_000: 0}, {ms(NOON) // 86_400_000: 0}) == (
        state.windows["data"].hours,
        state.windows["data"].days,
    )


def test_line_of_a_group_without_a_plan_replaces_in_its_history() -> None:
    """Its allowance is the group's, where the records go; its history is its own."""
    line = profile(plan_id=None, group_id="family")
    fed = replay([plan(), line, early(), corrected(10, 30), final()])

    assert [2_000_000] == [one.history.data for one in fed.periods()]


# -- how long


@pytest.mark.parametrize(("span", "used"), [({"ms": -1}, 20), ({"ms": 1}, 30 + 10 - 30 + 20)], ids=str)
@pytest.mark.parametrize("is_first", [True, False], ids=["correction first", "provisional first"])
def test_correction_is_kept_as_long_as_what_it_corrects(
    span: dict[str, int], used: int, *, is_first: bool
) -> None:
    """35 days after the provisional record's arrival both are final: what comes later adds."""
    came = after(NOON, days=3)
    two = [
        early(arrives=came),
        corrected(10, 30, arrives=after(came, **({"days": -2} if is_first else {"days": 2}))),
    ]
    late = final(arrives=after(after(came, days=35), **span))

    assert octets(used) == replay([*(two[::-1] if is_first else two), late]).used()


@pytest.mark.parametrize(("span", "used"), [({"ms": -1}, 20), ({"ms": 1}, 10 - 5 + 20)], ids=str)
def test_correction_of_what_has_not_come_is_kept_for_itself(span: dict[str, int], used: int) -> None:
    """35 days after its own arrival."""
    late = final(arrives=after(after(NOON, days=35), **span))

    assert octets(used) == replay([corrected(10, 5), late]).used()


@pytest.mark.parametrize(("number", "left"), [(0, 1 + 1 + 7), (1, 7)])
def test_what_does_not_fit_is_final_with_its_corrections(number: int, left: int) -> None:
    """At most 500 a subscriber, corrections among them: the oldest record goes, and what corrects it."""
    corrections = [
        data(
            bytes_up=2,
            record_id=f"c{place}",
            corrects={"source": "", "record_id": f"p{place}", "was": {"bytes_up": 1}},
        )
        for place in range(2)
    ]
    records = [data(bytes_up=1, record_id=f"p{place}", provisional=True) for place in range(499)]
    last = data(bytes_up=7, record_id="t", replaces={"source": "", "record_id": f"p{number}"})
    others = 499 + 2 - 2

    assert others + left == replay([*records, *corrections, last]).used()


# -- charges


def adjusted(*lines: Line) -> tuple[Money | None, Money | None]:
    """Return what November cost before and after 1 % more of it that comes three days after its end."""
    late = data(1, at=BEFORE_END, arrives="2026-12-04T01:30:00Z", record_id="late")
    told = replay([data(130), *lines, late]).signals[-1]
    assert ("late_adjustment", "2026-11-01") == (told.kind(), told.period)
    return told.charge_before, told.charge_after


CNY_3: Any = {"charge": money("3.00")}
SOON: Any = {"arrives": after(END, minutes=90)}


@pytest.mark.parametrize("charge", [CNY_3, {}], ids=["charged", "not charged"])
@pytest.mark.parametrize("is_first", [True, False], ids=["provisional first", "final first"])
def test_charge_of_what_is_replaced_leaves_the_plans_price(charge: dict[str, Any], *, is_first: bool) -> None:
    """The only record with a charge of its own is of December in the end: November costs the plan's price."""
    two = [
        early(at=BEFORE_END, **CNY_3, **SOON),
        final(at=after(END, minutes=30), **charge, **SOON),
    ]

    assert (Money("15.00", "CNY"), Money("20.00", "CNY")) == adjusted(*(two if is_first else two[::-1]))


@pytest.mark.parametrize(
    "order",
    orders(
        early(at=BEFORE_END, **CNY_3, **SOON),
        corrected(10, 30, at=BEFORE_END, charge=money("1.00"), **SOON),
        final(10, at=BEFORE_END, charge=money("5.00", "EUR"), **SOON),
    ),
    ids=ids,
)
def test_charge_of_what_is_replaced_leaves_the_finals_own(order: tuple[Line, ...]) -> None:
    """Also in another currency: what is left of the first is no charge of nothing, it is none."""
    assert (Money("5.00", "EUR"), Money("5.00", "EUR")) == adjusted(*order)


def test_reversal_of_the_only_charge_leaves_a_charge_of_nothing() -> None:
    """A record has carried one, so the plan's price does not hold: the records' own sum is 0.00."""
    was = {"bytes_up": octets(30), **CNY_3}
    lines = [
        data(30, at=BEFORE_END, record_id="o", **CNY_3),
        data(0, at=BEFORE_END, record_id="c", corrects={"source": "", "record_id": "o", "was": was}, **SOON),
    ]

    for order in (lines, lines[::-1]):
        assert (Money("0.00", "CNY"), Money("0.00", "CNY")) == adjusted(*order)
