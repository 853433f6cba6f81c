"""The state of one subscriber, and the only functions that change it.

Changed in place: copying it for each record would cost more than the work. Every collection has a bound,
stated where it is declared. Structs are arrays on disk: a field is appended, never moved, and each such
change raises `stored.VERSION`. What most subscribers have none of is an empty tuple or None: it costs no
object. None can be part of a cycle: ``gc=False`` keeps the garbage collector from looking at each of tens of
thousands of live states again and again (a third of the time of a replay).
"""

from typing import Final

import msgspec
from msgspec import Struct, field

from schemas.errors import Reason, SchemaError
from schemas.events import ConsentChanged
from schemas.profile import Consent, Profile
from schemas.times import MS_PER_DAY
from streams.core import consents, provisional
from streams.core.bill import Bill
from streams.core.care import CareState
from streams.core.charges import Charges
from streams.core.contact import Contact
from streams.core.grants import GRANT_COUNT_MAX, Grant, allowance_of, settle, with_grant
from streams.core.held import Held, has_room
from streams.core.history import Month
from streams.core.identity import Identities
from streams.core.kept_profile import pack, unpack
from streams.core.origin import Origin
from streams.core.period import Term, day_start, span_at, terms_after
from streams.core.porting import Porting
from streams.core.provisional import Provisional
from streams.core.recent import Recent
from streams.core.risk import Risk
from streams.core.spike import Spike
from streams.core.usage import Period, Usage
from streams.core.window import Window

KEPT_AFTER_END_MS: Final = 60 * MS_PER_DAY
"""How long after its end a period may still change (WIRE.md, Lateness)."""
_NO_PARTS: Final = (None, None, None, None)


