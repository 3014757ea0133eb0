"""A set-up office behind the command line, and how tests call commands."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click.testing
from sqlalchemy import Connection

from langnghe import store
from langnghe.cli import program
from surveys.visits import Service, Visit
from tests.storage.ratings_world import noon, rate

PASSWORD = "Cửa-sổ-mở-sáng-27"
UNIT = "xa-mau.kinh-te"
DAY = date(2026, 3, 2)
SET_UP = ("setup", "--preset", "commune-2025", "--login", "quantri", "--password-stdin")


def call(*arguments: str, stdin: str | None = None) -> click.testing.Result:
    """Run a command in this process; errors that nobody expects come out as they are."""
    runner = click.testing.CliRunner()
    return runner.invoke(program(arguments), list(arguments), prog_name="langnghe", input=stdin, catch_exceptions=False)


def done(*arguments: str, stdin: str | None = None) -> str:
    result = call(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(*arguments: str) -> Any:
    return json.loads(done(*arguments, "--json"))


def refused(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    """Return the exit code and the one line on standard error; nothing else was printed."""
    result = call(*arguments, stdin=stdin)
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.output
    return result.exit_code, lines[0].removeprefix("langnghe: ")


def add_ratings(scores: list[int], unit: str = UNIT, day: date = DAY) -> None:
    visit = Visit(unit, "land", Service.TTHC, verified=True)

    def add(connection: Connection) -> None:
        for score in scores:
            rate(connection, visit=visit, answers={"overall": score}, at=noon(day))

    store.write(add)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)
