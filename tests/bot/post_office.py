"""A post office over the sample office: phones that have started the bot, letters to them, senders."""

from sqlalchemy import Connection

from bot.channels.telegram.attachments import Files
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery import Sender
from bot.file_links import FileLinks
from bot.words import Words, load_texts
from storage import chats, outbox
from storage.chats import Caller
from storage.files import FileStore
from storage.outbox import Urgency
from tests.bot.office import Office
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone

ACCOUNT = TOKEN.partition(":")[0]


class Post:
    """A post office: phones that have started the bot, letters to them, senders."""

    def __init__(self, office: Office, fake: FakeTelegram) -> None:
        self.office, self.fake = office, fake
        self.channels: list[TelegramChannel] = []

    def sender(self, files: FileStore | None = None) -> Sender:
        """Return a fresh sender, as a new process has it."""
        links = FileLinks.of("https://langnghe.example", "khoa-mau")
        sent = Files(files, links, self.office.clock) if files else None
        channel = TelegramChannel(TOKEN, self.fake.base, timeout=6, files=sent)
        self.channels.append(channel)
        words = Words(load_texts(), self.office.reference.name_of)
        return Sender(self.office.database, {"telegram": channel}, words, self.office.clock)

    async def phone(self, number: int = 1) -> tuple[Phone, int]:
        """Return a phone and our number of its chat."""
        phone = self.fake.person(number)
        await phone.starts()
        caller = Caller("telegram", ACCOUNT, str(number), str(number), "vi")
        found = await self.office.database.write(lambda c: chats.welcome(c, caller, self.office.at))
        return phone, found.id

    async def writes(self, chat_id: int, *texts: str, urgency: Urgency = Urgency.REPLY) -> None:
        """Put letters into the outbox."""

        def each(connection: Connection) -> None:
            for text in texts:
                outbox.put_words(
                    connection, chat_id=chat_id, body={"text": text}, unique_key=f"{chat_id}:{text}",
                    now=self.office.at, urgency=urgency,
                )  # fmt: skip

        await self.office.database.write(each)

    async def all_rounds(self, sender: Sender) -> None:
        while await sender.round():
            pass

    async def states(self) -> list[str]:
        return [letter["state"] for letter in await self.office.letters()]

    async def close(self) -> None:
        for channel in self.channels:
            await channel.close()
