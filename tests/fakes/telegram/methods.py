"""The methods of the Bot API that concern messages; each takes the world and the parameters, returns the result."""

from typing import Any

from tests.fakes.telegram.chats import Chat, Message
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.files import photo_told
from tests.fakes.telegram.keyboards import checked_markup
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.texts import checked_caption, checked_text, units
from tests.fakes.telegram.world import World

_LONGEST_TOAST = 200
_LARGEST_UPLOAD = {"photo": 10 * 1024 * 1024, "document": 50 * 1024 * 1024}
_ACTIONS = frozenset(
    {"typing", "upload_photo", "upload_document", "find_location", "choose_sticker", "record_voice", "upload_voice"}
)
_REACTIONS = frozenset("👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🎉 🙏 👌 🕊 💯 👀 🤝 ✍ 🫡 🤗".split())  # noqa: SIM905 - a list of signs


async def send_message(world: World, params: Params) -> Any:
    """Send a text."""
    chat = _open_chat(world, params)
    text = checked_text(params.text("text"), params.text("parse_mode"))
    return _post(world, chat, params, {"text": text}, text)


def _open_chat(world: World, params: Params) -> Chat:
    """Return the chat to write to. Raises Refused when it is unknown, closed to the bot or written to too fast."""
    chat = world.chat(params.text("chat_id"))
    chat.check_open()
    if world.pace is not None:
        world.pace.check(chat.id)
    return chat


def _post(world: World, chat: Chat, params: Params, content: dict[str, Any], text: str) -> dict[str, Any]:
    """Put a message of the bot into the chat."""
    markup = checked_markup(params.structure("reply_markup"), private=chat.kind == "private")
    reply = params.structure("reply_parameters") or {}
    if reply and reply.get("message_id") not in chat.messages and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    if markup:
        content["reply_markup"] = markup
    return chat.add(content, world.bot, world.date(), mine=True, text=text).raw


async def send_photo(world: World, params: Params) -> Any:
    """Send a picture, uploaded or by file_id."""
    return _send_file(world, params, {"photo": [{"width": 90, "height": 90} | _file_of(world, params, "photo")]})


async def send_document(world: World, params: Params) -> Any:
    """Send a file, uploaded or by file_id."""
    return _send_file(world, params, {"document": _file_of(world, params, "document")})


def _send_file(world: World, params: Params, content: dict[str, Any]) -> dict[str, Any]:
    """Put a message with a file into the chat."""
    chat = _open_chat(world, params)
    caption = checked_caption(params.text("caption"), params.text("parse_mode"))
    return _post(world, chat, params, content | ({"caption": caption} if caption else {}), caption)


def _file_of(world: World, params: Params, kind: str) -> dict[str, Any]:
    """Return the file object of an uploaded, attached or known file.

    Raises Refused when there is none, when it is empty or too large, and for a photo that is no picture or is too long.
    """
    given = params.text(kind) or ""
    upload = params.uploads.get(given.removeprefix("attach://") if given else kind)
    if upload is None:
        return world.files.describe(world.files.get(given))
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > _LARGEST_UPLOAD[kind]:
        raise bad_request(f"file is too big for a {kind}")
    told = photo_told(upload.content) if kind == "photo" else {"file_name": upload.name, "mime_type": upload.mime}
    stored = world.files.keep(upload.content, f"{kind}s", "bin", len(upload.content))
    return world.files.describe(stored) | told


async def edit_message_text(world: World, params: Params) -> Any:
    """Change text and keyboard; a keyboard that is not given is taken away."""
    chat = world.chat(params.text("chat_id"))
    chat.check_open()
    message = world.own_message(chat, params.number("message_id"), "message to edit not found")
    if "text" not in message.raw:
        raise bad_request("there is no text in the message to edit")
    text = checked_text(params.text("text"), params.text("parse_mode"))
    return _change(world, message, params, {"text": text}, text)


async def edit_message_reply_markup(world: World, params: Params) -> Any:
    """Change or take away the keyboard."""
    chat = world.chat(params.text("chat_id"))
    chat.check_open()
    message = world.own_message(chat, params.number("message_id"), "message to edit not found")
    return _change(world, message, params, {}, message.text)


def _change(world: World, message: Message, params: Params, content: dict[str, Any], text: str) -> dict[str, Any]:
    """Change a message. Raises Refused when nothing would change."""
    markup = checked_markup(params.structure("reply_markup"), private=message.raw["chat"]["type"] == "private")
    changed = {key: value for key, value in message.raw.items() if key not in {"reply_markup", "edit_date"}} | content
    if markup:
        changed["reply_markup"] = markup
    if changed == {key: value for key, value in message.raw.items() if key != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    message.raw, message.text = changed | {"edit_date": world.date()}, text
    message.keyboard = markup or message.keyboard
    return message.raw


async def answer_callback_query(world: World, params: Params) -> Any:
    """Stop the spinner of a press, once, within its life."""
    query = world.queries.get(params.text("callback_query_id") or "")
    if query is None or query.answered or query.expires <= world.clock():
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text") or ""
    if units(text) > _LONGEST_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answered, query.toast = True, text
    return True


async def send_chat_action(world: World, params: Params) -> Any:
    """Show that the bot is busy."""
    world.chat(params.text("chat_id")).check_open()
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


async def set_message_reaction(world: World, params: Params) -> Any:
    """Put one of the free reactions on a message, or take it away."""
    chat = world.chat(params.text("chat_id"))
    chat.check_open()
    message = chat.messages.get(params.number("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    signs = [each.get("emoji") for each in params.structure("reaction") or []]
    if len(signs) > 1 or not set(signs) <= _REACTIONS:
        raise bad_request("REACTION_INVALID")
    message.reaction = signs[0] if signs else None
    return True
