"""stub, replaced on integration."""

from msgspec import Struct


class History(Struct, array_like=True, gc=False):
    """What one billing period was."""

    data: int = 0

    def add_usage(self, kind: str, raw: int, at_ms: int, *, roaming: bool) -> None:
        """Stub."""
        self.data = min(self.data + raw, 2**63 - 1)
