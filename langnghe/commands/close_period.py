"""`langnghe close-period`: freeze the figures of a plan's period, or correct them in a listed revision."""

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.closed_lines import as_json as closed_as_json
from langnghe.closed_lines import closers, in_words
from langnghe.failures import WrongUse
from langnghe.parts import json_option, make, show_json
from langnghe.scope import plan_of, report_arguments, report_of
from langnghe.words import Words
from offices.staff import Right, rights
from storage import staff, units
from storage.closed_periods import closing
from storage.closed_periods.closing import Closing
from storage.petition_figures import timeliness
from storage.reference import NotInstalledError


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "close-period", run, *report_arguments(),
        click.Option(["--reason"], default="", help=words("option.revision_reason")),
        click.Option(["--by"], help=words("option.closed_by")),
        json_option(words),
    )  # fmt: skip


def run(words: Words, *, code: str, period: str, year: int, reason: str, by: str | None, as_json: bool) -> None:
    """Measure at one moment, freeze with its entry in the audit trail, and show what was frozen."""
    report = report_of(code, period, year)
    wish = Closing(
        plan_of(code), report, utc_now(), store.read(lambda connection: _actor(connection, by)), reason, "command"
    )
    targets = store.read(lambda connection: closing.measured(connection, wish, timeliness))
    closed = store.write(lambda connection: closing.freeze(connection, wish, targets))
    if as_json:
        show_json(closed_as_json(closed))
    else:
        people = store.read(lambda connection: closers(connection, [closed]))
        click.echo(in_words(words, closed, people))


def _actor(connection: Connection, login: str | None) -> str:
    """Name who closes it as the audit trail does; without a login it is whoever runs this machine.

    Nobody is asked for a password here: the entry of the audit trail says that it was done by a command.
    """
    if units.authority(connection) is None:
        raise NotInstalledError
    if login is None:
        return "system"
    account = staff.by_login(connection, login)
    if account is None or not account.staff.active:
        raise WrongUse("login_unknown", login=login)
    if Right.CLOSE_PERIODS not in rights(account.staff):
        raise WrongUse("login_may_not_close", login=login)
    return f"staff:{account.staff.id}"
