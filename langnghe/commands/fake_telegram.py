"""`langnghe fake-telegram`: a Telegram of one's own, with the phones of two citizens on a page."""

import click

from langnghe.phone_pages import phone_command
from langnghe.words import Words

PORT = 9300


def command(words: Words) -> click.Command:
    """Make the command; the Bot API listens one port above the page."""
    return phone_command(words, "telegram", PORT)
