"""Money and volume steps of an overage, as the regimes have them (DOMAIN B1)."""

# ruff: noqa: ANN401  (`own` are fields of a record)

from decimal import Decimal
from typing import Any

import pytest

from schemas.outputs import derive_id
from schemas.signals import Overage, Reinstated, Resolved
from tests.build import SUBSCRIBER, Fed, Line, allowance, data, plan, profile, replay

EURO = {"action": "charge", "price": "0.01", "per": 1_000_000}


def roaming(charge: str, currency: str = "EUR", **own: Any) -> Line:
    """Return roaming data that is rated already."""
    return data(1, roaming=True, charge={"amount": charge, "currency": currency}, **own)


def abroad(*records: Line, country: str = "FR", currency: str = "EUR", **own: Any) -> Fed:
    """Replay records of one whose plan has no roaming data included."""
    terms = plan(allowance(), allowance("data.roaming", 0, beyond=EURO), currency=currency)
    return replay([terms, profile(jurisdiction=country, **own), *records])


def steps(fed: Fed) -> list[tuple[int, str | None]]:
    """Return each overage's step and the amount that it stands for."""
    found = [signal for signal in fed.signals if signal.kind() == "overage"]
    return [(signal.step, signal.cap.amount if signal.cap else None) for signal in found]


@pytest.mark.parametrize(
    ("charges", "wanted"),
    [
        (["39.99"], [(0, None)]),
        (["40.00"], [(0, None), (1, "40.00")]),
        (["40.00", "9.99"], [(0, None), (1, "40.00")]),
        (["40.00", "10.00"], [(0, None), (1, "40.00"), (2, "50.00")]),
        (["100.00"], [(0, None), (1, "40.00"), (2, "50.00"), (3, "100.00")]),
    ],
)
def test_b1_eu_roaming_at_eighty_percent_of_fifty_at_fifty_and_at_a_hundred(
    charges: list[str], wanted: list[tuple[int, str | None]]
) -> None:
    """Reg. 2022/612 art. 14: EUR 50 a billing period, told at 80 and 100 %, and once more at EUR 100."""
    assert wanted == steps(abroad(*map(roaming, charges)))


@pytest.mark.parametrize("consent", [True, False])
def test_step_says_whether_the_subscriber_has_agreed_to_go_on(consent: bool) -> None:  # noqa: FBT001
    """No answer means stop: a reader sees it in the signal."""
    fed = abroad(roaming("50.00"), overage_consent=consent)

    assert [consent] * 2 == [
        signal.consent for signal in fed.signals if signal.kind() == "overage" and signal.step
    ]


def test_step_has_an_id_of_its_own_and_is_told_once() -> None:
    """Key fields bucket, period, step, generation."""
    fed = abroad(roaming("45.00"), roaming("0.01"))
    [first] = [signal for signal in fed.signals if getattr(signal, "step", 0) == 1]

    assert derive_id("signals", "overage", SUBSCRIBER, "data.roaming", "2026-11-01", 1, 0) == first.id
    assert Decimal("45.00") == first.charge.value()


def test_steps_in_another_currency_are_no_steps() -> None:
    """Fifty zloty are not fifty euros."""
    assert [(0, None)] == steps(abroad(roaming("500.00", "PLN"), country="PL", currency="PLN"))


@pytest.mark.parametrize(
    ("octets", "wanted"), [(9_999_999, [0]), (10_000_000, [0, 1]), (25_000_000, [0, 1, 2])]
)
def test_b1_india_without_a_pack_every_ten_megabytes(octets: int, wanted: list[int]) -> None:
    """TRAI TCPR 8th amendment: data users without a pack are told every 10 MB."""
    fed = replay(
        [
            plan(allowance(amount=0, beyond=EURO), currency="INR"),
            profile(jurisdiction="IN"),
            data(bytes_up=octets),
        ]
    )

    assert wanted == [signal.step for signal in fed.signals]


def test_b1_india_with_a_pack_there_are_no_steps() -> None:
    """Those have 50, 90 and 100 percent."""
    fed = replay([plan(currency="INR"), profile(jurisdiction="IN"), data(bytes_up=90_000_000)])

    assert [0] == [signal.step for signal in fed.signals if signal.kind() == "overage"]


