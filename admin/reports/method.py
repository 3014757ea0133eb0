"""The sheet that says what a file's rows are: period, scope, questionnaires, and each figure with its method."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from admin.reports.order import Order
from admin.reports.sheets import Cell, Sheet
from storage import figures
from storage.figures import Scope
from storage.petition_figures import timeliness
from surveys.scoring import MINIMUM_N, Score


def method_sheet(order: Order, connection: Connection, subject: str) -> Sheet:
    """Describe an export; `subject` is ratings or petitions."""
    t = order.words.t
    rows = [*_head(order), *(_ratings if subject == "ratings" else _petitions)(order, connection)]
    return Sheet.of_rows(t("method.title"), [t("method.what"), t("method.value")], rows)


def _head(order: Order) -> Iterator[Sequence[Cell]]:
    t, directory = order.words.t, order.reference.directory
    about = order.unit or order.reference.root
    yield t("method.authority"), order.words.name(directory.unit(order.reference.root).name)
    yield t("method.units"), order.words.name(directory.unit(about).name) if about in directory else about
    yield t("method.start"), order.period.start
    yield t("method.end"), order.period.end
    yield t("method.made_at"), order.now
    yield t("method.identity"), t("method.identity_note")


def _ratings(order: Order, connection: Connection) -> Iterator[Sequence[Cell]]:
    t, asked = order.words.t, order.questionnaire
    yield t("method.source"), t("method.source_note")
    for code in order.reference.questionnaires.codes() if asked is None else (asked,):
        found = figures.figures(connection, code, Scope(order.period, order.units))
        if not found.versions:
            continue
        yield t("method.questionnaire"), order.words.name(found.counts.questionnaire.title)
        yield t("method.versions"), ", ".join(map(str, found.versions))
        # A questionnaire without factors is scored by its one overall item.
        yield from _score(order, found.counts.headline().score(found.counts.questionnaire))
        for access, counts in found.apart.items():
            yield t(f"method.apart_{access}"), _alone(order, counts.headline().score(found.counts.questionnaire))


def _alone(order: Order, score: Score) -> str:
    """Tell a score in one cell, with its n and interval."""
    words, n = order.words, f"n = {order.words.count(score.n)}"
    if score.share is None or score.interval is None:
        return f"{n} · {words.t('method.too_few', least=MINIMUM_N)}"
    return f"{n} · {words.percent(score.share)} · {words.range(score.interval.low, score.interval.high)}"


def _score(order: Order, score: Score) -> Iterator[Sequence[Cell]]:
    t = order.words.t
    yield t("method.n"), score.n
    yield t("method.answers"), score.answers
    yield t("method.formula"), score.formula_id
    if score.share is None or score.interval is None:
        yield t("figure.share"), t("method.too_few", least=MINIMUM_N)
        return
    yield t("figure.share"), order.words.percent(score.share)
    yield t("figure.interval_95"), order.words.range(score.interval.low, score.interval.high)


def _petitions(order: Order, connection: Connection) -> Iterator[Sequence[Cell]]:
    t, units, period = order.words.t, order.units, order.period
    counted = timeliness(connection, period.start, period.end, order.now, units=sorted(units) if units else None)
    yield t("method.petitions"), t("method.petitions_note")
    yield t("method.due"), counted.due
    yield t("method.on_time"), counted.on_time
    yield t("method.late"), counted.late
    yield t("method.open_late"), counted.open_late
    yield t("method.formula"), "census/1"
