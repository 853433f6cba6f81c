"""Notices about usage: which one, when, on which channel."""

import pytest
from msgspec.structs import replace

from schemas.messages import CareEvent, Message
from schemas.outputs import derive_id
from schemas.plans import Beyond, Plan
from schemas.signals import UsageSignals
from schemas.times import MS_PER_DAY, MS_PER_HOUR, format_instant, parse_instant
from streams.responses import respond, usage_notice
from streams.responses.found import Found
from tests.build_found import (
    CLOCK_MS,
    PERIOD_ENDS_AT,
    each_usage_signal,
    exhausted,
    found,
    near_limit,
    overage,
    plan,
    profile,
    regime,
    throttled,
)


def _one(given: Found) -> CareEvent:
    (notice,) = usage_notice.respond(given)
    return notice


@pytest.mark.parametrize(
    ("signal", "kind", "priority"),
    [
        (near_limit(50), "usage_notice", 3),
        (near_limit(100), "usage_notice", 3),
        (throttled(), "throttle_notice", 2),
        (overage(), "limit_notice", 2),
        (exhausted(), "limit_notice", 2),
    ],
)
def test_each_signal_has_its_type_of_notice(signal: UsageSignals, kind: str, priority: int) -> None:
    """Slowing down is no limit that costs or stops, and what is used up is more urgent than what is not."""
    notice = _one(found(signal))

    assert kind == notice.type
    assert kind == notice.decided_by.rule
    assert priority == notice.priority
    assert notice.class_ == "service"


@pytest.mark.parametrize(
    "most_serious", [overage(), throttled(), exhausted()], ids=lambda signal: str(signal.kind())
)
def test_one_record_that_raises_several_signals_of_a_bucket_is_one_notice(most_serious: UsageSignals) -> None:
    """From 10 % to 130 %: the most serious is said, all are the cause, sorted."""
    signals = (near_limit(80), near_limit(100), most_serious)
    notice = _one(found(*signals))

    assert most_serious.kind() == notice.template.id
    assert tuple(sorted(signal.id for signal in signals)) == notice.cause
    assert most_serious.evidence == notice.evidence
    assert most_serious.at == notice.at


def test_the_highest_of_two_levels_is_said() -> None:
    """85 % says more than 50 %."""
    notice = _one(found(near_limit(50), near_limit(85)))

    assert notice.template.params["level"] == "85"


def test_each_bucket_has_its_own_notice() -> None:
    """A change of plan may raise signals of several buckets at once; each is a subject."""
    notices = list(usage_notice.respond(found(near_limit(80), near_limit(80, bucket="sms"))))
    expected = [("id-near-80-data",), ("id-near-80-sms",)]

    assert expected == [notice.cause for notice in notices]


def test_the_identity_is_derived_from_rule_and_sorted_causes() -> None:
    """The same causes have the same id in every run, in whatever order they were raised."""
    signals = (near_limit(100), near_limit(80))
    causes = sorted(signal.id for signal in signals)
    expected = derive_id("care-events", "usage_notice", "8613800000001", "usage_notice", causes)

    assert expected == _one(found(*signals)).id
    assert expected == _one(found(*reversed(signals))).id


def test_a_notice_is_due_within_the_time_of_the_regime_and_expires_with_the_period() -> None:
    """Australia gives 48 hours; a notice about a period that is over helps nobody."""
    notice = _one(found(near_limit(), regime=regime(name="AU", version=2, notice_within_ms=48 * MS_PER_HOUR)))

    assert format_instant(CLOCK_MS + 48 * MS_PER_HOUR) == notice.due_by
    assert notice.expires_at == PERIOD_ENDS_AT
    assert format_instant(CLOCK_MS) == notice.decided_at
    assert notice.decided_by.regime == "AU"
    assert notice.decided_by.regime_version == 2
    assert notice.decided_by.plan_version == 3


def test_a_notice_does_not_lapse_before_it_is_due() -> None:
    """A minute before the period ends, and after it, the law still asks for the notice."""
    ends_ms = parse_instant(PERIOD_ENDS_AT)
    expected = format_instant(ends_ms + MS_PER_DAY)

    assert expected == _one(found(near_limit(late=True), clock_ms=ends_ms)).expires_at


@pytest.mark.parametrize("status", ["prospect", "active", "suspended"])
def test_a_notice_is_service_and_needs_neither_consent_nor_an_active_status(status: str) -> None:
    """Do-not-disturb, absent consent and a suspended line stop offers only."""
    assert _one(found(near_limit(), profile=profile(status=status, dnd=True)))


def test_a_terminated_subscriber_gets_no_usage_notice() -> None:
    """The number may be somebody else's by now."""
    assert not list(usage_notice.respond(found(overage(), profile=profile(status="terminated"))))


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ((), "sms"),
        (("app", "sms"), "app"),
        (("wechat", "app"), "wechat"),
        (("pager", "email"), "email"),
        (("pager",), "sms"),
    ],
)
def test_a_notice_goes_to_the_first_channel_that_can_be_used(
    channels: tuple[str, ...], expected: str
) -> None:
    """The subscriber's order counts; everybody has a number."""
    assert expected == _one(found(near_limit(), profile=profile(channels=channels))).channel


@pytest.mark.parametrize(("signal", "its_plan"), each_usage_signal())
@pytest.mark.parametrize("late", [False, True])
def test_a_late_signal_says_that_the_period_has_ended(
    signal: UsageSignals, its_plan: Plan, *, late: bool
) -> None:
    """Nobody must take last month's total for this month's."""
    notice = _one(found(replace(signal, late=late), plan=its_plan))

    assert late == notice.text.startswith("The billing period that ended 1 Dec 2026 00:00")


@pytest.mark.parametrize("beyond", [Beyond(action="throttle"), Beyond(action="block")])
def test_a_plan_that_does_not_charge_never_speaks_of_a_price(beyond: Beyond) -> None:
    """A plan that throttles instead of charging has no overage."""
    given = found(near_limit(), plan=plan(beyond=beyond))
    notices = [output for output in respond(given) if isinstance(output, Message)]

    assert not [notice for notice in notices if "CNY" in notice.text]


def test_a_catalogue_name_is_in_no_notice() -> None:
    """The name of a plan is advertising that crept in."""
    given = found(near_limit(), overage(), plan=plan(name="畅享套餐 {bucket} %s"))

    assert "畅享套餐" not in _one(given).text
