"""Ports for what is started: of a block of this process's own, below those that the system gives away.

A port that the system gave, and that is free again until a broker or a worker listens on it, may be taken in
between: by another process that asks for one, or by a connection. A client that tries a port on which nobody
listens may even be given that very port to come from, and then it has reached itself.
"""

import contextlib
import os
import socket
from itertools import cycle, islice
from typing import Final

FIRST: Final = 10_000
BLOCK: Final = 1_000
BLOCKS: Final = 20
"""Tests run in a few processes at a time, whose ids are close to each other."""

_own_first = FIRST + os.getpid() % BLOCKS * BLOCK
_ports = cycle(range(_own_first, _own_first + BLOCK))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, another one each time."""
    for port in islice(_ports, BLOCK):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")
