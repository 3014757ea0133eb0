"""Two versions of a questionnaire beside each other: what was added, taken away, changed, word by word.

And what that means for the figures, which take the answers to all versions together by the codes of their items.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from offices.datafiles import Label
from surveys.items import Choice, Item, ItemKind
from surveys.questionnaires import Questionnaire

_WORDS = re.compile(r"^\s+|\d[\d-]*\s*|\w+\s*|[^\s\w]\s*")
"""Words, dates and signs, each with the blanks behind it: what changed side by side stays together."""


class Mark(StrEnum):
    """What became of something: kept, taken away, added, changed, or set to another place."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Piece:
    """Some words of a text, all of them kept, taken away or added."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Field:
    """One thing that differs: `prompt.vi`, `when`, `choice waiting.en` …; empty texts where there was or is nothing."""

    name: str
    before: str
    after: str

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The words of both, in one line to read."""
        return tuple(word_pieces(self.before, self.after))


@dataclass(frozen=True)
class Part:
    """An item or factor that differs: added, gone, changed or moved; `fields` say in what."""

    code: str
    mark: Mark
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Revision:
    """All that differs: the head (title, days …), the scale, factors and items."""

    head: tuple[Field, ...]
    scale: tuple[Field, ...]
    factors: tuple[Part, ...]
    items: tuple[Part, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.head or self.scale or self.factors or self.items)


class Series(StrEnum):
    """What a new version means for the figures: they go on; go on if the meaning is the same; are no one series."""

    GOES_ON = "goes_on"
    REWORDED = "reworded"
    BREAKS = "breaks"


def compare(before: Questionnaire, after: Questionnaire) -> Revision:
    """Set two versions beside each other."""
    return Revision(
        head=_differing(_head(before), _head(after)),
        scale=_differing(_scale(before), _scale(after)),
        factors=_parts(
            {code: _label("name", name) for code, name in before.factors.items()},
            {code: _label("name", name) for code, name in after.factors.items()},
        ),
        items=_parts(
            {item.code: _item(item) for item in before.items}, {item.code: _item(item) for item in after.items}
        ),
    )


def effect_on_series(before: Questionnaire, after: Questionnaire) -> tuple[Series, tuple[str, ...]]:
    """Say what a version means for the figures, and the items because of which.

    Measured are the items of factors, in a questionnaire without factors its scales and numbers. One that is added or
    taken away, or is counted or asked under other conditions, makes figures before and after two series.
    """
    old, new = _measured(before), _measured(after)
    broken = [code for code in dict.fromkeys([*old, *new]) if _counting(old.get(code)) != _counting(new.get(code))]
    if broken:
        return Series.BREAKS, tuple(broken)
    reworded = [code for code in old if _wording(old[code]) != _wording(new[code])]
    return (Series.REWORDED, tuple(reworded)) if reworded else (Series.GOES_ON, ())


def breaks(before: Questionnaire, after: Questionnaire, item: str | None) -> bool:
    """Whether figures of an item, or of the whole index (None), are no one series over these two versions."""
    series, because = effect_on_series(before, after)
    return series is Series.BREAKS and (item is None or item in because)


def word_pieces(before: str, after: str) -> Sequence[Piece]:
    """Compare two texts word by word.

    >>> [(piece.mark.value, piece.text) for piece in word_pieces("Chợ rất sạch.", "Chợ sạch sẽ.")]
    [('same', 'Chợ '), ('gone', 'rất '), ('same', 'sạch '), ('new', 'sẽ'), ('same', '.')]
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    pieces: list[Piece] = []
    for tag, start, end, begin, stop in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Mark.SAME, "".join(new[begin:stop])))
            continue
        if start < end:
            pieces.append(Piece(Mark.GONE, "".join(old[start:end])))
        if begin < stop:
            pieces.append(Piece(Mark.NEW, "".join(new[begin:stop])))
    return pieces


Facts = Mapping[str, str]


def _parts(before: Mapping[str, Facts], after: Mapping[str, Facts]) -> tuple[Part, ...]:
    """List the entries that differ, in the order of `after`; those taken away come last."""
    moved = _moved([code for code in before if code in after], [code for code in after if code in before])
    found: list[Part] = []
    for code, facts in after.items():
        fields = _differing(before.get(code, {}), facts)
        if code not in before:
            found.append(Part(code, Mark.NEW, fields))
        elif fields or code in moved:
            found.append(Part(code, Mark.CHANGED if fields else Mark.MOVED, fields))
    gone = [Part(code, Mark.GONE, _differing(facts, {})) for code, facts in before.items() if code not in after]
    return (*found, *gone)


def _moved(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {code for block in blocks for code in before[block.a : block.a + block.size]}
    return frozenset(before) - stayed


def _differing(before: Facts, after: Facts) -> tuple[Field, ...]:
    names = dict.fromkeys([*after, *before])
    both = [Field(name, before.get(name, ""), after.get(name, "")) for name in names]
    return tuple(field for field in both if field.before != field.after)


def _head(asked: Questionnaire) -> Facts:
    return {
        **_label("title", asked.title),
        **_label("source", asked.source),
        **_label("method_note", asked.method_note),
        "round": asked.round.value,
        "about": asked.about.value,
        "valid_from": asked.valid_from.isoformat(),
        "valid_to": asked.valid_to.isoformat() if asked.valid_to else "",
    }


def _scale(asked: Questionnaire) -> Facts:
    scales = [item.choices for item in asked.items if item.kind is ItemKind.SCALE5]
    return _choices("step", scales[0]) if scales else {}


def _item(item: Item) -> Facts:
    amount = item.amount
    return {
        **_label("prompt", item.prompt),
        "kind": item.kind.value,
        "factor": item.factor or "",
        "optional": "yes" if item.optional else "no",
        "when": str(item.when) if item.when else "",
        **({} if item.kind is ItemKind.SCALE5 else _choices("choice", item.choices)),
        **({"low": str(amount.low), "high": str(amount.high), **_label("unit", amount.unit)} if amount else {}),
        **({"suggested": ", ".join(map(str, amount.suggested))} if amount else {}),
    }


def _choices(name: str, choices: Sequence[Choice]) -> Facts:
    facts: dict[str, str] = {}
    for choice in choices:
        face = f"{choice.face} " if choice.face else ""
        facts |= {
            f"{name} {choice.code}.vi": face + choice.label.vi,
            f"{name} {choice.code}.en": face + choice.label.en,
        }
    return facts


def _label(name: str, label: Label) -> dict[str, str]:
    return {f"{name}.vi": label.vi, f"{name}.en": label.en}


def _measured(asked: Questionnaire) -> Mapping[str, Item]:
    items = asked.scored or tuple(item for item in asked.items if item.is_whole)
    return {item.code: item for item in items}


def _counting(item: Item | None) -> object:
    """Give what decides by whom and how an item is counted."""
    if item is None:
        return None
    limits = (item.amount.low, item.amount.high) if item.amount else None
    return item.kind, item.factor, str(item.when), limits


def _wording(item: Item) -> object:
    return item.prompt, item.choices, item.optional, item.amount
