"""`langnghe import-dossiers`: take over the list of dossiers that the authority's own system wrote."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import today, utc_now
from langnghe.config import load_config
from langnghe.csv_file import CsvError, CsvFile, open_csv
from langnghe.dossier_stage import Stage, open_stage
from langnghe.failures import FAILED, WrongUse
from langnghe.parts import Day, json_option, make, show_json
from langnghe.progress import Tell, bar
from langnghe.words import Words
from offices.dossier_columns import columns_of
from offices.dossier_rows import DossierRows, Listed
from offices.dossiers import Dossier
from offices.errors import DomainError
from storage import contacts, units
from storage.dossier_import import Entry, Outcome, Source, take_over, try_out
from storage.dossiers import Changes
from storage.reference import NotInstalledError
from surveys.tokens import TokenKey
from wording import formats

MOST_FAULTS = 1000
"""So many are listed; what is beyond them is counted, for one wrong column makes a fault of every row."""
_TELL_EVERY = 500


@dataclass(frozen=True)
class Fault:
    """What is wrong in one place of the file; 0 is no line, "" no column."""

    line: int
    column: str
    error: DomainError


@dataclass
class Read:
    """What the reading of a file found; `newest` is the last day on which anything in it happened."""

    rows: int = 0
    sha256: str = ""
    ignored: Sequence[str] = ()
    other_states: Sequence[str] = ()
    newest: date | None = None
    faults: list[Fault] = field(default_factory=list)
    more: int = 0

    def saw(self, dossier: Dossier) -> None:
        """Look at the days of one more dossier."""
        days = (self.newest, dossier.received_on, dossier.ended_on)
        self.newest = max(day for day in days if day)

    def found(self, fault: Fault) -> None:
        """Keep a fault, or count it where too many are kept."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more += 1


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "import-dossiers", run,
        click.Argument(["file"], metavar="FILE.csv", type=click.Path(path_type=Path, dir_okay=False)),
        click.Option(["--complete-to"], type=Day(), help=words("option.import_complete_to")),
        click.Option(["--dry-run"], is_flag=True, help=words("option.import_dry_run")),
        json_option(words),
    )  # fmt: skip


def run(words: Words, *, file: Path, complete_to: date | None, dry_run: bool, as_json: bool) -> int:
    """Read the whole file, list every fault; take it over in one transaction when there is none."""
    if complete_to is not None and complete_to > today():
        raise WrongUse("complete_to", day=complete_to, today=today())
    reaches = complete_to or today() - timedelta(days=1)
    with open_stage() as stage:
        read = _read(words, file, stage)
        outcome = Outcome() if read.faults else _take_over(words, read, stage, reaches, dry_run=dry_run)
    if as_json:
        show_json(_as_json(words, read, outcome, reaches, dry_run=dry_run))
    else:
        _show(words, read, outcome, reaches, dry_run=dry_run)
    return FAILED if read.faults else 0


def _read(words: Words, file: Path, stage: Stage) -> Read:
    """Read every row into the stage, as far as the file can be read.

    A list without a row is a fault: it would say that to its last day there is nothing new, and make all dossiers late.
    """
    directory, fields = store.read(_installed)
    read = Read()
    with _keeping(read), open_csv(file, lambda cells: len(columns_of(cells).places)) as opened:
        columns = columns_of(opened.header)
        read.ignored = columns.ignored
        for fault in columns.faults:
            read.found(Fault(1, "", fault))
        if not columns.faults:
            rows = DossierRows(columns, directory, fields, today())
            with bar(words("dossiers.reading")) as tell:
                _read_rows(opened, rows, stage, read, tell)
            if not read.rows:
                read.found(Fault(0, "", DomainError("dossier_list_empty")))
            read.sha256, read.other_states = opened.sha256(), tuple(rows.other_states)
    return read


@contextmanager
def _keeping(read: Read) -> Iterator[None]:
    """Keep what stops the reading of a file as one more fault."""
    try:
        yield
    except CsvError as error:
        read.found(Fault(error.line or 0, "", error))


