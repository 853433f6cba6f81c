"""A command of ours against a test's cluster."""

import asyncio
import os
import subprocess
import sys

from click.testing import CliRunner, Result

from streams.cli import usagewatch
from streams.settings import Settings
from tests.kafka.build_worker import REPOSITORY

USUAL = "from streams.cli import main; main()"


def variables(settings: Settings) -> dict[str, str]:
    """Return the environment that says where a test's topics are."""
    return {
        "USAGEWATCH_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "USAGEWATCH_APP_ID": settings.app_id,
        "USAGEWATCH_TOPIC_PREFIX": settings.topic_prefix,
    }


async def run(settings: Settings, *arguments: object) -> Result:
    """Return what a command did, in this process."""
    words = [str(argument) for argument in arguments]
    return await asyncio.to_thread(CliRunner().invoke, usagewatch, words, env=variables(settings))


def started(settings: Settings, *arguments: str, code: str = USUAL) -> "subprocess.Popen[str]":
    """Return a command that runs as a process of its own, so that it can be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | variables(settings) | {"PYTHONPATH": str(REPOSITORY)},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
