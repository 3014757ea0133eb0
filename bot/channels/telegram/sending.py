"""Sending by Telegram: parts in order, each refusal understood, nothing told twice by mistake."""

import logging

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import TelegramError

from bot.channels.parts import send_parts
from bot.channels.splitting import split_text, units
from bot.channels.telegram.calls import LONGEST_TEXT
from bot.channels.telegram.errors import is_nothing_left_to_edit, result_of
from bot.channels.telegram.rendering import keyboard
from bot.messages import Outgoing, SendOutcome, SendResult

log = logging.getLogger(__name__)


async def send(bot: Bot, chat: str, outgoing: Outgoing) -> SendResult:
    """Send a message as plain text, in parts when it is long; buttons stand under the last part.

    Returns the last part's reference. RETRY is said only while nothing is out yet; after a first part, what
    cannot be completed within some waiting is UNKNOWN. Raises none of Telegram's errors.
    """
    *earlier, last = split_text(outgoing.text, LONGEST_TEXT)
    parts = [*((part, None) for part in earlier), (last, keyboard(outgoing))]
    return await send_parts(parts, lambda part: _send_safely(bot, chat, *part))


async def clear_buttons(bot: Bot, chat: str, message_ref: str) -> SendResult:
    """Take the buttons of an old message away; done, too, when it has none any more, is gone or too old."""
    try:
        await bot.edit_message_reply_markup(chat, int(message_ref))
    except ValueError:
        return SendResult(SendOutcome.REFUSED, reason="not a message of Telegram")
    except TelegramError as error:
        if not is_nothing_left_to_edit(error):
            return result_of(error)
    return SendResult(SendOutcome.SENT, message_ref=message_ref)


async def _send_safely(bot: Bot, chat: str, text: str, markup: InlineKeyboardMarkup | None) -> SendResult:
    """Send one part; when Telegram refuses its buttons, which is our fault, send the words without them."""
    result = await _send_once(bot, chat, text, markup)
    if result.outcome is SendOutcome.REFUSED:
        log.error("Telegram refuses a message of %d units: %s", units(text), result.reason)
        if markup is not None:
            return await _send_once(bot, chat, text, None)
    return result


async def _send_once(bot: Bot, chat: str, text: str, markup: InlineKeyboardMarkup | None) -> SendResult:
    no_preview = LinkPreviewOptions(is_disabled=True)
    try:
        message = await bot.send_message(chat, text, reply_markup=markup, link_preview_options=no_preview)
        reference = str(message.message_id)
    except TelegramError as error:
        return result_of(error)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # An answer without a message in it: nobody knows what it means for ours.
        return SendResult(SendOutcome.UNKNOWN, reason=f"no message in the answer: {type(error).__name__}")
    return SendResult(SendOutcome.SENT, message_ref=reference)
