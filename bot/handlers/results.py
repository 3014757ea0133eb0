"""Being told what came of one's ratings: offered after the thanks, taken or left by one press, given up as easily."""

from bot.effects import Next, Offer, Script, Text, perform, say
from bot.scenes import Scene, ScriptSpec
from storage import results_consent
from storage.desks import Desks

YES = Offer(Text("results.yes"), "results:on")
NO = Offer(Text("buttons.no_thanks"), "results:off")
STOP = Offer(Text("buttons.results_off"), "results:off")


def offer_results() -> Script[None]:
    """Ask, where nobody was asked within a year; it is no open question, so it can simply be ignored."""
    if (yield from perform("results", _may_ask)):
        yield from say(Text("results.ask"), offers=(YES, NO))


def results(scene: Scene) -> Script[Next | None]:
    """Do at once what was asked for, and say how it is undone."""
    if scene.args.get("want") == "on":
        yield from perform("do", _give)
        yield from say(Text("results.on"), offers=(STOP,))
    else:
        yield from perform("do", _refuse)
        yield from say(Text("results.off"))
    return None


def _may_ask(desks: Desks) -> bool:
    return results_consent.may_ask(desks.connection, desks.chat.person_id, desks.now)


def _give(desks: Desks) -> None:
    results_consent.give(desks.connection, desks.chat.person_id, desks.now)


def _refuse(desks: Desks) -> None:
    results_consent.refuse(desks.connection, desks.chat.person_id, desks.now)


SCRIPTS = (ScriptSpec("results", results),)
