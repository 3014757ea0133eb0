"""Each detector alone: what it flags, what stays unflagged just below its threshold, and what both figures say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from surveys.integrity import check, is_suspect
from surveys.integrity_facts import Fact, Flag
from surveys.integrity_rules import LIMITS, load_rules
from surveys.integrity_totals import ALL_UNITS
from tests.surveys.integrity_world import MORNING, codes, fact, flagged, many, usual_months

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PRAISE = "Đơn vị làm việc khoa học, cán bộ luôn vì dân, đáng khen"


def numbers(facts: list[Fact]) -> set[int]:
    return {each.id for each in facts}


def test_an_ordinary_rating_has_no_flag() -> None:
    assert check([fact()]).flags == {}


@pytest.mark.parametrize(("seconds", "found"), [(0.5, {"too_fast"}), (3, {"hurried"}), (6, set())])
def test_a_rating_is_held_against_the_time_its_questions_need(seconds: float, found: set[str]) -> None:
    assert codes(check([fact(seconds=seconds)])).get(1, set()) == found


def test_a_typed_comment_needs_its_time_too() -> None:
    assert codes(check([fact(seconds=6, comment="x" * 200)]))[1] == {"too_fast"}


def test_what_was_never_closed_has_no_speed() -> None:
    assert check([replace(fact(seconds=0.5), closed=None)]).flags == {}


def test_an_official_is_suspect_at_the_own_unit_and_only_a_hint_elsewhere() -> None:
    found = check([fact(1, staff_unit="dv"), fact(2, staff_unit="khac")])
    assert codes(found) == {1: {"staff_own_unit"}, 2: {"staff_other_unit"}}
    assert found.suspect == {1}


def test_one_score_throughout_is_a_hint_and_with_haste_it_is_suspect() -> None:
    calm = fact(1, asked=16, scores=(4,) * 16, seconds=90)
    found = check(
        [calm, replace(calm, id=2, closed=calm.started + timedelta(seconds=25)), replace(calm, id=3, scores=(4,) * 9)]
    )
    assert codes(found) == {1: {"straight_line"}, 2: {"straight_line", "hurried"}}
    assert found.suspect == {2}


def test_a_rating_long_before_the_dossier_ended_is_flagged_and_a_late_entry_is_not() -> None:
    facts = [fact(1, dossier_ended=MORNING + 31 * HOUR), fact(2, dossier_ended=MORNING + 29 * HOUR), fact(3)]
    assert codes(check(facts)) == {1: {"before_end"}}


@pytest.mark.parametrize("code", ["same_device", "same_person"])
def test_seven_ratings_of_a_unit_within_thirty_days_by_one_hand_are_flagged(code: str) -> None:
    mark = {"device": "d"} if code == "same_device" else {"person": 7}
    seven = [replace(each, **mark) for each in many(7, fact(), by=5 * DAY)]
    assert flagged(seven, code) == numbers(seven)
    assert flagged(seven[:6], code) == set()
    assert flagged([replace(each, **mark) for each in many(7, fact(), by=6 * DAY)], code) == set()
    assert flagged([replace(each, unit=f"dv-{each.id % 2}") for each in seven], code) == set()


def test_a_counter_tablet_and_a_helper_stand_behind_many_persons_by_their_purpose() -> None:
    shared = [replace(each, device="d", person=7) for each in many(20, fact())]
    assert check([replace(each, at_counter=True) for each in shared]).suspect == frozenset()
    assert check([replace(each, helper="h") for each in shared]).suspect == frozenset()


def test_a_run_on_a_tablet_without_pauses_is_flagged_when_it_has_one_score() -> None:
    best = fact(device="t", at_counter=True, scores=(5,), seconds=6)
    run = many(5, best, by=timedelta(seconds=15))
    assert flagged(run, "tablet_run") == numbers(run)
    assert flagged(many(4, best, by=timedelta(seconds=15)), "tablet_run") == set()
    assert flagged(many(9, best, by=timedelta(seconds=30)), "tablet_run") == set()
    mixed = [replace(each, scores=(3 + place % 3,)) for place, each in enumerate(run)]
    assert flagged(mixed, "tablet_run") == set()


def test_a_helper_with_nothing_but_fives_is_flagged_where_others_give_few() -> None:
    helped = [replace(each, helper="h", scores=(5,)) for each in many(20, fact(), by=DAY)]
    assert flagged([*usual_months(), *helped], "helper_fives") == numbers(helped)
    content = [replace(each, scores=(5,)) for each in usual_months()]
    assert flagged([*content, *helped], "helper_fives") == set()
    honest = [replace(each, scores=(4 + place % 2,)) for place, each in enumerate(helped)]
    assert flagged([*usual_months(), *honest], "helper_fives") == set()


def with_texts(texts: list[str], unit: str = "dv", first: int = 1) -> list[Fact]:
    return [
        replace(each, comment=text, unit=unit)
        for each, text in zip(many(len(texts), fact(first), by=3 * DAY), texts, strict=True)
    ]


def test_comments_that_differ_in_one_word_are_found_also_without_diacritics() -> None:
    copied = with_texts(
        [PRAISE, PRAISE.replace("đáng", "rất đáng"), "Don vi lam viec khoa hoc, can bo luon vi dan, dang khen!"]
    )
    assert flagged(copied, "same_text") == numbers(copied)
    assert flagged(copied[:2], "same_text") == set()


def test_a_long_piece_in_a_row_is_enough() -> None:
    copied = with_texts(
        [f"{start} {PRAISE} {end}" for start, end in (("Xin nói", ""), ("Theo tôi thì", "vô cùng"), ("A", "b c d e"))]
    )
    assert flagged(copied, "same_text") == numbers(copied)


def test_short_words_and_phrases_of_everywhere_are_no_sign() -> None:
    short = with_texts(["tốt"] * 50)
    assert flagged(short, "same_text") == set()
    everywhere = [each for unit in range(40) for each in with_texts([PRAISE] * 4, f"dv-{unit}", 10 * unit)]
    assert flagged(everywhere, "same_text") == set()


def test_a_phrase_that_one_other_unit_uses_as_often_is_no_sign() -> None:
    own, other = ([f"{PRAISE}", "tôi đến nộp giấy khai sinh cho cháu nội"] * 5 for _ in range(2))
    assert flagged([*with_texts(own), *with_texts(other, "khac", 100)], "same_text") == set()
    assert flagged(with_texts(own), "same_text") == set(range(1, 11))


def test_one_person_who_repeats_a_text_is_not_several() -> None:
    assert flagged([replace(each, person=7) for each in with_texts([PRAISE] * 5)], "same_text") == set()


def burst(number: int, score: int, by: timedelta = 7 * MINUTE) -> list[Fact]:
    return many(number, fact(1, at=MORNING + 60 * DAY, scores=(score,)), by=by)


@pytest.mark.parametrize("score", [5, 1])
@pytest.mark.parametrize("by", [timedelta(seconds=90), 20 * MINUTE, 3 * HOUR])
def test_a_burst_of_one_score_is_flagged(score: int, by: timedelta) -> None:
    planted = burst(30, score, by)
    found = flagged([*usual_months(), *planted], "burst")
    assert numbers(planted) <= found
    assert len(found) <= len(planted) + 14


def test_more_people_with_the_usual_opinions_are_no_burst() -> None:
    rush = [
        replace(each, scores=((5, 4, 5, 3, 4, 5, 4, 2, 5, 4)[place % 10],)) for place, each in enumerate(burst(60, 5))
    ]
    assert flagged([*usual_months(), *rush], "burst") == set()


def test_a_market_day_is_part_of_the_week() -> None:
    market = [
        each for week in range(17)
        for each in many(14, fact(1 + 100 * week, at=MORNING + week * 7 * DAY, scores=(5,)), by=9 * MINUTE)
    ]  # fmt: skip
    assert flagged([*usual_months(), *market], "burst") == set()


def test_a_day_that_is_busy_everywhere_is_no_burst_of_one_unit() -> None:
    year = [each for unit in range(20) for each in usual_months(4, f"dv-{unit}", first=10_000 * unit)]
    busy = [
        replace(each, unit=f"dv-{unit}")
        for unit in range(20)
        for each in many(10, fact(900_000 + 100 * unit, at=MORNING + 60 * DAY, scores=(5,)), by=30 * MINUTE)
    ]
    assert flagged([*year, *busy], "burst") == set()
    alone = [each for each in busy if each.unit == "dv-3"]
    assert numbers(alone) <= flagged([*year, *alone], "burst")


def test_without_weeks_to_compare_with_there_is_no_burst() -> None:
    assert flagged([*usual_months(days=40), *many(30, fact(scores=(5,)), by=MINUTE)], "burst") == set()


def test_every_figure_stands_with_and_without_the_suspect() -> None:
    honest = [replace(fact(number), scores=(3,)) for number in range(1, 13)]
    fast = [replace(fact(number, seconds=0.5), scores=(5,)) for number in range(13, 25)]
    both = check([*honest, *fast]).figures["dv", "quick"]
    assert (both.every.n, both.every.top2, both.suspect) == (24, 12, 12)
    assert (both.without.n, both.without.top2) == (12, 0)
    assert check([*honest, *fast]).figures[ALL_UNITS, "quick"] == both


def test_a_flag_tells_value_threshold_and_the_ratings_together() -> None:
    run = many(5, fact(device="t", at_counter=True, scores=(5,), seconds=6), by=timedelta(seconds=15))
    flag = check(run).flags[1][0]
    assert flag == Flag(1, "tablet_run", 5, 5, (1, 2, 3, 4, 5))
    assert load_rules().detectors["tablet_run"].explain(flag, "vi") == "5 phiếu liên tiếp, ngưỡng 5"
    fast = check([fact(seconds=0.5)]).flags[1][0]
    assert load_rules().detectors["too_fast"].explain(fast, "vi") == "xong trong 0,5 giây, cần ít nhất 2,2 giây"
    assert load_rules().detectors["too_fast"].explain(fast, "en") == "done in 0.5 seconds, at least 2.2 are needed"


def test_two_flags_of_one_detector_weigh_as_one() -> None:
    hint = Flag(1, "hurried", 1, 2, (1,))
    assert not is_suspect([hint, hint], load_rules())
    assert is_suspect([hint, Flag(1, "straight_line", 16, 10, (1,))], load_rules())


def test_every_detector_is_described() -> None:
    assert set(load_rules().detectors) == set(LIMITS)
