"""What a regime says about leaving with the number: the tables ``[porting.*]`` of its file.

What may follow is closed: an answer (``information``), a word to the subscriber that it has happened
(``security_notice``), a person who asks what went wrong (``care_call``), an offer that everybody gets
(``public_offer``). What is not named is forbidden; nothing named is nothing permitted.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

from schemas.fields import Word
from schemas.signals import PortRoot
from schemas.times import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND
from streams.regimes.provenance import Provenance, Text

Permission = Literal["information", "security_notice", "care_call", "public_offer"]
Condition = Literal["contract", "unpaid", "suspended"]
"""What keeps a number from leaving: a running contract, a bill that is not settled, a line out of service."""


class Permissions(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may follow."""

    value: Annotated[tuple[Permission, ...], Meta(max_length=4)]


class Forms(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words by which something is asked."""

    value: Annotated[tuple[Word, ...], Meta(max_length=16)]


class Conditions(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must not be so."""

    value: Annotated[tuple[Condition, ...], Meta(max_length=3)]


class Number(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of what its name says; 0: there is no such rule."""

    value: Annotated[int, Meta(ge=0, le=100_000)]


class Wording(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence in each language."""

    en: Text
    zh: Text

    def __str__(self) -> str:
        """Return the English one, for a table."""
        return self.en


class NextStep(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go next."""

    value: Wording


PortingValue = Permissions | Forms | Conditions | Number | NextStep


class PortingFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tables that a regime's file gives; those that it leaves out are the default's."""

    query: Permissions | None = None
    """What may follow the subscriber's own question."""
    request_by_customer: Permissions | None = None
    request_by_gaining_operator: Permissions | None = None
    query_forms: Forms | None = None
    request_forms: Forms | None = None
    """A question in one of these forms is a request."""
    answer_seconds: Number | None = None
    """Within so long the code is to be issued that the subscriber has asked for."""
    code_minutes: Number | None = None
    """So long a code holds that does not say itself."""
    days_on_network: Number | None = None
    """So long one must have been with the operator."""
    days_since_sim_swap: Number | None = None
    """So long ago the SIM must have been changed."""
    held_by: Conditions | None = None
    """What keeps the number."""
    next_step: NextStep | None = None
    fraud_days: Number | None = None
    """A question or a request within so long after a change of SIM is suspicious."""
    lines_from_one: Number | None = None
    """So many numbers asked about from one device or agent are suspicious,"""
    lines_hours: Number | None = None
    """within so long."""


class DefaultPortingFile(PortingFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All tables."""

    query: Permissions
    request_by_customer: Permissions
    request_by_gaining_operator: Permissions
    query_forms: Forms
    request_forms: Forms
    answer_seconds: Number
    code_minutes: Number
    days_on_network: Number
    days_since_sim_swap: Number
    held_by: Conditions
    next_step: NextStep
    fraud_days: Number
    lines_from_one: Number
    lines_hours: Number


TABLES: Final = tuple(field.name for field in fields(PortingFile))

SUSPICION: Final[tuple[Permission, ...]] = ("security_notice",)
"""What may follow a suspicion, in every regime: the subscriber is told, and nobody sells."""


class PortingRules(Struct, frozen=True, kw_only=True):
    """What holds for a subscriber, complete."""

    permits: dict[PortRoot, tuple[Permission, ...]]
    query_forms: tuple[str, ...]
    request_forms: tuple[str, ...]
    answer_ms: int
    """0: nothing is watched."""
    code_ms: int
    """0: only codes that say so themselves expire."""
    days_on_network: int
    sim_swap_ms: int
    held_by: tuple[Condition, ...]
    next_step: Wording
    fraud_ms: int
    lines_from_one: int
    """0: they are not counted."""
    lines_ms: int

    def is_request(self, form: str | None) -> bool:
        """Return whether a question in this form is a request."""
        return form in self.request_forms


def complete(file: PortingFile | None, default: DefaultPortingFile) -> PortingRules:
    """Return what a file says, with the default's where it says nothing."""
    own = PortingFile() if file is None else file
    request, gaining = own.request_by_customer, own.request_by_gaining_operator
    return PortingRules(
        permits={
            "query": (own.query or default.query).value,
            "request_by_customer": (request or default.request_by_customer).value,
            "request_by_gaining_operator": (gaining or default.request_by_gaining_operator).value,
            "suspicion": SUSPICION,
        },
        query_forms=(own.query_forms or default.query_forms).value,
        request_forms=(own.request_forms or default.request_forms).value,
        answer_ms=(own.answer_seconds or default.answer_seconds).value * MS_PER_SECOND,
        code_ms=(own.code_minutes or default.code_minutes).value * MS_PER_MINUTE,
        days_on_network=(own.days_on_network or default.days_on_network).value,
        sim_swap_ms=(own.days_since_sim_swap or default.days_since_sim_swap).value * MS_PER_DAY,
        held_by=(own.held_by or default.held_by).value,
        next_step=(own.next_step or default.next_step).value,
        fraud_ms=(own.fraud_days or default.fraud_days).value * MS_PER_DAY,
        lines_from_one=(own.lines_from_one or default.lines_from_one).value,
        lines_ms=(own.lines_hours or default.lines_hours).value * MS_PER_HOUR,
    )
