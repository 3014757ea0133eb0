"""Each golden conversation on each face, everything above the database built anew from it before every reply.

RECORD_CONVERSATIONS=1 writes the files as their first face shows them, to be read before they are committed.
"""

import os
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from langnghe.service import Service
from offices.staff import Role
from surveys.tokens import TokenKey
from tests.conversations.faces import Face, Person, did, nothing_more
from tests.conversations.script import FOLDER, Conversation, Message, Step, load, names
from tests.conversations.telegram_face import TelegramFace
from tests.conversations.terminal_face import TerminalFace
from tests.conversations.web_face import WebFace
from tests.conversations.world import World, check_whole, everything
from tests.conversations.zalo_face import ZaloFace
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.zalo import FakeZalo

RECORDING = bool(os.environ.get("RECORD_CONVERSATIONS"))
ON_POSTGRESQL = ("quick_rating_unhappy.vi", "interrupted.en")
TYPING = timedelta(seconds=20)
"""What passes between two lines."""
ALBUM = timedelta(seconds=2)
"""What passes before letters go, so that albums are complete."""

MONTH = timedelta(days=30)
SLIPS = {
    "slip for xa-mau.trung-tam": ("slip", None, MONTH),
    "second slip for the same dossier": ("second", None, MONTH),
    "slip of another authority": ("foreign", TokenKey.of("the secret of another authority"), MONTH),
    "slip that has expired": ("expired", None, timedelta(seconds=1)),
}
"""Slips: the name of their code in the lines of a file, whose key sealed it if not ours, how long it is valid."""

TEMPLATE = "news of petitions has a template"

_WORDS_OF_FILES = re.compile(r"(^  \[file [^\]\n]+\]\n)(?:  \S.*\n|\n(?=  ))+", re.MULTILINE)
"""What stands under a document: Zalo shows a document without words."""
_AFTER = re.compile(r"(\d+) (minutes?|hours?|days?)")
_OFFICIAL = re.compile(r"(\w+) is (?:an? )?(\w+) of ([\w.-]+)(, not linked)?")
_SENT = re.compile(r"(\w+) has sent: (.+)")


def runs() -> list[tuple[str, str]]:
    """List which conversation runs on which face; when they are written, each runs on its first one."""
    return [(name, face) for name in names() for face in load(name).faces[: 1 if RECORDING else None]]


@pytest.mark.parametrize(("name", "face"), runs())
async def test_is_told_word_for_word(name: str, face: str, tmp_path: Path) -> None:
    """The conversation goes as its file says."""
    await _compare(name, face, tmp_path, f"sqlite:///{tmp_path}/langnghe.db")


@pytest.mark.parametrize("name", ON_POSTGRESQL)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_is_told_the_same_on_postgresql(name: str, tmp_path: Path, database_url: str) -> None:
    """The other database changes nothing."""
    await _compare(name, "telegram", tmp_path, database_url)


async def _compare(name: str, face_name: str, folder: Path, url: str) -> None:
    expected = load(name)
    async with _face(face_name, World(folder, url)) as (face, world):
        told = await Play(world, face, name.rpartition(".")[2]).all(expected)
    if RECORDING:
        (FOLDER / f"{name}.txt").write_text(told.written(), "utf-8")
    wanted = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert told.written() == (_WORDS_OF_FILES.sub(r"\1", wanted) if face_name == "zalo" else wanted)


@asynccontextmanager
async def _face(name: str, world: World) -> AsyncIterator[tuple[Face, World]]:
    """Open a face; the world is told how to reach what stands behind it."""
    async with AsyncExitStack() as stack:
        match name:
            case "telegram":
                fake = await stack.enter_async_context(FakeTelegram(clock=world.watch))
                yield TelegramFace(fake), replace(world, telegram=(TOKEN, fake.base))
            case "zalo":
                zalo = ZaloFace(await stack.enter_async_context(FakeZalo(clock=world.watch)))
                yield zalo, replace(world, settings=zalo.settings)
            case "web":
                web = WebFace()
                stack.push_async_callback(web.close)
                yield web, world
            case _:
                yield TerminalFace(world.folder), world


