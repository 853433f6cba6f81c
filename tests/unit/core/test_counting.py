"""How much of which bucket a usage record is."""

import pytest

from tests.build import THROTTLE, Fed, allowance, data, mms, plan, replay, sms, voice

LARGEST = 2**53 - 1


def calls(*seconds: int, rounding: str | None = None) -> Fed:
    """Replay calls under a plan with that rounding."""
    own = {} if rounding is None else {"rounding": rounding}
    return replay([plan(allowance("voice", None, **own)), *(voice(one) for one in seconds)])


@pytest.mark.parametrize(
    ("rounding", "duration_s", "billed_s"),
    [
        (None, 61, 61),
        ("1/1", 61, 61),
        ("60/60", 0, 0),
        ("60/60", 1, 60),
        ("60/60", 59, 60),
        ("60/60", 60, 60),
        ("60/60", 61, 120),
        ("60/60", 121, 180),
        ("60/1", 1, 60),
        ("60/1", 61, 61),
        ("30/6", 29, 30),
        ("30/6", 30, 30),
        ("30/6", 31, 36),
        ("30/6", 36, 36),
        ("30/6", 37, 42),
        ("12/60", 13, 72),
        ("60/60", 3600, 3600),
    ],
)
def test_calls_are_rounded_up_to_first_and_next(rounding: str | None, duration_s: int, billed_s: int) -> None:
    """``first/next`` in seconds, default 1/1; 0 s stays 0."""
    assert billed_s == calls(duration_s, rounding=rounding).used("voice")


def test_each_call_is_rounded_by_itself() -> None:
    """Per record: ten calls of one second are ten minutes."""
    assert 600 == calls(*[1] * 10, rounding="60/60").used("voice")


def test_octets_are_both_directions() -> None:
    """A missing direction is 0."""
    fed = replay([data(bytes_up=1), data(bytes_down=2), data(bytes_up=4, bytes_down=8)])

    assert 15 == fed.used()


def test_messages_count_one_without_a_count() -> None:
    """``count`` default 1."""
    without = sms()
    del without["value"]["count"]

    assert (4, 1) == ((fed := replay([without, sms(3), mms(1)])).used("sms"), fed.used("mms"))


@pytest.mark.parametrize("make", [voice, sms, mms])
@pytest.mark.parametrize(("counts", "used"), [(None, 3), ("out", 3), ("both", 8)])
def test_incoming_counts_only_where_the_plan_says_both(make: object, counts: str | None, used: int) -> None:
    """``counts`` is ``out`` (default) or ``both``."""
    bucket = str(getattr(make, "__name__", ""))
    own = {} if counts is None else {"counts": counts}
    outgoing, incoming = make(3), make(5, direction="in")  # type: ignore[operator]
    fed = replay([plan(allowance(bucket, None, **own)), outgoing, incoming])

    assert used == fed.used(bucket)
    assert 2 == fed.count("applied")


@pytest.mark.parametrize("destination", ["on_net", "off_net", "international", "premium"])
def test_all_destinations_count(destination: str) -> None:
    """A destination is a class of the call, not a bucket."""
    assert 7 == replay([voice(7, destination=destination)]).used("voice")


def test_roaming_has_a_bucket_where_the_plan_has_one() -> None:
    """The suffix takes roaming usage instead of the home bucket."""
    both = plan(allowance("data", 100), allowance("data.roaming", 10, beyond=THROTTLE))
    fed = replay([both, data(bytes_up=80), data(bytes_up=8, roaming=True, visited="JP")])

    assert (80, 8) == (fed.used(), fed.used("data.roaming"))
    assert ["data", "data.roaming"] == [signal.bucket for signal in fed.signals]


@pytest.mark.parametrize("make", [voice, sms, mms])
def test_each_kind_can_have_its_roaming_bucket(make: object) -> None:
    """``data``, ``voice``, ``sms``, ``mms``, each optionally with ``.roaming``."""
    bucket = str(getattr(make, "__name__", ""))
    abroad = make(3, roaming=True)  # type: ignore[operator]
    fed = replay([plan(allowance(bucket, 100), allowance(f"{bucket}.roaming", 10)), abroad])

    assert (0, 3) == (fed.used(bucket), fed.used(f"{bucket}.roaming"))


def test_roaming_counts_at_home_where_the_plan_has_no_bucket_for_it() -> None:
    """A plan without it: roaming usage counts in the home bucket."""
    fed = replay([data(40), data(40, roaming=True)])

    assert 8_000_000 == fed.used()
    assert ["data"] == [signal.bucket for signal in fed.signals]


def test_zero_rated_is_not_counted_but_kept_in_history() -> None:
    """Kept in history, not counted against an allowance."""
    fed = replay([data(90, zero_rated=True), data(10)])
    state = fed.state()

    assert ([], 1_000_000) == (fed.found, fed.used())
    assert state is not None
    assert 10_000_000 == sum(state.windows["data"].days.values())


def test_quantity_may_be_the_largest_whole_number_of_json() -> None:
    """Quantities are 0 … 2⁵³-1."""
    fed = replay([data(bytes_up=LARGEST), data(bytes_up=LARGEST + 1), data(bytes_up=0)])

    assert (LARGEST, ["bad_field"]) == (fed.used(), fed.reasons)


@pytest.mark.parametrize("own", [{}, {"zero_rated": True}], ids=["counted", "zero_rated"])
def test_many_of_the_largest_records_break_nothing(own: dict[str, bool]) -> None:
    """No sequence of valid records is a defect: a total that could not be kept is refused, the rest go on."""
    largest = [data(bytes_up=LARGEST, bytes_down=LARGEST, **own) for _ in range(1_100)]
    fed = replay([plan(allowance(amount=None)), *largest, voice(60)])

    assert 0 == fed.rejected.get(("cdr", "defect"), 0)
    assert 60 == fed.used("voice")
    assert 1_101 == fed.count("applied") + fed.count("dead")


def test_unlimited_is_counted_all_the_same() -> None:
    """Unlimited says nothing, and is known."""
    assert 3_000_000 == replay([plan(allowance(amount=None)), data(30)]).used()


def test_partial_records_carry_their_own_increment() -> None:
    """``partial`` is information only."""
    parts = [data(10, partial={"sequence": number, "final": number == 3}) for number in (1, 2, 3)]

    assert 3_000_000 == replay(parts).used()
