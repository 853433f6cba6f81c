"""``--muted-until``: a history is read in without a word to the outside."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from click import Command
from click.testing import CliRunner
from msgspec.structs import replace

from schemas.topics import CARE_EVENTS, OFFER_EVENTS, SIGNALS, SUPPRESSED_OFFERS
from streams.cli.replay import replay as replay_command
from streams.cli.worker import worker
from streams.core.catalog import Catalog
from streams.core.stored import Meta
from streams.pipeline import Pipeline, Rules
from tests.build import NOON, addon, after, data, event, lines_of, ms, plan, profile, replay
from tests.fed import Fed
from tests.feed import feed

SAID = (CARE_EVENTS, OFFER_EVENTS, SUPPRESSED_OFFERS)
LATER = after(NOON, hours=2)
UNTIL = after(NOON, hours=1)
SETTING = [plan(), addon(), profile()]


def muted(*records: dict[str, Any], until: str = UNTIL) -> Fed:
    """Return what comes of the records while the worker is muted until then."""
    return replay([*SETTING, *records], rules=replace(Rules.default(), muted_until_ms=ms(until)))


def topics(fed: Fed) -> set[str]:
    """Return the topics that were written."""
    return {one.topic for one in fed.emitted}


def test_while_muted_nothing_is_said_and_signals_are_the_same() -> None:
    """No notice, no offer, none suppressed; every signal as ever, on porting too."""
    records = [data(85), data(30), event("port.queried", channel="sms")]
    aloud = replay([*SETTING, *records])

    fed = muted(*records)

    assert set(SAID) & topics(aloud)
    assert set() == set(SAID) & topics(fed)
    assert [one for one in aloud.emitted if one.topic not in SAID] == list(fed.emitted)


def test_what_was_raised_while_muted_is_not_said_afterwards() -> None:
    """The level stands; only what is raised from then on is said."""
    #  |--- 85 % (muted) ---| until |--- 1 % more: nothing new --- 20 % more: 100 % and beyond ---|
    silent = muted(data(85), data(1, at=LATER))
    spoken = muted(data(85), data(1, at=LATER), data(20, at=LATER))

    assert ([("near_limit", 80)], {SIGNALS}) == (silent.found, topics(silent))
    assert [("near_limit", 80), ("near_limit", 100), ("overage", None)] == spoken.found
    assert {one.id for one in spoken.signals[1:]} == {cause for care in spoken.care for cause in care.cause}


def test_the_totals_go_on_as_if_nothing_were_muted() -> None:
    """State and ledger do not know of it."""
    records = [data(85), data(20, at=LATER)]

    fed, aloud = muted(*records), replay([*SETTING, *records])

    assert (aloud.used(), aloud.ledger) == (fed.used(), fed.ledger)


@pytest.mark.parametrize(("until", "is_said"), [(NOON, True), (after(NOON, ms=1), False)])
def test_the_clock_of_the_partition_decides(until: str, *, is_said: bool) -> None:
    """Half-open: at the instant itself it speaks. The arrival moves the clock, not the event time."""
    assert is_said == bool(muted(data(85), until=until).care)
    assert is_said == bool(muted(data(85, at="2026-11-09T00:00:00Z", arrives=NOON), until=until).care)


def test_a_replay_is_muted_from_the_command_line(tmp_path: Path) -> None:
    """An instant with any offset."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"\n".join(lines_of([data(85), data(20, at=LATER)])) + b"\n")

    done = CliRunner().invoke(replay_command, [str(path), "--muted-until", "2026-11-10T21:00:00+08:00"])

    said = [orjson.loads(line) for line in done.stdout.splitlines() if "care-events" in line]
    assert (0, {LATER[:19] + ".000Z"}) == (done.exit_code, {one["value"]["at"] for one in said})


@pytest.mark.parametrize("text", ["2026-11-10T21:00:00", "2026-11-10", "1793494800000", "tomorrow", ""])
@pytest.mark.parametrize(("command", "given"), [(worker, []), (replay_command, ["x"])])
def test_what_is_no_instant_with_its_offset_is_refused(command: Command, given: list[str], text: str) -> None:
    """A zone is never guessed: exit status 2 as of any wrong usage, and what would be right."""
    done = CliRunner().invoke(command, [*given, "--muted-until", text])

    assert 2 == done.exit_code
    assert "not RFC 3339 with an explicit offset" in done.output


def rebuilt(until: str | None, rules: Rules) -> Pipeline:
    """Return a pipeline whose partition was rebuilt, and that has taken the usual catalogue."""
    pipeline = Pipeline(catalog=Catalog(), rules=rules)
    pipeline.restored(
        Meta(offsets={}, partition_count=1, clock_ms=0, muted_until_ms=None if until is None else ms(until))
    )
    feed(pipeline, plan())
    return pipeline


def test_a_rebuilt_partition_is_muted_by_its_meta_record() -> None:
    """Whatever worker takes it, and for as long as it is committed so: nobody has to think of an option."""
    pipeline = rebuilt(UNTIL, Rules.default())
    silent = feed(pipeline, profile(), data(85))
    spoken = feed(pipeline, data(20, at=LATER), first=50)

    assert {SIGNALS} == {one.topic for one in silent}
    assert CARE_EVENTS in {one.topic for one in spoken}
    assert ms(UNTIL) == pipeline.meta(offsets={}, partition_count=1).muted_until_ms


def test_the_option_goes_before_the_meta_record() -> None:
    """A person who says another time now means it."""
    loud = replace(Rules.default(), muted_until_ms=ms("2020-01-01T00:00:00Z"))

    assert CARE_EVENTS in {one.topic for one in feed(rebuilt(UNTIL, loud), profile(), data(85))}
