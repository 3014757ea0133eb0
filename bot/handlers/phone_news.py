"""News of petitions by telephone number, for whom a chat cannot be written to any more: asked plainly, left as easily.

Only where it serves (`phone_consent.is_of_use`): other channels can always be written to, and need no number.
"""

from bot.asking_content import share_mobile
from bot.effects import Next, Offer, Script, Text, perform, say
from bot.scenes import Scene, ScriptSpec
from storage import phone_consent
from storage.desks import Desks

PHONE_NEWS = "phone_news"
UNASKED = Next(PHONE_NEWS, {"want": "unasked"})
"""What begins with a number that comes when nobody asks for it (any more); the number itself is not handed on."""
LEAVE = Offer(Text("phone_news.yes"), "phone:ask")
"""Where nothing was said yet of what the number is for: it begins with that."""
YES = Offer(Text("phone_news.yes"), "phone:on")
NO = Offer(Text("buttons.no_thanks"), "phone:off")
CHANGE = Offer(Text("phone_news.change"), "phone:on")
STOP = Offer(Text("phone_news.stop"), "phone:off")
SHOWN = 3
"""Last digits by which the person sees whether the number is right."""


def offer_phone_news(scene: Scene) -> Script[None]:
    """Ask, where it serves and nobody was asked within a year; it is no open question, so it can simply be ignored."""
    if scene.sends_by_phone and (yield from perform("phone", _may_ask)):
        yield from _ask()


def _ask() -> Script[None]:
    yield from say(Text("phone_news.ask"), offers=(YES, NO))


def phone_news(scene: Scene) -> Script[Next | None]:
    """Ask plainly, take a number after the person said yes to that, or do at once what is easier: withdraw."""
    want = scene.args.get("want")
    if want == "off":
        yield from perform("do", _refuse)
        yield from say(Text("phone_news.off"))
        return None
    if want == "unasked" and (yield from _tells_not_taken()):
        return None
    if not (yield from perform("serves", lambda desks: is_of_use(scene, desks), final=False)):
        yield from say(Text("phone_news.elsewhere"))
        return None
    if want != "on":
        yield from _ask()
        return None
    number = yield from share_mobile("number", Text("phone_news.ask_number"))

    def keep(desks: Desks) -> None:
        phone_consent.give(desks.connection, scene.vault, desks.chat.person_id, number, desks.now)

    yield from perform("do", keep)
    yield from say(Text("phone_news.on", {"ending": number[-SHOWN:]}), offers=(CHANGE, STOP))
    return None


def _tells_not_taken() -> Script[bool]:
    """Say that a number which nobody asked for is not kept; tell whether that is all, for an earlier one stands."""
    if not (yield from perform("stands", _is_given, final=False)):
        yield from say(Text("phone_news.not_taken"))
        return False
    yield from say(Text("phone_news.not_replaced"), offers=(CHANGE, STOP))
    return True


def is_of_use(scene: Scene, desks: Desks) -> bool:
    """Say whether a number serves the person in this chat."""
    return scene.sends_by_phone and phone_consent.is_of_use(desks.connection, desks.chat)


def _may_ask(desks: Desks) -> bool:
    return phone_consent.may_ask(desks.connection, desks.chat, desks.now)


def _is_given(desks: Desks) -> bool:
    return phone_consent.is_given(desks.connection, desks.chat.person_id)


def _refuse(desks: Desks) -> None:
    phone_consent.refuse(desks.connection, desks.chat.person_id, desks.now)


SCRIPTS = (ScriptSpec(PHONE_NEWS, phone_news),)
