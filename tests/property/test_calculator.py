"""The calculator over any use and any catalogue, against costs that are reckoned plainly here."""

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import Bucket
from schemas.plans import Action, Addon, Allowance, Beyond, Plan
from streams.calculator import Answer, Question, answer
from streams.calculator.question import Leaving
from streams.calculator.use import MonthUse
from tests.build_calculator import yuan

BUCKETS: tuple[Bucket, ...] = ("data", "voice", "sms")
ACTIONS: tuple[Action, ...] = ("charge", "throttle", "block", "pay_to_restore")
AMOUNTS = st.integers(0, 30) | st.none()
PRICES = st.integers(0, 20_000).map(lambda cents: f"{cents // 100}.{cents % 100:02}")

beyonds = st.builds(
    Beyond,
    action=st.sampled_from(ACTIONS),
    price=st.none() | PRICES,
    per=st.none() | st.integers(1, 7),
    to_kbps=st.none() | st.integers(1, 3),
)
allowances = st.lists(
    st.builds(Allowance, bucket=st.sampled_from(BUCKETS), amount=AMOUNTS, beyond=beyonds),
    max_size=3,
    unique_by=lambda one: one.bucket,
).map(tuple)


def plans(name: str) -> st.SearchStrategy[Plan]:
    """Return plans of that name."""
    return st.builds(
        Plan,
        plan_id=st.just(name),
        currency=st.sampled_from(["CNY", "CNY", "CNY", "USD"]),
        allowances=allowances,
        price=PRICES,
        closed=st.booleans(),
        term_months=st.sampled_from([0, 12, 24]),
        lines=st.sampled_from([1, 1, 3]),
    )


sold = st.integers(0, 6).flatmap(lambda count: st.tuples(*(plans(f"p{n}") for n in range(count))))
packs = st.lists(
    st.builds(
        Addon,
        addon_id=st.sampled_from(["a", "b", "c"]),
        bucket=st.sampled_from(BUCKETS),
        amount=st.integers(0, 9),
        price=PRICES,
        fits=st.sampled_from([(), ("now",), ("p0",)]),
    ),
    max_size=3,
    unique_by=lambda one: one.addon_id,
).map(tuple)
used_months = st.lists(
    st.dictionaries(st.sampled_from(BUCKETS), st.integers(0, 60), max_size=3), min_size=1, max_size=3
).map(lambda months: tuple(MonthUse(day=f"2026-{n:02}-01", counted=used) for n, used in enumerate(months, 1)))

questions = st.builds(
    Question,
    plan=plans("now").map(
        lambda plan: Plan(plan_id="now", currency="CNY", allowances=plan.allowances, price=plan.price)
    ),
    months=used_months,
    plans=sold,
    addons=packs,
    is_content=st.booleans(),
    leaving=st.builds(Leaving, fee=st.none() | PRICES.map(yuan)),
)


def cost_by_hand(plan: Plan, months: tuple[MonthUse, ...]) -> Fraction:
    """Return what the months cost under a plan, reckoned as one would on paper."""
    total = Fraction(0)
    for month in months:
        total += Fraction(plan.price)
        for bucket in BUCKETS:
            for allowance in plan.allowances:
                beyond = allowance.beyond
                if allowance.bucket != bucket or allowance.amount is None or beyond.action != "charge":
                    continue
                over = month.counted.get(bucket, 0) - allowance.amount
                if over > 0 and beyond.price is not None and beyond.per is not None:
                    total += Fraction(beyond.price) * math.ceil(Fraction(over, beyond.per))
    return total


def is_enough_by_hand(plan: Plan, months: tuple[MonthUse, ...]) -> bool:
    """Return whether nothing of what the plan names is slowed, stopped or of unknown price."""
    for month in months:
        for allowance in plan.allowances:
            used = month.counted.get(allowance.bucket, 0)
            is_over = allowance.amount is not None and used > allowance.amount
            beyond = allowance.beyond
            is_priced = beyond.action == "charge" and beyond.price is not None and beyond.per is not None
            if is_over and not is_priced:
                return False
    return True


