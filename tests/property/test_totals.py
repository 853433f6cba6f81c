"""Totals of any records, against a sum by hand."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import SUBSCRIBER, Fed, Line, after, allowance, data, lines_of, plan, replay, replay_lines
from tests.fed import kind_of
from tests.property.strategies import records

EXAMPLES = settings(max_examples=120, derandomize=True, deadline=None)
FIRST_S, NEXT_S = 60, 30
SETTING = plan(
    allowance(amount=60_000_000),
    allowance("data.roaming", 5_000_000),
    allowance("voice", 3_000, rounding=f"{FIRST_S}/{NEXT_S}"),
    allowance("sms", 900, counts="both"),
)


def billed(value: dict[str, Any]) -> tuple[str, int] | None:
    """Return bucket and quantity of a record under the plan above, by hand; None if it does not count."""
    kind = value["type"]
    if value["zero_rated"] or (kind in {"voice", "mms"} and value["direction"] == "in"):
        return None
    if kind == "data":
        return ("data.roaming" if value["roaming"] else "data"), value["bytes_up"] + value["bytes_down"]
    if kind != "voice":
        return kind, value["count"]
    seconds = value["duration_s"]
    while seconds > FIRST_S and (seconds - FIRST_S) % NEXT_S:
        seconds += 1
    return "voice", seconds if seconds == 0 else max(FIRST_S, seconds)


def sums(given_records: Sequence[Line]) -> dict[tuple[str, str], int]:
    """Return (month, bucket) → quantity, by hand; what is zero is left out."""
    totals: Counter[tuple[str, str]] = Counter()
    for record in given_records:
        counted = billed(record["value"])
        if counted is not None:
            totals[record["value"]["started_at"][:7], counted[0]] += counted[1]
    return {key: total for key, total in totals.items() if total}


def numbered_in_order(drawn: Sequence[Line]) -> list[Line]:
    """Return the records by event time, each with an id of its own."""
    in_order = sorted(drawn, key=lambda record: str(record["value"]["started_at"]))
    return [
        {**record, "value": {**record["value"], "record_id": f"n{place}"}}
        for place, record in enumerate(in_order)
    ]


def totals_of(fed: Fed) -> dict[tuple[str, str], int]:
    """Return the same of what was counted."""
    return {
        (period.day[:7], bucket): usage.used
        for period in fed.periods()
        for bucket, usage in period.buckets.items()
        if usage.used
    }


@EXAMPLES
@given(st.lists(records(), max_size=40))
def test_totals_equal_a_sum_by_hand(drawn: list[Line]) -> None:
    """For any records: bucket by bucket and period by period."""
    assert sums(drawn) == totals_of(replay([SETTING, *numbered_in_order(drawn)]))


@EXAMPLES
@given(st.lists(records(), max_size=30), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(drawn: list[Line], chance: Any) -> None:  # noqa: ANN401 - a Random
    """Records that are neither late nor unverified, shuffled: the same totals and the same signals."""
    numbered = numbered_in_order(drawn)
    shuffled = list(numbered)
    chance.shuffle(shuffled)
    straight, mixed = replay([SETTING, *numbered]), replay([SETTING, *shuffled])

    assert totals_of(straight) == totals_of(mixed)
    assert {one.id for one in straight.signals} == {one.id for one in mixed.signals}


@EXAMPLES
@given(st.lists(records(), max_size=30))
def test_replaying_twice_is_the_same_bytes(drawn: list[Line]) -> None:
    """Same file, same outputs, same ledger."""
    lines = lines_of([SETTING, *drawn])
    one, two = replay_lines(lines), replay_lines(lines)

    assert (one.emitted, one.ledger, one.rejected) == (two.emitted, two.ledger, two.rejected)


@EXAMPLES
@given(st.lists(st.tuples(records(), st.integers(1, 3)), max_size=20))
def test_repeating_records_changes_no_total(drawn: list[tuple[Line, int]]) -> None:
    """Within the horizon a duplicate is counted, nothing else."""
    numbered = numbered_in_order([record for record, _ in drawn])
    repeated = [record for record, (_, times) in zip(numbered, drawn, strict=True) for _ in range(times)]
    once, often = replay([SETTING, *numbered]), replay([SETTING, *repeated])

    assert totals_of(once) == totals_of(often)
    assert len(repeated) - len(numbered) == often.count("duplicate")
    assert [one.id for one in once.signals] == [one.id for one in often.signals]


@EXAMPLES
@given(
    st.lists(st.integers(1, 4_000_000), min_size=1, max_size=6),
    st.lists(st.integers(0, 100), max_size=8),
    st.sampled_from(["charge", "throttle", "block"]),
)
def test_splitting_a_session_gives_the_same_levels(sessions: list[int], cuts: list[int], action: str) -> None:
    """Partial records within one period: each carries its own increment, the levels are the same."""
    setting = plan(allowance(beyond={"action": action}))
    parts: list[Line] = []
    for size in sessions:
        edges = sorted({0, size, *(size * cut // 100 for cut in cuts)})
        parts += [
            data(
                bytes_down=high - low,
                at=after("2026-11-10T12:00:00Z", minutes=place),
                partial={"sequence": place},
            )
            for place, (low, high) in enumerate(pairwise(edges))
        ]
    whole = replay([setting, *(data(bytes_down=size) for size in sessions)])
    split = replay([setting, *parts])

    assert (whole.found, whole.used()) == (split.found, split.used())
    assert {one.id for one in whole.signals} == {one.id for one in split.signals}


@EXAMPLES
@given(st.lists(records(), max_size=30))
def test_levels_are_those_of_the_total(drawn: list[Line]) -> None:
    """Each level that the end of a period has reached was raised, once, and no other."""
    fed = replay([SETTING, *numbered_in_order(drawn)])
    amounts = {one["bucket"]: one["amount"] for one in SETTING["value"]["allowances"]}
    expected: list[tuple[str, str, str, int | None]] = []
    for (month, bucket), used in totals_of(fed).items():
        amount = amounts.get(bucket, 0)
        levels = [level for level in (80, 100) if amount and used * 100 >= level * amount]
        expected += [(month, bucket, "near_limit", level) for level in levels]
        expected += [(month, bucket, "overage", None)] if used > amount else []

    assert sorted(map(str, expected)) == sorted(
        str((one.period[:7], one.bucket, *kind_of(one))) for one in fed.signals
    )
    assert {SUBSCRIBER} >= {one.subscriber_id for one in fed.signals}
