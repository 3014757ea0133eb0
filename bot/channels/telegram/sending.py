"""Sending by Telegram: parts in order, each refusal understood, nothing told twice by mistake."""

import logging
from collections.abc import Awaitable

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.error import TelegramError

from bot.channels.file_words import with_link, without_file
from bot.channels.parts import send_parts
from bot.channels.splitting import split_text, units
from bot.channels.telegram.attachments import Attachment, Files, find
from bot.channels.telegram.calls import LONGEST_CAPTION, LONGEST_TEXT
from bot.channels.telegram.errors import is_nothing_left_to_edit, result_of
from bot.channels.telegram.rendering import keyboard
from bot.channels.untrusted_json import encodable
from bot.messages import Outgoing, SendOutcome, SendResult

log = logging.getLogger(__name__)

STORE_RESTS = 60.0
"""Seconds after which a file is looked for again that our disk did not give. It is no fault of Telegram's."""
Part = tuple[str, InlineKeyboardMarkup | None, Attachment | None]


async def send(bot: Bot, chat: str, outgoing: Outgoing, files: Files | None = None) -> SendResult:
    """Send a message as plain text, in parts when it is long; buttons stand under the last part.

    A file goes with the first part, as a picture where Telegram takes it as one; what is too long to stand under it
    follows. Of one that is gone from our store the words are sent, and that it is gone; of one that Telegram does not
    take in any form, with a link; PARKED while it cannot be read.

    Returns the last part's reference. RETRY is said only while nothing is out yet; after a first part, what
    cannot be completed within some waiting is UNKNOWN. Raises none of Telegram's errors.
    """
    if outgoing.file is None:
        return await _send_parts(bot, chat, outgoing)
    assert files is not None  # noqa: S101 - whoever builds a channel that sends files gives them
    try:
        attachment = await find(files.store, outgoing.file)
    except FileNotFoundError:
        return await _send_parts(bot, chat, without_file(outgoing, outgoing.file))
    except OSError as error:
        reason = f"the file cannot be read now: {type(error).__name__}"
        return SendResult(SendOutcome.PARKED, retry_after=STORE_RESTS, reason=reason)
    result = await _send_parts(bot, chat, outgoing, attachment)
    if result.outcome is SendOutcome.REFUSED and not result.is_begun:
        return await _send_parts(bot, chat, with_link(outgoing, outgoing.file, files.links, files.clock()))
    return result


async def _send_parts(bot: Bot, chat: str, outgoing: Outgoing, attachment: Attachment | None = None) -> SendResult:
    return await send_parts(_parts(outgoing, attachment), lambda part: _send_safely(bot, chat, part))


def _parts(outgoing: Outgoing, attachment: Attachment | None) -> list[Part]:
    texts = split_text(outgoing.text, LONGEST_CAPTION if attachment else LONGEST_TEXT)
    under = [None] * (len(texts) - 1) + [keyboard(outgoing)]
    along = [attachment] + [None] * (len(texts) - 1)
    return list(zip(texts, under, along, strict=True))


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


async def _send_safely(bot: Bot, chat: str, part: Part) -> SendResult:
    """Send one part; when Telegram refuses its buttons, which is our fault, send the words without them."""
    text, markup, attachment = part
    result = await _send_once(bot, chat, text, markup, attachment)
    if result.outcome is SendOutcome.REFUSED:
        log.error("Telegram refuses a message of %d units: %s", units(text), result.reason)
        if markup is not None:
            return await _send_once(bot, chat, text, None, attachment)
    return result


async def _send_once(
    bot: Bot, chat: str, text: str, markup: InlineKeyboardMarkup | None, attachment: Attachment | None
) -> SendResult:
    if attachment is None:
        no_preview = LinkPreviewOptions(is_disabled=True)
        return await _told(bot.send_message(chat, text, reply_markup=markup, link_preview_options=no_preview))
    content, name = attachment.content, encodable(attachment.name)
    if attachment.is_photo:
        result = await _told(bot.send_photo(chat, content, text or None, reply_markup=markup, filename=name))
        if result.outcome is not SendOutcome.REFUSED:
            return result
        log.info("Telegram shows no picture of %d bytes: %s", len(content), result.reason)
    return await _told(bot.send_document(chat, content, text or None, reply_markup=markup, filename=name))


async def _told(call: Awaitable[Message]) -> SendResult:
    """Say what became of a call that sends something."""
    try:
        reference = str((await call).message_id)
    except TelegramError as error:
        return result_of(error)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # An answer without a message in it: nobody knows what it means for ours.
        return SendResult(SendOutcome.UNKNOWN, reason=f"no message in the answer: {type(error).__name__}")
    return SendResult(SendOutcome.SENT, message_ref=reference)
