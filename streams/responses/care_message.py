"""What a rule of care says: a care event for the subscriber, or a task for people."""

from typing import Any

from msgspec import UNSET, Struct

from schemas.messages import CareEvent, Channel, Grant, Template
from schemas.outputs import DecidedBy, Evidence, derive_id
from schemas.tasks import Task
from schemas.times import LAST_MS, format_instant
from schemas.topics import CARE_EVENTS, TASKS
from streams.regimes.care_rules import CareRule
from streams.responses import channels, spoken
from streams.responses.found import Found
from streams.responses.standing import Standing
from streams.responses.texts import language_of, phrase
from streams.version import VERSION


class Occasion(Struct, frozen=True, kw_only=True):
    """Why a rule speaks just now."""

    keys: tuple[object, ...]
    """What its identity has besides the rule: the causes, the event's own identity, or the due time."""
    at_ms: int
    """Event time; for a timer its due time."""
    evidence: tuple[Evidence, ...] = ()
    cause: tuple[str, ...] = ()
    """Ids of the signals that led here, ascending."""


def care_message(
    rule: CareRule, occasion: Occasion, facts: dict[str, str], who: Found | Standing
) -> CareEvent | Task | None:
    """Return what the rule says, with the blanks of its words filled from ``facts``.

    None where it helps nobody any more, or the subscriber cannot be reached as the rule wants.
    """
    expires_ms = occasion.at_ms + rule.useful_ms
    channel = _channel(rule, who)
    if channel is None or expires_ms <= who.clock_ms:
        return None
    common = _common(rule, occasion, facts, who, channel=channel, expires_ms=expires_ms)
    kind: Any = rule.says  # which of the two lists it is from, the rule knows
    if rule.is_task:
        common["id"] = derive_id(TASKS, rule.says, common["subscriber_id"], rule.rule, *occasion.keys)
        role = rule.assignee_role
        return Task(**common, type=kind, kind_=kind, assignee_role=role, reason=rule.rule)
    return CareEvent(**common, type=kind, grant=_grant(rule, occasion))


def _channel(rule: CareRule, who: Found | Standing) -> Channel | None:
    if rule.channels:
        return channels.first_of(who.profile, rule.channels)
    if rule.says == "security_notice":
        return channels.security_channel(who.profile)
    return channels.service_channel(who.profile)


def _common(  # noqa: PLR0913  # all but three by name
    rule: CareRule,
    occasion: Occasion,
    facts: dict[str, str],
    who: Found | Standing,
    *,
    channel: Channel,
    expires_ms: int,
) -> dict[str, Any]:
    """Return the fields that a care event and a task share."""
    profile, regime = who.profile, who.regime
    language = language_of(profile.language)
    facts = {name: text for name, text in facts.items() if name in rule.blanks}
    if rule.grant is not None:
        facts |= _gift_words(rule, occasion, who)
    expires_at = format_instant(min(expires_ms, LAST_MS))
    return {
        "id": derive_id(CARE_EVENTS, rule.says, profile.subscriber_id, rule.rule, *occasion.keys),
        "subscriber_id": profile.subscriber_id,
        "at": format_instant(occasion.at_ms),
        "decided_at": format_instant(who.clock_ms),
        "decided_by": DecidedBy(
            rule=rule.rule,
            regime=regime.name,
            regime_version=regime.version,
            plan_version=None,
            build=VERSION,
        ),
        "evidence": occasion.evidence,
        "cause": occasion.cause,
        "channel": channel,
        "priority": rule.priority,
        "language": language,
        "template": Template(id=rule.rule, version=rule.version, params=facts),
        "text": rule.text.of(language).format_map(facts),
        "why": rule.why.of(language).format_map(facts),
        "due_by": expires_at,
        "expires_at": expires_at,
    }


def _gift_words(rule: CareRule, occasion: Occasion, who: Found | Standing) -> dict[str, str]:
    gift, language = rule.grant, language_of(who.profile.language)
    if gift is None:
        return {}
    ends_ms = occasion.at_ms + gift.ms
    given = spoken.exact(gift.amount, gift.unit, unit_base=1000, language=language)
    name = phrase(f"bucket_{gift.bucket}", language)
    return {
        "grant": f"{given} ({name})",
        "until": spoken.moment(ends_ms, time_zone=who.profile.time_zone, language=language),
    }


def _grant(rule: CareRule, occasion: Occasion) -> Any:  # noqa: ANN401  # or UNSET
    if rule.grant is None:
        return UNSET
    ends_ms = min(occasion.at_ms + rule.grant.ms, LAST_MS)
    return Grant(bucket=rule.grant.bucket, amount=rule.grant.amount, expires_at=format_instant(ends_ms))
