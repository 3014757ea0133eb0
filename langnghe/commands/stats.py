"""`langnghe stats`: what citizens said, with n, interval, method, period and version beside every percentage."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import today
from langnghe.failures import WrongUse
from langnghe.parts import json_option, make, period_options, show_json
from langnghe.scope import field_of, period_of, unit_scope_of
from langnghe.tables import table
from langnghe.unit_lines import UnitTable, unit_table
from langnghe.words import Words
from storage import questionnaires, units
from storage.figures import Figures, Scope, figures
from storage.reference import NotInstalledError
from storage.unit_scope import UnitScope, View
from surveys.items import Item, ItemKind
from surveys.means import Mean, mean_of
from surveys.periods import Period
from surveys.questionnaires import Questionnaire
from surveys.scoring import MINIMUM_N, Score
from surveys.visits import Access
from wording import formats
from wording.figures import figure

PERCENT = 100


@dataclass(frozen=True)
class Asked:
    """The question: which questionnaire, where and when; `view` None asks for no table of units."""

    questionnaire: str
    period: Period
    unit: str | None
    field: str | None
    view: View | None


@dataclass(frozen=True)
class Found:
    """The answer: all together, the units they are read from, and each of these where that was asked for."""

    figures: Figures
    units: UnitScope
    table: UnitTable | None


@dataclass(frozen=True)
class Line:
    """One scored line: an item, a factor or an index."""

    code: str
    label: str
    score: Score


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "stats", run, *period_options(words),
        click.Option(["--unit"], help=words("option.unit")),
        click.Option(["--field"], help=words("option.field")),
        click.Option(["--questionnaire"], default="quick", show_default=True, help=words("option.questionnaire")),
        click.Option(["--by-unit"], type=click.Choice([str(view) for view in View]), help=words("option.by_unit")),
        json_option(words),
    )  # fmt: skip


def run(
    words: Words, *, start: date | None, end: date | None, unit: str | None, field: str | None, questionnaire: str,
    by_unit: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Read the figures and show them."""
    asked = Asked(questionnaire, period_of(start, end, today()), unit, field, View(by_unit) if by_unit else None)
    found = store.read(lambda connection: _found(connection, asked))
    lines = _lines(words, found.figures)
    if as_json:
        show_json(_as_json(asked, found, lines))
    else:
        click.echo(_in_words(words, asked, found, lines))


def _found(connection: Connection, asked: Asked) -> Found:
    if units.authority(connection) is None:
        raise NotInstalledError
    known = questionnaires.known(connection).codes()
    if asked.questionnaire not in known:
        raise WrongUse("questionnaire_unknown", code=asked.questionnaire, codes=", ".join(known))
    of = unit_scope_of(connection, asked.unit, asked.period, asked.view or View.TIME, today())
    scope = Scope(asked.period, of.units, field_of(connection, asked.field))
    each = unit_table(connection, asked.questionnaire, scope, asked.view, today()) if asked.view else None
    return Found(figures(connection, asked.questionnaire, scope), of, each)


def _lines(words: Words, found: Figures) -> list[Line]:
    counts, questionnaire = found.counts, found.counts.questionnaire
    scales = [item for item in questionnaire.items if item.kind is ItemKind.SCALE5]
    lines = [Line(item.code, item.prompt[words.language], counts.score(item.code)) for item in scales]
    if questionnaire.factors:
        lines += [
            Line(f"factor:{code}", words("stats.factor", name=questionnaire.factors[code][words.language]), score)
            for code, score in counts.factors().items()
        ]
        lines.append(Line("index:pooled", words("stats.pooled"), counts.pooled()))
        lines.append(Line("index:mean_of_factors", words("stats.mean_of_factors"), counts.mean_of_factors()))
    return lines


def _in_words(words: Words, asked: Asked, answer: Found, lines: list[Line]) -> str:
    found = answer.figures
    questionnaire = found.counts.questionnaire
    where = " · ".join(part for part in (asked.unit, asked.field) if part) or words("stats.whole_authority")
    head = [words(f"stats.{name}") for name in ("item", "n", "share", "interval")]
    rows = [[line.label, *_score(words, line.score)] for line in lines]
    parts = [
        questionnaire.title[words.language],
        words("stats.scope", period=asked.period.label[words.language], where=where, versions=_versions(words, found)),
        *_view(words, asked, answer),
        words("stats.ratings", **_ratings(found)),
        "",
        table(head, rows, frozenset({1, 2, 3})),
        "",
        table([words("stats.apart"), *head[1:]], _apart_in_words(words, found), frozenset({1, 2, 3})),
        *(["", answer.table.in_words(words)] if answer.table else []),
        *_choices(words, questionnaire, found),
        *_means(words, questionnaire, found),
        "",
        words("stats.method", least=MINIMUM_N),
        questionnaire.method_note[words.language],
    ]
    return "\n".join(parts)


