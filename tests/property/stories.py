"""What is drawn to be shuffled: stories of one subscriber, each of a few records that belong together.

A record and what corrects it; a provisional one with its corrections and with what takes its place; an
add-on; a total from billing. Several of them, in any order, are a life.
"""

from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from tests.build import Line, after, event, usage

START: Final = "2026-10-16T00:00:00Z"
MINUTES: Final = 45 * 24 * 60 + 19 * 60
"""Over the end of October, until five hours before the end of November."""
HOUR, DAY = 60, 24 * 60
KNOWN_FROM: Final = MINUTES - 167 * HOUR
"""Whatever is read last, the hours from here on are known."""

QUANTITIES = st.integers(0, 2_000_000)
CURRENCIES = st.sampled_from(["CNY", "CNY", "CNY", "EUR"])
CHARGES = st.none() | st.tuples(st.integers(0, 999), CURRENCIES).map(
    lambda drawn: {"amount": f"{drawn[0] / 100:.2f}", "currency": drawn[1]}
)
MINUTE = st.integers(0, MINUTES)

Sides = tuple[str, dict[str, Any]]
"""A type, and what all versions of a record have in common."""


def at(minute: int) -> str:
    """Return an instant so many minutes after the first."""
    return after(START, minutes=minute)


@st.composite
def sides(draw: st.DrawFn, *, zero_rated: bool = True) -> Sides:
    """Draw what does not change when a record is corrected."""
    own: dict[str, Any] = {"roaming": draw(st.booleans())}
    own["zero_rated"] = zero_rated and draw(st.integers(0, 3)) == 3
    if draw(st.booleans()):
        return "data", own
    own["direction"] = draw(st.sampled_from(["out", "in"]))
    return "voice", own


@st.composite
def versions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Draw quantity and charge of one version of a record."""
    quantity = {"bytes_up": draw(QUANTITIES)} if kind == "data" else {"duration_s": draw(st.integers(0, 400))}
    charge = draw(CHARGES)
    return quantity if charge is None else {**quantity, "charge": charge}


@st.composite
def correcting(draw: st.DrawFn, first: Line, most: int) -> list[Line]:
    """Draw corrections of a record, each of what the one before has made of it."""
    value, lines = first["value"], []
    kind, name = value["type"], value["record_id"]
    same = {
        field: value[field] for field in ("roaming", "zero_rated", "direction", "source") if field in value
    }
    was = {field: value[field] for field in ("bytes_up", "duration_s", "charge") if field in value}
    for place in range(draw(st.integers(0, most))):
        corrects = {"record_id": name, "was": was}
        was = draw(versions(kind))
        own = {**same, **was, "record_id": f"{name}c{place}", "corrects": corrects}
        lines.append(usage(kind, at=value["started_at"], **own))
    return lines


@st.composite
def corrected(draw: st.DrawFn, number: int, *, zero_rated: bool = True) -> list[Line]:
    """Draw a record and none, one or two corrections of it, one after the other."""
    kind, own = draw(sides(zero_rated=zero_rated))
    first = usage(kind, at=at(draw(MINUTE)), record_id=f"n{number}", **own, **draw(versions(kind)))
    return [first, *draw(correcting(first, 2))]


@st.composite
def replaced(draw: st.DrawFn, number: int, *, zero_rated: bool = True) -> list[Line]:
    """Draw a provisional record, corrections of it, and none, one or two that replace it.

    Those are of its time or somewhat later, of its kind or not, and may themselves be replaced; the
    provisional record itself may be lost on its way.
    """
    lines: list[Line] = []
    minute, kinds = draw(MINUTE), [draw(sides(zero_rated=zero_rated)) for _ in range(2)]
    replaces: dict[str, Any] = {}
    for step in range(draw(st.integers(1, 3))):
        name = f"n{number}p{step}"
        for place in range(draw(st.integers(0, 2)) if replaces else 1):
            kind, own = draw(st.sampled_from(kinds))
            record = usage(
                kind,
                at=at(min(minute + draw(st.sampled_from([0, 0, 1, 90])), MINUTES)),
                record_id=name if place == 0 else f"{name}b{place}",
                source="nrt",
                **own,
                **draw(versions(kind)),
                **replaces,
                **({} if place else {"provisional": True}),
            )
            corrections = draw(correcting(record, 2))
            is_lost = not replaces and draw(st.integers(0, 4)) == 4
            lines += corrections if is_lost else [record, *corrections]
        replaces = {"replaces": {"source": "nrt", "record_id": name}}
    return lines


@st.composite
def granted(draw: st.DrawFn, number: int, *, ends: st.SearchStrategy[int]) -> list[Line]:
    """Draw an add-on of its period, or with an end of its own."""
    minute = draw(MINUTE)
    end = draw(st.none() | ends)
    own: dict[str, Any] = {} if end is None else {"expires_at": at(max(end, minute + 1))}
    bucket = draw(st.sampled_from(["data", "data", "voice"]))
    amount = draw(st.integers(0, 3_000_000 if bucket == "data" else 600))
    own |= {"addon_id": "a", "bucket": bucket, "amount": amount}
    return [event("addon.purchased", event_id=f"g{number}", at=at(minute), **own)]


@st.composite
def reported(draw: st.DrawFn, number: int, *, ends: st.SearchStrategy[int]) -> list[Line]:
    """Draw a total from billing of what started before the minute of ``ends``."""
    bucket = draw(st.sampled_from(["data", "voice"]))
    as_of = after(at(draw(ends)), ms=-1)
    used = draw(st.integers(0, 2_000_000))
    own: dict[str, Any] = {"bucket": bucket, "period": "2026-11-01", "used": used, "as_of": as_of}
    return [event("balance.reported", event_id=f"b{number}", at=at(MINUTES), **own)]


Story = Callable[[int], st.SearchStrategy[list[Line]]]
"""Of the number of a story, from which its records have their names."""


@st.composite
def lives(draw: st.DrawFn, *stories: Story, most: int) -> list[Line]:
    """Draw what happened to a subscriber: so many stories or fewer."""
    told = [draw(st.sampled_from(stories))(number) for number in range(draw(st.integers(0, most)))]
    return [line for story in told for line in draw(story)]


def few(lines: list[Line]) -> list[Line]:
    """Return the lines with no more than seven usage records."""
    usages = [line for line in lines if line["topic"] == "cdr"][:7]
    return [line for line in lines if line["topic"] != "cdr" or line in usages]
