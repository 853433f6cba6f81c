"""One subscriber's story, out of the same replay that counts: what each record did, and what it did not.

`watched` notes what concerns the subscriber, `steps` makes steps of it, and `runs` puts together those in
which nothing happened. What is shown of a record is decided in `own`, why nothing was raised by the rules
themselves (`why`). Pure.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from streams.explain.step import NotRaised, Refused, Step
from streams.explain.steps import Steps
from streams.explain.watched import Watched
from streams.replay import BATCH_LINES, Replay
from streams.rules import Rules

__all__ = ["NotRaised", "Refused", "Step", "story"]


def story(lines: Iterable[bytes], subscriber_id: str, rules: Rules) -> Iterator[Step]:
    """Yield what concerns a subscriber, in the order in which it was taken.

    All lines are run, so that clock and timers are those of the whole file.
    """
    run = Replay(rules=rules)
    run.pipeline = watched = Watched(subscriber_id, catalog=run.catalog, rules=rules)
    steps, source = Steps(subscriber_id, rules), iter(lines)
    while batch := list(islice(source, BATCH_LINES)):
        deque(run.run(batch), maxlen=0)
        yield from steps.of(watched.notes)
        watched.notes.clear()
