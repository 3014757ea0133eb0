"""The beginning of every conversation: what can be done here; help; the language."""

from collections.abc import Sequence

from bot.asking import choose, is_shown
from bot.effects import Ask, Json, Matcher, Next, Option, Refused, Reply, Script, Text, perform, say
from bot.handlers.common import named
from bot.scenes import Scene, ScriptSpec
from offices.errors import DomainError
from offices.words import fold
from petitions.codes import is_code
from storage import chats
from storage.desks import Desks

LONG_ENOUGH_TO_SEND = 15
"""Letters from which on a text sent out of the blue may be a petition."""


def menu(scene: Scene) -> Script[Next | None]:
    """Greet, and ask what to do; a code is taken at once, whether it is typed out of the blue or into the menu."""
    typed = str(scene.args.get("text", ""))
    if scene.token_key.knows(typed):
        return Next("rating", {"token": typed})
    if is_code(typed):
        return Next("lookup", {"code": typed})
    is_official = yield from perform("official", _is_official, final=False)
    if scene.args.get("aside"):
        yield from say(Text("menu.aside", {"text": typed}))
    if scene.args.get("unknown"):
        yield from say(Text("menu.unknown_link"))
    options = _options(typed, is_official=is_official)
    authority = named(scene.reference.directory.unit(scene.reference.root).name)
    greeting = Text("menu.greeting", {"authority": authority})
    prompt = Text("menu.what_with_it") if len(fold(typed)) >= LONG_ENOUGH_TO_SEND else greeting
    return (yield from _chosen_or_told(scene, prompt, options))


def _chosen_or_told(scene: Scene, prompt: Text, options: Sequence[Option[Next]]) -> Script[Next]:
    """Ask what to do; who was greeted and then sends a code, or what he has to say, need not press first."""

    def read(reply: Reply, match: Matcher) -> Json:
        if is_shown(options, reply.option):
            return reply.option
        found = match(reply.text, options) if reply.text else None
        if found is None and not _says_it_all(scene, reply.text):
            raise Refused(Text("refused.choice"))
        return {"text": reply.text} if found is None else found

    answer: Json = yield Ask("what", prompt, read, lambda value: _fits(options, value), tuple(options))
    if isinstance(answer, dict):
        return Next("menu", {"text": answer["text"]})
    return next(option.value for option in options if option.id == answer)


def _says_it_all(scene: Scene, text: str) -> bool:
    return scene.token_key.knows(text) or is_code(text) or len(fold(text)) >= LONG_ENOUGH_TO_SEND


def _fits(options: Sequence[Option[Next]], value: Json) -> bool:
    return isinstance(value.get("text"), str) if isinstance(value, dict) else is_shown(options, value)


def not_read(page: str) -> Text:
    """Say what can be read here; where that is text alone, `page` is the address of one that takes more."""
    return Text("engine.text_only", {"page": page}) if page else Text("engine.unsupported")


def _options(typed: str, *, is_official: bool) -> list[Option[Next]]:
    options = [
        Option("rating", Text("menu.rating"), Next("rating"), ("danh gia", "rate")),
        Option("petition", Text("menu.petition"), Next("petition"), ("phan anh", "kien nghi", "report")),
        Option("lookup", Text("menu.lookup"), Next("lookup"), ("tra cuu", "ket qua", "track")),
        Option("my_data", Text("menu.my_data"), Next("my_data"), ("du lieu", "data")),
        Option("language", Text("menu.language"), Next("language"), ("english", "tieng viet", "ngon ngu")),
    ]
    if len(fold(typed)) >= LONG_ENOUGH_TO_SEND:
        options.insert(0, Option("send", Text("menu.send_text"), Next("petition", {"text": typed}), ("gui",)))
    if is_official:
        options.insert(0, Option("cases", Text("menu.cases"), Next("cases"), ("viec", "cases")))
    return options


def _is_official(desks: Desks) -> bool:
    try:
        return desks.official().active
    except DomainError:
        return False


def help_page(_scene: Scene) -> Script[Next | None]:
    """Say what the service does, and what it is not for."""
    yield from say(Text("menu.help"))
    return None


def language(_scene: Scene) -> Script[Next | None]:
    """Ask for the language of this chat and use it from now on."""
    options = [
        Option("vi", Text("menu.in_vietnamese"), "vi", ("tieng viet", "vietnamese")),
        Option("en", Text("menu.in_english"), "en", ("tieng anh", "english")),
    ]
    chosen = yield from choose("language", Text("menu.which_language"), options)

    def keep(desks: Desks) -> Json:
        chats.set_language(desks.connection, desks.chat.id, chosen)

    yield from perform("keep", keep)
    return Next("menu")


def denunciation(_scene: Scene) -> Script[Next | None]:
    """Lead to the lawful channel; nothing of what was written is kept."""
    yield from say(Text("petition.denunciation"))
    return None


SCRIPTS = (
    ScriptSpec("menu", menu),
    ScriptSpec("help", help_page),
    ScriptSpec("language", language),
    ScriptSpec("denunciation", denunciation),
)
