"""Errors as the command line tells them: one line each, and the exit code of the command.

1 = failed, 2 = wrong use (arguments or settings). What is not known here is a fault of ours and keeps its traceback.
"""

import errno
from dataclasses import dataclass

import click

from langnghe.settings_problems import SettingsError
from langnghe.words import Words
from offices.errors import DataError, DomainError
from wording.catalogue import Param
from wording.ways_out import in_words

_OF_A_FILE = {
    errno.ENOENT: "file_missing", errno.EACCES: "file_forbidden", errno.EPERM: "file_forbidden",
    errno.EROFS: "file_forbidden", errno.EISDIR: "file_is_folder", errno.ENOTDIR: "file_missing",
    errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full",
}  # fmt: skip
FAILED = 1
WRONG_USE = 2


class WrongUse(Exception):  # noqa: N818 - what it says
    """Arguments that mean nothing here: `wrong_use.<key>` in the catalogue, with facts."""

    def __init__(self, key: str, **facts: Param) -> None:
        """Keep the key and the facts."""
        super().__init__(key)
        self.key = key
        self.facts = facts


@dataclass(frozen=True)
class Failure:
    """The lines to show and the exit code."""

    lines: tuple[str, ...]
    status: int = FAILED


def failure(error: Exception, words: Words) -> Failure | None:
    """Put an error into words; None for one that nobody expects."""
    if isinstance(error, SettingsError):
        return Failure(tuple(problem.line(words) for problem in error.problems), WRONG_USE)
    if isinstance(error, DataError):
        return Failure(tuple(_line_of(each, words) for each in error.each))
    text = _text(error, words) or _of_the_store(error, words)
    status = WRONG_USE if isinstance(error, WrongUse | click.UsageError) else FAILED
    return Failure((" ".join(text.split()),), status) if text else None


def _line_of(error: DataError, words: Words) -> str:
    # The core says it in English as its files are; the page's words for it are whole sentences.
    way_out = error.way_out if words.language == "en" else in_words(error.way_out, words.language)
    facts = {"file": error.file, "place": error.place, "value": repr(error.value), "way_out": way_out}
    key = "errors.data_missing" if error.value is None else "errors.data"
    return " ".join(words(key, **facts).split())


def _text(error: Exception, words: Words) -> str | None:
    text: str | None = None
    match error:
        case WrongUse():
            text = words(f"wrong_use.{error.key}", **error.facts)
        case click.UsageError():
            text = _usage(error, words)
        case click.ClickException():
            text = error.format_message()
        case DomainError():
            key = f"errors.{error.key}"
            text = words(key, **error.params) if words.has(key) else str(error)
        case click.Abort() | EOFError():
            text = words("errors.stopped")
    return text


def _of_the_store(error: Exception, words: Words) -> str | None:
    # Imported here, for these need SQLAlchemy, and whoever asks for help must not wait for it.
    from storage.database import StoreUnavailable  # noqa: PLC0415
    from storage.reference import NotInstalledError  # noqa: PLC0415

    if isinstance(error, NotInstalledError):
        return words("errors.not_installed")
    if isinstance(error, StoreUnavailable):
        return words("errors.store_unavailable", reason=str(error))
    return _of_the_system(error, words) if isinstance(error, OSError) else None


def _of_the_system(error: OSError, words: Words) -> str:
    key = _OF_A_FILE.get(error.errno or 0)
    if key is not None and error.filename is not None:
        return words(f"errors.{key}", file=str(error.filename))
    return words("errors.system", reason=error.strerror or str(error))


def _usage(error: click.UsageError, words: Words) -> str:
    """Say in our words what click found wrong, and where the help is."""
    match error:
        case click.NoSuchOption():
            said = words("wrong_use.option_unknown", option=error.option_name)
        case click.MissingParameter():
            said = words("wrong_use.missing", name=error.param.opts[0] if error.param else "?")
        case click.exceptions.NoSuchCommand():
            said = words("wrong_use.command_unknown", name=error.command_name)
        case click.BadParameter() if isinstance(error.param, click.Parameter):
            said = f"{error.param.opts[0]}: {error.message}"
        case _:
            said = error.format_message()
    path = error.ctx.command_path if error.ctx else "langnghe"
    return f"{said} {words('wrong_use.see_help', command=f'{path} --help')}"
