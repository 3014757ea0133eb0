"""A questionnaire as the text of its TOML file, laid out as the shipped ones are."""

from collections.abc import Iterator

from offices.datafiles import Label
from surveys.items import Choice, Item, ItemKind
from surveys.questionnaires import About, Questionnaire

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F


def written(questionnaire: Questionnaire) -> str:
    """Write the file; `surveys.questionnaires.load_file` reads the same questionnaire from it."""
    return "\n".join(_lines(questionnaire)) + "\n"


def _lines(asked: Questionnaire) -> Iterator[str]:
    yield f"code = {_text(asked.code)}"
    yield f"version = {asked.version}"
    yield f"valid_from = {asked.valid_from}"
    if asked.valid_to is not None:
        yield f"valid_to = {asked.valid_to}"
    yield f"round = {_text(asked.round)}"
    if asked.about is not About.VISIT:
        yield f"about = {_text(asked.about)}"
    for name, label in (("title", asked.title), ("source", asked.source), ("method_note", asked.method_note)):
        yield from ("", f"[{name}]", f"vi = {_text(label.vi)}", f"en = {_text(label.en)}")
    scales = [item for item in asked.items if item.kind is ItemKind.SCALE5]
    for choice in scales[0].choices if scales else ():
        yield from _choice("scale", choice)
    for code, label in asked.factors.items():
        yield from ("", "[[factors]]", f"code = {_text(code)}", f"name = {_label(label)}")
    for item in asked.items:
        yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    yield from ("", "[[items]]", f"code = {_text(item.code)}")
    if item.factor is not None:
        yield f"factor = {_text(item.factor)}"
    yield f"kind = {_text(item.kind)}"
    if item.optional:
        yield "optional = true"
    if item.when is not None:
        yield f"when = {_text(str(item.when))}"
    if item.amount is not None:
        yield f"low = {item.amount.low}"
        yield f"high = {item.amount.high}"
        if item.amount.suggested:
            yield f"suggested = {list(item.amount.suggested)}"
        yield f"unit = {_label(item.amount.unit)}"
    yield f"prompt.vi = {_text(item.prompt.vi)}"
    yield f"prompt.en = {_text(item.prompt.en)}"
    if item.kind is ItemKind.CHOICE:
        for choice in item.choices:
            yield from _choice("items.choices", choice)


def _choice(table: str, choice: Choice) -> Iterator[str]:
    yield from ("", f"[[{table}]]", f"code = {_text(choice.code)}")
    if choice.face is not None:
        yield f"face = {_text(choice.face)}"
    yield f"label = {_label(choice.label)}"


def _label(label: Label) -> str:
    return f"{{ vi = {_text(label.vi)}, en = {_text(label.en)} }}"


def _text(text: str) -> str:
    return f'"{"".join(_escaped(letter) for letter in text)}"'


def _escaped(letter: str) -> str:
    if ord(letter) < _FIRST_PRINTABLE or ord(letter) == _DELETE:
        return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"
    return _ESCAPES.get(letter, letter)
