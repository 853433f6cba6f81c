"""The rules of care at work: what happens, what the calendar brings, and what does not happen.

Which rules there are is data (`streams.regimes.care`); what they say is made in `streams.responses`. Here it
is decided whether one speaks now, waits for its day, or for nothing at all.
"""

from collections.abc import Iterable, Iterator

from schemas.events import Event, VasUsed
from schemas.outputs import emit
from schemas.profile import Profile
from schemas.tasks import Task
from schemas.times import MS_PER_DAY, format_instant
from streams.care_days import CareDays, dues
from streams.core.care import CareState, Reminder
from streams.core.care_calendar import days_after, months_after
from streams.core.catalog import Catalog
from streams.core.period import day_start
from streams.core.recent import Recent
from streams.core.subscriber import Subscriber
from streams.entry import Entry
from streams.observe.moved import Moved
from streams.regimes.care_rules import CareRule
from streams.responses import care_facts
from streams.responses.care_message import Occasion, care_message
from streams.responses.standing import Standing
from streams.rules import Rules
from streams.signals.change import Cause
from streams.telling import Teller, Turn, cause_of

NEW_MS = 7 * MS_PER_DAY
"""A first profile of an active subscriber is news if the subscriber joined so lately; else it is a history
that is read in, and nobody is to be welcomed for having been there for years."""


_NOTHING = CareState()


