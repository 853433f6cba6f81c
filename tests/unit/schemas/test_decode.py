"""Every type of WIRE.md decodes, also those that nothing acts on yet."""

from typing import Any

import orjson
import pytest

from schemas import cdr, events
from schemas.decode import decode
from schemas.errors import SchemaError
from schemas.plans import Addon, Plan
from schemas.profile import Group, Profile

USAGE: dict[str, Any] = {"record_id": "r", "subscriber_id": "s", "started_at": 5}
EVENT: dict[str, Any] = {"event_id": "e", "subscriber_id": "s", "at": 5}
MONEY = {"amount": "12.30", "currency": "CNY"}
STEP = {"port_ref": "r", "form": "PAC", "raised_by": "customer", "expires_at": "2026-11-10T12:00:00Z"}
COMPLAINT = {"complaint_id": "c", "topic": "bill_dispute", "channel": "app", "owner": "team"}

#  One row a row of WIRE.md's table, with all of its own fields.
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("port.queried", {"channel": "ussd", "form": "PORT", "agent": "a", "device": "d"}),
    *((f"port.{step}", STEP) for step in ("requested", "code_issued", "completed", "cancelled")),
    ("app.viewed", {"page": "competitor_plans"}),
    ("care.contacted", {"channel": "call", "topic": "data_short"}),
    ("competitor.reported", {"channel": "call"}),
    ("vas.used", {"service_id": "ringtone"}),
    ("service.ordered", {"service": "broadband"}),
    ("service.cancelled", {"service": "family_number"}),
    ("fault.opened", {"fault_id": "f"}),
    ("fault.cleared", {"fault_id": "f"}),
    ("device.changed", {"model": "m", "generation": "5g"}),
    ("sim.swapped", {}),
    ("roaming.entered", {"country": "JP"}),
    ("roaming.left", {"country": "JP"}),
    ("addon.purchased", {"addon_id": "a", "bucket": "data.roaming", "amount": 1, "expires_at": 7}),
    ("balance.reported", {"bucket": "data", "period": "2026-11-01", "used": 1, "as_of": 7}),
    ("charge.accrued", {"amount": MONEY}),
    ("payment.received", {"amount": MONEY}),
    *(
        (f"complaint.{step}", COMPLAINT)
        for step in ("opened", "assigned", "progressed", "resolved", "confirmed", "closed")
    ),
    ("consent.changed", {"purpose": "profiling", "granted": False, "channels": ["sms"], "proof_id": "p"}),
    ("offer.responded", {"offer_id": "o", "response": "accepted"}),
    ("message.reported", {"of": "o", "status": "seen", "channel": "sms"}),
    ("survey.answered", {"survey": "nps", "score": 9}),
]
OPTIONAL = {"form", "agent", "device", "expires_at", "owner", "channels", "proof_id"}


def read(topic: str, value: dict[str, Any], key: bytes = b"s") -> Any:  # noqa: ANN401 - any record
    """Return a record as it is decoded."""
    return decode(topic, key, orjson.dumps(value))


@pytest.mark.parametrize(("kind", "own"), EVENTS, ids=[kind for kind, _ in EVENTS])
def test_event_decodes_with_all_its_fields(kind: str, own: dict[str, Any]) -> None:
    """None renamed, none dropped."""
    event = read("usage-events", {**EVENT, "type": kind, **own})

    assert kind == event.__struct_config__.tag
    assert set(own) <= set(event.__struct_fields__)


@pytest.mark.parametrize(("kind", "own"), EVENTS, ids=[kind for kind, _ in EVENTS])
def test_event_needs_each_field_that_is_not_optional(kind: str, own: dict[str, Any]) -> None:
    """A missing one is ``missing_field`` and named; an optional one may be left out."""
    optional = OPTIONAL - ({"form"} if kind != "port.queried" else set())
    for name in own:
        value = {**EVENT, "type": kind, **{other: own[other] for other in own if other != name}}
        if name in optional:
            read("usage-events", value)
        else:
            with pytest.raises(SchemaError, match=f"missing_field: {name}"):
                read("usage-events", value)


def test_table_of_events_is_whole() -> None:
    """Every type that decodes is in WIRE.md, and the other way round."""
    known = {kind.__struct_config__.tag for kind in events.EventRecord.__args__}

    assert {kind for kind, _ in EVENTS} == known


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("data", {"bytes_up": 1, "bytes_down": 2, "rating_group": 7}),
        ("data", {"bytes_up": 1, "rating_group": "video"}),
        ("voice", {"duration_s": 61, "direction": "in", "destination": "premium"}),
        ("sms", {"count": 2, "direction": "in"}),
        ("mms", {"count": 2, "direction": "out"}),
    ],
)
def test_usage_record_decodes_with_all_its_fields(kind: str, own: dict[str, Any]) -> None:
    """Common ones and its own."""
    common = {
        "source": "pgw7",
        "ended_at": 6,
        "roaming": True,
        "visited": "JP",
        "zero_rated": True,
        "charge": MONEY,
        "ended_by": "dropped",
        "partial": {"sequence": 3, "final": True},
        "provisional": True,
    }
    record = read("cdr", {**USAGE, "type": kind, **common, **own})

    assert (5, 6, "12.30") == (record.started_at, record.ended_at, record.charge.amount)
    assert [] == [name for name in {**common, **own} if name not in record.__struct_fields__]


