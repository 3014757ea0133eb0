"""A scripted phone: what a person does in the chat with the Official Account, and what he sees."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.fakes.zalo import events
from tests.fakes.zalo.people import Message, Person, Seen
from tests.fakes.zalo.templates import RATING
from tests.fakes.zalo.webhook import Event
from tests.fakes.zalo.world import Json, World

_PNG = b"\x89PNG\r\n\x1a\n"


class Phone:
    """One person in the chat with the Official Account."""

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person = world, person

    async def types(self, text: str, *, quotes: str = "") -> str:
        """Send a text; return its msg_id."""
        return self._sends("user_send_text", {"text": text, **({"quote_msg_id": quotes} if quotes else {})}, text)

    async def presses(self, label: str, *, on: str = "") -> str:
        """Press the button with this title (or one that contains it), of message `on` or the last that has buttons.

        A button stays for ever and sends its payload as a typed text. Raises AssertionError where there is none, or
        one that sends nothing.
        """
        shown = self.person.message(on) if on else self._last_with_buttons()
        found = [each for each in (shown.buttons if shown else ()) if label in each["title"]]
        exact = [each for each in found if each["title"] == label]
        if not found:
            raise AssertionError(f"no button {label!r} under {shown}")
        button = (exact or found)[0]
        if not button["type"].startswith("oa.query."):
            raise AssertionError(f"the button {label!r} sends nothing to the Official Account")
        return await self.presses_payload(button["payload"], seen=button["type"] == "oa.query.show")

    async def presses_payload(self, payload: str, *, seen: bool = False) -> str:
        """Send a press with any payload; it cannot be told from a typed text."""
        return self._sends("user_send_text", {"text": payload}, payload if seen else "")

    async def follows(self) -> None:
        """Press "Quan tâm"."""
        self.person.follows, self.person.restricted = True, None
        self._interacts()
        self._tell(events.flat(self.world, self.person, "follow", source="oa_profile"))

    async def unfollows(self) -> None:
        """Take it back; messages still arrive."""
        self.person.follows = False
        self._tell(events.flat(self.world, self.person, "unfollow", source="oa_profile"))

    async def opens_chat(self) -> None:
        """Press "Nhắn tin" on the page of the Official Account."""
        self._interacts()
        self._tell(events.flat(self.world, self.person, "user_click_chatnow"))

    async def stays_away(self, length: timedelta) -> None:
        """Let the last interaction, if there was one, lie so much longer ago; no event tells of it."""
        if self.person.last is not None:
            self.person.last -= length

    async def refuses_messages(self, number: int = -244) -> None:
        """Let nothing through any more; no event tells of it."""
        self.person.restricted = number

    async def sends_image(self, content: bytes = _PNG, *, text: str = "", ending: str = "jpg") -> str:
        """Send a picture, perhaps with a text."""
        url = self._keep(content, ending)
        payload = {"url": url, "thumbnail": url}
        return self._attaches("user_send_image", "image", payload, text, "image")

    async def sends_file(self, content: bytes, *, name: str = "don.pdf", size: str | None = None) -> str:
        """Send a document; size is told in bytes, as a text."""
        ending = name.rpartition(".")[2]
        payload = {
            "url": self._keep(content, ending), "name": name, "type": ending, "checksum": "0" * 32,
            "size": str(len(content)) if size is None else size,
        }  # fmt: skip
        return self._attaches("user_send_file", "file", payload, "", "file")

    async def sends_audio(self, content: bytes = b"#!AMR") -> str:
        """Send a voice message."""
        return self._attaches("user_send_audio", "audio", {"url": self._keep(content, "amr")}, "", "audio")

    async def sends_location(self, latitude: float, longitude: float) -> str:
        """Send a position: two texts."""
        place = {"coordinates": {"latitude": str(latitude), "longitude": str(longitude)}}
        return self._attaches("user_send_location", "location", place, "", "location")

    async def sends_sticker(self) -> str:
        """Send a sticker."""
        payload = {"id": "21979", "url": self._keep(_PNG, "png")}
        return self._attaches("user_send_sticker", "sticker", payload, "", "sticker")

    async def sends_business_card(self) -> str:
        """Send somebody's card."""
        payload = {"url": "https://zalo.me/0", "thumbnail": "", "description": "{}"}
        return self._attaches("user_send_business_card", "link", payload, "", "link")

    async def sends_any(self, name: str, message: Json) -> Event:
        """Send an event of any name, also one that no client makes."""
        self._interacts()
        return self._tell(events.from_person(self.world, self.person, name, message))

    async def submits_info(self, phone: Any, name: str = "Công dân mẫu", *, old_form: bool = False) -> None:
        """Answer a request for name and phone; the phone comes as a number or a text."""
        self.person.shares_info = True
        self._interacts()
        address: Json = {"address": "1 Đường Mẫu", "city": "Mẫu", "district": "Mẫu", "ward": "Mẫu"}
        if not old_form:
            full = {"user_city": "Mẫu", "user_ward": "Mẫu", "user_address": "1 Đường Mẫu"}
            address = {"user_dob": "", "gender": "", "full_address": full}
        self._tell(events.info(self.world, self.person, {"name": name, "phone": phone, **address}))

    async def rates(self, message_id: str, stars: int, note: str = "", reasons: tuple[str, ...] = ()) -> Event:
        """Answer a ZBS rating message. Raises AssertionError for another message."""
        message = self.person.message(message_id)
        assert message is not None
        assert self.world.templates[message.template].kind == RATING
        answer: Json = {"rate": stars, "note": note, "feedbacks": list(reasons)}
        body = events.feedback(self.world, message, answer)
        self.world.ratings.append({**body["message"], "template_id": message.template})
        return self._tell(body)

    def sees(self) -> list[Seen]:
        """Return what the chat shows, oldest first."""
        return self.person.sees()

    def hears(self) -> list[str]:
        """Return only what the Official Account said."""
        return [seen.text for seen in self.sees() if seen.from_oa]

    async def reads(self, part: str, *, within: float = 5.0) -> Seen:
        """Wait until the Official Account has said something with `part`. Raises AssertionError after `within` s."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while loop.time() < until:
            for seen in reversed(self.sees()):
                if seen.from_oa and part in seen.text:
                    return seen
            await asyncio.sleep(0.01)
        raise AssertionError(f"{part!r} was not said; the Official Account said {self.hears()}")

    def _attaches(self, name: str, kind: str, payload: Json, text: str, shown: str) -> str:
        attachment = {"attachments": [{"type": kind, "payload": payload}], **({"text": text} if text else {})}
        return self._sends(name, attachment, text, shown)

    def _sends(self, name: str, message: Json, text: str, kind: str = "text") -> str:
        """Put a message into the chat and tell of it; a press that is not seen is in no chat."""
        self._interacts()
        message_id = self.world.new_id()
        if text or kind != "text":
            self.person.messages.append(Message(message_id, self.world.clock(), text, kind=kind))
        self._tell(events.from_person(self.world, self.person, name, {"msg_id": message_id, **message}))
        return message_id

    def _interacts(self) -> None:
        self.person.last = self.world.clock()

    def _tell(self, body: Json) -> Event:
        return self.world.courier.send(body, self.person.id)

    def _keep(self, content: bytes, ending: str) -> str:
        return f"{self.world.files_base}{self.world.uploads.send(content, ending)}"

    def _last_with_buttons(self) -> Message | None:
        return next((each for each in reversed(self.person.messages) if each.buttons), None)
