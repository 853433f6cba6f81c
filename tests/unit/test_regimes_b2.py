"""B2: what each jurisdiction says about porting, as data: forms, times, conditions, and what may follow."""

import pytest

from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from streams.regimes import read, shipped, shipped_texts
from streams.regimes.porting_rules import TABLES, PortingRules
from tests.unit.test_regimes import DEFAULT, mistakes_in
from tests.unit.test_regimes_b1 import gaps_of, value_of


def porting(country: str) -> PortingRules:
    """Return what a country's regime says."""
    return shipped().of(country).porting


def test_b2_uk_text_to_switch() -> None:
    """PAC and STAC request, INFO asks; a minute to answer, thirty days to use; nothing keeps the number."""
    rules = porting("GB")

    assert (("INFO",), ("PAC", "STAC")) == (rules.query_forms, rules.request_forms)
    assert (MS_PER_MINUTE, 30 * MS_PER_DAY) == (rules.answer_ms, rules.code_ms)
    assert ((), 0) == (rules.held_by, rules.days_on_network)
    assert ("65075" in rules.next_step.en, "75075" in rules.next_step.en) == (True, True)
    assert "1 working day" in gaps_of("UK")


def test_b2_china_five_conditions() -> None:
    """CXXZ asks whether, SQXZ asks for the code, which holds an hour; 120 days, bills, contracts, state."""
    rules = porting("CN")

    assert (("CXXZ",), ("SQXZ",), MS_PER_HOUR) == (rules.query_forms, rules.request_forms, rules.code_ms)
    assert (120, ("contract", "unpaid", "suspended")) == (rules.days_on_network, rules.held_by)
    assert "real-name" in value_of("CN", "porting.held_by").source


def test_b2_india_grounds_to_refuse_a_code() -> None:
    """PORT to 1900; 90 days, dues, contract, 7 days after a SIM swap; the code holds 4 days."""
    rules = porting("IN")

    assert ("PORT", "UPC") == rules.request_forms
    assert (90, ("contract", "unpaid"), 7 * MS_PER_DAY) == (
        rules.days_on_network,
        rules.held_by,
        rules.sim_swap_ms,
    )
    assert 4 * MS_PER_DAY == rules.code_ms
    assert "Jammu" in gaps_of("IN")


def test_b2_us_keeps_nobody_and_warns_at_once() -> None:
    """FCC 23-95 asks for a notice, 08-159 forbids to make use of another carrier's request."""
    rules = porting("US")

    assert ((), 0, 0) == (rules.held_by, rules.days_on_network, rules.answer_ms)
    assert ("security_notice",) == rules.permits["request_by_gaining_operator"]
    assert "08-159" in value_of("US", "porting.request_by_gaining_operator").source


@pytest.mark.parametrize("country", ["AU", "ZA", "CA", "JM", "DE", "XX"])
def test_countries_of_which_nothing_is_known_have_the_defaults(country: str) -> None:
    """Care only, nothing kept, nothing watched."""
    assert porting("XX") == porting(country)
    assert ("information", "care_call") == porting(country).permits["query"]


def test_a2_9_what_is_suspicious_is_the_same_everywhere() -> None:
    """Seven days after a SIM swap; three numbers in a day."""
    assert {(7 * MS_PER_DAY, 3, 24 * MS_PER_HOUR)} == {
        (one.porting.fraud_ms, one.porting.lines_from_one, one.porting.lines_ms) for one in shipped().all
    }


def test_regime_may_give_some_tables_and_leave_out_others() -> None:
    """As with all other values."""
    text = 'version = 1\ncountries = ["BR"]\n[porting.days_on_network]\nvalue = 9\nsource = "law"\n'
    regimes = read({"default": DEFAULT, "B": text})

    assert (9, regimes.of("XX").porting.permits) == (
        regimes.of("BR").porting.days_on_network,
        regimes.of("BR").porting.permits,
    )
    assert ["porting.days_on_network"] == [name for name, _ in regimes.of("BR").file.given()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[porting.query]\nvalue = ["offer"]\nsource = "x"', "porting.query.value[0]: Invalid"),
        ('[porting.query]\nvalue = ["information"]', "porting.query.source: is missing"),
        ('[porting.answer_seconds]\nvalue = -1\nsource = "x"', "porting.answer_seconds.value: Expected"),
        ('[porting.held_by]\nvalue = ["mood"]\nsource = "x"', "porting.held_by.value[0]: Invalid"),
        ('[porting.next_step]\nvalue = {en = "x"}\nsource = "x"', "porting.next_step.value.zh: is missing"),
        ("[porting.questions]\nvalue = 1", "porting.questions: is not known"),
    ],
)
def test_wrong_table_is_refused_with_its_place(text: str, expected: str) -> None:
    """A person finds the line."""
    (mistake,) = mistakes_in(text)

    assert mistake.startswith(expected)


def test_default_gives_every_table() -> None:
    """What another file leaves out must come from somewhere."""
    given = [name for name, _ in shipped().of("XX").file.given()]

    assert [f"porting.{name}" for name in TABLES] == [name for name in given if name.startswith("porting.")]
    assert "[porting.query]" in shipped_texts()["default.toml"]
