"""Answers weighed by the list: the estimate against one by hand, and nothing done silently."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surveys.intervals import CENSUS, TAIL, exact, finite
from surveys.measurement import measured_list
from surveys.metrics import with_parts
from surveys.scoring import MINIMUM_N
from surveys.strata import STRATIFIED, WITH_EXCLUDED, PostStratified, Stratum, collapse, post_stratify
from surveys.targets import Verdict, compare, plan

modest = settings(deadline=None, max_examples=100)
KEYS = st.tuples(st.sampled_from("AB"), st.sampled_from(["land", "health"]), st.sampled_from(["province", "commune"]))


@st.composite
def strata(draw: st.DrawFn, least_answers: int = 0) -> list[Stratum]:
    keys = draw(st.lists(KEYS, min_size=1, max_size=8, unique=True))
    found = []
    for unit, field, level in keys:
        n = draw(st.one_of(st.just(least_answers), st.integers(least_answers, 60)))
        population = n + draw(st.one_of(st.just(0), st.integers(0, 40), st.integers(0, 5000)))
        found.append(Stratum(unit, field, level, population, n, draw(st.integers(0, n))))
    return found


def ends(low_count: int, high_count: int, n: int, size: int) -> tuple[float, float]:
    """Find the ends of the interval of one list by SciPy, over every possible number of satisfied ones."""
    if n == size:
        return low_count / n, high_count / n
    possible = range(size + 1)
    above = stats.hypergeom.sf(low_count - 1, size, possible, n)
    below = stats.hypergeom.cdf(high_count, size, possible, n)
    return (
        min(each for each in possible if above[each] > TAIL) / size,
        max(each for each in possible if below[each] > TAIL) / size,
    )


@given(strata(least_answers=1))
@modest
def test_the_estimate_weighs_each_stratum_by_its_dossiers(listed: list[Stratum]) -> None:
    estimate = post_stratify(listed)
    n, size = sum(each.n for each in listed), sum(each.population for each in listed)
    assert (estimate.n, estimate.population, estimate.formula_id) == (n, size, "post-stratified/1")
    assert estimate.excluded == estimate.joined == ()
    assert estimate.excluded_share == 0
    if n < MINIMUM_N:
        assert (estimate.share, estimate.interval, estimate.raw_share, estimate.effective_n) == (None,) * 4
        return
    weights = [each.population / each.n for each in listed for _ in range(each.n)]
    satisfied = [float(place < each.satisfied) for each in listed for place in range(each.n)]
    by_hand = math.fsum(w * y for w, y in zip(weights, satisfied, strict=True)) / math.fsum(weights)
    assert float(estimate.share or 0) == pytest.approx(by_hand, abs=1e-9)
    assert float(estimate.raw_share or 0) == pytest.approx(sum(satisfied) / n, abs=1e-9)
    kish = math.fsum(weights) ** 2 / math.fsum(w * w for w in weights)
    assert float(estimate.effective_n or 0) == pytest.approx(kish, rel=1e-9)
    assert (estimate.effective_n or 0) <= n
    if all(each.n == each.population for each in listed):
        assert (estimate.interval, estimate.interval_id) == (None, CENSUS)
        return
    down = up = 0.0
    for each in listed:
        low, high = ends(int(each.satisfied), int(each.satisfied), each.n, each.population)
        down += (each.population / size * (each.satisfied / each.n - low)) ** 2
        up += (each.population / size * (high - each.satisfied / each.n)) ** 2
    whole = math.floor(estimate.effective_n or 0)
    worth = (estimate.share or 0) * whole
    alike = ends(math.floor(worth), math.ceil(worth), whole, size)
    assert estimate.interval is not None
    assert estimate.interval_id == STRATIFIED
    assert estimate.interval.low == pytest.approx(max(min(by_hand - math.sqrt(down), alike[0]), 0), abs=1e-9)
    assert estimate.interval.high == pytest.approx(min(max(by_hand + math.sqrt(up), alike[1]), 1), abs=1e-9)


@given(strata(), st.data())
@modest
def test_every_dossier_is_covered_or_named_and_the_order_does_not_matter(
    listed: list[Stratum], data: st.DataObject
) -> None:
    cells, excluded = collapse(listed)
    seen = [*(cell.host for cell in cells), *(each for cell in cells for each in cell.joined), *excluded]
    assert sorted(map(repr, seen)) == sorted(repr(each) for each in listed if each.population)
    for cell in cells:
        assert cell.host.n
        for each in cell.joined:
            assert (each.n, each.unit) == (0, cell.host.unit)
            of_field = [one for one in listed if (one.unit, one.field) == (each.unit, each.field) and one.n]
            assert cell.host.field == each.field or not of_field
    answered = {each.unit for each in listed if each.n}
    assert all(each.unit not in answered for each in excluded)
    assert collapse(data.draw(st.permutations(listed))) == (cells, excluded)


@given(strata())
@modest
def test_the_interval_holds_the_estimate_and_what_is_left_out_widens_it(listed: list[Stratum]) -> None:
    estimate = post_stratify(listed)
    if estimate.share is None or estimate.interval is None:
        return
    assert 0 <= estimate.interval.low <= float(estimate.share) + 1e-12
    assert float(estimate.share) - 1e-12 <= estimate.interval.high <= 1
    assert estimate.interval_id == (WITH_EXCLUDED if estimate.excluded else STRATIFIED)
    silent = Stratum("C", "land", "commune", estimate.population, 0, 0)
    half = post_stratify([*listed, silent])
    assert half.share == estimate.share
    assert silent in half.excluded
    assert half.excluded_share == (1 + estimate.excluded_share) / 2
    assert half.interval is not None
    assert half.interval.low == pytest.approx(estimate.interval.low / 2, abs=1e-12)
    assert half.interval.high == pytest.approx((estimate.interval.high + 1) / 2, abs=1e-12)


def test_a_stratum_without_answers_joins_its_field_before_its_unit_and_never_another_unit() -> None:
    many = Stratum("A", "health", "commune", 900, 90, 81)
    few = Stratum("A", "land", "commune", 400, 20, 10)
    of_field = Stratum("A", "land", "province", 50, 0, 0)
    of_unit = Stratum("A", "merit", "commune", 30, 0, 0)
    of_nobody = Stratum("B", "land", "commune", 620, 0, 0)
    estimate = post_stratify([of_nobody, of_unit, of_field, few, many])
    assert {cell.host: cell.joined for cell in estimate.cells} == {many: (of_unit,), few: (of_field,)}
    assert estimate.excluded == (of_nobody,)
    assert estimate.excluded_share == Fraction(620, 2000)
    assert estimate.share == (930 * Fraction(9, 10) + 450 * Fraction(1, 2)) / 1380
    assert estimate.raw_share == Fraction(91, 110)


def test_one_stratum_alone_has_the_interval_of_a_simple_sample() -> None:
    estimate = post_stratify([Stratum("A", "land", "commune", 400, 100, 90)])
    assert estimate.interval is not None
    assert estimate.interval.low == pytest.approx(finite(90, 100, 400).low, abs=1e-12)
    assert estimate.effective_n == 100
    endless = post_stratify([Stratum("A", "land", "commune", 10**7, 100, 90)])
    assert endless.interval is not None
    assert endless.interval.low == pytest.approx(exact(90, 100).low, abs=1e-5)


@pytest.mark.parametrize(("population", "n", "satisfied"), [(5, 6, 1), (5, 4, 5), (5, 4, -1)])
def test_counts_that_cannot_be_are_refused(population: int, n: int, satisfied: int) -> None:
    with pytest.raises(ValueError, match="A/land/commune"):
        Stratum("A", "land", "commune", population, n, satisfied)


def test_a_stratum_that_is_there_twice_is_refused() -> None:
    once = Stratum("A", "land", "commune", 50, 20, 10)
    with pytest.raises(ValueError, match="A/land/commune is there twice"):
        post_stratify([once, replace(once, n=10)])


def estimate_of(share: Fraction, fields: tuple[str, ...], *, answered: int = 800) -> PostStratified:
    """Estimate over one stratum a field, all of the same satisfied share."""
    return post_stratify(Stratum("A", field, "commune", 800, answered, share * answered) for field in fields)


def test_a_joint_target_is_held_against_one_figure_over_all_its_fields() -> None:
    joint = next(each for each in plan("YT24").targets if each.id == "YT24-SAT-TTHC-LCI")
    fields = with_parts(joint.fields)
    assert fields == ("land", "land_use_certificate", "construction", "investment")
    exactly = measured_list(estimate_of(Fraction(9, 10), fields))
    assert (exactly.n, exactly.population, exactly.is_full_count) == (3200, 3200, True)
    assert compare(joint, exactly).verdict is Verdict.NOT_MET  # "trên 90 %"
    assert compare(replace(joint, value=Fraction(899, 10)), exactly).verdict is Verdict.MET
    sample = measured_list(estimate_of(Fraction(9, 10), fields, answered=400))
    assert (sample.n, sample.population, sample.interval_id) == (1600, 3200, STRATIFIED)
    assert compare(joint, sample).verdict is Verdict.INCONCLUSIVE
    assert compare(joint, measured_list(estimate_of(Fraction(19, 20), fields, answered=400))).verdict is Verdict.MET
    few = measured_list(post_stratify([Stratum("A", "land", "commune", 40, 9, 9)]))
    assert compare(joint, few).verdict is Verdict.TOO_FEW
    assert compare(joint, measured_list(post_stratify([]))).verdict is Verdict.NO_DATA


def test_an_aim_is_progress_and_a_unit_without_answers_keeps_a_good_figure_from_being_called_met() -> None:
    aim = next(each for each in plan("NG24").targets if each.id == "NG24-SAT-TTHC")
    good = [Stratum("A", "land", "commune", 1000, 1000, 960)]
    assert compare(aim, measured_list(post_stratify(good))).verdict is Verdict.PROGRESS_REACHED
    silent = Stratum("B", "land", "commune", 100, 0, 0)
    judged = compare(aim, measured_list(post_stratify([*good, silent])))
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert compare(aim, measured_list(post_stratify([Stratum("A", "land", "commune", 1000, 1000, 800)]))).verdict is (
        Verdict.PROGRESS_BELOW
    )
