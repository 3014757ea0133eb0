"""`langnghe migrate`: bring the database up to date."""

import asyncio

import click

from langnghe import store
from langnghe.config import load_config
from langnghe.parts import make
from langnghe.words import Words
from storage import schema


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(words, "migrate", run)


def run(words: Words) -> None:
    """Upgrade; says whether there was anything to do."""
    config = load_config()
    changed = asyncio.run(store.prepare(config))
    revision = asyncio.run(schema.current(config.database_url))
    click.echo(words("migrate.done" if changed else "migrate.nothing", revision=str(revision)))
