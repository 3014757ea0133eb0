"""Serving the sample world: on this machine only, with everything one needs to walk through it printed first."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Connection, select

from bot.messages import Clock
from langnghe.app import run_until
from langnghe.clock import utc_now
from langnghe.config import Config
from langnghe.demo.chatter import LINKED_FIELD
from langnghe.demo.home import Home
from langnghe.demo.office import DEMO_PASSWORD
from langnghe.demo.visits import TOKEN_LIFE
from langnghe.demo.wish import Wish
from langnghe.one_server import only_server
from langnghe.service import Service, open_service
from langnghe.setting_values import is_loopback, own_address
from langnghe.stopping import told_to_stop
from langnghe.words import Words
from offices.staff import Role
from offices.units import UnitKind
from offices.worktime import LOCAL
from petitions.lifecycle import Status
from storage import staff, visit_tokens
from storage.reference import Reference
from storage.tables.petitions import petition
from surveys.tokens import TokenKey
from surveys.visits import Service as Served
from surveys.visits import Visit

OPENS = time(9)
"""Local hour at which a day of another date begins."""
SHOWN = (Role.ADMIN, Role.COORDINATOR, Role.LEADER, Role.OFFICER, Role.ANALYST)


def demo_config(config: Config, home: Home) -> Config:
    """Turn the settings to the sample world: its own files, this machine only, no webhook from outside."""
    host = config.http_host if is_loopback(config.http_host) else "127.0.0.1"
    return config.model_copy(
        update={
            "data_dir": home.folder,
            "database_url": f"sqlite:///{home.database}",
            "http_host": host,
            "public_url": own_address(host, config.http_port),
            "telegram_mode": "polling",
            "telegram_webhook_secret": None,
        }
    )


def clock_of(wish: Wish, now: Clock = utc_now) -> Clock:
    """Return the clock to serve by: the real one, or for a world of another day one that begins on its morning."""
    started = now()
    if started.astimezone(LOCAL).date() == wish.today:
        return now
    ahead = datetime.combine(wish.today, OPENS, LOCAL) - started
    return lambda: now() + ahead


@dataclass(frozen=True)
class Guide:
    """What the first lines tell: logins by role, a petition to follow, a token that nobody has used."""

    logins: dict[Role, str]
    counter: str
    code: str
    token: str


def make_guide(connection: Connection, reference: Reference, key: TokenKey, now: datetime) -> Guide:
    """Look up what is shown, and give out a fresh token."""
    today = now.astimezone(LOCAL).date()
    busy = {unit.code for unit in reference.directory.for_field(LINKED_FIELD, today)}
    logins: dict[Role, str] = {}
    for account in staff.accounts(connection):
        for role in account.staff.roles:
            if account.staff.unit in busy or role not in (Role.LEADER, Role.OFFICER):
                logins.setdefault(role, account.login)
    counters = [
        unit.code for unit in reference.directory.on(today) if unit.kind in (UnitKind.SERVICE_CENTRE, UnitKind.ONE_STOP)
    ]
    counter = counters[0]
    visit = Visit(counter, "certification", Served.TTHC, dossier=f"MAU-{secrets.token_hex(5)}")
    token = visit_tokens.issue(connection, visit, key, now, now + TOKEN_LIFE)
    shown = select(petition.c.code).where(petition.c.status == Status.PUBLISHED.value).order_by(petition.c.id.desc())
    return Guide(logins, counter, connection.scalar(shown.limit(1)) or "", token)


def lines(guide: Guide, config: Config, words: Words) -> list[str]:
    """Put the guide into words, an address or a login a line."""
    base = config.public_url
    addresses = {
        "portal": f"{base}/",
        "chat": f"{base}/chat",
        "kiosk": f"{base}/kiosk?unit={guide.counter}",
        "admin": f"{base}/admin",
        "follow": f"{base}/p/{guide.code}",
        "rate": f"{base}/r/{guide.token}",
    }
    return [
        words("demo.ready"),
        *(f"  {words(f'demo.{name}')}: {address}" for name, address in addresses.items()),
        words("demo.logins", password=DEMO_PASSWORD),
        *(f"  {words(f'demo.role_{role.value}')}: {guide.logins[role]}" for role in SHOWN if role in guide.logins),
        *([words("demo.telegram")] if config.telegram_bot_token else []),
        words("demo.commands", address=str(config.database_url)),
        words("demo.stop"),
    ]


async def serve(config: Config, clock: Clock, words: Words, tell: Callable[[str], None]) -> None:
    """Open the world, tell how to walk through it, and serve until SIGTERM or SIGINT.

    Raises ServerRunningError where it is being served already.
    """
    with only_server(config.database_url), told_to_stop() as stopping:
        async with open_service(config, clock) as service:
            for line in lines(await _guide(service), config, words):
                tell(line)
            await run_until(service, stopping)


async def _guide(service: Service) -> Guide:
    return await service.database.write(
        lambda connection: make_guide(connection, service.reference.latest, service.config.token_key, service.clock())
    )
