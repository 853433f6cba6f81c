"""A pipeline that is stopped, restored and rolled back anywhere does what one does that never was."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Emitted, Raw
from streams.core.catalog import Catalog
from streams.core.stored import Meta, decode_meta, encode_meta
from streams.pipeline import Pipeline, Rules
from tests.build import Line, after, allowance, data, event, plan, profile, sms, tombstone
from tests.feed import look, raw_of

EXAMPLES = settings(max_examples=120, derandomize=True, deadline=None)
START = "2026-11-10T00:00:00Z"
PLANS = [plan(), plan(allowance(amount=3_000_000), allowance("sms", 4), plan_id="q")]
WHO = st.sampled_from(["a", "b", "c"])


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Draw a history of three subscribers over weeks, in order of arrival."""
    drawn: list[Line] = []
    hour = 0
    for _ in range(draw(st.integers(1, 25))):
        hour += draw(st.sampled_from([0, 0, 1, 20, 100]))
        at = after(START, hours=hour)
        own: dict[str, Any] = {"subscriber_id": draw(WHO)}
        kind = draw(st.integers(0, 9))
        if kind == 0:
            drawn.append(tombstone(own["subscriber_id"], arrives=at))
        elif kind <= 3:
            chosen = {
                "plan_id": draw(st.sampled_from(["p", "q", "none", None])),
                "cycle_day": draw(st.integers(1, 31)),
            }
            drawn.append(profile(arrives=at, **chosen, **own))
        elif kind == 4:
            drawn.append(event("port.queried", at=at, channel="sms", **own))
        elif kind == 5:
            drawn.append(
                event("consent.changed", at=at, purpose="commercial", granted=draw(st.booleans()), **own)
            )
        elif kind == 6:
            drawn.append(sms(draw(st.integers(-1, 3)), at=at, **own))
        else:
            drawn.append(data(draw(st.integers(0, 60)), at=at, **own))
    return drawn


def pipeline() -> Pipeline:
    """Return an empty pipeline with the plans in its catalogue."""
    catalog = Catalog()
    for line in PLANS:
        catalog.apply(raw_of(line))
    return Pipeline(catalog=catalog, rules=Rules.default())


def take(one: Pipeline, raw: Raw) -> list[Emitted]:
    """Fire what is due, then take a record."""
    out: list[Emitted] = []
    while one.is_due(raw):
        out += one.tick(raw.timestamp_ms, most=1)
    return out + one.take(raw)


def restarted(changelog: dict[bytes, bytes], meta: Meta) -> Pipeline:
    """Return a new pipeline restored from what was committed."""
    one = pipeline()
    for key, value in changelog.items():
        one.restore(key, value)
    one.restored(decode_meta(encode_meta(meta)))
    return one


@EXAMPLES
@given(
    lines(), st.lists(st.sampled_from(["go on", "commit", "restart", "roll back"]), min_size=25, max_size=25)
)
def test_restart_and_rollback_anywhere_do_not_show(history: list[Line], turns: list[str]) -> None:
    """The same outputs, byte for byte, the same states, clock, timers and ledger."""
    raws = [raw_of(line, offset) for offset, line in enumerate(history)]
    straight, other = pipeline(), pipeline()
    expected = [emitted for raw in raws for emitted in take(straight, raw)]
    committed: list[Emitted] = []
    changelog: dict[bytes, bytes] = {}
    pending: list[Raw] = []
    since: list[Emitted] = []
    for raw, turn in zip(raws, turns, strict=False):
        pending.append(raw)
        since += take(other, raw)
        if turn == "roll back":
            other.rollback()
            since = [emitted for again in pending for emitted in take(other, again)]
        if turn in {"commit", "restart"}:
            commit(other, changelog)
            committed, since, pending = committed + since, [], []
        if turn == "restart":
            other = restarted(changelog, other.meta(offsets={}, partition_count=1))

    assert expected == committed + since
    whole: dict[bytes, bytes] = {}
    commit(straight, whole)
    commit(other, changelog)
    assert whole == changelog
    assert look(straight) == look(other)


def commit(one: Pipeline, changelog: dict[bytes, bytes]) -> None:
    """Write the changes as a compacted topic keeps them, and accept."""
    for key, value in one.changes():
        if value is None:
            changelog.pop(key, None)
        else:
            changelog[key] = value
    one.accept()
