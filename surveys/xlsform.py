"""Questionnaires as XLSForm sheets, the form in which ODK, Kobo and SurveyCTO exchange them.

A sheet is a list of rows of texts, the first of them the headings. Beside the columns of the specification
(xlsform.org) stand a few of ours, which other programs pass over: `factor` and `suggested` of a question, `face` of a
choice, a sheet `factors`, and what a questionnaire needs in `settings` beyond title, code and version.
"""

from collections.abc import Iterator, Mapping, Sequence

from offices.datafiles import Label
from surveys.items import Amount, Choice, Condition, Item, ItemKind
from surveys.questionnaires import Questionnaire

Sheet = Sequence[Sequence[str]]
Sheets = Mapping[str, Sheet]

LANGUAGES = {"vi": "Tiếng Việt (vi)", "en": "English (en)"}
SCALE_LIST = "scale"
"""The list of the five steps; lists of choices end in LIST_ENDING, so that none has its name."""
LIST_ENDING = "_list"


def _both(column: str) -> tuple[str, str]:
    return f"{column}::{LANGUAGES['vi']}", f"{column}::{LANGUAGES['en']}"


SURVEY_COLUMNS = (
    "type", "name", *_both("label"), *_both("hint"), "required", "relevant", "constraint", "factor", "suggested",
)  # fmt: skip
CHOICE_COLUMNS = ("list_name", "name", *_both("label"), "face")
FACTOR_COLUMNS = ("name", *_both("label"))
SETTING_COLUMNS = (
    "form_title", "form_id", "version", "default_language", "title_en", "source_vi", "source_en", "method_note_vi",
    "method_note_en", "round", "about", "valid_from", "valid_to",
)  # fmt: skip


def sheets_of(questionnaire: Questionnaire) -> dict[str, Sheet]:
    """Write a questionnaire as the sheets survey, choices, settings and, where it has factors, factors."""
    sheets: dict[str, Sheet] = {
        "survey": [SURVEY_COLUMNS, *(_question(item) for item in questionnaire.items)],
        "choices": [CHOICE_COLUMNS, *_choices(questionnaire)],
        "settings": [SETTING_COLUMNS, _settings(questionnaire)],
    }
    if questionnaire.factors:
        sheets["factors"] = [FACTOR_COLUMNS, *((code, *_texts(name)) for code, name in questionnaire.factors.items())]
    return sheets


def _question(item: Item) -> Sequence[str]:
    amount = item.amount
    return (
        _type(item),
        item.code,
        *_texts(item.prompt),
        *(_texts(amount.unit) if amount else ("", "")),
        "" if item.optional else "yes",
        _relevant(item.when) if item.when else "",
        _constraint(amount) if amount else "",
        item.factor or "",
        " ".join(map(str, amount.suggested)) if amount else "",
    )


def _type(item: Item) -> str:
    match item.kind:
        case ItemKind.SCALE5:
            return f"select_one {SCALE_LIST}"
        case ItemKind.CHOICE:
            return f"select_one {item.code}{LIST_ENDING}"
        case ItemKind.NUMBER:
            return "integer"
        case ItemKind.TEXT:
            return "text"


def _relevant(when: Condition) -> str:
    value = when.value if isinstance(when.value, int) else f"'{when.value}'"
    return f"${{{when.item}}} {when.operator} {value}"


def _constraint(amount: Amount) -> str:
    return f". >= {amount.low} and . <= {amount.high}"


def _choices(questionnaire: Questionnaire) -> Iterator[Sequence[str]]:
    scales = [item for item in questionnaire.items if item.kind is ItemKind.SCALE5]
    if scales:
        yield from _list(SCALE_LIST, scales[0].choices)
    for item in questionnaire.items:
        if item.kind is ItemKind.CHOICE:
            yield from _list(item.code + LIST_ENDING, item.choices)


def _list(name: str, choices: Sequence[Choice]) -> Iterator[Sequence[str]]:
    for choice in choices:
        yield name, choice.code, *_texts(choice.label), choice.face or ""


def _settings(questionnaire: Questionnaire) -> Sequence[str]:
    return (
        questionnaire.title.vi,
        questionnaire.code,
        str(questionnaire.version),
        LANGUAGES["vi"],
        questionnaire.title.en,
        *_texts(questionnaire.source),
        *_texts(questionnaire.method_note),
        questionnaire.round,
        questionnaire.about,
        questionnaire.valid_from.isoformat(),
        questionnaire.valid_to.isoformat() if questionnaire.valid_to else "",
    )


def _texts(label: Label) -> tuple[str, str]:
    return label.vi, label.en
