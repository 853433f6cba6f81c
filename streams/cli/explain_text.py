"""A story as text: what came, what it did, what followed, what did not, and why not."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from schemas.times import MS_PER_HOUR, zone
from streams.explain.moves import BucketMove
from streams.explain.own import OWN_TOPICS
from streams.explain.runs import Place, Run
from streams.explain.step import ANOTHER, PROFILE, TIMER, NotRaised, Refused, Step
from streams.explain.why_levels import RAISED_ALREADY, UNLIMITED
from streams.ledger import APPLIED

_INDENT: Final = " " * 4
_SHOWN_LATE_MS: Final = MS_PER_HOUR
"""From so long after the event on, its arrival is shown too."""
_TITLES: Final = {
    TIMER: "time went on",
    ANOTHER: "a record of another line of the group",
    "groups": "the group's record",
    "plans": "a plan came into force",
    "file": "a line that is no record and names the subscriber",
}
_STYLES: Final = {"care-events": "green", "offer-events": "green", "suppressed-offers": "yellow"}


def local(at_ms: int, time_zone: str) -> datetime:
    """Return an instant by the subscriber's clock; of a zone that nobody knows, in UTC."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    try:
        return at.astimezone(zone(time_zone))
    except (ValueError, OverflowError):
        return at


def show(console: Console, told: Step | Run) -> None:
    """Print a step, or a run of them."""
    console.print(_safe(_head_of_run(told) if isinstance(told, Run) else _head(told)))
    for line in _lines_of_run(told) if isinstance(told, Run) else _lines(told):
        for part in _safe(line).wrap(console, console.width - len(_INDENT)):
            part.rstrip()
            console.print(Text(_INDENT) + part)


def _safe(text: Text) -> Text:
    """Return a line without what a terminal would obey: a record may be called anything."""
    if not text.plain.isprintable():
        text.plain = "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text.plain
        )
    return text


# -- one step


def _head(step: Step) -> Text:
    where = f"line {step.line}"
    if step.what == TIMER:
        where = f"before line {step.line}"
    elif step.late_ms >= _SHOWN_LATE_MS:
        where += f", arrived {_moment(step.arrived_ms, step.time_zone)}"
    at = _moment(step.shown_ms, step.time_zone)
    return Text.assemble((at, "dim"), "  ", (_title(step), "bold"), (f"  {where}", "dim"))


def _moment(at_ms: int, time_zone: str) -> str:
    return f"{local(at_ms, time_zone):%d %b %Y %H:%M:%S}"


def _title(step: Step) -> str:
    if not step.record and step.what in OWN_TOPICS:
        return f"a record of {step.what} that may be somebody else's"
    name = step.record.get("record_id") or step.record.get("event_id") or ""
    became = f": {step.became}" if step.became and step.what not in _TITLES else ""
    return f"{_TITLES.get(step.what, step.what)} {name}".rstrip() + became


def _lines(step: Step) -> Iterator[Text]:
    """Yield all that a step did."""
    yield from map(_refused, step.refused)
    if step.what == PROFILE and step.became == APPLIED:
        yield Text(_profile(step.record))
    yield from (Text(f"the subscriber {words}") for words in step.membership)
    if step.released:
        yield Text(f"held records that were counted with it: {step.released}")
    yield from (Text(_moved(move)) for move in step.moved)
    if step.owed is not None:
        yield Text(f"owed: {step.owed[0]} → {step.owed[1]}")
    yield from map(_followed, step.outputs)
    by_place: dict[Place, list[NotRaised]] = {}
    for silence in step.why_not:
        by_place.setdefault((silence.is_shared, silence.bucket, silence.period), []).append(silence)
    for place, silences in by_place.items():
        name = f"{_place(place)}: " if len(step.moved) > 1 and place[1] else ""
        yield Text(f"{name}{'; '.join(_words(silences))}.", "dim")


def _refused(letter: Refused) -> Text:
    where = f", line {letter.line}" if letter.is_elsewhere else ""
    return Text(f"refused{where}: {letter.reason}{f', {letter.detail}' if letter.detail else ''}", "red")


