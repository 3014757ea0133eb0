"""The command `langnghe`. Each subcommand stands in `commands/` and is imported only when it is called.

A new one is a module `commands/<name>.py` with `command(words) -> click.Command` (see `parts.make`), its name in
COMMANDS, and its line `help.<name>` in both catalogues.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from langnghe import collector
from langnghe.failures import WRONG_USE, failure
from langnghe.parts import lang_option
from langnghe.words import Words, language_of

COMMANDS = (
    "demo", "run", "chat", "setup", "migrate", "backup", "verify", "restore", "doctor", "zalo",
    "import-dossiers", "invite", "stats", "targets", "export", "close-period", "periods", "export-period",
    "return-results", "questionnaires", "rules", "presets", "broadcast",
    "verify-audit", "recompute-stats", "check-ratings", "fake-telegram", "fake-zalo",
)  # fmt: skip


class Program(click.Group):
    """The command itself: finds subcommands by name, and tells errors in one line."""

    def __init__(self, words: Words) -> None:
        """Speak with these words."""
        super().__init__("langnghe", help=words("help.program"), params=[lang_option(words)])
        self.words = words

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it in
        """List the subcommands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of a subcommand and let it make the command."""
        if cmd_name not in COMMANDS:
            return None
        with collector.paused():
            module = import_module(f"langnghe.commands.{cmd_name.replace('-', '_')}")
        made: click.Command = module.command(self.words)
        return made

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the subcommands with a line each, without importing any of them."""
        with formatter.section(self.words("help.commands")):
            formatter.write_dl([(name, self.words(f"help.{name}").split("\n")[0]) for name in COMMANDS])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, tell errors, and leave with 0 done, 1 failed or 2 wrong use."""
        extra["standalone_mode"] = False
        try:
            status = super().main(*args, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(WRONG_USE)
        except Exception as error:
            told = failure(error, self.words)
            if told is None:
                raise
            for line in told.lines:
                click.echo(f"langnghe: {line}", err=True)
            sys.exit(told.status)
        sys.exit(status if isinstance(status, int) else 0)


def program(arguments: Sequence[str]) -> Program:
    """Return the command in the language that these arguments ask for."""
    return Program(Words(language_of(arguments)))


def main() -> None:
    """Run the command line of this process."""
    program(sys.argv[1:]).main(prog_name="langnghe")
