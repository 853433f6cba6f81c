"""The days of the calendar that rules of care wait for: those of a subscriber, and those of a whole zone."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.profile import Profile
from streams.core.care_calendar import common_instants, day_of, next_instant
from streams.regimes.care_rules import CareRule

KINDS_MOST: Final = 1_024
"""Kinds of subscribers, and zones and days of each, of which it is remembered what comes."""


class Days(NamedTuple):
    """What the calendar brings to one kind of subscriber in one zone, as it looks on one day."""

    common: tuple[int, ...]
    """Instants, ascending, that all of them have."""
    own: tuple[CareRule, ...]
    """Rules that come to each on days of their own, or only while much is used."""


class CareDays:
    """The rules of care that come by the calendar."""

    def __init__(self, rules: Sequence[CareRule]) -> None:
        self._rules = tuple(rules)
        self._rules_among = lru_cache(maxsize=KINDS_MOST)(self._find_rules)
        self._days_among = lru_cache(maxsize=KINDS_MOST)(self._find_days)

    def rules_of(self, profile: Profile, armed: tuple[str, ...]) -> Iterator[CareRule]:
        """Yield the rules whose days are waited for.

        ``armed``: those of them that wait only while much of a bucket is used, and wait now.
        """
        for rule in self._rules_among(profile.status, profile.account_type, profile.jurisdiction):
            if rule.only.used is None or rule.rule in armed:
                yield rule

    def next_days(self, profile: Profile, armed: tuple[str, ...], *, after_ms: int) -> list[int]:
        """Return when the next days are due: of those that a whole zone has alike, the first.

        It is asked with every profile: rule by rule, and day by day, it was half of what care costs there.
        """
        zone_name = profile.time_zone
        common, own = self._days_among(
            profile.status, profile.account_type, profile.jurisdiction, zone_name, day_of(zone_name, after_ms)
        )
        index = bisect_right(common, after_ms)
        found = list(common[index : index + 1])
        for rule in own:
            if rule.only.used is None or rule.rule in armed:
                due_ms = next_instant(rule.when, profile, after_ms=after_ms)
                if due_ms is not None:
                    found.append(due_ms)
        return found

    def _find_rules(self, status: str, account_type: str, country: str) -> tuple[CareRule, ...]:
        return tuple(one for one in self._rules if one.holds_among(status, account_type, country))

    def _find_days(self, status: str, account_type: str, country: str, zone_name: str, today: date) -> Days:
        rules = self._rules_among(status, account_type, country)
        return Days(
            common_instants([rule.when for rule in rules if _is_common(rule)], zone_name, today),
            tuple(rule for rule in rules if not _is_common(rule)),
        )


def _is_common(rule: CareRule) -> bool:
    """Return whether the rule has the same days for a whole zone."""
    return rule.when.day is None and rule.only.used is None


def dues(rule: CareRule, profile: Profile, *, after_ms: int, until_ms: int) -> Iterator[int]:
    """Yield the instants at which a rule of the calendar was due, those that still help somebody."""
    due_ms = next_instant(rule.when, profile, after_ms=max(after_ms, until_ms - rule.useful_ms))
    while due_ms is not None and due_ms <= until_ms:
        yield due_ms
        due_ms = next_instant(rule.when, profile, after_ms=due_ms)
