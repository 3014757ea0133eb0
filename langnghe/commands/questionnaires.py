"""`langnghe questionnaires`: what there is, whether a file can be used, and the way to XLSForm and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from langnghe import store
from langnghe.clock import today, utc_now
from langnghe.failures import FAILED
from langnghe.parts import Day, json_option, lang_option, make, show_json
from langnghe.questionnaire_files import bring_in, export
from langnghe.questionnaire_lines import facts_of, fault_as_json, figures_of, known_questionnaires, tell_faults
from langnghe.tables import table
from langnghe.words import Words
from offices.errors import DataError
from storage.questionnaire_withdrawals import withdraw
from surveys import publishing
from surveys.questionnaires import Questionnaire, load_file
from surveys.registry import Key, Questionnaires, altered, packaged


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
    to_file = click.Option(["--to"], type=paths, help=words("option.to_file"))
    draft = click.Option(["--draft"], is_flag=True, help=words("option.draft"))
    version = click.Option(["--version"], type=int, help=words("option.version"))
    as_json = json_option(words)
    files = click.Argument(["files"], type=paths, nargs=-1, required=True)
    commands = {
        "check": make(words, "questionnaires-check", check, files, as_json),
        "list": make(words, "questionnaires-list", show_all, as_json),
        "export": make(words, "questionnaires-export", export, click.Argument(["code"]), version, to),
        "import": make(
            words, "questionnaires-import", bring_in, click.Argument(["file"], type=paths), to_file, draft, as_json
        ),
    }
    from_day = click.Option(["--from", "first_day"], type=Day(), help=words("option.withdraw_from"))
    sure = click.Option(["--yes"], is_flag=True, help=words("option.yes"))
    which = (click.Argument(["code"]), click.Argument(["version"], type=int))
    commands["withdraw"] = make(words, "questionnaires-withdraw", take_back, *which, from_day, sure)
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
                click.echo(words("questionnaires.good", **facts_of(each.questionnaire, words)))
            tell_faults(each.faults, words)
    return FAILED if any(each.faults for each in checked) else 0


def _check_all(files: Sequence[Path]) -> Iterator[Checked]:
    known = known_questionnaires()
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


def _as_json(checked: Checked) -> dict[str, Any]:
    found = checked.questionnaire
    return {
        "file": str(checked.file),
        "good": found is not None,
        "faults": [fault_as_json(each) for each in checked.faults],
        **(figures_of(found, packaged()) if found else {}),
    }


def show_all(words: Words, *, as_json: bool) -> int:
    """List every version of every questionnaire; fails when one in the database is not what was published."""
    known = known_questionnaires()
    if as_json:
        show_json(
            {
                "questionnaires": [{**figures_of(each, known), "own": known.is_own(each)} for each in known.versions()],
                "altered": [{"code": code, "version": version} for code, version in sorted(known.altered)],
            }
        )
        return FAILED if known.altered else 0
    head = [words(f"questionnaires.{name}") for name in ("code", "version", "from", "to", "items", "origin", "title")]
    rows = [_row(words, each, known) for each in known.versions()]
    click.echo(table(head, rows, frozenset({1, 4})))
    tell_faults([altered(*key) for key in sorted(known.altered)], words)
    return FAILED if known.altered else 0


def take_back(words: Words, *, code: str, version: int, first_day: date | None, yes: bool) -> None:
    """Take a version back from a day on, once it is confirmed."""
    day = first_day or today()
    said = words("questionnaires.withdraw_ask", code=code, version=version, day=day)
    if not yes and not click.confirm(said, err=True):
        raise click.Abort
    store.write(lambda connection: withdraw(connection, (code, version), day, None, utc_now()))
    click.echo(words("questionnaires.withdrawn", code=code, version=version, day=day))


def _row(words: Words, each: Questionnaire, known: Questionnaires) -> list[str]:
    """Tell a version and the days on which it is the one that is asked."""
    days = known.days_of(each)
    first, last = (days.first.isoformat(), days.last.isoformat() if days.last else "–") if days else ("–", "–")
    origin = words("questionnaires.own" if known.is_own(each) else "questionnaires.packaged")
    return [each.code, str(each.version), first, last, str(len(each.items)), origin, each.title[words.language]]
