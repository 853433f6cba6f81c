"""``usagewatch calculate``: what each alternative would have cost one subscriber, and nobody else."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from click.testing import CliRunner, Result

from streams.cli import main
from streams.cli.calculate import calculate
from streams.cli.calculate_picture import Bar, picture
from tests.build import (
    NOON,
    SUBSCRIBER,
    Line,
    addon,
    allowance,
    data,
    lines_of,
    plan,
    profile,
    replay,
    voice,
)

GB = 10**9
OTHER = "4915100000099"
BY_GB = {"action": "charge", "price": "5.00", "per": GB}
NASTY = '<script>alert("x")</script> & "20 GB" \'{plan}\''
CONSENT = {"purpose": "commercial", "granted": True, "at": "2026-01-01T00:00:00Z"}
PLANS: list[Line] = [
    plan(allowance(amount=20 * GB, beyond=BY_GB), name=NASTY, price="128.00", closed=True),
    plan(allowance(amount=50 * GB, beyond=BY_GB), plan_id="cn-158-50", name="50 GB", price="158.00",
         term_months=12, exit_fee="100.00"),
    plan(allowance(amount=None), plan_id="all", name="Unlimited", price="399.00"),
    plan(allowance(amount=None), plan_id="usd", price="1.00", currency="USD"),
    addon(addon_id="d5", name="5 GB", amount=5 * GB, price="10.00"),
]  # fmt: skip
BOUND = {"what": "plan", "ends_on": "2027-01-31", "exit_fee": {"amount": "20.00", "currency": "CNY"}}
WHO = profile(arrives="2026-08-01T00:00:00Z", contracts=[BOUND], consents=[CONSENT], channels=["app"])
USE: list[Line] = [
    data(bytes_up=40 * GB, at=f"2026-{month:02}-10T12:00:00Z", record_id=f"m{month}") for month in (8, 9, 10)
]
NOW = data(bytes_up=21 * GB, record_id="now")
THEIRS = [profile(subscriber_id=OTHER), data(bytes_up=7_777_777_777, subscriber_id=OTHER, record_id="secret")]
RECORDS: list[Line] = [*PLANS, WHO, *USE, *THEIRS, NOW]


def calculated(folder: Path, *options: str, records: list[Line] = RECORDS, who: str = SUBSCRIBER) -> Result:
    """Return what the command did with a file of these records."""
    file = folder / "records.jsonl"
    file.write_bytes(b"\n".join(lines_of(records, is_bare=True)))
    return CliRunner().invoke(calculate, [who, str(file), *options], catch_exceptions=False)


def plain(folder: Path, *options: str, records: list[Line] = RECORDS) -> dict[str, Any]:
    """Return its JSON."""
    found: dict[str, Any] = orjson.loads(calculated(folder, "--json", *options, records=records).stdout)
    return found


class Elements(HTMLParser):
    """Reads a page as a browser would, and notes what it is made of."""

    VOID = frozenset(["meta", "link", "br", "hr", "img", "input"])

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last, and nothing else."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Gather what is to be read."""
        self.text += data


def page(folder: Path, *options: str, records: list[Line] = RECORDS) -> tuple[str, Elements]:
    """Return the page, and what it is made of."""
    file = folder / "report.html"
    calculated(folder, "--html", str(file), *options, records=records)
    source = file.read_text("utf-8")
    elements = Elements()
    elements.feed(source)
    elements.close()
    assert [] == elements.open
    return source, elements


def test_a4_1_need_fee_and_saving_are_told(tmp_path: Path) -> None:
    """Twenty GB for ¥128, forty used: fifty for ¥158."""
    found = plain(tmp_path)

    assert (True, "cn-158-50", "128.00", "158.00", "30.00") == (
        found["needs_upgrade"],
        found["recommended"],
        found["monthly_fee"],
        found["new_monthly_fee"],
        found["fee_delta"],
    )
    assert ("228.00", "158.00", "228.00", "70.00", "70.00") == (
        found["monthly_cost"],
        found["new_monthly_cost"],
        found["paid_monthly"],
        found["saves"],
        found["saves_against_paid"],
    )
    assert ["cn-158-50", "d5", "p", "all"] == [option["id"] for option in found["options"]]
    assert ("1916.00", 12, "100.00", "20.00") == tuple(
        found["options"][0][name] for name in ("first_year_cost", "term_months", "exit_fee", "leaving_fee")
    )
    assert ({"fee": "20.00", "until": "2027-01-31"}, {"other_currency": 1}) == (
        found["leaving"],
        found["left_out"],
    )


