"""`langnghe zalo`: authorise the Official Account from the command line, bring tokens along, see how they stand."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click

from langnghe import store
from langnghe.clock import utc_now
from langnghe.config import Config, load_config
from langnghe.failures import FAILED, WrongUse
from langnghe.parts import json_option, lang_option, make, show_json
from langnghe.words import Words
from langnghe.zalo_tokens import back_to, consent_of, oauth_of, vault_of
from storage import zalo_tokens
from storage.database import Database
from storage.zalo_tokens import Pair, TokenState
from wording import formats


def command(words: Words) -> click.Command:
    """Make the group."""
    group = click.Group("zalo", params=[lang_option(words)], help=words("help.zalo"))
    group.add_command(make(words, "zalo-authorize", authorize), "authorize")
    group.add_command(make(words, "zalo-import-token", import_token), "import-token")
    group.add_command(make(words, "zalo-status", status, json_option(words)), "status")
    return group


def authorize(words: Words) -> None:
    """Show the link of consent, and exchange the code of the address that it led to."""
    config, state = _config(), secrets.token_urlsafe(16)
    click.echo(words("zalo.open"))
    click.echo(oauth_of(config).consent_url(back_to(config), state))
    given = str(click.prompt(words("zalo.paste"))).strip()
    code = _code(config, given, state)
    store.work(_exchanging(config, code))
    click.echo(words("zalo.authorised"))


def _exchanging(config: Config, code: str) -> Callable[[Database], Awaitable[None]]:
    async def use(database: Database) -> None:
        consent = consent_of(config, database, utc_now)
        try:
            await consent.authorise(code, "system")
        finally:
            await consent.oauth.close()

    return use


def _code(config: Config, given: str, state: str) -> str:
    """Return the code of an address that Zalo led to, or of what was typed alone. Raises WrongUse."""
    if "?" not in given:
        return given
    try:
        query = parse_qs(urlsplit(given).query)
    except ValueError:
        raise WrongUse("zalo_no_code") from None
    told = {name: values[0] for name, values in query.items()}
    if told.get("state", state) != state:
        raise WrongUse("zalo_state")
    if told.get("oa_id", config.zalo_oa_id) != config.zalo_oa_id:
        raise WrongUse("zalo_other", found=told["oa_id"], wanted=config.zalo_oa_id)
    if not told.get("code"):
        raise WrongUse("zalo_no_code")
    return told["code"]


def import_token(words: Words) -> None:
    """Take a pair from Zalo's API Explorer; it is refreshed at once, which shows whether it is good."""
    config, now = _config(), utc_now()
    access = _asked(words, "zalo.access")
    refresh = _asked(words, "zalo.refresh")
    pair = Pair(access, refresh, timedelta(0))
    vault = vault_of(config)
    store.write(lambda c: zalo_tokens.authorise(c, vault, config.zalo_oa_id, pair, actor="system", now=now))
    click.echo(words("zalo.imported"))


def _asked(words: Words, key: str) -> str:
    """Ask for a token. Raises WrongUse for nothing but blanks, which would take the place of a pair that is good."""
    given = str(click.prompt(words(key), hide_input=True)).strip()
    if not given:
        raise WrongUse("zalo_no_token")
    return given


def status(words: Words, *, as_json: bool) -> int:
    """Show how the tokens stand; the exit code is 1 when an administrator has to act."""
    config, now = _config(), utc_now()
    found = store.read(lambda connection: zalo_tokens.look(connection, config.zalo_oa_id))
    problem = zalo_tokens.problem_of(found, now)
    if as_json:
        show_json({"oa_id": config.zalo_oa_id, "problem": problem, **(_as_json(found) if found else {})})
    else:
        click.echo(words(f"zalo.state_{problem or 'good'}", account=config.zalo_oa_id))
        if found:
            click.echo(_line(words, found))
    return FAILED if problem else 0


def _as_json(found: TokenState) -> dict[str, Any]:
    return {
        "version": found.version, "good": found.is_good, "reason": found.reason,
        "obtained_at": found.obtained_at.isoformat(), "expires_at": found.expires_at.isoformat(),
        "refresh_at": found.refresh_at.isoformat(),
    }  # fmt: skip


def _line(words: Words, found: TokenState) -> str:
    obtained = formats.datetime_text(found.obtained_at, words.language)
    if not found.is_good:
        return words("zalo.dead", obtained=obtained, reason=found.reason or "")
    ends = formats.datetime_text(found.expires_at, words.language)
    return words("zalo.alive", number=found.version, obtained=obtained, ends=ends)


def _config() -> Config:
    config = load_config()
    if not config.has_zalo:
        raise WrongUse("zalo_none")
    return config
