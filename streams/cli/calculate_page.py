"""The calculator's answer as a page: one HTML file that needs nothing else, to be shown, sent or printed."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Final

from schemas.fields import Bucket
from streams.calculator import Answer, Option
from streams.calculator.use import HOME, quantity
from streams.cli.calculate_picture import Bar, picture
from streams.core.counting import unit_of
from streams.responses import spoken
from streams.responses.plan_words import Words
from streams.responses.texts import Language, phrase, sentences

BARS_MOST: Final = 8
"""Alternatives in a picture; the table has all."""
STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 60rem;
       margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.verdict { border-left: .4rem solid #1f4e79; padding: .5rem 1rem; }
svg { width: 100%; height: auto; font: 13px system-ui, sans-serif; fill: #1b1b1b; }
svg .best text { font-weight: bold; }
svg .most { stroke: #1b1b1b; stroke-width: 1.5; stroke-dasharray: 5 4; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: bold; padding: 1rem 0 .5rem; }
th, td { border-bottom: 1px solid #999; padding: .35rem .5rem; text-align: left; vertical-align: top;
         overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; } tr.best { font-weight: bold; }
.notes { color: #444; font-size: .9rem; }
@media print { body { margin: 0; max-width: none; } h2, svg, tr { break-inside: avoid; } }
"""


def page(answer: Answer, subscriber: str, language: Language) -> str:
    """Return the page. Nothing in it is taken from elsewhere, and every name is escaped."""
    words = Words(answer=answer, option=answer.recommended, time_zone="UTC", language=language)
    title = _say(words, "title")
    plan = _say(
        words,
        "plan",
        subscriber=subscriber,
        plan=words.current.name,
        fee=words.price(answer.stay.fee),
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{"zh-Hans" if language == "zh" else "en"}">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head>",
            f"<body><main><h1>{escape(title)}</h1><p>{escape(plan)}</p>",
            f'<p class="verdict">{escape(sentences(language, *_verdict(words)))}</p>',
            *_pictures(words),
            _table(words),
            *(f'<p class="notes">{escape(note)}</p>' for note in _notes(words)),
            "</main></body></html>",
            "",
        ]
    )


def _say(words: Words, name: str, **params: str) -> str:
    return phrase(f"page_{name}", words.language, **params)


def _verdict(words: Words) -> Iterator[str]:
    """Yield what comes of it."""
    answer, best = words.answer, words.option
    if best.kind != "stay":
        yield _say(
            words,
            "best",
            option=_name(words, best),
            cost=words.price(best.monthly),
            stay_cost=words.price(answer.stay.monthly),
        )
        if best.fee != answer.stay.fee:
            fees = {"fee": words.price(best.fee), "current_fee": words.price(answer.stay.fee)}
            yield _say(words, "fee", **fees)
    else:
        yield _say(words, "stay" if best.is_sufficient else "nothing")
    if answer.paid is not None:
        yield _say(words, "paid", paid=words.price(answer.paid))


def _pictures(words: Words) -> Iterator[str]:
    """Yield a drawing for each bucket that was used."""
    question = words.question
    for bucket in HOME:
        amounts = [quantity(month, bucket, words.current, words.current) for month in question.months]
        if not any(amounts):
            continue
        title = _say(words, "picture", bucket=words.bucket(bucket))
        bars = [*_bars_of_use(words, bucket, amounts), *_bars_of_allowances(words, bucket)]
        most = _say(words, "most", amount=_amount(words, max(amounts), bucket))
        yield f"<h2>{escape(title)}</h2>"
        yield picture(bars, name=bucket, title=title, most=most)


def _bars_of_use(words: Words, bucket: Bucket, amounts: list[int]) -> Iterator[Bar]:
    for month, amount in zip(words.question.months, amounts, strict=True):
        label = _say(words, "used", day=month.day)
        yield Bar(label=label, amount=amount, said=_amount(words, amount, bucket), is_use=True)


def _bars_of_allowances(words: Words, bucket: Bucket) -> Iterator[Bar]:
    """Yield what the first alternatives include, the present plan among them."""
    options = words.answer.options[:BARS_MOST]
    for option in options if words.answer.stay in options else (*options, words.answer.stay):
        amount = option.plan.allowance(bucket).amount
        if amount is not None:
            amount //= option.shared_by
            if option.addon is not None and option.addon.bucket == bucket:
                amount += option.addon.amount * max(option.packs, default=0)
        yield Bar(
            label=_name(words, option),
            amount=amount,
            said=words.amount(amount, bucket, option.plan),
            is_use=False,
            is_best=option is words.option,
        )


def _table(words: Words) -> str:
    """Return all alternatives."""
    names = ("option", "monthly_fee", "cost", "difference", "is_enough", "binds")
    heads = "".join(f'<th scope="col">{escape(_say(words, name))}</th>' for name in names)
    rows = "\n".join(_row(words, option) for option in words.answer.options)
    caption = escape(_say(words, "table"))
    return (
        f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table>"
    )


def _row(words: Words, option: Option) -> str:
    numbers = (
        words.price(option.fee),
        words.price(option.monthly) + (" *" if option.is_estimate else ""),
        _signed(option.monthly - words.answer.stay.monthly),
    )
    cells = "".join(f'<td class="number">{escape(number)}</td>' for number in numbers)
    best = ' class="best"' if option is words.option else ""
    mark = "→ " if option is words.option else ""
    return (
        f'<tr{best}><th scope="row">{mark}{escape(_name(words, option))}</th>{cells}'
        f"<td>{escape(_enough(words, option))}</td><td>{escape(_binds(words, option))}</td></tr>"
    )


def _name(words: Words, option: Option) -> str:
    if option.kind == "stay":
        return _say(words, "stay_with", plan=option.name)
    if option.kind == "addon":
        counts = words.packs(option)
        return _say(words, "addon", plan=option.plan.name, addon=option.name, counts=counts)
    if option.shared_by > 1:
        return words.say("share_name", plan=option.name, shared=str(option.shared_by))
    return option.name


def _enough(words: Words, option: Option) -> str:
    if option.lacks:
        return _say(words, "not_enough", buckets=words.listed(tuple(map(words.bucket, option.lacks))))
    return _say(words, "enough" if option.is_sufficient else "bound")


def _binds(words: Words, option: Option) -> str:
    plan = option.plan
    if option.kind != "plan":
        return "-"
    if not plan.term_months:
        return _say(words, "no_term")
    return _say(words, "term", months=str(plan.term_months), exit_fee=words.price(plan.exit_fee))


def _notes(words: Words) -> Iterator[str]:
    """Yield what else is to be known."""
    leaving = words.question.leaving
    if words.current.closed:
        yield words.say("no_way_back", current=words.current.name)
    if leaving.fee and leaving.until is not None:
        yield words.say("leaving", until=leaving.until.isoformat(), fee=words.price(leaving.fee))
    elif leaving.fee:
        yield words.say("leaving_open", fee=words.price(leaving.fee))
    if any(option.is_estimate for option in words.answer.options):
        yield _say(words, "estimate")
    yield _say(words, "rounding")


def _signed(amount: Decimal) -> str:
    return f"{amount:+f}" if amount else "0"


def _amount(words: Words, amount: int, bucket: Bucket) -> str:
    base = words.current.unit_base
    return spoken.amount(amount, unit_of(bucket), unit_base=base, language=words.language)
