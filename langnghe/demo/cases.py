"""One petition of the sample world: every step through the desk, by whoever may take it at that moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from random import Random
from typing import Any

from sqlalchemy import Connection

from langnghe.demo.office import Account
from langnghe.demo.samples import Sample, letters
from langnghe.demo.stage import Stage
from langnghe.demo.talk import SKIPPED, Talk
from langnghe.demo.worktime import in_working_days
from offices.staff import Role, Staff
from offices.units import UnitKind
from petitions.desk import PetitionDesk
from petitions.errors import NotFoundError
from petitions.lifecycle import Event, Status
from petitions.model import Petition
from petitions.rights import Citizen
from petitions.routing import in_line_of
from storage.chats import Chat

PLEASED = 4
"""Scores from here on come with thanks."""
COMMENTED = 0.5
CHATTY = 0.35
"""How often officials who linked a chat take a step there instead of on a page."""

_FIRST_ASKED: Mapping[Event, Role] = {
    Event.TRIAGE: Role.COORDINATOR,
    Event.FORWARD: Role.COORDINATOR,
    Event.PUBLISH: Role.COORDINATOR,
    Event.APPROVE: Role.LEADER,
    Event.RETURN_DRAFT: Role.LEADER,
    Event.EXTEND: Role.LEADER,
}
"""Who is looked for first for a step; for all others an officer."""


@dataclass
class Team:
    """The officials, and those of them who work in chat: their talk, by staff id."""

    accounts: list[Account]
    in_chat: Mapping[int, Talk]

    def asked_in_turn(self, event: Event, unit: str) -> list[Staff]:
        """List whom to ask for a step: those of the unit first, of the fitting role first."""
        role = _FIRST_ASKED.get(event, Role.OFFICER)
        ranked = sorted(
            (account.staff for account in self.accounts),
            key=lambda one: (one.unit != unit and Role.COORDINATOR not in one.roles, role not in one.roles, one.id),
        )
        return [official for official in ranked if official.roles & {Role.OFFICER, Role.LEADER, Role.COORDINATOR}]


@dataclass
class Case:
    """A petition with those who deal with it.

    about  code of the unit that it speaks of
    talk   the sender's chat when he goes on in it himself; None when his steps are taken at the desk
    """

    stage: Stage
    team: Team
    sample: Sample
    chance: Random
    sender: Chat
    code: str
    status: Status
    unit: str
    about: str | None
    talk: Talk | None = None
    answer: str = ""

    def __post_init__(self) -> None:
        """Begin with the answer of the sample."""
        self.answer = self.sample.answer

    def in_days(self, days: int) -> datetime:
        """Choose a moment of office hours after so many working days."""
        return in_working_days(self.chance, self.stage.reference.calendar, self.stage.now, days)

    def days_later(self, days: float) -> datetime:
        """Choose a moment after about so many days, for citizens."""
        return self.stage.now + timedelta(hours=days * 24 * self.chance.uniform(0.5, 1.5))

    @property
    def desk_unit(self) -> str:
        """The code of the coordinator's unit."""
        return self.stage.reference.rules.routing.coordinator

    @property
    def is_about_desk(self) -> bool:
        """Whether it speaks of the coordinator's own unit: then no coordinator may touch it."""
        directory = self.stage.reference.directory
        return self.about is not None and in_line_of(self.desk_unit, self.about, self.stage.today, directory)

    def another_unit(self) -> str | None:
        """Choose a department that may have it instead of the one that has it."""
        directory = self.stage.reference.directory
        others = [
            unit.code
            for unit in directory.on(self.stage.today)
            if unit.kind is UnitKind.DEPARTMENT
            and unit.code != self.unit
            and not (self.about and in_line_of(unit.code, self.about, self.stage.today, directory))
        ]
        return self.chance.choice(others) if others else None

    def letter(self, use: str) -> Any:
        """Choose one of the sentences for a use."""
        return self.chance.choice(letters()[use])

    async def accept(self) -> None:
        """Have somebody take it on."""
        await self._official(Event.ACCEPT, lambda desk, who: desk.accept(self.code, who), "")

    async def triage(self) -> None:
        """Have the coordinator look through it."""
        await self._official(Event.TRIAGE, lambda desk, who: desk.triage(self.code, who))

    async def forward(self, unit: str) -> None:
        """Have the coordinator send it to a unit."""
        await self._official(Event.FORWARD, lambda desk, who: desk.forward(self.code, who, unit))

    async def transfer(self, unit: str) -> None:
        """Have it passed to another unit."""
        reason = self.letter("transfers")
        await self._official(Event.TRANSFER, lambda desk, who: desk.transfer(self.code, who, unit, reason))

    async def send_back(self) -> None:
        """Have it given back to the coordinator."""
        reason = self.letter("send_backs")
        await self._official(Event.SEND_BACK, lambda desk, who: desk.send_back(self.code, who, reason), reason)

    async def ask(self, question: str) -> None:
        """Have the sender asked."""
        await self._official(Event.ASK, lambda desk, who: desk.ask_citizen(self.code, who, question), question)

    async def resume(self) -> None:
        """Have the unit go on without a reply."""
        reason = self.letter("resumes")
        await self._official(Event.RESUME, lambda desk, who: desk.resume(self.code, who, reason))

    async def draft(self) -> None:
        """Have the answer written."""
        await self._official(Event.DRAFT, lambda desk, who: desk.draft_answer(self.code, who, self.answer), self.answer)

    async def return_draft(self) -> None:
        """Have the draft sent back."""
        remark = self.letter("remarks")
        await self._official(Event.RETURN_DRAFT, lambda desk, who: desk.return_draft(self.code, who, remark), remark)

    async def approve(self) -> None:
        """Have the draft approved, which answers the sender."""
        await self._official(Event.APPROVE, lambda desk, who: desk.approve(self.code, who), "")

    async def approve_only(self) -> None:
        """Have the draft approved, and leave the sending to somebody else."""
        await self._official(Event.APPROVE, lambda desk, who: desk.approve(self.code, who, send=False))

    async def publish(self) -> None:
        """Have question and answer published; the samples hold nothing to mask."""
        text = self.sample.text
        await self._official(Event.PUBLISH, lambda desk, who: desk.publish(self.code, who, text, self.answer))

    async def resolve(self) -> None:
        """Have the solution recorded."""
        result, evidence = self.sample.result or self.answer, self.letter("evidence")
        await self._official(Event.RESOLVE, lambda desk, who: desk.resolve(self.code, who, result, evidence=evidence))

    async def extend(self) -> None:
        """Have the deadline extended."""
        reason = self.letter("extensions")
        await self._official(Event.EXTEND, lambda desk, who: desk.extend(self.code, who, reason), reason)

    async def reject(self, reason: str, text: str) -> None:
        """Have it refused."""
        await self._official(Event.REJECT, lambda desk, who: desk.reject(self.code, who, reason, text))

    async def redirect(self) -> None:
        """Have the sender led to another authority."""
        body, text = itemgetter("body", "text")(self.letter("redirections"))
        await self._official(Event.REDIRECT, lambda desk, who: desk.redirect(self.code, who, body, text))

    async def supply(self, reply: str) -> None:
        """Let the sender reply."""
        await self._citizen(
            Event.SUPPLY, lambda desk, who: desk.supply(self.code, who, reply), {"text": reply, "file.1": "=done"}
        )

    async def add(self) -> None:
        """Let the sender add something."""
        text = self.letter("additions")
        await self._citizen(
            Event.ADD, lambda desk, who: desk.add(self.code, who, text), {"text": text, "file.1": "=done"}
        )

    async def withdraw(self) -> None:
        """Let the sender take it back."""
        await self._citizen(Event.WITHDRAW, lambda desk, who: desk.withdraw(self.code, who), {"sure": "=sure"})

    async def rate(self, score: int) -> None:
        """Let the sender rate the answer."""
        words = self.letter("thanks" if score >= PLEASED else "grumbles") if self.chance.random() < COMMENTED else ""
        await self._citizen(
            Event.RATE_ANSWER,
            lambda desk, who: desk.rate_answer(self.code, who, score, words),
            {"score": f"={score}", "comment": words or SKIPPED},
        )

    async def second_look(self) -> None:
        """Let the sender ask for a second look; it will be answered anew."""
        why, self.answer = self.letter("second_looks"), self.letter("second_answers")
        await self._citizen(Event.SECOND_LOOK, lambda desk, who: desk.second_look(self.code, who, why), {"text": why})

    async def _official(
        self, event: Event, take: Callable[[PetitionDesk, Staff], Petition], words: str | None = None
    ) -> None:
        """Have a step taken by the first official who may.

        words  what is written for it in chat, "" where nothing is; None = the step is taken at the desk
        """
        official = await self.stage.database.read(lambda connection: self._who(connection, event))
        talk = self.team.in_chat.get(official.id)
        if talk is not None and words is not None and self.chance.random() < CHATTY:
            await talk.on_case(self.code, event, {"text": words, "sure": "=yes", "event": "=later"})
            await self._look()
        else:
            await self._take(lambda desk: take(desk, official))
        await self.stage.deliver()

    async def _citizen(
        self, event: Event, take: Callable[[PetitionDesk, Citizen], Petition], answers: Mapping[str, str]
    ) -> None:
        """Have the sender take a step, in the chat from which he sent it or at the desk."""
        who = Citizen(self.sender.person_id)
        if self.talk is not None:
            await self.talk.on_case(self.code, event, answers)
            await self._look()
        else:
            await self._take(lambda desk: take(desk, who))
        await self.stage.deliver()

    async def _take(self, step: Callable[[PetitionDesk], Petition]) -> None:
        """Take a step at the desk."""
        after = await self.stage.database.write(lambda connection: step(self.stage.petition_desk(connection)))
        self.status, self.unit = after.status, after.unit

    async def _look(self) -> None:
        """Look where the petition stands after a step in chat."""
        state = await self.stage.database.read(lambda connection: self.stage.petition_desk(connection).state(self.code))
        self.status, self.unit = state.status, state.unit

    def _who(self, connection: Connection, event: Event) -> Staff:
        desk = self.stage.petition_desk(connection)
        for official in self.team.asked_in_turn(event, self.unit):
            if _may(desk, official, self.code, event):
                return official
        raise LookupError(f"nobody may {event} {self.code}, which is {self.status} at {self.unit}")


def _may(desk: PetitionDesk, official: Staff, code: str, event: Event) -> bool:
    try:
        return event in desk.possible(code, official)
    except NotFoundError:
        return False
