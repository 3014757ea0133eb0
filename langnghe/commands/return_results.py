"""`langnghe return-results`: tell those who asked for it what the units reached that they rated in a closed period."""

import click

from langnghe import store
from langnghe.clock import utc_now
from langnghe.parts import json_option, make, show_json
from langnghe.scope import plan_of, report_arguments, report_of
from langnghe.words import Words
from offices.errors import DomainError
from storage.closed_periods import records
from storage.results import audience, planning


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "return-results", run, *report_arguments(),
        click.Option(["--dry-run", "dry"], is_flag=True, help=words("option.return_dry")),
        json_option(words),
    )  # fmt: skip


def run(words: Words, *, code: str, period: str, year: int, dry: bool, as_json: bool) -> None:
    """Have it begun by the running service, and say how many it is for; with --dry-run only say."""
    report = report_of(code, period, year)
    closed = store.read(lambda connection: records.latest(connection, plan_of(code).code, report.id, year))
    if closed is None:
        raise DomainError("period_not_closed", period=report.id, year=str(year))
    size = store.read(lambda connection: audience.size(connection, closed))
    if not dry:
        store.write(lambda connection: planning.return_now(connection, closed, utc_now()))
    if as_json:
        show_json(
            {
                "plan": code, "period": report.id, "year": year, "consenting": size.consenting,
                "written": size.written, "units": size.units, "begun": not dry,
            }
        )  # fmt: skip
        return
    key = "periods.return_dry" if dry else "periods.return_begun"
    number = {"consenting": size.consenting, "written": size.written, "units": len(size.units)}
    click.echo(words(key, period=report.id, year=str(year), **number))
