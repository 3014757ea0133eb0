"""Two versions beside each other: whatever differs is told once, and what it means for the figures."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from offices.datafiles import Label
from surveys.items import Condition, Item
from surveys.publishing import canonical
from surveys.questionnaires import Questionnaire
from surveys.registry import packaged
from surveys.revision import Mark, Series, compare, effect_on_series, word_pieces
from tests.surveys.made import questionnaires

QUICK, SIPAS, WAITING = (packaged().load(code) for code in ("quick", "sipas", "waiting-time"))
WORDS = st.text(st.sampled_from("ab ,.\n"), max_size=12)


@given(WORDS, WORDS)
@settings(max_examples=200)
def test_the_pieces_of_both_texts_are_the_texts(before: str, after: str) -> None:
    pieces = word_pieces(before, after)
    kept = "".join(piece.text for piece in pieces if piece.mark is not Mark.GONE)
    old = "".join(piece.text for piece in pieces if piece.mark is not Mark.NEW)
    assert kept == after
    assert old.split() == before.split() or "".join(old.split()) == "".join(before.split())


@given(questionnaires(), questionnaires())
@settings(deadline=None, max_examples=50)
def test_only_what_asks_the_same_has_no_difference(one: Questionnaire, other: Questionnaire) -> None:
    assert compare(one, one).is_empty
    assert effect_on_series(one, one) == (Series.GOES_ON, ())
    second = replace(other, code=one.code, version=one.version)
    same = canonical(one) == canonical(second) and one.valid_to == second.valid_to
    assert compare(one, second).is_empty == same
    added = {part.code for part in compare(one, second).items if part.mark is Mark.NEW}
    gone = {part.code for part in compare(second, one).items if part.mark is Mark.GONE}
    assert added == gone == {item.code for item in second.items} - {item.code for item in one.items}


def test_each_kind_of_change_is_told_at_its_item() -> None:
    overall, reason, comment = QUICK.items
    asked = replace(overall, prompt=replace(overall.prompt, vi=overall.prompt.vi.replace("Nhìn chung", "Nói chung")))
    fewer = replace(reason, choices=reason.choices[1:], when=Condition("overall", "<=", 2))
    found = compare(QUICK, replace(QUICK, version=2, valid_from=date(2027, 1, 1), items=(comment, asked, fewer)))
    assert [field.name for field in found.head] == ["valid_from"]
    assert {part.code: part.mark for part in found.items} == {
        "comment": Mark.MOVED, "overall": Mark.CHANGED, "reason": Mark.CHANGED,
    }  # fmt: skip
    by_code = {part.code: part for part in found.items}
    assert [field.name for field in by_code["reason"].fields] == ["when", "choice attitude.vi", "choice attitude.en"]
    [prompt] = by_code["overall"].fields
    assert [(piece.mark, piece.text) for piece in prompt.pieces][:2] == [(Mark.GONE, "Nhìn "), (Mark.NEW, "Nói ")]


def test_a_measured_item_that_is_added_removed_or_counted_otherwise_breaks_the_series() -> None:
    a1, *others = SIPAS.items

    def effect(*items: Item) -> tuple[Series, tuple[str, ...]]:
        return effect_on_series(SIPAS, replace(SIPAS, items=items))

    assert effect(*others) == (Series.BREAKS, ("a1",))
    assert effect(*SIPAS.items[:-1]) == (Series.GOES_ON, ())
    assert effect(replace(a1, factor="result"), *others) == (Series.BREAKS, ("a1",))
    assert effect(*others[:-1], replace(a1, when=Condition("made_pakn", "=", "yes"))) == (Series.BREAKS, ("a1",))
    assert effect(replace(a1, prompt=Label("Khác", "Else")), *others) == (Series.REWORDED, ("a1",))
    minutes = WAITING.items[0]
    assert minutes.amount
    longer = replace(minutes, amount=replace(minutes.amount, high=500))
    assert effect_on_series(WAITING, replace(WAITING, items=(longer, *WAITING.items[1:])))[0] is Series.BREAKS
    assert effect_on_series(QUICK, replace(QUICK, items=QUICK.items[:1])) == (Series.GOES_ON, ())
