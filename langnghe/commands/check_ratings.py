"""`langnghe check-ratings`: which ratings somebody should look at, and every figure with and without them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import today, utc_now
from langnghe.failures import WrongUse
from langnghe.parts import json_option, make, period_options, show_json
from langnghe.scope import period_of, units_of
from langnghe.tables import table
from langnghe.words import Words
from offices.units import Directory
from storage import kept_checks, units
from storage.rating_checks import Checked, check_ratings
from storage.rating_facts import stored
from storage.reference import NotInstalledError
from surveys.integrity_rules import Detector, load_rules
from surveys.integrity_totals import ALL_UNITS, Both, Group
from surveys.periods import Period
from surveys.scoring import MINIMUM_N, Score
from wording import formats
from wording.figures import figure

PERCENT = 100
_FIGURES_RIGHT = frozenset({2, 3, 4, 5})


@dataclass(frozen=True)
class Report:
    """What was checked, and the names of the units."""

    period: Period
    unit: str | None
    checked: Checked
    directory: Directory
    stored: frozenset[str]


def command(words: Words) -> click.Command:
    """Make the command."""
    unit = click.Option(["--unit"], help=words("option.unit"))
    keep = click.Option(["--keep"], is_flag=True, help=words("option.keep_check"))
    return make(words, "check-ratings", run, *period_options(words), unit, keep, json_option(words))


def run(words: Words, *, start: date | None, end: date | None, unit: str | None, keep: bool, as_json: bool) -> None:
    """Check and show; nothing is changed, but findings are kept for the page where that is asked for."""
    if keep and unit:
        raise WrongUse("keep_all_units")
    period = period_of(start, end, today())
    if keep and period.days > kept_checks.MOST_DAYS:
        raise WrongUse("keep_fewer_days", days=period.days, most=kept_checks.MOST_DAYS)
    report = store.read(lambda connection: _report(connection, period, unit))
    if keep:
        store.write(lambda connection: _keep(connection, report))
    if as_json:
        show_json(_as_json(words, report))
    else:
        click.echo(_in_words(words, report))


def _report(connection: Connection, period: Period, unit: str | None) -> Report:
    if units.authority(connection) is None:
        raise NotInstalledError
    within = units_of(connection, unit, period)
    return Report(
        period, unit, check_ratings(connection, period, within), units.load_directory(connection), stored(connection)
    )


def _keep(connection: Connection, report: Report) -> None:
    """Keep the findings as a check of its own, wanted and done by whoever runs this machine."""
    now = utc_now()
    kept_checks.want(connection, report.period, now=now, actor="system")
    wanted = kept_checks.waiting_for(connection, report.period)
    if wanted is not None:
        kept_checks.keep(connection, wanted, report.checked, now=now)


def _missing(detector: Detector, report: Report) -> list[str]:
    """Name what a detector needs and cannot have: facts that are not stored, weeks that the period lacks."""
    missing = [need for need in detector.needs if need not in report.stored]
    if detector.code == "burst" and not report.checked.rhythm_known:
        missing.append("weeks")
    return missing


def _in_words(words: Words, report: Report) -> str:
    checked, language = report.checked, words.language
    where = report.unit or words("stats.whole_authority")
    head = [words(f"check.{name}") for name in ("detector", "points", "flagged")]
    figures = [words(f"check.{name}") for name in ("unit", "questionnaire", "suspect", "n", "every", "without")]
    parts = [
        words("check.scope", period=report.period.label[language], where=where),
        words("check.found", ratings=checked.ratings, suspect=checked.suspect, least=load_rules().suspect_from),
        "",
        table(head, [_detector(words, each, report) for each in load_rules().detectors.values()], frozenset({1})),
        *_examples(words, checked),
        "",
        table(figures, [_figure(words, report, *each) for each in checked.totals.figures()], _FIGURES_RIGHT),
        "",
        words("check.note", least=MINIMUM_N),
    ]
    return "\n".join(parts)


def _detector(words: Words, detector: Detector, report: Report) -> list[str]:
    missing = _missing(detector, report)
    told = formats.count(report.checked.flagged[detector.code], words.language)
    if missing:
        told = words("check.no_data", what=", ".join(words(f"check.need.{need}") for need in missing))
    return [detector.name[words.language], str(detector.points), told]


def _examples(words: Words, checked: Checked) -> list[str]:
    """Show some flags of each detector, with the value and the threshold."""
    lines = []
    for code, detector in load_rules().detectors.items():
        for flag in checked.examples.get(code, ()):
            says = detector.explain(flag, words.language)
            lines.append(words("check.example", name=detector.name[words.language], rating=flag.rating, says=says))
    return ["", *lines] if lines else []


def _figure(words: Words, report: Report, group: Group, both: Both) -> list[str]:
    unit, questionnaire = group
    name = _name(words, report.directory, unit)
    n, suspect = (formats.count(each, words.language) for each in (both.every.n, both.suspect))
    return [name, questionnaire, suspect, n, _percent(words, both.every), _percent(words, both.without)]


def _name(words: Words, directory: Directory, unit: str) -> str:
    if unit == ALL_UNITS:
        return words("check.all_units")
    return directory.unit(unit).name[words.language] if unit in directory else unit


def _percent(words: Words, score: Score) -> str:
    if score.share is None or score.interval is None:
        return words("stats.too_few")
    interval = formats.percent_range(score.interval.low, score.interval.high, words.language)
    return f"{figure(score.share * PERCENT, words.language)}% ({interval})"


def _as_json(words: Words, report: Report) -> dict[str, Any]:
    checked = report.checked
    return {
        "period": {"from": report.period.start.isoformat(), "to": report.period.end.isoformat()},
        "unit": report.unit,
        "ratings": checked.ratings,
        "suspect": checked.suspect,
        "suspect_from": load_rules().suspect_from,
        "detectors": [_detector_as_json(words, each, report) for each in load_rules().detectors.values()],
        "figures": [
            {
                "unit": group[0] or None, "questionnaire": group[1], "suspect": both.suspect,
                "every": _score_as_json(both.every), "without": _score_as_json(both.without),
            }
            for group, both in checked.totals.figures()
        ],
    }  # fmt: skip


def _detector_as_json(words: Words, detector: Detector, report: Report) -> dict[str, Any]:
    checked, missing = report.checked, _missing(detector, report)
    return {
        "code": detector.code,
        "name": detector.name[words.language],
        "because": detector.because[words.language],
        "points": detector.points,
        "limits": dict(detector.limits),
        "no_data": missing,
        "flagged": None if missing else checked.flagged[detector.code],
        "examples": [
            {"rating": flag.rating, "value": flag.value, "limit": flag.limit, "together": len(flag.group),
             "says": detector.explain(flag, words.language)}
            for flag in checked.examples.get(detector.code, ())
        ],
    }  # fmt: skip


def _score_as_json(score: Score) -> dict[str, Any]:
    return {
        "n": score.n, "answers": score.answers, "top2": score.top2,
        "percent": None if score.share is None else float(score.share * PERCENT),
        "low": None if score.interval is None else score.interval.low * PERCENT,
        "high": None if score.interval is None else score.interval.high * PERCENT,
        "formula_id": score.formula_id,
    }  # fmt: skip
