"""What a deployment may set, each from one environment variable: the only place that reads them.

Business rules are no settings; they are regimes, and only the folder that they come from is set here.
``load`` reports every mistake at once, so that a person corrects them in one go.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from schemas.errors import ConfigError
from streams.core.breaker import Limits

LOG_LEVELS: Final = ("debug", "info", "warning", "error")
LOG_FORMATS: Final = ("text", "json")
EXACTLY_ONCE: Final = "exactly_once"
AT_LEAST_ONCE: Final = "at_least_once"
REGIMES_DIR: Final = "USAGEWATCH_REGIMES_DIR"
PORT_MAX: Final = 65_535
DAY_MS: Final = 86_400_000


class Settings(Struct, frozen=True, kw_only=True):
    """A worker's settings; `VARIABLES` says what each means."""

    bootstrap_servers: str = "127.0.0.1:9092"
    app_id: str = "usagewatch"
    topic_prefix: str = ""
    processing_guarantee: str = EXACTLY_ONCE
    web_host: str = "127.0.0.1"
    web_port: int = 6066
    commit_interval_ms: int = 25
    batch_records: int = 10_000
    buffer_records: int = 16_000
    buffer_mib: int = 256
    dedupe_horizon_days: int = 3
    session_timeout_ms: int = 7_000
    transaction_timeout_ms: int = 15_000
    shutdown_timeout_ms: int = 20_000
    stall_timeout_ms: int = 30_000
    broker_away_timeout_ms: int = 300_000
    log_level: str = "info"
    log_format: str = "text"
    regimes_dir: str = ""
    """Empty: the shipped regimes alone."""
    max_defects_in_a_row: int = 100
    max_rejected_ratio: float = 1.0
    max_outputs_per_minute: int = 10_000

    @property
    def dedupe_horizon_ms(self) -> int:
        """How long a record's identity is remembered, in milliseconds."""
        return self.dedupe_horizon_days * DAY_MS

    @property
    def limits(self) -> Limits:
        """What a partition is allowed before it pauses, or holds back a type of output."""
        return Limits(
            defects_in_a_row=self.max_defects_in_a_row,
            rejected_ratio=self.max_rejected_ratio,
            outputs_per_minute=self.max_outputs_per_minute,
        )

    def topic(self, name: str) -> str:
        """Return the name on the cluster of the topic that is logically called ``name``."""
        return self.topic_prefix + name


class Variable(NamedTuple):
    """One environment variable: the field that it sets, how its text is read, and what it is for."""

    name: str
    field: str
    parse: Callable[[str], str | int | float]
    """Raises: ValueError, whose message completes the sentence "<name> …"."""
    what: str


def _servers(text: str) -> str:
    for server in text.split(","):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
            raise ValueError("must be host:port, several separated by commas")
    return ",".join(server.strip() for server in text.split(","))


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", text):
        raise ValueError("must be 1 to 100 characters of letters, digits, '.', '_' and '-'")
    return text


def _prefix(text: str) -> str:
    return _name(text) if text else ""


def _host(text: str) -> str:
    if not text or any(character.isspace() for character in text):
        raise ValueError("must be an address or a host name")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _ratio(text: str) -> float:
    if not re.fullmatch(r"[01]|[01]?\.[0-9]{1,9}", text, re.ASCII) or not 0 < float(text) <= 1:
        raise ValueError("must be a share above 0 and up to 1, like 0.05")
    return float(text)


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text.lower()

    return parse


