"""Detectors as data: points, thresholds, what they need, and their words, from integrity.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from offices.datafiles import Label, Table, read_file
from surveys.integrity_facts import Flag

LIMITS = {
    "burst": ("least", "tail", "times", "deviations", "swing", "hour_share", "chance", "prior"),
    "too_fast": ("tap_seconds", "letters_a_second"),
    "hurried": ("times",),
    "staff_own_unit": (),
    "staff_other_unit": (),
    "same_device": ("least", "days"),
    "same_person": ("least", "days"),
    "tablet_run": ("least", "pause_seconds", "alike"),
    "same_text": ("least", "words", "in_a_row", "chance", "prior"),
    "straight_line": ("least",),
    "before_end": ("hours",),
    "helper_fives": ("least", "alike", "uplift", "chance"),
}
"""Every detector there is, and the thresholds it reads."""

NEEDS = ("device", "tablet", "helper", "dossier_ended")
"""Facts that not every installation keeps; a detector without its facts finds nothing and says so."""

_MOST_POINTS = 9

Limits = Mapping[str, float]


@dataclass(frozen=True)
class Detector:
    """One detector.

    points   weight of its flag: see Rules.suspect_from
    because  why this is a reason to look, and why the thresholds are what they are
    says     one line about a flag, with {value}, {limit} and {size} of its group
    """

    code: str
    points: int
    needs: tuple[str, ...]
    limits: Limits
    name: Label
    because: Label
    says: Label

    def explain(self, flag: Flag, language: str) -> str:
        """Say of one flag which value crossed which threshold, over how many ratings."""
        return self.tell(flag.value, flag.limit, len(flag.group), language)

    def tell(self, value: float, limit: float, together: int, language: str) -> str:
        """Say which value crossed which threshold, over how many ratings together."""
        facts = {"value": _number(value, language), "limit": _number(limit, language)}
        line = self.says[language].replace("{size}", str(together))
        for name, written in facts.items():
            line = line.replace(f"{{{name}}}", written)
        return line


@dataclass(frozen=True)
class Rules:
    """All detectors; a rating is suspect from `suspect_from` points on, each detector counted once."""

    suspect_from: int
    detectors: Mapping[str, Detector]

    def points(self, codes: set[str]) -> int:
        """Add up the points of different detectors."""
        return sum(self.detectors[code].points for code in codes)


@cache
def load_rules() -> Rules:
    """Read the shipped thresholds; DataError when the file cannot be used."""
    return read_file(files("surveys") / "integrity.toml", read_rules)


def read_rules(table: Table) -> Rules:
    """Read a file of detectors; every one must be there, once, with all its thresholds."""
    suspect_from = table.whole("suspect_from", 1, _MOST_POINTS)
    detectors = {each.code: each for each in table.tables("detectors", _read_detector, required=True, unique="code")}
    missing = [code for code in LIMITS if code not in detectors]
    if missing:
        raise table.refusal("detectors", f"add: {', '.join(missing)}")
    return Rules(suspect_from, detectors)


def _read_detector(table: Table) -> Detector:
    code = table.one_of("code", tuple(LIMITS))
    names = LIMITS[code]
    needs = table.texts("needs")
    if not set(needs) <= set(NEEDS):
        raise table.refusal("needs", f"use some of: {', '.join(NEEDS)}")
    limits = table.table("limits", lambda each: {name: float(each.exact(name)) for name in names}) if names else {}
    return Detector(
        code, table.whole("points", 1, _MOST_POINTS), needs, limits,
        table.label("name"), table.label("because"), table.label("says"),
    )  # fmt: skip


def _number(value: float, language: str) -> str:
    written = f"{value:.1f}".removesuffix(".0")
    return written if language == "en" else written.replace(".", ",")
