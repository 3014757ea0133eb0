"""`langnghe questionnaires`: what there is, whether a file can be used, and the way to XLSForm and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from langnghe import store
from langnghe.failures import FAILED, WrongUse, failure
from langnghe.parts import json_option, lang_option, make, show_json
from langnghe.tables import table
from langnghe.words import Words
from offices.errors import DataError, DomainError
from storage import questionnaires
from storage.schema import SchemaError
from surveys import publishing
from surveys.definition_text import written
from surveys.questionnaires import Questionnaire, load_file
from surveys.registry import Key, Questionnaires, altered, packaged
from surveys.sheet_cells import SheetError
from surveys.xlsform import sheets_of
from surveys.xlsform_reading import Imported, read_sheets


@dataclass(frozen=True)
class Checked:
    """A file that was read: the questionnaire in it, or the faults."""

    file: Path
    questionnaire: Questionnaire | None
    faults: Sequence[DataError]


def command(words: Words) -> click.Command:
    """Make the group."""
    group = click.Group("questionnaires", params=[lang_option(words)], help=words("help.questionnaires"))
    paths = click.Path(path_type=Path)
    to = click.Option(["--to"], type=paths, required=True, help=words("option.to_file"))
    version = click.Option(["--version"], type=int, help=words("option.version"))
    as_json = json_option(words)
    files = click.Argument(["files"], type=paths, nargs=-1, required=True)
    commands = {
        "check": make(words, "questionnaires-check", check, files, as_json),
        "list": make(words, "questionnaires-list", show_all, as_json),
        "export": make(words, "questionnaires-export", export, click.Argument(["code"]), version, to),
        "import": make(words, "questionnaires-import", bring_in, click.Argument(["file"], type=paths), to, as_json),
    }
    for name, each in commands.items():
        group.add_command(each, name)
    return group


def check(words: Words, *, files: Sequence[Path], as_json: bool) -> int:
    """Read questionnaires as the service would, and tell every fault of every file."""
    checked = list(_check_all(files))
    if as_json:
        show_json({"files": [_as_json(each) for each in checked]})
    else:
        for each in checked:
            if each.questionnaire is not None:
                click.echo(words("questionnaires.good", **_facts(each.questionnaire, words)))
            _tell(each.faults, words)
    return FAILED if any(each.faults for each in checked) else 0


def _known() -> Questionnaires:
    """Return what there is: with the authority's own where a database is set up, else the packaged ones."""
    try:
        return store.read(questionnaires.known)
    except SchemaError as error:
        if error.key != "database_empty":
            raise
        return packaged()


def _check_all(files: Sequence[Path]) -> Iterator[Checked]:
    known = _known()
    seen: dict[Key, Path] = {}
    for file in files:
        try:
            found = load_file(file)
            publishing.refuse_changed(found, file.name, known)
        except DataError as error:
            yield Checked(file, None, error.each)
            continue
        first = seen.setdefault((found.code, found.version), file)
        if first is file:
            yield Checked(file, found, ())
        else:
            way_out = f"{first} has it too: write the next one"
            yield Checked(file, None, [DataError(file.name, "version", found.version, way_out)])


def _tell(faults: Sequence[DataError], words: Words) -> None:
    for fault in faults:
        told = failure(fault, words)
        for line in told.lines if told else ():
            click.echo(f"langnghe: {line}", err=True)


def _as_json(checked: Checked) -> dict[str, Any]:
    found = checked.questionnaire
    return {
        "file": str(checked.file),
        "good": found is not None,
        "faults": [_fault(each) for each in checked.faults],
        **(_figures(found, packaged()) if found else {}),
    }


def _figures(found: Questionnaire, known: Questionnaires) -> dict[str, Any]:
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


def _fault(fault: DataError) -> dict[str, Any]:
    cell = fault.where if isinstance(fault, SheetError) else None
    where = {"sheet": cell.sheet, "row": cell.row, "column": cell.column} if cell else {}
    value = fault.value if isinstance(fault.value, str | int | float | bool | None) else str(fault.value)
    return {"place": fault.place, "value": value, "way_out": fault.way_out} | where


