"""Who is likely to leave: events are held against the rules of risk, and what is enough is told.

Most events match no rule and end at one look-up. A reason is looked at when an event makes it true, or a
timer does: a value-added service that nobody uses sends no record.
"""

from collections.abc import Iterator
from typing import Final, get_args

from msgspec import Struct

from schemas.events import Event, MessageReported, PortQueried, PortStep, VasUsed
from schemas.outputs import Evidence
from schemas.profile import Profile
from schemas.signals import PortRoot, RiskReason
from schemas.times import LAST_MS, MS_PER_DAY, format_instant
from streams.core.period import local_day, months_later
from streams.core.risk import Risk, Seen, Where
from streams.core.subscriber import Subscriber
from streams.core.tier import value_of
from streams.entry import Entry
from streams.regimes import Regime
from streams.regimes.risk_rules import EventMatch, Finding, RiskRule
from streams.responses.port_facts import running
from streams.rules import Rules
from streams.signals.change import Cause
from streams.signals.window_change import ChurnChange
from streams.telling import Teller, Turn, cause_of

REASONS: Final[tuple[RiskReason, ...]] = get_args(RiskReason)
EVIDENCE_COUNT_MAX: Final = 9
"""Beside the causing record's: an output has ten."""
SERVICES_TOLD: Final = 16


class Match(Struct, frozen=True):
    """One way in which an event counts under a rule."""

    rule: RiskRule
    event: EventMatch
    is_first: bool
    """It must come before, and does not count itself."""


