"""Who has held records, and whose are released with which plan: some at a time."""

import pytest

from schemas.envelope import Raw
from streams.core.catalog import Catalog
from streams.kafka.batch import TIMERS_MAX, Work, process
from streams.pipeline import Pipeline, Rules
from streams.settings import Settings
from tests.build import NOON, after, data, ms, plan, profile
from tests.feed import commit, feed, look, raw_of

LATER = after(NOON, hours=1)


def waiting(*ids: str, plan_id: str = "p") -> Pipeline:
    """Return a pipeline in which these subscribers wait for their plan, committed."""
    pipeline = Pipeline(catalog=Catalog(), rules=Rules.default())
    for number, who in enumerate(ids):
        own = {"subscriber_id": who}
        feed(pipeline, profile(plan_id=plan_id, **own), data(85, **own), first=2 * number)
    commit(pipeline)
    return pipeline


async def done_of(pipeline: Pipeline, *records: Raw, plans: tuple[str, ...] = ()) -> tuple[int, int, bool]:
    """Return how many outputs there are, how many records were taken, whether there is more to commit."""

    async def read_catalog() -> None:
        """Have read it."""

    work = Work(records, plans, wall_ms=ms(LATER))
    limits = Settings().limits
    done = await process(pipeline, work, limits, read_catalog=read_catalog, on_defect=lambda _raw: None)
    commit(pipeline)
    return len(done.outputs), done.taken_count, done.has_fired


@pytest.mark.parametrize(("plan_id", "wanted"), [("p", {"p"}), ("other", {"other"})])
def test_plans_that_are_waited_for_are_known_without_their_records(plan_id: str, wanted: set[str]) -> None:
    """Also of a pipeline that was restored."""
    pipeline = waiting("a", "b", plan_id=plan_id)
    restored = Pipeline(catalog=Catalog(), rules=Rules.default())
    for key, value in pipeline.states():
        restored.restore(key.encode(), value)

    assert [wanted, wanted] == [one.plans_waited_for() for one in (pipeline, restored)]
    assert 0 == restored.sizes()["live"]


async def test_a_plan_releases_so_many_subscribers_a_transaction_and_records_wait_meanwhile() -> None:
    """All who have it may have waited: one transaction for all would be as large as they are many."""
    ids = [f"{number:06}" for number in range(TIMERS_MAX + 1)]
    pipeline = waiting(*ids)
    catalog = raw_of(plan())
    pipeline._catalog.apply(catalog)  # noqa: SLF001 - as the follower does, who releases nothing
    newest = raw_of(data(20, subscriber_id=ids[-1], at=LATER), 9_999)

    first = await done_of(pipeline, newest, plans=("p",))
    second = await done_of(pipeline, newest)
    third = await done_of(pipeline, newest)

    assert (0, True) == first[1:]
    assert (1, True) == second[1:]
    assert (0, 1, False) == third  # the same record once more is a duplicate
    assert len(ids) == pipeline.ledger["cdr", "released"]


def test_what_is_left_to_release_is_taken_back_with_the_batch() -> None:
    """A batch that breaks is done again from where the last one was committed."""
    pipeline = waiting("a", "b", "c")
    pipeline._catalog.apply(raw_of(plan()))  # noqa: SLF001 - as the follower does
    pipeline.queue_release("p")
    pipeline.release_next(most=1)
    commit(pipeline)
    before = look(pipeline)

    pipeline.release_next(most=1)
    pipeline.rollback()

    assert (before, True) == (look(pipeline), pipeline.has_queued())
    pipeline.release_next(most=2)
    assert (3, False) == (pipeline.ledger["cdr", "released"], pipeline.has_queued())
