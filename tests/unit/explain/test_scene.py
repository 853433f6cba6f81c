"""The states that a subscriber is told of, before and after a line."""

from streams.core.catalog import Catalog
from streams.core.stored import encode_state
from streams.core.subscriber import Subscriber
from streams.core.usage import Period, Usage
from streams.explain.scene import Scene
from streams.explain.watched import Note, States
from tests.build import SUBSCRIBER, event, profile, tombstone
from tests.build_story import OTHER, group, told


def state(key: str, used: int, *, owner: str = "", group_id: str | None = None) -> bytes:
    """Return a stored state that has used so much."""
    period = Period(0, 1, "2026-11-01", None, {"data": Usage(total=used)})
    return encode_state(Subscriber(id=key, periods=[period], owner_id=owner, member_of=group_id))


def scene(*changes: tuple[States, States]) -> Scene:
    """Return what the records of a line have changed, one after the other."""
    notes = [
        Note(
            raw=None,
            line=1,
            arrived_ms=0,
            clock_ms=0,
            before=before,
            after=after,
            outputs=(),
            became="",
            catalog=Catalog(),
        )
        for before, after in changes
    ]
    return Scene.of(notes, SUBSCRIBER)


def moves(found: Scene) -> list[tuple[str, tuple[int, int]]]:
    """Return what has moved, by the key of its state."""
    return [(held.key, held.move.used) for held in found.moved(Catalog())]


def test_line_moves_from_before_its_first_record_to_after_its_last() -> None:
    """Usage goes to a group and comes back."""
    one, two, three = (state(SUBSCRIBER, used) for used in (1, 2, 3))

    assert [(SUBSCRIBER, (1, 3))] == moves(
        scene(({SUBSCRIBER: one}, {SUBSCRIBER: two}), ({SUBSCRIBER: two}, {SUBSCRIBER: three}))
    )


def test_group_that_is_looked_at_from_now_on_has_not_moved() -> None:
    """What it used before is none of the subscriber's doing."""
    own, shared = state(SUBSCRIBER, 1, group_id="g"), state("group/g", 9, owner=OTHER)

    assert [] == moves(scene(({SUBSCRIBER: own}, {SUBSCRIBER: own, "group/g": shared})))


def test_group_of_others_is_not_told_of() -> None:
    """Whatever its record changes."""
    own = state(SUBSCRIBER, 1)
    found = scene(
        (
            {SUBSCRIBER: own, "group/g": state("group/g", 1, owner=OTHER)},
            {SUBSCRIBER: own, "group/g": state("group/g", 9, owner=OTHER)},
        )
    )

    assert ([], {SUBSCRIBER}) == (moves(found), set(found.after))


def test_account_is_looked_at_and_has_no_moves() -> None:
    """What its lines use is theirs; only what it has raised is known."""
    own = state(SUBSCRIBER, 1)
    found = scene(
        (
            {SUBSCRIBER: own, "account/a": state("account/a", 1)},
            {SUBSCRIBER: own, "account/a": state("account/a", 9)},
        )
    )

    assert ([], {SUBSCRIBER, "account/a"}) == (moves(found), set(found.after))


def test_membership_and_ownership_are_said_when_they_change() -> None:
    """Once, in words."""
    lines = [profile(), profile(subscriber_id=OTHER)]
    steps = told(
        *lines, group(SUBSCRIBER, OTHER), group(SUBSCRIBER, OTHER, owner=OTHER), group(OTHER, owner=OTHER)
    )

    assert [
        (),
        ("belongs to a group from here on", "owns a group from here on"),
        ("owns the group no more",),
        ("left the group",),
    ] == [step.membership for step in steps]


def test_what_is_owed_is_said_when_it_changes() -> None:
    """In every currency."""
    euro, yuan = ({"amount": "5.00", "currency": currency} for currency in ("EUR", "CNY"))
    steps = told(event("charge.accrued", amount=euro), event("charge.accrued", amount=yuan))

    assert [None, ("0", "EUR 5.00"), ("EUR 5.00", "CNY 5.00 + EUR 5.00")] == [step.owed for step in steps]


def test_time_zone_is_the_profiles() -> None:
    """UTC before there is one; of one that is gone the last."""
    steps = told(
        event("app.viewed", page="balance"),
        profile(time_zone="Asia/Tokyo", arrives="2026-11-10T12:00:01Z"),
        tombstone(arrives="2026-11-11T00:00:00Z"),
    )

    assert ["UTC", "Asia/Tokyo", "Asia/Tokyo"] == [step.time_zone for step in steps]
