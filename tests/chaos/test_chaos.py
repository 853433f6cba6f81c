"""A short chaos run: ``make chaos`` in little, with a seed of its own each time."""

import random

import pytest

from tests.chaos.acts import Scene
from tests.chaos.cluster import Make
from tests.chaos.load import Load
from tests.chaos.plan import KILLS, LONG, SHORT, Act, plan, slices_of
from tests.chaos.run import run

pytestmark = pytest.mark.kafka


async def test_nothing_is_lost_doubled_or_miscounted_whatever_happens(make_cluster: Make) -> None:
    """Workers killed at named moments and frozen, the broker killed and away: all as in a replay."""
    seed = random.randrange(1 << 31)  # noqa: S311 - nothing secret
    print(f"again: python -m tests.chaos.run --short --seed {seed}")  # noqa: T201 - shown when it fails
    steps = plan(seed, SHORT)
    scene = Scene(await make_cluster("chaos."))

    outcome = await run(Load(seed, 10_000, 40_000, len(steps)), steps, scene, print)

    assert [] == outcome.problems
    assert sum(KILLS.get(act, 0) for act in SHORT) == scene.kill_count
    assert sorted(SHORT) == sorted(scene.back_s)


def test_a_long_run_does_everything_and_kills_ten_times_at_least() -> None:
    """Three seeds make thirty kills; each act is there, in another order for another seed."""
    steps = plan(1, LONG)

    assert set(Act) == {step.act for step in steps}
    assert sum(KILLS.get(step.act, 0) for step in steps) >= 10
    assert steps == plan(1, LONG) != plan(2, LONG)
    assert len(steps) + 1 == sum(slices_of(step.act) for step in steps)
