"""Reading the items of a questionnaire file, with every rule which a definition has to keep.

All faults are told at once. What follows from a fault told already is not told again: a condition on an item that
could not be read, the factors of items when the factors could not be read.
"""

import re
from collections.abc import Collection, Mapping

from offices.datafiles import Faults, Label, Table
from surveys.items import BEST_SCORE, Amount, Choice, Condition, Item, ItemKind, parse_condition

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SCALE_CODES = tuple(str(score) for score in range(1, BEST_SCORE + 1))
_ANY = Label("?", "?")
STAND_IN = tuple(Choice(code, _ANY) for code in _SCALE_CODES)
"""A scale to read on with when the file's own cannot be read."""

LONGEST_FACE = 4
"""Characters of a face: one picture may be made of several."""
LARGEST_AMOUNT = 100_000
MOST_SUGGESTED = 8
"""Suggestions that fit below a question on a phone."""

Earlier = dict[str, Item | None]
"""Items read so far by code; None for one that could not be read."""


def read_scale(table: Table) -> tuple[Choice, ...]:
    """Read the five labels of the scale, lowest first; all of them have a face, or none."""
    scale = table.tables("scale", _read_step, required=True)
    if tuple(choice.code for choice in scale) != _SCALE_CODES:
        raise table.refusal("scale", 'write five entries with the codes "1" to "5" in this order')
    if len({choice.face is None for choice in scale}) > 1:
        raise table.refusal("scale", "give all five a face, or none")
    return scale


def read_items(table: Table, factors: Collection[str] | None, scale: tuple[Choice, ...]) -> tuple[Item, ...]:
    """Read the items in the order of asking; conditions may name earlier items only. `factors` None = not known."""
    earlier: Earlier = {}

    def read(each: Table) -> Item:
        code = each.values.get("code")
        try:
            item = _read_item(each, earlier, factors, scale)
        finally:
            if isinstance(code, str):
                earlier.setdefault(code, None)
        earlier[item.code] = earlier[item.code] or item
        return item

    return table.tables("items", read, required=True, unique="code")


def read_name(table: Table) -> str:
    """Read the `code` of an item, factor or choice: small letters, digits and underscores, at most 32."""
    code = table.text("code")
    if not _NAME.fullmatch(code):
        raise table.refusal("code", "write small letters, digits and _, a letter first, at most 32")
    return code


def read_choice(table: Table) -> Choice:
    """Read one of the answers of a choice item."""
    faults = Faults()
    with faults:
        code = read_name(table)
    with faults:
        label = table.label("label")
    faults.tell()
    return Choice(code, label)


def _read_step(table: Table) -> Choice:
    faults = Faults()
    with faults:
        code = table.text("code")
    with faults:
        label = table.label("label")
    with faults:
        face = table.optional("face", table.text)
        if face is not None and len(face) > LONGEST_FACE:
            raise table.refusal("face", f"write one picture, at most {LONGEST_FACE} characters")
    faults.tell()
    return Choice(code, label, face)


def _read_item(table: Table, earlier: Earlier, factors: Collection[str] | None, scale: tuple[Choice, ...]) -> Item:
    faults = Faults()
    with faults:
        kind = table.choice("kind", ItemKind)
    with faults:
        code = read_name(table)
    with faults:
        prompt = table.label("prompt")
    with faults:
        optional = table.flag("optional")
    with faults:
        when = _read_condition(table, earlier)
    if table.values.get("kind") not in tuple(ItemKind):
        faults.tell()  # what else may stand in it depends on the kind
    with faults:
        factor = _read_factor(table, kind, factors)
    with faults:
        choices = _read_choices(table, kind, scale)
    with faults:
        amount = _read_amount(table) if kind is ItemKind.NUMBER else None
    with faults:
        table.refuse_others()
    faults.tell()
    return Item(code, factor, kind, prompt, choices, optional, when, amount)


def _read_factor(table: Table, kind: ItemKind, factors: Collection[str] | None) -> str | None:
    if "factor" in table.values and kind is not ItemKind.SCALE5:
        table.optional("factor", table.values.get)
        raise table.refusal("factor", 'remove it: only items of kind "scale5" enter an index')
    if factors is None:
        return table.optional("factor", table.text)
    if "factor" in table.values and not factors:
        table.optional("factor", table.text)
        raise table.refusal("factor", "remove it, or write the file's factors under [[factors]]")
    return table.optional("factor", table.one_of, factors)


def _read_choices(table: Table, kind: ItemKind, scale: tuple[Choice, ...]) -> tuple[Choice, ...]:
    if kind is ItemKind.SCALE5:
        return scale
    if kind is not ItemKind.CHOICE:
        return ()
    return table.tables("choices", read_choice, required=True, unique="code")


def _read_amount(table: Table) -> Amount:
    faults = Faults()
    with faults:
        low = table.whole("low", 0, LARGEST_AMOUNT)
    with faults:
        high = table.whole("high", 0, LARGEST_AMOUNT)
    with faults:
        unit = table.label("unit")
    with faults:
        suggested = table.wholes("suggested", 0, LARGEST_AMOUNT)
    faults.tell()
    if high <= low:
        raise table.refusal("high", f"write more than low, which is {low}")
    if len(suggested) > MOST_SUGGESTED or any(not low <= number <= high for number in suggested):
        raise table.refusal("suggested", f"write at most {MOST_SUGGESTED} numbers from {low} to {high}")
    return Amount(low, high, unit, suggested)


def _read_condition(table: Table, earlier: Mapping[str, Item | None]) -> Condition | None:
    written = table.optional("when", table.text)
    if written is None:
        return None
    condition = parse_condition(written)
    if condition is None:
        raise table.refusal("when", 'write a condition such as "overall <= 3" or "made_pakn = yes"')
    if condition.item not in earlier:
        raise table.refusal("when", f"{condition.item} is not an earlier item: move it up or name one that is")
    asked = earlier[condition.item]
    if asked is None:
        return condition
    if asked.kind is ItemKind.TEXT:
        raise table.refusal("when", f"{condition.item} is a text: name an item with choices or numbers")
    if not asked.is_whole and condition.operator != "=":
        raise table.refusal("when", f"{condition.item} has choices without an order: compare with =")
    if not asked.offers(condition.value):
        raise table.refusal("when", f"{condition.item} cannot be answered so: name one of its answers")
    return condition
