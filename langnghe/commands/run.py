"""`langnghe run`: serve, until SIGTERM or Ctrl-C."""

import asyncio

import click

from langnghe.config import load_config
from langnghe.early_look import looking_through
from langnghe.logs import log_as_json
from langnghe.parts import make
from langnghe.words import Words
from storage.schema import sqlite_path

ROLES = ("all", "web", "worker")


def command(words: Words) -> click.Command:
    """Make the command."""
    role = click.Option(["--role"], type=click.Choice(ROLES), default="all", help=words("option.role"))
    return make(words, "run", run, role)


def run(words: Words, *, role: str) -> None:
    """Bring the tables up to date and serve."""
    config = load_config()
    log_as_json()
    if role != "worker":
        click.echo(words("run.address", address=config.public_url), err=True)
    with looking_through(sqlite_path(config.database_url)):
        # Loading it takes a second, and most of that the other processor has nothing to do.
        from langnghe.app import serve  # noqa: PLC0415
    asyncio.run(serve(config, role, looked=True))
