"""The five plans hold what they promise, and a verdict says no more than the figures do."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.errors import DataError
from offices.presets import load_preset, preset_names
from surveys.intervals import exact, finite
from surveys.measurement import (
    Measurement,
    measured_count,
    measured_difference,
    measured_share,
    not_collected,
)
from surveys.metrics import Series, load_metrics, with_parts
from surveys.plan import Commitment, Operator, Target
from surveys.scoring import Tally, item_score
from surveys.series_breaks import break_between
from surveys.targets import Verdict, compare, load_plans, plan, reason_label, verdict_label

# id -> metric, operator, value, commitment, fields; as the plans print them (seeds, targets.yaml).
EXPECTED = {
    "UH24-SAT-TTHC": ("satisfaction_tthc", ">=", 90, "firm", ()),
    "UH24-PAKN": ("pakn_handled_timely", ">=", 100, "firm", ()),
    "UH24-ONTIME": ("dossier_on_time", ">=", 100, "strive", ()),
    "UH24-ONTIME-ENVPLAN": ("dossier_on_time", ">=", 99, "firm", ("environment", "planning_investment")),
    "TP24-SAT-TTHC": ("satisfaction_tthc", ">=", 90, "firm", ()),
    "TP24-SAT-TTHC-LCI": ("satisfaction_tthc", ">=", 80, "firm", ("land", "construction", "investment")),
    "TP24-SAT-AGENCY": ("satisfaction_agency", ">=", 90, "firm", ()),
    "TP24-SAT-HEALTHEDU": ("satisfaction_public_service", ">=", 85, "firm", ("health", "education")),
    "TP24-SAT-TREND": ("change_vs_previous_year", ">", 0, "firm", ()),
    "TP24-ONTIME": ("dossier_on_time", ">", 95, "firm", ()),
    "TP24-EARLY": ("dossier_early", ">=", 85, "strive", ()),
    "NG24-SAT-TTHC": ("satisfaction_tthc", ">=", 90, "strive", ()),
    "NG24-ONTIME": ("dossier_on_time", ">=", 95, "strive", ()),
    "NG24-WAIT": ("waiting_time_avg", "<=", 15, "firm", ()),
    "YT24-ONTIME": ("dossier_on_time", ">=", 97, "firm", ()),
    "YT24-APOLOGY": ("apology_for_late", ">=", 100, "firm", ()),
    "YT24-BACKLOG": ("dossier_backlog", "<=", 0, "firm", ()),
    "YT24-PUBLISH": ("work_results_published", ">=", 100, "firm", ()),
    "YT24-SAT-TTHC": ("satisfaction_tthc", ">=", 95, "firm", ()),
    "YT24-SAT-TTHC-LCI": ("satisfaction_tthc", ">", 90, "firm", ("land", "construction", "investment")),
    "YT24-SAT-AGENCY": ("satisfaction_agency", ">", 90, "firm", ()),
    "YT24-SAT-HEALTHEDU": ("satisfaction_public_service", ">", 90, "firm", ("health", "education")),
    "YT24-PAKN": ("pakn_handled_timely", ">=", 100, "firm", ()),
    "TH24-SIPAS": ("sipas_index", ">=", 90, "firm", ()),
    "TH24-PAKN": ("pakn_handled_timely", ">=", 100, "firm", ()),
    "TH24-ONTIME": ("dossier_on_time", ">=", 100, "strive", ()),
}
TARGETS = {target.id: target for plan in load_plans().values() for target in plan.targets}
modest = settings(deadline=None, max_examples=100)


def test_the_five_plans_hold_the_26_targets_as_printed() -> None:
    assert len(EXPECTED) == 26
    read: dict[str, object] = {
        target.id: (target.metric.code, str(target.operator), target.value, str(target.commitment), target.fields)
        for target in TARGETS.values()
    }
    assert read == EXPECTED
    assert {target.id for target in TARGETS.values() if target.joint} == {
        identifier for identifier, row in EXPECTED.items() if row[4]
    }


def test_the_particular_terms_of_single_targets_are_kept() -> None:
    assert TARGETS["NG24-ONTIME"].stretch_value == 100
    assert TARGETS["TP24-SAT-TREND"].baseline_year == 2023
    assert TARGETS["TP24-SAT-TREND"].applies_to == load_metrics()["satisfaction_agency"]
    assert [target.id for target in TARGETS.values() if target.requires_publication] == ["TH24-PAKN"]
    assert TARGETS["TP24-SAT-TTHC"].measured_by is None
    assert all(target.quote and target.section for target in TARGETS.values())


def test_the_plans_keep_related_targets_duties_and_survey_rules() -> None:
    counts = {
        code: (len(each.related), len(each.duties), len(each.survey_rules)) for code, each in load_plans().items()
    }
    assert counts == {"NG24": (0, 1, 0), "TH24": (3, 1, 1), "TP24": (0, 2, 0), "UH24": (2, 1, 1), "YT24": (0, 1, 2)}
    assert plan("YT24").issuing_unit == "UBND huyện Yên Thành"
    with pytest.raises(DataError, match="NG24, TH24, TP24, UH24, YT24"):
        plan("XX24")


def test_every_metric_is_measured_or_says_that_it_is_not() -> None:
    series = {code: metric.series for code, metric in load_metrics().items()}
    assert {code for code, each in series.items() if each is Series.RATINGS} == {
        "satisfaction_tthc",
        "satisfaction_agency",
        "satisfaction_public_service",
        "sipas_index",
    }
    assert series["pakn_handled_timely"] is Series.PETITIONS
    assert sum(each is Series.NONE for each in series.values()) == 3


def test_a_field_of_a_plan_holds_its_parts_and_every_field_is_one_of_the_authority() -> None:
    assert with_parts(("land", "construction")) == ("land", "land_use_certificate", "construction")
    assert with_parts(()) == ()
    named = {field for target in TARGETS.values() for field in with_parts(target.fields)}
    named |= {field for each in load_plans().values() for rule in each.survey_rules for field in rule.fields}
    for preset in preset_names():
        assert named <= {field.code for field in load_preset(preset).fields}


def share(top2: int, n: int) -> Measurement:
    return measured_share(item_score(Tally((n - top2, 0, 0, 0, top2))))


def with_operator(operator: str, value: Fraction | int, commitment: str = "firm") -> Target:
    return replace(
        TARGETS["YT24-SAT-TTHC"],
        operator=Operator(operator),
        value=Fraction(value),
        commitment=Commitment(commitment),
    )


@pytest.mark.parametrize(
    ("top2", "n", "expected"),
    [(990, 1000, Verdict.MET), (940, 1000, Verdict.INCONCLUSIVE), (900, 1000, Verdict.NOT_MET)],
)
def test_a_sample_meets_a_target_only_with_its_whole_interval(top2: int, n: int, expected: Verdict) -> None:
    assert compare(TARGETS["YT24-SAT-TTHC"], share(top2, n)).verdict is expected


def test_ninety_exactly_fails_above_ninety_and_meets_at_least_ninety_in_a_full_count() -> None:
    ninety = measured_count(90, 100)
    assert compare(with_operator(">", 90), ninety).verdict is Verdict.NOT_MET
    assert compare(with_operator(">=", 90), ninety).verdict is Verdict.MET
    assert compare(with_operator(">=", 90), measured_count(899_999, 1_000_000)).verdict is Verdict.NOT_MET


def test_an_interval_that_ends_on_the_value_is_told_apart_by_the_operator() -> None:
    low = Fraction(exact(60, 100).low) * 100
    high = Fraction(exact(60, 100).high) * 100
    verdicts = {
        (operator, end): compare(with_operator(operator, value), share(60, 100)).verdict
        for operator in (">", ">=")
        for end, value in (("low", low), ("high", high))
    }
    assert verdicts == {
        (">=", "low"): Verdict.MET,
        (">", "low"): Verdict.INCONCLUSIVE,
        (">=", "high"): Verdict.INCONCLUSIVE,
        (">", "high"): Verdict.NOT_MET,
    }


def test_an_aim_shows_progress_and_is_never_a_breach() -> None:
    aim = TARGETS["NG24-SAT-TTHC"]
    assert compare(aim, share(500, 1000)).verdict is Verdict.PROGRESS_BELOW
    assert not compare(aim, share(500, 1000)).is_breach
    assert compare(aim, share(990, 1000)).verdict is Verdict.PROGRESS_REACHED
    assert compare(aim, share(900, 1000)).verdict is Verdict.INCONCLUSIVE
    assert compare(TARGETS["NG24-ONTIME"], measured_count(97, 100)).is_stretch_reached is False
    assert compare(TARGETS["NG24-ONTIME"], measured_count(100, 100)).is_stretch_reached is True
    assert compare(TARGETS["UH24-SAT-TTHC"], share(500, 1000)).is_breach


def test_too_few_and_no_data_are_told_apart() -> None:
    target = TARGETS["UH24-SAT-TTHC"]
    assert compare(target, share(9, 9)).verdict is Verdict.TOO_FEW
    assert compare(target, share(0, 0)).verdict is Verdict.NO_DATA
    assert compare(target, not_collected()).reason == "not_collected"
    assert compare(TARGETS["UH24-PAKN"], measured_count(0, 0)).verdict is Verdict.NO_DATA
    assert compare(TARGETS["UH24-PAKN"], measured_count(3, 3)).verdict is Verdict.MET


def test_a_change_needs_both_years_and_a_difference_beyond_chance() -> None:
    trend = TARGETS["TP24-SAT-TREND"]

    def verdict(now: tuple[int, int], before: tuple[int, int]) -> tuple[Verdict, str]:
        judgement = compare(trend, measured_difference(share(*now), share(*before)))
        return judgement.verdict, judgement.reason

    assert verdict((950, 1000), (900, 1000)) == (Verdict.MET, "interval_reaches")
    assert verdict((900, 1000), (950, 1000)) == (Verdict.NOT_MET, "interval_misses")
    assert verdict((901, 1000), (900, 1000)) == (Verdict.INCONCLUSIVE, "interval_holds_target")
    assert verdict((950, 1000), (0, 0)) == (Verdict.NO_DATA, "no_baseline")
    assert verdict((0, 0), (950, 1000)) == (Verdict.NO_DATA, "nothing_counted")


def test_a_change_across_a_break_of_the_series_gets_no_verdict_but_the_reason() -> None:
    trend = TARGETS["TP24-SAT-TREND"]
    assert trend.applies_to is not None
    good, bad = share(950, 1000), share(900, 1000)

    def judged(before: int, now: int) -> tuple[Verdict, str]:
        broken = break_between(str(trend.applies_to and trend.applies_to.code), before, now)
        judgement = compare(trend, measured_difference(good, bad, broken))
        return judgement.verdict, judgement.reason

    assert judged(2021, 2022) == judged(2019, 2026) == (Verdict.NO_DATA, "series_break")
    assert judged(2022, 2023) == judged(2023, 2024) == (Verdict.MET, "interval_reaches")
    assert judged(2020, 2021) == (Verdict.MET, "interval_reaches")


def test_a_full_count_of_a_known_list_is_compared_exactly_and_an_end_on_the_value_by_the_operator() -> None:
    full = measured_share(item_score(Tally((10, 0, 0, 0, 90)), 100))
    assert (full.is_full_count, full.population, full.interval_id) == (True, 100, "census/1")
    assert compare(with_operator(">=", 90), full).verdict is Verdict.MET
    assert compare(with_operator(">", 90), full).verdict is Verdict.NOT_MET
    listed = finite(95, 100, 200)
    value = Fraction(listed.least, 200) * 100
    sample = measured_share(item_score(Tally((5, 0, 0, 0, 95)), 200))
    assert (sample.low, sample.interval_id) == (value, "hypergeometric/1")
    assert compare(with_operator(">=", value), sample).verdict is Verdict.MET
    assert compare(with_operator(">", value), sample).verdict is Verdict.INCONCLUSIVE


def test_every_verdict_and_reason_has_words_in_both_languages() -> None:
    for verdict in Verdict:
        assert verdict_label(verdict)["vi"] != verdict_label(verdict)["en"]
    for reason in ("interval_reaches", "interval_misses", "interval_holds_target", "count_reaches", "count_misses"):
        assert reason_label(reason)["vi"]
    for missing in (
        "below_minimum",
        "nothing_counted",
        "not_collected",
        "no_baseline",
        "not_after_baseline",
        "series_break",
        "other_questions",
        "different_formulas",
    ):
        assert reason_label(missing)["en"]


SAMPLES = st.integers(10, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
VALUES = st.fractions(0, 100, max_denominator=100)
ORDER = {Verdict.NOT_MET: 0, Verdict.INCONCLUSIVE: 1, Verdict.MET: 2}


@given(SAMPLES, VALUES, st.sampled_from([">", ">="]))
@modest
def test_more_satisfied_answers_never_worsen_a_verdict(sample: tuple[int, int], value: Fraction, operator: str) -> None:
    target, (top2, n) = with_operator(operator, value), sample
    worse, better = (compare(target, share(each, n)).verdict for each in (top2, min(top2 + 1, n)))
    assert ORDER[worse] <= ORDER[better]


@given(SAMPLES, VALUES)
@modest
def test_the_strict_operator_is_never_kinder_and_opposite_operators_never_agree(
    sample: tuple[int, int], value: Fraction
) -> None:
    verdicts = {each: compare(with_operator(each, value), share(*sample)).verdict for each in (">", ">=", "<=", "<")}
    assert ORDER[verdicts[">"]] <= ORDER[verdicts[">="]]
    assert ORDER[verdicts["<"]] <= ORDER[verdicts["<="]]
    assert ORDER[verdicts[">"]] + ORDER[verdicts["<="]] == 2
    assert ORDER[verdicts[">="]] + ORDER[verdicts["<"]] == 2


@given(SAMPLES, VALUES, st.sampled_from(list(Operator)))
@modest
def test_a_target_on_the_side_of_the_value_is_never_called_missed(
    sample: tuple[int, int], value: Fraction, operator: Operator
) -> None:
    measurement = share(*sample)
    exact = replace(measurement, low=None, high=None)
    target = with_operator(operator, value)
    if compare(target, exact).verdict is Verdict.MET:
        assert compare(target, measurement).verdict is not Verdict.NOT_MET
    else:
        assert compare(target, measurement).verdict is not Verdict.MET


@given(SAMPLES, VALUES)
@modest
def test_an_aim_and_a_firm_target_conclude_at_the_same_figures(sample: tuple[int, int], value: Fraction) -> None:
    same = {
        Verdict.MET: Verdict.PROGRESS_REACHED,
        Verdict.NOT_MET: Verdict.PROGRESS_BELOW,
        Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    }
    firm = compare(with_operator(">=", value), share(*sample)).verdict
    assert compare(with_operator(">=", value, "strive"), share(*sample)).verdict is same[firm]