def test_a4_1_the_stream_offers_what_the_command_says(tmp_path: Path) -> None:
    """The same function, the same result."""
    found = plain(tmp_path)
    offers = replay(RECORDS, is_bare=True).offers
    last = offers[-1]

    assert (found["recommended"], found["fee_delta"]) == (last.options[0].id, last.price_delta)
    assert {option["id"]: option["monthly_cost"] for option in found["options"]} == {
        {"stay": "p"}.get(option.id, option.id): option.monthly_cost for option in last.options
    } | {"all": "399.00"}
    assert [found["leaving"]["fee"]] == [last.leaving_fee]


@pytest.mark.parametrize(
    "words",
    [
        "2026-08-01 40 GB CNY 228.00",
        "2026-11-01 so far 21 GB",
        "→ 50 GB CNY 158.00 CNY 158.00 -70.00 yes 12 months, exit CNY",
        "stay + 5 GB (4, 4, 4) CNY 128.00 CNY 168.00 -60.00 yes -",
        "Upgrade needed: yes. 50 GB is the cheapest that is enough.",
        "New monthly fee CNY 158.00, +30.00 against the fee now; a month of such use costs CNY 70.00 less",
        "is no longer sold: there is no way back to it.",
        "The present contract runs until 2027-01-31: leaving costs CNY 20.00.",
        "Left out, other currency: 1.",
    ],
)
def test_table_has_use_alternatives_and_what_binds(words: str, tmp_path: Path) -> None:
    """For a person at a terminal."""
    done = calculated(tmp_path)

    assert 0 == done.exit_code
    assert " ".join(words.split()) in " ".join(done.stdout.split())


def test_nobody_else_is_in_any_of_it(tmp_path: Path) -> None:
    """Neither another's id nor another's use."""
    source, _ = page(tmp_path)
    for text in (source, calculated(tmp_path).stdout, calculated(tmp_path, "--json").stdout):
        assert OTHER not in text
        assert "7.78 GB" not in text
        assert "7777777777" not in text


