"""Groups that share an allowance (WIRE.md, groups; DOMAIN A4.5)."""

# ruff: noqa: ANN401  (`own` are fields of a record)

from typing import Any

import orjson
import pytest

from schemas.outputs import derive_id
from tests.build import Fed, Line, addon, after, allowance, data, event, plan, profile, replay, sms, voice

ANN, BEN, EVE = "86130001", "86130002", "86130003"
NOON = "2026-11-10T12:00:00Z"
FAMILY = plan(allowance(amount=200_000_000), plan_id="family", version=2)
OWN = plan(allowance(), allowance("sms", 100), plan_id="own")


def group(*members: str, owner: str = ANN, arrives: str = "2026-11-01T00:00:01Z", **own: Any) -> Line:
    """Return a group that shares 200 MB, from the first of the month on."""
    value: dict[str, Any] = {
        "group_id": "g1",
        "owner_id": owner,
        "plan_id": "family",
        "members": list(members),
    }
    value |= {"time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN", **own}
    return {"topic": "groups", "timestamp": arrives, "value": value}


def line(subscriber: str, **own: Any) -> Line:
    """Return the profile of a line whose own plan has 10 MB and 100 messages."""
    return profile(subscriber_id=subscriber, plan_id="own", **own)


def used_by(subscriber: str, megabytes: int, **own: Any) -> Line:
    """Return a line's data."""
    return data(bytes_up=megabytes * 1_000_000, subscriber_id=subscriber, **own)


def family(*records: Line, grouped: bool = True) -> Fed:
    """Replay records of three lines; ``grouped``: their profiles name the group."""
    group_id = "g1" if grouped else None
    lines = [line(who, group_id=group_id) for who in (ANN, BEN, EVE)]
    return replay([FAMILY, OWN, *lines, group(ANN, BEN, EVE), *records], is_bare=True)


def shared(fed: Fed) -> int:
    """Return what the group has used."""
    return fed.used("data", subscriber="group/g1")


@pytest.mark.parametrize("grouped", [True, False])
def test_a4_5_three_lines_share_one_allowance(grouped: bool) -> None:  # noqa: FBT001
    """Total over members; told is the owner, and the line that crossed. Either record makes a member."""
    #  200 MB  |--- Ann 70 --- Ben 80 --- Eve 10: 160 MB, 80 % ---|
    fed = family(used_by(ANN, 70), used_by(BEN, 80), used_by(EVE, 10), grouped=grouped)
    [signal] = fed.signals

    assert 160_000_000 == shared(fed) == signal.used
    assert ("near_limit", 80, ANN, EVE) == (signal.kind(), signal.level, signal.subscriber_id, signal.line)
    assert derive_id("signals", "near_limit", ANN, "data", "2026-11-01", 80, 0) == signal.id
    assert ("family", 2, "cdr") == (
        signal.plan_id,
        signal.decided_by.plan_version,
        signal.evidence[0].topic,
    )


def test_a4_5_just_below_the_level_nobody_is_told() -> None:
    """One octet short of 80 % of the shared allowance."""
    fed = family(used_by(ANN, 100), data(bytes_up=59_999_999, subscriber_id=BEN))

    assert ([], 159_999_999) == (fed.signals, shared(fed))


def test_what_the_group_counts_is_not_counted_by_the_line() -> None:
    """Not in the member's own bucket: its 10 MB are untouched, its history has it all the same."""
    fed = family(used_by(BEN, 70))
    state = fed.state(BEN)

    assert state is not None
    assert (0, 70_000_000) == (fed.used("data", subscriber=BEN), state.periods[0].history.data)
    assert 70_000_000 == sum(state.windows["data"].days.values())


