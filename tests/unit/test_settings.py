"""Settings from the environment."""

import pytest

from schemas.errors import ConfigError
from streams.settings import VARIABLES, Settings, describe, load, regimes_dir

WRONG = {
    "USAGEWATCH_BOOTSTRAP_SERVERS": ("localhost", "a:0", "a:99999", ":9092", "a:9092,", ""),
    "USAGEWATCH_APP_ID": ("", "two words", "ä"),
    "USAGEWATCH_TOPIC_PREFIX": ("a/b",),
    "USAGEWATCH_WEB_HOST": ("", "a b"),
    "USAGEWATCH_WEB_PORT": ("x", "-1", "65536", "٣"),
    "USAGEWATCH_COMMIT_INTERVAL_MS": ("1.5",),
    "USAGEWATCH_LOG_LEVEL": ("loud",),
    "USAGEWATCH_MAX_REJECTED_RATIO": ("0", "0.0", "1.5", "5%", "-0.1", ".", "1e-3", "nan"),
}


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    """What the issue names is what one gets."""
    settings = load({"HOME": "/", "USAGEWATCH_PORT_6066_TCP_ADDR": "what Kubernetes adds"})

    assert Settings() == settings
    assert ("127.0.0.1:9092", "usagewatch", "", "127.0.0.1", 6066) == (
        settings.bootstrap_servers,
        settings.app_id,
        settings.topic_prefix,
        settings.web_host,
        settings.web_port,
    )


def test_every_variable_sets_its_field_and_is_described() -> None:
    """The table is whole: one variable a field, each in the help."""
    assert list(Settings.__struct_fields__) == [variable.field for variable in VARIABLES]
    assert all(variable.name in describe() for variable in VARIABLES)


def test_values_are_read() -> None:
    """Spaces around are forgiven, several brokers are separated by commas."""
    settings = load({"USAGEWATCH_BOOTSTRAP_SERVERS": " a:1, b:2 ", "USAGEWATCH_TOPIC_PREFIX": "x."})

    assert ("a:1,b:2", "x.cdr") == (settings.bootstrap_servers, settings.topic("cdr"))


@pytest.mark.parametrize(("text", "ratio"), [("0.05", 0.05), (".5", 0.5), ("1", 1.0), ("1.0", 1.0)])
def test_a_ratio_is_a_share_of_one(text: str, ratio: float) -> None:
    """1 is all: nothing pauses."""
    assert ratio == load({"USAGEWATCH_MAX_REJECTED_RATIO": text}).limits.rejected_ratio


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_value_is_named(name: str, text: str) -> None:
    """The message names the variable and what it holds."""
    with pytest.raises(ConfigError) as raised:
        load({name: text})

    (mistake,) = raised.value.mistakes
    assert mistake.startswith(name)
    assert repr(text) in mistake


def test_all_mistakes_are_reported_at_once() -> None:
    """A person corrects them in one go."""
    with pytest.raises(ConfigError) as raised:
        load({name: texts[0] for name, texts in WRONG.items()})

    assert list(WRONG) == [mistake.split()[0] for mistake in raised.value.mistakes]


def test_folder_of_regimes_is_read_however_wrong_the_rest_is() -> None:
    """So a check can go on to the regimes."""
    assert "/etc/regimes" == regimes_dir(
        {"USAGEWATCH_REGIMES_DIR": " /etc/regimes ", "USAGEWATCH_WEB_PORT": "x"}
    )
    assert "" == regimes_dir({})
