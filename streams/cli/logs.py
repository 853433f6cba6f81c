"""How log records look: one line each, the facts as fields."""

import json
import logging
import sys
from typing import Final

from aiokafka.errors import KafkaError

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "data"}
_NOISY: Final = ("aiokafka", "faust", "mode")
REPEAT_S: Final = 10.0


class _Lines(logging.Formatter):
    """Base of the two formats."""

    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        """Return the fields that were given with ``extra``, and an exception's text."""
        facts = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return facts


class Text(_Lines):
    """For people: time, level, message, ``key=value``; a traceback on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = self.facts(record)
        trace = facts.pop("traceback", None)
        fields = "".join(f" {key}={value}" for key, value in facts.items())
        line = f"{self.formatTime(record)} {record.levelname.lower():<7} {record.getMessage()}{fields}"
        return line if trace is None else f"{line}\n{trace}"


class Json(_Lines):
    """For machines: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(
            {
                "at": self.formatTime(record),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": record.getMessage(),
                **self.facts(record),
            },
            default=str,
        )


class _NotAgain(logging.Filter):
    """Lets a client's line through once in `REPEAT_S`: while a broker is away they come by the thousand.

    What clients call an error is a retry to us: an error is what loses data or needs a person.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}
        """By logger and template: bounded by the clients' source."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the line is written."""
        template = _template(record)
        if template is None:
            return True
        if record.created - self._said.get(template, 0.0) < REPEAT_S:
            return False
        self._said[template] = record.created
        if record.levelno == logging.ERROR:
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return True


def _template(record: logging.LogRecord) -> tuple[str, str] | None:
    """Return what is the same in all lines that a client says at that point, None for a line of others."""
    if record.name.partition(".")[0] in _NOISY:
        return record.name, str(record.msg)
    error = record.exc_info[1] if record.exc_info else None
    if record.name == "asyncio" and isinstance(error, KafkaError):
        # We have given it up and asked no more; when it fails afterwards, asyncio says so in its own words.
        return record.name, type(error).__name__
    return None


def set_up(level: str, form: str) -> None:
    """Log to standard error from ``level`` on; clients' and Faust's chatter from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_NotAgain())
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if level != "debug":
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.WARNING)
        # It warns of each retried write, and Kafka asks for one now and then by design.
        logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)
