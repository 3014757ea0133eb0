"""What subcommands have in common: their options, and the values these take."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from langnghe.failures import WrongUse
from langnghe.words import LANGUAGES, Words
from surveys.periods import FIRST_DAY, LAST_DAY

T = TypeVar("T")

_DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")


class Day(click.ParamType[date]):
    """A date, written 2026-11-21 or 21/11/2026."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ARG002
        """Read the date; WrongUse `day` for anything else, and for a day that nobody can mean."""
        day = value if isinstance(value, date) else _read(value)
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            raise WrongUse("day", value=repr(value))
        return day


def _read(typed: str) -> date | None:
    for written in _DAY_FORMATS:
        try:
            return datetime.strptime(typed, written).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def lang_option(words: Words) -> click.Option:
    """Return --lang; its value is read before parsing (`language_of`), for help is in that language too."""
    return click.Option(["--lang"], type=click.Choice(LANGUAGES), expose_value=False, help=words("option.lang"))


def json_option(words: Words) -> click.Option:
    """Return --json, as `as_json`."""
    return click.Option(["--json", "as_json"], is_flag=True, help=words("option.json"))


def period_options(words: Words) -> list[click.Parameter]:
    """Return --from and --to, as `start` and `end`."""
    return [
        click.Option(["--from", "start"], type=Day(), help=words("option.from")),
        click.Option(["--to", "end"], type=Day(), help=words("option.to")),
    ]


def make(words: Words, name: str, run: Callable[..., int | None], *params: click.Parameter) -> click.Command:
    """Make a command that calls `run(words, **values)` and leaves with its result.

    name   such as "stats", or "rules-check" for `check` in the group `rules`: the help text is `help.<name>`
    """

    def callback(**values: Any) -> int | None:
        return run(words, **values)

    return click.Command(name, callback=callback, params=[*params, lang_option(words)], help=words(f"help.{name}"))


def show_json(value: Any) -> None:
    """Print a value as JSON, letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