def test_a_bucket_that_the_groups_plan_does_not_name_is_the_lines_own() -> None:
    """It goes to the group and comes back."""
    fed = family(sms(80, subscriber_id=BEN))
    [signal] = fed.signals

    assert (BEN, "sms", 80) == (signal.subscriber_id, signal.bucket, signal.used)
    assert (80, 0) == (fed.used("sms", subscriber=BEN), fed.used("sms", subscriber="group/g1"))
    assert 80 == fed.state(BEN).periods[0].history.sms  # type: ignore[union-attr]


def test_whoever_is_no_member_counts_alone_whatever_the_profile_says() -> None:
    """The group's record lists its members."""
    mallory = "86130009"
    fed = family(line(mallory, group_id="g1"), used_by(mallory, 9))

    assert (9_000_000, 0) == (fed.used("data", subscriber=mallory), shared(fed))
    assert [mallory] * 1 == [signal.subscriber_id for signal in fed.signals]


def test_whoever_leaves_counts_alone_from_then_on() -> None:
    """What was counted stays the group's."""
    later = after(NOON, hours=1)
    fed = family(
        used_by(EVE, 20),
        group(ANN, BEN, arrives=later),
        used_by(EVE, 5, at=after(later, minutes=1)),
        grouped=False,
    )

    assert (20_000_000, 5_000_000) == (shared(fed), fed.used("data", subscriber=EVE))


def test_usage_before_the_groups_record_waits_for_it() -> None:
    """Held with the group; nothing depends on which record is read first."""
    lines = [line(who, group_id="g1") for who in (ANN, BEN)]
    fed = replay(
        [FAMILY, OWN, *lines, used_by(ANN, 100), used_by(BEN, 60), group(ANN, BEN, arrives=NOON)],
        is_bare=True,
    )

    assert (160_000_000, [80]) == (shared(fed), [signal.level for signal in fed.signals])
    assert (2, 2) == (fed.count("held", "group-usage"), fed.count("released", "group-usage"))


def test_usage_for_a_group_that_never_comes_counts_for_its_line() -> None:
    """After three days it goes back: nothing is lost."""
    fed = replay(
        [OWN, line(ANN, group_id="nobody"), used_by(ANN, 4), used_by(ANN, 1, at=after(NOON, days=4))],
        is_bare=True,
    )

    assert 4_000_000 == fed.used("data", subscriber=ANN)
    assert (2, 1) == (fed.count("held", "group-usage"), fed.count("expired", "group-usage"))


def test_group_that_ends_gives_back_its_members() -> None:
    """A null value: they count for themselves again."""
    gone = {"topic": "groups", "key": "g1", "timestamp": after(NOON, hours=1), "value": None}
    fed = family(used_by(ANN, 20), gone, used_by(ANN, 3, at=after(NOON, hours=2)), grouped=False)

    assert (3_000_000, None) == (fed.used("data", subscriber=ANN), fed.state("group/g1"))


def test_addon_of_a_member_widens_the_shared_bucket() -> None:
    """What is bought for a bucket that is shared is shared."""
    bought = event(
        "addon.purchased", subscriber_id=BEN, addon_id="a", bucket="data", amount=200_000_000, event_id="e1"
    )
    fed = family(used_by(ANN, 170), addon(), bought)
    raised, resolved = fed.signals

    assert ("near_limit", "resolved", raised.id) == (raised.kind(), resolved.kind(), resolved.of)
    assert ANN == resolved.subscriber_id


def test_a_repeat_counts_once_and_two_lines_may_have_one_record_id() -> None:
    """Identity is of the subscriber and topic: the line knows its repeats, the group its lines."""
    first = used_by(ANN, 10, record_id="r", source="pgw")
    fed = family(first, first, used_by(BEN, 10, record_id="r", source="pgw"))

    assert (20_000_000, 1) == (shared(fed), fed.count("duplicate"))


