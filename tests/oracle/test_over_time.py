"""Segments, intents, spikes, shocks and dropped calls against their own oracle."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.build import Fed, Line, allowance, data, event, iso, ms, plan, profile, replay, voice
from tests.oracle.oracle_over_time import Record, basics, dropped, intents, panics, shocks, spikes, talkers
from tests.oracle.test_oracle import LOOK

START = "2026-10-20T00:00:00Z"
PRICE = Decimal(100)
KINDS = st.sampled_from(["view", "view", "ask", "call", "call", "data", "data", "data"])


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Draw a subscriber's month in order of arrival, some records up to a day after they happened."""
    minute, records = 60 * 24, []
    for number in range(draw(st.integers(1, 40))):
        minute += draw(st.sampled_from([0, 1, 60, 60 * 5, 60 * 20, 60 * 24, 60 * 24 * 3]))
        late = draw(st.sampled_from([0, 0, 0, 1, 60, 60 * 7, 60 * 23]))
        arrives_ms = ms(START) + minute * 60_000
        at_ms = arrives_ms - late * 60_000
        record: Record = {"kind": draw(KINDS), "id": f"n{number}", "at_ms": at_ms, "arrives_ms": arrives_ms}
        match record["kind"]:
            case "view":
                record["page"] = draw(st.sampled_from(["balance", "balance", "broadband", "other"]))
            case "ask":
                record["topic"] = draw(st.sampled_from(["data_short", "bill_dispute"]))
            case "call":
                record["seconds"] = draw(st.sampled_from([60, 9_000, 29_999, 30_000]))
                record["dropped"] = draw(st.booleans())
            case _:
                record["octets"] = draw(st.sampled_from([10**6, 10**8, 2 * 10**8, 10**9, 4 * 10**9]))
                record["cost"] = draw(
                    st.sampled_from([None, None, Decimal("24.99"), Decimal("25.00"), Decimal(60)])
                )
        records.append(record)
    return records


def line_of(record: Record) -> Line:
    """Return the line of a record."""
    when: dict[str, Any] = {"at": iso(record["at_ms"]), "arrives": record["arrives_ms"]}
    match record["kind"]:
        case "view":
            return event("app.viewed", **when, page=record["page"], event_id=record["id"])
        case "ask":
            own = {"channel": "app", "topic": record["topic"]}
            return event("care.contacted", **when, **own, event_id=record["id"])
        case "call":
            cut = {"ended_by": "dropped"} if record["dropped"] else {}
            return voice(record["seconds"], **when, record_id=record["id"], **cut)
        case _:
            cost: dict[str, Any] = {}
            if record["cost"] is not None:
                cost = {"roaming": True, "charge": {"amount": str(record["cost"]), "currency": "CNY"}}
            return data(bytes_up=record["octets"], **when, record_id=record["id"], **cost)


def told(fed: Fed) -> set[tuple[str, ...]]:
    """Return what was found, as the oracle says it."""
    found: set[tuple[str, ...]] = set()
    for signal in fed.all_signals:
        record_id = signal.evidence[0].record_id if signal.evidence else ""
        match signal.kind():
            case "intent":
                found.add((signal.rule, record_id))
            case "dropped_calls" | "bill_shock":
                found.add((signal.kind(), record_id))
            case "segment":
                found.add((signal.segment, signal.period))
            case "usage_spike":
                found.add(("usage_spike", signal.at[:10]))
    return found


@LOOK
@given(histories())
def test_found_over_time(records: list[Record]) -> None:
    """The same of each kind, whatever comes."""
    terms = plan(allowance(amount=None), allowance("voice", None), price=str(PRICE))
    fed = replay([terms, profile(arrives=START), *map(line_of, records)])
    expected = {
        *intents(records),
        *dropped(records),
        *talkers(records),
        *spikes(records),
        *shocks(records, PRICE),
    }

    assert expected == told(fed)


@LOOK
@given(st.dictionaries(st.integers(1, 9), st.sampled_from(["0.01", "49.99", "50.00", "50.01"]), min_size=1))
def test_basic_over_time(bills: dict[int, str]) -> None:
    """Each month that has a bill, and is not the first of four, looks back on three."""
    lines = [
        event(
            "charge.accrued",
            at=f"2026-{month:02}-15T00:00:00Z",
            amount={"amount": amount, "currency": "CNY"},
            event_id=f"m{month}",
        )
        for month, amount in sorted(bills.items())
    ]
    fed = replay([profile(arrives="2026-01-01T00:00:00Z"), *lines])
    by_month = {f"2026-{month:02}": Decimal(amount) for month, amount in bills.items()}

    assert set(basics(by_month, sorted(by_month))) == told(fed)


@st.composite
def shortages(draw: st.DrawFn) -> list[Record]:
    """Draw some weeks of using and buying data in order of arrival."""
    minute, records = 0, []
    for number in range(draw(st.integers(1, 25))):
        minute += draw(st.sampled_from([1, 60, 60 * 24, 60 * 24 * 4]))
        records.append(
            {
                "kind": draw(st.sampled_from(["data", "buy"])),
                "id": f"n{number}",
                "at_ms": ms("2026-11-01T00:00:00Z") + minute * 60_000,
                "octets": draw(st.sampled_from([1, 1_000_000, 4_000_000, 10_000_000])),
            }
        )
    return records


def shortage_line(record: Record) -> Line:
    """Return the line of a record of a shortage."""
    at, octets = iso(record["at_ms"]), record["octets"]
    if record["kind"] == "data":
        return data(bytes_up=octets, at=at, record_id=record["id"])
    own = {"addon_id": "a", "bucket": "data", "amount": octets, "event_id": record["id"]}
    return event("addon.purchased", at=at, **own)


@LOOK
@given(shortages())
def test_panic_over_time(records: list[Record]) -> None:
    """Whatever is used and bought, month by month."""
    fed = replay([plan(allowance()), profile(), *map(shortage_line, records)])
    found = {one for one in told(fed) if one[0] == "data_panic"}

    assert set(panics(records, 10_000_000)) == found
