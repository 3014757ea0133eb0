"""Drafts, files, losses, returns, transfers, answers, second looks in any order: the citizen gets what was approved."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from offices.errors import DomainError
from offices.staff import Staff
from petitions.answering import MOST_FILES
from petitions.lifecycle import Event, Status
from petitions.model import File
from storage import answer_files, chats, schedule
from storage.tables import metadata
from tests.petitions.test_answering import Sent, arrives, coming, given_to_citizen, pdf, shown
from tests.petitions.world import ECONOMY, SOCIETY, World, build

DOES = (
    "draft",
    "draft from chat",
    "arrives",
    "is lost",
    "return",
    "transfer",
    "approve",
    "answer",
    "second look",
    "add",
)


@dataclass
class Walk:
    """A petition, and what we think of its files.

    files   of the present draft, by their places
    waits   keys of works that bring a file of the present draft
    given   what the citizen must have got, in order
    """

    world: World
    code: str
    files: dict[int, File] = field(default_factory=dict)
    waits: set[int] = field(default_factory=set)
    given: list[str] = field(default_factory=list)
    made: int = 0

    def takes(self, does: str, whim: int) -> None:
        """Try one thing; what is refused must change nothing of the files."""
        with suppress(DomainError):
            self._does(does, whim)
        self.check()

    def check(self) -> None:
        world, petition = self.world, self.world.petition(self.code)
        assert given_to_citizen(world) == self.given
        assert list(world.desk.draft_files(petition)) == self._in_order()
        assert world.desk.files_coming(petition) == len(self.waits)
        if petition.status in (Status.APPROVED, Status.ANSWERED):
            assert not self.waits

    def _does(self, does: str, whim: int) -> None:
        world, desk = self.world, self.world.desk
        match does:
            case "draft":
                kept = [each for place, each in sorted(self.files.items()) if whim >> place & 1]
                files = [*kept, *(self._new() for _ in range(whim % 4))]
                desk.draft_answer(self.code, self._who(Event.DRAFT, whim), "Trả lời.", files)
                assert len(files) <= MOST_FILES
                self.files, self.waits = dict(enumerate(files, start=1)), set()
            case "draft from chat":
                self._drafts_from_chat(self._who(Event.DRAFT, whim), whim % (MOST_FILES + 2))
            case "arrives" | "is lost":
                self._hears_of(does, whim)
            case "return":
                desk.return_draft(self.code, self._who(Event.RETURN_DRAFT, whim), "Xem lại.")
            case "transfer":
                unit = (SOCIETY, ECONOMY)[whim % 2]
                desk.transfer(self.code, self._who(Event.TRANSFER, whim), unit, "Không thuộc chúng tôi.")
                self.files, self.waits = {}, set()
            case "approve":
                send = bool(whim % 2)
                desk.approve(self.code, self._who(Event.APPROVE, whim), send=send, seen=shown(world, self.code))
                self._approved(sent=send)
            case "answer":
                desk.answer(self.code, self._who(Event.ANSWER, whim), seen=shown(world, self.code))
                self._approved(sent=True)
            case "second look":
                desk.second_look(self.code, world.citizen, "Chưa thỏa đáng.")
                self.files, self.waits = {}, set()
            case _:
                desk.add(self.code, world.citizen, "Bổ sung một ý.", [self._new()])

    def _drafts_from_chat(self, official: Staff, number: int) -> None:
        world = self.world
        petition = world.desk.draft_answer(self.code, official, "Trả lời.", coming=number)
        assert number <= MOST_FILES
        chat = chats.by_id(world.connection, world.chat_of[official.id])
        before = {work.id for work in coming(world)}
        answer_files.fetch_later(
            world.connection,
            chat,
            petition,
            [Sent(f"{petition.draft_step}-{each}") for each in range(number)],
            world.now,
        )
        self.files, self.waits = {}, {work.id for work in coming(world)} - before
        assert len(self.waits) == number

    def _hears_of(self, does: str, whim: int) -> None:
        works = coming(self.world)
        if not works:
            return
        work, file = works[whim % len(works)], self._new()
        if does == "arrives":
            arrives(self.world, work, file)
            if work.id in self.waits:
                self.files[work.payload["place"]] = file
        else:
            assert schedule.give_up(self.world.connection, work, "gone")
            answer_files.tell_lost(self.world.connection, work, None, self.world.now)
        self.waits.discard(work.id)

    def _approved(self, *, sent: bool) -> None:
        assert not self.waits, "nobody approves what is not whole"
        self.given += [each.ref for each in self._in_order()] if sent else []

    def _who(self, event: Event, whim: int) -> Staff:
        """Choose somebody to whom the step is offered; now and then somebody to whom it is not."""
        world = self.world
        officials = list(world.officials.values())
        able = [each for each in officials if event in self._offered(each)]
        chosen: Sequence[Staff] = able if able and whim % 7 else officials
        return chosen[whim % len(chosen)]

    def _offered(self, official: Staff) -> Sequence[Event]:
        try:
            return self.world.desk.possible(self.code, official)
        except DomainError:
            return ()

    def _in_order(self) -> list[File]:
        return [each for _, each in sorted(self.files.items())]

    def _new(self) -> File:
        self.made += 1
        return pdf(self.made)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(DOES), st.integers(0, 10**6)), max_size=40))
def test_the_citizen_gets_exactly_the_files_that_were_approved(does: list[tuple[str, int]]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        world = build(connection)
        walk = Walk(world, world.submit().code)
        for what, whim in does:
            walk.takes(what, whim)
    engine.dispose()
