"""Where a subscriber stands: what every message looks at besides its own content."""

from typing import Final

from msgspec import Struct

from schemas.fields import Money
from schemas.messages import Channel
from schemas.profile import Consent, Profile
from streams.core.consents import in_force
from streams.core.contact import Contact
from streams.core.wall import age_at, quiet_ends_ms
from streams.regimes import Regime
from streams.regimes.contact import ContactRules
from streams.responses import channels

PERSON = "person"
"""The one account type whose holder is written to directly."""


class Facts(Struct, frozen=True, kw_only=True):
    """What else of a subscriber decides what may be said, as it stands."""

    is_blocked: bool = False
    """Porting keeps every offer away: it was asked for, or is suspicious, or is part of a risk."""
    is_leaving: bool = False
    """It was asked for, or is suspicious: nobody calls to ask why."""
    is_care_first: bool = False
    """A person is to ask for the reason of a risk before anything is offered."""
    owed: tuple[Money, ...] = ()
    """What is not paid, more than nothing each, by currency."""
    swapped_ms: int | None = None
    """When the number last moved to another SIM."""


NO_FACTS: Final = Facts()


class Standing(Struct, frozen=True, kw_only=True):
    """Who is to be written to, by which rules, when."""

    profile: Profile
    regime: Regime
    contact: Contact | None
    clock_ms: int
    """The partition's clock: when it is decided."""
    facts: Facts = NO_FACTS

    @property
    def rules(self) -> ContactRules:
        """The rules of contact."""
        return self.regime.contact

    @property
    def known(self) -> Contact:
        """What is remembered; of a subscriber who was never offered anything, nothing."""
        return self.contact or _UNKNOWN

    @property
    def is_person(self) -> bool:
        """Whether the account is a person's: others have an account manager."""
        return self.profile.account_type == PERSON

    def consent(self, purpose: str) -> Consent | None:
        """Return the consent to a purpose, None where it is refused or was never given."""
        return in_force(self.profile.consents, purpose)

    def age(self) -> int | None:
        """Return the subscriber's age in whole years, None if it is not known."""
        return age_at(self.profile.born_on, self.profile.time_zone, self.clock_ms)

    def quiet_ends_ms(self) -> int | None:
        """Return when the quiet hours end, None while there are none."""
        return quiet_ends_ms(
            self.profile.time_zone,
            self.clock_ms,
            from_minute=self.rules.quiet_from_minute,
            to_minute=self.rules.quiet_to_minute,
        )

    def offer_channel(self, consent: Consent) -> Channel | None:
        """Return the channel for an offer, None where there is none: one to which the consent extends.

        The one that answered last goes first, then the profile's own order; by age only where the profile
        names none. Nobody is called who has not agreed to just that, or is too old, or of unknown age.
        """
        age = self.age()
        order = channels.known_of(self.profile)
        if not order:
            order = [channels.FALLBACK] if age is None else list(self.rules.channels_at(age))
        allowed = set(consent.channels or channels.CHANNELS)
        if "call" not in consent.channels or age is None or age >= self.rules.no_calls_from_age:
            allowed.discard("call")
        order.sort(key=lambda channel: channel != self.known.answered_on)
        return next((channel for channel in order if channel in allowed), None)


_UNKNOWN = Contact()