def order(said: Answer) -> list[tuple[str, str]]:
    """Return which alternatives there are, in order."""
    return [(option.kind, option.id) for option in said.options]


@given(questions)
def test_cost_of_a_plan_is_what_it_costs_on_paper(asked: Question) -> None:
    """The sum over the months, exact to the last digit."""
    for option in answer(asked).options:
        if option.kind != "addon":
            assert cost_by_hand(option.plan, asked.months) == Fraction(option.total)


@given(questions)
def test_no_pack_is_bought_that_costs_more_than_it_spares(asked: Question) -> None:
    """With packs a month costs what its packs and the rest cost, and never more than without any."""
    said = answer(asked)
    for option in said.options:
        if option.addon is None or option.lacks:
            continue
        spent = sum(option.packs) * Fraction(option.addon.price)
        covered = tuple(
            MonthUse(
                day=month.day,
                counted={
                    **month.counted,
                    option.addon.bucket: max(
                        0, month.counted.get(option.addon.bucket, 0) - count * option.addon.amount
                    ),
                },
            )
            for month, count in zip(asked.months, option.packs, strict=True)
        )
        assert cost_by_hand(asked.plan, covered) + spent == Fraction(option.total)
        if said.stay.is_sufficient:
            assert option.total <= said.stay.total


@given(questions)
def test_what_is_recommended_costs_no_more_than_to_stay_where_that_is_enough(asked: Question) -> None:
    """A change that costs more is recommended only to those who lack something."""
    said = answer(asked)

    if said.stay.is_sufficient:
        assert said.recommended.year <= said.stay.year
    assert said.recommended.is_sufficient or said.recommended is said.stay


@given(questions)
def test_nothing_that_is_enough_and_sold_costs_less_than_what_is_recommended(asked: Question) -> None:
    """By hand, over all plans without a contract to leave."""
    said = answer(asked)
    if asked.leaving.fee is None:
        return
    for plan in asked.plans:
        is_sold = not plan.closed and plan.currency == "CNY"
        names = all(
            plan.names(allowance.bucket)
            for allowance in asked.plan.allowances
            if any(month.counted.get(allowance.bucket) for month in asked.months)
        )
        if is_sold and names and is_enough_by_hand(plan, asked.months):
            year = cost_by_hand(plan, asked.months) * (12 // len(asked.months)) + Fraction(asked.leaving.fee)
            assert said.recommended.is_sufficient
            assert Fraction(said.recommended.year) <= year


@given(questions, plans("new"))
def test_one_plan_more_never_makes_what_is_recommended_dearer(asked: Question, plan: Plan) -> None:
    """Choice helps, or changes nothing."""
    before = answer(asked)
    after = answer(changed(asked, plans=(*asked.plans, plan)))

    if before.recommended.is_sufficient:
        assert after.recommended.year <= before.recommended.year


@given(questions, st.randoms(use_true_random=False))
def test_order_of_the_catalogue_changes_nothing(asked: Question, chance: object) -> None:
    """Plans and add-ons come from two topics in any order."""
    plans_, addons = list(asked.plans), list(asked.addons)
    chance.shuffle(plans_)  # type: ignore[attr-defined]  # Hypothesis' own Random
    chance.shuffle(addons)  # type: ignore[attr-defined]  # likewise

    assert order(answer(asked)) == order(answer(changed(asked, plans=tuple(plans_), addons=tuple(addons))))


@given(questions, st.integers(1, 4))
def test_first_few_are_the_first_of_all(asked: Question, most: int) -> None:
    """The stream prices only what may be among them, and finds the same as the command line."""
    whole, few = answer(asked), answer(asked, most=most)
    expected = list(whole.options[:most])
    if whole.stay not in expected:
        expected.append(whole.stay)

    assert expected == list(few.options)
    assert (whole.recommended, whole.saves) == (few.recommended, few.saves)


def changed(asked: Question, **own: object) -> Question:
    """Return a question with some of it replaced."""
    return Question(**({name: getattr(asked, name) for name in Question.__struct_fields__} | own))
