"""A record on which our own code fails leaves no trace."""

import pytest
from msgspec.structs import replace

from streams.core.stored import decode_state
from streams.pipeline import Rules
from streams.regimes import Regimes
from tests.build import NOON, SUBSCRIBER, after, data, plan, profile
from tests.build import replay as replay_file
from tests.feed import commit, feed, pipeline_of, raw_of, used

LATER = after(NOON, hours=1)


class Broken(int):
    """A level that cannot be compared: stands for a defect of our own in the middle of a record."""

    def __mul__(self, other: object) -> int:
        """Fail as a defect would."""
        raise ArithmeticError("injected")


@pytest.mark.parametrize("is_committed", [False, True])
def test_record_on_which_our_own_code_fails_leaves_no_trace(*, is_committed: bool) -> None:
    """The half-moved state is taken back to what was committed."""
    #  |--- 60 % (accepted) --- a record half done, rolled back --- 1 % ---|
    regime = Rules.default().regimes.of("XX")
    regimes = Regimes(
        [regime, replace(regime, name="B", countries=("BR",), near_limit_percents=(Broken(80),))]
    )
    rules = replace(Rules.default(), regimes=regimes)
    unlimited = plan({"bucket": "data", "amount": None, "beyond": {"action": "charge"}}, plan_id="all")
    setting = [plan(), unlimited, profile(jurisdiction="BR", plan_id="all"), data(60)]
    pipeline = pipeline_of(*setting, rules=rules)
    if is_committed:
        commit(pipeline)
        feed(pipeline, plan(plan_id="all"), first=40)
    else:
        feed(pipeline, plan(plan_id="all"), first=40)
    with pytest.raises(ArithmeticError):
        feed(pipeline, data(30, at=LATER), first=50)
    pipeline.rollback()
    feed(pipeline, unlimited, first=60)
    if not is_committed:
        feed(pipeline, *setting[2:], first=2)
    pipeline.defect(raw_of(data(30, at=LATER), 50))
    feed(pipeline, data(1, at=LATER), first=70)

    assert 6_100_000 == used(commit(pipeline))


def test_profile_on_which_our_own_code_fails_leaves_no_trace() -> None:
    """A change of profile that fails half-way is not in force after the rollback."""
    regime = Rules.default().regimes.of("XX")
    regimes = Regimes(
        [regime, replace(regime, name="B", countries=("BR",), near_limit_percents=(Broken(80),))]
    )
    pipeline = pipeline_of(plan(), profile(), data(60), rules=replace(Rules.default(), regimes=regimes))
    commit(pipeline)
    with pytest.raises(ArithmeticError):
        feed(pipeline, profile(jurisdiction="BR", arrives=LATER), first=50)
    pipeline.rollback()
    feed(pipeline, data(1, at=LATER), first=60)

    changes = commit(pipeline)
    assert "CN" == decode_state(changes[SUBSCRIBER.encode()] or b"").jurisdiction


def breaking() -> Rules:
    """Return rules under which every usage record of a subscriber in Brazil fails half-way."""
    regime = Rules.default().regimes.of("XX")
    broken = replace(regime, name="B", countries=("BR",), near_limit_percents=(Broken(80),))
    return replace(Rules.default(), regimes=Regimes([regime, broken]))


def test_defect_in_a_file_is_a_dead_letter_and_the_file_goes_on() -> None:
    """One dead letter ``defect`` with its line, and the totals of all others."""
    brazil = profile(subscriber_id="br", jurisdiction="BR")
    bad = [data(5, subscriber_id="br") for _ in range(3)]
    fed = replay_file(
        [plan(), profile(), brazil, data(40), bad[0], data(20), bad[1], data(21), bad[2]], rules=breaking()
    )

    assert ["defect"] * 3 == fed.reasons
    assert [5, 7, 9] == [dead.offset for dead in fed.dead]
    assert (8_100_000, 0) == (fed.used(), fed.used(subscriber="br"))
    assert [("near_limit", 80)] == fed.found
    assert (6, 3, 3) == (fed.count("read"), fed.count("applied"), fed.count("dead"))


def test_defect_changes_nothing_of_what_others_records_did() -> None:
    """A plan that came after a record has not been there for it, whether or not a later line fails."""
    lines = [
        plan(),
        profile(plan_id="q"),
        profile(subscriber_id="br", jurisdiction="BR"),
        data(80),
        plan(plan_id="q"),
    ]
    straight = replay_file(lines, rules=breaking())
    failing = replay_file([*lines, data(5, subscriber_id="br")], rules=breaking())

    assert straight.emitted == failing.emitted[: len(straight.emitted)]
    assert [straight.count(word) for word in ("held", "released")] == [
        failing.count(word) for word in ("held", "released")
    ]
