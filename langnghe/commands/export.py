"""`langnghe export`: the ratings of a period as a file, the same as the page of exports hands out."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from errno import ENOENT
from pathlib import Path

import click
from sqlalchemy import Connection

from admin.reports.export import KINDS, note, write_file
from admin.reports.order import Order
from admin.words import Words as FileWords
from admin.words import load_texts
from langnghe import store
from langnghe.clock import today, utc_now
from langnghe.failures import WrongUse
from langnghe.parts import json_option, make, period_options, show_json
from langnghe.progress import bar
from langnghe.scope import period_of, units_of
from langnghe.words import Words
from offices.errors import DomainError
from storage.database import Database
from storage.reference import load
from surveys.periods import Period
from wording import formats


@dataclass(frozen=True)
class Asked:
    """Which ratings: of this period, of a unit with all below it, of one questionnaire; None = all."""

    period: Period
    unit: str | None
    questionnaire: str | None


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "export", run, *period_options(words),
        click.Option(["--unit"], help=words("option.unit")),
        click.Option(["--questionnaire"], help=words("option.export_questionnaire")),
        click.Option(["--format", "kind"], type=click.Choice(KINDS), help=words("option.export_format")),
        click.Option(["--out"], required=True, type=click.Path(path_type=Path), help=words("option.export_out")),
        json_option(words),
    )  # fmt: skip


def run(
    words: Words, *, start: date | None, end: date | None, unit: str | None, questionnaire: str | None,
    kind: str | None, out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the file anew; one that is there already is left as it is."""
    ending = kind or out.suffix.lower().removeprefix(".")
    if ending not in KINDS:
        raise WrongUse("export_format", file=str(out), kinds=", ".join(KINDS))
    asked = Asked(period_of(start, end, today()), unit, questionnaire)
    with _beside(out) as draft:
        rows = store.work(lambda database: _write(database, words, asked, draft, ending))
    if as_json:
        show_json({"file": str(out), "format": ending, "rows": rows, "bytes": out.stat().st_size})
    else:
        click.echo(words("export.done", file=str(out), rows=formats.count(rows, words.language)))


async def _write(database: Database, words: Words, asked: Asked, draft: Path, ending: str) -> int:
    """Write the rows and then the entry of the audit trail; return how many rows there are."""
    order = await database.read(lambda connection: _order(connection, words, asked))
    with bar(words("export.writing")) as tell:
        rows = await write_file(database.read, order, "ratings", draft, ending, tell)
    await database.write(
        lambda connection: note(connection, order, actor="system", subject="ratings", ending=ending, rows=rows)
    )
    return rows


def _order(connection: Connection, words: Words, asked: Asked) -> Order:
    reference = load(connection)
    codes = reference.questionnaires.codes()
    if asked.questionnaire is not None and asked.questionnaire not in codes:
        raise WrongUse("questionnaire_unknown", code=asked.questionnaire, codes=", ".join(codes))
    return Order(
        reference, FileWords(load_texts(), words.language), utc_now(), asked.period, asked.unit,
        units_of(connection, asked.unit, asked.period), asked.questionnaire,
    )  # fmt: skip


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """Give a draft in the same folder, which takes the file's name when all went well and is gone otherwise."""
    if out.exists():
        raise DomainError("export_exists", file=str(out))
    if not out.parent.is_dir():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(out.parent))
    handle, name = tempfile.mkstemp(prefix=f".{out.name}-", suffix=".part", dir=out.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
