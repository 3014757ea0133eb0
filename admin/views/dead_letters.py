"""What failed for good: events that could not be handled, messages that could not be sent, and how channels are.

What a person wrote is folded away. Who wants to see it says so by a button, and the look is written down; names,
numbers and chats stay hidden even then, for they can be revealed in one way only (`storage.identity`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from admin.alarms import CHANNEL_NAMES, PATH, words_of_problem
from admin.calls import Call, see_other
from admin.pages import Page
from admin.paging import Paging, paging_of
from storage import channel_states, dead_letters, undelivered, unknown_events, watched
from storage.channel_states import SYSTEM, ChannelState
from storage.dead_letters import OF_UNKNOWN_KIND, STATES, UNKNOWN, WAITING, DeadLetter
from storage.undelivered import Undelivered
from storage.unknown_events import UnknownKind

__all__ = ["PATH", "act", "act_on_undelivered", "retry_all", "show"]

SECTION = "dead_letters"
ROWS = 20
EVENT, MESSAGE = "event", "message"
HIDDEN = "…"
IDENTITY = frozenset({
    "name", "username", "phone", "phone_number", "first_name", "last_name", "title", "from", "chat", "person",
    "contact", "sender_chat", "user", "vcard", "external_chat", "forward_origin",
})  # fmt: skip
"""Parts of an event that say who it is from, in our own words and in Telegram's."""

Act = Callable[[Connection, int, datetime, str], object]
_EVENT_ACTS: Mapping[str, Act] = {
    "retry": lambda connection, number, now, actor: dead_letters.retry(connection, number, now=now, actor=actor),
    "discard": lambda connection, number, now, actor: dead_letters.discard(connection, number, now=now, actor=actor),
}
_MESSAGE_ACTS: Mapping[str, Act] = {
    "retry": lambda connection, number, now, actor: undelivered.send_again(connection, number, now=now, actor=actor),
    "discard": lambda connection, number, now, actor: undelivered.discard(connection, number, now=now, actor=actor),
}


@dataclass(frozen=True)
class Opened:
    """What one row holds: `what` says of which table, `words` is what a person wrote or reads, `whole` the rest."""

    what: str
    number: int
    words: str
    whole: str


@dataclass(frozen=True)
class List:
    """A page of a table with the addresses of the pages beside."""

    rows: Sequence[Any]
    paging: Paging
    back: str
    on: str


@dataclass(frozen=True)
class DeadLettersPage(Page):
    """Both tables and the channels; `opened` is the one row that is looked into."""

    state: str
    counts: Mapping[str, int]
    events: List
    messages: List
    channels: Sequence[tuple[str, ChannelState, str]]
    now: datetime
    unknown: Sequence[UnknownKind]
    opened: Opened | None = None
    states = STATES
    waiting = WAITING
    of_unknown_kind = OF_UNKNOWN_KIND
    channel_names = CHANNEL_NAMES
    template: ClassVar[str] = "dead_letters.html"

    def opened_row(self, what: str, number: int) -> Opened | None:
        """Give what this row holds, if it is the one that is looked into."""
        is_it = self.opened is not None and (self.opened.what, self.opened.number) == (what, number)
        return self.opened if is_it else None


async def show(call: Call) -> web.StreamResponse:
    """Show what waits, or what became of what waited."""
    return call.page(await call.read(lambda connection: _page(call, connection)), SECTION)


async def act(call: Call) -> web.StreamResponse:
    """Look into an event, have it tried again or drop it."""
    if call.part("act") == "look":
        return await _look(call, EVENT)
    return await _act(call, _EVENT_ACTS, "event")


async def act_on_undelivered(call: Call) -> web.StreamResponse:
    """Look into a message, send it again or settle it."""
    if call.part("act") == "look":
        return await _look(call, MESSAGE)
    return await _act(call, _MESSAGE_ACTS, "message")


async def retry_all(call: Call) -> web.StreamResponse:
    """Have all events that wait tried again, or all of kinds that were not known."""
    state = UNKNOWN if call.form.text("state") == UNKNOWN else "new"

    def job(connection: Connection) -> None:
        dead_letters.retry_all(connection, now=call.now, actor=call.actor, state=state)
        watched.note_failures(connection, call.now)

    await call.write(job)
    return see_other(PATH, done="event_retry")


