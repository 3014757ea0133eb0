"""XLSForm and back, the text of a definition and back, and what of a workbook a chat cannot ask."""

import tomllib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from offices.datafiles import Table
from surveys.definition_text import written
from surveys.questionnaires import Questionnaire, read_questionnaire
from surveys.registry import packaged
from surveys.xlsform import Sheet, sheets_of
from surveys.xlsform_reading import Imported, Passed, read_sheets
from tests.surveys.made import questionnaires

SETTINGS: Sheet = [
    ["form_title", "form_id", "version", "title_en", "source_vi", "source_en", "method_note_vi", "method_note_en",
     "round", "valid_from"],
    ["Phiếu", "tiny", "1", "Form", "a", "a", "b", "b", "day", "2026-11-01"],
]  # fmt: skip
HEADINGS = ["type", "name", "label::Tiếng Việt (vi)", "label::English (en)", "required", "relevant", "constraint"]
GOOD = ["text", "why", "Vì sao?", "Why?", "", "", ""]
YES_NO: Sheet = [
    ["list_name", "name", "label::vi", "label::en"],
    ["yn", "yes", "Có", "Yes"],
    ["yn", "no", "Không", "No"],
]


def imported(*questions: Sequence[str], headings: Sequence[str] = HEADINGS, settings_: Sheet = SETTINGS) -> Imported:
    return read_sheets("f.xlsx", {"survey": [headings, *questions], "choices": YES_NO, "settings": settings_})


def places(found: Imported) -> list[str]:
    assert found.questionnaire is None or not found.faults
    assert all(fault.file == "f.xlsx" and fault.way_out for fault in found.faults)
    return [str(fault.where) for fault in found.faults]


@pytest.mark.parametrize("asked", packaged().versions(), ids=lambda asked: asked.code)
def test_a_shipped_questionnaire_comes_back_from_its_sheets(asked: Questionnaire) -> None:
    assert read_sheets("f.xlsx", sheets_of(asked)) == Imported(asked, (), ())


@given(questionnaires())
@settings(deadline=None, max_examples=100)
def test_every_questionnaire_comes_back_from_its_sheets(asked: Questionnaire) -> None:
    found = read_sheets("f.xlsx", sheets_of(asked))
    assert found.faults == ()
    assert found.questionnaire == asked


@given(questionnaires())
@settings(deadline=None, max_examples=100)
def test_every_questionnaire_comes_back_from_its_text(asked: Questionnaire) -> None:
    assert Table("f.toml", "", tomllib.loads(written(asked))).read(read_questionnaire) == asked


@given(questionnaires())
@settings(deadline=None, max_examples=60)
def test_the_longest_path_is_never_more_than_the_items(asked: Questionnaire) -> None:
    unconditional = sum(item.when is None for item in asked.items)
    assert unconditional <= asked.longest_path <= len(asked.items)


