"""A batch through the pipeline, also when the pipeline breaks."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.envelope import Emitted, Raw
from schemas.topics import DEAD_LETTERS, SIGNALS
from streams.core.breaker import Breaker, Limits, PauseReason
from streams.core.catalog import Catalog
from streams.kafka.batch import DEFECTS_MAX, Done, Work, process
from streams.lines import parse
from streams.pipeline import Pipeline, Rules
from streams.settings import Settings
from tests.build import NOON, Line, after, data, event, lines_of, ms, plan, profile
from tests.fed import SUBSCRIBER

LIMITS = Settings().limits


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
    done = await process(
        pipeline, work, LIMITS, read_catalog=read_catalog, on_defect=lambda error: defects.append(error.raw)
    )
    return pipeline, done, defects


async def test_a_record_that_breaks_our_code_is_taken_back_and_becomes_a_dead_letter() -> None:
    """The others count as if it had never come."""
    #  used  |--- 20 % -- 40 % that breaks -- 5 % ---|  25 %: below all that is told
    records = raws(profile(), data(20), data(40, record_id="breaks"), data(5))
    pipeline, done, defects = await done_with(records, known=raws(plan()))

    assert [(DEAD_LETTERS, "defect")] == [(output.topic, output.type) for output in done.outputs]
    assert b"ZeroDivisionError in tests.unit.kafka.test_batch:" in dict(done.outputs[0].headers)["detail"]
    assert ([records[2]], 2, 1) == (
        defects,
        pipeline.ledger["cdr", "applied"],
        pipeline.ledger["cdr", "dead"],
    )


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
        def defect(self, raw: Raw, where: str = "") -> list[Emitted]:
            raise ZeroDivisionError(raw.offset, where)

    pipeline = Hopeless(catalog=Catalog(), rules=Rules.default())
    work = Work(records=raws(data(1, record_id="breaks")), plans=[], wall_ms=0)

    async def read_catalog() -> None:
        return None

    with pytest.raises(Exception, match="cdr 0 0"):
        await process(pipeline, work, LIMITS, read_catalog=read_catalog, on_defect=lambda _: None)


async def test_the_clock_stands_until_the_first_record_and_then_goes_on_with_the_time_that_passes() -> None:
    """Idle inputs: a history that is fed in later still begins on its own time."""
    pipeline = Pipeline(catalog=Catalog(), rules=Rules.default())

    async def read_catalog() -> None:
        return None

    async def idle(idle_ms: int) -> int:
        work = Work(records=[], plans=[], wall_ms=0, idle_ms=idle_ms)
        await process(pipeline, work, LIMITS, read_catalog=read_catalog, on_defect=lambda _: None)
        return pipeline.clock_ms

    before = await idle(5_000)
    pipeline.take(raws(data(1))[0])
    arrival_ms = pipeline.clock_ms

    assert (0, ms(NOON)) == (before, arrival_ms)
    assert arrival_ms + 10 == await idle(arrival_ms + 10)


async def taken(records: Sequence[Raw], breaker: Breaker, limits: Limits = LIMITS) -> tuple[Pipeline, Done]:
    """Return what comes of a batch that begins with ``breaker``."""
    catalog = Catalog()
    catalog.apply(raws(plan())[0])
    pipeline = Breaking(catalog=catalog, rules=Rules.default())

    async def read_catalog() -> None:
        return None

    work = Work(records=records, plans=[], wall_ms=ms(NOON), breaker=breaker)
    return pipeline, await process(
        pipeline, work, limits, read_catalog=read_catalog, on_defect=lambda _: None
    )


def breaking(count: int) -> list[Line]:
    """Return so many records that break our code."""
    return [data(1, source="breaks", record_id=f"b{number}") for number in range(count)]


async def test_a_batch_ends_with_the_defect_that_pauses_the_partition() -> None:
    """What comes after it is not even looked at; those before were counted in earlier transactions."""
    breaker = Breaker(defects_in_a_row=97)
    _, done = await taken(raws(profile(), *breaking(1)), Breaker(defects_in_a_row=97))
    reset = done.breaker.defects_in_a_row
    _, done = await taken(raws(*breaking(5)), breaker)

    assert (1, 3) == (reset, done.taken_count)
    assert (PauseReason.DEFECTS, 97) == (
        done.breaker.pause and done.breaker.pause.reason,
        breaker.defects_in_a_row,
    )


async def test_a_batch_ends_with_its_tenth_defect_but_the_partition_goes_on() -> None:
    """It is done again for each of them: a thousand would hold up all other partitions."""
    pipeline, done = await taken(raws(profile(), *breaking(DEFECTS_MAX + 5), data(1)), Breaker())

    assert (1 + DEFECTS_MAX, None) == (done.taken_count, done.breaker.pause)
    assert (DEFECTS_MAX, DEFECTS_MAX) == (pipeline.ledger["cdr", "dead"], done.breaker.defects_in_a_row)


async def test_a_batch_ends_soon_after_too_many_were_rejected() -> None:
    """Within 250 records; what was taken until then is committed."""
    limits = replace(LIMITS, rejected_ratio=0.1)
    bad = [data(1, started_at="never", record_id=f"n{number}") for number in range(900)]
    pipeline, done = await taken(raws(profile(), *bad), Breaker(), limits)

    assert PauseReason.REJECTED == (done.breaker.pause and done.breaker.pause.reason)
    assert 101 <= done.taken_count - 1 == pipeline.ledger["cdr", "dead"] <= 350


async def test_timers_of_a_whole_night_that_fire_at_once_count_in_their_own_minutes() -> None:
    """Else the first look after an outage would hold back what each minute by itself would not."""
    lines = [plan(), *(profile(subscriber_id=f"s{number}") for number in range(30))]
    for number in range(30):
        own: dict[str, Any] = {"addon_id": "a", "bucket": "data", "amount": 5_000_000}
        expires = after(NOON, days=2, minutes=number)
        lines.append(event("addon.purchased", expires_at=expires, subscriber_id=f"s{number}", **own))
    catalog = Catalog()
    pipeline = Pipeline(catalog=catalog, rules=Rules.default())
    for number, line in enumerate(map(parse, lines_of(lines, is_bare=True))):
        pipeline.take(Raw(line.topic, 0, number, ms(NOON), line.key, line.value, is_keyed=False))
    pipeline.changes()
    pipeline.accept()

    async def read_catalog() -> None:
        return None

    late_ms = ms(after(NOON, days=10))
    work = Work(records=[], plans=[], wall_ms=late_ms, idle_ms=late_ms)
    limits = replace(LIMITS, outputs_per_minute=1)
    done = await process(pipeline, work, limits, read_catalog=read_catalog, on_defect=lambda _: None)

    assert 30 == sum(output.type == "expiring" for output in done.outputs)
    assert {} == done.breaker.holds