def test_volume_steps_have_an_end() -> None:
    """A gigabyte without a pack is a hundred steps; fifty are told."""
    fed = replay(
        [
            plan(allowance(amount=0, beyond=EURO), currency="INR"),
            profile(jurisdiction="IN"),
            data(bytes_up=10**9),
        ]
    )

    assert list(range(51)) == [signal.step for signal in fed.signals]
    assert 1 == len(fed.care)


# -- Canada: the account's, not a line's

ANN, BEN = "1416001", "1416002"


def canada(*records: Line) -> Fed:
    """Replay records of two lines of one account."""
    terms = plan(allowance(amount=0, beyond=EURO), allowance("data.roaming", 0, beyond=EURO), currency="CAD")
    lines = [profile(subscriber_id=who, account_id="A77", jurisdiction="CA") for who in (ANN, BEN)]
    return replay([terms, *lines, *records])


def cost(who: str, amount: str, *, abroad: bool = False) -> Line:
    """Return a line's data that is rated already."""
    return data(1, subscriber_id=who, roaming=abroad, charge={"amount": amount, "currency": "CAD"})


def caps(fed: Fed) -> list[tuple[str, str, str]]:
    """Return line, bucket and charge of each step of an account."""
    return [
        (signal.line, signal.bucket, signal.charge.amount)
        for signal in fed.signals
        if signal.kind() == "overage" and signal.step
    ]


def test_b1_canada_fifty_dollars_of_overage_are_the_accounts() -> None:
    """Wireless Code: C$50 a cycle over all lines, not of each; told is the line that crossed."""
    assert [] == caps(canada(cost(ANN, "49.99")))
    assert [] == caps(canada(cost(ANN, "30.00"), cost(BEN, "19.99")))
    assert [(BEN, "data", "50.00")] == caps(canada(cost(ANN, "30.00"), cost(BEN, "20.00"), cost(ANN, "5.00")))


def test_b1_canada_hundred_dollars_of_roaming_are_the_accounts() -> None:
    """Roaming has a limit of its own."""
    fed = canada(cost(ANN, "60.00", abroad=True), cost(BEN, "40.00", abroad=True), cost(BEN, "49.00"))

    assert [(BEN, "data.roaming", "100.00")] == caps(fed)


def test_b1_canada_a_correction_takes_off_the_account() -> None:
    """Sums commute; what was told is not told twice."""
    taken_off = {
        **cost(ANN, "0.00"),
        "value": {
            **cost(ANN, "0.00")["value"],
            "corrects": {
                "record_id": "a",
                "was": {"bytes_up": 100_000, "charge": {"amount": "30.00", "currency": "CAD"}},
            },
        },
    }
    first = cost(ANN, "30.00")
    first["value"]["record_id"] = "a"

    assert [] == caps(canada(first, taken_off, cost(BEN, "49.99")))


def test_b1_canada_a_step_that_holds_no_more_is_resolved_and_then_reinstated() -> None:
    """For the line that was told of it, whoever takes the account below it and above it again."""
    taken_off = cost(ANN, "0.00")
    was = {"bytes_up": 100_000, "charge": {"amount": "30.00", "currency": "CAD"}}
    taken_off["value"] |= {"corrects": {"record_id": "a", "was": was}}
    first = cost(ANN, "30.00")
    first["value"]["record_id"] = "a"
    fed = canada(
        first, cost(BEN, "20.00"), taken_off, cost(ANN, "29.99"), cost(ANN, "0.01"), cost(ANN, "9.00")
    )
    [step] = [one for one in fed.signals if isinstance(one, Overage) and one.step]

    assert [("resolved", BEN, step.id, 1), ("reinstated", BEN, step.id, 1)] == [
        (one.kind(), one.subscriber_id, one.of, one.n)
        for one in fed.signals
        if isinstance(one, Resolved | Reinstated) and one.of == step.id
    ]


def test_b1_canada_without_an_account_the_line_has_the_limit() -> None:
    """Then there is nobody to share it with."""
    terms = plan(allowance(amount=0, beyond=EURO), currency="CAD")
    record = data(1, charge={"amount": "50.00", "currency": "CAD"})

    assert [0, 1] == [signal.step for signal in replay([terms, profile(jurisdiction="CA"), record]).signals]
