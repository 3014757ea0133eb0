"""Reading the items of a questionnaire file, with every rule which a definition has to keep."""

import re
from collections.abc import Mapping, Sequence

from offices.datafiles import Table
from surveys.items import BEST_SCORE, Choice, Condition, Item, ItemKind, parse_condition

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SCALE_CODES = tuple(str(score) for score in range(1, BEST_SCORE + 1))


def read_scale(table: Table) -> tuple[Choice, ...]:
    """Read the five labels of the scale, lowest first."""
    scale = table.tables("scale", _read_choice)
    if tuple(choice.code for choice in scale) != _SCALE_CODES:
        raise table.refusal("scale", 'write five entries with the codes "1" to "5" in this order')
    return scale


def read_items(table: Table, factors: Mapping[str, object], scale: tuple[Choice, ...]) -> tuple[Item, ...]:
    """Read the items in the order of asking; conditions may name earlier items only."""
    items: list[Item] = []
    table.tables(
        "items", lambda each: items.append(_read_item(each, items, factors, scale)), required=True, unique="code"
    )
    return tuple(items)


def read_code(table: Table) -> str:
    """Read the table's `code`: small letters, digits and underscores, at most 32."""
    code = table.text("code")
    if not _CODE.fullmatch(code):
        raise table.refusal("code", "write small letters, digits and _, a letter first, at most 32")
    return code


def _read_item(table: Table, earlier: Sequence[Item], factors: Mapping[str, object], scale: tuple[Choice, ...]) -> Item:
    kind = table.choice("kind", ItemKind)
    return Item(
        code=read_code(table),
        factor=_read_factor(table, kind, factors),
        kind=kind,
        prompt=table.label("prompt"),
        choices=_read_choices(table, kind, scale),
        optional=table.flag("optional"),
        when=_read_condition(table, earlier),
    )


def _read_factor(table: Table, kind: ItemKind, factors: Mapping[str, object]) -> str | None:
    if "factor" in table.values and kind is not ItemKind.SCALE5:
        raise table.refusal("factor", 'remove it: only items of kind "scale5" enter an index')
    return table.optional("factor", table.one_of, factors)


def _read_choices(table: Table, kind: ItemKind, scale: tuple[Choice, ...]) -> tuple[Choice, ...]:
    if kind is ItemKind.SCALE5:
        return scale
    if kind is ItemKind.TEXT:
        return ()
    return table.tables("choices", _read_choice, required=True, unique="code")


def _read_choice(table: Table) -> Choice:
    return Choice(table.text("code"), table.label("label"))


def _read_condition(table: Table, earlier: Sequence[Item]) -> Condition | None:
    written = table.optional("when", table.text)
    if written is None:
        return None
    condition = parse_condition(written)
    if condition is None:
        raise table.refusal("when", 'write a condition such as "overall <= 3" or "made_pakn = yes"')
    asked = next((item for item in earlier if item.code == condition.item), None)
    if asked is None:
        raise table.refusal("when", f"{condition.item} is not an earlier item: move it up or name one that is")
    if asked.kind is ItemKind.CHOICE and condition.operator != "=":
        raise table.refusal("when", f"{condition.item} has choices without an order: compare with =")
    is_right_type = isinstance(condition.value, int) == (asked.kind is ItemKind.SCALE5)
    if not is_right_type or str(condition.value) not in {choice.code for choice in asked.choices}:
        raise table.refusal("when", f"{condition.item} cannot be answered so: name one of its choices")
    return condition
