"""What a subscriber is told, and when, as data: the rules of ``care.toml``.

A rule says when it is looked at, for whom it holds, what kind of message it makes, and in which words. Most
of what an operator cares about is such a rule, so one more needs no code: text, reason, blanks and all. What
the law shapes in detail (usage notices, porting) is code of its own in `streams.responses`.
"""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

from schemas.fields import Bucket, Country, Quantity, Word
from schemas.messages import Channel
from schemas.profile import Profile
from schemas.signals import Unit
from schemas.times import MS_PER_DAY, MS_PER_HOUR
from streams.regimes.care_when import Status, When
from streams.regimes.care_words import Words
from streams.regimes.tables import EVENTS
from streams.regimes.window_rules import CountRule, Percent, Source

RULE_COUNT_MAX: Final = 64
"""What a state remembers of rules is bounded by it."""
CareKind = Literal[
    "usage_notice",
    "bill_notice",
    "security_notice",
    "roaming_welcome",
    "complaint_progress",
    "greeting",
    "gift",
    "survey",
]
HintKind = Literal["callback", "visit", "account_manager", "agent_hint", "escalation"]
FACTS: Final[dict[str, frozenset[str]]] = {
    "roaming.entered": frozenset({"abroad", "caps"}),
    "bill_warning": frozenset({"owed", "amount", "level", "limit_words"}),
    "arrears": frozenset({"owed", "amount"}),
    "bill_shock": frozenset({"charge", "plan_price", "window_hours"}),
    "dropped_calls": frozenset({"count", "window_hours"}),
    "intent": frozenset({"count", "window_hours"}),
    "contract_end": frozenset({"day", "exit_fee"}),
    "unused": frozenset({"service", "months"}),
    "bucket": frozenset({"bucket", "used", "allowance", "left", "percent", "ends"}),
    "grant": frozenset({"grant", "until"}),
}
"""The blanks that a text may have, by what is known when the rule is looked at. An event gives its own
fields too."""

UNITS: Final[dict[str, Unit]] = {"data": "octet", "voice": "second", "sms": "message", "mms": "message"}
_NOT_SPOKEN: Final = frozenset({"subscriber_id", "event_id", "source", "at"})


class Used(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a bucket at least so many percent are used, and not all; inclusive."""

    bucket: Bucket
    percent: Percent

    def is_met(self, used: int, allowance: int | None) -> bool:
        """Return whether so much is used of an allowance."""
        return bool(allowance) and used < (allowance or 0) and used * 100 >= self.percent * (allowance or 0)


class Only(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a rule holds, when it is looked at."""

    status: Annotated[tuple[Status, ...], Meta(min_length=1)] = ("active",)
    account_type: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    """Empty: any."""
    countries: Annotated[tuple[Country, ...], Meta(max_length=300)] = ()
    """Jurisdictions. Empty: any."""
    used: Used | None = None


class Gift(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a ``gift`` gives, free and without any condition."""

    bucket: Bucket
    amount: Quantity
    days: Annotated[int, Meta(ge=1, le=366)]

    @property
    def ms(self) -> int:
        """For how long it holds."""
        return self.days * MS_PER_DAY

    @property
    def unit(self) -> Unit:
        """What the amount counts."""
        return UNITS[self.bucket.partition(".")[0]]


class CareRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. ``version`` goes up with every change of its words."""

    rule: Word
    version: Annotated[int, Meta(ge=1)] = 1
    when: When
    only: Only = Only()
    says: CareKind | HintKind
    """The type of the care event, or for people the kind of the task."""
    channels: Annotated[tuple[Channel, ...], Meta(max_length=7)] = ()
    """The first of the profile's that is among them; has it none of them, nothing is said. Empty: any."""
    priority: Annotated[int, Meta(ge=1, le=4)] = 4
    useful_hours: Annotated[int, Meta(ge=1, le=24 * 92)] = 24
    """After that it helps nobody any more, and is not said."""
    grant: Gift | None = None
    assignee_role: Word = "care_agent"
    """Whose task it is."""
    text: Words
    why: Words
    source: Source

    def __post_init__(self) -> None:
        """Refuse a gift of nothing, and a text with a blank that nothing would fill.

        Raises: ValueError.
        """
        if (self.grant is None) != (self.says != "gift"):
            raise ValueError("grant is what a gift, and nothing else, gives")
        if self.when.event is not None and self.when.event not in EVENTS:
            return  # said where the file is read: of an unknown event no blank is known
        for words in (self.text, self.why):
            for text in (words.en, words.zh):
                self._check_blanks(text)

    @property
    def useful_ms(self) -> int:
        """``useful_hours`` in milliseconds."""
        return self.useful_hours * MS_PER_HOUR

    @property
    def is_task(self) -> bool:
        """Whether it is for people, not for the subscriber."""
        return self.says in HintKind.__args__  # type: ignore[attr-defined]  # a Literal has them

    @property
    def counts(self) -> CountRule:
        """As a rule of events that come often."""
        when = self.when
        return CountRule(
            rule=self.rule, limits=when.limits, cooldown_hours=when.cooldown_hours, source=self.source
        )

    @property
    def blanks(self) -> frozenset[str]:
        """The names of all blanks of its words."""
        return self.text.blanks | self.why.blanks

    def holds_for(self, profile: Profile) -> bool:
        """Return whether it is about this subscriber, what is used aside."""
        return self.holds_among(profile.status, profile.account_type, profile.jurisdiction)

    def holds_among(self, status: str, account_type: str, country: str) -> bool:
        """Return whether it is about subscribers of this kind, what is used aside."""
        only = self.only
        return (
            status in only.status
            and (not only.account_type or account_type in only.account_type)
            and (not only.countries or country in only.countries)
        )

    def fits(self, happened: Struct) -> bool:
        """Return whether an event or a signal has the fields ``where``, and none of ``where_not``."""
        return self.takes_back(happened) and not any(_fields_equal(happened, self.when.where_not))

    def takes_back(self, happened: Struct) -> bool:
        """Return whether an event of the type ``unless`` has the fields ``where``."""
        return all(_fields_equal(happened, self.when.where))

    def _check_blanks(self, text: str) -> None:
        known = self.facts()
        for _, name, spec, conversion in Formatter().parse(text):
            if name is not None and (name not in known or spec or conversion):
                raise ValueError(f"the blank {{{name}}} is none of {', '.join(sorted(known)) or 'none'}")

    def facts(self) -> frozenset[str]:
        """Return the blanks that can be filled, an event's own fields aside."""
        when = self.when
        names = [when.event, when.signal, when.day, "unused" if when.unused else None]
        names += ["bucket" if self.only.used else None, "grant" if self.grant else None]
        found = [FACTS.get(name, frozenset()) for name in names if name]
        kind = EVENTS.get(when.event or "")
        own = () if kind is None else tuple(field.name for field in fields(kind))
        return frozenset(own).union(*found) - _NOT_SPOKEN


def _fields_equal(happened: Struct, given: Mapping[str, str]) -> Iterator[bool]:
    """Yield of each field that is given whether it has that value."""
    return (str(getattr(happened, name, None)) == value for name, value in given.items())