def _read_rows(opened: CsvFile, rows: DossierRows, stage: Stage, read: Read, tell: Tell) -> None:
    key = load_config().token_key
    for line, cells in opened.rows:
        read.rows += 1
        if read.rows % _TELL_EVERY == 0:
            tell(opened.place(), opened.size)
        listed = rows.read(cells)
        if isinstance(listed, Listed):
            read.saw(listed.dossier)
            twice = stage.add(_entry(listed, key), line)
            listed = [twice] if twice else []
        for fault in listed:
            read.found(Fault(line, rows.columns.heading(fault.fact), fault))


def _entry(listed: Listed, key: TokenKey) -> Entry:
    return Entry(listed.dossier, contacts.phone_digest(key, listed.phone) if listed.phone else listed.phone)


def _installed(connection: Connection) -> Any:
    if units.authority(connection) is None:
        raise NotInstalledError
    return units.load_directory(connection), units.load_fields(connection)


def _take_over(words: Words, read: Read, stage: Stage, complete_to: date, *, dry_run: bool) -> Outcome:
    """Compare all of it by reading alone, then write what differs and how far the list reaches.

    So the service waits for a short list only.
    """
    with _counting(words("dossiers.comparing"), len(stage)) as looked:
        found = store.read(lambda connection: try_out(connection, stage.entries(), looked, stage.drop))
    if dry_run:
        return found
    source, now = Source(read.sha256, "system", complete_to), utc_now()
    with _counting(words("dossiers.taking_over"), len(stage)) as looked:
        done = store.write(lambda connection: take_over(connection, stage.entries(), source, now, looked))
    return done + Outcome(Changes(unchanged=found.dossiers.unchanged - done.dossiers.unchanged))


@contextmanager
def _counting(label: str, total: int) -> Iterator[Callable[[int], None]]:
    with bar(label) as tell:
        yield lambda done: tell(done, total)


def _show(words: Words, read: Read, outcome: Outcome, reaches: date, *, dry_run: bool) -> None:
    for fault in read.faults:
        click.echo(_line(words, fault), err=True)
    if read.ignored:
        click.echo(words("dossiers.ignored", columns=", ".join(read.ignored)))
    if read.other_states:
        click.echo(words("dossiers.other_states", states=", ".join(read.other_states)))
    if read.faults:
        faults = formats.count(len(read.faults) + read.more, words.language)
        more = words("dossiers.more_faults", most=MOST_FAULTS) if read.more else ""
        click.echo(f"langnghe: {words('dossiers.refused', faults=faults)} {more}".rstrip(), err=True)
        return
    made = outcome.dossiers
    counts = {"added": made.added, "changed": made.changed, "unchanged": made.unchanged, "contacts": outcome.contacts}
    shown = {name: formats.count(number, words.language) for name, number in counts.items()}
    click.echo(words("dossiers.would" if dry_run else "dossiers.done", **shown))
    if read.newest:
        days = {"day": reaches, "newest": read.newest}
        told = {name: formats.date_text(day, words.language) for name, day in days.items()}
        click.echo(words("dossiers.reaches", **told))


def _line(words: Words, fault: Fault) -> str:
    """Say one fault with its place."""
    if not fault.line:
        return f"langnghe: {_says(words, fault)}"
    place = "dossiers.fault" if fault.column else "dossiers.fault_of_line"
    return words(place, line=fault.line, column=fault.column, says=_says(words, fault))


def _says(words: Words, fault: Fault) -> str:
    return words(f"errors.{fault.error.key}", **fault.error.params)


def _as_json(words: Words, read: Read, outcome: Outcome, reaches: date, *, dry_run: bool) -> dict[str, Any]:
    made = outcome.dossiers
    return {
        "dry_run": dry_run, "rows": read.rows, "added": made.added, "changed": made.changed,
        "unchanged": made.unchanged, "contacts": outcome.contacts, "ignored_columns": list(read.ignored),
        "other_states": list(read.other_states), "complete_to": reaches.isoformat(),
        "newest_day": read.newest.isoformat() if read.newest else None,
        "faults": [_fault_as_json(words, each) for each in read.faults],
        "more_faults": read.more,
    }  # fmt: skip


def _fault_as_json(words: Words, fault: Fault) -> dict[str, Any]:
    says, key = _says(words, fault), fault.error.key
    return {"line": fault.line or None, "column": fault.column or None, "key": key, "says": says}
