"""The list of message templates, read from Zalo now and then: which there are, what they need and cost."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.channels.untrusted_json import words
from bot.channels.zalo.client import NO_CODE, NoToken, ZaloClient, code_of
from bot.channels.zalo.errors import reason_of
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.loops import keep_going, resting
from bot.messages import Clock
from storage import channel_states, zalo_templates, zalo_tokens
from storage.database import Database
from storage.zalo_templates import NO_ANSWER, NO_TOKEN, Template, TemplateParam

log = logging.getLogger(__name__)

READ_EVERY = timedelta(hours=1)
LOOK_SECONDS = 60.0
PAGE = 100
MOST = 2000
"""Templates that are read at most."""
LONGEST_VALUE = 200
"""Assumed of a parameter that says nothing about it; Zalo allows no more anywhere."""


class ListFails(Exception):  # noqa: N818 - what it says
    """Zalo does not give the list."""


async def read_templates(client: ZaloClient) -> tuple[list[Template], list[str]]:
    """Return all templates of the account, and the numbers of those that Zalo lists but does not tell of now.

    Raises ListFails, NotSent, NoAnswer, NoToken.
    """
    found: list[Template] = []
    untold: list[str] = []
    for offset in range(0, MOST, PAGE):
        query = {"offset": offset, "limit": PAGE, "status": 1, "filterPreset": 0}
        answer = await client.get("/template/all", query, business=True)
        if not answer.is_good:
            raise ListFails(reason_of(answer))
        for number in [str(row["templateId"]) for row in answer.rows if row.get("templateId")]:
            told = await _read_one(client, number)
            if told is None:
                untold.append(number)
            else:
                found.append(told)
        if len(answer.rows) < PAGE:
            break
    return found, untold


async def _read_one(client: ZaloClient, number: str) -> Template | None:
    answer = await client.get("/template/info/v2", {"template_id": number}, business=True)
    if not answer.is_good:
        log.warning("template %s is not told of: %s", number, reason_of(answer))
        return None
    return template_of(number, dict(answer.data))


def template_of(number: str, told: dict[str, Any]) -> Template:
    """Return a template as Zalo describes it."""
    params = told.get("listParams")
    return Template(
        number, words(told, "templateName") or number, words(told, "status"),
        _number(told, "templateType", 1), _number(told, "templateTag", 1),
        _price(told, "price_uid", "priceUid", "price") or 0,
        tuple(_param(each) for each in params if isinstance(each, dict)) if isinstance(params, list) else (),
        _price(told, "price_sdt", "priceSdt", "price"),
    )  # fmt: skip


def _price(told: Mapping[str, Any], *names: str) -> int | None:
    """Return the first price above nothing under these names; None: what is not known is not spent, nor "0" believed.

    A price of nothing would pass every cap.
    """
    return next((price for name in names if (price := _number(told, name, 0)) > 0), None)


def _param(told: dict[str, Any]) -> TemplateParam:
    return TemplateParam(
        words(told, "name"), told.get("require") is not False, _number(told, "minLength", 0),
        _number(told, "maxLength", LONGEST_VALUE),
    )  # fmt: skip


def _number(told: Mapping[str, Any], name: str, otherwise: int) -> int:
    """Return a number that may be written as text; `otherwise` where there is none."""
    value = told.get(name)
    text = value.partition(".")[0] if isinstance(value, str) else value
    found = code_of(text)
    return otherwise if found == NO_CODE or found < 0 else found


@dataclass(frozen=True, slots=True)
class TemplateList:
    """The loop that keeps the list fresh; of several processes one reads."""

    account: str
    client: ZaloClient
    database: Database
    clock: Clock

    async def run(self) -> None:
        """Read until cancelled."""
        await keep_going("zalo templates", self.round, resting(LOOK_SECONDS))

    async def round(self) -> int:
        """Read the list if its time has come; 0."""
        place, now = zalo_templates.place(self.account), self.clock()
        state, pause = await self.database.read(
            lambda connection: (channel_states.find(connection, *place), self._pause(connection, now))
        )
        if not channel_states.is_due(state, now, pause):
            return 0
        if await self.database.write(lambda c: channel_states.take_turn(c, *place, now, pause)):
            reason = await self._read(now)
            await self.database.write(lambda c: channel_states.put(c, place, problem=None, reason=reason, now=now))
        return 0

    def _pause(self, connection: Connection, now: datetime) -> timedelta:
        """Return how long a list serves: one that was asked for before the account's tokens came serves no longer."""
        tokens = zalo_tokens.look(connection, self.account)
        age = now - tokens.obtained_at if tokens else READ_EVERY
        return min(READ_EVERY, age) if age > timedelta(0) else READ_EVERY

    async def _read(self, now: datetime) -> str | None:
        """Read and keep the list; return why it did not come, None when it did.

        The reason is one of NO_TOKEN and NO_ANSWER, else what Zalo said.
        """
        try:
            found, untold = await read_templates(self.client)
        except (ListFails, NotSent, NoAnswer, NoToken) as error:
            log.warning("the list of templates could not be read: %s", error)
            if isinstance(error, ListFails):
                return str(error)
            return NO_TOKEN if isinstance(error, NoToken) else NO_ANSWER
        await self.database.write(partial(zalo_templates.keep, templates=found, untold=untold, now=now))
        return None
