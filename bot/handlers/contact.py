"""Somebody shares his own telephone number: with his consent his dossiers are recognised by it, and he is invited."""

from bot.asking import choose
from bot.effects import Next, Option, Script, Text, perform, say
from bot.scenes import Scene, ScriptSpec
from storage import reach
from storage.desks import Desks


def contact(scene: Scene) -> Script[Next | None]:
    """Ask before anything is kept; `mark` is the digest of the number, which itself is kept nowhere."""
    agree = Option("agree", Text("contact.agree"), value=True, words=("dong y", "co", "yes"))
    refuse = Option("refuse", Text("buttons.no_thanks"), value=False, words=("khong", "no"))
    if (yield from choose("consent", Text("contact.ask"), [agree, refuse])):
        yield from perform("do", lambda desks: _recognise(desks, str(scene.args["mark"])))
        yield from say(Text("contact.kept"))
    else:
        yield from say(Text("contact.left"))
    return None


def _recognise(desks: Desks, mark: str) -> None:
    reach.recognise(desks.connection, desks.chat.person_id, mark, desks.now)


SCRIPTS = (ScriptSpec("contact", contact),)
