"""`langnghe fake-zalo`: a Zalo of one's own, with the phones of two citizens on a page."""

import click

from langnghe.phone_pages import WEBHOOK, phone_command
from langnghe.words import Words

PORT = 9200


def command(words: Words) -> click.Command:
    """Make the command; the four hosts listen on the ports above the page."""
    webhook = click.Option(["--webhook"], default=WEBHOOK, show_default=True, help=words("option.fake_webhook"))
    return phone_command(words, "zalo", PORT, webhook)
