"""The records of a few subscribers once more, one at a time, to look into their states as they were."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.envelope import Emitted, Raw
from schemas.topics import CATALOG
from streams.core.catalog import Catalog
from streams.core.stored import decode_state
from streams.core.subscriber import Subscriber
from streams.lines import parse
from streams.pipeline import Pipeline, Rules


class Glimpse(NamedTuple):
    """An output, and the subscriber's state when it was made."""

    emitted: Emitted
    state: Subscriber


def lines_of(lines: Iterable[bytes], subscriber_ids: Iterable[str]) -> Iterator[bytes]:
    """Yield the catalogue's lines and those subscribers', in order."""
    keys = [f'"key":"{subscriber_id}","value":{{'.encode() for subscriber_id in subscriber_ids]
    topics = tuple(f'{{"topic":"{topic}"'.encode() for topic in CATALOG)
    for line in lines:
        if line.startswith(topics) or any(key in line for key in keys):
            yield line


def retell(lines: Iterable[bytes]) -> Iterator[Glimpse]:
    """Take lines that are records, and yield each output with the state that it left behind."""
    pipeline = Pipeline(catalog=Catalog(), rules=Rules.default())
    for number, text in enumerate(lines, start=1):
        line = parse(text)
        raw = Raw(line.topic, 0, number, line.timestamp_ms or 0, line.key, line.value, line.is_keyed)
        outputs = list[Emitted]()
        while pipeline.is_due(raw):
            outputs += pipeline.tick(raw.timestamp_ms)
        outputs += pipeline.take(raw)
        states = {key: data for key, data in pipeline.changes() if data is not None}
        pipeline.accept()
        for emitted in outputs:
            if emitted.key in states:
                yield Glimpse(emitted, decode_state(states[emitted.key]))