def test_another_day_has_other_months(tmp_path: Path) -> None:
    """On the last day of October, October is not over; a file that ends with it is read on 1 November."""
    records = [*PLANS, WHO, *USE]

    assert ["2026-08-01", "2026-09-01"] == [one["day"] for one in plain(tmp_path, records=records)["months"]]
    assert "2026-10-01" == plain(tmp_path, "--on", "2026-11-01", records=records)["months"][-1]["day"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_needs_nothing_else_and_is_well_made(tmp_path: Path, language: str) -> None:
    """No script, no link, nothing fetched; one heading, a caption, headed columns and rows."""
    source, elements = page(tmp_path, "--language", language)
    tags = [tag for tag, _ in elements.seen]
    attributes = [name for _, given in elements.seen for name in given]

    assert not {"script", "link", "img", "iframe", "object", "image", "a", "use"} & set(tags)
    assert not {"src", "href", "onload", "xlink:href"} & set(attributes)
    assert "url(" not in source.replace("url(#", "")
    assert {"en": "en", "zh": "zh-Hans"}[language] == dict(elements.seen)["html"]["lang"]
    assert (1, 1, 1) == (tags.count("h1"), tags.count("caption"), tags.count("main"))
    assert {"col", "row"} == {given["scope"] for tag, given in elements.seen if tag == "th"}
    ids = [given["id"] for _, given in elements.seen if "id" in given]
    assert len(set(ids)) == len(ids)


def test_names_are_escaped(tmp_path: Path) -> None:
    """What an operator, or a thief, calls a plan is text."""
    source, elements = page(tmp_path)

    assert "<script" not in source
    assert NASTY in elements.text


def test_picture_is_told_in_words_too(tmp_path: Path) -> None:
    """Title and description, an amount at each bar, hatching for what is not use: no colour is needed."""
    source, _ = page(tmp_path)
    drawing = ET.fromstring(source[source.index("<svg") : source.index("</svg>") + 6])  # noqa: S314  (our own)
    svg = "{http://www.w3.org/2000/svg}"
    described = drawing.findtext(f"{svg}desc") or ""
    rows = drawing.findall(f"{svg}g")
    fills = [row.find(f"{svg}rect").get("fill") for row in rows]  # type: ignore[union-attr]  # each has one
    widths = [int(row.find(f"{svg}rect").get("width", "")) for row in rows]  # type: ignore[union-attr]  # likewise

    assert "img" == drawing.get("role")
    assert "data-title data-desc" == drawing.get("aria-labelledby")
    assert "used, month from 2026-08-01: 40 GB; " in described
    assert "50 GB: 50 GB" in described
    assert ["#1f4e79"] * 3 + ["url(#data-hatch)"] * 4 == fills
    # 40 GB used three times; 50 GB fills the scale, 40 GB with packs, 20 GB to stay, unlimited.
    assert [264, 264, 264, 330, 264, 132, 330] == widths
    assert ["40 GB", "40 GB", "40 GB", "50 GB", "40 GB", "20 GB", "unlimited →"] == [
        row.findall(f"{svg}text")[1].text for row in rows
    ]


def test_bars_end_where_the_scale_does() -> None:
    """A quarter beyond the most used; an allowance of millions of GB is no longer than that, and says so."""
    bars = [
        Bar(label="used", amount=100, said="100", is_use=True),
        Bar(label="just", amount=125, said="125", is_use=False),
        Bar(label="beyond <&>", amount=2**53, said="much", is_use=False),
        Bar(label="a name of more than thirty-four letters", amount=0, said="0", is_use=False),
    ]
    drawing = ET.fromstring(picture(bars, name="x", title="<&>", most="100"))  # noqa: S314  (our own)
    svg = "{http://www.w3.org/2000/svg}"
    rows = drawing.findall(f"{svg}g")

    assert ["264", "330", "330", "0"] == [row.find(f"{svg}rect").get("width") for row in rows]  # type: ignore[union-attr]  # each has one
    assert ["100", "125", "much →", "0"] == [row.findall(f"{svg}text")[1].text for row in rows]
    assert "a name of more than thirty-four l…" == rows[3].findall(f"{svg}text")[0].text
    assert "a name of more than thirty-four letters: 0" == rows[3].findtext(f"{svg}title")


def test_page_is_in_the_subscribers_own_language(tmp_path: Path) -> None:
    """Unless another is asked for."""
    who = profile(arrives="2026-08-01T00:00:00Z", language="zh-CN")
    records = [*PLANS, who, *USE, NOW]

    assert "按您的用量计算的费用" in page(tmp_path, records=records)[0]
    assert "What your use costs" in page(tmp_path, "--language", "en", records=records)[0]


def test_page_holds_any_amount(tmp_path: Path) -> None:
    """Nothing used but one octet, everything used, no allowance at all."""
    last = 2**53 - 1
    empty = [
        plan(allowance("voice", 0, beyond={"action": "block"}), price="0"),
        plan(plan_id="q", price="9" * 18),
    ]
    for used in (voice(1, at="2026-10-10T12:00:00Z"), voice(last, at="2026-10-10T12:00:00Z")):
        source, elements = page(
            tmp_path, records=[*empty, profile(arrives="2026-08-01T00:00:00Z"), used, NOW]
        )

        assert "<svg" in source
        assert "Nothing that is sold is enough for such use." in elements.text


@pytest.mark.parametrize(
    ("records", "who", "words"),
    [
        (RECORDS, "nobody", "no profile of that subscriber"),
        ([*PLANS, WHO, data(1)], SUBSCRIBER, "no whole billing period"),
        ([profile(plan_id=None), data(1)], SUBSCRIBER, "no plan of that subscriber"),
    ],
)
def test_where_there_is_nothing_to_compare_it_is_said_why(
    records: list[Line], who: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, and what to do."""
    if records is not RECORDS:
        records = [profile() if line is WHO else line for line in records]
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(lines_of(records, is_bare=True)))
    with pytest.raises(SystemExit) as left:
        main(["calculate", who, str(file)])
    said = capsys.readouterr()

    assert (1, "") == (left.value.code, said.out)
    assert words in said.err
    assert SUBSCRIBER not in said.err


def test_a_group_is_asked_about_at_its_owner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All lines together; a member is told whom to ask."""
    group: Line = {
        "topic": "groups",
        "timestamp": "2026-09-01T00:00:00Z",
        "value": {
            "group_id": "g", "owner_id": SUBSCRIBER, "plan_id": "p", "members": [SUBSCRIBER, "2"],
            "time_zone": "UTC", "cycle_day": 1, "jurisdiction": "CN",
        },
    }  # fmt: skip
    family = plan(allowance(amount=50 * GB), plan_id="family", price="140.00", lines=4)
    other = profile(subscriber_id="2", arrives="2026-08-01T00:00:00Z")
    lines: list[Line] = [
        data(bytes_up=20 * GB, at="2026-10-10T12:00:00Z", record_id="a"),
        data(bytes_up=20 * GB, at="2026-10-10T12:00:00Z", record_id="b", subscriber_id="2"),
        data(bytes_up=1, at=NOON, record_id="c"),
    ]
    records = [*PLANS, family, WHO, other, group, *lines]
    found = plain(tmp_path, records=records)

    assert ("family", {"data": 40 * GB}) == (found["recommended"], found["months"][-1]["used"])
    assert 2 == found["left_out"]["too_few_lines"]
    with pytest.raises(SystemExit):
        main(["calculate", "2", str(tmp_path / "records.jsonl")])
    assert "ask for the group's owner" in capsys.readouterr().err
