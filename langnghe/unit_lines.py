"""A table of units with the figure of each, by the unit of the time or by successor, and their sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from langnghe.tables import table
from langnghe.words import Words
from offices.lineage import Fate, Lineage, lineage
from storage import units
from storage.figures import Figures, Scope, by_unit
from storage.unit_scope import View, viewed
from surveys.scoring import Score
from surveys.tallies import Counts
from wording import formats
from wording.figures import figure

PERCENT = 100


@dataclass(frozen=True)
class UnitTable:
    """The figures of each unit that has any; the sum over the units is the same in both views."""

    rows: Mapping[str, Figures]
    lines: Lineage

    def in_words(self, words: Words) -> str:
        """Give the table: unit, n, share, interval, what became of the unit; below it the sum of n."""
        head = [words(f"stats.{name}") for name in ("unit", "n", "ways", "share", "interval", "fate")]
        body = [[self._name(code, words), *self._row(code, score, words)] for code, score in self._all()]
        total = formats.count(sum(score.n for _, score in self._all()), words.language)
        return table(head, [*body, [words("stats.sum"), total, "", "", "", ""]], frozenset({1, 2, 3, 4}))

    def as_json(self) -> list[dict[str, Any]]:
        """Give each unit: code, n, how many answered each way, top2, percent, fate (offices.lineage.Fate)."""
        return [
            {
                "unit": code,
                "n": score.n,
                "apart": self._apart(code),
                "answers": score.answers,
                "top2": score.top2,
                "percent": None if score.share is None else float(score.share * PERCENT),
                "fate": str(self.lines.fate(code)),
            }
            for code, score in self._all()
        ]

    def _row(self, code: str, score: Score, words: Words) -> list[str]:
        n, *figures = _cells(words, score)
        ways = " / ".join(formats.count(number, words.language) for number in self._apart(code).values())
        return [n, ways, *figures, self._fate(code, words)]

    def _all(self) -> list[tuple[str, Score]]:
        return [(code, score_of(self.rows[code].counts)) for code in sorted(self.rows)]

    def _apart(self, code: str) -> dict[str, int]:
        return {str(access): score_of(counts).n for access, counts in self.rows[code].apart.items()}

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


def score_of(counts: Counts) -> Score:
    """Give the one score that stands for a questionnaire."""
    return counts.headline().score(counts.questionnaire)


def _cells(words: Words, score: Score) -> list[str]:
    n = formats.count(score.n, words.language)
    if score.share is None or score.interval is None:
        return [n, words("stats.too_few"), "–"]
    share = f"{figure(score.share * PERCENT, words.language)}%"
    return [n, share, formats.percent_range(score.interval.low, score.interval.high, words.language)]
