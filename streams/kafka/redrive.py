"""Sends dead letters back to where their records came from, each once whatever dies when.

::

    dead-letters p ──> asked for, not sent yet ──> one transaction ─┬─ its input topic, partition p:
                                                                   │   key, value and time as they were
                                                                   └─ redriven p: a marker

The transactional id is the partition's own, so that a second run at the same time fences the first; only then
are the markers read. What a fenced run has committed is marked, what it had begun is aborted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import BrokerResponseError, IllegalOperation, KafkaError, ProducerFenced
from msgspec import Struct, field

from schemas.errors import ConfigError
from schemas.topics import DEAD_LETTERS, INPUTS, REDRIVEN
from streams.kafka.batch import wall_clock_ms
from streams.kafka.connection import refusal
from streams.kafka.dead_letters import Letter, Range, Wanted, ranges
from streams.kafka.feed import oldest_ms
from streams.kafka.messages import Message
from streams.kafka.topic_rules import Found
from streams.kafka.transaction import Transactions
from streams.kafka.verdicts import Judge, Moved, Verdict
from streams.settings import Settings

SLICE_LETTERS: Final = 500
SLICE_BYTES: Final = 4 << 20
"""Sent back in one transaction."""
NAME: Final = "redrive"
"""In the transactional id."""


class Survey(Struct):
    """What a run finds, or did: letters by (topic, reason), and those that stay by why."""

    send: Counter[tuple[str, str]] = field(default_factory=Counter)
    stays: dict[int, Counter[Verdict]] = field(default_factory=dict)
    """By partition."""
    old: Counter[str] = field(default_factory=Counter)
    """Of those to send, by topic: older than its retention, so the broker may delete them unread."""
    spans: dict[int, Range] = field(default_factory=dict)
    """What is to be read of each partition, of those that have anything to send."""

    def stay(self) -> Counter[Verdict]:
        """Return how many letters stay, by why."""
        return sum(self.stays.values(), Counter())


class Redrive:
    """One run over the letters that a person asks for."""

    def __init__(self, settings: Settings, wanted: Wanted, found: Mapping[str, Found], moved: Moved) -> None:
        self._settings = settings
        self._wanted = wanted
        self._found = found
        self._moved = moved
        now_ms = wall_clock_ms()
        self._judge = Judge(wanted, found, now_ms=now_ms)
        self._oldest_ms = {name: oldest_ms(found[name], now_ms) for name in INPUTS}

    async def survey(self, consumer: AIOKafkaConsumer) -> Survey:
        """Return what would be sent. Nothing is written."""
        survey = Survey()
        spans = await ranges(consumer, self._found[DEAD_LETTERS], self._wanted)
        total, done = sum(span.end - span.start for span in spans), 0
        for span in spans:
            before = survey.send.total()
            async with aclosing(self._judge.judged(consumer, span)) as some:
                async for position, judged in some:
                    self._moved(done + position - span.start, total)
                    for letter, verdict in judged:
                        self._note(survey, letter, verdict)
            if survey.send.total() > before:
                survey.spans[span.place.partition] = span
            done += span.end - span.start
        return survey

    async def run(self, consumer: AIOKafkaConsumer, survey: Survey) -> Survey:
        """Send what was surveyed and is still to be sent; return what was done.

        Raises: ConfigError when another run has taken over, the broker refuses a record or goes away.
        """
        total = survey.send.total()
        stays = {number: some for number, some in survey.stays.items() if number not in survey.spans}
        done = Survey(stays=stays)
        for name in {topic for topic, _ in survey.send}:
            if self._found[name].settings.get("message.timestamp.type") != "CreateTime":
                raise ConfigError(
                    [f"{self._found[name].name}: records would lose their times: `usagewatch topics check`"]
                )
        for number, span in survey.spans.items():
            transactions = Transactions(self._settings, number, name=NAME)
            try:
                await transactions.start()
                await self._send(consumer, span, transactions, done, total)
            except (KafkaError, IllegalOperation) as error:
                raise ConfigError([_broken_off(error, number, done.send.total())]) from error
            finally:
                await transactions.stop()
        return done

    async def _send(
        self,
        consumer: AIOKafkaConsumer,
        span: Range,
        transactions: Transactions,
        done: Survey,
        total: int,
    ) -> None:
        """Send one partition's letters, a slice a transaction."""
        slice_: list[Letter] = []
        size_bytes = 0
        async with aclosing(self._judge.judged(consumer, span)) as some:
            async for _, judged in some:
                for letter, verdict in judged:
                    if verdict is not Verdict.SEND:
                        self._note(done, letter, verdict)
                        continue
                    slice_.append(letter)
                    size_bytes += len(letter.value or b"")
                    if len(slice_) >= SLICE_LETTERS or size_bytes >= SLICE_BYTES:
                        await self._commit(transactions, slice_, done)
                        self._moved(done.send.total(), total)
                        slice_, size_bytes = [], 0
        if slice_:
            await self._commit(transactions, slice_, done)
            self._moved(done.send.total(), total)

    async def _commit(self, transactions: Transactions, letters: Sequence[Letter], done: Survey) -> None:
        messages: dict[TopicPartition, list[Message]] = {}
        for letter in letters:
            place = TopicPartition(self._settings.topic(letter.origin.topic), letter.partition)
            record = Message(letter.key, letter.value, timestamp_ms=letter.arrival_ms)
            messages.setdefault(place, []).append(record)
        place = TopicPartition(self._settings.topic(REDRIVEN), letters[0].partition)
        messages[place] = [Message(str(letter.origin).encode(), _marker(letter)) for letter in letters]
        await transactions.commit(messages, {})
        for letter in letters:
            self._note(done, letter, Verdict.SEND)

    def _note(self, survey: Survey, letter: Letter, verdict: Verdict) -> None:
        if verdict is not Verdict.SEND:
            survey.stays.setdefault(letter.partition, Counter())[verdict] += 1
            return
        survey.send[letter.origin.topic, letter.reason] += 1
        if letter.arrival_ms < self._oldest_ms[letter.origin.topic]:
            survey.old[letter.origin.topic] += 1


def _broken_off(error: Exception, partition: int, sent_count: int) -> str:
    """Return why sending has ended before its time, and what of it counts."""
    match error:
        case ProducerFenced():
            why = "another redrive has taken over and goes on with it"
        case BrokerResponseError():
            why = f"the broker refused a record: {refusal(error)}"
        case _:
            # A client that has been fenced, or lost its broker, says so in many ways.
            name = type(error).__name__
            why = f"sending broke off, run it again unless another redrive has taken over ({name})"
    return f"partition {partition}: {why}; what has been sent ({sent_count:,}) counts and is not sent again"


def _marker(letter: Letter) -> bytes:
    """Return what a marker says to people: which letter it was."""
    return orjson.dumps({"dead_letter": f"{letter.partition}/{letter.offset}", "reason": letter.reason})