@dataclass
class Play:
    """One conversation being held."""

    world: World
    face: Face
    language: str
    people: dict[str, Person] = field(default_factory=dict)

    async def all(self, wanted: Conversation) -> Conversation:
        """Do every line; return the conversation as it went."""
        await self.world.install()
        async with self._database(wanted):
            for fact in wanted.given:
                await self._set(fact)
            steps = [await self._take(step) for step in wanted.steps]
            await self.world.writes(check_whole)
        return Conversation(wanted.title, wanted.given, wanted.faces, steps)

    def _database(self, wanted: Conversation) -> AbstractAsyncContextManager[None]:
        """Keep the database open; at a terminal in Vietnamese and on PostgreSQL it too is opened anew for each step.

        The same where its files are looked through: SQLite's log holds older pages until the last connection closes.
        """
        is_anew = (self.face.name, self.language) == ("terminal", "vi") or self.world.url.startswith("postgresql")
        is_looked_through = any(step.head == "kept nowhere" for step in wanted.steps)
        return nothing_more() if is_anew or is_looked_through else self.world.kept_open()

    async def _set(self, fact: str) -> None:
        """Make a fact true before the first line."""
        official, sent = _OFFICIAL.fullmatch(fact), _SENT.fullmatch(fact)
        if official:
            role, unit = Role(official[2]), official[3]
            number = await self.world.add_official(official[1], unit, role)
            link = await self.world.link_code(number)
            if official[4]:
                self.world.names["link"] = link
            else:
                await self._step(official[1], f"opens l_{link}")
                await self._step(official[1], "/huy")
        elif sent:
            await self._step(sent[1], "/trogiup")
            await self.world.petition(self.people[sent[1]].chat, sent[2])
            async with self.world.service() as service, self.face.connected(service):
                await self._deliver(service)
                await self._news(sent[1], service)
        elif fact == TEMPLATE:
            await self.world.template()
        elif fact in SLIPS:
            name, key, valid = SLIPS[fact]
            self.world.names[name] = await self.world.slip("xa-mau.trung-tam", valid, key)
        else:
            raise AssertionError(f"nobody knows how to make this true: {fact}")

    async def _take(self, step: Step) -> Step:
        if step.head == "after":
            return Step(step.head, step.rest, await self._pass(step.rest))
        if step.head == "kept nowhere":
            await self._check_nowhere(step.rest)
            return Step(step.head, step.rest)
        return Step(step.head, step.rest, await self._step(step.head, step.rest))

    async def _step(self, who: str, line: str) -> list[tuple[str, Message]]:
        """Let somebody do something, with everything built anew."""
        if who not in self.people:
            self.people[who] = await self.face.person(len(self.people) + 1, self.language)
        self.world.watch.passes(TYPING)
        async with self.world.service() as service, self.face.connected(service):
            await self.people[who].does(service, did(self.world.filled(line)))
            await self._deliver(service)
            return await self._news(who, service)

    async def _pass(self, length: str) -> list[tuple[str, Message]]:
        found = _AFTER.fullmatch(length)
        assert found is not None
        number, unit = int(found[1]), found[2].rstrip("s")
        step = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}[unit]
        self.world.watch.passes(number * step)
        async with self.world.service() as service, self.face.connected(service):
            while await service.work.schedule.round():
                pass
            await self._deliver(service)
            return await self._news("", service)

    async def _deliver(self, service: Service) -> None:
        await service.work.fetcher.round()
        self.world.watch.passes(ALBUM)
        while await service.work.sender.round():
            pass

    async def _news(self, who: str, service: Service) -> list[tuple[str, Message]]:
        """Collect what was said: first to who did something, then to the others."""
        order = sorted(self.people, key=lambda name: (name != who, list(self.people).index(name)))
        said = [(name, message) for name in order for message in await self.people[name].hears(service)]
        return [(name, self._emptied(each)) for name, each in said]

    def _emptied(self, message: Message) -> Message:
        emptied = self.world.emptied
        return Message(emptied(message.text), tuple(map(emptied, message.buttons)), emptied(message.file))

    async def _check_nowhere(self, words: str) -> None:
        assert words not in await self.world.writes(everything)
        for path in self.world.folder.rglob("*"):
            assert path.is_dir() or words.encode() not in path.read_bytes(), path
