"""`langnghe chat`: the conversations of all channels, in this terminal."""

import asyncio
import os
import signal
import sys

import click

from bot.channels.terminal import Terminal, converse, typed_lines
from langnghe.config import Config, load_config
from langnghe.parts import make
from langnghe.service import open_service
from langnghe.words import Words

INTERRUPTED = 128 + signal.SIGINT


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "chat", run,
        click.Option(["--as", "name"], default="me", show_default=True, help=words("option.as")),
        click.Option(["--start"], default="", help=words("option.start")),
    )  # fmt: skip


def run(words: Words, *, name: str, start: str) -> None:
    """Talk until the lines end, or one of them is /thoat."""
    asyncio.run(_talk(load_config(), words.language, name, start))


async def _talk(config: Config, language: str, name: str, start: str) -> None:
    # The thread that waits for a line cannot be woken; what was said is committed, so nothing has to be finished.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: os._exit(INTERRUPTED))
    async with open_service(config) as service:
        terminal = Terminal(service.intake, service.database, service.clock, name, language, service.files)
        await converse(terminal, typed_lines(sys.stdin), click.echo, start=start)
