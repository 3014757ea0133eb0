"""What a questionnaire asks, and what its file may not say."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.datafiles import Table
from offices.errors import DataError
from surveys.items import Answers, AnswerValue, Condition, InvalidAnswerError, Item, ItemKind
from surveys.questionnaires import Questionnaire, load_file, read_questionnaire
from surveys.registry import packaged
from tests.surveys.made import questionnaires

SMALLEST = """
code = "tiny"
version = 1
round = "day"
valid_from = 2026-01-01
title = {vi = "a", en = "a"}
source = {vi = "a", en = "a"}
method_note = {vi = "a", en = "a"}
scale = [
  {code = "1", label = {vi = "1", en = "1"}}, {code = "2", label = {vi = "2", en = "2"}},
  {code = "3", label = {vi = "3", en = "3"}}, {code = "4", label = {vi = "4", en = "4"}},
  {code = "5", label = {vi = "5", en = "5"}},
]
[[items]]
code = "overall"
kind = "scale5"
prompt = {vi = "?", en = "?"}
[[items]]
code = "why"
kind = "choice"
prompt = {vi = "?", en = "?"}
when = "overall <= 2"
choices = [{code = "slow", label = {vi = "a", en = "a"}}]
"""


def read(folder: Path, text: str) -> Questionnaire:
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return load_file(path)


def asked(questionnaire: Questionnaire, answers: dict[str, int | str | None]) -> list[str]:
    return [item.code for item in questionnaire.path(answers)]


def test_the_quick_rating_asks_overall_first_and_a_reason_only_when_it_is_low() -> None:
    quick = packaged().load("quick")
    assert asked(quick, {}) == ["overall", "comment"]
    assert asked(quick, {"overall": 3}) == ["reason", "comment"]
    assert asked(quick, {"overall": 4}) == ["comment"]
    assert asked(quick, {"overall": 4, "comment": None}) == []
    assert quick.longest_path == 3


def test_the_sipas_service_part_has_its_five_factors_and_nineteen_items() -> None:
    sipas = packaged().load("sipas")
    per_factor = {factor: sum(item.factor == factor for item in sipas.items) for factor in sipas.factors}
    assert per_factor == {"access": 4, "procedure": 4, "officials": 5, "result": 3, "feedback": 3}
    assert sipas.longest_path == 21


@pytest.mark.parametrize(("reply", "expected"), [("yes", ["e1", "e2", "e3", "comment"]), ("no", ["comment"])])
def test_petition_items_are_asked_only_after_a_petition(reply: str, expected: list[str]) -> None:
    answers: dict[str, int | str | None] = {
        item.code: 5 for item in packaged().load("sipas").scored if item.code[0] != "e"
    }
    assert asked(packaged().load("sipas"), {**answers, "made_pakn": reply}) == expected


def test_an_answer_whose_condition_holds_no_more_is_not_kept() -> None:
    assert packaged().load("quick").kept({"overall": 5, "reason": "cost", "comment": "cảm ơn"}) == {
        "overall": 5,
        "comment": "cảm ơn",
    }


@pytest.mark.parametrize("code", packaged().codes())
def test_every_shipped_text_is_there_in_both_languages(code: str) -> None:
    for item in packaged().load(code).items:
        assert all(text == text.strip() != "" for text in (item.prompt.vi, item.prompt.en))
        assert item.choices or item.kind in (ItemKind.TEXT, ItemKind.NUMBER)


def values_of(item: Item) -> st.SearchStrategy[int | str | None]:
    if item.amount is not None:
        return st.integers(item.amount.low, item.amount.high)
    if item.kind is ItemKind.TEXT:
        return st.none()
    return st.sampled_from([int(each.code) if item.kind is ItemKind.SCALE5 else each.code for each in item.choices])


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_asking_the_first_open_item_always_ends_and_never_exceeds_the_longest_path(data: st.DataObject) -> None:
    questionnaire = packaged().load(data.draw(st.sampled_from(packaged().codes())))
    answers: dict[str, int | str | None] = {}
    while remaining := questionnaire.path(answers):
        item = remaining[0]
        value = data.draw(values_of(item))
        assert value is None or isinstance(value, int | str)
        answers[item.code] = item.accept(value)
    assert len(answers) <= questionnaire.longest_path
    assert questionnaire.kept(answers) == answers


def longest_by_asking(questionnaire: Questionnaire, answers: Answers) -> int:
    """Ask in every way that makes a difference."""
    remaining = questionnaire.path(answers)
    if not remaining:
        return len(answers)
    item = remaining[0]
    named = [each.when.value for each in questionnaire.items if each.when and each.when.item == item.code]
    near = {int(value) + step for value in named for step in (-1, 0, 1)} if item.is_whole else named
    values: list[AnswerValue | None] = [value for value in near if item.offers(value)]
    return max(longest_by_asking(questionnaire, {**answers, item.code: value}) for value in values or [None])


@given(questionnaires())
@settings(deadline=None, max_examples=60)
def test_the_longest_path_is_that_of_the_longest_rating(made: Questionnaire) -> None:
    assert made.longest_path == longest_by_asking(made, {})


def test_many_conditions_take_no_time() -> None:
    overall = packaged().load("quick").item("overall")
    first = [replace(overall, code=f"first_{place}") for place in range(60)]
    second = [
        replace(overall, code=f"second_{place}", when=Condition(f"first_{place}", "<=", 2)) for place in range(60)
    ]
    assert replace(packaged().load("quick"), items=(*first, *second)).longest_path == 120


def test_an_item_keeps_only_what_it_offers() -> None:
    overall, reason, comment = packaged().load("quick").items
    assert overall.accept(5) == 5
    assert reason.accept("cost") == "cost"
    assert comment.accept("  Tốt lắm \u202e ") == "Tốt lắm"
    wrong: list[tuple[Item, int | str | None]] = [(overall, 6), (overall, "5"), (overall, True), (overall, None)]
    wrong += [(reason, "money"), (comment, "   "), (comment, "a" * 2001), (comment, 5)]
    for item, value in wrong:
        with pytest.raises(InvalidAnswerError):
            item.accept(value)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('kind = "scale5"', 'kind = "stars"', "items[1].kind"),
        ('code = "why"', 'code = "overall"', "items[2].code"),
        ('code = "why"', 'code = "Why?"', "items[2].code"),
        ('code = "why"', 'code = "why"\nfactor = "x"', "items[2].factor"),
        ('"overall <= 2"', '"overall < 2"', "items[2].when"),
        ('"overall <= 2"', '"later <= 2"', "items[2].when"),
        ('"overall <= 2"', '"overall <= 7"', "items[2].when"),
        ('"overall <= 2"', '"overall = good"', "items[2].when"),
        ('"overall <= 2"', "3", "items[2].when"),
        ('round = "day"', 'round = "week"', "round"),
        ('round = "day"', 'round = "day"\nabout = "answer"', "items"),
        ('round = "day"', 'round = "day"\nabout = "weather"', "about"),
        ('round = "day"', 'round = "day"\nvalid_to = 2025-12-31', "valid_to"),
        ("valid_from = 2026-01-01", 'valid_from = "2026-01-01"', "valid_from"),
        ('code = "tiny"', 'code = "ti_ny"', "code"),
        ('code = "slow"', 'code = "So slow"', "items[2].choices[1].code"),
        (
            '{code = "5", label = {vi = "5", en = "5"}}',
            '{code = "5", label = {vi = "5", en = "5"}, face = "🙂"}',
            "scale",
        ),
        ('round = "day"', 'round = "day"\ncolour = "red"', "colour"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", "version = true", "version"),
        ('title = {vi = "a", en = "a"}', 'title = {vi = "a"}', "title.en"),
        ('title = {vi = "a", en = "a"}', 'title = {vi = "a", en = " "}', "title.en"),
        ('title = {vi = "a", en = "a"}', "", "title"),
        ('{code = "5", label', '{code = "6", label', "scale"),
        ('choices = [{code = "slow", label = {vi = "a", en = "a"}}]', "choices = []", "items[2].choices"),
        ('round = "day"', 'round = "day"\nfactors = [{code = "x", name = {vi = "a", en = "a"}}]', "factors[1].code"),
        ("version = 1", "version = ", "(file)"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert old in SMALLEST
    with pytest.raises(DataError) as caught:
        read(tmp_path, SMALLEST.replace(old, new, 1))
    assert (caught.value.file, caught.value.place) == ("tiny.toml", place)
    assert "\n" not in str(caught.value)


def test_all_faults_of_a_file_are_told_at_once_and_each_once(tmp_path: Path) -> None:
    text = SMALLEST.replace("version = 1", 'version = "one"').replace('title = {vi = "a", en = "a"}', "title = {}")
    text = text.replace('code = "overall"', 'code = "overall"\nfactor = "x"').replace(
        'kind = "choice"', 'kind = "list"'
    )
    text += "[[items]]\ncode = 'last'\nkind = 'text'\nwhen = 'overall <= 2'\nround = 'day'\n"
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    # Nothing is said of the condition on `overall`, whose own fault is told, nor of the choices of a kind unknown.
    assert [fault.place for fault in caught.value.each] == [
        "version", "title.vi", "title.en", "items[1].factor", "items[2].kind", "items[3].prompt", "items[3].round",
    ]  # fmt: skip
    assert all(fault.file == "tiny.toml" and fault.way_out for fault in caught.value.each)
    assert str(caught.value).startswith("tiny.toml: version: 'one' cannot be used;")
    assert str(caught.value).endswith("(and 6 more)")


def faults_of(values: dict[str, object]) -> Sequence[DataError]:
    try:
        Table("any.toml", "", values).read(read_questionnaire)
    except DataError as error:
        return error.each
    return ()


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_whatever_stands_in_a_table_the_faults_are_places_in_it(data: st.DataObject) -> None:
    """Any value in any place is an answer or a fault that names the place, never a stack of Python."""
    values = tomllib.loads(SMALLEST)
    anything = st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2),
        st.dictionaries(st.sampled_from(["code", "kind", "vi"]), st.text(max_size=3), max_size=2),
    )  # fmt: skip
    tables = [values, values["items"][0], values["items"][1], values["scale"][2], values["title"]]
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from(tables))
        names = st.sampled_from([*table, "factors", "about", "valid_to", "factor", "when", "low", "face", "optional"])
        table[data.draw(names)] = data.draw(st.one_of(anything, st.lists(anything, max_size=2)))
    told = faults_of(values)
    assert all(fault.place and fault.way_out for fault in told)
    assert len({(fault.place, fault.way_out) for fault in told}) == len(told)


NUMBER = """
[[items]]
code = "minutes"
kind = "number"
low = 0
high = 480
unit = {vi = "phút", en = "minutes"}
suggested = [5, 15]
prompt = {vi = "?", en = "?"}
[[items]]
code = "long"
kind = "text"
optional = true
when = "minutes >= 16"
prompt = {vi = "?", en = "?"}
"""


def test_a_number_item_takes_whole_numbers_of_its_range_and_decides_what_is_asked(tmp_path: Path) -> None:
    found = read(tmp_path, SMALLEST + NUMBER)
    minutes = found.item("minutes")
    assert [minutes.accept(number) for number in (0, 15, 480)] == [0, 15, 480]
    for wrong in (-1, 481, True, "15", None):
        with pytest.raises(InvalidAnswerError):
            minutes.accept(wrong)
    assert asked(found, {"overall": 5, "minutes": 15}) == []
    assert asked(found, {"overall": 5, "minutes": 16}) == ["long"]
    assert found.longest_path == 4


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("high = 480", "high = 0", "items[3].high"),
        ("high = 480", "high = 10", "items[3].suggested"),
        ("suggested = [5, 15]", "suggested = [15, 5]", "items[3].suggested"),
        ('unit = {vi = "phút", en = "minutes"}', "", "items[3].unit"),
        ('"minutes >= 16"', '"minutes >= 481"', "items[4].when"),
        ('"minutes >= 16"', '"long >= 16"', "items[4].when"),
        ('kind = "number"', 'kind = "number"\nchoices = []', "items[3].choices"),
        ('kind = "number"', 'kind = "number"\nfactor = "x"', "items[3].factor"),
    ],
)
def test_a_mistake_in_a_number_item_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert old in NUMBER
    with pytest.raises(DataError) as caught:
        read(tmp_path, SMALLEST + NUMBER.replace(old, new, 1))
    assert [fault.place for fault in caught.value.each] == [place]


def test_the_smallest_file_is_read_and_a_missing_one_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, SMALLEST).longest_path == 2
    assert tomllib.loads(SMALLEST)["code"] == "tiny"
    with pytest.raises(DataError, match=r"absent\.toml"):
        load_file(tmp_path / "absent.toml")
    with pytest.raises(DataError, match="name one of: counter, education, health"):
        packaged().load("absent")


def test_a_version_is_found_by_its_number() -> None:
    assert packaged().load("quick", 1) is packaged().load("quick")
    with pytest.raises(DataError, match="version: 99"):
        packaged().load("quick", 99)


def test_a_questionnaire_of_its_time_is_found_by_a_day() -> None:
    assert packaged().in_force("quick", date(2024, 1, 1)) is packaged().load("quick")
    assert packaged().in_force("quick", date(2023, 12, 31)) is None
    assert packaged().in_force("health", date(2026, 10, 31)) is None
    assert packaged().in_force("health", date(2026, 11, 1)) is packaged().load("health")
    assert packaged().in_force("absent", date(2026, 11, 1)) is None
    ended = replace(packaged().load("quick"), valid_to=date(2026, 6, 30))
    assert [ended.is_asked_on(date(2026, 6, day)) for day in (1, 30)] == [True, True]
    assert not ended.is_asked_on(date(2026, 7, 1))


def test_what_is_shipped_is_what_the_plan_names() -> None:
    assert packaged().codes() == ("counter", "education", "health", "petition-answer", "quick", "sipas", "waiting-time")
    assert [packaged().load(code).longest_path for code in packaged().codes()] == [2, 11, 11, 2, 3, 21, 4]
    assert [each.code for each in packaged().versions()] == list(packaged().codes())
    assert packaged().load("counter").items[0].choices[0].face == "😠"


def test_the_questions_after_a_long_wait_begin_beyond_the_target_of_fifteen_minutes() -> None:
    waiting = packaged().load("waiting-time")
    assert asked(waiting, {"minutes": 15, "overall": 4}) == ["comment"]
    assert asked(waiting, {"minutes": 16, "overall": 4}) == ["cause", "comment"]
