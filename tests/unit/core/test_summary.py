"""What is kept of a billing period that has closed: what counted, what its records cost."""

from schemas.fields import Money
from streams.core.history import History
from streams.core.summary import summary_of
from streams.core.usage import Period, Usage, charged_in, counted_in
from tests.build_calculator import data, plan, voice


def period(**totals: int) -> Period:
    """Return a period in which so much counted."""
    buckets = {bucket: Usage(total=total) for bucket, total in totals.items()}
    return Period(0, 1, "2026-11-01", "p", buckets=buckets, history=History())


def test_what_counted_is_kept_in_the_order_of_the_buckets() -> None:
    """Zeros at the end take no room; below zero, until an original comes, it reads zero."""
    assert () == counted_in(period())
    assert () == counted_in(period(data=0, sms=-5))
    assert (0, 60) == counted_in(period(voice=60, sms=0))
    assert (7, 0, 3) == counted_in(period(sms=3, data=7))


def test_charges_of_records_are_kept_in_one_currency() -> None:
    """None where no record carried one."""
    charged = period(data=7)
    charged.buckets["data"].add_charge(Money("1.50", "CNY"))
    charged.buckets["data"].add_charge(Money("9.00", "USD"))

    assert {"data": "1.50"} == charged_in(charged, "CNY")
    assert charged_in(charged, "EUR") is None
    assert charged_in(period(data=7), "CNY") is None


def test_a_summary_knows_use_and_cost() -> None:
    """By the plan of the time; of an unknown plan nobody knows the cost."""
    used = period(data=21 * 10**9, voice=60)
    used.buckets["data"].allowance = 20 * 10**9
    used.buckets["voice"].allowance = 600
    known = summary_of(used, plan("p", "128.00", data(20), voice(10)))

    assert ((21 * 10**9, 60), {"CNY": "133.00"}, None) == (known.counted, known.spend, known.charged)
    assert ((21 * 10**9, 60), {}) == (summary_of(used, None).counted, summary_of(used, None).spend)
