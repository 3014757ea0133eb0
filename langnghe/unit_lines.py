"""A table of units with the figure of each, by the unit of the time or by successor, and their sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from langnghe.tables import figure, table
from langnghe.words import Words
from offices.lineage import Fate, Lineage, lineage
from storage import units
from storage.figures import Figures, Scope, by_unit
from storage.unit_scope import View, viewed
from surveys.items import ItemKind
from surveys.scoring import Score
from wording import formats

PERCENT = 100


@dataclass(frozen=True)
class UnitTable:
    """The figures of each unit that has any; the sum over the units is the same in both views."""

    rows: Mapping[str, Figures]
    lines: Lineage

    def in_words(self, words: Words) -> str:
        """Give the table: unit, n, share, interval, what became of the unit; below it the sum of n."""
        head = [words(f"stats.{name}") for name in ("unit", "n", "share", "interval", "fate")]
        body = [
            [self._name(code, words), *_cells(words, score), self._fate(code, words)] for code, score in self._all()
        ]
        total = formats.count(sum(score.n for _, score in self._all()), words.language)
        return table(head, [*body, [words("stats.sum"), total, "", "", ""]], frozenset({1, 2, 3}))

    def as_json(self) -> list[dict[str, Any]]:
        """Give each unit: code, name, n, top2, percent, fate (offices.lineage.Fate)."""
        return [
            {
                "unit": code,
                "n": score.n,
                "answers": score.answers,
                "top2": score.top2,
                "percent": None if score.share is None else float(score.share * PERCENT),
                "fate": str(self.lines.fate(code)),
            }
            for code, score in self._all()
        ]

    def _all(self) -> list[tuple[str, Score]]:
        return [(code, headline(self.rows[code])) for code in sorted(self.rows)]

    def _name(self, code: str, words: Words) -> str:
        directory = self.lines.directory
        return directory.unit(code).name[words.language] if code in directory else code

    def _fate(self, code: str, words: Words) -> str:
        fate = self.lines.fate(code)
        return "" if fate is Fate.STANDS else words(f"stats.fate_{fate}", heir=self._name(self.lines.row(code), words))


def unit_table(connection: Connection, questionnaire: str, scope: Scope, view: View, today: date) -> UnitTable:
    """Read the figures of each unit of a scope and add them up by the view."""
    lines = lineage(units.load_directory(connection), today)
    return UnitTable(viewed(by_unit(connection, questionnaire, scope), lines, view), lines)


def headline(found: Figures) -> Score:
    """Give the one score that stands for a questionnaire: its index, or its first scale item where it has none."""
    questionnaire = found.counts.questionnaire
    if questionnaire.scored:
        return found.counts.pooled()
    return found.counts.score(next(item.code for item in questionnaire.items if item.kind is ItemKind.SCALE5))


def _cells(words: Words, score: Score) -> list[str]:
    n = formats.count(score.n, words.language)
    if score.share is None or score.interval is None:
        return [n, words("stats.too_few"), "–"]
    share = f"{figure(score.share * PERCENT, words.language)}%"
    return [n, share, formats.percent_range(score.interval.low, score.interval.high, words.language)]