def _profile(record: dict[str, Any]) -> str:
    """Return what a profile says, as far as it decides what is counted and told."""
    if not record:
        return "the subscriber is no more"
    words = [
        f"plan {record.get('plan_id') or 'none'}",
        f"billing periods from day {record['cycle_day']} on in {record['time_zone']}",
        f"regime of {record['jurisdiction']}",
    ]
    if (status := record.get("status", "active")) != "active":
        words.append(f"status {status}")
    limits = ((name, record.get(name)) for name in ("credit_limit", "bill_limit"))
    words += [
        f"{name.replace('_', ' ')} {limit['currency']} {limit['amount']}" for name, limit in limits if limit
    ]
    return ", ".join(words)


def _moved(move: BucketMove) -> str:
    allowance = move.say(move.allowance[1]) if move.allowance[1] != 0 else "none included"
    percent = "" if move.percent is None else f", {move.percent} %"
    text = f"{_name(move)}: {move.say(move.used[0])} → {move.say(move.used[1])} of {allowance}{percent}"
    if move.is_rearmed:
        text += f"; allowance {move.say(move.allowance[0])} → {allowance}, generation {move.generation[1]}"
    if move.charge[0] != move.charge[1]:
        text += f"; charge {move.charge[0] or 'nothing'} → {move.charge[1] or 'nothing'}"
    return text


def _name(move: BucketMove) -> str:
    return _place((move.is_shared, move.bucket, move.period))


def _place(place: Place) -> str:
    is_shared, bucket, period = place
    return f"{'the group: ' if is_shared else ''}{bucket} of {period}"


def _followed(output: dict[str, Any]) -> Text:
    """Return how an output is told."""
    kind, topic = output["type"], output["topic"]
    name = f"no {kind} offer" if topic == "suppressed-offers" else kind
    colon = "" if topic in {"care-events", "offer-events"} else ":"
    return Text(f"→ {name}{colon} {output['sentence']}", _STYLES.get(topic, "cyan"))


def _words(silences: Iterable[NotRaised]) -> Iterator[str]:
    """Yield why nothing more was raised; what was raised already in one."""
    raised: list[str] = []
    for one in silences:
        if one.why == RAISED_ALREADY:
            where = "before" if one.line is None else f"with line {one.line}"
            raised.append(f"{one.what} {where}")
        else:
            yield one.text
    if raised:
        yield f"raised already: {', '.join(raised)}"


# -- a run


def _head_of_run(run: Run) -> Text:
    zone_ = run.last.time_zone
    first, last = local(run.from_ms, zone_), local(run.until_ms, zone_)
    until = f"{last:%H:%M:%S}" if first.date() == last.date() else f"{last:%d %b %H:%M:%S}"
    where = f"lines {run.first.line} to {run.last.line}"
    if run.first.is_late:
        where += f", late from {local(run.first.arrived_ms, zone_):%d %b} on"
    return Text.assemble(
        (f"{first:%d %b %Y %H:%M:%S} to {until}", "dim"),
        "  ",
        (f"{run.counts.total()} records", "bold"),
        (f"  {where}", "dim"),
    )


def _lines_of_run(run: Run) -> Iterator[Text]:
    """Yield what a run of records did, and why that raised nothing."""
    names = {ANOTHER: "of other lines of the group"}
    yield Text(", ".join(f"{count} {names.get(what, what)}" for what, count in run.counts.most_common()))
    silent = {place: list(_nothing(run, place)) for place in dict.fromkeys([*run.moved, *run.coming])}
    for move in sorted(run.moved.values(), key=lambda one: (one.is_shared, one.period, one.bucket)):
        texts = silent.pop((move.is_shared, move.bucket, move.period))
        nothing = f" Nothing to raise: {'; '.join(texts)}." if texts else ""
        yield Text.assemble(f"{_moved(move)}.", (nothing, "dim"))
    if run.owed is not None:
        yield Text(f"owed: {run.owed[0]} → {run.owed[1]}")
    yield from (Text(f"Nothing to raise: {'; '.join(texts)}.", "dim") for texts in silent.values() if texts)
    if run.uncounted:
        texts = [f"{count} because {text}" for text, count in run.uncounted.items()]
        yield Text(f"Not counted: {'; '.join(texts)}.", "dim")


def _nothing(run: Run, place: Place) -> Iterator[str]:
    """Yield why nothing was raised of a bucket; that it is unlimited is said already."""
    yield from _words(one for one in run.coming.get(place, ()) if one.why != UNLIMITED)
    reasons = [one.text.removeprefix("no forecast: ") for one in run.no_forecast.get(place, {}).values()]
    if reasons:
        yield f"no forecast: {', then '.join(reasons)}"
