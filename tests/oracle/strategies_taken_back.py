"""What the oracle and the pipeline are fed that takes back other usage: corrections, and what replaces it."""

from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from tests.oracle.strategies import Draws, Fact, Json, Who, arrival, quantities, repeated, usage

SAME: Final = ("subscriber_id", "type", "started_at", "direction", "roaming", "visited", "zero_rated")
"""What a correction has from its original."""
CHARGES: Final[list[Json]] = [
    {},
    {},
    {"charge": {"amount": "0.90", "currency": "CNY"}},
    {"charge": {"amount": "3.10", "currency": "CNY"}},
]
QUANTITIES: Final = ("bytes_up", "bytes_down", "duration_s", "count", "charge")


def correction(draw: Draws, who: Who, original: Fact, record_id: str) -> Fact:
    """Draw a correction of a record or of its correction: up, down or a reversal, before it or after it."""
    value = original.value
    known = {name: value[name] for name in SAME if name in value}
    own = quantities(draw, value["type"])
    if draw(st.booleans()):
        own = dict.fromkeys(own, 0)
    if "charge" in value:
        own["charge"] = {"amount": draw(st.sampled_from(["0.00", "0.90", "4.00"])), "currency": "CNY"}
    was = {name: value[name] for name in QUANTITIES if name in value}
    corrects = {"record_id": value.get("corrects", value)["record_id"], "was": was}
    if draw(st.booleans()):
        corrects["source"] = value["source"]
    own_record = {"record_id": record_id, "source": value["source"], "corrects": corrects}
    return Fact(arrival(draw, who, original.at_ms), "cdr", known | own | own_record)


def replacement(draw: Draws, who: Who, original: Fact, record_id: str) -> Fact:
    """Draw a record that replaces a provisional one: of its time, with a charge of its own or without."""
    value = original.value
    named = {"record_id": value["record_id"], "source": value["source"]}
    own = quantities(draw, value["type"]) | draw(st.sampled_from(CHARGES))
    kept = {name: value[name] for name in SAME if name in value}
    if draw(st.integers(0, 3)) == 0:
        kept["roaming"] = not kept.get("roaming", False)
    record = kept | own | {"record_id": record_id, "source": "tap", "replaces": named}
    return Fact(arrival(draw, who, original.at_ms), "cdr", record)


def replaced(draw: Draws, who: Who, number: int) -> list[Fact]:
    """Draw a provisional record and all that is said of it: corrections, finals, and what replaces those."""
    early = provisional(usage(draw, who, f"p{number}"))
    if draw(st.integers(0, 5)) == 0:
        early = repeated(draw, early)
    finals = [replacement(draw, who, early, f"f{number}{one}") for one in range(draw(st.integers(0, 2)))]
    if finals and draw(st.integers(0, 3)) == 0:
        finals[0] = provisional(finals[0])
        finals.append(replacement(draw, who, finals[0], f"g{number}"))
    facts = [early, *finals]
    fixed: list[Fact] = []
    for one in range(draw(st.integers(0, 2))):
        original = draw(st.sampled_from([early, early, *finals, *fixed]))
        fixed.append(correction(draw, who, original, f"c{number}{one}p"))
    is_lost = draw(st.integers(0, 5)) == 0
    return [*(facts[1:] if is_lost else facts), *fixed]


def provisional(fact: Fact) -> Fact:
    """Return a record that may be replaced."""
    return replace(fact, value={**fact.value, "provisional": True})
