"""A scripted phone: what a person does in the chat with the bot, and what he sees."""

import asyncio
from typing import Any

from tests.fakes.telegram.chats import Chat, Message, Person, Seen
from tests.fakes.telegram.keyboards import Json, button_labelled
from tests.fakes.telegram.world import World

_GIF = b"GIF89a"


class Phone:
    """One person in the private chat with the bot (or in a group: `chat=`)."""

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person = world, person
        self.chat = world.chats.setdefault(person.id, Chat(person.id, "private", person=person))

    async def types(self, text: str, *, chat: Chat | None = None, reply_to: int | None = None, **extra: Any) -> int:
        """Send a text; `extra` are further members of the Message. Return its number."""
        content: Json = {"text": text, **_entities(text), **extra}
        return self._sends(content, text, chat, reply_to)

    async def starts(self, param: str = "") -> int:
        """Press Start, perhaps by a link with a parameter."""
        return await self.types(f"/start {param}".strip())

    async def sends_photo(
        self, content: bytes = _GIF, *, caption: str = "", album: str | None = None, size: int | None = -1
    ) -> int:
        """Send a picture in two sizes; `size` overrides what Telegram claims (None: claims nothing)."""
        small = self._keep(b"small", "photos", "jpg", -1)
        large = self._keep(content, "photos", "jpg", size)
        sizes = [{**small, "width": 90, "height": 60}, {**large, "width": 1280, "height": 853}]
        return self._sends({"photo": sizes, **_caption(caption), **_album(album)}, caption)

    async def sends_album(self, *contents: bytes, caption: str = "") -> list[int]:
        """Send several pictures at once: separate messages with one media_group_id."""
        group = str(13_000_000_000_000_000 + self.chat.last_id)
        captions = [caption, *[""] * len(contents)]
        return [
            await self.sends_photo(each, caption=said, album=group)
            for each, said in zip(contents, captions, strict=False)
        ]

    async def sends_document(
        self,
        content: bytes,
        *,
        name: str | None = "don.pdf",
        mime: str | None = "application/pdf",
        caption: str = "",
        size: int | None = -1,
    ) -> int:
        """Send a file; name and mime are the client's claims and may be missing."""
        claims = {key: value for key, value in {"file_name": name, "mime_type": mime}.items() if value is not None}
        document = self._keep(content, "documents", "bin", size) | claims
        return self._sends({"document": document, **_caption(caption)}, caption)

    async def sends_location(self, latitude: float, longitude: float, *, live: int | None = None) -> int:
        """Send a position; `live` seconds make it one that keeps moving."""
        place: Json = {"latitude": latitude, "longitude": longitude} | ({"live_period": live} if live else {})
        return self._sends({"location": place}, "")

    async def moves(self, message_id: int, latitude: float, longitude: float) -> None:
        """Move a live position: it comes as an edited message."""
        place = self.chat.messages[message_id].raw["location"] | {"latitude": latitude, "longitude": longitude}
        self._edit(self.chat.messages[message_id], {"location": place})

    async def shares_contact(self, phone: str, *, of: int | None = None) -> int:
        """Send a contact card, the own one unless `of` names another user."""
        card = {"phone_number": phone, "first_name": "Mẫu", "user_id": self.person.id if of is None else of}
        return self._sends({"contact": card}, "")

    async def sends_sticker(self) -> int:
        """Send a sticker."""
        sticker = self._keep(b"webp", "stickers", "webp", -1)
        return self._sends(
            {"sticker": {**sticker, "type": "regular", "width": 1, "height": 1, "is_animated": False}}, ""
        )

    async def sends_voice(self) -> int:
        """Send a voice message."""
        return self._sends({"voice": {**self._keep(b"ogg", "voice", "oga", -1), "duration": 3}}, "")

    async def edits(self, message_id: int, text: str) -> None:
        """Change the own message."""
        message = self.chat.messages[message_id]
        message.text = text
        self._edit(message, {"caption" if "text" not in message.raw else "text": text})

    async def presses(self, label: str, *, on: int | None = None, chat: Chat | None = None) -> str:
        """Press the button with this label (or one that contains it); return the query's id.

        on  the message; without it the last one that has a keyboard. A message named here may have lost its
            keyboard since: an old client still shows it.
        """
        place = chat or self.chat
        message = place.messages[on] if on is not None else _last_with_keyboard(place)
        keyboard = message.keyboard if on is not None else message.raw.get("reply_markup")
        button = button_labelled(keyboard, label)
        if "callback_data" not in button:
            raise AssertionError(f"the button {label!r} sends nothing to the bot")
        return await self.presses_data(button["callback_data"], on=message.id, chat=place)

    async def presses_data(self, data: str, *, on: int, chat: Chat | None = None, inaccessible: bool = False) -> str:
        """Send a press with any data, as a forged client can.

        inaccessible  the message is too old for the server to show: date 0, no text
        """
        place = chat or self.chat
        query = self.world.new_query(self.person.id)
        message = {"chat": place.as_chat(), "message_id": on, "date": 0} if inaccessible else place.messages[on].raw
        press = {
            "id": query.id,
            "from": self.person.as_user(),
            "message": message,
            "chat_instance": "-376",
            "data": data,
        }
        self.world.mailbox.add("callback_query", press, ("user", self.person.id))
        return query.id

    async def blocks(self) -> None:
        """Block the bot."""
        self.chat.blocked = True
        self._membership("member", "kicked")

    async def unblocks(self) -> None:
        """Let the bot write again."""
        self.chat.blocked = False
        self._membership("kicked", "member")

    def toasts(self) -> list[str | None]:
        """Return what the answers to the presses showed, None where the spinner still turns."""
        return [query.toast for query in self.world.queries.values() if query.person == self.person.id]

    def sees(self) -> list[Seen]:
        """Return what the private chat shows now, oldest first."""
        return self.chat.sees()

    def hears(self) -> list[str]:
        """Return only what the bot said."""
        return [seen.text for seen in self.sees() if seen.from_bot]

    async def reads(self, part: str, *, within: float = 5.0) -> Seen:
        """Wait until a message of the bot contains `part` and return it. Raises AssertionError after `within` s."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while loop.time() < until:
            for seen in reversed(self.sees()):
                if seen.from_bot and part in seen.text:
                    return seen
            await asyncio.sleep(0.01)
        raise AssertionError(f"{part!r} was not said; the bot said {self.hears()}")

    def _sends(self, content: Json, text: str, chat: Chat | None = None, reply_to: int | None = None) -> int:
        """Put a message into the chat and, where the bot may see it, into its mailbox."""
        place = chat or self.chat
        place.started = True
        if reply_to is not None:
            content["reply_to_message"] = place.messages[reply_to].raw
        bot_spoke_last = place.last_bot_wrote
        message = place.add(content, self.person.as_user(), self.world.date(), text=text)
        if place.kind == "private" or not self.world.privacy or self._meant_for_bot(message, bot_spoke_last):
            self.world.mailbox.add("message", message.raw, ("chat", place.id))
        return message.id

    def _meant_for_bot(self, message: Message, bot_spoke_last: bool) -> bool:  # noqa: FBT001 - private
        """Whether privacy mode shows the message: a reply to the bot or a command for it."""
        if message.raw.get("reply_to_message", {}).get("from", {}).get("id") == self.world.bot["id"]:
            return True
        command = message.text.split(maxsplit=1)[0] if message.text.startswith("/") else ""
        return command.endswith(f"@{self.world.bot['username']}") or bool(
            command and "@" not in command and bot_spoke_last
        )

    def _edit(self, message: Message, change: Json) -> None:
        """Change the own message and tell the bot."""
        message.raw = {**message.raw, **change, "edit_date": self.world.date()}
        self.world.mailbox.add("edited_message", message.raw, ("chat", self.chat.id))

    def _membership(self, old: str, new: str) -> None:
        """Tell the bot that the person blocked or unblocked it."""
        change = {
            "chat": self.chat.as_chat(),
            "from": self.person.as_user(),
            "date": self.world.date(),
            "old_chat_member": {"user": self.world.bot, "status": old},
            "new_chat_member": {"user": self.world.bot, "status": new} | ({"until_date": 0} if new == "kicked" else {}),
        }
        self.world.mailbox.add("my_chat_member", change, ("member", self.chat.id))

    def _keep(self, content: bytes, folder: str, ending: str, size: int | None) -> Json:
        """Store a file; size -1 means its true size."""
        stored = self.world.files.keep(content, folder, ending, len(content) if size == -1 else size)
        return self.world.files.describe(stored)


def _entities(text: str) -> Json:
    """Return the entity that Telegram finds in a command."""
    if not text.startswith("/"):
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]}


def _caption(caption: str) -> Json:
    """Return the caption's member, none when it is empty."""
    return {"caption": caption} if caption else {}


def _album(group: str | None) -> Json:
    """Return the album's member, none outside one."""
    return {"media_group_id": group} if group else {}


def _last_with_keyboard(chat: Chat) -> Message:
    """Return the last message that shows a keyboard. Raises AssertionError when none does."""
    for message in reversed(chat.messages.values()):
        if "reply_markup" in message.raw:
            return message
    raise AssertionError("no message shows buttons")
