"""What handlers and core know of a chat: `Incoming` and `Outgoing`, in no channel's terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class IncomingKind(StrEnum):
    """What a person did in a chat.

    ARRIVED  came without a word: followed the account, opened the chat
    BY_HAND  an official answered the person by hand in the channel's own tool
    """

    TEXT = "text"
    PRESS = "press"
    START = "start"
    COMMAND = "command"
    FILE = "file"
    LOCATION = "location"
    CONTACT = "contact"
    EDIT = "edit"
    UNSUPPORTED = "unsupported"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    GROUP = "group"
    ARRIVED = "arrived"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that a person sent, as its channel names it.

    ref         the channel's own handle (a Telegram file_id, a name in our own store)
    media       `photo` or `document`
    name        the name given by the sender, for people only; never used as a path
    size        bytes, 0 when the channel does not say
    mime        the sender's claim, untrusted
    group       messages of one album share it, else None
    """

    ref: str
    media: str
    name: str
    size: int
    mime: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A position in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event of one chat.

    channel, account  which adapter, and which bot or official account of it
    chat, person      the channel's ids, always text
    event_key         unique within (channel, account); a repeated delivery carries the same key
    at                when the person did it, aware UTC
    text              typed text or caption; for COMMAND its name without slash, then a space and what followed it
    data              payload of a pressed button, the parameter of START, or of UNSUPPORTED the address of a page that
                      takes what this channel never does
    phone, own_phone  a telephone number that was shared, and whether the channel vouches that it is the person's own
    message_ref       the channel's id of the message that was written, pressed or edited
    press_id          the channel's id of a press, where the channel wants each press answered
    language, name, username   what the channel tells about the person, may be missing
    """

    channel: str
    account: str
    chat: str
    person: str
    event_key: str
    at: datetime
    kind: IncomingKind
    text: str = ""
    data: str = ""
    file: FileRef | None = None
    place: Place | None = None
    phone: str | None = None
    own_phone: bool = True
    message_ref: str | None = None
    press_id: str | None = None
    language: str | None = None
    name: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a message: `label` for people, `data` (at most 64 bytes) for us."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file of our store that goes to a person.

    ref   its name in the store
    name  what the person sees and keeps it under, with its ending
    mime  its media type, known by its content
    size  in bytes
    """

    ref: str
    name: str
    mime: str
    size: int

    @property
    def is_picture(self) -> bool:
        """Whether it can be looked at in the chat."""
        return self.mime.startswith("image/")


@dataclass(frozen=True, slots=True)
class News:
    """What a letter tells, for a channel that may have to tell it in a form approved before (Zalo's templates).

    letter  its number in the outbox
    key     the notice, `notices.<key>`
    facts   those of its facts that are nobody's secret, in Vietnamese words
    """

    letter: int
    key: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one chat, already in words.

    buttons      at most 100; a channel with fewer shows numbers instead
    columns      buttons beside each other where the channel can
    copy_code    a code that the person may want to copy, such as a petition's code
    wants        `location`, `file` or `contact` where the open question takes one: channels may offer a special key
    language     of the chat, where a channel adds words of its own
    page         how many pages of answers were leafed over, where a channel shows few buttons at once
    news         what is told, where it is a notice to this one person
    file         goes with it; the text is what stands under it
    """

    text: str
    buttons: tuple[Button, ...] = ()
    columns: int = 1
    copy_code: str | None = None
    wants: str | None = None
    language: str = "vi"
    page: int = 0
    news: News | None = None
    file: OutgoingFile | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show and take; decides how an `Outgoing` is rendered.

    longest_text    in UTF-16 units
    buttons         most buttons under one message; 0 = choices become numbered text
    edits           whether an old message's buttons can be taken away
    """

    longest_text: int
    buttons: int
    edits: bool
    files: bool
    location: bool
    contact: bool


class SendOutcome(StrEnum):
    """How an attempt to send ended.

    SENT         accepted by the channel
    RETRY        not sent for sure; may be tried again after `retry_after`
    UNKNOWN      perhaps sent (no answer came)
    REFUSED      will never be accepted in this form
    UNREACHABLE  the person blocked us or is gone
    CHANNEL_DOWN the channel's credentials are refused; stop and tell the administrator
    PARKED       not sent for sure, and for no fault of the channel: this letter waits for `retry_after` seconds, or
                 until the person writes; what else the chat gets does not wait with it
    NEEDLESS     not sent and not to be sent: its reader has it already in another chat
    """

    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CHANNEL_DOWN = "channel_down"
    PARKED = "parked"
    NEEDLESS = "needless"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The outcome with what the channel told.

    message_ref  the channel's id of the new message
    retry_after  seconds to wait for this chat
    moved_to     the chat's new id (a group that became a supergroup)
    code         the channel's own number of a refusal, 0 where it gave none
    is_begun     whether a part of it is out although the whole is not sent: what that costs is owed
    is_paid      whether the channel says that it took money for it
    """

    outcome: SendOutcome
    message_ref: str | None = None
    retry_after: float | None = None
    moved_to: str | None = None
    reason: str = ""
    code: int = 0
    is_begun: bool = False
    is_paid: bool = False


class FileGone(Exception):  # noqa: N818 - an answer about one file, not a fault
    """The channel will never give this file: it is too large, unknown, or gone."""


Clock = Callable[[], datetime]
