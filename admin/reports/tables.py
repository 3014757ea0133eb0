"""The tables that can be exported: their columns in the reader's language, and how a row of the store fills them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache

from admin.reports.masking import masked
from admin.reports.sheets import Block, Cell
from admin.words import Words
from petitions.lifecycle import Status
from storage.exports import Given, PetitionRow, RatingRow
from storage.facts import Ref
from storage.reference import Reference
from surveys.items import Item

RATING_COLUMNS: Mapping[str, type] = {
    "number": int, "day": date, "unit_code": str, "unit": str, "field_code": str, "field": str, "service": str,
    "procedure": str, "verified": bool, "assisted": bool, "channel": str, "questionnaire": str, "version": int,
    "state": str, "item": str, "score": int, "choice": str, "amount": int, "comment": str,
}  # fmt: skip
PETITION_COLUMNS: Mapping[str, type] = {
    "code": str, "status": str, "subject": str, "field_code": str, "field": str, "unit_code": str, "unit": str,
    "pace": str, "submitted_at": datetime, "due_on": date, "provisional": bool, "extended": bool, "legs": int,
    "closed_at": datetime, "late": bool, "reason": str, "redirected_to": str, "resolved_at": datetime,
    "published_at": datetime, "answer_score": int,
}  # fmt: skip
WORD_COLUMNS: Mapping[str, type] = {"place": str, "text": str, "answer": str}
"""Columns of petitions that only those get who may read petitions."""
_KEPT = 2_048


def heads(columns: Iterable[str], words: Words) -> list[str]:
    """Name columns."""
    return [words.t(f"columns.{column}") for column in columns]


class RatingCells:
    """Fills the rows of ratings for one file; what comes again and again is looked up once."""

    def __init__(self, reference: Reference, words: Words) -> None:
        """Name things by this reference, in these words."""
        self._name = lru_cache(_KEPT)(lambda kind, code: _name(reference, kind, code, words))
        self._t = lru_cache(_KEPT)(words.t)
        self._choice = lru_cache(_KEPT)(
            lambda code, version, item, choice: _choice(
                reference.questionnaires.load(code, version).item(item), choice, words
            )
        )

    def block(self, row: RatingRow) -> Block:
        """Fill the rows of one rating, one for each answer; comments are masked."""
        shared = (
            row.number, row.day, row.unit, self._name("unit", row.unit), row.field, self._name("field", row.field),
            self._t(f"service.{row.service}"), row.procedure, row.verified, row.assisted, row.channel,
            row.questionnaire, row.version, self._t(f"rating_state.{row.state}"),
        )  # fmt: skip
        return Block(shared, [self._rest(row, given) for given in row.answers])

    def _rest(self, row: RatingRow, given: Given) -> tuple[Cell, ...]:
        item, score, choice, text, amount = given
        if choice is not None:
            choice = self._choice(row.questionnaire, row.version, item, choice)
        return item, score, choice, amount, masked(text) if text else ""


def petition_cells(
    row: PetitionRow, reference: Reference, words: Words, now: datetime, *, with_words: bool
) -> list[Cell]:
    """Fill the row of one petition; `late` is told of open ones as of now."""
    status = Status(row.status)
    ended = row.closed_at or now
    cells: list[Cell] = [
        row.code, _name(reference, "status", row.status, words), _name(reference, "subject", row.subject, words),
        row.field, _name(reference, "field", row.field, words), row.unit, _name(reference, "unit", row.unit, words),
        words.t(f"pace.{row.pace}"), row.submitted_at, row.due_on, row.provisional, row.extended, row.legs,
        row.closed_at, ended >= row.late_from and not status.is_waiting,
        _name(reference, "reason", row.reason, words), row.redirected_to, row.resolved_at, row.published_at, row.score,
    ]  # fmt: skip
    return [*cells, masked(row.place), masked(row.text), masked(row.answer or "")] if with_words else cells


def _name(reference: Reference, kind: str, code: str | None, words: Words) -> str:
    return reference.name_of(Ref(kind, code), words.language) if code else ""


def _choice(asked: Item, choice: str, words: Words) -> str:
    """Write a choice in the words in which it was offered."""
    return next((words.name(each.label) for each in asked.choices if each.code == choice), choice)
