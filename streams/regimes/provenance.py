"""Where a value of a regime comes from."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]


class Provenance(Struct, frozen=True, kw_only=True):
    """Where a value comes from, and whether a person has confirmed it."""

    source: Text
    effective_from: date | None = None
    confirmed_by: Text | None = None
    confirmed_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse half a confirmation."""
        if (self.confirmed_by is None) != (self.confirmed_on is None):
            raise ValueError("confirmed_by and confirmed_on belong together")

    @property
    def is_confirmed(self) -> bool:
        """Whether a person stands for the value."""
        return self.confirmed_by is not None

    def is_after(self, day: date) -> bool:
        """Whether the value says that it holds, or was confirmed, only after a day."""
        return any(one is not None and one > day for one in (self.effective_from, self.confirmed_on))
