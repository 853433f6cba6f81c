"""What a worker's log says, and what of its clients' chatter it leaves out."""

import asyncio
import gc
import logging
from collections.abc import Iterator

import pytest
from aiokafka.errors import KafkaError, ProducerFenced

from streams.cli.logs import set_up


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    names = (None, "aiokafka", "faust", "mode", "aiokafka.producer.sender")
    handlers, levels = root.handlers[:], [logging.getLogger(name).level for name in names]
    yield
    root.handlers[:] = handlers
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)


async def forget(*errors: Exception) -> None:
    """Let operations fail of which nobody hears."""
    for error in errors:
        asyncio.get_running_loop().create_future().set_exception(error)
    gc.collect()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return level and message of each line that was logged."""
    return [line[24:] for line in capsys.readouterr().err.splitlines() if line.startswith("2")]


async def test_what_a_client_failed_to_do_after_it_was_given_up_is_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An error is what loses data or needs a person; once in a while is enough."""
    set_up("info", "text")

    await forget(ProducerFenced(), KafkaError(), ProducerFenced())

    assert ["warning Future exception was never retrieved"] * 2 == lines(capsys)


async def test_what_our_own_code_failed_to_do_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever hears of it."""
    set_up("info", "text")

    await forget(ZeroDivisionError())

    assert ["error   Future exception was never retrieved"] == lines(capsys)


def test_a_clients_retries_are_said_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    """While a broker is away they come by the thousand, and what a client calls an error is a retry."""
    set_up("info", "text")

    for node in range(1_000):
        logging.getLogger("aiokafka.client").error("cannot reach node %d", node)

    assert ["warning cannot reach node 0"] == lines(capsys)