def show_all(words: Words, *, as_json: bool) -> int:
    """List every version of every questionnaire; fails when one in the database is not what was published."""
    known = _known()
    if as_json:
        show_json(
            {
                "questionnaires": [{**_figures(each, known), "own": known.is_own(each)} for each in known.versions()],
                "altered": [{"code": code, "version": version} for code, version in sorted(known.altered)],
            }
        )
        return FAILED if known.altered else 0
    head = [words(f"questionnaires.{name}") for name in ("code", "version", "from", "to", "items", "origin", "title")]
    rows = [_row(words, each, known) for each in known.versions()]
    click.echo(table(head, rows, frozenset({1, 4})))
    _tell([altered(*key) for key in sorted(known.altered)], words)
    return FAILED if known.altered else 0


def _row(words: Words, each: Questionnaire, known: Questionnaires) -> list[str]:
    """Tell a version and the days on which it is the one that is asked."""
    days = known.days_of(each)
    first, last = (days.first.isoformat(), days.last.isoformat() if days.last else "–") if days else ("–", "–")
    origin = words("questionnaires.own" if known.is_own(each) else "questionnaires.packaged")
    return [each.code, str(each.version), first, last, str(len(each.items)), origin, each.title[words.language]]


def export(words: Words, *, code: str, version: int | None, to: Path) -> None:
    """Write a questionnaire as an XLSForm workbook."""
    # Imported here, for these take a while, and whoever asks for help must not wait for them.
    from langnghe import xlsform_file  # noqa: PLC0415

    known = _known()
    if code not in known.codes():
        raise WrongUse("questionnaire_unknown", code=code, codes=", ".join(known.codes()))
    numbers = [each.version for each in known.versions() if each.code == code]
    if version is not None and version not in numbers:
        raise WrongUse("version_unknown", version=str(version), versions=", ".join(map(str, numbers)))
    found = known.load(code, version)
    _write_new(to, xlsform_file.packed(sheets_of(found)))
    click.echo(words("questionnaires.exported", file=str(to), **_facts(found, words)))


def bring_in(words: Words, *, file: Path, to: Path, as_json: bool) -> int:
    """Write the questionnaire of an XLSForm workbook as a TOML file, or tell all that stands in the way."""
    from langnghe import xlsform_file  # noqa: PLC0415 - as above

    found = read_sheets(file.name, xlsform_file.read(file))
    if found.questionnaire is not None:
        publishing.refuse_changed(found.questionnaire, file.name, _known())
        _write_new(to, written(found.questionnaire).encode())
    if as_json:
        show_json(_import_as_json(found))
    else:
        for where, passed in found.passed:
            click.echo(words(f"questionnaires.passed_{passed}", place=str(where)))
        _tell(found.faults, words)
        if found.questionnaire is not None:
            click.echo(words("questionnaires.imported", file=str(to), **_facts(found.questionnaire, words)))
    return FAILED if found.questionnaire is None else 0


def _import_as_json(found: Imported) -> dict[str, Any]:
    return {
        "good": found.questionnaire is not None,
        "faults": [_fault(each) for each in found.faults],
        "passed": [{"place": str(where), "what": passed} for where, passed in found.passed],
        **(_figures(found.questionnaire, packaged()) if found.questionnaire else {}),
    }


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there yet; DomainError for one that is, for somebody may have worked in it."""
    try:
        with file.open("xb") as new:
            new.write(content)
    except FileExistsError as error:
        raise DomainError("file_exists", file=str(file)) from error


def _facts(found: Questionnaire, words: Words) -> dict[str, Any]:
    return {
        "title": found.title[words.language], "code": found.code, "version": str(found.version),
        "items": len(found.items), "longest": found.longest_path,
    }  # fmt: skip