VARIABLES: Final = (
    Variable("USAGEWATCH_BOOTSTRAP_SERVERS", "bootstrap_servers", _servers, "Kafka brokers, host:port,…"),
    Variable("USAGEWATCH_APP_ID", "app_id", _name, "consumer group, and base of transactional ids"),
    Variable("USAGEWATCH_TOPIC_PREFIX", "topic_prefix", _prefix, "put before every topic's name"),
    Variable(
        "USAGEWATCH_PROCESSING_GUARANTEE",
        "processing_guarantee",
        _one_of(EXACTLY_ONCE, AT_LEAST_ONCE),
        "at_least_once: outputs are there sooner, and may be there twice, with the same id",
    ),
    Variable("USAGEWATCH_WEB_HOST", "web_host", _host, "address of /live, /ready and /metrics"),
    Variable("USAGEWATCH_WEB_PORT", "web_port", _whole(0, PORT_MAX), "their port; 0 takes a free one"),
    Variable(
        "USAGEWATCH_COMMIT_INTERVAL_MS",
        "commit_interval_ms",
        _whole(0, 10_000),
        "least time between a partition's commits; under load it grows by itself",
    ),
    Variable(
        "USAGEWATCH_BATCH_RECORDS", "batch_records", _whole(1, 100_000), "most records in one transaction"
    ),
    Variable(
        "USAGEWATCH_BUFFER_RECORDS",
        "buffer_records",
        _whole(1, 1_000_000),
        "records buffered of an input's partition before it is paused",
    ),
    Variable(
        "USAGEWATCH_BUFFER_MIB",
        "buffer_mib",
        _whole(8, 65_536),
        "MiB buffered of all inputs of a worker's partitions together",
    ),
    Variable(
        "USAGEWATCH_DEDUPE_HORIZON_DAYS",
        "dedupe_horizon_days",
        _whole(1, 45),
        "how long a record's identity is remembered",
    ),
    Variable(
        "USAGEWATCH_SESSION_TIMEOUT_MS",
        "session_timeout_ms",
        _whole(1_000, 300_000),
        "a silent worker loses its partitions after this",
    ),
    Variable(
        "USAGEWATCH_TRANSACTION_TIMEOUT_MS",
        "transaction_timeout_ms",
        _whole(1_000, 60_000),
        "an unfinished transaction hides what follows it for at most this long",
    ),
    Variable(
        "USAGEWATCH_SHUTDOWN_TIMEOUT_MS",
        "shutdown_timeout_ms",
        _whole(1_000, 300_000),
        "most time that a clean stop may take",
    ),
    Variable(
        "USAGEWATCH_STALL_TIMEOUT_MS",
        "stall_timeout_ms",
        _whole(1_000, 3_600_000),
        "a partition with unread records that commits nothing for so long fails /live; a blocked loop half",
    ),
    Variable(
        "USAGEWATCH_BROKER_AWAY_TIMEOUT_MS",
        "broker_away_timeout_ms",
        _whole(1_000, 86_400_000),
        "how long no broker may answer before /live fails",
    ),
    Variable("USAGEWATCH_LOG_LEVEL", "log_level", _one_of(*LOG_LEVELS), ", ".join(LOG_LEVELS)),
    Variable("USAGEWATCH_LOG_FORMAT", "log_format", _one_of(*LOG_FORMATS), ", ".join(LOG_FORMATS)),
    Variable(REGIMES_DIR, "regimes_dir", str, "folder whose regimes replace shipped ones of the same name"),
    Variable(
        "USAGEWATCH_MAX_DEFECTS_IN_A_ROW",
        "max_defects_in_a_row",
        _whole(1, 1_000_000),
        "records in a row on which our own code raises before a partition pauses",
    ),
    Variable(
        "USAGEWATCH_MAX_REJECTED_RATIO",
        "max_rejected_ratio",
        _ratio,
        "share of 1,000 records that may be dead letters before a partition pauses; 1: all",
    ),
    Variable(
        "USAGEWATCH_MAX_OUTPUTS_PER_MINUTE",
        "max_outputs_per_minute",
        _whole(0, 1_000_000_000),
        "outputs of one type and partition in a minute of its clock before the type is held back; 0: all",
    ),
)
"""Every variable there is. Others that begin with USAGEWATCH_ are left alone: a Kubernetes service called
``usagewatch`` brings some of its own."""


def load(environment: Mapping[str, str]) -> Settings:
    """Return the settings that ``environment`` holds, defaults for the rest.

    Raises: ConfigError with every mistake.
    """
    values: dict[str, str | int | float] = {}
    mistakes = []
    for variable in VARIABLES:
        if (text := environment.get(variable.name)) is None:
            continue
        try:
            values[variable.field] = variable.parse(text.strip())
        except ValueError as error:
            mistakes.append(f"{variable.name} {error}, not {text!r}")
    if mistakes:
        raise ConfigError(mistakes)
    return Settings(**values)  # type: ignore[arg-type]  # each parser yields its field's type


def regimes_dir(environment: Mapping[str, str]) -> str:
    """Return that one setting, however wrong the others are."""
    return load({REGIMES_DIR: environment.get(REGIMES_DIR, "")}).regimes_dir


def describe() -> str:
    """Return one line for each variable with its default, for ``--help``."""
    defaults = Settings()
    return "\n".join(
        f"  {variable.name:<33} {variable.what} [{getattr(defaults, variable.field)}]"
        for variable in VARIABLES
    )
