"""Shorter waits for a channel that does not answer, so that a test sees in seconds what takes minutes in service."""

from dataclasses import dataclass
from datetime import timedelta

from bot import delivery, outcomes, pacing, trouble
from bot.channels.telegram import channel
from bot.channels.zalo.client import ZaloClient


@dataclass(frozen=True)
class Haste:
    """What a service of a test waits for, in seconds; the constants say what holds in service.

    answer    for the next piece of an answer
    poll      Telegram keeps a question for updates open
    pause     the longest rest of a poller after failures
    look      between looks at a channel that is away
    risk      between looks with a letter that may come only once
    again     the longest wait before a letter is tried again
    idle      between two looks into the outbox
    per_bot   sends a second
    per_chat  seconds between two letters to one chat
    """

    answer: float = 0.6
    poll: int = 1
    pause: float = 0.2
    look: float = 0.3
    risk: float = 0.5
    again: float = 0.4
    idle: float = 0.1
    per_bot: float = pacing.BOT_PER_SECOND
    per_chat: float = 0.1

    def take_hold(self) -> None:
        """Set it in this process, before anything is built."""
        (ZaloClient.__init__.__kwdefaults__ or {})["timeout"] = self.answer  # bound when the class was made
        channel.ANSWER_SECONDS, channel.LONGEST_POLL, channel.LONGEST_PAUSE = self.answer, self.poll, self.pause
        trouble.LOOKED_AT_EVERY, trouble.RISKED_EVERY = timedelta(seconds=self.look), timedelta(seconds=self.risk)
        outcomes.LONGEST_WAIT = outcomes.LONGEST_WAIT_OF_REPLY = timedelta(seconds=self.again)
        delivery.IDLE_SECONDS = self.idle
        pacing.BOT_PER_SECOND, pacing.CHAT_GAP_SECONDS = self.per_bot, self.per_chat
