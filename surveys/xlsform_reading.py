"""Reading XLSForm sheets: the part of the specification that a chat can ask.

The sheets become the table of a questionnaire file and are then read by the same rules; a fault of that table is told
at the cell it came from. What cannot be asked at all is told with its cell and the way out, all of it at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offices.datafiles import Table
from offices.errors import DataError
from surveys.items import BEST_SCORE, ItemKind
from surveys.questionnaires import Questionnaire, read_questionnaire
from surveys.sheet_cells import Row, SheetError, Where, rows
from surveys.xlsform import Sheets


class Passed(StrEnum):
    """What is passed over with a word: it changes nothing of what is asked."""

    NOTE = "note"
    METADATA = "metadata"
    COLUMN = "column"


@dataclass(frozen=True)
class Imported:
    """What the sheets hold: a questionnaire, or the faults that stand in its way; and what was passed over."""

    questionnaire: Questionnaire | None
    faults: tuple[SheetError, ...]
    passed: tuple[tuple[Where, Passed], ...]


_SCALE = tuple(str(score) for score in range(1, BEST_SCORE + 1))
_METADATA = frozenset({"start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit"})
_PLAIN = {"text": ItemKind.TEXT, "string": ItemKind.TEXT, "integer": ItemKind.NUMBER, "int": ItemKind.NUMBER}
_UNASKED = "calculation", "choice_filter", "repeat_count", "parameters", "default", "trigger", "readonly", "read_only"
_READ = frozenset({
    "type", "name", "label::vi", "label::en", "hint::vi", "hint::en", "required", "relevant", "constraint", "factor",
    "suggested",
})  # fmt: skip
_YES, _NO = frozenset({"yes", "true", "true()", "1"}), frozenset({"", "no", "false", "false()", "0"})
_RELEVANT = re.compile(r"\$\{(\w+)\} *(<=|>=|<|>|=) *(?:(\d{1,6})|'(\w+)'|\"(\w+)\")")
_SELECTED = re.compile(r"selected\( *\$\{(\w+)\} *, *(?:'(\w+)'|\"(\w+)\") *\)")
_WHOLE = re.compile(r"\d{1,6}")
_BOUND = re.compile(r"\. *(<=|>=|<|>) *(\d{1,6})")
_SETTINGS = {
    "code": "form_id", "version": "version", "title.vi": "form_title", "title.en": "title_en", "source.vi": "source_vi",
    "source.en": "source_en", "method_note.vi": "method_note_vi", "method_note.en": "method_note_en", "round": "round",
    "about": "about", "valid_from": "valid_from", "valid_to": "valid_to",
}  # fmt: skip
_ORDER = "settings", "survey", "choices", "factors"


def read_sheets(file: str, sheets: Sheets) -> Imported:
    """Read the sheets of a workbook; `file` is what faults call it."""
    reader = _Reader(file, {name: list(rows(name, sheets.get(name, ()))) for name in _ORDER})
    return reader.read()


class _Reader:
    """One reading: the table as it grows, the cell of each of its places, the faults, what was passed over."""

    def __init__(self, file: str, sheets: Mapping[str, Sequence[Row]]) -> None:
        self._file = file
        self._sheets = sheets
        self._cells: dict[str, Where] = {}
        self._faults: dict[Where, SheetError] = {}
        self._passed: dict[tuple[Where, Passed], None] = {}
        self._unasked: set[str] = set()
        self._scale: list[Row] = []
        self._lists: dict[str, list[Row]] = {}
        for row in sheets["choices"]:
            self._lists.setdefault(row["list_name"], []).append(row)

    def read(self) -> Imported:
        """Make the table, read it, and bring the faults to their cells."""
        for name in ("settings", "survey"):
            if not self._sheets[name]:
                self._refuse(Where(name, 1, name), None, f"add a sheet {name} with its headings and rows")
        values = {**self._settings(), "items": list(self._items())}
        if self._scale:
            values["scale"] = [self._choice(f"scale[{n}]", row) for n, row in enumerate(self._scale, start=1)]
        if self._sheets["factors"]:
            values["factors"] = [self._factor(n, row) for n, row in enumerate(self._sheets["factors"], start=1)]
        questionnaire = None
        try:
            questionnaire = Table(self._file, "", values).read(read_questionnaire)
        except DataError as error:
            for fault in error.each:
                self._refuse(self._cell_of(fault.place), fault.value, fault.way_out)
        faults = sorted(self._faults.values(), key=lambda fault: (_ORDER.index(fault.where.sheet), fault.where.row))
        return Imported(None if faults else questionnaire, tuple(faults), tuple(self._passed))

    def _refuse(self, where: Where, value: object, way_out: str) -> None:
        """Keep the first fault of a cell: what follows from it need not be told."""
        self._faults.setdefault(where, SheetError(self._file, where, value, way_out))

    def _cell_of(self, place: str) -> Where:
        while place and place not in self._cells:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self._cells.get(place, Where("settings", 2, "form_id"))

    def _settings(self) -> dict[str, object]:
        values: dict[str, object] = {"title": {}, "source": {}, "method_note": {}}
        for row in self._sheets["settings"][:1]:
            for place, heading in _SETTINGS.items():
                self._cells[place] = row.where(heading)
                if row[heading]:
                    self._set(values, place, _typed(place, row[heading]))
        self._cells["items"] = Where("survey", 1, "type")
        return values

    def _set(self, values: dict[str, object], place: str, value: object) -> None:
        table, _, key = place.rpartition(".")
        inner = values[table] if table else values
        if isinstance(inner, dict):
            inner[key] = value

    def _factor(self, number: int, row: Row) -> dict[str, object]:
        base = f"factors[{number}]"
        self._remember(row, base, {"": "name", ".code": "name", ".name.vi": "label::vi", ".name.en": "label::en"})
        return {**_if_there(row, {"code": "name"}), "name": _label(row, "label")}

    def _choice(self, base: str, row: Row) -> dict[str, object]:
        cells = {"": "name", ".code": "name", ".label.vi": "label::vi", ".label.en": "label::en", ".face": "face"}
        self._remember(row, base, cells)
        return {**_if_there(row, {"code": "name", "face": "face"}), "label": _label(row, "label")}

    def _remember(self, row: Row, base: str, cells: Mapping[str, str]) -> None:
        self._cells.update({base + place: row.where(heading) for place, heading in cells.items()})

    def _items(self) -> Iterator[dict[str, object]]:
        number = 1
        for row in self._sheets["survey"]:
            kind, listed = self._kind(row)
            if kind is not None:
                yield self._item(f"items[{number}]", row, kind, listed)
                number += 1
            elif row.where("type") in self._faults:
                self._unasked.add(row["name"])

    def _kind(self, row: Row) -> tuple[ItemKind | None, Sequence[Row]]:
        """Tell what a row asks, with the rows of its list; None for a row that is passed over or refused."""
        type_, _, rest = " ".join(row["type"].split()).partition(" ")
        if type_ == "note" or (type_ in _METADATA and not rest):
            self._passed[row.where("type"), Passed.NOTE if type_ == "note" else Passed.METADATA] = None
        elif type_ in _PLAIN and not rest:
            return _PLAIN[type_], ()
        elif type_ == "select_one" and rest in self._lists:
            return self._scale_or_choice(row, self._lists[rest])
        elif type_ == "select_one":
            self._refuse(row.where("type"), row["type"], "name a list of the sheet choices, without or_other or a file")
        else:
            self._refuse(
                row.where("type"), row["type"] or None,
                "a chat cannot ask it: use select_one, integer or text, one question a row, without groups and repeats",
            )  # fmt: skip
        return None, ()

    def _scale_or_choice(self, row: Row, listed: Sequence[Row]) -> tuple[ItemKind | None, Sequence[Row]]:
        if sorted(each["name"] for each in listed) != list(_SCALE):
            return ItemKind.CHOICE, listed
        steps = sorted(listed, key=lambda each: each["name"])
        self._scale = self._scale or steps
        if [_step(each) for each in steps] != [_step(each) for each in self._scale]:
            way_out = f"use the list {self._scale[0]['list_name']}: all questions of 1 to 5 have one scale"
            self._refuse(row.where("type"), row["type"], way_out)
        return ItemKind.SCALE5, ()

    def _item(self, base: str, row: Row, kind: ItemKind, listed: Sequence[Row]) -> dict[str, object]:
        self._remember(row, base, {
            "": "type", ".code": "name", ".kind": "type", ".prompt.vi": "label::vi", ".prompt.en": "label::en",
            ".optional": "required", ".when": "relevant", ".low": "constraint", ".high": "constraint",
            ".unit.vi": "hint::vi", ".unit.en": "hint::en", ".factor": "factor", ".suggested": "suggested",
        })  # fmt: skip
        self._look_at_the_rest(row, kind)
        values = {"kind": str(kind), **_if_there(row, {"code": "name", "factor": "factor"})}
        values |= {"prompt": _label(row, "label"), "optional": self._optional(row), **self._when(row)}
        if kind is ItemKind.CHOICE:
            values["choices"] = [self._choice(f"{base}.choices[{n}]", each) for n, each in enumerate(listed, start=1)]
        if kind is ItemKind.NUMBER:
            values |= {**self._range(row), "unit": _label(row, "hint"), "suggested": self._suggested(row)}
        return values

    def _look_at_the_rest(self, row: Row, kind: ItemKind) -> None:
        refused = [*_UNASKED, *(() if kind is ItemKind.NUMBER else ("constraint", "suggested"))]
        for heading in row.cells:
            if heading in refused:
                self._refuse(row.where(heading), row[heading], "a chat cannot do this: leave the cell empty")
            elif heading not in _READ or (heading.startswith("hint") and kind is not ItemKind.NUMBER):
                self._passed[row.where(heading), Passed.COLUMN] = None

    def _optional(self, row: Row) -> bool:
        required = row["required"].lower()
        if required not in _YES | _NO:
            self._refuse(row.where("required"), row["required"], "write yes, or leave it empty")
        return required not in _YES

    def _when(self, row: Row) -> dict[str, object]:
        written = row["relevant"]
        found, selected = _RELEVANT.fullmatch(written), _SELECTED.fullmatch(written)
        if selected:
            item, operator, value = selected[1], "=", selected[2] or selected[3]
        elif found:
            item, operator, value = found[1], found[2], found[3] or found[4] or found[5]
        else:
            if written:
                way_out = "write one condition on an earlier question, as ${overall} <= 3 or ${sent} = 'yes'"
                self._refuse(row.where("relevant"), written, way_out)
            return {}
        if item in self._unasked:
            return {}
        if operator in ("<", ">") and value.isdecimal():
            operator, value = f"{operator}=", str(int(value) + (1 if operator == ">" else -1))
        return {"when": f"{item} {operator} {value}"}

    def _range(self, row: Row) -> dict[str, object]:
        bounds = [_BOUND.fullmatch(part.strip()) for part in re.split(r"\band\b", row["constraint"])]
        limits: dict[str, object] = {}
        for bound in filter(None, bounds):
            step = {">": 1, "<": -1}.get(bound[1], 0)
            limits["low" if bound[1][0] == ">" else "high"] = int(bound[2]) + step
        if not all(bounds) or len(limits) < len(("low", "high")):
            self._refuse(row.where("constraint"), row["constraint"] or None, "write both ends: . >= 0 and . <= 480")
        for language, example in (("vi", "phút"), ("en", "minutes")):
            if not row[f"hint::{language}"]:
                self._refuse(row.where(f"hint::{language}"), None, f"write what is counted, such as {example}")
        return limits

    def _suggested(self, row: Row) -> list[int]:
        parts = row["suggested"].split()
        if not all(_WHOLE.fullmatch(part) for part in parts):
            self._refuse(row.where("suggested"), row["suggested"], "write whole numbers with blanks between: 5 10 20")
            return []
        return [int(part) for part in parts]


def _typed(place: str, written: str) -> object:
    """Give a setting the type that the table wants, where it is written so."""
    if place == "version" and _WHOLE.fullmatch(written):
        return int(written)
    if place.startswith("valid_"):
        try:
            return date.fromisoformat(written)
        except ValueError:
            return written
    return written


def _if_there(row: Row, headings: Mapping[str, str]) -> dict[str, object]:
    return {key: row[heading] for key, heading in headings.items() if row[heading]}


def _label(row: Row, column: str) -> dict[str, object]:
    return _if_there(row, {language: f"{column}::{language}" for language in ("vi", "en")})


def _step(row: Row) -> tuple[str, str, str]:
    return row["label::vi"], row["label::en"], row["face"]
