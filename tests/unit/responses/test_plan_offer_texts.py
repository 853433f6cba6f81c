"""Texts of plan offers: whole in both languages, whatever the amounts, names and prices."""

import re
from datetime import date
from typing import Any

import msgspec
import pytest

from schemas.fields import Bucket
from schemas.messages import OfferEvent
from schemas.outputs import emit
from schemas.plans import Allowance, Beyond, Plan
from streams.calculator.question import Leaving, Left
from streams.responses.found import Found
from streams.responses.wording import banned_in
from tests.build_calculator import (
    BLOCK,
    GB,
    LARGER,
    MINUTE,
    PRESENT,
    SLOW,
    data,
    months,
    pack,
    plan,
    voice,
    yuan,
)
from tests.build_found import AGREED, overage, profile
from tests.unit.responses.build_plan_offers import asking, intent, offer, segment

LAST = 2**53 - 1
LONG = ("The very long name of a plan, with {braces} and <signs> & “quotes” " * 20).strip()
BROKEN = re.compile(r"  |\.\.|。。|，。|；。|\(\)|（）")  # noqa: RUF001  (Chinese has its own signs)
"""What a blank that was filled with nothing leaves behind."""
NEVER_MS = 253_402_300_799_999
BUCKETS: tuple[Bucket, ...] = Bucket.__args__  # type: ignore[attr-defined]  # a Literal has them
EVERY_BEYOND = (
    Beyond(action="charge", price="0.000000001", per=1),
    Beyond(action="charge"),
    Beyond(action="throttle", to_kbps=0),
    Beyond(action="throttle"),
    Beyond(action="block"),
    Beyond(action="pay_to_restore"),
    Beyond(action="charge", price="999999999.99", per=LAST),
    SLOW,
)
CLOSED = msgspec.structs.replace(PRESENT, closed=True)
FORTY = months(40, 40, 40)

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "everything_unlimited": {"plans": (plan("all", "9.00", *(_unlimited for _unlimited in (
        Allowance(bucket=bucket, amount=None, beyond=BLOCK) for bucket in BUCKETS))),)},
    "nothing_included": {"plan": plan("p", "500.00"), "plans": (plan("none", "0"),)},
    "free": {"plans": (plan("free", "0.00", data(50)),)},
    "free_now": {"plan": plan("p", "0.00", data(20, BLOCK)), "plans": (plan("q", "0.000000001", data(50)),)},
    "the_most": {"plans": (plan("most", "1.00", *(
        Allowance(bucket=bucket, amount=LAST, beyond=beyond)
        for bucket, beyond in zip(BUCKETS, EVERY_BEYOND, strict=True))),)},
    "long_names": {
        "plan": msgspec.structs.replace(PRESENT, name=LONG, benefits=(LONG,) * 64, closed=True),
        "plans": (msgspec.structs.replace(LARGER, name=LONG, benefits=("另一项权益" * 50,), term_months=1200,
                                          exit_fee="999999999999999999.999999999"),),
    },
    "dear": {"plan": plan("p", "99999999999999999.99", data(20, BLOCK)),
             "plans": (plan("q", "99999999999999999.999999999", data(50)),)},
    "family": {"plans": (msgspec.structs.replace(LARGER, lines=1024),), "household_lines": 1024},
    "family_alone": {"plans": (msgspec.structs.replace(LARGER, lines=3),)},
    "in_1024": {"plan": msgspec.structs.replace(PRESENT, unit_base=1024),
                "plans": (msgspec.structs.replace(LARGER, unit_base=1024),)},
    "bound": {"leaving": Leaving(fee=yuan("0.000000001"), until=date(9999, 12, 31)),
              "plans": (msgspec.structs.replace(LARGER, term_months=24),)},
    "bound_without_end": {"leaving": Leaving(fee=yuan("10"))},
    "left": {"left": tuple(
        Left(bucket=bucket, amount=LAST, expires_ms=NEVER_MS, fits=None) for bucket in BUCKETS)},
    "replaced": {"plan": msgspec.structs.replace(CLOSED, replaces_on_leaving="cn-158-50")},
    "replaced_by_nobody_knows": {"plan": msgspec.structs.replace(CLOSED, replaces_on_leaving="gone")},
    "same_fee": {"plans": (msgspec.structs.replace(LARGER, price="128.00"),)},
    "estimate": {"plan": plan("p", "128.00", data(20), voice(100)),
                 "plans": (plan("q", "158.00", data(50), voice(200, rounding="60/60")),)},
    "pack": {"plans": (), "addons": (pack("d5", "1.00", 5 * GB, name="5 GB"),)},
    "pack_of_the_most": {"plans": (), "addons": (pack("d", "0.000000001", LAST, name=LONG),)},
    "pack_of_one_octet": {"plan": plan("p", "1.00", data(40, BLOCK)), "plans": (),
                          "addons": (pack("d", "0", 1),)},
    "voice_pack": {"plan": plan("p", "89.00", data(100), voice(50)), "plans": (),
                   "addons": (pack("v", "2.00", 60 * MINUTE, "voice"),)},
}  # fmt: skip


def given(name: str, language: str) -> Found:
    """Return a case, for a reader of a language."""
    own = CASES[name]
    who = profile(consents=(AGREED,), language=language)
    used = months(40, 40, 40, minutes=130) if "voice" in name or name == "estimate" else FORTY
    return asking(overage(), used=used, who=who, **own)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", CASES)
def test_a_text_is_whole_with_any_values(name: str, language: str) -> None:
    """No blank is left, no sentence missing, no word banned; and it can be read back."""
    made = offer(given(name, language))
    emitted = emit(made)

    assert emitted.value is not None
    assert made == msgspec.json.decode(emitted.value, type=OfferEvent)
    assert language == made.language
    for text in (
        made.text,
        made.why,
        made.how_to_accept,
        made.how_to_cancel,
        made.how_to_opt_out,
        *made.gives_up,
    ):
        assert text == text.strip()
        assert text
        assert not BROKEN.search(text)
        assert not banned_in(text)
    assert made.text[-1] in ".。"
    assert made.why[-1] in ".。"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", [name for name in CASES if "pack" not in name])
def test_every_condition_of_a_plan_is_in_its_text(name: str, language: str) -> None:
    """What is irreversible, closed, time-bound or costs to leave is said, not only in a field."""
    made = offer(given(name, language))
    no_way_back = "no way back" if language == "en" else "无法再改回"

    assert made.irreversible == (no_way_back in made.text)
    assert made.current_plan_closed == made.irreversible
    assert (made.term_months > 0) == (("binds you for" if language == "en" else "约定期限") in made.text)
    assert (float(made.leaving_fee) > 0) == (
        ("once" if language == "en" else "一次性") in made.text.replace("once you", "")
    )
    assert all(lost in made.text for lost in made.gives_up)


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (segment("data_panic"), "Your data has run out again and again this month;"),
        (segment("voice_heavy"), "You make many calls;"),
        (segment("basic"), "You use little, and steadily;"),
        (intent(), "You have looked for more data, or asked for it;"),
    ],
)
def test_why_is_said_in_one_plain_sentence(signal: Any, words: str) -> None:  # noqa: ANN401  (any signal)
    """The occasion, and that it is the cheapest that is enough."""
    why = offer(asking(signal, used=FORTY)).why

    assert why.startswith(words)
    assert 1 == why.count(".")


def test_names_stay_what_they_are() -> None:
    """Braces in a name are no blanks."""
    odd: Plan = msgspec.structs.replace(LARGER, name="{price} {0}")

    assert "{price} {0}" in offer(asking(overage(), used=FORTY, plans=(odd,))).text
