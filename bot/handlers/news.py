"""Whether a chat gets what is sent to everybody: stopped by one press or two words, and begun again as easily."""

from bot.effects import Next, Script, Text, perform, say
from bot.scenes import Scene, ScriptSpec
from storage.broadcasts import audience
from storage.desks import Desks


def news(scene: Scene) -> Script[Next | None]:
    """Do at once what was asked for, and say how it is undone."""
    if scene.args.get("want") == "on":
        yield from perform("do", lambda desks: audience.accept(desks.connection, desks.chat.id))
        yield from say(Text("news.on"))
    else:
        yield from perform("do", _refuse)
        yield from say(Text("news.off"))
    return None


def _refuse(desks: Desks) -> None:
    audience.refuse(desks.connection, desks.chat.id, desks.now)


SCRIPTS = (ScriptSpec("news", news),)