def test_what_people_write_by_hand_is_taken() -> None:
    found = imported(
        ["note", "hello", "Chào", "Hello", "", "", ""],
        ["start", "start", "", "", "", "", ""],
        [" select_one  yn ", "sent", "Đã gửi?", "Sent?", "TRUE", "", ""],
        ["integer", "times", "Mấy lần?", "How often?", "", "selected(${sent}, 'yes')", ".>0 and . <= 20"],
        ["text", "why", "Vì sao?", "Why?", "", '${sent} = "no"', ""],
        ["text", "more", "Gì nữa?", "More?", "", "${times} > 3", ""],
        headings=["Type", "Name", "Label::Vietnamese (vi)", "label:English", "required", "relevance", "constraint"],
    )
    assert places(found) == ["survey!5 (hint::vi)", "survey!5 (hint::en)"]
    headings = [*HEADINGS, "hint::vi", "hint::en", "appearance"]
    found = imported(
        ["note", "hello", "Chào", "Hello", "", "", ""],
        ["select_one yn", "sent", "Đã gửi?", "Sent?", "yes", "", "", "", "", "minimal"],
        [
            "integer",
            "times",
            "Mấy lần?",
            "How often?",
            "",
            "selected(${sent}, 'yes')",
            ".>0 and . <= 20",
            "lần",
            "times",
        ],
        ["text", "more", "Gì nữa?", "More?", "", "${times} > 3", "", "gợi ý"],
        headings=headings,
    )
    assert places(found) == []
    assert found.questionnaire is not None
    sent, times, more = found.questionnaire.items
    assert (sent.optional, times.optional) == (False, True)
    assert times.amount is not None
    assert (times.amount.low, times.amount.high, times.amount.unit.vi) == (1, 20, "lần")
    assert [str(item.when) for item in (sent, times, more)] == ["None", "sent = yes", "times >= 4"]
    assert [(str(where), passed) for where, passed in found.passed] == [
        ("survey!2 (A, type)", Passed.NOTE),
        ("survey!3 (J, appearance)", Passed.COLUMN),
        ("survey!5 (H, hint::vi)", Passed.COLUMN),
    ]


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        (["select_multiple yn", "q", "?", "?"], "survey!3 (A, type)"),
        (["select_one yn or_other", "q", "?", "?"], "survey!3 (A, type)"),
        (["select_one absent", "q", "?", "?"], "survey!3 (A, type)"),
        (["begin_group", "q", "?", "?"], "survey!3 (A, type)"),
        (["end group", "", "", ""], "survey!3 (A, type)"),
        (["geopoint", "q", "?", "?"], "survey!3 (A, type)"),
        (["", "q", "?", "?"], "survey!3 (A, type)"),
        (["text", "Q 1", "?", "?"], "survey!3 (B, name)"),
        (["text", "why", "?", "?"], "survey!3 (B, name)"),
        (["text", "", "?", "?"], "survey!3 (B, name)"),
        (["text", "q", "?", ""], "survey!3 (D, label::English (en))"),
        (["text", "q", "?", "?", "maybe"], "survey!3 (E, required)"),
        (["text", "q", "?", "?", "", "${why} = 'x' or true()"], "survey!3 (F, relevant)"),
        (["text", "q", "?", "?", "", "${later} = 'x'"], "survey!3 (F, relevant)"),
        (["text", "q", "?", "?", "", "", ". > 1"], "survey!3 (G, constraint)"),
        (["text", "q", "?", "?", "", "", "", "1+1"], "survey!3 (H, calculation)"),
        (["integer", "q", "?", "?", "", "", ". > 1", "", "lần", "times"], "survey!3 (G, constraint)"),
        (["integer", "q", "?", "?", "", "", ". > 5 and . < 5", "", "lần", "times"], "survey!3 (G, constraint)"),
        (["integer", "q", "?", "?", "", "", ". > 0 and . < 5", "", "lần"], "survey!3 (J, hint::en)"),
        (["integer", "q", "?", "?", "", "", ". > 0 and . < 5", "", "lần", "x", "a b"], "survey!3 (K, suggested)"),
        (["integer", "q", "?", "?", "", "", ". > 0 and . < 5", "", "lần", "x", "9"], "survey!3 (K, suggested)"),
        (["text", "q", "?", "?", "", "", "", "", "", "", "", "x"], "survey!3 (L, factor)"),
    ],
)
def test_what_a_chat_cannot_ask_is_told_with_its_cell(question: list[str], cell: str) -> None:
    headings = [*HEADINGS, "calculation", "hint::vi", "hint::en", "suggested", "factor"]
    assert places(imported(GOOD, question, headings=headings)) == [cell]


def test_all_faults_are_told_at_once_in_the_order_of_the_sheets() -> None:
    settings_ = [SETTINGS[0], ["Phiếu", "Tiny", "one", "", "a", "a", "b", "b", "day", "1/11/2026"]]
    found = imported(
        ["image", "photo", "Ảnh", "Photo"],
        ["text", "why", "", "Why?", "", "${photo} = 'x'"],
        settings_=settings_,
    )
    assert places(found) == [
        "settings!2 (B, form_id)", "settings!2 (C, version)", "settings!2 (D, title_en)",
        "settings!2 (J, valid_from)", "survey!2 (A, type)", "survey!3 (C, label::Tiếng Việt (vi))",
    ]  # fmt: skip


def test_a_workbook_without_its_sheets_is_told_so() -> None:
    assert {fault.where.sheet for fault in read_sheets("f.xlsx", {}).faults} == {"settings", "survey"}


def test_scales_that_differ_are_told() -> None:
    steps = [["list_name", "name", "label::vi", "label::en"]]
    steps += [["s", str(n), f"mức {n}", f"step {n}"] for n in (5, 4, 3, 2, 1)]
    steps += [["t", str(n), f"bậc {n}", f"rung {n}"] for n in range(1, 6)]
    rows = [HEADINGS, ["select_one s", "a", "?", "?"], ["select_one t", "b", "?", "?"]]
    found = read_sheets("f.xlsx", {"survey": rows, "choices": steps, "settings": SETTINGS})
    assert places(found) == ["survey!3 (A, type)"]
    found = read_sheets("f.xlsx", {"survey": rows[:2], "choices": steps, "settings": SETTINGS})
    assert found.questionnaire is not None
    assert [choice.label.en for choice in found.questionnaire.items[0].choices] == [f"step {n}" for n in range(1, 6)]
