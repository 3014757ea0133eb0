"""A draft's TOML values as the fields of a form, and back; what the form does not show stays as it is.

One line for each choice or factor: `code | tiếng Việt | English`. Nothing is judged here: whatever was typed becomes a
value, and the reading of the questionnaire says what is wrong with it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from admin.forms import Form
from surveys.drafting import usual_scale
from surveys.items import BEST_SCORE, ItemKind

Values = dict[str, Any]
Fields = Mapping[str, str]

MOST_ITEMS = 100
LABELS = ("title", "source", "method_note")
ITEM_FIELDS = (
    "code", "kind", "factor", "optional", "when", "prompt_vi", "prompt_en", "choices", "low", "high", "suggested",
    "unit_vi", "unit_en",
)  # fmt: skip
YES = "yes"
COUNT = "count"
"""The field that says how many items a form has."""

_ORDER = ("code", "factor", "kind", "optional", "when", "low", "high", "suggested", "unit", "prompt")
_BETWEEN = re.compile(r"[,;\s]+")
_PARTS = 3
_PLACE = re.compile(r"items\[(\d+)\](?:\.(\w+))?(?:\[\d+\])?(?:\.(\w+))?.*")
_STEP = re.compile(r"scale\[(\d+)\]\.(?:label\.)?(\w+).*")


def fields_of(values: Values) -> dict[str, str]:
    """Fill the form."""
    items = tables_of(values, "items")
    fields = {f"{name}_{language}": _label(values, name, language) for name in LABELS for language in ("vi", "en")}
    fields |= {"round": _text(values, "round"), "factors": _lines(values, "factors", "name"), COUNT: str(len(items))}
    for place, step in enumerate(tables_of(values, "scale")[:BEST_SCORE], start=1):
        fields |= {f"scale_{place}_{language}": _label(step, "label", language) for language in ("vi", "en")}
        fields[f"scale_{place}_face"] = _text(step, "face")
    for place, item in enumerate(items, start=1):
        fields |= {f"item_{place}_{name}": text for name, text in _item_fields(item).items()}
    return fields


def values_with(values: Values, form: Form) -> Values:
    """Put what was typed over the values of a draft."""
    new = dict(values)
    for name in LABELS:
        _set(new, name, _both(form.text, name))
    _set(new, "round", form.text("round"))
    _set(new, "factors", _rows(form.text("factors"), "name"))
    _set(new, "scale", _typed_scale(tables_of(values, "scale"), form))
    count = min(form.number(COUNT) or 0, MOST_ITEMS)
    old = tables_of(values, "items")
    given = [old[place] if place < len(old) else {} for place in range(count)]
    _set(new, "items", [_typed_item(item, _of_item(form, place)) for place, item in enumerate(given, start=1)])
    items = new.pop("items", [])
    return {**new, "items": items} if items else new


def fits(values: Values) -> bool:
    """Say whether the form shows everything: a draft that it would change by merely being saved is edited as text."""
    form = Form({name: [text] for name, text in fields_of(values).items()})
    return len(tables_of(values, "items")) <= MOST_ITEMS and values_with(values, form) == values


def moved(values: Values, place: int, by: int) -> Values:
    """Set the item at a place (from 1) up or down; at the end of the list nothing moves."""
    items = list(tables_of(values, "items"))
    if 1 <= place <= len(items) and 1 <= place + by <= len(items):
        items[place - 1], items[place - 1 + by] = items[place - 1 + by], items[place - 1]
    return {**values, "items": items}


def without(values: Values, place: int) -> Values:
    """Take the item at a place (from 1) away."""
    return {**values, "items": [item for at, item in enumerate(tables_of(values, "items"), start=1) if at != place]}


def with_item(values: Values, after: int, kind: str) -> Values:
    """Add an item of a kind after a place; a scale comes with the first item that needs one."""
    items = list(tables_of(values, "items"))
    taken = {item.get("code") for item in items}
    code = next(f"q{number}" for number in range(1, MOST_ITEMS + 2) if f"q{number}" not in taken)
    items.insert(min(max(after, 0), len(items)), {"code": code, "kind": kind})
    head = {name: value for name, value in values.items() if name != "items"}
    if kind == ItemKind.SCALE5 and "scale" not in head:
        head["scale"] = [
            {"code": step.code, "label": {"vi": step.label.vi, "en": step.label.en}} for step in usual_scale()
        ]
    return {**head, "items": items}


def field_at(place: str) -> str:
    """Name the field of the form that holds the value at a place of the file, `items[2].prompt.vi`; "" for none."""
    if found := _PLACE.fullmatch(place):
        name, language = found[2] or "", found[3] or ""
        named = f"{name}_{language or 'vi'}" if name in ("prompt", "unit") else name
        return f"item_{found[1]}_{named}" if named in ITEM_FIELDS else f"item_{found[1]}_code"
    if found := _STEP.fullmatch(place):
        return f"scale_{found[1]}_{found[2] if found[2] in ('vi', 'en', 'face') else 'vi'}"
    name, _, language = place.partition(".")
    if name in LABELS:
        return f"{name}_{language or 'vi'}"
    if name == "round":
        return name
    return {"scale": "scale_1_vi", "factors": "factors"}.get(name.partition("[")[0], "")


def _item_fields(item: Values) -> Fields:
    suggested = item.get("suggested")
    return {
        **{name: _text(item, name) for name in ("code", "kind", "factor", "when", "low", "high")},
        "optional": YES if item.get("optional") is True else "",
        **{
            f"{name}_{language}": _label(item, name, language)
            for name in ("prompt", "unit")
            for language in ("vi", "en")
        },
        "choices": _lines(item, "choices", "label"),
        "suggested": ", ".join(map(str, suggested)) if isinstance(suggested, list) else "",
    }


def _typed_item(old: Values, typed: Callable[[str], str]) -> Values:
    new = dict(old)
    for name in ("code", "kind", "factor", "when"):
        _set(new, name, typed(name))
    for name in ("low", "high"):
        _set(new, name, _number(typed(name)))
    unset: Any = False if old.get("optional") is False else ""
    _set(new, "optional", True if typed("optional") == YES else unset)
    for name in ("prompt", "unit"):
        _set(new, name, _both(typed, name))
    _set(new, "choices", _rows(typed("choices"), "label"))
    _set(new, "suggested", [_number(part) for part in _BETWEEN.split(typed("suggested")) if part])
    return {name: new[name] for name in dict.fromkeys([*_ORDER, *new]) if name in new}


def _of_item(form: Form, place: int) -> Callable[[str], str]:
    return lambda name: form.text(f"item_{place}_{name}")


def _typed_scale(old: list[Values], form: Form) -> list[Values]:
    steps: list[Values] = []
    for place in range(1, BEST_SCORE + 1):
        step = dict(old[place - 1]) if place <= len(old) else {"code": str(place)}
        _set(step, "label", _both(form.text, f"scale_{place}"))
        _set(step, "face", form.text(f"scale_{place}_face"))
        steps.append(step)
    return steps if old or any(len(step) > 1 for step in steps) else []


def _rows(typed: str, name: str) -> list[Values]:
    """Read `code | vi | en`, a row a line."""
    rows: list[Values] = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        code, vi, en = [*(part.strip() for part in line.split("|", _PARTS - 1)), "", ""][:_PARTS]
        row: Values = {}
        _set(row, "code", code)
        _set(row, name, {key: text for key, text in (("vi", vi), ("en", en)) if text})
        rows.append(row)
    return rows


def _lines(values: Values, key: str, name: str) -> str:
    return "\n".join(
        " | ".join([_text(row, "code"), _label(row, name, "vi"), _label(row, name, "en")]).rstrip("| ")
        for row in tables_of(values, key)
    )


def _both(typed: Callable[[str], str], name: str) -> Values:
    both = {language: typed(f"{name}_{language}") for language in ("vi", "en")}
    return {language: text for language, text in both.items() if text}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() else text


def _set(values: Values, name: str, value: Any) -> None:
    """Set a value; an empty one is taken out, so that the file tells it as missing."""
    if value in ("", [], {}):
        values.pop(name, None)
    else:
        values[name] = value


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _label(values: Values, name: str, language: str) -> str:
    label = values.get(name)
    return _text(label, language) if isinstance(label, dict) else ""


def tables_of(values: Values, name: str) -> list[Values]:
    """Return the tables of a list, such as the items; nothing of a value that is no such list."""
    found = values.get(name)
    tables: Iterable[Any] = found if isinstance(found, list) else ()
    return [each for each in tables if isinstance(each, dict)]
