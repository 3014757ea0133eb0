"""Sending a consultation message: parts in order, each refusal understood, nothing told twice by mistake."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bot.channels.parts import send_parts
from bot.channels.zalo.client import Family, NoToken, ZaloClient
from bot.channels.zalo.errors import result_of, result_without_answer
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.channels.zalo.rendering import Message
from bot.messages import SendOutcome, SendResult
from storage.database import StoreUnavailable

log = logging.getLogger(__name__)

PATH = "/v3.0/oa/message/cs"
REACTION_PATH = "/v2.0/oa/message"
RECEIVED = "/-strong"
"""The thumb up, among Zalo's signs."""


async def send_consultation(
    client: ZaloClient, chat: str, messages: Sequence[Message], without_buttons: Sequence[Message]
) -> SendResult:
    """Send what `zalo_rendering.messages` made to a user; return the last message's reference. Never raises.

    without_buttons  what goes in the place of the last one if Zalo refuses its buttons (zalo.md A5); empty: nothing
    """

    async def send(message: Message) -> SendResult:
        result = await _send_once(client, chat, message)
        if result.outcome is SendOutcome.REFUSED and without_buttons and "attachment" in message:
            log.error("Zalo refuses the buttons of a message: %s", result.reason)
            return await send_parts(without_buttons, partial(_send_once, client, chat))
        return result

    return await send_parts(messages, send)


async def send_reaction(client: ZaloClient, chat: str, message_id: str) -> SendResult:
    """Put RECEIVED onto a user's message. Never raises.

    What Zalo refuses or does not answer is not tried again, and is no failure either: nothing is lost with it.
    """
    action = {"react_icon": RECEIVED, "react_message_id": message_id}
    result = await post(client, REACTION_PATH, {"recipient": {"user_id": chat}, "sender_action": action})
    if result.outcome in (SendOutcome.RETRY, SendOutcome.CHANNEL_DOWN, SendOutcome.SENT):
        return result
    log.warning("Zalo puts no sign onto a message: %s", result.reason)
    return SendResult(SendOutcome.SENT)


async def post(client: ZaloClient, path: str, body: Mapping[str, Any], family: Family = Family.OPENAPI) -> SendResult:
    """Have one of Zalo's hosts send one message; say how it ended. Never raises."""
    try:
        answer = await client.post(path, body, business=family is Family.BUSINESS)
    except StoreUnavailable:
        # The token could not be read, so nothing was said with it.
        return SendResult(SendOutcome.RETRY, reason="the token cannot be read: the store is away")
    except (NotSent, NoAnswer, NoToken) as error:
        return result_without_answer(error)
    return result_of(answer, family)


async def _send_once(client: ZaloClient, chat: str, message: Message) -> SendResult:
    return await post(client, PATH, {"recipient": {"user_id": chat}, "message": message})