async def _act(call: Call, acts: Mapping[str, Act], what: str) -> web.Response:
    chosen, number = acts.get(call.part("act")), call.number("letter")
    if chosen is None:
        raise web.HTTPNotFound

    def job(connection: Connection) -> None:
        chosen(connection, number, call.now, call.actor)
        watched.note_failures(connection, call.now)  # at once: a line above the page that is no more true confuses

    await call.write(job)
    return see_other(PATH, done=f"{what}_{call.part('act')}")


async def _look(call: Call, what: str) -> web.Response:
    number = call.number("letter")
    look_into = dead_letters.look_into if what == EVENT else undelivered.look_into

    def job(connection: Connection) -> DeadLettersPage:
        raw = look_into(connection, number, now=call.now, actor=call.actor)
        state = dead_letters.one(connection, number).state if what == EVENT else ""
        return _page(call, connection, _opened(what, number, raw), state)

    return call.page(await call.write(job), SECTION)


def _page(call: Call, connection: Connection, opened: Opened | None = None, state: str = "") -> DeadLettersPage:
    wanted = state or call.query("state")
    chosen = wanted if wanted in STATES else "new"
    counts = dead_letters.count_by_state(connection)

    def events(skip: int) -> Sequence[DeadLetter]:
        return dead_letters.some(connection, chosen, skip=skip, limit=ROWS)

    def messages(skip: int) -> Sequence[Undelivered]:
        return undelivered.some(connection, skip=skip, limit=ROWS)

    return DeadLettersPage(
        state=chosen,
        counts=counts,
        events=_list(call, "page", counts.get(chosen, 0), events),
        messages=_list(call, "messages", undelivered.count(connection), messages),
        channels=_channels(call, connection),
        now=call.now,
        unknown=unknown_events.every(connection) if chosen == UNKNOWN else (),
        opened=opened,
    )


def _channels(call: Call, connection: Connection) -> list[tuple[str, ChannelState, str]]:
    """List the channels: name, state, problem in words (empty when all is well)."""
    states = [each for each in channel_states.every(connection) if each.channel != SYSTEM]
    told = (words_of_problem(each, call.words) if each.problem else "" for each in states)
    names = (CHANNEL_NAMES.get(each.channel, each.channel) for each in states)
    return list(zip(names, states, told, strict=True))


def _list(
    call: Call, name: str, rows: int, some: Callable[[int], Sequence[DeadLetter] | Sequence[Undelivered]]
) -> List:
    """Read the page of a table that the address asks for; the other table stays where it is."""
    paging = paging_of(call.query(name), rows, ROWS)
    others = {key: call.query(key) for key in ("state", "page", "messages") if call.query(key)}

    def address(page: int) -> str:
        return f"{PATH}?{urlencode({**others, name: page})}#{name}"

    return List(some((paging.number - 1) * ROWS), paging, address(paging.number - 1), address(paging.number + 1))


def _opened(what: str, number: int, raw: Mapping[str, Any]) -> Opened:
    whole = _read_update(raw)
    return Opened(what, number, _words(whole), json.dumps(_without_identity(whole), ensure_ascii=False, indent=2))


def _read_update(raw: Mapping[str, Any]) -> Any:
    """Read what a channel sent, which is kept as it came; what is no JSON stays as it is."""
    try:
        return json.loads(raw["update"]) if set(raw) == {"update"} else dict(raw)
    except (ValueError, TypeError, RecursionError):
        return dict(raw)


def _words(value: Any) -> str:
    """Find what was written: the first text or caption there is."""
    if isinstance(value, dict):
        found = next((value[name] for name in ("text", "caption") if isinstance(value.get(name), str)), "")
        return str(found) or next((words for part in value.values() if (words := _words(part))), "")
    return ""


def _without_identity(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if name in IDENTITY else _without_identity(part) for name, part in value.items()}
    return [_without_identity(part) for part in value] if isinstance(value, list) else value
