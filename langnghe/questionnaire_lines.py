"""Questionnaires as the command line tells them: their figures, their faults, where they come from."""

from collections.abc import Sequence
from typing import Any

import click

from langnghe import store
from langnghe.failures import failure
from langnghe.words import Words
from offices.errors import DataError
from storage import questionnaires
from storage.schema import SchemaError
from surveys import publishing
from surveys.questionnaires import Questionnaire
from surveys.registry import Questionnaires, packaged
from surveys.sheet_cells import SheetError


def known_questionnaires() -> Questionnaires:
    """Return what there is: with the authority's own where a database is set up, else the packaged ones."""
    try:
        return store.read(questionnaires.known)
    except SchemaError as error:
        if error.key != "database_empty":
            raise
        return packaged()


def tell_faults(faults: Sequence[DataError], words: Words) -> None:
    """Tell faults, a line each, on standard error."""
    for fault in faults:
        told = failure(fault, words)
        for line in told.lines if told else ():
            click.echo(f"langnghe: {line}", err=True)


def figures_of(found: Questionnaire, known: Questionnaires) -> dict[str, Any]:
    """Return what there is to know of a version, as JSON."""
    return {
        "code": found.code,
        "version": found.version,
        "valid_from": found.valid_from.isoformat(),
        "valid_to": found.valid_to.isoformat() if found.valid_to else None,
        "about": found.about,
        "items": [item.code for item in found.items],
        "factors": list(found.factors),
        "longest_path": found.longest_path,
        "published": known.is_own(found) or (found.code, found.version) in publishing.published(),
        "sha256": publishing.digest(found),
    }


def fault_as_json(fault: DataError) -> dict[str, Any]:
    """Return a fault as JSON; of a workbook with sheet, row and column."""
    cell = fault.where if isinstance(fault, SheetError) else None
    where = {"sheet": cell.sheet, "row": cell.row, "column": cell.column} if cell else {}
    value = fault.value if isinstance(fault.value, str | int | float | bool | None) else str(fault.value)
    return {"place": fault.place, "value": value, "way_out": fault.way_out} | where


def facts_of(found: Questionnaire, words: Words) -> dict[str, Any]:
    """Return what the sentences about a version are filled with."""
    return {
        "title": found.title[words.language], "code": found.code, "version": str(found.version),
        "items": len(found.items), "longest": found.longest_path,
    }  # fmt: skip
