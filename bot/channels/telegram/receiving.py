"""What takes the raw updates of a Telegram bot: its parser, and the spinner of a press that is stopped at once."""

from collections.abc import Callable
from typing import Any

import orjson

from bot.channels.receiving import Accept, DeadLetter, Receiver
from bot.channels.telegram.parsing import CHANNEL, Telegram, events_of
from bot.channels.untrusted_json import Json, member, whole, words
from bot.messages import Clock, Incoming


def telegram_receiver(
    bot: Callable[[], Telegram],
    accept: Accept,
    dead_letter: DeadLetter,
    press_heard: Callable[[str], None],
    clock: Clock,
) -> Receiver:
    """Return what takes the raw updates of one bot.

    bot          the bot as far as it is known: its name comes only after the first answer of Telegram
    press_heard  stops the spinner of a press, at once and without waiting
    """

    def heard(incoming: Incoming) -> None:
        if incoming.press_id:
            press_heard(incoming.press_id)

    return Receiver(
        channel=CHANNEL,
        account=bot().account,
        parse=lambda update: events_of(update, bot(), clock()),
        accept=accept,
        dead_letter=dead_letter,
        heard=heard,
    )


def reply_to(update: Any) -> bytes:
    """Return what the answer to a webhook carries: the call that stops the spinner of a press; nothing for the rest.

    Telegram does it as if it had been called and tells nobody how it went, so no other call goes this way. This one is
    no loss when it fails, and costs next to nothing here: called for each press, it took a third of all computing.
    """
    press_id = words(member(update, "callback_query"), "id") if isinstance(update, dict) else ""
    return orjson.dumps({"method": "answerCallbackQuery", "callback_query_id": press_id}) if press_id else b""


def conversation_of(update: Any) -> tuple[str, int]:
    """Return what an update is to be kept in order with: its chat, or itself when it has none."""
    content: Json = {}
    if isinstance(update, dict):
        content = next((part for part in update.values() if isinstance(part, dict)), {})
    chat = whole(member(content, "chat"), "id") or whole(member(member(content, "message"), "chat"), "id")
    return ("chat", chat) if chat is not None else ("alone", id(update))
