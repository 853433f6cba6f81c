"""A batch through the pipeline, also when the pipeline breaks."""

import logging
from collections.abc import Sequence

import pytest

from schemas.envelope import Emitted, Raw
from schemas.topics import DEAD_LETTERS, SIGNALS
from streams.core.catalog import Catalog
from streams.kafka.batch import Done, Work, process
from streams.lines import parse
from streams.pipeline import Pipeline, Rules
from tests.build import NOON, Line, data, lines_of, ms, plan, profile
from tests.fed import SUBSCRIBER


class Breaking(Pipeline):
    """Raises after it has taken a record that says ``breaks``."""

    def take(self, raw: Raw, *, hold: bool = True, wall_ms: int | None = None) -> list[Emitted]:
        """Take the record, then break."""
        outputs = super().take(raw, hold=hold, wall_ms=wall_ms)
        if b'"breaks"' in (raw.value or b""):
            raise ZeroDivisionError(raw.value)
        return outputs


def raws(*records: Line) -> list[Raw]:
    """Return the records as they come from Kafka, one offset each."""
    lines = [parse(text) for text in lines_of(records, is_bare=True)]
    return [
        Raw(
            line.topic,
            0,
            offset,
            ms(NOON),
            b"p" if line.topic == "plans" else SUBSCRIBER.encode(),
            line.value,
        )
        for offset, line in enumerate(lines)
    ]


async def done_with(
    records: Sequence[Raw], *, known: Sequence[Raw] = (), late: Sequence[Raw] = ()
) -> tuple[Pipeline, Done, list[Raw]]:
    """Return what comes of a batch; ``late`` are the plans that reading the catalogue to its end brings."""
    catalog, defects = Catalog(), list[Raw]()
    for raw in known:
        catalog.apply(raw)
    pipeline = Breaking(catalog=catalog, rules=Rules.default())

    async def read_catalog() -> None:
        for raw in late:
            catalog.apply(raw)

    work = Work(records=records, plans=[], wall_ms=ms(NOON))
    done = await process(pipeline, work, read_catalog=read_catalog, on_defect=defects.append)
    return pipeline, done, defects


async def test_a_record_that_breaks_our_code_is_taken_back_and_becomes_a_dead_letter(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others count as if it had never come, and the log does not quote it."""
    #  used  |--- 20 % -- 40 % that breaks -- 5 % ---|  25 %: below all that is told
    records = raws(profile(), data(20), data(40, record_id="breaks"), data(5))
    with caplog.at_level(logging.ERROR):
        pipeline, done, defects = await done_with(records, known=raws(plan()))

    assert [(DEAD_LETTERS, "defect")] == [(output.topic, output.type) for output in done.outputs]
    assert ([records[2]], 2, 1) == (
        defects,
        pipeline.ledger["cdr", "applied"],
        pipeline.ledger["cdr", "dead"],
    )
    (line,) = caplog.records
    assert "ZeroDivisionError" == vars(line)["error"]
    assert SUBSCRIBER not in str(vars(line))


async def test_a_missing_plan_is_asked_for_before_a_record_is_held() -> None:
    """The catalogue may just not have been read to its end."""
    pipeline, done, _ = await done_with(raws(profile(), data(85)), late=raws(plan()))

    assert "near_limit" in [output.type for output in done.outputs if output.topic == SIGNALS]
    assert 0 == pipeline.ledger["cdr", "held"]


async def test_a_record_is_held_when_the_plan_is_really_missing() -> None:
    """Nothing is lost and nothing is guessed."""
    pipeline, done, _ = await done_with(raws(profile(), data(85)))

    assert ([], 1) == (done.outputs, pipeline.ledger["cdr", "held"])


async def test_a_record_that_breaks_even_its_rejection_stops_the_partition() -> None:
    """Else it would be tried for ever."""

    class Hopeless(Breaking):
        def defect(self, raw: Raw) -> list[Emitted]:
            raise ZeroDivisionError(raw.offset)

    pipeline = Hopeless(catalog=Catalog(), rules=Rules.default())
    work = Work(records=raws(data(1, record_id="breaks")), plans=[], wall_ms=0)

    async def read_catalog() -> None:
        return None

    with pytest.raises(Exception, match="cdr 0 0"):
        await process(pipeline, work, read_catalog=read_catalog, on_defect=lambda _: None)


async def test_the_clock_stands_until_the_first_record_and_then_goes_on_with_the_time_that_passes() -> None:
    """Idle inputs: a history that is fed in later still begins on its own time."""
    pipeline = Pipeline(catalog=Catalog(), rules=Rules.default())

    async def read_catalog() -> None:
        return None

    async def idle(idle_ms: int) -> int:
        work = Work(records=[], plans=[], wall_ms=0, idle_ms=idle_ms)
        await process(pipeline, work, read_catalog=read_catalog, on_defect=lambda _: None)
        return pipeline.clock_ms

    before = await idle(5_000)
    pipeline.take(raws(data(1))[0])
    arrival_ms = pipeline.clock_ms

    assert (0, ms(NOON)) == (before, arrival_ms)
    assert arrival_ms + 10 == await idle(arrival_ms + 10)
