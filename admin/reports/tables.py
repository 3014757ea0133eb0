"""The tables that can be exported: their columns in the reader's language, and how a row of the store fills them."""

from collections.abc import Sequence
from datetime import datetime

from admin.reports.masking import masked
from admin.reports.sheets import Cell
from admin.words import Words
from petitions.lifecycle import Status
from storage.exports import PetitionRow, RatingRow
from storage.facts import Ref
from storage.reference import Reference

RATING_COLUMNS = (
    "number", "day", "unit_code", "unit", "field_code", "field", "service", "procedure", "verified", "assisted",
    "channel", "questionnaire", "version", "state", "item", "score", "choice", "amount", "comment",
)  # fmt: skip
PETITION_COLUMNS = (
    "code", "status", "subject", "field_code", "field", "unit_code", "unit", "pace", "submitted_at", "due_on",
    "provisional", "extended", "legs", "closed_at", "late", "reason", "redirected_to", "resolved_at", "published_at",
    "answer_score",
)  # fmt: skip
WORD_COLUMNS = ("place", "text", "answer")
"""Columns of petitions that only those get who may read petitions."""


def heads(columns: Sequence[str], words: Words) -> list[str]:
    """Name columns."""
    return [words.t(f"columns.{column}") for column in columns]


def rating_cells(row: RatingRow, reference: Reference, words: Words) -> list[Cell]:
    """Fill the row of one answer; comments are masked."""
    return [
        row.number, row.day, row.unit, _name(reference, "unit", row.unit, words), row.field,
        _name(reference, "field", row.field, words), words.t(f"service.{row.service}"), row.procedure, row.verified,
        row.assisted, row.channel, row.questionnaire, row.version, words.t(f"rating_state.{row.state}"), row.item,
        row.score, _choice(row, reference, words), row.amount, masked(row.text or ""),
    ]  # fmt: skip


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


def _choice(row: RatingRow, reference: Reference, words: Words) -> str:
    """Write a choice in the words in which it was offered."""
    if row.choice is None or row.item is None:
        return ""
    asked = reference.questionnaires.load(row.questionnaire, row.version).item(row.item)
    return next((words.name(choice.label) for choice in asked.choices if choice.code == row.choice), row.choice)
