"""``usagewatch calculate``: does a subscriber need another plan, and what would each alternative cost?"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

import click
import msgspec
from rich.console import Console

from schemas.errors import UsagewatchError
from schemas.profile import Profile
from streams.calculator import Answer, answer
from streams.calculator.asking import Asked, question_of
from streams.calculator.plain import plain
from streams.cli.calculate_page import page
from streams.cli.calculate_report import show
from streams.cli.progress import reading
from streams.cli.regime_files import REGIMES_OPTION
from streams.cli.rule_options import horizon_option, rules_with
from streams.core.period import day_start
from streams.core.stored import decode_state
from streams.core.subscriber import Subscriber
from streams.groups import PREFIX
from streams.replay import Replay
from streams.responses.texts import Language, language_of

_WIDTH: Final = 100


class NothingToCompareError(UsagewatchError):
    """There is no question that the calculator could answer."""


class Options(TypedDict):
    """The options as click gives them."""

    is_json: bool
    html: str | None
    language: str | None
    day: datetime | None
    dedupe_horizon_days: int | None
    regimes_dir: str


@click.command()
@click.argument("subscriber")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "is_json", is_flag=True, help="One JSON object, for other programs.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, writable=True),
    help="Write a page with a picture here: one file, to be shown, sent or printed.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "zh"]),
    help="Of the page; the subscriber's own if not said.",
)
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Ask on this local day: which months are over; that of the last record if not said.",
)
@REGIMES_OPTION
@horizon_option
def calculate(subscriber: str, files: tuple[str, ...], **options: Unpack[Options]) -> None:
    """Price a subscriber's last three whole months under each plan and with each add-on that is sold.

    The cheapest that is enough comes first, "stay" and cheaper plans among them. Exact: nothing is rounded
    but what is shown. Enough is what cuts nothing off, slows nothing down, and has a known price for all that
    was used; a plan that slows down is enough for whoever has it and never asked or paid for more. What
    leaving the present contract costs is counted into the first year. Calls count as the plan of the time
    rounded them.

    FILE is a path or - for standard input, as for `usagewatch replay`. Of nobody else anything is written.
    Exit status 1 when there is nothing to compare.

    \b
    Examples:
      usagewatch calculate 8613800000001 august.jsonl september.jsonl october.jsonl
      usagewatch calculate 8613800000001 months.jsonl --on 2026-11-01 --html report.html
      usagewatch calculate 8613800000001 months.jsonl --json | jq '.options[0]'
    """  # noqa: D301  # click reads \b as "leave these lines as they are"
    run = Replay(rules=rules_with(**_rules(options)))
    with reading(files, Console(stderr=True), is_shown=not sys.stdout.isatty()) as lines:
        for _ in run.run(lines):
            pass
    asked = _asked(run, subscriber, options["day"])
    found = _answer(run, asked)
    if options["html"] is not None:
        language: Language = language_of(options["language"] or asked.profile.language)
        Path(options["html"]).write_text(page(found, subscriber, language), "utf-8")
    if options["is_json"]:
        fields: dict[str, Any] = {"subscriber_id": subscriber} | plain(found)
        click.echo(msgspec.json.encode(fields))
        return
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=False)
    console.width = min(_WIDTH, console.width) if console.is_terminal else _WIDTH
    show(console, found, subscriber)


def _rules(options: Options) -> Any:  # noqa: ANN401  (those of the options that a replay has too)
    return {name: options[name] for name in ("dedupe_horizon_days", "regimes_dir")}


def _asked(run: Replay, subscriber: str, day: datetime | None) -> Asked:
    """Return whose question it is: of a group that of its owner.

    Raises: NothingToCompareError.
    """
    state = _state(run, subscriber)
    profile = None if state is None else state.read_profile()
    if state is None or profile is None:
        raise NothingToCompareError(
            "the files have no profile of that subscriber: is the id spelled as in them?"
        )
    group = None if state.group_id is None else _state(run, PREFIX + state.group_id)
    if group is not None:
        if group.owner_id != subscriber:
            raise NothingToCompareError(
                "that subscriber shares the allowances of a group: ask for the group's owner"
            )
        state, profile = group, _profile_of_group(group, profile)
    clock_ms = run.pipeline.clock_ms if day is None else day_start(profile.time_zone, day.date())
    return Asked(state=state, profile=profile, clock_ms=clock_ms)


def _profile_of_group(group: Subscriber, owner: Profile) -> Profile:
    """Return the group's profile with what binds its owner."""
    profile = group.read_profile() or owner
    return msgspec.structs.replace(profile, contracts=owner.contracts, language=owner.language)


def _state(run: Replay, key: str) -> Subscriber | None:
    data = run.pipeline.committed(key)
    return None if data is None else decode_state(data)


def _answer(run: Replay, asked: Asked) -> Answer:
    """Return what the calculator says.

    Raises: NothingToCompareError.
    """
    question = question_of(asked, run.catalog, run.pipeline.rules.windows)
    if question is not None:
        return answer(question)
    plan_id = asked.state.period_at(asked.clock_ms).plan_id
    if plan_id is None or run.catalog.plan(plan_id) is None:
        raise NothingToCompareError("the files have no plan of that subscriber")
    raise NothingToCompareError(
        "no whole billing period of that subscriber is over yet: give more months, or a later day with --on"
    )