class Caring:
    """Follows the rules of care for the subscribers of one partition."""

    def __init__(self, catalog: Catalog, rules: Rules, teller: Teller) -> None:
        self._catalog = catalog
        self._care = rules.care
        self._rules = rules
        self._teller = teller
        self._calendar = CareDays(rules.care.of_calendar)

    # -- what happens

    def event(self, turn: Turn, entry: Entry, event: Event) -> None:
        """Follow the rules that wait for an event of this type."""
        if isinstance(event, VasUsed) and turn.state.care is not None:
            turn.state.care.use_service(event.service_id, at_ms=event.at)
            self._settle(turn.state, turn.state.read_profile())
        kind = str(event.__struct_config__.tag)
        for rule in self._care.by_unless.get(kind, ()):
            if rule.takes_back(event):
                self._take_back(turn.state, rule, event.at)
        for rule in self._care.by_event.get(kind, ()):
            if not rule.fits(event) or (rule.when.limits and not self._is_often(turn.state, event, rule)):
                continue
            occasion = Occasion(
                keys=(event.source, event.event_id), at_ms=event.at, evidence=cause_of(turn, entry).evidence
            )
            self._follow(turn, rule, occasion, care_facts.fields_of(event))

    def profile(self, turn: Turn, profile: Profile, cause: Cause, before: Profile | None) -> None:
        """Follow the rules that look at a new profile, and wait for its days from now on.

        ``before``: the one that it replaces, if it does.
        """
        if not self._care.rules:
            return  # nothing to wait for, so nothing to remember
        state = turn.state
        # Every timer due by then has fired: what a new profile says of days before it comes too late.
        state.care_looked_ms = max(state.care_looked_ms, cause.at_ms)
        is_status_new = _is_news(profile, cause.at_ms) if before is None else before.status != profile.status
        is_plan_new = before is not None and _is_another_plan(before.plan_id, profile.plan_id)
        services = profile.vas if self._care.of_services else ()
        if services or state.care is not None:
            _care_of(state, cause.at_ms).set_services(services, now_ms=cause.at_ms)
        for rule in self._care.of_profiles if is_status_new or is_plan_new else ():
            if (is_status_new and rule.when.status == profile.status) or (
                is_plan_new and rule.when.plan_changed
            ):
                occasion = Occasion(
                    keys=(format_instant(cause.at_ms),), at_ms=cause.at_ms, evidence=cause.evidence
                )
                self._follow(turn, rule, occasion, {})
        self._settle(state, profile)  # as it came: reading it back is a third of what care costs here

    def moved(self, turn: Turn, moved: Iterable[Moved]) -> None:
        """Wait for the days of rules that are about a bucket of which much is used now."""
        state = turn.state
        for rule in self._care.of_used:
            only = rule.only.used
            if only is None or rule.rule in _armed(state):
                continue
            for one in moved:  # most records end here, one after the other: no generator is made for them
                if one.bucket == only.bucket and only.is_met(one.usage.used, one.usage.allowance):
                    care = _care_of(state, turn.clock_ms)
                    care.armed = (*care.armed, rule.rule)
                    self._settle(state, state.read_profile())
                    break

    # -- what time brings

    def fire(self, turn: Turn, now_ms: int) -> None:
        """Follow what is due."""
        state = turn.state
        if state.care_due_ms is None or state.care_due_ms > now_ms:
            return
        profile = state.read_profile()
        if profile is not None:
            for rule in self._calendar.rules_of(profile, _armed(state)):
                for due_ms in dues(rule, profile, after_ms=state.care_looked_ms, until_ms=now_ms):
                    self._tell_due(turn, rule, due_ms, care_facts.contract_facts(rule, profile, due_ms))
        if state.care is not None:
            self._fire_noted(turn, state.care, profile, now_ms)
        state.care_looked_ms = max(state.care_looked_ms, now_ms)
        self._settle(state, profile)

    def _fire_noted(self, turn: Turn, care: CareState, profile: Profile | None, now_ms: int) -> None:
        """Follow what is due of what was noted: services that are not used, and days after an event."""
        for name, due_ms, rule in () if profile is None else self._unused(care, profile):
            if due_ms <= now_ms and care.services is not None:
                care.services = {**care.services, name: None}
                self._tell_due(turn, rule, due_ms, care_facts.service_facts(rule, name))
        waiting = care.reminders
        care.reminders = tuple(one for one in waiting if one.due_ms > now_ms)
        for reminder in waiting:
            told = self._care.named(reminder.rule) if reminder.due_ms <= now_ms else None
            if told is not None:
                self._tell_due(turn, told, reminder.due_ms, dict(reminder.facts or {}))

    # -- own

    def _follow(self, turn: Turn, rule: CareRule, occasion: Occasion, facts: dict[str, str]) -> None:
        """Let a rule speak, now or so many days later."""
        if not rule.when.days:
            self._tell(turn, rule, occasion, facts)
            return
        profile = turn.state.read_profile()
        if profile is not None and rule.holds_for(profile):
            due_ms = days_after(profile.time_zone, occasion.at_ms, rule.when.days, rule.when.at)
            spoken = {name: text for name, text in facts.items() if name in rule.blanks}
            _care_of(turn.state, turn.clock_ms).add_reminder(Reminder(due_ms, rule.rule, spoken or None))
            self._settle(turn.state, profile)

    def _take_back(self, state: Subscriber, rule: CareRule, at_ms: int) -> None:
        """Wait no more for what a rule would say of anything that happened by an instant."""
        profile = state.read_profile()
        if profile is None or state.care is None:
            return
        due_ms = days_after(profile.time_zone, at_ms, rule.when.days, rule.when.at)
        state.care.drop_reminders(rule.rule, until_ms=due_ms)
        self._settle(state, profile)

    def _tell_due(self, turn: Turn, rule: CareRule, due_ms: int, facts: dict[str, str]) -> None:
        self._tell(turn, rule, Occasion(keys=(format_instant(due_ms),), at_ms=due_ms), facts)

    def _tell(self, turn: Turn, rule: CareRule, occasion: Occasion, facts: dict[str, str]) -> None:
        """Append what a rule says, if it holds for the subscriber as things are."""
        if self._rules.is_muted(turn.clock_ms):
            return
        standing = self._teller.notices.standing(turn)
        if standing is None or not rule.holds_for(standing.profile):
            return
        more = self._facts(turn, rule, standing, facts)
        said = None if more is None else care_message(rule, occasion, more, standing)
        if isinstance(said, Task):
            turn.out.append(emit(said))
        elif said is not None:
            self._teller.notices.notify(turn, said, standing)

    def _facts(
        self, turn: Turn, rule: CareRule, standing: Standing, facts: dict[str, str]
    ) -> dict[str, str] | None:
        """Return what the text may speak of; None where the bucket that the rule is about is not so far."""
        state = turn.state
        period = next((one for one in state.periods if one.starts_ms <= turn.clock_ms < one.ends_ms), None)
        plan_id = state.period_at(turn.clock_ms).plan_id
        plan = None if plan_id is None else self._catalog.plan(plan_id)
        if rule.only.used is None:
            return facts | care_facts.event_facts(rule, standing, plan, period)
        if period is None or plan is None:
            return None
        found = care_facts.used_facts(rule.only.used, standing, plan, period)
        return None if found is None else facts | found

    def _is_often(self, state: Subscriber, event: Event, rule: CareRule) -> bool:
        care, same = _care_of(state, event.at), rule.when.same
        name = rule.rule if same is None else f"{rule.rule}/{getattr(event, same)}"
        own = (care.recent or {}).get(name) or Recent()
        reached = own.note(event.at, rule.counts)
        care.set_recent(name, own)
        return reached is not None

    def _settle(self, state: Subscriber, profile: Profile | None) -> None:
        """Bring the first timer up to date; what nothing is remembered for goes."""
        care, due = state.care, list[int]()
        if profile is not None:
            due += self._calendar.next_days(profile, _armed(state), after_ms=state.care_looked_ms)
        if care is not None:
            due += [reminder.due_ms for reminder in care.reminders]
            if profile is not None:
                due += [due_ms for _, due_ms, _ in self._unused(care, profile)]
            if care == _NOTHING:
                state.care = None
        state.care_due_ms = min(due, default=None)

    def _unused(self, care: CareState, profile: Profile) -> Iterator[tuple[str, int, CareRule]]:
        """Yield the services that have not been told of, and when each will have been unused for too long."""
        services = care.services or {}
        for rule in self._care.of_services:
            if rule.holds_for(profile):
                for name, used_ms in services.items():
                    if used_ms is not None:
                        months, at = rule.when.months, rule.when.at
                        yield name, months_after(profile.time_zone, used_ms, months, at), rule


def _care_of(state: Subscriber, now_ms: int) -> CareState:
    """Return what is remembered of a subscriber, from now on at least."""
    state.care_looked_ms = state.care_looked_ms or now_ms
    if state.care is None:
        state.care = CareState()
    return state.care


def _armed(state: Subscriber) -> tuple[str, ...]:
    return () if state.care is None else state.care.armed


def _is_news(profile: Profile, now_ms: int) -> bool:
    """Return whether a first profile tells of something that has just begun."""
    if profile.status == "prospect":
        return True
    joined = profile.joined_on
    if profile.status != "active" or joined is None:
        return False
    return now_ms < day_start(profile.time_zone, joined) + NEW_MS


def _is_another_plan(before: str | None, now: str | None) -> bool:
    """Return whether one plan has taken the place of another."""
    return None not in (before, now) and before != now