def test_corrections_and_replacements_reach_the_group() -> None:
    """Both sides take off what they have counted: the line its history, the group its allowance."""
    fed = family(
        used_by(ANN, 50, record_id="a"),
        used_by(ANN, 20, record_id="b", corrects={"record_id": "a", "was": {"bytes_up": 50_000_000}}),
        used_by(BEN, 40, record_id="n", provisional=True),
        used_by(BEN, 30, record_id="t", replaces={"source": "", "record_id": "n"}),
    )

    assert 50_000_000 == shared(fed)
    assert [20_000_000, 30_000_000] == [
        fed.state(who).periods[0].history.data  # type: ignore[union-attr]
        for who in (ANN, BEN)
    ]


def test_zero_rated_use_stays_in_the_lines_history() -> None:
    """It counts against no allowance, so it goes nowhere."""
    fed = family(used_by(ANN, 70, zero_rated=True))

    assert (0, 0) == (shared(fed), fed.count("read", "group-usage") - 3)


def test_the_owner_reads_the_owners_language() -> None:
    """The group learns it from the owner's own records."""
    fed = replay(
        [
            FAMILY,
            OWN,
            line(ANN, group_id="g1", language="zh"),
            line(BEN, group_id="g1"),
            group(ANN, BEN),
            used_by(ANN, 1),
            used_by(BEN, 159),
        ],
        is_bare=True,
    )

    assert [(ANN, "zh")] == [(notice.subscriber_id, notice.language) for notice in fed.care]


def test_no_other_line_is_named_in_a_notice() -> None:
    """What the owner reads says how much, not who."""
    fed = family(used_by(ANN, 100), used_by(BEN, 100))

    assert fed.care
    assert all(BEN not in notice.text and BEN not in notice.why for notice in fed.care)


def test_late_usage_is_late_for_the_group() -> None:
    """By the group's own period; the adjustment names the line."""
    fed = family(used_by(BEN, 7, at=NOON, arrives="2026-12-05T00:00:00Z", record_id="l"))
    [told] = fed.signals

    assert ("late_adjustment", ANN, BEN, 7_000_000) == (
        told.kind(),
        told.subscriber_id,
        told.line,
        told.used_after,
    )


def test_ledger_adds_up_for_what_travels() -> None:
    """group-usage is a topic of the ledger as any."""
    fed = family(used_by(ANN, 1), voice(60, subscriber_id=BEN), sms(1, subscriber_id=EVE))
    words = ("applied", "duplicate", "held", "dead")

    assert fed.count("read", "group-usage") == sum(fed.count(word, "group-usage") for word in words) == 8


def test_a_dead_letter_of_what_travelled_says_that_its_line_has_counted_it() -> None:
    """Sent back to its input it would count twice with the line."""
    stranger = profile(subscriber_id=EVE, plan_id="gone", group_id="g1")
    fed = replay([FAMILY, OWN, line(ANN), stranger, group(ANN), used_by(EVE, 1)], is_bare=True)
    [dead] = [dict(one.headers) for one in fed.emitted if one.topic == "dead-letters"]
    [usual] = [
        dict(one.headers)
        for one in replay([data(1, started_at="never")]).emitted
        if one.topic == "dead-letters"
    ]

    assert (b"cdr", b"unknown_plan", b"group-usage") == (dead["topic"], dead["reason"], dead["via"])
    assert "via" not in usual


def test_what_travels_is_no_output() -> None:
    """A file's reader sees signals and notices, never the way of a record."""
    fed = family(used_by(ANN, 170))

    assert {"signals", "care-events"} <= {one.topic for one in fed.emitted}
    assert "group-usage" not in {one.topic for one in fed.emitted}
    assert all(b'"group_id"' not in (one.value or b"") for one in fed.emitted)


def test_large_record_travels_without_what_nobody_knows() -> None:
    """A valid record may have 900 kB of unknown fields; what goes to the group still fits a topic."""
    huge = used_by(ANN, 170)
    huge["value"]["x"] = "y" * 900_000
    fed = family(huge)

    assert len(orjson.dumps(huge)) > 900_000
    assert (170_000_000, 1) == (shared(fed), len(fed.signals))
