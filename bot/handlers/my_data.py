"""What is kept about the person in this chat, and forgetting who they are."""

from bot.asking import choose
from bot.conversations import Scene, ScriptSpec
from bot.effects import Next, Option, Script, Text, perform, say
from bot.handlers.results import STOP
from storage import personal_data
from storage.desks import Desks


def my_data(_scene: Scene) -> Script[Next | None]:
    """Show what is kept; let name, user name and contact be erased. Ratings and petitions stay without them."""
    kept = yield from perform("kept", _kept, final=False)
    wants_results = bool(kept.get("results"))
    told = Text("my_data.results_on" if wants_results else "my_data.results_off")
    yield from say(Text("my_data.kept", {**kept, "results": told}))
    if not kept["identities"]:
        yield from say(Text("my_data.nothing_to_erase"), offers=(STOP,) if wants_results else ())
        return None
    chosen = yield from choose("forget", Text("my_data.ask"), _options(wants_results=wants_results))
    if isinstance(chosen, Next):
        return chosen
    if chosen:
        yield from perform("do", _forget)
        yield from say(Text("my_data.forgotten"))
    else:
        yield from say(Text("my_data.left"))
    return None


def _options(*, wants_results: bool) -> list[Option[Next | bool]]:
    options: list[Option[Next | bool]] = [
        Option("forget", Text("my_data.forget"), value=True, words=("xoa", "forget")),
        Option("leave", Text("buttons.no_thanks"), value=False, words=("khong", "no")),
    ]
    if wants_results:
        stop: Option[Next | bool] = Option("results", STOP.label, Next("results", {"want": "off"}))
        options.insert(1, stop)
    return options


def _kept(desks: Desks) -> dict[str, int]:
    kept = personal_data.kept_about(desks.connection, desks.chat.person_id)
    return {
        "ratings": kept.ratings, "petitions": kept.petitions, "identities": kept.identity_parts,
        "results": int(kept.wants_results),
    }  # fmt: skip


def _forget(desks: Desks) -> None:
    personal_data.forget_identity(desks.connection, desks.chat.person_id, desks.now)


SCRIPTS = (ScriptSpec("my_data", my_data),)