class Risking:
    """Holds the subscribers of one partition against the rules of risk."""

    def __init__(self, rules: Rules, teller: Teller) -> None:
        self._windows = rules.windows
        self._teller = teller
        self._matches: dict[str, list[Match]] = {}
        self._findings: dict[Finding, list[RiskRule]] = {}
        for rule in rules.windows.risks:
            for event in rule.events:
                self._matches.setdefault(event.event, []).append(Match(rule, event, is_first=False))
            if rule.after is not None:
                self._matches.setdefault(rule.after.event, []).append(Match(rule, rule.after, is_first=True))
            for finding in rule.findings:
                self._findings.setdefault(finding, []).append(rule)

    # -- what comes in

    def event(self, turn: Turn, entry: Entry, event: Event) -> None:
        """Hold an event against the rules, and tell a risk if that is news."""
        if self.note(turn, entry, event):
            self.judge(turn, entry)

    def note(self, turn: Turn, entry: Entry, event: Event) -> bool:
        """Hold an event against the rules; return whether it has made a reason true."""
        state, is_news = turn.state, False
        for match in self._matches.get(str(event.__struct_config__.tag), ()):
            if match.event.matches(event):
                seen = _seen(state, match.rule.reason)
                if match.is_first:
                    is_news |= seen.note_first(entry.at_ms, match.rule, where(entry))
                else:
                    root = root_of(event, self._teller.regime(state))
                    is_news |= seen.note(entry.at_ms, match.rule, where(entry), root=root)
        match event:
            case VasUsed(service_id=service) if state.risk is not None:
                state.risk.use(service, self._unused_ms(state, entry.at_ms))
            case MessageReported(status="failed"):
                rule = self._windows.not_reached
                is_news |= _risk(state).unreached(entry.at_ms, rule, where(entry))
            case MessageReported() if state.risk is not None:
                state.risk.reached()
            case _:
                pass
        return is_news

    def found(self, turn: Turn, entry: Entry, finding: Finding) -> None:
        """Count a finding in usage as the rules say, and tell a risk if that is news."""
        is_news = False
        for rule in self._findings.get(finding, ()):
            is_news |= _seen(turn.state, rule.reason).note(entry.at_ms, rule, where(entry))
        if is_news:
            self.judge(turn, entry)

    def profile(self, state: Subscriber, profile: Profile, *, arrival_ms: int) -> None:
        """Take in which value-added services a subscriber has now."""
        if profile.vas or state.risk is not None:
            _risk(state).set_services(profile.vas, self._unused_ms(state, arrival_ms))

    def fire(self, turn: Turn, now_ms: int) -> None:
        """Tell a risk of services that have been unused for too long by now."""
        risk = turn.state.risk
        if risk is not None and risk.take_unused(now_ms):
            risk.newest_ms = max(risk.newest_ms, now_ms)
            cause = Cause(turn.state.subject, None, None, now_ms, turn.clock_ms)
            self._judge(turn, risk, cause, ("vas_unused", format_instant(now_ms)))

    # -- what comes of it

    def reasons(self, state: Subscriber, now_ms: int) -> tuple[RiskReason, ...]:
        """Return all that holds of a subscriber, in the order of the closed list."""
        risk = state.risk
        if risk is None:
            return ()
        now_ms = max(now_ms, risk.newest_ms)
        holding: set[str] = {
            rule.reason for rule in self._windows.risks if risk.holds(rule.reason, rule.holds_days, now_ms)
        }
        if risk.unused:
            holding.add("vas_unused")
        if risk.holds("not_reached", self._windows.not_reached.holds_days, now_ms):
            holding.add("not_reached")
        if holding and self._has_few_contracts(state, now_ms):
            holding.add("few_contracts")
        return tuple(reason for reason in REASONS if reason in holding)

    def judge(self, turn: Turn, entry: Entry) -> None:
        """Tell a risk if all that holds is enough, and none was told lately."""
        keys = (entry.record.source, entry.record_id)
        risk = _risk(turn.state)
        risk.newest_ms = max(risk.newest_ms, entry.at_ms)
        self._judge(turn, risk, cause_of(turn, entry), keys)

    def _judge(self, turn: Turn, risk: Risk, cause: Cause, keys: tuple[str, str]) -> None:
        state, rule = turn.state, self._windows.churn_risk
        reasons = self.reasons(state, cause.at_ms)
        score = sum(self._weight(reason) for reason in reasons)
        profile = state.read_profile()
        if not rule.score.is_met(score) or profile is None or profile.status in {"prospect", "terminated"}:
            return
        if state.porting is not None and state.porting.has_gone(state.joined_ms):
            return
        seen = [risk.seen[reason] for reason in reasons if reason in risk.seen]
        roots = tuple(root for root in get_args(PortRoot) if root in {one.root for one in seen})
        if roots and state.porting is not None:
            # To say that care comes first would be to say why, for of this risk sales has not heard.
            # Also while an earlier risk of other reasons is not told again.
            state.porting.block(cause.at_ms + rule.care_first_days * MS_PER_DAY)
        if cause.at_ms < risk.told_ms + rule.cooldown_days * MS_PER_DAY:
            return
        risk.told_ms = cause.at_ms
        change = ChurnChange(
            cause=cause,
            keys=keys,
            reasons=reasons,
            score=score,
            value=value_of(state.months, self._windows.tiers),
            services=tuple(sorted(risk.unused)[:SERVICES_TOLD]),
            roots=roots,
            evidence=tuple(_evidence(seen, cause)),
        )
        self._teller.tell_windows(turn, (change,))

    def _weight(self, reason: RiskReason) -> int:
        match reason:
            case "vas_unused":
                return self._windows.vas_unused.weight
            case "few_contracts":
                return self._windows.few_contracts.weight
            case "not_reached":
                return self._windows.not_reached.weight
            case _:
                return next(rule.weight for rule in self._windows.risks if rule.reason == reason)

    def _has_few_contracts(self, state: Subscriber, now_ms: int) -> bool:
        profile, rule = state.read_profile(), self._windows.few_contracts
        if profile is None:
            return False
        then = local_day(profile.time_zone, min(now_ms + rule.days * MS_PER_DAY, LAST_MS - MS_PER_DAY))
        return len(running(profile.contracts, then)) <= rule.at_most

    def _unused_ms(self, state: Subscriber, at_ms: int) -> int:
        """Return when a service that was last used at an instant has been unused for too long."""
        rule = self._windows.vas_unused
        if rule.days is not None:
            return at_ms + rule.days * MS_PER_DAY
        return months_later(state.zone_at(at_ms), at_ms, rule.months or 0)


def where(entry: Entry) -> Where:
    """Return where a record lies."""
    return entry.raw.topic, entry.raw.partition, entry.raw.offset, entry.record_id


def root_of(event: Event, regime: Regime) -> PortRoot | str:
    """Return what an event has to do with porting, nothing if it has not."""
    match event:
        case PortQueried(form=form):
            return "request_by_customer" if regime.porting.is_request(form) else "query"
        case PortStep(raised_by=raised_by):
            return f"request_by_{raised_by}"
        case _:
            return ""


def _risk(state: Subscriber) -> Risk:
    if state.risk is None:
        state.risk = Risk()
    return state.risk


def _seen(state: Subscriber, reason: RiskReason) -> Seen:
    return _risk(state).seen.setdefault(reason, Seen())


def _evidence(seen: list[Seen], cause: Cause) -> Iterator[Evidence]:
    """Yield the newest records of the reasons, without the causing one and none twice."""
    told = {(one.topic, one.partition, one.offset) for one in cause.evidence}
    places = [place for one in seen for place in (one.newest, one.first) if place is not None]
    count = 0
    for topic, partition, offset, record_id in places:
        if (topic, partition, offset) not in told and count < EVIDENCE_COUNT_MAX:
            told.add((topic, partition, offset))
            count += 1
            yield Evidence(topic=topic, partition=partition, offset=offset, record_id=record_id)
