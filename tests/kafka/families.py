"""Groups of three lines each, spread over the partitions, and what they use."""

from tests.build import Line, after, allowance, data, lines_of, plan, profile, sms

START = "2026-11-01T00:00:00Z"
GROUP_COUNT = 40
TERMS = [
    plan(allowance(amount=30_000_000), plan_id="family"),
    plan(allowance(), allowance("sms", 10), plan_id="own"),
]


def line_of(group: int, member: int) -> str:
    """Return a line's id."""
    return f"49170{group:03}{member}"


def family(group: int) -> list[Line]:
    """Return a group of three and its lines."""
    members = [line_of(group, member) for member in range(3)]
    record = {"group_id": f"g{group}", "owner_id": members[0], "plan_id": "family", "members": members}
    record |= {"time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN"}  # type: ignore[dict-item]
    lines: list[Line] = [{"topic": "groups", "timestamp": START, "value": record}]
    lines += [profile(subscriber_id=who, plan_id="own", group_id=f"g{group}") for who in members]
    return lines


def usage(group: int) -> list[Line]:
    """Return 36 MB of a group's data, past all its levels, and messages that come back to their lines."""
    records = []
    for number in range(12):
        own = {"subscriber_id": line_of(group, number % 3), "at": after(START, hours=2 + number)}
        records += [
            data(bytes_up=3_000_000, record_id=f"d{group}-{number}", **own),
            sms(3, record_id=f"s{group}-{number}", **own),
        ]
    return records


GROUPS = [line for group in range(GROUP_COUNT) for line in family(group)]
USAGE = sorted(
    (line for group in range(GROUP_COUNT) for line in usage(group)),
    key=lambda line: line["value"]["started_at"],
)
CATALOGUE = lines_of(TERMS, is_bare=True)
LINES = lines_of([*TERMS, *GROUPS, *USAGE], is_bare=True)
