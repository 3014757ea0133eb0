"""The chats of the fake: people, groups, and the messages each of them shows."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.errors import bad_request, forbidden

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody with a phone. Ids may take 52 bits; names and languages may be missing."""

    id: int
    name: str
    language: str | None = "vi"
    username: str | None = None

    def as_user(self) -> Json:
        """Return the User object."""
        first, _, last = self.name.partition(" ")
        user: Json = {"id": self.id, "is_bot": False, "first_name": first}
        optional = {"last_name": last, "username": self.username, "language_code": self.language}
        return user | {key: value for key, value in optional.items() if value}


@dataclass
class Message:
    """A message as the API shows it, with what only the fake knows.

    mine      sent by the bot
    keyboard  the last inline keyboard it had, also after it was taken away: an old client may still press it
    text      what people see: without markup
    """

    raw: Json
    mine: bool = False
    text: str = ""
    keyboard: Json | None = None
    reaction: str | None = None

    @property
    def id(self) -> int:
        """The number of the message in its chat."""
        return int(self.raw["message_id"])


@dataclass(frozen=True)
class Seen:
    """One message as a person sees it now: `buttons` row by row, `file` the name of a sent file."""

    id: int
    from_bot: bool
    text: str
    buttons: tuple[tuple[str, ...], ...] = ()
    file: str | None = None
    reaction: str | None = None


@dataclass
class Chat:
    """A private chat or a group, and whether the bot may write there.

    started      the person pressed Start (or wrote) at least once
    blocked      the person blocked the bot, or the group threw it out
    deactivated  the account was deleted
    moved_to     the id of the supergroup that this group became
    """

    id: int
    kind: str
    title: str = ""
    person: Person | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    moved_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    last_bot_wrote: bool = False

    def as_chat(self) -> Json:
        """Return the Chat object."""
        if self.person is None:
            return {"id": self.id, "type": self.kind, "title": self.title}
        user = self.person.as_user()
        names = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
        return {"id": self.id, "type": self.kind} | names

    def check_open(self) -> None:
        """Raise Refused when the bot may not write here."""
        if self.moved_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved_to)
        if self.deactivated:
            raise forbidden("user is deactivated")
        if self.blocked and self.person is None:
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        if self.blocked:
            raise forbidden("bot was blocked by the user")
        if self.person is not None and not self.started:
            raise forbidden("bot can't initiate conversation with a user")

    def add(self, content: Json, sender: Json, date: int, *, mine: bool = False, text: str = "") -> Message:
        """Add a message with the next number; `content` holds the fields beside id, date, chat and sender."""
        self.last_id += 1
        self.last_bot_wrote = mine
        raw = {"message_id": self.last_id, "date": date, "chat": self.as_chat(), "from": sender, **content}
        message = Message(raw, mine, text, raw.get("reply_markup"))
        self.messages[message.id] = message
        return message

    def sees(self) -> list[Seen]:
        """Return what the chat shows now, oldest first."""
        return [_seen(message) for message in self.messages.values()]


def _seen(message: Message) -> Seen:
    """Return a message as a person sees it."""
    raw = message.raw
    rows = raw.get("reply_markup", {}).get("inline_keyboard", [])
    file = raw.get("document", {}).get("file_name") or ("photo" if "photo" in raw else None)
    return Seen(
        id=message.id,
        from_bot=message.mine,
        text=message.text,
        buttons=tuple(tuple(button["text"] for button in row) for row in rows),
        file=file,
        reaction=message.reaction,
    )
