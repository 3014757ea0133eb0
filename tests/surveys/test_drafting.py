"""A draft: its text is the one truth; what keeps it from being published is told at once, at its place."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from offices.errors import DataError, DomainError
from surveys.definition_text import written
from surveys.drafting import LONGEST_DRAFT, completed, earliest, first_text, read_draft, refuse_unfit
from surveys.publishing import digest
from surveys.questionnaires import About, Questionnaire, load_text
from surveys.registry import packaged
from tests.surveys.made import questionnaires

KNOWN, TODAY = packaged(), date(2026, 11, 21)
QUICK, SIPAS = KNOWN.load("quick"), KNOWN.load("sipas")


def places(text: str, code: str = "quick") -> list[str]:
    with pytest.raises(DataError) as caught:
        read_draft(text, code, KNOWN)
    return [each.place for each in caught.value.each]


def test_a_draft_begins_as_a_copy_without_the_days_of_the_old_one() -> None:
    ended = replace(QUICK, valid_to=date(2026, 12, 31))
    found = read_draft(first_text(ended, "quick", 2, TODAY), "quick", KNOWN)
    assert found == replace(QUICK, version=2, valid_from=TODAY)


def test_a_draft_may_begin_with_one_item_or_under_another_code() -> None:
    assert [item.code for item in read_draft(first_text(None, "cho-phien", 1, TODAY), "cho-phien", KNOWN).items] == [
        "overall"
    ]
    answer = KNOWN.load("petition-answer")
    assert read_draft(first_text(answer, "cho-phien", 1, TODAY), "cho-phien", KNOWN).about is About.VISIT
    assert load_text(first_text(answer, "petition-answer", 2, TODAY), "x").about is About.ANSWER
    with pytest.raises(DomainError, match="questionnaire_code_unfit"):
        first_text(None, "Chợ phiên", 1, TODAY)


def test_all_faults_of_what_counts_are_told_at_once() -> None:
    changed = written(replace(QUICK, code="other", about=About.VISIT))
    changed = changed.replace('code = "reason"\nkind = "choice"', 'code = "comment_2"\nkind = "choice"')
    changed = changed.replace('code = "overall"\nkind', 'code = "first"\nkind').replace("overall <=", "first <=")
    assert places(changed) == ["code", "items"]
    other_kind = written(QUICK).replace('code = "comment"\nkind = "text"', 'code = "comment"\nkind = "scale5"')
    assert places(other_kind) == ["items[3].kind"]
    assert places(first_text(None, "sipas", 2, TODAY), "sipas") == ["factors"]
    about = written(replace(KNOWN.load("petition-answer"), about=About.VISIT))
    assert places(about, "petition-answer") == ["about"]
    assert places("code = ") == ["(file)"]
    assert places("#" * (LONGEST_DRAFT + 1)) == ["(file)"]


def test_the_item_of_a_target_stays_the_one_figure_of_its_questionnaire() -> None:
    overall, *others = QUICK.items
    polite = replace(overall, code="polite")
    assert places(written(replace(QUICK, items=(polite, overall, *others)))) == ["items"]
    factors = {"counter": QUICK.title}
    assert places(
        written(replace(QUICK, factors=factors, items=(overall, *others, replace(polite, factor="counter"))))
    ) == ["items"]
    after = replace(QUICK, items=(overall, polite, *others))
    assert read_draft(written(after), "quick", KNOWN) == after


@given(questionnaires())
@settings(deadline=None, max_examples=50)
def test_publishing_sets_number_and_day_and_nothing_else(made: Questionnaire) -> None:
    first_day = made.valid_to or TODAY
    text, found = completed(written(made), made, 12, first_day)
    assert found == load_text(text, "x") == replace(made, version=12, valid_from=first_day)
    assert digest(found) == digest(load_text(text, "x"))


def test_comments_and_layout_stay_and_a_head_in_another_layout_is_written_anew() -> None:
    plain = "# vì sao hỏi\n" + written(QUICK).replace("version = 1", "version   =   1  # số")
    text, _ = completed(plain, QUICK, 2, TODAY)
    assert text.startswith("# vì sao hỏi\n")
    assert "version   =   2  # số" in text
    quoted = written(QUICK).replace("version = 1", '"version" = 1')
    text, found = completed(quoted, QUICK, 2, TODAY)
    assert load_text(text, "x") == found == replace(QUICK, version=2, valid_from=TODAY)
    with pytest.raises(DataError, match="valid_to"):
        completed(written(replace(QUICK, valid_to=TODAY)), replace(QUICK, valid_to=TODAY), 2, date(2026, 11, 22))


def test_a_version_begins_today_at_the_earliest_and_after_the_newest_one() -> None:
    changed = replace(QUICK, items=QUICK.items[:1])
    assert earliest("quick", KNOWN, TODAY) == TODAY
    refuse_unfit(changed, TODAY, KNOWN, TODAY)
    with pytest.raises(DomainError, match="questionnaire_day_unfit"):
        refuse_unfit(changed, date(2026, 11, 20), KNOWN, TODAY)
    later = KNOWN.with_own(replace(changed, version=2, valid_from=date(2026, 12, 1)))
    assert earliest("quick", later, TODAY) == date(2026, 12, 2)
    with pytest.raises(DomainError, match="questionnaire_day_unfit"):
        refuse_unfit(QUICK, date(2026, 12, 1), later, TODAY)
    with pytest.raises(DomainError, match="questionnaire_ends"):
        refuse_unfit(replace(changed, valid_to=date(2027, 12, 31)), TODAY, KNOWN, TODAY)
    refuse_unfit(replace(changed, code="market-day", valid_to=date(2027, 12, 31)), TODAY, KNOWN, TODAY)
    with pytest.raises(DomainError, match="questionnaire_unchanged"):
        refuse_unfit(replace(QUICK, version=5, valid_from=TODAY), TODAY, KNOWN, TODAY)


def test_a_version_that_was_withdrawn_before_it_began_keeps_no_later_one_waiting() -> None:
    shorter = replace(QUICK, version=2, items=QUICK.items[:1], valid_from=date(2062, 1, 1))
    for day in (TODAY, shorter.valid_from):
        known = KNOWN.with_own(shorter).without(("quick", 2), day)
        assert earliest("quick", known, TODAY) == TODAY
        refuse_unfit(shorter, TODAY, known, TODAY)
        with pytest.raises(DomainError, match=r"questionnaire_unchanged.*version=1"):
            refuse_unfit(QUICK, TODAY, known, TODAY)
    began = KNOWN.with_own(shorter).without(("quick", 2), date(2062, 1, 2))
    assert earliest("quick", began, TODAY) == date(2062, 1, 2)


def test_the_questions_of_a_withdrawn_version_can_be_published_again() -> None:
    taken_back = KNOWN.without(("health", 1), TODAY)
    refuse_unfit(KNOWN.load("health"), TODAY, taken_back, TODAY)
    again = taken_back.with_own(replace(KNOWN.load("health"), version=2, valid_from=TODAY))
    assert again.in_force("health", TODAY) == again.load("health", 2)
    with pytest.raises(DomainError, match="questionnaire_unchanged"):
        refuse_unfit(KNOWN.load("health"), date(2026, 11, 22), again, TODAY)