def test_defaults_are_wires() -> None:
    """What may be left out, and what it then is."""
    record = read("cdr", {**USAGE, "type": "voice", "duration_s": 1})

    assert ("", False, False, None, None, "out", None) == (
        record.source,
        record.roaming,
        record.zero_rated,
        record.charge,
        record.ended_by,
        record.direction,
        record.destination,
    )
    assert (1, "out") == ((sms := read("cdr", {**USAGE, "type": "sms"})).count, sms.direction)
    assert isinstance(sms, cdr.Sms)


@pytest.mark.parametrize("subscriber", ["8613800000001", "+44:x.y_z-1", "A" * 64, "0"])
def test_subscriber_id_may_be_any_of_its_alphabet(subscriber: str) -> None:
    """A number, an IMSI or a pseudonym; nothing may depend on which."""
    record = read("cdr", {**USAGE, "type": "sms", "subscriber_id": subscriber}, subscriber.encode())

    assert subscriber == record.subscriber_id


@pytest.mark.parametrize("subscriber", ["", "A" * 65, "a b", "ä", "a/b", "a\n", "\uff11\uff12\uff13"])
def test_subscriber_id_of_another_alphabet_is_refused(subscriber: str) -> None:
    """1-64 characters of ``0-9 A-Z a-z + : . _ -``."""
    with pytest.raises(SchemaError, match="bad_field: subscriber_id"):
        read("cdr", {**USAGE, "type": "sms", "subscriber_id": subscriber}, subscriber.encode())


def test_example_profile_of_the_contract_decodes() -> None:
    """WIRE.md's own example."""
    profile = read(
        "subscribers",
        {
            "subscriber_id": "s", "plan_id": "cn-128-20", "status": "active", "time_zone": "Asia/Shanghai",
            "cycle_day": 1, "jurisdiction": "CN", "account_type": "person", "account_id": "A77",
            "group_id": None,
            "born_on": "1961-05-02", "joined_on": "2015-03-01", "language": "zh", "channels": ["app", "sms"],
            "contracts": [{"what": "plan", "ends_on": "2027-01-31", "exit_fee": MONEY}],
            "consents": [{"purpose": "commercial", "granted": True, "channels": ["app", "sms"],
                          "at": "2025-01-05T10:00:00+08:00", "source": "app", "proof_id": "c-1"}],
            "credit_limit": MONEY, "bill_limit": None, "overage_consent": False, "notice_opt_outs": [],
            "dnd": False, "port_locked": False, "vas": ["ringtone"],
        },
    )  # fmt: skip

    assert isinstance(profile, Profile)
    assert 1_736_042_400_000 == profile.consents[0].at


def test_example_plan_of_the_contract_decodes() -> None:
    """WIRE.md's own example."""
    plan = read(
        "plans",
        {
            "plan_id": "cn-128-20", "version": 3, "name": "20 GB", "price": "128.00", "currency": "CNY",
            "unit_base": 1000,
            "allowances": [
                {"bucket": "data", "amount": 20000000000,
                 "beyond": {"action": "charge", "price": "5.00", "per": 1000000000}},
                {"bucket": "voice", "amount": 30000, "rounding": "60/60", "counts": "out",
                 "beyond": {"action": "charge", "price": "0.15", "per": 60}},
                {"bucket": "sms", "amount": 100, "beyond": {"action": "charge", "price": "0.10", "per": 1}}],
            "closed": True, "term_months": 0, "exit_fee": "0.00", "benefits": ["video membership"],
            "replaces_on_leaving": None,
        },
        b"cn-128-20",
    )  # fmt: skip

    assert isinstance(plan, Plan)
    assert ["data", "voice", "sms"] == [allowance.bucket for allowance in plan.allowances]


def test_plan_of_required_fields_has_wires_defaults() -> None:
    """``version`` 1, ``name`` = ``plan_id``, and so on."""
    value = {
        "plan_id": "p",
        "currency": "CNY",
        "allowances": [{"bucket": "mms.roaming", "amount": None, "beyond": {"action": "throttle"}}],
    }
    plan = read("plans", value, b"p")
    [allowance] = plan.allowances

    assert (1, "p", "0.00", "0.00", 1000, False, 0, (), None) == (
        plan.version, plan.name, plan.price, plan.exit_fee, plan.unit_base, plan.closed, plan.term_months,
        plan.benefits, plan.replaces_on_leaving,
    )  # fmt: skip
    assert ("1/1", "out", None, None, None) == (
        allowance.rounding, allowance.counts, allowance.beyond.price, allowance.beyond.per,
        allowance.beyond.to_kbps,
    )  # fmt: skip


def test_addon_decodes_with_wires_defaults() -> None:
    """Required: id, bucket, amount; ``fits`` [] = every plan."""
    example = {
        "addon_id": "d5", "version": 1, "name": "5 GB", "price": "10.00", "currency": "CNY", "bucket": "data",
        "amount": 5000000000, "valid": "period", "fits": ["cn-128-20"],
    }  # fmt: skip
    least = read("addons", {"addon_id": "d5", "bucket": "data", "amount": 1}, b"d5")

    assert isinstance(read("addons", example, b"d5"), Addon)
    assert ((), "0.00") == (least.fits, least.price)


def test_group_decodes() -> None:
    """Decoded, validated and in the ledger; sharing is another capability's."""
    group = read(
        "groups",
        {"group_id": "g", "owner_id": "s", "plan_id": "p", "members": ["s", "t"],
         "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"},
        b"g",
    )  # fmt: skip

    assert isinstance(group, Group)


@pytest.mark.parametrize("field", ["corrects", "replaces"])
def test_field_that_is_null_is_as_if_it_were_left_out(field: str) -> None:
    """A record that corrects nothing is an ordinary one."""
    record = read("cdr", {**USAGE, "type": "sms", field: None})

    assert getattr(record, field) is None
