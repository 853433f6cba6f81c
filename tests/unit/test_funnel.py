"""The counts of what became of offers: restored, rolled back, shown, printed."""

from decimal import Decimal

from click.testing import CliRunner

from streams.cli.replay import replay as replay_command
from streams.core.contact import Stage
from streams.core.stored import decode_meta, encode_meta
from streams.funnel import Funnel
from streams.kafka.movement import Movement
from streams.kafka.tally import Tally
from streams.metrics import Metrics
from streams.pipeline import Pipeline
from tests.build import addon, data, lines_of, plan
from tests.build_contact import willing
from tests.feed import commit, feed, pipeline_of

SHOP = [plan(), addon(price="10.50"), willing()]


def counted() -> Funnel:
    """Return a funnel with something of each kind."""
    funnel = Funnel()
    funnel.note("addon", "app", Stage.MADE)
    funnel.suppress("upgrade", ("no_consent", "day_cap"))
    funnel.step("addon", "CNY", Decimal("10.50"))
    funnel.step("downgrade", "CNY", Decimal(-30))
    funnel.step("addon", "CNY", Decimal("0.000000001"))
    return funnel


def look(funnel: Funnel) -> tuple[object, ...]:
    """Return everything that is counted."""
    return dict(funnel.stages), dict(funnel.reasons), dict(funnel.steps)


def test_what_is_stored_is_what_is_restored() -> None:
    """As texts, so that no number is too large and no price rounded."""
    again = Funnel()
    again.restore(counted().plain())

    assert look(counted()) == look(again)
    assert ("addon", "app", "made") in again.stages
    assert Decimal("10.500000001") == again.steps["addon", "CNY", "up"]
    assert Decimal(30) == again.steps["downgrade", "CNY", "down"]


def test_a_copy_does_not_move_with_the_original() -> None:
    """A rollback goes back to it."""
    funnel = counted()
    copy = funnel.copy()
    funnel.note("addon", "app", Stage.MADE)
    funnel.step("addon", "CNY", Decimal(1))

    assert look(counted()) == look(copy)


def test_an_offer_that_is_suppressed_counts_once_and_under_each_reason() -> None:
    """So the stages add up to what was proposed."""
    assert {("addon", "app", "made"): 1, ("upgrade", "none", "suppressed"): 1} == dict(counted().stages)
    assert {("upgrade", "no_consent"): 1, ("upgrade", "day_cap"): 1} == dict(counted().reasons)


def test_it_is_committed_with_the_partition_and_rolled_back_with_it() -> None:
    """What was not committed was not counted."""
    pipeline = pipeline_of(*SHOP)
    commit(pipeline)
    before = look(pipeline.funnel)
    feed(pipeline, data(80), first=10)
    after = look(pipeline.funnel)
    pipeline.rollback()

    assert before == look(pipeline.funnel)
    feed(pipeline, data(80), first=10)
    assert after == look(pipeline.funnel)
    restored = pipeline_of()
    restored.restored(decode_meta(encode_meta(pipeline.meta(offsets={}, partition_count=1))))
    assert after == look(restored.funnel)
    assert before != after


def test_metrics_show_what_a_partition_has_counted_since_it_was_opened() -> None:
    """What was restored has been counted by an earlier process."""
    metrics = Metrics()
    old, new = pipeline_of(*SHOP, data(80)), pipeline_of()
    new.restored(old.meta(offsets={}, partition_count=1))
    tally = Tally(metrics, Movement(), 0, partition_count=1)
    tally.restored(new)
    feed(new, *SHOP, data(80, subscriber_id="8613800000001"))
    _committed(tally, new)

    value = metrics.registry.get_sample_value
    labels = {"kind": "addon", "channel": "app", "stage": "made"}
    assert 1 == value("usagewatch_offers_total", labels)
    assert 10.5 == value(
        "usagewatch_offer_price_step_total", {"kind": "addon", "currency": "CNY", "direction": "up"}
    )
    feed(new, data(20), first=20)
    _committed(tally, new)
    reasons = {"kind": "addon", "reason": "said_lately"}
    assert 1 == value("usagewatch_offers_suppressed_total", reasons)


def _committed(tally: Tally, pipeline: Pipeline) -> None:
    commit(pipeline)
    tally.committed(pipeline, [], [], [])


def test_a_replay_prints_it() -> None:
    """For people as tables, for programs as JSON, on standard error."""
    lines = b"\n".join(lines_of([*SHOP, data(80), data(20)]))
    text = CliRunner().invoke(replay_command, ["-"], input=lines).stderr
    as_json = CliRunner().invoke(replay_command, ["-", "--summary", "json"], input=lines).stderr

    assert "Offers" in text
    assert "said_lately" in text
    assert '{"kind":"addon","channel":"app","stage":"made","count":1}' in as_json
    assert '"offers_suppressed":{"addon":{"day_cap":1,"said_lately":1}}' in as_json


def test_a_replay_without_offers_prints_none_of_it() -> None:
    """An empty table tells nothing."""
    text = CliRunner().invoke(replay_command, ["-"], input=b"\n".join(lines_of([plan(), data(1)]))).stderr

    assert "Offers" not in text
