"""A sample person in chat: everything goes through the real intake, press by press and line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from bot.messages import Incoming, IncomingKind
from bot.options import button_data
from langnghe.demo.stage import Stage
from petitions.lifecycle import Event
from storage import chats, conversations, web_messages
from storage.chats import Caller, Chat
from storage.conversations import Conversation

SKIPPED = "=-skip"
"""An answer that presses "Bỏ qua"."""
STOP = ""
"""An answer that is never given: the person puts the telephone away."""
THINKS = timedelta(seconds=9)
MOST_TURNS = 40

Answers = Mapping[str, str]
"""What is answered, by the key of the question: "=option" presses, all else is typed."""


@dataclass
class Talk:
    """One person's chat."""

    stage: Stage
    caller: Caller
    heard: int = 0

    async def on_case(self, code: str, event: Event, answers: Answers) -> None:
        """Press the button of a step under a notice, and answer what is asked for it."""
        await self._hear(IncomingKind.PRESS, data=f"s:case:{code}:{event.value}")
        await self._answer(answers)

    async def command(self, text: str, answers: Answers) -> None:
        """Type a command without its slash, and answer what follows."""
        await self._hear(IncomingKind.COMMAND, text=text)
        await self._answer(answers)

    async def start(self, parameter: str, answers: Answers) -> None:
        """Open a deep link such as a poster's, and answer what follows."""
        await self._hear(IncomingKind.START, data=parameter)
        await self._answer(answers)

    async def chat(self) -> Chat:
        """Return the chat as it is stored; there must have been a word in it."""
        found = await self.stage.database.read(
            lambda connection: chats.find(
                connection, self.caller.channel, self.caller.account, self.caller.external_chat
            )
        )
        if found is None:
            raise LookupError(f"nothing was ever said in {self.caller.external_chat}")
        return found

    async def code(self) -> str:
        """Return the tracking code that was shown last for copying."""
        number = (await self.chat()).id
        lines = await self.stage.database.read(lambda connection: web_messages.lines(connection, number, latest=5))
        return next(str(line.body["copy_code"]) for line in reversed(lines) if "copy_code" in line.body)

    async def _answer(self, answers: Answers) -> None:
        """Answer question after question, until none is open or one is left unanswered."""
        number = (await self.chat()).id
        for _ in range(MOST_TURNS):
            asked = await self.stage.database.read(lambda connection: _asked(connection, number))
            if asked is None or asked.asked is None:
                return
            answer = answers.get(asked.asked, SKIPPED)
            if answer == STOP:
                return
            if answer.startswith("="):
                await self._hear(IncomingKind.PRESS, data=button_data(asked.id, asked.step, answer[1:]))
            else:
                await self._hear(IncomingKind.TEXT, text=answer)
        raise LookupError(f"no answer in {self.caller.external_chat} fits what is asked: {asked}")

    async def _hear(self, kind: IncomingKind, *, text: str = "", data: str = "") -> None:
        self.stage.now += THINKS
        self.heard += 1
        await self.stage.intake.accept(
            Incoming(
                channel=self.caller.channel, account=self.caller.account, chat=self.caller.external_chat,
                person=self.caller.external_person, event_key=f"{self.caller.external_chat}:{self.heard}",
                at=self.stage.now, kind=kind, text=text, data=data, language=self.caller.language,
            )
        )  # fmt: skip


def _asked(connection: Connection, chat_id: int) -> Conversation | None:
    return conversations.open_in(connection, chat_id)
