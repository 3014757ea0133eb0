"""The sheet that says what a file's rows are: period, scope, questionnaires, and each figure with its method."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from admin.calls import Call
from admin.reach import reach_of
from admin.reports.sheets import Cell, Sheet
from storage import figures
from storage.figures import Scope
from storage.petition_figures import timeliness
from surveys.periods import Period
from surveys.scoring import MINIMUM_N, Score


def method_sheet(call: Call, connection: Connection, period: Period, subject: str) -> Sheet:
    """Describe an export; `subject` is ratings or petitions."""
    rows = [*_head(call, period), *(_ratings if subject == "ratings" else _petitions)(call, connection, period)]
    return Sheet(call.words.t("method.title"), [call.words.t("method.what"), call.words.t("method.value")], rows)


def _head(call: Call, period: Period) -> Iterator[Sequence[Cell]]:
    t, directory = call.words.t, call.reference.directory
    units = reach_of(call.me, directory, period)
    about = call.reference.root if units is None else call.me.unit
    yield t("method.authority"), call.words.name(directory.unit(call.reference.root).name)
    yield t("method.units"), call.words.name(directory.unit(about).name) if about in directory else about
    yield t("method.start"), period.start
    yield t("method.end"), period.end
    yield t("method.made_at"), call.now
    yield t("method.identity"), t("method.identity_note")


def _ratings(call: Call, connection: Connection, period: Period) -> Iterator[Sequence[Cell]]:
    t, units = call.words.t, reach_of(call.me, call.reference.directory, period)
    yield t("method.source"), t("method.source_note")
    for code in call.reference.questionnaires.codes():
        found = figures.figures(connection, code, Scope(period, units))
        if not found.versions:
            continue
        yield t("method.questionnaire"), call.words.name(found.counts.questionnaire.title)
        yield t("method.versions"), ", ".join(map(str, found.versions))
        # A questionnaire without factors is scored by its one overall item.
        yield from _score(call, found.counts.headline().score(found.counts.questionnaire))
        for access, counts in found.apart.items():
            yield t(f"method.apart_{access}"), _alone(call, counts.headline().score(found.counts.questionnaire))


def _alone(call: Call, score: Score) -> str:
    """Tell a score in one cell, with its n and interval."""
    words, n = call.words, f"n = {call.words.count(score.n)}"
    if score.share is None or score.interval is None:
        return f"{n} · {words.t('method.too_few', least=MINIMUM_N)}"
    return f"{n} · {words.percent(score.share)} · {words.range(score.interval.low, score.interval.high)}"


def _score(call: Call, score: Score) -> Iterator[Sequence[Cell]]:
    t = call.words.t
    yield t("method.n"), score.n
    yield t("method.answers"), score.answers
    yield t("method.formula"), score.formula_id
    if score.share is None or score.interval is None:
        yield t("figure.share"), t("method.too_few", least=MINIMUM_N)
        return
    yield t("figure.share"), call.words.percent(score.share)
    yield t("figure.interval_95"), call.words.range(score.interval.low, score.interval.high)


def _petitions(call: Call, connection: Connection, period: Period) -> Iterator[Sequence[Cell]]:
    t, units = call.words.t, reach_of(call.me, call.reference.directory, period)
    counted = timeliness(connection, period.start, period.end, call.now, units=sorted(units) if units else None)
    yield t("method.petitions"), t("method.petitions_note")
    yield t("method.due"), counted.due
    yield t("method.on_time"), counted.on_time
    yield t("method.late"), counted.late
    yield t("method.open_late"), counted.open_late
    yield t("method.formula"), "census/1"
