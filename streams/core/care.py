"""What the rules of care remember of a subscriber: what is waited for, and what has been said.

None for those of whom there is nothing to remember: nearly all. The calendar is not stored: which of its days
comes next follows from the profile, and the state's ``care_looked_ms`` says up to when all of them have been
looked at. That and the first timer are fields of the state itself: an object for just those two was half of
what care costs a record that it says nothing about.
"""

from typing import Final

from msgspec import Struct

from streams.core.recent import Recent

REMINDER_COUNT_MAX: Final = 16
"""Timers after something that happened; of more than that the first due goes unsaid."""
SERVICE_COUNT_MAX: Final = 32
SAME_COUNT_MAX: Final = 8
"""Of one rule: values by which events are counted apart; the one that came least lately goes."""


class Reminder(Struct, array_like=True, frozen=True, gc=False):
    """A rule that is looked at so many days after something happened."""

    due_ms: int
    rule: str
    facts: dict[str, str] | None = None
    """What the text may speak of: the event's own fields."""


class CareState(Struct, array_like=True, gc=False):
    """What the rules of care know of one subscriber."""

    reminders: tuple[Reminder, ...] = ()
    """Bounded by `REMINDER_COUNT_MAX`."""
    services: dict[str, int | None] | None = None
    """Service → when it was last used, or first named; None: that it is not used has been said.

    Those of the profile only, at most `SERVICE_COUNT_MAX`."""
    recent: dict[str, Recent] | None = None
    """By rule that counts events, and behind a slash by what they have in common; both are bounded."""
    armed: tuple[str, ...] = ()
    """Rules of the calendar that wait only while much of a bucket is used."""

    def add_reminder(self, reminder: Reminder) -> None:
        """Wait for one more; the same one is waited for once."""
        if reminder not in self.reminders:
            kept = sorted((*self.reminders, reminder), key=lambda one: one.due_ms)
            self.reminders = tuple(kept[-REMINDER_COUNT_MAX:])

    def drop_reminders(self, rule: str, *, until_ms: int) -> None:
        """Wait no more for a rule whose timers are due by then."""
        self.reminders = tuple(one for one in self.reminders if one.rule != rule or one.due_ms > until_ms)

    def set_recent(self, name: str, recent: Recent) -> None:
        """Keep what a rule has counted."""
        rule = name.partition("/")[0]
        kept = {**(self.recent or {}), name: recent}
        same = [one for one in kept if one.partition("/")[0] == rule]
        if len(same) > SAME_COUNT_MAX:
            del kept[min(same, key=lambda one: (kept[one].newest_ms, one))]
        self.recent = kept

    def set_services(self, names: tuple[str, ...], *, now_ms: int) -> None:
        """Take over which services the subscriber pays for; a new one counts as used now."""
        known = self.services or {}
        kept = {name: known.get(name, now_ms) for name in names[:SERVICE_COUNT_MAX]}
        self.services = kept or None

    def use_service(self, name: str, *, at_ms: int) -> None:
        """Note that a service was used; one that the subscriber does not pay for is nobody's loss."""
        if self.services is None or name not in self.services:
            return
        before = self.services[name]
        if before is None or at_ms > before:
            self.services = {**self.services, name: at_ms}
