"""The petitions of the sample year: who sends what and when, and how each goes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import Connection

from langnghe.demo.cases import Case, Team
from langnghe.demo.crowd import Crowd, caller
from langnghe.demo.plots import COURSES, CasePlot, standing_at
from langnghe.demo.samples import COUNTER, Sample, sample_petitions
from langnghe.demo.stage import Plot, Stage
from langnghe.demo.talk import SKIPPED, Talk
from langnghe.demo.worktime import any_moment
from offices.units import Unit, UnitKind
from petitions.kinds import Subject
from petitions.lifecycle import OPEN, Status
from petitions.model import IdentityChoice, Submission
from storage import identity

PETITIONS, EARLIER_PETITIONS = 300, 25
TERM = 15
"""Working days of the usual term, by which the standing petitions are placed."""
STANDING_DUE = (-6, -1, 0, 0, 2, 7)
"""When the petitions that stand open fall due: working days from the last day of the simulated time."""
IN_CHAT = 0.12
"""Share of petitions that are sent in chat, question by question; the others come in as if by another channel."""
FIRST_PETITIONER = 100_000
"""Petitions come from chats of their own: whoever rates is not tied to them."""
_CHOICES = (
    (IdentityChoice.HIDDEN, 60), (IdentityChoice.SHOWN_TO_COORDINATOR, 28), (IdentityChoice.NONE, 12),
)  # fmt: skip
_DESK_STATES = (Status.RECEIVED, Status.TRIAGED)


@dataclass
class Petitions:
    """All petitions of the world, as plots."""

    stage: Stage
    crowd: Crowd
    team: Team
    chance: Random
    sent: int = 0

    def plots(self) -> Iterator[tuple[datetime, Plot]]:
        """Give the plot of each petition with the moment at which it is sent."""
        wish = self.stage.wish
        for start, end, number in (
            (wish.quarter_from, wish.year_from, EARLIER_PETITIONS),
            (wish.year_from, wish.today, PETITIONS),
        ):
            for _ in range(wish.number(number) if start < end else 0):
                day = start + timedelta(days=self.chance.randrange((end - start).days))
                yield self._begins(day, self._any_sample(), self._course())
        yield from self._standing()

    def _standing(self) -> Iterator[tuple[datetime, Plot]]:
        """Place open petitions in every status around the last day: late ones, some due that day, some later."""
        for position, status in enumerate(OPEN):
            for due in STANDING_DUE[position % 2 :: 2]:
                is_conduct = status in _DESK_STATES
                fitting = [each for each in sample_petitions() if (each.subject is Subject.CONDUCT) == is_conduct]
                yield self._begins(self._day_due_in(due), self.chance.choice(fitting), standing_at(status))

    def _day_due_in(self, days: int) -> date:
        """Find the day on which a petition was sent that falls due so many working days from the last day."""
        calendar, last = self.stage.reference.calendar, self.stage.wish.today
        due = calendar.next_working(last)
        day, left = due, TERM - days
        while left:
            day -= timedelta(days=1)
            left -= calendar.is_working(day)
        return day

    def _begins(self, day: date, sample: Sample, course: CasePlot) -> tuple[datetime, Plot]:
        return any_moment(self.chance, day), self._life(sample, course)

    def _life(self, sample: Sample, course: CasePlot) -> Plot:
        self.sent += 1
        number = FIRST_PETITIONER + self.sent
        case: Case = yield (
            self._told(sample, number) if self.chance.random() < IN_CHAT else self._sent(sample, number)
        )
        yield from course(case)

    async def _sent(self, sample: Sample, number: int) -> Case:
        """Take a petition in at the desk."""
        about, place = self._about(sample), self._place(sample)
        choice = self.chance.choices([each for each, _ in _CHOICES], [weight for _, weight in _CHOICES])[0]
        commune = self._commune()

        def job(connection: Connection) -> Case:
            chat = self.crowd.chat(connection, number)
            if choice is IdentityChoice.SHOWN_TO_COORDINATOR:
                told = identity.Identity(f"Người gửi mẫu {self.sent:03}", None, None)
                identity.keep(connection, chat.person_id, told, self.stage.now)
            desk = self.stage.petition_desk(connection)
            receipt = desk.submit(
                Submission(
                    person_id=chat.person_id, chat_id=chat.id, subject=sample.subject, text=sample.text,
                    identity=choice, field=sample.field, about=about, place_unit=commune, place=place,
                )
            )  # fmt: skip
            state = desk.state(receipt.code)
            return Case(self.stage, self.team, sample, self.chance, chat, state.code, state.status, state.unit, about)

        return await self.stage.database.write(job)

    async def _told(self, sample: Sample, number: int) -> Case:
        """Have a citizen tell it in chat, question by question."""
        talk, about = Talk(self.stage, caller(number)), self._about(sample)
        reference = self.stage.reference
        answers = {
            "subject": f"={sample.subject.value}",
            "unit": reference.directory.unit(about).name.vi if about else SKIPPED,
            "unit.which": f"={about}",
            "field": reference.fields.field(sample.field).name.vi if sample.field else SKIPPED,
            "field.which": f"={sample.field}",
            "text": sample.text,
            "file.1": "=done",
            "place": self._place(sample) or SKIPPED,
            "identity": "=hidden",
            "confirm": "=send",
        }
        await talk.command("phananh", answers)
        code = await talk.code()
        state = await self.stage.database.read(lambda connection: self.stage.petition_desk(connection).state(code))
        chat = await talk.chat()
        return Case(self.stage, self.team, sample, self.chance, chat, code, state.status, state.unit, about, talk)

    def _course(self) -> CasePlot:
        return self.chance.choices([course for course, _ in COURSES], [weight for _, weight in COURSES])[0]

    def _any_sample(self) -> Sample:
        return self.chance.choice(sample_petitions())

    def _about(self, sample: Sample) -> str | None:
        """Find the unit that a sample speaks of."""
        if sample.about is None:
            return None
        directory, today = self.stage.reference.directory, self.stage.today
        units = directory.on(today)
        if sample.about == COUNTER:
            return _first(unit for unit in units if unit.kind in (UnitKind.SERVICE_CENTRE, UnitKind.ONE_STOP))
        owners = directory.for_field(sample.about, today)
        public = [unit for unit in units if unit.kind is UnitKind.PUBLIC_SERVICE and sample.about in unit.fields]
        return _first([*public, *owners])

    def _place(self, sample: Sample) -> str:
        return f"Thôn Mẫu {self.chance.randint(1, 9)}" if sample.subject is Subject.SITE else ""

    def _commune(self) -> str | None:
        """Choose the commune where it is, in an authority that has communes below it."""
        units = self.stage.reference.directory.on(self.stage.today)
        communes = [unit.code for unit in units if unit.kind is UnitKind.COMMUNE]
        return self.chance.choice(communes) if communes else None


def _first(units: Iterator[Unit] | list[Unit]) -> str | None:
    return next((unit.code for unit in units), None)
