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
from langnghe.scope import field_of, period_of, units_of
from langnghe.tables import figure, table
from langnghe.words import Words
from storage import units
from storage.figures import Figures, Scope, figures
from storage.reference import NotInstalledError
from surveys.items import Item, ItemKind
from surveys.means import Mean, mean_of
from surveys.periods import Period
from surveys.questionnaires import Questionnaire, codes, load
from surveys.scoring import MINIMUM_N, Score
from wording import formats

PERCENT = 100


@dataclass(frozen=True)
class Asked:
    """The question: which questionnaire, where and when."""

    questionnaire: Questionnaire
    period: Period
    unit: str | None
    field: str | None


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
        json_option(words),
    )  # fmt: skip


def run(
    words: Words, *, start: date | None, end: date | None, unit: str | None, field: str | None, questionnaire: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Read the figures and show them."""
    if questionnaire not in codes():
        raise WrongUse("questionnaire_unknown", code=questionnaire, codes=", ".join(codes()))
    asked = Asked(load(questionnaire), period_of(start, end, today()), unit, field)
    found = store.read(lambda connection: _figures(connection, asked))
    lines = _lines(words, asked.questionnaire, found)
    if as_json:
        show_json(_as_json(asked, found, lines))
    else:
        click.echo(_in_words(words, asked, found, lines))


def _figures(connection: Connection, asked: Asked) -> Figures:
    if units.authority(connection) is None:
        raise NotInstalledError
    within = units_of(connection, asked.unit, asked.period)
    return figures(connection, asked.questionnaire.code, Scope(asked.period, within, field_of(connection, asked.field)))


def _lines(words: Words, questionnaire: Questionnaire, found: Figures) -> list[Line]:
    counts = found.counts
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


def _in_words(words: Words, asked: Asked, found: Figures, lines: list[Line]) -> str:
    questionnaire = asked.questionnaire
    where = " · ".join(part for part in (asked.unit, asked.field) if part) or words("stats.whole_authority")
    head = [words(f"stats.{name}") for name in ("item", "n", "share", "interval")]
    rows = [[line.label, *_score(words, line.score)] for line in lines]
    parts = [
        questionnaire.title[words.language],
        words("stats.scope", period=asked.period.label[words.language], where=where, versions=_versions(words, found)),
        words("stats.ratings", **_ratings(found)),
        "",
        table(head, rows, frozenset({1, 2, 3})),
        *_choices(words, questionnaire, found),
        *_means(words, questionnaire, found),
        "",
        words("stats.method", least=MINIMUM_N),
        questionnaire.method_note[words.language],
    ]
    return "\n".join(parts)


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
    counts, verified = found.counts.ratings(), found.verified.ratings()
    return {
        **{state: counts.get(state, 0) for state in ("finished", "open", "abandoned")},
        "verified": sum(verified.values()),
        "total": sum(counts.values()),
    }


def _versions(words: Words, found: Figures) -> str:
    return ", ".join(map(str, found.versions)) or words("stats.no_version")


def _as_json(asked: Asked, found: Figures, lines: list[Line]) -> dict[str, Any]:
    return {
        "questionnaire": asked.questionnaire.code,
        "versions": list(found.versions),
        "period": {"from": asked.period.start.isoformat(), "to": asked.period.end.isoformat()},
        "unit": asked.unit,
        "field": asked.field,
        "minimum_n": MINIMUM_N,
        "ratings": _ratings(found),
        "scores": [_line_as_json(line) for line in lines],
        "choices": {item.code: found.counts.choices(item.code) for item in _with_choices(asked.questionnaire)},
        "means": [
            _mean_as_json(item.code, mean_of(found.counts.amounts(item.code)))
            for item in asked.questionnaire.items
            if item.amount is not None
        ],
        "method_note": asked.questionnaire.method_note.vi,
    }


def _mean_as_json(code: str, mean: Mean) -> dict[str, Any]:
    exact = None if mean.mean is None else float(mean.mean)
    return {"code": code, "n": mean.n, "mean": exact, "low": mean.low, "high": mean.high, "formula_id": mean.formula_id}


def _with_choices(questionnaire: Questionnaire) -> list[Item]:
    return [item for item in questionnaire.items if item.kind is ItemKind.CHOICE]


def _line_as_json(line: Line) -> dict[str, Any]:
    score = line.score
    return {
        "code": line.code, "label": line.label, "n": score.n, "answers": score.answers, "top2": score.top2,
        "percent": None if score.share is None else float(score.share * PERCENT),
        "low": None if score.interval is None else score.interval.low * PERCENT,
        "high": None if score.interval is None else score.interval.high * PERCENT,
        "formula_id": score.formula_id,
    }  # fmt: skip
