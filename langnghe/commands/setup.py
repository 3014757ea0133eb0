"""`langnghe setup`: the authority from a preset, and its first administrator."""

import asyncio
import sys

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.config import load_config
from langnghe.failures import WrongUse
from langnghe.parts import make
from langnghe.words import Words
from offices.errors import DomainError
from offices.presets import Preset, load_preset, preset_names
from offices.staff import Role
from storage import staff, units
from storage.passwords import check_password, hash_password


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(
        words, "setup", run,
        click.Option(["--preset", "name"], required=True, help=words("option.preset", names=", ".join(preset_names()))),
        click.Option(["--login"], required=True, help=words("option.login")),
        click.Option(["--password-stdin"], is_flag=True, help=words("option.password_stdin")),
    )  # fmt: skip


def run(words: Words, *, name: str, login: str, password_stdin: bool) -> None:
    """Make the tables, the authority and the administrator; nothing of the last two when anything is wrong."""
    if name not in preset_names():
        raise WrongUse("preset_unknown", name=name, names=", ".join(preset_names()))
    preset = load_preset(name)
    config = load_config()
    asyncio.run(store.prepare(config))
    store.read(_refuse_second)
    password = _password(words, login, from_stdin=password_stdin)
    stored = hash_password(password)
    store.write(lambda connection: _install(connection, preset, login, words("setup.administrator"), stored))
    click.echo(words("setup.done", title=preset.title[words.language], login=staff.normal_login(login)))
    click.echo(words("setup.next", address=config.public_url))


def _refuse_second(connection: Connection) -> None:
    installed = units.authority(connection)
    if installed is not None:
        raise DomainError("authority_installed", preset=installed.preset)


def _password(words: Words, login: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        ask, again = words("setup.password"), words("setup.password_again")
        password = str(click.prompt(ask, hide_input=True, confirmation_prompt=again))
    check_password(password, login)
    return password


def _install(connection: Connection, preset: Preset, login: str, name: str, stored: str) -> None:
    now = utc_now()
    units.install_preset(connection, preset, now=now)
    staff.add(
        connection, login=login, name=name, unit=preset.authority.code, roles=[Role.ADMIN], password_hash=stored,
        now=now, actor="system",
    )  # fmt: skip
