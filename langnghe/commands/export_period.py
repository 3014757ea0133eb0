"""`langnghe export-period`: a closed period as a file, byte for byte the same each time."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from langnghe import store
from langnghe.failures import WrongUse
from langnghe.parts import json_option, make, show_json
from langnghe.scope import report_arguments, report_of
from langnghe.words import Words
from offices.errors import DomainError
from storage.closed_periods import files, records
from storage.closed_periods.records import ClosedPeriod

WRITERS: dict[str, Callable[[ClosedPeriod], bytes]] = {".json": files.as_json, ".csv": files.as_csv}


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "export-period", run, *report_arguments(),
        click.Option(["--to"], required=True, type=click.Path(path_type=Path), help=words("option.export_to")),
        click.Option(["--revision"], type=click.IntRange(min=0), help=words("option.revision")),
        json_option(words),
    )  # fmt: skip


def run(
    words: Words, *, code: str, period: str, year: int, to: Path, revision: int | None, as_json: bool
) -> None:  # fmt: skip
    """Write the file anew; one that is there already is left as it is."""
    write = WRITERS.get(to.suffix.lower())
    if write is None:
        raise WrongUse("export_kind", file=str(to))
    report = report_of(code, period, year)
    closed = store.read(lambda connection: records.latest(connection, code, report.id, year, revision))
    facts = {"period": report.id, "year": str(year)}
    if closed is None:
        raise DomainError("period_revision_unknown" if revision else "period_not_closed", **facts)
    if not closed.is_whole:
        raise DomainError("period_altered", **facts, revision=closed.revision)
    content = write(closed)
    _write_new(to, content)
    if as_json:
        show_json({"file": str(to), "bytes": len(content), "revision": closed.revision, "sha256": closed.sha256})
    else:
        click.echo(words("periods.exported", file=str(to), revision=closed.revision, sha256=closed.sha256, **facts))


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all. Raises DomainError `export_exists`."""
    try:
        with file.open("xb") as opened:
            try:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            except OSError:
                file.unlink()
                raise
    except FileExistsError:
        raise DomainError("export_exists", file=str(file)) from None
