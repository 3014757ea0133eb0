"""A sample commune with officials and a citizen, and the desk over a real database."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from offices.presets import load_preset
from offices.staff import Role, Staff
from offices.worktime import LOCAL, VIETNAM
from petitions.casework import Reference
from petitions.deadlines import load_deadlines
from petitions.desk import PetitionDesk
from petitions.kinds import Subject
from petitions.model import IdentityChoice, Petition, Receipt, Submission
from petitions.rights import Citizen
from petitions.routing import load_routing
from storage import chats, facts, staff, units
from storage.petitions import Petitions
from storage.tables.delivery import outbox as outbox_table
from storage.tables.staff import staff_chat

PRESET = load_preset("commune-2025")
REFERENCE = Reference(
    directory=PRESET.units,
    routing=load_routing(PRESET.name, PRESET.units, PRESET.fields),
    deadlines=load_deadlines(PRESET.name),
    calendar=VIETNAM,
)
START = datetime(2026, 3, 2, 9, tzinfo=LOCAL)
OFFICE, ECONOMY, SOCIETY, HEAD = "xa-mau.van-phong", "xa-mau.kinh-te", "xa-mau.van-hoa-xa-hoi", "xa-mau"
LAMP = "Đèn đường thôn 3 hỏng hai tuần nay chưa ai sửa"

OFFICIALS = {
    "officer": (ECONOMY, Role.OFFICER),
    "second_officer": (ECONOMY, Role.OFFICER),
    "leader": (ECONOMY, Role.LEADER),
    "only_leader": (SOCIETY, Role.LEADER),
    "clerk": (OFFICE, Role.OFFICER),
    "office_leader": (OFFICE, Role.LEADER),
    "coordinator": (OFFICE, Role.COORDINATOR),
    "head": (HEAD, Role.LEADER),
    "analyst": (OFFICE, Role.ANALYST),
}


@dataclass
class World:
    """One transaction's view: officials by name, two citizens, a clock that is set by hand."""

    connection: Connection
    officials: dict[str, Staff]
    chat_of: dict[int, int]
    citizen: Citizen
    citizen_chat: int
    stranger: Citizen
    now: datetime = START
    codes: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def desk(self) -> PetitionDesk:
        return PetitionDesk(Petitions(self.connection), REFERENCE, lambda: self.now, lambda _bits: next(self.codes))

    def __getattr__(self, name: str) -> Staff:
        return self.officials[name]

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def on(self, month: int, day: int, hour: int = 9) -> None:
        self.now = datetime(2026, month, day, hour, tzinfo=LOCAL)

    def submit(self, text: str = LAMP, subject: Subject = Subject.SITE, **rest: Any) -> Receipt:
        values: dict[str, Any] = {"field": "infrastructure", "identity": IdentityChoice.HIDDEN, **rest}
        return self.desk.submit(Submission(self.citizen.person_id, self.citizen_chat, subject, text, **values))

    def petition(self, code: str) -> Petition:
        found = Petitions(self.connection).find(code)
        assert found is not None
        return found

    def answered(self) -> str:
        code = self.submit().code
        self.desk.accept(code, self.officer)
        self.desk.draft_answer(code, self.officer, "Đã thay bóng đèn.")
        self.desk.approve(code, self.leader)
        return code

    def heard(self, who: Staff | None = None) -> Sequence[str]:
        """List the notices that an official, or the citizen, was sent: their keys, oldest first."""
        return [row.body["notice"] for row in self.letters(who)]

    def letters(self, who: Staff | None = None) -> Sequence[Any]:
        chat = self.chat_of[who.id] if who else self.citizen_chat
        query = select(outbox_table).where(outbox_table.c.chat_id == chat).order_by(outbox_table.c.id)
        return self.connection.execute(query).all()

    def facts(self, who: Staff | None = None) -> dict[str, facts.Param]:
        """Read the facts of the last notice."""
        params = self.letters(who)[-1].body["params"]
        return {name: facts.read_param(value) for name, value in params.items()}


def build(connection: Connection) -> World:
    units.install_preset(connection, PRESET, now=START)
    officials, chat_of = dict[str, Staff](), dict[int, int]()
    for name, (unit, role) in OFFICIALS.items():
        official = staff.add(
            connection, login=name, name="Cán bộ mẫu", unit=unit, roles=[role], password_hash="-", now=START,
            actor="system",
        )  # fmt: skip
        officials[name] = official
        chat_of[official.id] = a_chat(connection, name).id
        connection.execute(
            insert(staff_chat).values(chat_id=chat_of[official.id], staff_id=official.id, linked_at=START)
        )
    citizen, stranger = a_chat(connection, "citizen"), a_chat(connection, "stranger")
    return World(connection, officials, chat_of, Citizen(citizen.person_id), citizen.id, Citizen(stranger.person_id))


def a_chat(connection: Connection, name: str) -> chats.Chat:
    return chats.welcome(connection, chats.Caller("telegram", "bot", name, name, "vi"), START)
