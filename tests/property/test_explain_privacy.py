"""Whatever a file holds: a story shows nothing of anybody else."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cli.explain import explain
from tests.build import NOON, Line, addon, after, allowance, data, event, lines_of, plan, profile, usage

EXAMPLES = settings(max_examples=100, derandomize=True, deadline=None)

ME = "me-1"
OTHERS = ("me-12", "not-me-1", "tel:me-1", "zoe")
"""Three of them hold the subscriber's own id within theirs."""
EVERYONE = (ME, *OTHERS)
THEIRS = "s3cret"
"""In every text that is somebody else's, and in the names of groups and accounts."""

people = st.sampled_from(EVERYONE)
moments = st.integers(-2, 60 * 24).map(lambda hour: after(NOON, hours=hour - 200))


def own(who: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  (fields of a record)
    """Return what a record of somebody says; if not of the subscriber, in words that nobody else uses."""
    secret = {} if who == ME else {"source": THEIRS, "visited_site": THEIRS}
    return {"subscriber_id": who, "called": OTHERS[0], **secret, **fields}


@st.composite
def used(draw: st.DrawFn) -> Line:
    """Draw usage of anybody."""
    who, number = draw(people), draw(st.integers(0, 40))
    record_id = f"r{number}" if who == ME else f"{THEIRS}{number}"
    fields = own(
        who, record_id=record_id, roaming=draw(st.booleans()), zero_rated=draw(st.integers(0, 9)) == 0
    )
    fields |= draw(
        st.sampled_from([{"at": NOON}, {"at": draw(moments)}, {"at": NOON, "arrives": draw(moments)}])
    )
    if draw(st.integers(0, 4)) == 0:
        was = {"bytes_up": draw(st.integers(0, 5_000_000))}
        fields["corrects"] = {"record_id": f"{record_id}-of", "was": was}
    return data(draw(st.integers(0, 60)), **fields)


@st.composite
def done(draw: st.DrawFn) -> Line:
    """Draw an event of anybody."""
    who, number = draw(people), draw(st.integers(0, 40))
    fields = own(who, event_id=f"e{number}" if who == ME else f"{THEIRS}{number}", at=draw(moments))
    kind = draw(st.sampled_from(["addon", "port", "complaint", "paid"]))
    match kind:
        case "addon":
            bought: dict[str, Any] = {"addon_id": "pack", "bucket": "data", "amount": 5_000_000}
            return event("addon.purchased", **fields, **bought)
        case "port":
            return event("port.queried", channel="sms", **fields)
        case "complaint":
            about = {"complaint_id": "c", "topic": "x", "channel": "app", "owner": THEIRS}
            return event("complaint.assigned", **fields, **about)
        case _:
            return event("payment.received", amount={"amount": "5.00", "currency": "CAD"}, **fields)


@st.composite
def known(draw: st.DrawFn) -> Line:
    """Draw a profile of anybody, in a group or an account or neither."""
    return profile(
        **own(draw(people)),
        jurisdiction=draw(st.sampled_from(["CA", "CN", "IN"])),
        group_id=draw(st.sampled_from([None, f"{THEIRS}-group", OTHERS[1]])),
        account_id=draw(st.sampled_from([None, f"{THEIRS}-account"])),
        joined_on=draw(st.sampled_from([None, None, "2026-11-05"])),
        credit_limit=draw(st.sampled_from([None, {"amount": "30.00", "currency": "CAD"}])),
    )


@st.composite
def shared(draw: st.DrawFn) -> Line:
    """Draw a group of some of all."""
    value = {
        "group_id": draw(st.sampled_from([f"{THEIRS}-group", OTHERS[1]])),
        "owner_id": draw(people),
        "plan_id": "p",
        "members": draw(st.lists(people, unique=True)),
        "time_zone": "UTC",
        "cycle_day": 1,
        "jurisdiction": "CA",
    }
    return {"topic": "groups", "timestamp": draw(moments), "value": value}


@st.composite
def mixed_up(draw: st.DrawFn) -> Line:
    """Draw a record whose key and value name two people; what it says is somebody else's."""
    one, other = draw(people), draw(people)
    fields = own(other, record_id=f"{THEIRS}-mixed", source=THEIRS)
    line = draw(
        st.sampled_from([data(1, **fields), usage("voice", duration_s=-1, **fields), profile(**own(other))])
    )
    return {**line, "key": one if one != other else OTHERS[0]}


@st.composite
def cut(draw: st.DrawFn) -> Line:
    """Draw a line that breaks off, or is no envelope or no value; whoever it names, the rest is secret."""
    who = draw(people)
    whole = orjson.dumps({"topic": "cdr", "key": who, "value": own(who, record_id=THEIRS, source=THEIRS)})
    kind = draw(st.sampled_from(["cut", "list", "topic", "null"]))
    match kind:
        case "cut":
            return {"line": whole[: draw(st.integers(1, len(whole) - 1))]}
        case "list":
            return {"topic": "cdr", "key": who, "value": [THEIRS, *OTHERS]}
        case "topic":
            return {"line": whole.replace(b'"cdr"', b'"nowhere"')}
        case _:
            return {"topic": "cdr", "key": who, "value": None}


lines = st.lists(st.one_of(used(), used(), used(), done(), known(), shared(), mixed_up(), cut()), max_size=30)
FIRST: list[Line] = [
    plan(allowance(), allowance("data.roaming", 3_000_000), currency="CAD"),
    addon(),
    *(profile(**own(who), jurisdiction="CA") for who in EVERYONE[:-1]),
]


@EXAMPLES
@given(drawn=lines)
def test_nothing_of_anybody_else_is_in_a_story(drawn: list[Line]) -> None:
    """No other id, no text of another's record, no name of a group or account; as text and as JSON."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "records.jsonl"
        file.write_bytes(b"\n".join(lines_of([*FIRST, *drawn], is_bare=True)))
        for options in ([], ["--all"], ["--json"]):
            shown = CliRunner().invoke(explain, [ME, str(file), *options])

            assert (0, "") == (shown.exit_code, shown.stderr)
            assert [] == [word for word in (THEIRS, *OTHERS) if word in shown.stdout]
