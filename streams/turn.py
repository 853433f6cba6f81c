"""One record's, or one timer's, turn with a subscriber."""

from msgspec import Struct

from schemas.envelope import Emitted
from streams.core.subscriber import Subscriber
from streams.responses.proposal import Proposal


class Turn(Struct, gc=False):
    """What follows from one record, or one timer, gathers here."""

    state: Subscriber
    clock_ms: int
    """The partition's clock: when it is decided."""
    out: list[Emitted]
    """What follows is appended here."""
    proposed: list[Proposal] | None = None
    """What may be offered; decided together at the end of the turn. None: nothing, nearly always."""
    is_about_porting: bool = False
    """Nothing commercial may follow, and no reason be written: sales must not learn of it."""

    def propose(self, proposals: list[Proposal]) -> None:
        """Note what may be offered."""
        self.proposed = [*(self.proposed or ()), *proposals]
