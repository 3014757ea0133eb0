"""Questionnaires as files: written as XLSForm or TOML, read from either, as a file or as a draft for the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from langnghe import store
from langnghe.clock import utc_now
from langnghe.failures import FAILED, WrongUse
from langnghe.parts import show_json
from langnghe.questionnaire_lines import facts_of, fault_as_json, figures_of, known_questionnaires, tell_faults
from langnghe.words import Words
from offices.datafiles import text_of, values_of
from offices.errors import DataError, DomainError
from storage import questionnaire_drafts, questionnaires
from surveys import publishing
from surveys.definition_text import written
from surveys.drafting import read_draft
from surveys.questionnaires import CODE, Questionnaire
from surveys.registry import Questionnaires, packaged
from surveys.xlsform import sheets_of
from surveys.xlsform_reading import Imported, read_sheets

TOML = ".toml"


def export(words: Words, *, code: str, version: int | None, to: Path) -> None:
    """Write a questionnaire as an XLSForm workbook, or as TOML where the name of the file says so."""
    known = known_questionnaires()
    if code not in known.codes():
        raise WrongUse("questionnaire_unknown", code=code, codes=", ".join(known.codes()))
    numbers = [each.version for each in known.versions() if each.code == code]
    if version is not None and version not in numbers:
        raise WrongUse("version_unknown", version=str(version), versions=", ".join(map(str, numbers)))
    found = known.load(code, version)
    _write_new(to, _text(found, known).encode() if to.suffix == TOML else _workbook(found))
    click.echo(words("questionnaires.exported", file=str(to), **facts_of(found, words)))


def _text(found: Questionnaire, known: Questionnaires) -> str:
    """Return the TOML of a version; of an own one to the letter, with its comments."""
    if not known.is_own(found):
        return written(found)
    own = {(each.code, each.version): each.text for each in store.read(questionnaires.published)}
    return own[found.code, found.version]


def _workbook(found: Questionnaire) -> bytes:
    # Imported here, for these take a while, and whoever asks for help must not wait for them.
    from langnghe import xlsform_file  # noqa: PLC0415

    return xlsform_file.packed(sheets_of(found))


def bring_in(words: Words, *, file: Path, to: Path | None, draft: bool, as_json: bool) -> int:
    """Make a TOML file, or a draft for the page, of an XLSForm workbook; a draft of a TOML file, too."""
    if draft == (to is not None):
        raise WrongUse("import_target")
    if file.suffix == TOML:
        if not draft:
            raise WrongUse("import_toml")
        return _draft_of(words, text_of(file, file.name), file.name, as_json=as_json)
    return _bring_in_workbook(words, file, to, as_json=as_json)


def _bring_in_workbook(words: Words, file: Path, to: Path | None, *, as_json: bool) -> int:
    from langnghe import xlsform_file  # noqa: PLC0415 - as above

    found = read_sheets(file.name, xlsform_file.read(file))
    if found.questionnaire is not None and to is not None:
        publishing.refuse_changed(found.questionnaire, file.name, known_questionnaires())
        _write_new(to, written(found.questionnaire).encode())
    if as_json and (to is not None or found.questionnaire is None):
        show_json(_import_as_json(found))
    elif not as_json:
        for where, passed in found.passed:
            click.echo(words(f"questionnaires.passed_{passed}", place=str(where)))
        tell_faults(found.faults, words)
    if found.questionnaire is None:
        return FAILED
    if to is None:
        return _draft_of(words, written(found.questionnaire), file.name, as_json=as_json)
    if not as_json:
        click.echo(words("questionnaires.imported", file=str(to), **facts_of(found.questionnaire, words)))
    return 0


def _draft_of(words: Words, text: str, name: str, *, as_json: bool) -> int:
    """Keep a text as a draft, with its faults, which are told; they are mended on the page."""
    code = values_of(text, name).get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise DataError(name, "code", code, "write small letters, digits and -, a letter first, at most 32")
    faults: Sequence[DataError] = ()
    try:
        read_draft(text, code, store.read(questionnaires.known))
    except DataError as error:
        faults = error.each
    number = store.write(lambda connection: questionnaire_drafts.keep(connection, code, text, None, utc_now()))
    if as_json:
        show_json({"draft": number, "code": code, "faults": [fault_as_json(each) for each in faults]})
    else:
        click.echo(words("questionnaires.drafted", number=number, code=code, faults=len(faults)))
        tell_faults(faults, words)
    return 0


def _import_as_json(found: Imported) -> dict[str, Any]:
    return {
        "good": found.questionnaire is not None,
        "faults": [fault_as_json(each) for each in found.faults],
        "passed": [{"place": str(where), "what": passed} for where, passed in found.passed],
        **(figures_of(found.questionnaire, packaged()) if found.questionnaire else {}),
    }


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there yet; DomainError for one that is, for somebody may have worked in it."""
    try:
        with file.open("xb") as new:
            new.write(content)
    except FileExistsError as error:
        raise DomainError("file_exists", file=str(file)) from error
