"""The code that proves a visit: taken, or refused politely with a way out; nothing is counted of a refused one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from bot.asking import pick
from bot.asking_content import write
from bot.effects import Next, Option, Refusal, Script, Text, attempt, perform, say
from bot.scenes import Scene
from bot.starts import ASKS_CODE
from offices.units import Tier
from storage import rated_dossiers, visit_tokens, wrong_codes
from storage.desks import Desks
from storage.staff_chats import of_chat
from surveys.tokens import LONGEST_TYPED, TokenKey, could_be
from surveys.visits import Service, Visit

_GUESSED = frozenset({"errors.token_mistyped", "errors.token_foreign", "errors.token_unknown"})
"""Refusals of what may be a guess: too many of these, and nothing more is looked at for a while."""


@dataclass(frozen=True)
class Occasion:
    """What is rated, and the code that proves it, if one does."""

    visit: Visit
    token: str | None = None


@dataclass(frozen=True)
class _WayOut:
    """What somebody does instead: begin something else, give a code that he typed, or type one (`retypes`)."""

    following: Next | None = None
    typed: str = ""
    retypes: bool = False


def proved(scene: Scene, typed: str) -> Script[Occasion | Next | None]:
    """Take a code; when it opens nothing, say why and offer what can be done instead."""
    for turn in count(1):
        stored = yield from attempt(_key("token", turn), _redeeming(scene, typed))
        if not isinstance(stored, Refusal):
            return Occasion(_visit_from(stored), typed)
        is_guess = stored.reason.key in _GUESSED
        if is_guess:
            yield from perform(f"wrong.{turn}", _note_wrong)
        yield from say(stored.reason)
        way = yield from _way_out(turn, can_retype=is_guess)
        if way.following is not None:
            return way.following
        if not (way.typed or way.retypes):
            yield from say(Text("rating.left"))
            return None
        typed = way.typed or (yield from write(f"{ASKS_CODE}{turn}", Text("rating.ask_code"), longest=LONGEST_TYPED))
    return None


def _way_out(turn: int, *, can_retype: bool) -> Script[_WayOut]:
    """Ask what to do instead; who types a code once more need not press first that he wants to."""

    def search(text: str) -> list[Option[_WayOut]]:
        return [Option("code", Text("rating.retype"), _WayOut(typed=text))] if could_be(text) else []

    options = [
        Option("open", Text("rating.without_code"), _WayOut(Next("rating")), ("danh gia", "rate")),
        Option("petition", Text("menu.petition"), _WayOut(Next("petition")), ("phan anh", "kien nghi", "report")),
        Option("no", Text("buttons.no_thanks"), _WayOut(), ("khong", "no")),
    ]
    if can_retype:
        options.insert(0, Option("retype", Text("rating.retype"), _WayOut(retypes=True), ("go lai", "again")))
    return (yield from pick(f"{ASKS_CODE}instead.{turn}", Text("rating.instead"), options, search))


def _key(name: str, turn: int) -> str:
    """Name what is done in a turn; the first has kept the name that it had when there was only one."""
    return name if turn == 1 else f"{name}.{turn}"


def _redeeming(scene: Scene, typed: str) -> Callable[[Desks], dict[str, Any]]:
    def redeem(desks: Desks) -> dict[str, Any]:
        wrong_codes.check(desks.connection, desks.chat.person_id, desks.now)
        visit = redeemed(desks, scene.token_key, typed)
        return {
            "unit": visit.unit, "field": visit.field, "service": visit.service.value, "dossier": visit.dossier,
            "verified": visit.verified, "assisted": visit.assisted, "procedure": visit.procedure,
            "level": visit.level,
        }  # fmt: skip

    return redeem


def redeemed(desks: Desks, key: TokenKey, typed: str) -> Visit:
    """Use the code up; in the chat of an official of the rated unit it is one that he fills in for somebody.

    Who opened it before and answered nothing has his rating closed, so that the dossier keeps one.
    """
    visit = visit_tokens.redeem(desks.connection, key, typed, desks.chat.person_id, desks.now)
    if visit.dossier is not None:
        for left in rated_dossiers.open_of_others(desks.connection, visit.dossier, desks.chat.person_id):
            desks.ratings.abandon(left)
    official, directory = of_chat(desks.connection, desks.chat.id), desks.reference.directory
    if official is None or official.unit not in directory or visit.unit not in directory:
        return visit
    own = directory.covers(official.unit, visit.unit, desks.today) or directory.covers(
        visit.unit, official.unit, desks.today
    )
    return replace(visit, verified=False, assisted=True) if own else visit


def _visit_from(stored: dict[str, Any]) -> Visit:
    level = stored.get("level")  # not told by journals of before
    return Visit(**{**stored, "service": Service(stored["service"]), "level": Tier(level) if level else None})


def _note_wrong(desks: Desks) -> None:
    wrong_codes.note(desks.connection, desks.chat.person_id, desks.now)
