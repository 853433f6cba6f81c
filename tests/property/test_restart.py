"""A pipeline that is stopped, restored and rolled back anywhere does what one does that never was."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Emitted, Raw
from schemas.topics import GROUP_USAGE
from streams.core.catalog import Catalog
from streams.core.stored import Meta, decode_meta, encode_meta
from streams.pipeline import Pipeline, Rules
from tests.build import Line, addon, after, allowance, data, event, plan, profile, sms, tombstone
from tests.feed import look, raw_of

EXAMPLES = settings(max_examples=250, derandomize=True, deadline=None)
START = "2026-11-10T00:00:00Z"
PLANS = [plan(), plan(allowance(amount=3_000_000), allowance("sms", 4), plan_id="q"), addon()]
CONSENTS = [{"purpose": "commercial", "granted": True, "at": "2026-01-01T00:00:00Z"}]
WHO = st.sampled_from(["a", "b", "c"])


LEAVING: list[tuple[str, dict[str, Any]]] = [
    ("port.queried", {"channel": "sms", "device": "d"}),
    ("port.queried", {"channel": "sms", "form": "SQXZ", "agent": "d"}),
    *(
        (f"port.{step}", {"port_ref": ref, "form": "SQXZ", "raised_by": "customer"})
        for step in ("requested", "code_issued", "completed", "cancelled")
        for ref in "rs"
    ),
    ("sim.swapped", {}),
    ("app.viewed", {"page": "competitor_plans"}),
    ("complaint.opened", {"complaint_id": "c", "topic": "bill_dispute", "channel": "web"}),
    ("vas.used", {"service_id": "ringtone"}),
    ("message.reported", {"of": "m", "status": "failed", "channel": "sms"}),
    ("message.reported", {"of": "m", "status": "delivered", "channel": "sms"}),
]
"""What has to do with leaving, and with the risk of it."""
MONEY = st.integers(0, 90).map(lambda yuan: {"amount": f"{yuan}.50", "currency": "CNY"})
Make = Callable[[str, dict[str, Any]], Line]
MORE: tuple[st.SearchStrategy[Make], ...] = (
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
        lambda two: (
            lambda at, own: data(
                two[0], at=at, corrects={"record_id": "x", "was": {"bytes_up": two[1] * 100_000}}, **own
            )
        )
    ),
    st.tuples(st.integers(0, 40), st.booleans(), st.sampled_from("xyz")).map(
        lambda three: (
            lambda at, own: data(
                three[0],
                at=at,
                **(
                    {"provisional": True, "record_id": three[2]}
                    if three[1]
                    else {"replaces": {"source": "", "record_id": three[2]}}
                ),
                **own,
            )
        )
    ),
    st.tuples(st.integers(0, 9_000_000), st.sampled_from([None, 30, 500, 900])).map(
        lambda two: (
            lambda at, own: event(
                "addon.purchased",
                at=at,
                addon_id="a",
                bucket="data",
                amount=two[0],
                expires_at=None if two[1] is None else after(at, hours=two[1]),
                **own,
            )
        )
    ),
    st.integers(0, 9_000_000).map(
        lambda used: (
            lambda at, own: event(
                "balance.reported", at=at, bucket="data", period=at[:8] + "01", used=used, as_of=at, **own
            )
        )
    ),
    st.tuples(st.booleans(), MONEY).map(
        lambda two: (
            lambda at, own: event(
                "payment.received" if two[0] else "charge.accrued", at=at, amount=two[1], **own
            )
        )
    ),
    st.just(lambda at, own: event("app.viewed", at=at, page="balance", **own)),
    st.sampled_from(["opened", "progressed", "closed"]).map(
        lambda step: (
            lambda at, own: event(
                f"complaint.{step}", at=at, complaint_id="c", topic="bill", channel="app", **own
            )
        )
    ),
    st.sampled_from(["opened", "cleared"]).map(
        lambda step: lambda at, own: event(f"fault.{step}", at=at, fault_id="f", **own)
    ),
    st.sampled_from(["seen", "accepted", "refused"]).map(
        lambda response: (
            lambda at, own: event("offer.responded", at=at, offer_id="o", response=response, **own)
        )
    ),
    st.just(lambda at, own: event("message.reported", at=at, of="m", status="seen", channel="sms", **own)),
    st.sampled_from(LEAVING).map(lambda one: lambda at, own: event(one[0], at=at, **one[1], **own)),
    st.lists(WHO, max_size=3, unique=True).map(
        lambda members: (
            lambda at, own: {
                "topic": "groups",
                "timestamp": at,
                "value": {
                    "group_id": "g",
                    "owner_id": own["subscriber_id"],
                    "plan_id": "p",
                    "members": members,
                    "time_zone": "UTC",
                    "cycle_day": 1,
                    "jurisdiction": "CN",
                },
            }
        )
    ),
)
"""How a line of each further kind is made of its time and its subscriber."""


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Draw a history of three subscribers over weeks, in order of arrival."""
    known = draw(st.lists(WHO, max_size=3, unique=True))
    drawn: list[Line] = [profile(arrives=START, subscriber_id=who, consents=CONSENTS) for who in known]
    hour = 0
    for _ in range(draw(st.integers(1, 25))):
        hour += draw(st.sampled_from([0, 0, 1, 20, 100]))
        at = after(START, hours=hour)
        own: dict[str, Any] = {"subscriber_id": draw(WHO)}
        kind = draw(st.integers(0, 9 + len(MORE)))
        if kind == 0:
            drawn.append(tombstone(own["subscriber_id"], arrives=at))
        elif kind >= 10:
            drawn.append(draw(MORE[kind - 10])(at, own))
        elif kind <= 3:
            chosen = {
                "plan_id": draw(st.sampled_from(["p", "q", "none", None])),
                "cycle_day": draw(st.sampled_from([1, 1, 15, 31])),
                "credit_limit": draw(st.none() | MONEY),
                "group_id": draw(st.sampled_from([None, None, "g"])),
                "consents": draw(st.sampled_from([[], CONSENTS, CONSENTS])),
                "jurisdiction": draw(st.sampled_from(["CN", "GB"])),
                "vas": draw(st.sampled_from([[], ["ringtone"]])),
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
    """Fire what is due, then take a record, then what it sends to its group and back."""
    made: list[Emitted] = []
    out: list[Emitted] = []
    while one.is_due(raw):
        made += one.tick(raw.timestamp_ms, most=1)
    for emitted in [*made, *one.take(raw)]:
        if emitted.topic == GROUP_USAGE:
            sent = Raw(GROUP_USAGE, 0, raw.offset, emitted.timestamp_ms or 0, emitted.key, emitted.value)
            out += take(one, sent)
        else:
            out.append(emitted)
    return out


def restarted(changelog: dict[bytes, bytes], meta: Meta) -> Pipeline:
    """Return a new pipeline restored from what was committed."""
    one = pipeline()
    for key, value in changelog.items():
        one.restore(key, value)
    one.restored(decode_meta(encode_meta(meta)))
    return one


@EXAMPLES
@given(
    lines(), st.lists(st.sampled_from(["go on", "commit", "restart", "roll back"]), min_size=28, max_size=28)
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
