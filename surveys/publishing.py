"""Published versions are frozen: what was asked of citizens can be shown word for word, for ever.

`published.toml` holds a digest of every published version. The digest is of the content, not of the file: layout and
comments may be mended, and `valid_to` may be added when a version ends; nothing that is asked or counted may change.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from offices.datafiles import Label, Table, read_file
from offices.errors import DataError
from surveys.items import Choice, Item
from surveys.questionnaires import Questionnaire
from surveys.registry import Key, Questionnaires

_HEX = "0123456789abcdef"
_HEX_DIGITS = 64


def canonical(questionnaire: Questionnaire) -> str:
    """Write the content as JSON with sorted keys, the same for everything that asks and counts the same."""
    content = {
        "code": questionnaire.code,
        "version": questionnaire.version,
        "title": _label(questionnaire.title),
        "source": _label(questionnaire.source),
        "method_note": _label(questionnaire.method_note),
        "round": questionnaire.round,
        "about": questionnaire.about,
        "valid_from": questionnaire.valid_from.isoformat(),
        "factors": [[code, _label(name)] for code, name in questionnaire.factors.items()],
        "items": [_item(item) for item in questionnaire.items],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(questionnaire: Questionnaire) -> str:
    """Return the SHA-256 of the canonical content, in hex."""
    return sha256(canonical(questionnaire).encode()).hexdigest()


@cache
def published() -> Mapping[Key, str]:
    """Return the digests of the published versions; DataError when the list cannot be used."""
    return read_file(files("surveys") / "published.toml", _read_list)


def refuse_changed(questionnaire: Questionnaire, file: str, known: Questionnaires) -> None:
    """Raise DataError when the questionnaire has a published version's number and another content."""
    digests = {**published(), **{key: digest(own) for key, own in known.own.items()}}
    told = digests.get((questionnaire.code, questionnaire.version))
    if told is not None and told != digest(questionnaire):
        way_out = (
            "this version is published and stays as it is: "
            f"give the new wording version = {known.next_version(questionnaire.code)}, "
            "in a file of its own with its own valid_from"
        )
        raise DataError(file, "version", questionnaire.version, way_out)


def _read_list(table: Table) -> dict[Key, str]:
    rows = table.tables("published", _read_row)
    if len(dict(rows)) < len(rows):
        raise table.refusal("published", "name each version once")
    return dict(rows)


def _read_row(row: Table) -> tuple[Key, str]:
    written = row.text("sha256")
    if len(written) != _HEX_DIGITS or not set(written) <= set(_HEX):
        raise row.refusal("sha256", "write the 64 digits that `langnghe questionnaires check --json` gives")
    return (row.text("code"), row.whole("version", 1)), written


def _label(label: Label) -> list[str]:
    return [label.vi, label.en]


def _choice(choice: Choice) -> list[object]:
    return [choice.code, *_label(choice.label), choice.face]


def _item(item: Item) -> dict[str, object]:
    amount = item.amount
    return {
        "code": item.code,
        "factor": item.factor,
        "kind": item.kind,
        "prompt": _label(item.prompt),
        "choices": [_choice(choice) for choice in item.choices],
        "optional": item.optional,
        "when": None if item.when is None else str(item.when),
        "amount": None if amount is None else [amount.low, amount.high, *_label(amount.unit), *amount.suggested],
    }
