"""What is kept about the person in this chat, and forgetting who they are."""

from bot.conversations import Scene, ScriptSpec
from bot.effects import Next, Option, Script, Text, choose, perform, say
from storage import personal_data
from storage.desks import Desks


def my_data(_scene: Scene) -> Script[Next | None]:
    """Show what is kept; let name, user name and contact be erased. Ratings and petitions stay without them."""
    kept = yield from perform("kept", _kept, final=False)
    yield from say(Text("my_data.kept", kept))
    if not kept["identities"]:
        yield from say(Text("my_data.nothing_to_erase"))
        return None
    forget = Option("forget", Text("my_data.forget"), value=True, words=("xoa", "forget"))
    leave = Option("leave", Text("buttons.no_thanks"), value=False, words=("khong", "no"))
    if (yield from choose("forget", Text("my_data.ask"), [forget, leave])):
        yield from perform("do", _forget)
        yield from say(Text("my_data.forgotten"))
    else:
        yield from say(Text("my_data.left"))
    return None


def _kept(desks: Desks) -> dict[str, int]:
    kept = personal_data.kept_about(desks.connection, desks.chat.person_id)
    return {"ratings": kept.ratings, "petitions": kept.petitions, "identities": kept.identity_parts}


def _forget(desks: Desks) -> None:
    personal_data.forget_identity(desks.connection, desks.chat.person_id, desks.now)


SCRIPTS = (ScriptSpec("my_data", my_data),)
