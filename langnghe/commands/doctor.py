"""`langnghe doctor`: look at everything that must be right, and say the way out where it is not."""

import asyncio
from collections.abc import Iterator

import click

from langnghe.checks import database, machine
from langnghe.checks.finding import Finding, State, failed, guarded
from langnghe.checks.telegram import telegram
from langnghe.checks.zalo import zalo as official_account
from langnghe.clock import utc_now
from langnghe.config import load_config
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.settings_problems import SettingsError
from langnghe.words import Words


def command(words: Words) -> click.Command:
    """Make the command."""
    with_zalo = click.Option(["--zalo"], is_flag=True, help=words("option.doctor_zalo"))
    return make(words, "doctor", run, with_zalo, json_option(words))


def run(words: Words, *, zalo: bool, as_json: bool) -> int:
    """Make every check; the exit code is 1 when anything is wrong."""
    found = []
    for each in _findings(zalo=zalo):
        found.append(each)
        if not as_json:
            click.echo(_line(words, each))
    healthy = all(each.state is not State.WRONG for each in found)
    if as_json:
        show_json({"healthy": healthy, "checks": [_as_json(words, each) for each in found]})
    else:
        click.echo(words("doctor.healthy" if healthy else "doctor.unhealthy"))
    return 0 if healthy else FAILED


def _findings(*, zalo: bool) -> Iterator[Finding]:
    try:
        config = load_config()
    except SettingsError as error:
        yield failed("settings", error)
        return
    yield from guarded("settings", lambda: machine.settings(config))
    yield from guarded("disk", lambda: machine.disk(config))
    yield from guarded("sqlite", machine.sqlite)
    yield from guarded("database", lambda: database.database(config, utc_now()))
    yield from guarded("telegram", lambda: asyncio.run(telegram(config)))
    if zalo:
        yield from guarded("zalo", lambda: official_account(config, utc_now()))


def _line(words: Words, found: Finding) -> str:
    return f"[{words(f'doctor.state_{found.state}')}] {words(f'doctor.name_{found.check}')}: {found.told(words)}"


def _as_json(words: Words, found: Finding) -> dict[str, str]:
    return {"check": found.check, "state": found.state.value, "line": found.told(words)}
