"""What our own code raises: where, and how often when it is no record's defect and would come for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiokafka.errors import KafkaError

FAILURES_MAX: Final = 3
"""With nothing committed between them: then the breaker pauses, and a person looks."""


def place_of(error: BaseException) -> str:
    """Return what was raised and where in our code; nothing of the message, which may quote a record."""
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    name = type(error).__name__
    return name if frames is None else f"{name} in {frames.tb_frame.f_globals['__name__']}:{frames.tb_lineno}"


class Failures:
    """Counts one partition's, since it last committed something."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is raised within, but for what the broker is to blame for."""
        try:
            yield
        except Exception as error:
            self.count += not isinstance(error, KafkaError | TimeoutError)
            raise

    def are_many(self) -> bool:
        """Return whether it is time to stop trying; then they are counted anew."""
        if self.count < FAILURES_MAX:
            return False
        self.count = 0
        return True
