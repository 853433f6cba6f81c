"""What came of a replay, read back from the bytes that it emitted."""

from typing import Any, Final, get_args

from msgspec import Struct
from msgspec.json import Decoder

from schemas.envelope import Emitted
from schemas.found import OnPortSignals, OnSignals
from schemas.messages import CareEvent, OfferEvent, SuppressedOffer
from schemas.signals import LateAdjustment, Reinstated, Resolved, UsageSignals
from schemas.tasks import Task
from streams.core.subscriber import Subscriber
from streams.core.usage import Period
from streams.pipeline import Pipeline

SUBSCRIBER: Final = "8613800000001"

_ONSIGNALS: Final[Decoder[OnSignals]] = Decoder(OnSignals)
_OF_BUCKETS: Final = (*get_args(UsageSignals), Resolved, Reinstated, LateAdjustment)
_PORTSIGNALS: Final[Decoder[OnPortSignals]] = Decoder(OnPortSignals)
_CAREEVENT: Final[Decoder[CareEvent]] = Decoder(CareEvent)
_OFFEREVENT: Final[Decoder[OfferEvent]] = Decoder(OfferEvent)
_TASK: Final[Decoder[Task]] = Decoder(Task)
_SUPPRESSEDOFFER: Final[Decoder[SuppressedOffer]] = Decoder(SuppressedOffer)


class Dead(Struct, frozen=True):
    """One dead letter, read."""

    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp: str
    key: bytes | None
    value: bytes | None


class Fed(Struct, frozen=True):
    """What came of a replay."""

    emitted: tuple[Emitted, ...]
    pipeline: Pipeline
    ledger: dict[tuple[str, str], int]
    """(topic, disposition) → records, with ``held now``; what is zero is left out."""
    rejected: dict[tuple[str, str], int]

    def values(self, topic: str) -> list[bytes]:
        """Return the values on an output topic, in order."""
        return [emitted.value or b"" for emitted in self.emitted if emitted.topic == topic]

    @property
    def signals(self) -> list[Any]:  # `Any`: a test names the fields of the kind that it expects
        """What a bucket has reached, passed or changed, in order: all but what is found over time."""
        return [signal for signal in self.all_signals if isinstance(signal, _OF_BUCKETS)]

    @property
    def over_time(self) -> list[Any]:
        """Forecasts, and what else is found over spans of time, in order."""
        return [signal for signal in self.all_signals if not isinstance(signal, _OF_BUCKETS)]

    @property
    def all_signals(self) -> list[Any]:
        """Everything on the topic, in order."""
        return [_ONSIGNALS.decode(value) for value in self.values("signals")]

    @property
    def port(self) -> list[Any]:
        """Signals on porting, in order."""
        return [_PORTSIGNALS.decode(value) for value in self.values("port-signals")]

    @property
    def tasks(self) -> list[Task]:
        """Work for people, in order."""
        return [_TASK.decode(value) for value in self.values("tasks")]

    @property
    def care(self) -> list[CareEvent]:
        """Notices, in order."""
        return [_CAREEVENT.decode(value) for value in self.values("care-events")]

    @property
    def offers(self) -> list[OfferEvent]:
        """Offers, in order."""
        return [_OFFEREVENT.decode(value) for value in self.values("offer-events")]

    @property
    def suppressed(self) -> list[SuppressedOffer]:
        """Offers not made, in order."""
        return [_SUPPRESSEDOFFER.decode(value) for value in self.values("suppressed-offers")]

    @property
    def dead(self) -> list[Dead]:
        """Dead letters, in order."""
        return [dead_of(emitted) for emitted in self.emitted if emitted.topic == "dead-letters"]

    @property
    def reasons(self) -> list[str]:
        """The reasons of the dead letters, in order."""
        return [dead.reason for dead in self.dead]

    @property
    def found(self) -> list[tuple[str, int | None]]:
        """Kind of each signal on usage with its level, if it has one."""
        return [kind_of(signal) for signal in self.signals]

    def count(self, disposition: str, topic: str = "cdr") -> int:
        """Return how many records of a topic had a disposition."""
        return self.ledger.get((topic, disposition), 0)

    def state(self, subscriber: str = SUBSCRIBER) -> Subscriber | None:
        """Return the state of a subscriber, None if there is none."""
        return self.pipeline._store.get(subscriber)  # noqa: SLF001 - the one place that looks inside

    def periods(self, subscriber: str = SUBSCRIBER) -> list[Period]:
        """Return the subscriber's periods, oldest first."""
        state = self.state(subscriber)
        return [] if state is None else state.periods

    def used(self, bucket: str = "data", *, period: str = "2026-11-01", subscriber: str = SUBSCRIBER) -> int:
        """Return what is used of a bucket in a period."""
        return sum(
            kept.buckets[bucket].used
            for kept in self.periods(subscriber)
            if kept.day == period and bucket in kept.buckets
        )


def kind_of(signal: OnSignals) -> tuple[str, int | None]:
    """Return the signal's kind, with its level if it has one."""
    return signal.kind(), getattr(signal, "level", None)


def dead_of(emitted: Emitted) -> Dead:
    """Return a dead letter, read."""
    headers = {name: value.decode() for name, value in emitted.headers}
    return Dead(
        reason=headers["reason"],
        detail=headers["detail"],
        topic=headers["topic"],
        partition=int(headers["partition"]),
        offset=int(headers["offset"]),
        timestamp=headers["timestamp"],
        key=emitted.key,
        value=emitted.value,
    )
