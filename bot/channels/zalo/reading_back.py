"""Messages that Zalo gave up to bring are read back from the chats themselves (zalo.md A4).

Zalo repeats an event for about two hours and then switches the webhook off. So what is older than that and not taken
yet will not come by itself any more: after an outage of ours, or as long as the webhook stays off. A message keeps its
id, and so its key: it is taken once, whichever way it comes, and answered as what it is, late.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.channels.receiving import Receiver
from bot.channels.untrusted_json import Json, words
from bot.channels.zalo.client import NoToken, ZaloClient
from bot.channels.zalo.errors import reason_of
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.channels.zalo.parsing import CHANNEL, SENT_BY_PEOPLE, ZaloAccount, id_of, key_of, moment_of
from bot.leasing import Held, Leasing
from bot.messages import Clock
from storage import channel_states, conversations, windows
from storage.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

CHATS, CHAT = "/v2.0/oa/listrecentchat", "/v2.0/oa/conversation"
RETRIED_FOR = timedelta(hours=2, minutes=15)
"""What is older than this is not brought again: five repeats take one hour and 50 minutes."""
READ_EVERY = timedelta(minutes=15)
AWAY = timedelta(hours=1, minutes=45)
"""After so long without a look something may have been given up meanwhile, whatever the newest messages are."""
LONGEST_AGO = timedelta(days=3)
"""What is older is not read back: who waited longer has found another way. Less than keys of events are kept."""
LOOK_SECONDS = 60.0
PAGE = 10
"""Rows of one call; Zalo gives no more."""
ANSWERED_WITHIN = timedelta(minutes=5)
"""What we said so soon after the last thing that was heard answers it; what comes later may stand after one missed."""
MOST_CHATS = 1000
MOST_TOLD = 200
"""Chats in which we had the last word, of which so many are looked into."""
MOST_MESSAGES = 50
"""Of one chat."""
FROM_PERSON = 1
_NAMES = {"text": "user_send_text", "link": "user_send_link"}
"""What is read back word for word. Of everything else the person is told that it could not be read."""
_UNREADABLE = "user_send_sticker"


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the list of a chat has it; `user` is whose chat it is."""

    id: str
    user: str
    at: datetime
    kind: str
    text: str
    is_a_person_s: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which it may have been taken: the list names kinds otherwise than events do."""
        return tuple(key_of({"event_name": name, "message": {"msg_id": self.id}}) for name in SENT_BY_PEOPLE)

    def event(self, zalo: ZaloAccount) -> Json:
        """Return the event that Zalo would have brought."""
        return {
            "app_id": zalo.app_id, "event_name": _NAMES.get(self.kind, _UNREADABLE),
            "timestamp": str(int(self.at.timestamp() * 1000)), "sender": {"id": self.user},
            "recipient": {"id": zalo.account}, "message": {"msg_id": self.id, "text": self.text},
        }  # fmt: skip


class ReadingFails(Exception):  # noqa: N818 - what it says
    """Zalo does not give a list."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Reads back what was missed; of several processes one does, under a lease."""

    zalo: ZaloAccount
    client: ZaloClient
    receiver: Receiver
    database: Database
    leasing: Leasing
    clock: Clock

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands until when nothing is missing."""
        return CHANNEL, f"{self.zalo.account}:read_back"

    async def run(self) -> None:
        """Read back until cancelled, whenever the lease is ours."""
        await self.leasing.while_held(f"zalo-read-back:{self.zalo.account}", self._while_ours)

    async def _while_ours(self, held: Held) -> None:
        while True:
            await held.prove(self.leasing.database)
            try:
                await self.round()
            except (ReadingFails, NotSent, NoAnswer, NoToken, StoreUnavailable) as error:
                log.warning("missed messages could not be looked for: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def round(self) -> int:
        """Look whether anything is missing, if it is time; return how many messages were taken now.

        Raises ReadingFails, NotSent, NoAnswer, NoToken, StoreUnavailable: the same is looked through again then.
        """
        now = self.clock()
        until, since = now - RETRIED_FOR, await self.database.read(self._looked_until)
        if since is None:  # nothing is missing of before our time
            await self._keep(until)
            return 0
        if since > now:  # by a clock that was set back since: what it passed over may be missing
            since = now - LONGEST_AGO
        if until - since < READ_EVERY:
            return 0
        taken = await self._look(max(since, now - LONGEST_AGO), until)
        await self._keep(until)
        return taken

    def _looked_until(self, connection: Connection) -> datetime | None:
        state = channel_states.find(connection, *self.place)
        return datetime.fromisoformat(state.reason) if state and state.reason else None

    async def _keep(self, until: datetime) -> None:
        now = self.clock()

        def put(connection: Connection) -> None:
            channel_states.put(connection, self.place, problem=None, reason=until.isoformat(), now=now)

        await self.database.write(put)

    async def _look(self, since: datetime, until: datetime) -> int:
        """Read the chats that moved since, where we were away or the last that was said in any of them is missing.

        The last word alone would do as long as nothing is taken: after an outage a later message hides the missed one.
        """
        newest = await self._listed(CHATS, {}, since, MOST_CHATS)
        if until - since < AWAY and not await self._missing(await self._last_said(newest, since), since, until):
            return 0
        found = {row.id: row for row in newest}
        for user in dict.fromkeys(row.user for row in newest):
            chat = await self._listed(CHAT, {"user_id": user}, since, MOST_MESSAGES)
            found |= {row.id: row for row in chat}
        said = _said(found.values())
        # Lists begin with the newest: of two in the same millisecond the later one stands first.
        missing = (await self._missing(said, since, until))[::-1]
        if not missing:
            return 0
        if len(await self._untaken(said)) == len(said):
            # Nobody could verify that lists and events name a message alike; where they do not, all would come twice.
            log.error("Zalo lists %d messages of which none is known here: nothing is read back", len(said))
            return 0
        missing.sort(key=lambda row: row.at)
        for row in missing:
            await self.receiver.take(row.event(self.zalo))
        log.warning("%d messages that Zalo did not bring were read back", len(missing))
        return len(missing)

    async def _last_said(self, newest: Sequence[Row], since: datetime) -> list[Row]:
        """Return the last messages of people, also those after which we told something that was no answer."""
        last = _said(newest)
        told = [row for row in newest if row.at > since and not row.is_a_person_s][:MOST_TOLD]
        users = [row.user for row in told]
        heard = await self.database.read(lambda c: windows.interactions(c, CHANNEL, self.zalo.account, users))
        for row in told:
            if row.user not in heard or row.at - heard[row.user] > ANSWERED_WITHIN:
                rows, _ = await self._page(CHAT, {"user_id": row.user}, 0)
                last += _said(rows)
        return last

    async def _missing(self, rows: Sequence[Row], since: datetime, until: datetime) -> list[Row]:
        return await self._untaken([row for row in rows if since < row.at <= until])

    async def _untaken(self, rows: Sequence[Row]) -> list[Row]:
        keys = [key for row in rows for key in row.keys]
        known = await self.database.read(lambda c: conversations.known_events(c, CHANNEL, self.zalo.account, keys))
        return [row for row in rows if known.isdisjoint(row.keys)]

    async def _listed(self, path: str, of: Json, since: datetime, most: int) -> list[Row]:
        """Read a list from its newest row to the page that reaches back to `since`. Raises ReadingFails."""
        found: list[Row] = []
        for offset in range(0, most, PAGE):
            rows, is_last = await self._page(path, of, offset)
            found += rows
            if is_last or any(row.at <= since for row in rows):
                break
        return found

    async def _page(self, path: str, of: Json, offset: int) -> tuple[list[Row], bool]:
        """Read some rows of a list; say whether there are no more. Raises ReadingFails."""
        answer = await self.client.get(path, {**of, "offset": offset, "count": PAGE})
        if not answer.is_good:
            raise ReadingFails(reason_of(answer))
        told = answer.data.get("rows") or answer.rows
        rows = [row for each in told if isinstance(each, dict) and (row := row_of(each)) is not None]
        return rows, len(told) < PAGE


def _said(rows: Iterable[Row]) -> list[Row]:
    """Leave out what we said ourselves."""
    return [row for row in rows if row.is_a_person_s]


def row_of(told: Json) -> Row | None:
    """Read one row of a list; None for one that cannot be read."""
    number, at = id_of(told.get("message_id")), moment_of({"timestamp": told.get("time")})
    is_a_person_s = told.get("src") in (FROM_PERSON, str(FROM_PERSON))
    user = id_of(told.get("from_id" if is_a_person_s else "to_id"))
    if not number or not user or at is None:
        return None
    return Row(number, user, at, words(told, "type"), words(told, "message"), is_a_person_s=is_a_person_s)
