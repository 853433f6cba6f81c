"""What a person should hear of a partition: failures, defects, pauses and holds, each once."""

import logging
import traceback
from typing import Final

from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced

from schemas.times import format_instant
from streams.core.breaker import Breaker
from streams.kafka.batch import DefectError
from streams.kafka.failures import place_of
from streams.kafka.inputs import GapError
from streams.metrics import Metrics

PLACES_MAX: Final = 1_000
"""Places in our code of which a worker remembers that it has shown the way there."""

log = logging.getLogger(__name__)


class Alarms:
    """Logs and counts for all partitions of a worker."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._places: set[str] = set()

    def failed(self, partition: int, error: Exception, *, retry_s: float) -> None:
        """Say that an error has stopped a partition."""
        facts = {"partition": partition, "error": type(error).__name__, "retry_s": retry_s}
        match error:
            case ProducerFenced():
                kind = "fenced"
                log.warning("partition fenced: another worker has it, or a transaction ran out", extra=facts)
            case KafkaError() | IllegalOperation() | TimeoutError() | GapError():
                kind = "broker"
                log.warning("partition stopped, it opens again from what is committed", extra=facts)
            case _:
                kind = "defect"
                if (frames := self._new_frames(error.__cause__ or error)) is not None:
                    facts["traceback"] = frames
                log.error("partition stopped by our own code, it opens again", extra=facts)
        self._metrics.failures.labels(kind).inc()

    def defect(self, error: DefectError) -> None:
        """Count a record on which our own code raised; show the way to each place in the code once."""
        raw, cause = error.raw, error.__cause__ or error
        self._metrics.defects.labels(raw.topic).inc()
        facts = {
            "topic": raw.topic,
            "partition": raw.partition,
            "offset": raw.offset,
            "error": type(cause).__name__,
        }
        if (frames := self._new_frames(cause)) is None:
            log.debug("our code raised on another record at the same place", extra=facts)
        else:
            log.error(
                "our code raised on a record, it is rejected as a defect; others at the same place are only "
                "counted",
                extra=facts | {"traceback": frames},
            )

    def committed(self, partition: int, before: Breaker | None, after: Breaker) -> None:
        """Say what a commit has changed of a partition's breaker; ``before`` None: it was opened just now."""
        if before is None:
            # What failed before it was opened may have committed more than it has heard of.
            self._metrics.forget_alarms(partition)
        old, new = before or Breaker(), after
        number, facts = str(partition), dict[str, int | str](partition=partition)
        if new.pause != old.pause:
            if old.pause is not None:
                self._metrics.paused.labels(number, old.pause.reason.value).set(0)
                log.warning("partition resumed", extra=facts)
            if new.pause is not None:
                self._metrics.paused.labels(number, new.pause.reason.value).set(1)
                facts |= {"reason": new.pause.reason.value, "since": format_instant(new.pause.at_ms)}
                log.error(
                    "partition paused, until `usagewatch resume`: %s",
                    new.pause.reason.sentence(),
                    extra=facts,
                )
        for what in old.holds.keys() | new.holds.keys():
            self._held(number, what, old, new)

    def _held(self, number: str, what: str, old: Breaker, new: Breaker) -> None:
        was, now = old.holds.get(what), new.holds.get(what)
        topic, kind = what.split("/")
        waiting = self._metrics.held_outputs.labels(number, topic, kind)
        facts = {"partition": int(number), "type": what}
        if now is None:
            waiting.set(0)
            if old.free_until_ms.get(what) != new.free_until_ms.get(what):
                log.warning("all outputs that were held back are sent, the type goes on", extra=facts)
            elif was is not None:
                self._metrics.dropped_outputs.labels(topic, kind).inc(was.count)
                log.warning("outputs that were held back are dropped", extra=facts | {"count": was.count})
            return
        waiting.set(now.count)
        if was is None:
            log.error(
                "a type of output floods, it is held back until `usagewatch resume --send` or `--drop`",
                extra=facts,
            )
        elif now.is_sending and not was.is_sending:
            log.warning("outputs that were held back are being sent", extra=facts | {"count": now.count})

    def _new_frames(self, error: BaseException) -> str | None:
        """Return the way to where an error was raised, None if it has been shown already.

        The message of an exception may quote the record; its place and its frames do not.
        """
        place = place_of(error)
        if place in self._places or len(self._places) >= PLACES_MAX:
            return None
        self._places.add(place)
        return "".join(traceback.format_tb(error.__traceback__))
