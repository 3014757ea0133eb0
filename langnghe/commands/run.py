"""`langnghe run`: serve, until SIGTERM or Ctrl-C."""

import asyncio

import click

from langnghe.app import serve
from langnghe.config import load_config
from langnghe.logs import log_as_json
from langnghe.parts import make
from langnghe.words import Words

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
    asyncio.run(serve(config, role))
