"""What ``usagewatch calculate`` prints: the use, the alternatives, and what comes of it."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from schemas.fields import Bucket
from streams.calculator import Answer, Option
from streams.calculator.use import MonthUse
from streams.core.counting import unit_of
from streams.core.usage import BUCKETS
from streams.responses import spoken


def show(console: Console, answer: Answer, subscriber: str) -> None:
    """Print the report."""
    console.print(f"{subscriber}: {answer.question.plan.name}, {_price(answer, answer.stay.fee)} a month")
    console.print()
    console.print(_use(answer))
    console.print()
    console.print(_alternatives(answer))
    console.print()
    for sentence in _sentences(answer):
        console.print(sentence)


def _use(answer: Answer) -> Table:
    """Return what was used in each month."""
    question = answer.question
    buckets = [one for one in BUCKETS if any(one in month.counted for month in question.months)]
    table = Table("used", *buckets, "paid", box=None, pad_edge=False, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for month in question.months:
        table.add_row(
            month.day, *(_amount(answer, month, one) for one in buckets), _price(answer, month.paid)
        )
    if question.so_far is not None:
        cells = (_amount(answer, question.so_far, one) for one in buckets)
        table.add_row(f"{question.so_far.day} so far", *cells, "", style="dim")
    return table


def _alternatives(answer: Answer) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("alternative", overflow="fold")
    for name in ("fee", "a month", "against now"):
        table.add_column(name, justify="right")
    table.add_column("enough", overflow="fold")
    table.add_column("binds", overflow="fold")
    for option in answer.options:
        is_best = option is answer.recommended
        table.add_row(
            f"{'→ ' if is_best else '  '}{_name(option)}",
            _price(answer, option.fee),
            _price(answer, option.monthly) + ("*" if option.is_estimate else ""),
            _signed(option.monthly - answer.stay.monthly),
            "yes"
            if option.is_sufficient
            else f"no: {', '.join(option.lacks) or 'bound to the present plan'}",
            _binds(answer, option),
            style="bold" if is_best else "",
        )
    return table


def _name(option: Option) -> str:
    match option.kind:
        case "stay":
            return f"stay with {option.name}"
        case "addon":
            return f"stay + {option.name} ({', '.join(str(packs) for packs in option.packs)})"
        case "plan":
            shared = f", a part of {option.shared_by} lines" if option.shared_by > 1 else ""
            return f"{option.name}{shared}"


def _binds(answer: Answer, option: Option) -> str:
    """Return what a change binds to, and what leaving the present contract costs."""
    if option.kind != "plan":
        return "-"
    words = []
    if option.plan.term_months:
        words.append(
            f"{option.plan.term_months} months, exit {_price(answer, Decimal(option.plan.exit_fee))}"
        )
    if option.leaving_fee:
        words.append(f"leaving now {_price(answer, option.leaving_fee)}")
    return "; ".join(words) or "no term"


def _sentences(answer: Answer) -> Iterator[str]:
    """Yield what comes of it, and what it does not take in."""
    best, question = answer.recommended, answer.question
    yield f"Upgrade needed: {'yes' if answer.needs_upgrade else 'no'}. {_verdict(answer)}"
    if best.kind != "stay":
        yield (
            f"New monthly fee {_price(answer, best.fee)}, {_signed(answer.fee_delta)} against the fee now; "
            f"a month of such use {_more(answer, answer.saves)} than the plan as it is"
            + (
                "."
                if answer.saves_against_paid is None
                else f", and {_more(answer, answer.saves_against_paid)} than was really paid "
                f"({_price(answer, answer.paid)})."
            )
        )
    if question.plan.closed and best.kind == "plan":
        yield f"{question.plan.name} is no longer sold: there is no way back to it."
    if question.leaving.until is not None:
        fee = question.leaving.fee
        costs = "nobody says what leaving costs" if fee is None else f"leaving costs {_price(answer, fee)}"
        yield f"The present contract runs until {question.leaving.until}: {costs}."
    if any(option.is_estimate for option in answer.options):
        yield "* an estimate: it counts calls or roaming otherwise than the plan of the time, or is shared."
    for reason, count in answer.left_out.items():
        yield f"Left out, {reason.replace('_', ' ')}: {count}."


def _verdict(answer: Answer) -> str:
    best = answer.recommended
    if best.kind != "stay":
        return f"{best.name} is the cheapest that is enough."
    if answer.stay.is_sufficient:
        return "To stay is the cheapest that is enough."
    return "Nothing that is sold is enough for such use."


def _more(answer: Answer, saves: Decimal) -> str:
    return f"costs {_price(answer, abs(saves))} {'less' if saves >= 0 else 'more'}"


def _price(answer: Answer, amount: Decimal | None) -> str:
    return "?" if amount is None else spoken.price(f"{amount:f}", answer.question.plan.currency, "en")


def _signed(amount: Decimal) -> str:
    return f"{amount:+f}" if amount else "0"


def _amount(answer: Answer, month: MonthUse, bucket: Bucket) -> str:
    base = answer.question.plan.unit_base
    return spoken.amount(month.counted.get(bucket, 0), unit_of(bucket), unit_base=base, language="en")
