"""What is kept about the person in this chat, and forgetting who they are."""

from collections.abc import Mapping
from typing import Any

from bot.asking import choose
from bot.effects import Next, Offer, Option, Script, Text, perform, say
from bot.handlers import phone_news
from bot.handlers.results import STOP
from bot.scenes import Scene, ScriptSpec
from bot.starts import start_of
from storage import personal_data
from storage.desks import Desks


def my_data(scene: Scene) -> Script[Next | None]:
    """Show what is kept; let name, user name and contact be erased. Ratings and petitions stay without them."""
    kept = yield from perform("kept", lambda desks: _kept(scene, desks), final=False)
    wants_results = bool(kept.get("results"))
    told = Text("my_data.results_on" if wants_results else "my_data.results_off")
    yield from say(Text("my_data.kept", {**kept, "results": told}))
    phone = kept.get("phone", "")
    if phone == "kept":
        yield from say(Text("my_data.phone_kept"))
    offers = _offers(phone, wants_results=wants_results)
    if not kept["identities"]:
        yield from say(Text("my_data.nothing_to_erase"), offers=tuple(offers.values()))
        return None
    chosen = yield from choose("forget", Text("my_data.ask"), _options(offers))
    if isinstance(chosen, Next):
        return chosen
    if chosen:
        yield from perform("do", _forget)
        yield from say(Text("my_data.forgotten"))
    else:
        yield from say(Text("my_data.left"))
    return None


def _offers(phone: str, *, wants_results: bool) -> dict[str, Offer]:
    """Return what else the person may do about what is kept, by the id of its option."""
    offers = {"results": STOP} if wants_results else {}
    if phone == "kept":
        offers["phone"] = phone_news.STOP
    elif phone == "serves":
        offers["phone"] = phone_news.LEAVE
    return offers


def _options(offers: Mapping[str, Offer]) -> list[Option[Next | bool]]:
    return [
        Option("forget", Text("my_data.forget"), value=True, words=("xoa", "forget")),
        *(Option(name, each.label, start_of(each.start, "") or False) for name, each in offers.items()),
        Option("leave", Text("buttons.no_thanks"), value=False, words=("khong", "no")),
    ]


def _kept(scene: Scene, desks: Desks) -> dict[str, Any]:
    kept = personal_data.kept_about(desks.connection, desks.chat.person_id)
    return {
        "ratings": kept.ratings, "petitions": kept.petitions, "identities": kept.identity_parts,
        "results": int(kept.wants_results),
        "phone": "kept" if kept.has_phone else "serves" if phone_news.is_of_use(scene, desks) else "",
    }  # fmt: skip


def _forget(desks: Desks) -> None:
    personal_data.forget_identity(desks.connection, desks.chat.person_id, desks.now)


SCRIPTS = (ScriptSpec("my_data", my_data),)