def _view(words: Words, asked: Asked, answer: Found) -> list[str]:
    """Say how units that were changed are counted, where that makes a difference; and what is in neither view."""
    differs = answer.units.has_predecessors or asked.view is not None
    names = ", ".join(unit.name[words.language] for unit in answer.units.undivided)
    return [
        *([words(f"stats.view_{asked.view or View.TIME}")] if differs else []),
        *([words("stats.undivided", units=names)] if names else []),
    ]


def _score(words: Words, score: Score) -> list[str]:
    n = formats.count(score.n, words.language)
    if score.share is None or score.interval is None:
        return [n, words("stats.too_few"), "–"]
    low, high = score.interval.low, score.interval.high
    share = f"{figure(score.share * PERCENT, words.language)}%"
    return [n, share, formats.percent_range(low, high, words.language)]


def _choices(words: Words, questionnaire: Questionnaire, found: Figures) -> list[str]:
    """Count the choices of every item that offers some; counts only, for people may have skipped it."""
    lines: list[str] = []
    for item in questionnaire.items:
        if item.kind is ItemKind.CHOICE:
            counted = found.counts.choices(item.code)
            names = {choice.code: choice.label[words.language] for choice in item.choices}
            lines += ["", item.prompt[words.language]]
            lines += [f"  {names[code]}: {formats.count(number, words.language)}" for code, number in counted.items()]
    return lines


def _means(words: Words, questionnaire: Questionnaire, found: Figures) -> list[str]:
    """Tell the mean of every item that counts something, with its interval."""
    lines: list[str] = []
    for item in questionnaire.items:
        if item.amount is None:
            continue
        mean, unit = mean_of(found.counts.amounts(item.code)), item.amount.unit[words.language]
        lines += ["", item.prompt[words.language]]
        if mean.mean is None or mean.low is None or mean.high is None:
            lines.append(f"  n = {formats.count(mean.n, words.language)}: {words('stats.too_few')}")
            continue
        low, high = (formats.number(end, words.language, 1) for end in (mean.low, mean.high))
        shown = f"{figure(mean.mean, words.language)} {unit}"
        n = formats.count(mean.n, words.language)
        lines.append("  " + words("stats.mean", mean=shown, low=low, high=high, n=n))
    return lines


def _ratings(found: Figures) -> dict[str, int]:
    counts = found.counts.ratings()
    return {
        **{state: counts.get(state, 0) for state in ("finished", "open", "abandoned")},
        "total": sum(counts.values()),
    }


def _apart(found: Figures) -> dict[Access, Score]:
    """Score the headline of each way alone."""
    return {access: counts.headline().score(counts.questionnaire) for access, counts in found.apart.items()}


def _apart_in_words(words: Words, found: Figures) -> list[list[str]]:
    return [[words(f"stats.access_{access}"), *_score(words, score)] for access, score in _apart(found).items()]


def _versions(words: Words, found: Figures) -> str:
    return ", ".join(map(str, found.versions)) or words("stats.no_version")


def _as_json(asked: Asked, answer: Found, lines: list[Line]) -> dict[str, Any]:
    found, questionnaire = answer.figures, answer.figures.counts.questionnaire
    return {
        "questionnaire": questionnaire.code,
        "versions": list(found.versions),
        "period": {"from": asked.period.start.isoformat(), "to": asked.period.end.isoformat()},
        "unit": asked.unit,
        "field": asked.field,
        "view": str(asked.view or View.TIME),
        "counted_units": None if answer.units.units is None else sorted(answer.units.units),
        "undivided": [unit.code for unit in answer.units.undivided],
        **({"by_unit": answer.table.as_json()} if answer.table else {}),
        "minimum_n": MINIMUM_N,
        "ratings": _ratings(found),
        "scores": [_line_as_json(line) for line in lines],
        "apart": {str(access): _score_as_json(score) for access, score in _apart(found).items()},
        "choices": {item.code: found.counts.choices(item.code) for item in _with_choices(questionnaire)},
        "means": [
            _mean_as_json(item.code, mean_of(found.counts.amounts(item.code)))
            for item in questionnaire.items
            if item.amount is not None
        ],
        "method_note": questionnaire.method_note.vi,
    }


def _mean_as_json(code: str, mean: Mean) -> dict[str, Any]:
    exact = None if mean.mean is None else float(mean.mean)
    return {"code": code, "n": mean.n, "mean": exact, "low": mean.low, "high": mean.high, "formula_id": mean.formula_id}


def _with_choices(questionnaire: Questionnaire) -> list[Item]:
    return [item for item in questionnaire.items if item.kind is ItemKind.CHOICE]


def _line_as_json(line: Line) -> dict[str, Any]:
    return {"code": line.code, "label": line.label, **_score_as_json(line.score)}


def _score_as_json(score: Score) -> dict[str, Any]:
    return {
        "n": score.n, "answers": score.answers, "top2": score.top2,
        "percent": None if score.share is None else float(score.share * PERCENT),
        "low": None if score.interval is None else score.interval.low * PERCENT,
        "high": None if score.interval is None else score.interval.high * PERCENT,
        "formula_id": score.formula_id,
    }  # fmt: skip
