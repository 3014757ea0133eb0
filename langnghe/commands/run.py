"""`langnghe run`: serve, until SIGTERM or Ctrl-C."""

import asyncio

import click

from langnghe.loading import loading_beside
from langnghe.parts import make
from langnghe.words import Words

ROLES = ("all", "web", "worker")


def command(words: Words) -> click.Command:
    """Make the command."""
    role = click.Option(["--role"], type=click.Choice(ROLES), default="all", help=words("option.role"))
    return make(words, "run", run, role)


def run(words: Words, *, role: str) -> None:
    """Bring the tables up to date and serve."""
    # The order of a start: a tenth of it is reading the certificate authorities, for which aiohttp does not ask, and as
    # long as loading the rest takes, the other processor has nothing to do but to look through the file.
    with loading_beside("aiohttp"):
        from langnghe.config import load_config  # noqa: PLC0415
        from langnghe.early_look import looking_through  # noqa: PLC0415
        from langnghe.logs import log_as_json  # noqa: PLC0415
        from storage.schema import sqlite_path  # noqa: PLC0415

        config = load_config()
    log_as_json()
    if role != "worker":
        click.echo(words("run.address", address=config.public_url), err=True)
    with looking_through(sqlite_path(config.database_url)):
        from langnghe.app import serve  # noqa: PLC0415
    asyncio.run(serve(config, role, looked=True))
