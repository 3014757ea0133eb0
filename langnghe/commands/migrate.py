"""`langnghe migrate`: bring the database up to date."""

import asyncio

import click

from langnghe.config import load_config
from langnghe.parts import make
from langnghe.words import Words
from storage import schema


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(words, "migrate", run)


def run(words: Words) -> None:
    """Upgrade; says whether there was anything to do."""
    address = load_config().database_url
    changed = asyncio.run(schema.upgrade(address))
    revision = asyncio.run(schema.current(address))
    click.echo(words("migrate.done" if changed else "migrate.nothing", revision=str(revision)))
