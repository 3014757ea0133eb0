"""The fakes of Telegram and Zalo with a page that plays the citizen's phone; they come with the source checkout."""

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import click

from langnghe.parts import make
from langnghe.stopping import told_to_stop
from langnghe.words import Words
from offices.errors import DomainError

CHECKOUT = Path(__file__).parents[1]
FAKES = Path("tests", "fakes", "phone_page")
WEBHOOK = "http://127.0.0.1:8080/webhook/zalo"


class FakesMissingError(DomainError):
    """The program was installed without its tests."""

    def __init__(self) -> None:
        super().__init__("fakes_missing", folder=str(FAKES))


class PortTakenError(DomainError):
    """Something else listens already at the port of the page, or at one after it."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__("fake_port_taken", first=str(first), last=str(last))


def phone_command(words: Words, channel: str, port: int, *params: click.Parameter) -> click.Command:
    """Make the command that serves the page of a channel: `fake-<channel>`."""

    def run(words: Words, *, port: int, webhook: str = WEBHOOK) -> None:
        asyncio.run(show(words, channel, port, webhook))

    at = click.Option(["--port"], type=click.IntRange(0, 65530), default=port, show_default=True,
                      help=words("option.fake_port"))  # fmt: skip
    return make(words, f"fake-{channel}", run, at, *params)


async def show(words: Words, channel: str, port: int, webhook: str, checkout: Path = CHECKOUT) -> None:
    """Serve the page of a channel on this machine until SIGTERM or Ctrl-C, and say how to point the settings at it.

    Raises FakesMissingError where the program was installed without its source, PortTakenError.
    """
    if not (checkout / FAKES).is_dir():
        raise FakesMissingError
    page = import_module("tests.fakes.phone_page.serving").PAGES[channel]
    with told_to_stop() as stopping, _free(port, page.hosts):
        async with page.serve(port, words.language, webhook) as (address, settings):
            click.echo(words("fake.page", address=address))
            for line in [words("fake.settings"), "", *settings, "", words(f"fake.{channel}")]:
                click.echo(line)
            await stopping.wait()


@contextmanager
def _free(port: int, hosts: int) -> Iterator[None]:
    """Say in our words that a port of the page or its hosts is taken."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTakenError(port, port + hosts) from error
