"""Checks of the Zalo Official Account: settings, tokens, the account itself, what may be sent, what arrives.

Nothing is changed at Zalo, and no token is refreshed: who looks must not use up what the running service lives on.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.channels.zalo.alarm import PLACE, UNSIGNED
from bot.channels.zalo.client import Addresses, NoToken, Token, ZaloClient
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.channels.zalo.oauth import App
from bot.channels.zalo.parsing import CHANNEL
from langnghe.checks import zalo_account
from langnghe.checks.finding import Finding, good, warning, wrong
from langnghe.checks.zalo_hook import domain, webhook
from langnghe.config import Config
from langnghe.zalo_tokens import vault_of
from storage import channel_states, zalo_tokens
from storage.backup import source
from storage.tables.people import chat
from storage.tables.windows import chat_window
from storage.vault import VaultError
from storage.zalo_tokens import TokenState
from wording.catalogue import Param

LATE = timedelta(minutes=10)
"""A message that Zalo has had for so long and that has not arrived here is not on its way any more."""
_DEAD = {"key": "zalo_token_key", "restored": "zalo_token_restored"}


@dataclass(frozen=True, slots=True)
class Known:
    """What our own store knows of the account.

    access  the access token, None where there is none to use
    heard   when somebody last did something in a chat of the account
    """

    state: TokenState | None
    access: str | None
    heard: datetime | None
    signatures: channel_states.ChannelState | None


@dataclass(frozen=True, slots=True)
class AsItIs:
    """The token that is in use now; a refused one stays refused."""

    token: Token

    async def current(self) -> Token:
        """Return the token."""
        return self.token

    async def after_refusal(self, refused: Token) -> Token:  # noqa: ARG002 - as the client calls it
        """Raise NoToken."""
        raise NoToken("Zalo refuses the access token")


def zalo(config: Config, now: datetime) -> Iterator[Finding]:
    """Look at everything about the Official Account of the settings."""
    if not config.has_zalo:
        yield wrong("zalo", "zalo_none")
        return
    yield from _settings(config)
    yield from asyncio.run(domain(config))
    with source.snapshot(config.database_url) as connection:
        known = _known(connection, config)
    yield from _tokens(known, now)
    yield from _signatures(known)
    yield from asyncio.run(webhook(config, now))
    if known.access is not None and known.state is not None:
        yield from asyncio.run(_at_zalo(config, Token(known.access, known.state.version), known, now))


def _settings(config: Config) -> Iterator[Finding]:
    if config.zalo_oa_secret_key.get_secret_value():
        yield good("zalo", "zalo", account=config.zalo_oa_id, app=config.zalo_app_id)
    else:
        yield wrong("zalo", "zalo_setup", account=config.zalo_oa_id)
    verifier = config.zalo_pkce_verifier.get_secret_value()
    if verifier:
        app = App(config.zalo_app_id, config.zalo_app_secret.get_secret_value(), verifier)
        yield good("zalo_proof", "zalo_proof", challenge=app.challenge)
    else:
        yield warning("zalo_proof", "zalo_proof_missing")


def _known(connection: Connection, config: Config) -> Known:
    account = config.zalo_oa_id
    try:
        found = zalo_tokens.open_pair(connection, vault_of(config), account)
    except VaultError:
        found = None
    heard = select(func.max(chat_window.c.interacted_at)).join(chat, chat.c.id == chat_window.c.chat_id)
    return Known(
        zalo_tokens.look(connection, account),
        found[1].access if found else None,
        connection.scalar(heard.where(chat.c.channel == CHANNEL, chat.c.account == account)),
        channel_states.find(connection, *PLACE),
    )


def _tokens(known: Known, now: datetime) -> Iterator[Finding]:
    state, problem = known.state, zalo_tokens.problem_of(known.state, now)
    if state is None or problem == "token_missing":
        yield wrong("zalo_token", "zalo_token_missing")
        return
    facts: dict[str, Param] = {
        "version": state.version,
        "at": state.obtained_at,
        "days": (now - state.obtained_at).days,
    }
    if problem == "token_dead":
        yield wrong("zalo_token", _DEAD.get(state.reason or "", "zalo_token_dead"), reason=state.reason or "–", **facts)
    elif known.access is None:
        yield wrong("zalo_token", "zalo_token_key")
    elif problem:
        yield warning("zalo_token", f"zalo_{problem}", **facts)
    else:
        yield good("zalo_token", "zalo_token", **facts)


def _signatures(known: Known) -> Iterator[Finding]:
    state = known.signatures
    if state is not None and state.problem == UNSIGNED:
        which = f"zalo_signed_{state.reason}" if state.reason else "zalo_unsigned"
        yield wrong("zalo_signature", which, since=state.since or state.checked_at)
    else:
        yield good("zalo_signature", "zalo_signed" if state else "zalo_signed_never")


async def _at_zalo(config: Config, token: Token, known: Known, now: datetime) -> list[Finding]:
    """Ask Zalo itself; whatever keeps it from answering is one finding."""
    try:
        async with _client(config, token) as client:
            found = [*await zalo_account.account(client, config, now), *await zalo_account.may_be_sent(client)]
            return [*found, await _arrivals(client, known, now)]
    except (NotSent, NoAnswer) as error:
        return [wrong("zalo_account", "zalo_away", reason=str(error))]
    except NoToken:
        return [wrong("zalo_account", "zalo_refused")]


@asynccontextmanager
async def _client(config: Config, token: Token) -> AsyncIterator[ZaloClient]:
    addresses = Addresses(config.zalo_oauth_base, config.zalo_openapi_base, config.zalo_business_base)
    client = ZaloClient(addresses, AsItIs(token))
    try:
        yield client
    finally:
        await client.close()


async def _arrivals(client: ZaloClient, known: Known, now: datetime) -> Finding:
    """Hold the newest message that Zalo has from somebody against the newest that arrived here."""
    newest, is_any = await zalo_account.newest_message(client)
    if newest is None:
        return good("zalo_arrivals", "zalo_arrivals_answered" if is_any else "zalo_arrivals_none")
    behind = known.heard is None or newest - known.heard > LATE
    if behind and now - newest > LATE:
        return wrong("zalo_arrivals", "zalo_arrivals_missing", at=newest)
    return good("zalo_arrivals", "zalo_arrivals", at=newest)
