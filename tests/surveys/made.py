"""Questionnaires made up by hypothesis: every kind of item, conditions on all that can decide, factors in any order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from offices.datafiles import Label
from surveys.items import Amount, Choice, Condition, Item, ItemKind
from surveys.questionnaires import About, Questionnaire, Round

_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
WORDS = st.text(_LETTERS | st.sampled_from("=\"'\\_x0041_{}[]#"), min_size=1, max_size=12).map(str.strip).filter(bool)
LABELS = st.builds(Label, WORDS, WORDS)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
CODES = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@st.composite
def _scales(draw: st.DrawFn) -> tuple[Choice, ...]:
    has_faces = draw(st.booleans())
    return tuple(
        Choice(str(score), draw(LABELS), draw(st.sampled_from("😠🙁😐🙂😄")) if has_faces else None)
        for score in range(1, 6)
    )


@st.composite
def _amounts(draw: st.DrawFn) -> Amount:
    low = draw(st.integers(0, 50))
    high = draw(st.integers(low + 1, 500))
    suggested = draw(st.lists(st.integers(low, high), max_size=8, unique=True))
    return Amount(low, high, draw(LABELS), tuple(sorted(suggested)))


@st.composite
def _conditions(draw: st.DrawFn, earlier: Sequence[Item]) -> Condition | None:
    deciding = [item for item in earlier if item.kind is not ItemKind.TEXT]
    if not deciding or draw(st.booleans()):
        return None
    item = draw(st.sampled_from(deciding))
    if not item.is_whole:
        return Condition(item.code, "=", draw(st.sampled_from([choice.code for choice in item.choices])))
    limits = (item.amount.low, item.amount.high) if item.amount else (1, 5)
    return Condition(item.code, draw(st.sampled_from(["<=", ">=", "="])), draw(st.integers(*limits)))


@st.composite
def _items(draw: st.DrawFn, factors: Sequence[str], scale: tuple[Choice, ...]) -> tuple[Item, ...]:
    items: list[Item] = []
    for code in draw(st.lists(NAMES, min_size=1, max_size=6, unique=True)):
        kind = draw(st.sampled_from(ItemKind))
        choices = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)) if kind is ItemKind.CHOICE else []
        item = Item(
            code=code,
            factor=draw(st.sampled_from([None, *factors])) if kind is ItemKind.SCALE5 else None,
            kind=kind,
            prompt=draw(LABELS),
            choices=scale if kind is ItemKind.SCALE5 else tuple(Choice(each, draw(LABELS)) for each in choices),
            optional=draw(st.booleans()),
            when=draw(_conditions(items)),
            amount=draw(_amounts()) if kind is ItemKind.NUMBER else None,
        )
        items.append(item)
    return tuple(items)


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Make a questionnaire that a file may hold; about visits, or about an answer when its items fit."""
    factors = {code: draw(LABELS) for code in draw(st.lists(NAMES, max_size=3, unique=True))}
    items = draw(_items(list(factors), draw(_scales())))
    begin = draw(DAYS)
    made = Questionnaire(
        code=draw(CODES),
        version=draw(st.integers(1, 9999)),
        title=draw(LABELS),
        source=draw(LABELS),
        method_note=draw(LABELS),
        round=draw(st.sampled_from(Round)),
        about=About.VISIT,
        valid_from=begin,
        valid_to=draw(st.none() | st.dates(begin, date(2041, 1, 1))),
        factors={code: name for code, name in factors.items() if any(item.factor == code for item in items)},
        items=items,
    )
    fits = len(items) == 1 and items[0].kind is ItemKind.SCALE5 and not items[0].optional
    return replace(made, about=draw(st.sampled_from(About))) if fits else made