class Subscriber(Struct, array_like=True, gc=False):
    """Everything that is kept of one subscriber."""

    id: str
    jurisdiction: str = ""
    profile: bytes = b""
    """The profile, encoded: most records need nothing of it. Empty: there is none yet."""
    terms: list[Term] = field(default_factory=list)
    """Ascending; bounded by `period.TERM_COUNT_MAX`."""
    periods: list[Period] = field(default_factory=list)
    """Ascending; the open one and those that may still change."""
    windows: dict[str, Window] = field(default_factory=dict)
    """By bucket: at most eight."""
    queries: bytes = b""
    """Port queries by UTC day, packed as in `window`: at most `window.QUERY_DAYS_KEPT` days."""
    identities: Identities = field(default_factory=Identities)
    held: tuple[Held, ...] = ()
    """In order of reading; bounded by `held.has_room`, each until its ``due_ms``."""
    consents: tuple[Consent, ...] = ()
    """The newest ``consent.changed`` of each of the two purposes."""
    joined_ms: int | None = None
    """Local midnight of the day on which the subscriber joined: usage from before is somebody else's."""
    grants: tuple[Grant, ...] = ()
    """What was bought or carried over: bounded by `GRANT_COUNT_MAX`."""
    provisional: tuple[Provisional, ...] = ()
    """In order of arrival; bounded by `provisional.COUNT_MAX`, each for `provisional.KEPT_MS`."""
    since_ms: int = 0
    """When the subscriber's first profile arrived."""
    newest_ms: int = 0
    """Start of the newest billing period that a record fell into."""
    months: tuple[Month, ...] = ()
    """Summaries of the newest closed periods, at most six."""
    bill: Bill | None = None
    """None while nothing was charged or paid, and there is no limit."""
    spike: Spike | None = None
    recent: dict[str, Recent] | None = None
    """By rule of ``windows.toml``, of which there are at most 17."""
    roaming_charges: Charges | None = None
    language: str = ""
    overage_consent: bool = False
    """Both as the profile has them, so that no record needs to read it."""
    own_group: str | None = None
    """The group that the profile names."""
    account_id: str | None = None
    """The account that the profile names."""
    member_of: str | None = None
    """The group that names the subscriber."""
    owner_id: str = ""
    """Of a group: who is told. Empty: this is no group."""
    members: tuple[str, ...] = ()
    """Of a group: at most 1,024 (`schemas.profile.Group`)."""
    contact: Contact | None = None
    """None for those who were never offered anything and of whom nothing is open."""
    porting: Porting | None = None
    """None while the number stays and nobody has asked."""
    risk: Risk | None = None
    """None while no rule of risk has seen anything."""
    origin: Origin | None = None
    """Of a device or an agent alone."""
    care: CareState | None = None
    """None while there is nothing that a rule of care remembers."""
    care_due_ms: int | None = None
    """When the first timer of care is due; kept up to date by `streams.caring`: records look at no more."""
    care_looked_ms: int = 0
    """The days of the calendar that have come by then are done with; 0: no rule has looked yet."""

    @property
    def subject(self) -> str:
        """Whom outputs are about: of a group its owner."""
        return self.owner_id or self.id

    @property
    def group_id(self) -> str | None:
        """The group that the subscriber belongs to, None if there is none."""
        return self.own_group or self.member_of

    def has_plan(self, plan_id: str) -> bool:
        """Return whether the subscriber has or had this plan, as far back as usage may still come."""
        return any(term.plan_id == plan_id for term in self.terms)

    def read_profile(self) -> Profile | None:
        """Return the profile with the consents that events have brought since, None if there is none."""
        if not self.profile:
            return None
        profile = unpack(self.profile)
        if not self.consents:
            return profile
        return msgspec.structs.replace(profile, consents=(*profile.consents, *self.consents))

    def next_due_ms(self) -> int | None:
        """Return when the first of the subscriber's timers is due, None if none runs.

        It is asked after every record that is not counted quietly, and nearly all have that of care alone.
        """
        parts = (self.contact, self.porting, self.risk, self.origin, *self.grants)
        if parts == _NO_PARTS and not self.held:
            return self.care_due_ms
        due = [self.care_due_ms, *(part.next_due_ms() for part in parts if part is not None)]
        due += [held.due_ms for held in self.held]
        return min((due_ms for due_ms in due if due_ms is not None), default=None)

    def set_profile(self, profile: Profile, *, arrival_ms: int) -> None:
        """Put a new profile in force from its arrival on.

        Another plan holds for the whole open period; another zone or cycle day from its end on.
        """
        self.profile = pack(profile)
        if not self.terms:
            self.since_ms = arrival_ms
        self.jurisdiction, self.language = profile.jurisdiction, profile.language
        self.own_group, self.account_id = profile.group_id, profile.account_id
        self.overage_consent, joined_on = profile.overage_consent, profile.joined_on
        self.joined_ms = None if joined_on is None else day_start(profile.time_zone, joined_on)
        rule = (profile.time_zone, profile.cycle_day, profile.plan_id)
        self.terms = terms_after(self.terms, rule, arrival_ms)
        for period in self.periods:
            span = span_at(self.terms, period.starts_ms)
            period.ends_ms, period.day, period.plan_id = span.ends_ms, span.day, span.plan_id

    def set_language(self, language: str) -> None:
        """Write to a group's owner in another language."""
        profile = unpack(self.profile)
        self.profile = pack(msgspec.structs.replace(profile, language=language))
        self.language = language

    def zone_at(self, at_ms: int) -> str:
        """Return the time zone by which an instant's billing period is reckoned."""
        return next((term for term in reversed(self.terms) if term.from_ms <= at_ms), self.terms[0]).time_zone

    def period_at(self, at_ms: int) -> Period:
        """Return the billing period that contains an instant; a new one is not kept until `keep`."""
        for period in reversed(self.periods):
            if period.starts_ms <= at_ms < period.ends_ms:
                return period
        span = span_at(self.terms, at_ms)
        return Period(span.starts_ms, span.ends_ms, span.day, span.plan_id)

    def keep(self, period: Period, *, arrival_ms: int) -> None:
        """Keep a period that has usage now, and forget those that can no longer change."""
        for kept in self.periods:
            if kept is period:
                return
        forgotten = [kept for kept in self.periods if arrival_ms >= kept.ends_ms + KEPT_AFTER_END_MS]
        for kept in forgotten if self.grants else ():
            settle(self.grants, kept)
        self.periods = sorted(
            [kept for kept in self.periods if arrival_ms < kept.ends_ms + KEPT_AFTER_END_MS] + [period],
            key=lambda kept: kept.starts_ms,
        )
        while len(self.terms) > 1 and arrival_ms >= self.terms[1].from_ms + KEPT_AFTER_END_MS:
            del self.terms[0]

    def usage(self, period: Period, bucket: str) -> Usage:
        """Return what is used of a bucket in a period; nothing, where nothing is kept of it yet."""
        usage = period.buckets.get(bucket)
        if usage is None:
            usage = period.buckets[bucket] = Usage()
        return usage

    def allowance(self, period: Period, bucket: str, base: int | None) -> int | None:
        """Return what a subscriber may use of a bucket in a period; ``base`` is the plan's part."""
        if not self.grants:
            return base
        return allowance_of(self.grants, self.periods, period, bucket, base)

    def check_grant(self, *, arrival_ms: int) -> None:
        """Raise SchemaError ``bad_field`` if there are too many grants already; nothing is changed."""
        if sum(grant.expires_ms > arrival_ms for grant in self.grants) >= GRANT_COUNT_MAX:
            raise SchemaError(Reason.BAD_FIELD, "addon_id: too many add-ons at a time")

    def add_grant(self, grant: Grant, *, arrival_ms: int) -> None:
        """Keep what was bought, and forget what has expired long ago or, if there are too many, first."""
        self.grants = with_grant(self.grants, grant, now_ms=arrival_ms)

    def add_provisional(self, new: Provisional, *, arrival_ms: int) -> None:
        """Keep what may be taken off, or that it is replaced."""
        self.provisional = provisional.kept(self.provisional, new, now_ms=arrival_ms)

    def window(self, bucket: str) -> Window:
        """Return the rolling window of a bucket."""
        window = self.windows.get(bucket)
        if window is None:
            window = self.windows[bucket] = Window()
        return window

    def hold(self, held: Held) -> bool:
        """Keep a record until profile and plan are there; False if it does not fit."""
        if is_room := has_room(self.held, held):
            self.held += (held,)
        return is_room

    def take_expired(self, now_ms: int) -> list[Held]:
        """Return the held records whose time is over, held no more, their identities forgotten."""
        expired = [held for held in self.held if held.due_ms <= now_ms]
        if expired:
            self.held = tuple(held for held in self.held if held.due_ms > now_ms)
            for held in expired:
                if held.identity:  # what travels to a group has none there
                    self.identities.forget(held.identity)
        return expired

    def change_consent(self, event: ConsentChanged) -> None:
        """Keep the newest word on a purpose; at equal times the refusal."""
        self.consents = consents.kept(self.consents, event)
