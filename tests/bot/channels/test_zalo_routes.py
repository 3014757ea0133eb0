"""The ways of a message in Zalo: windows, policy and money, for every combination."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo.routes import (
    Facts,
    Policy,
    Way,
    is_free,
    price_of,
    route,
    until_day,
    until_next_day,
)
from offices.worktime import LOCAL
from storage.zalo_templates import Template, TemplateParam

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
TEMPLATE = Template("101", "Mẫu", "ENABLE", 1, 1, 200, (), 300)
NOT_BY_PHONE = Template("102", "Mẫu", "ENABLE", 1, 1, 200, ())
AGES = st.none() | st.timedeltas(timedelta(0), timedelta(days=30))
FACTS = st.builds(
    Facts,
    AGES.map(lambda age: None if age is None else NOW - age),
    is_news=st.booleans(),
    parts=st.integers(1, 5),
    template=st.sampled_from([None, TEMPLATE, NOT_BY_PHONE]),
    spent=st.integers(0, 2000),
    is_in_doubt=st.booleans(),
    has_phone=st.booleans(),
)
POLICIES = st.builds(Policy, st.booleans(), st.integers(0, 2000))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(FACTS, POLICIES)
def test_money_is_spent_only_where_it_may_be_and_never_beyond_the_month_s(facts: Facts, policy: Policy) -> None:
    found = route(facts, policy, NOW)
    for way in found.ways:
        assert policy.may_cost
        assert facts.is_news
        assert not facts.is_in_doubt
        assert facts.spent + price_of(way, facts, policy) <= policy.cap
    assert (found.why == "never") == (not policy.may_cost)


@given(FACTS, POLICIES)
def test_a_billed_message_goes_only_between_two_and_seven_days(facts: Facts, policy: Policy) -> None:
    age = None if facts.last_interaction is None else NOW - facts.last_interaction
    in_between = age is not None and timedelta(hours=48) < age <= timedelta(days=7)
    assert Way.BILLED not in route(facts, policy, NOW).ways or in_between
    assert is_free(facts.last_interaction, NOW) == (age is not None and age <= timedelta(hours=48))


@given(FACTS, POLICIES)
def test_a_number_is_used_last_and_only_where_one_was_left(facts: Facts, policy: Policy) -> None:
    ways = route(facts, policy, NOW).ways
    if Way.PHONE in ways:
        assert facts.has_phone
        assert facts.template is TEMPLATE
        assert ways[-1] is Way.PHONE
        assert price_of(Way.PHONE, facts, policy) == 300


def test_the_billed_message_goes_before_the_template_and_each_costs_its_price() -> None:
    facts = Facts(NOW - timedelta(days=3), is_news=True, parts=2, template=TEMPLATE, spent=0, is_in_doubt=False)
    policy = Policy(may_cost=True, cap=1000, billed_price=70)
    found = route(facts, policy, NOW)
    assert found.ways == (Way.BILLED, Way.TEMPLATE)
    assert [price_of(way, facts, policy) for way in found.ways] == [140, 200]
    assert route(facts, Policy(may_cost=True, cap=199), NOW).ways == (Way.BILLED,)
    assert route(facts, Policy(may_cost=True, cap=50), NOW).why == "cap"


@given(MOMENTS)
def test_what_waits_for_the_day_goes_between_eight_and_twenty(now: datetime) -> None:
    wait = until_day(now)
    assert 8 <= (now + wait).astimezone(LOCAL).hour < 20
    assert timedelta(0) <= wait <= timedelta(hours=12)
    assert timedelta(0) < until_next_day(now) <= timedelta(days=1)
    assert (now + until_next_day(now)).astimezone(LOCAL).hour == 0


PARAMS = (
    TemplateParam("ma_ho_so", True, 1, 20),
    TemplateParam("don_vi", True, 1, 10),
    TemplateParam("han", False, 0, 10),
)


def test_values_are_composed_and_cut_but_never_a_code() -> None:
    template = Template("1", "x", "ENABLE", 1, 1, 1, PARAMS)
    decomposed = "Ủy ban nhân dân"
    filled = template.filled({"ma_ho_so": "PA-0000-0000-0000", "don_vi": decomposed})
    assert filled == {"ma_ho_so": "PA-0000-0000-0000", "don_vi": "Ủy ban nh…"}
    assert template.filled({"ma_ho_so": "PA-0000-0000-0000-000", "don_vi": "x"}) is None
    assert template.filled({"ma_ho_so": "PA-0000-0000-0000"}) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_is_filled_always_fits(code: str, unit: str) -> None:
    template = Template("1", "x", "ENABLE", 1, 1, 1, PARAMS)
    filled = template.filled({"ma_ho_so": code, "don_vi": unit})
    if filled is not None:
        for each in PARAMS:
            assert each.shortest <= len(filled.get(each.name, "")) <= each.longest or each.name not in filled
        assert {"ma_ho_so", "don_vi"} <= filled.keys()


def test_a_template_must_be_approved_known_and_of_the_right_kind() -> None:
    assert TEMPLATE.fits("petition")
    assert not TEMPLATE.fits("invitation")
    rating = Template("2", "x", "ENABLE", 5, 2, 1, ())
    assert rating.fits("invitation")
    assert not rating.fits("petition")
    assert not Template("3", "x", "REJECT", 1, 1, 1, ()).fits("petition")
    assert not Template("5", "x", "ENABLE", 1, 1, 0, ()).fits("petition"), "nobody knows what it would cost"
    strange = Template("4", "x", "ENABLE", 1, 1, 1, (TemplateParam("ten_rieng", True, 0, 9),))
    assert strange.unknown_params == ("ten_rieng",)
    assert not strange.fits("petition")
