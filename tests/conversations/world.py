"""The world of a golden conversation: an authority in a database, a clock, and a service built anew for each step."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import Connection, select

from langnghe.config import Config
from langnghe.service import Service, open_service, service_over
from offices.presets import load_preset
from offices.staff import Role
from petitions.kinds import Subject
from petitions.model import IdentityChoice, Submission
from storage import audit, chats, recount, schema, staff, staff_chats, units, visit_tokens, zalo_templates
from storage import reference as reference_data
from storage.database import Database
from storage.desks import petition_desk
from storage.tables import metadata
from storage.tables.conversations import dead_letter
from storage.zalo_templates import Template
from surveys.tokens import TokenKey
from surveys.visits import Service as VisitService
from surveys.visits import Visit

T = TypeVar("T")
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # a Monday, 09:00 in Vietnam
SECRET_KEY = "a sample key: 0123456789 abcdefghijklm"
_made: dict[tuple[str, datetime], bytes] = {}
"""SQLite files with an authority, by its preset and the moment: all the migrations cost a third of a conversation."""
_CODE = re.compile(r"PA(?:-[0-9A-Z]{4}){3}")


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, length: timedelta) -> None:
        self.now += length


@dataclass
class World:
    """One authority.

    codes     codes of petitions in the order in which they came up
    names     what stands for {link}, {slip} … in the lines of a file
    database  open while `kept_open`; else each service opens it anew
    settings  further settings, of the channels that a test is about
    """

    folder: Path
    url: str
    telegram: tuple[str, str] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    codes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    database: Database | None = None

    @property
    def config(self) -> Config:
        """The settings, with a bot when there is a server for one."""
        config = Config.model_construct(
            data_dir=self.folder, database_url=self.url, http_host="127.0.0.1", http_port=0,
            public_url="http://127.0.0.1", secret_key=SecretStr(SECRET_KEY),
        ).model_copy(update=self.settings)  # fmt: skip
        if self.telegram is None:
            return config
        token, base = self.telegram
        return config.model_copy(update={"telegram_bot_token": SecretStr(token), "telegram_api_base": base})

    async def install(self, preset: str = "commune-2025") -> None:
        """Make the database and the authority in it; a SQLite file as a copy of the first such one of the process."""
        file, kind = schema.sqlite_path(self.url), (preset, self.watch.now)
        if file and kind in _made:
            file.write_bytes(_made[kind])
            return
        await schema.upgrade(self.url)
        await self.writes(lambda connection: units.install_preset(connection, load_preset(preset), now=self.watch.now))
        if file:
            _made[kind] = file.read_bytes()

    @asynccontextmanager
    async def kept_open(self) -> AsyncIterator[None]:
        """Keep the connections to the database, which remember nothing but their statements."""
        self.database = await Database.open(self.url)
        try:
            yield
        finally:
            await self.database.close()
            self.database = None

    def service(self) -> AbstractAsyncContextManager[Service]:
        """Build everything from what is stored; let go of it all afterwards."""
        if self.database:
            return service_over(self.database, self.config, self.watch)
        return open_service(self.config, self.watch)

    async def writes(self, job: Callable[[Connection], T]) -> T:
        """Run one job on the database beside any service."""
        if self.database:
            return await self.database.write(job)
        database = await Database.open(self.url)
        try:
            return await database.write(job)
        finally:
            await database.close()

    async def template(self) -> None:
        """Have a template of Zalo's for news of petitions, which goes to user ids and to telephone numbers."""
        template = Template("101", "Cập nhật phản ánh", zalo_templates.ENABLED, 1, 1, 200, (), 300)
        now, wanted = self.watch.now, {"petition": template.id}

        def choose(connection: Connection) -> None:
            zalo_templates.keep(connection, [template], now)
            zalo_templates.choose(connection, wanted, actor="system", now=now)

        await self.writes(choose)

    def filled(self, line: str) -> str:
        """Put codes and names into a line of a file."""
        for number, code in enumerate(self.codes, start=1):
            line = line.replace("{code}" if number == 1 else f"{{code{number}}}", code)
        for name, value in self.names.items():
            line = line.replace(f"{{{name}}}", value)
        return line

    def emptied(self, text: str) -> str:
        """Put the variables in the place of codes; remember codes that come up for the first time."""
        for code in _CODE.findall(text):
            if code not in self.codes and code != EXAMPLE:
                self.codes.append(code)
        for number, code in enumerate(self.codes, start=1):
            text = text.replace(code, "{code}" if number == 1 else f"{{code{number}}}")
        return text

    async def add_official(self, login: str, unit: str, role: Role) -> int:
        """Add an account under a sample name."""
        name = f"Cán bộ mẫu ({login})"
        added = await self.writes(
            lambda connection: staff.add(
                connection, login=login, name=name, unit=unit, roles=(role,), password_hash="none", now=self.watch.now,
                actor="system",
            )
        )  # fmt: skip
        return added.id

    async def link_code(self, staff_id: int) -> str:
        """Make the code that links a chat, as a deep link has it."""
        code = await self.writes(lambda connection: staff_chats.make_link_code(connection, staff_id, self.watch.now))
        return code.replace("-", "")

    async def slip(self, unit: str, valid: timedelta, key: TokenKey | None = None) -> str:
        """Give out a token of one dossier, sealed by this authority's key or another's."""
        visit = Visit(unit, "certification", VisitService.TTHC, dossier="H01.sample.1", verified=True)
        until = self.watch.now + valid
        sealed_by, now = key or self.config.token_key, self.watch.now
        return await self.writes(lambda connection: visit_tokens.issue(connection, visit, sealed_by, now, until))

    async def petition(self, chat: tuple[str, str, str], text: str) -> str:
        """Send a petition from a chat that has written before: on a road, so the economy office gets it."""

        def send(connection: Connection) -> str:
            sender = chats.find(connection, *chat)
            assert sender is not None
            desk = petition_desk(connection, reference_data.load(connection), self.watch.now)
            return desk.submit(
                Submission(
                    person_id=sender.person_id, chat_id=sender.id, subject=Subject.SITE, text=text,
                    identity=IdentityChoice.HIDDEN, field="infrastructure", about=None, place="thôn Mẫu", files=(),
                )
            ).code  # fmt: skip

        code = await self.writes(send)
        self.codes.append(code)
        return code


EXAMPLE = "PA-7K3M-9QXT-2HBN"
"""The code that a text shows as an example; no petition has it."""
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def check_whole(connection: Connection) -> None:
    """Assert what holds in every world: nothing failed, the trail is whole, the counts equal a recount."""
    assert list(connection.execute(select(dead_letter.c.reason))) == []
    assert audit.verify(connection)[1] is None
    assert recount.compare(connection).examples == []


def everything(connection: Connection) -> str:
    """Return all that the tables hold as one text."""
    rows = (row for table in metadata.sorted_tables for row in connection.execute(select(table)))
    return "\n".join(str(tuple(row)) for row in rows)
