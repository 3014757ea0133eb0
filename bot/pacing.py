"""How fast a bot and each of its chats may be used, kept by whoever sends for it."""

import asyncio
from dataclasses import dataclass, field

from bot.leasing import Steady, steady_seconds
from bot.loops import news
from bot.pace import Pace, begun
from bot.turns import Turn
from storage.claims import Account, Letter
from storage.outbox import Urgency

CHAT_GAP_SECONDS = 1.0
CHAT_BURST = 4
BOT_PER_SECOND = 28.0
"""Telegram lets a bot send about 30 messages a second over all chats, about one a second in each."""
LONGEST_SECONDS = 30.0
"""How long a letter waits for its pace at most: a third of the lease under which it was taken."""


@dataclass(slots=True)
class Pacing:
    """The paces of all bots and chats.

    bots   by channel and account
    chats  by our number of the chat
    lines  in which the letters of broadcasts of a bot wait, one behind the other
    """

    bots: dict[Account, Pace] = field(default_factory=dict)
    chats: dict[int, Pace] = field(default_factory=dict)
    lines: dict[Account, asyncio.Lock] = field(default_factory=dict)
    steady: Steady = steady_seconds

    def forget(self, account: Account) -> None:
        """Begin without what we remember: another process has sent since."""
        self.bots.pop(account, None)
        self.chats.clear()

    async def keep(self, letter: Letter, turn: Turn, latest: float) -> None:
        """Wait until the bot and the chat may be used again; a broadcast lets all go before that comes meanwhile.

        latest  by the steady clock: what cannot begin before is not waited for
        """
        clock, account = asyncio.get_running_loop().time, (letter.channel, letter.account)
        bot = self.bots.setdefault(account, begun(BOT_PER_SECOND, BOT_PER_SECOND, turn))
        if letter.urgency is Urgency.BROADCAST:
            async with self.lines.setdefault(account, asyncio.Lock()):
                while (rest := bot.free_in(clock())) > 0 and turn.is_on and self.steady() < latest:
                    await news(turn.over, rest)
                wait = self._take(letter, bot, turn, clock())
        else:
            wait = self._take(letter, bot, turn, clock())
        if wait > 0:
            await news(turn.over, min(wait, LONGEST_SECONDS))

    def _take(self, letter: Letter, bot: Pace, turn: Turn, now: float) -> float:
        """Take a send of the bot and of the chat; return how many seconds it has to wait for them."""
        chat = self.chats.setdefault(letter.chat_id, begun(1 / CHAT_GAP_SECONDS, CHAT_BURST, turn))
        # Taking buttons away tells nobody anything: only the bot's own pace counts for it.
        in_chat = 0.0 if "clear" in letter.body else chat.wait(now)
        self._forget_quiet_chats(now)
        return max(bot.wait(now), in_chat)

    def _forget_quiet_chats(self, now: float, most: int = 10_000) -> None:
        if len(self.chats) > most:
            self.chats = {chat: pace for chat, pace in self.chats.items() if now - pace.at < CHAT_BURST}
