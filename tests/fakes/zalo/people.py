"""The people of the fake: a chat with the Official Account each, and what they see there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.zalo.errors import Refused
from tests.fakes.zalo.uploads import Upload

FREE = timedelta(hours=48)
BILLED = timedelta(days=7)

Json = dict[str, Any]


@dataclass
class Message:
    """One message of a chat.

    mine     sent by the Official Account: by the program (`by` empty) or by a person in OA Manager (`by` his id)
    buttons  as they were sent; they stay as long as the message does
    kind     text, image, file, request_user_info, template ...
    upload   the account's picture or file; the text is the caption of a picture, or the name of a file
    values   what stands in the parameters of a template, by their names
    """

    id: str
    at: datetime
    text: str
    mine: bool = False
    by: str = ""
    kind: str = "text"
    buttons: tuple[Json, ...] = ()
    quotes: str = ""
    reaction: str = ""
    template: str = ""
    tracking: str = ""
    upload: Upload | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """One message as a person sees it: `buttons` are the titles."""

    id: str
    from_oa: bool
    text: str
    buttons: tuple[str, ...] = ()
    kind: str = "text"
    reaction: str = ""


@dataclass
class Person:
    """Somebody with Zalo.

    id           per Official Account; another app knows the person by another id
    phone        `84...`, for messages by phone
    last         the last interaction; None: never wrote, followed or pressed
    restricted   the number with which sending to the person is refused, such as -213, -227, -244; None: it is not
    """

    id: str
    name: str = "Công dân mẫu"
    phone: str = ""
    follows: bool = False
    last: datetime | None = None
    restricted: int | None = None
    shares_info: bool = False
    messages: list[Message] = field(default_factory=list)

    def window(self, now: datetime) -> str:
        """Return `free`, `billed` or `closed` for a consultation message at this moment."""
        if self.last is None or now - self.last > BILLED:
            return "closed"
        return "free" if now - self.last <= FREE else "billed"

    def check_reachable(self) -> None:
        """Raise Refused when Zalo lets nothing through to the person."""
        if self.restricted is not None:
            raise Refused(self.restricted, "User does not receive messages of this Official Account")

    def message(self, message_id: str) -> Message | None:
        """Return one message of the chat."""
        return next((each for each in self.messages if each.id == message_id), None)

    def sees(self) -> list[Seen]:
        """Return what the chat shows, oldest first."""
        return [
            Seen(each.id, each.mine, each.text, tuple(button["title"] for button in each.buttons), each.kind,
                 each.reaction)
            for each in self.messages
        ]  # fmt: skip
