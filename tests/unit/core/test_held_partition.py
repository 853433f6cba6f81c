"""What a partition's held records may cost in all: strangers by the million do not fill the memory."""

from msgspec.structs import replace

from streams.core.catalog import Catalog
from streams.core.held import held_bytes
from streams.core.stored import decode_state
from streams.pipeline import Pipeline, Rules
from tests.build import NOON, after, plan, profile, sms
from tests.feed import commit, feed

ONE = 1_500
"""More than holding one of these records costs, and less than two."""
SMALL = replace(Rules.default(), held_bytes_max=ONE)
LATER = after(NOON, hours=1)


def pipeline(rules: Rules = SMALL) -> Pipeline:
    """Return a pipeline with the usual plan."""
    found = Pipeline(catalog=Catalog(), rules=rules)
    feed(found, plan())
    return found


def reasons(of: Pipeline) -> dict[tuple[str, str], int]:
    """Return the dead letters by topic and reason."""
    return dict(of.rejected)


def test_what_does_not_fit_is_a_dead_letter_and_is_not_remembered() -> None:
    """The one who waits already goes on; another stranger leaves nothing behind."""
    found = pipeline()

    emitted = feed(found, sms(subscriber_id="a"), sms(subscriber_id="b"), sms(subscriber_id="c"))

    assert 2 == found.ledger["cdr", "held"]
    assert {("cdr", "unknown_subscriber"): 1} == reasons(found)
    assert [b"too many records are held in this partition already"] == [
        dict(one.headers)["detail"] for one in emitted
    ]
    assert {b"a", b"b"} == set(commit(found))


def test_there_is_room_again_when_a_profile_or_the_end_of_waiting_frees_it() -> None:
    """Three days later nothing is held any more."""
    freed, expired = pipeline(), pipeline()
    for one in (freed, expired):
        feed(one, sms(subscriber_id="a"), sms(subscriber_id="b"))

    feed(freed, profile(subscriber_id="a", arrives=LATER), sms(subscriber_id="c", at=LATER), first=9)
    feed(expired, sms(subscriber_id="c", at=after(NOON, days=4)), first=9)

    assert (3, 3) == (freed.ledger["cdr", "held"], expired.ledger["cdr", "held"])
    assert {} == reasons(freed)


def test_a_restored_and_a_rolled_back_pipeline_know_how_much_is_held() -> None:
    """From the states themselves: the header says who holds records."""
    found = pipeline()
    feed(found, sms(subscriber_id="a"), sms(subscriber_id="b"))
    restored = Pipeline(catalog=Catalog(), rules=SMALL)
    for key, value in commit(found).items():
        restored.restore(key, value)
    restored.restored(None)
    feed(found, profile(subscriber_id="a", arrives=LATER), first=9)
    found.rollback()

    for one in (found, restored):
        feed(one, sms(subscriber_id="c", at=LATER), first=20)

    assert [1, 1] == [one.rejected["cdr", "unknown_subscriber"] for one in (found, restored)]


def test_the_cost_is_that_of_all_held_records() -> None:
    """Of nobody's nothing."""
    found = pipeline(Rules.default())
    feed(found, sms(subscriber_id="a"), sms(subscriber_id="a", record_id="second"))
    state = decode_state(commit(found)[b"a"] or b"")

    assert (0, 2) == (held_bytes(()), len(state.held))
    assert held_bytes(state.held[:1]) < ONE < held_bytes(state.held) + 1_000
