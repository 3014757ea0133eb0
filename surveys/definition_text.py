"""A questionnaire as the text of its TOML file, laid out as the shipped ones are."""

from offices.datafiles import Label
from surveys.items import Choice, Item, ItemKind
from surveys.questionnaires import About, Questionnaire
from surveys.toml_text import toml_of


def written(questionnaire: Questionnaire) -> str:
    """Write the file; `surveys.questionnaires.load_file` reads the same questionnaire from it."""
    return toml_of(_values(questionnaire))


def _values(asked: Questionnaire) -> dict[str, object]:
    scales = [item for item in asked.items if item.kind is ItemKind.SCALE5]
    return {
        "code": asked.code,
        "version": asked.version,
        "valid_from": asked.valid_from,
        **({} if asked.valid_to is None else {"valid_to": asked.valid_to}),
        "round": str(asked.round),
        **({} if asked.about is About.VISIT else {"about": str(asked.about)}),
        "title": _label(asked.title),
        "source": _label(asked.source),
        "method_note": _label(asked.method_note),
        **({"scale": [_choice(each) for each in scales[0].choices]} if scales else {}),
        **({"factors": [_factor(code, name) for code, name in asked.factors.items()]} if asked.factors else {}),
        "items": [_item(item) for item in asked.items],
    }


def _item(item: Item) -> dict[str, object]:
    amount = item.amount
    return {
        "code": item.code,
        **({} if item.factor is None else {"factor": item.factor}),
        "kind": str(item.kind),
        **({"optional": True} if item.optional else {}),
        **({} if item.when is None else {"when": str(item.when)}),
        **({} if amount is None else {"low": amount.low, "high": amount.high}),
        **({"suggested": list(amount.suggested)} if amount and amount.suggested else {}),
        **({} if amount is None else {"unit": _label(amount.unit)}),
        "prompt": _label(item.prompt),
        **({"choices": [_choice(each) for each in item.choices]} if item.kind is ItemKind.CHOICE else {}),
    }


def _factor(code: str, name: Label) -> dict[str, object]:
    return {"code": code, "name": _label(name)}


def _choice(choice: Choice) -> dict[str, object]:
    return {
        "code": choice.code,
        **({} if choice.face is None else {"face": choice.face}),
        "label": _label(choice.label),
    }


def _label(label: Label) -> dict[str, object]:
    return {"vi": label.vi, "en": label.en}
