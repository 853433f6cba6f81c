"""What is done to the cluster, in which order: the same for the same seed."""

from enum import StrEnum
from random import Random
from typing import Final, NamedTuple


class Act(StrEnum):
    """One kind of trouble; its name is what the table says."""

    KILL_ALONE = "SIGKILL of the only worker"
    KILL_SHARED = "SIGKILL of one of several workers"
    KILL_OUTPUTS = "SIGKILL, outputs sent, offsets not"
    KILL_OFFSETS = "SIGKILL, all sent, not committed"
    KILL_COMMIT = "SIGKILL during the commit"
    KILL_RESTORE = "SIGKILL, again during the restore"
    KILL_FULL = "SIGKILL with full fetch queues"
    TERM = "SIGTERM"
    FREEZE = "SIGSTOP beyond the session, SIGCONT"
    FREEZE_OPEN = "SIGSTOP in a transaction, SIGCONT"
    SLOW = "slow commits while a worker joins"
    DOWN = "all workers down over a period's end"
    BROKER_RESTART = "broker stopped and started"
    BROKER_KILL = "broker killed and started"
    BROKER_AWAY = "broker away beyond a transaction"
    BROKER_LONG = "broker away for two minutes"


KILLS: Final = {
    Act.KILL_ALONE: 1,
    Act.KILL_SHARED: 1,
    Act.KILL_OUTPUTS: 1,
    Act.KILL_OFFSETS: 1,
    Act.KILL_COMMIT: 1,
    Act.KILL_RESTORE: 2,
    Act.KILL_FULL: 1,
}
"""How many workers each act kills."""
AWAY: Final = (Act.BROKER_RESTART, Act.BROKER_KILL, Act.BROKER_AWAY, Act.BROKER_LONG)
"""The broker is gone for a while."""
ONCE: Final = (
    Act.TERM,
    Act.FREEZE,
    Act.FREEZE_OPEN,
    Act.SLOW,
    Act.DOWN,
    Act.BROKER_RESTART,
    Act.BROKER_KILL,
    Act.BROKER_AWAY,
)
LONG: Final = (*KILLS, *ONCE, *KILLS, Act.KILL_COMMIT, Act.BROKER_LONG)
"""Each act at least once, each kill twice."""
SHORT: Final = (Act.KILL_COMMIT, Act.KILL_RESTORE, Act.KILL_OUTPUTS, Act.FREEZE_OPEN, Act.BROKER_AWAY)
WORKERS: Final = {
    Act.KILL_ALONE: (1, 1),
    Act.KILL_SHARED: (2, 3),
    Act.FREEZE: (2, 3),
    Act.FREEZE_OPEN: (2, 3),
}
"""How few and how many may run where it matters: somebody must be there to take over."""
WORKERS_ELSE: Final = (1, 3)


class Step(NamedTuple):
    """One act."""

    act: Act
    worker_count: int
    """How many run when it is done."""
    at_percent: int
    """How much of the step's records has been read by then."""
    choice: int
    """A number out of which the act draws what it has to choose."""


def plan(seed: int, acts: tuple[Act, ...]) -> list[Step]:
    """Return the acts in an order of the seed's, each with one to three workers."""
    random = Random(seed)  # noqa: S311 - nothing secret
    order = random.sample(acts, len(acts))
    return [
        Step(
            act,
            random.randint(*WORKERS.get(act, WORKERS_ELSE)),
            random.randrange(5, 60),
            random.randrange(1 << 30),
        )
        for act in order
    ]


def slices_of(act: Act) -> int:
    """Return how many days of the load an act takes: over a period's end there are two."""
    return 2 if act is Act.DOWN else 1
