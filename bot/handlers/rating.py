"""Rating a visit: which office, then the questionnaire; under a minute for the quick one."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from bot.asking import choose, pick
from bot.effects import Json, Named, Next, Option, Refusal, Script, Text, attempt, perform, say
from bot.handlers.common import (
    MOST_SHOWN,
    find_units,
    named,
    pick_field_or_skip,
    unit_option,
    visited_units,
)
from bot.handlers.questions import ask_item
from bot.handlers.rating_code import Occasion, proved, redeemed
from bot.handlers.results import offer_results
from bot.scenes import Scene, ScriptSpec
from offices.errors import DomainError
from offices.fields import Scope
from offices.units import UnitKind
from storage.desks import Desks
from storage.reference import Reference
from surveys.items import AnswerValue, Item
from surveys.questionnaires import About, Questionnaire
from surveys.visits import Service, Visit

QUICK, FULL = "quick", "sipas"
DISSATISFIED = 2
"""Scores up to this offer to write a petition at once."""

BY_CODE = "code:"
"""Before a rating code where the code of a unit is expected; no unit's code has a colon."""

_COUNTERS = (UnitKind.ONE_STOP, UnitKind.SERVICE_CENTRE)


def rate(scene: Scene) -> Script[Next | None]:
    """Take one rating; a low score offers a petition, a good one the full questionnaire."""
    occasion = yield from _occasion(scene)
    if not isinstance(occasion, Occasion):
        return occasion
    visit = occasion.visit
    wanted = yield from _wanted(scene)
    number = yield from attempt("begin", lambda desks: _begin(desks, scene, occasion, wanted))
    if isinstance(number, Refusal):
        yield from say(number.reason)
        return None
    # The rating knows its version, though a new one may be asked by the time it goes on.
    code, version = yield from perform("asked", lambda desks: _asked(desks, number))
    questionnaire = scene.reference.questionnaires.load(code, version)
    answers = yield from _ask_all(scene, questionnaire, number, visit)
    if isinstance(answers, Refusal):
        # Closed elsewhere already, or its questionnaire was withdrawn: what was answered stays and counts.
        yield from attempt("leave", lambda desks: desks.ratings.abandon(number))
        yield from say(answers.reason)
        return None
    following = yield from _afterwards(scene, occasion, questionnaire, answers)
    if following is None and not (visit.assisted or scene.args.get("shared")):
        yield from offer_results()
    return following


def _occasion(scene: Scene) -> Script[Occasion | Next | None]:
    """Find out what is rated: a dossier's code says it all, a poster says the unit, else it is asked."""
    typed = scene.args.get("token")
    if typed:
        return (yield from proved(scene, str(typed)))
    unit = str(scene.args.get("unit", ""))
    if unit and unit not in scene.reference.directory:
        yield from say(Text("rating.unit_unknown"))
        unit = ""
    heir = scene.reference.directory.heir(unit, scene.today) if unit else None
    picked = heir.code if heir else (yield from _unit_or_code(scene))
    if picked.startswith(BY_CODE):
        return (yield from proved(scene, picked.removeprefix(BY_CODE)))
    field = scene.args.get("field") or (yield from _field(scene, picked))
    return Occasion(Visit(picked, field, _service(scene, picked)))


def _unit_or_code(scene: Scene) -> Script[str]:
    """Ask for the unit by choice or by name; a rating code without its prefix is taken here, too, after BY_CODE."""

    def search(text: str) -> list[Option[str]]:
        if scene.token_key.knows(text):
            return [Option("code", Text("rating.by_code"), BY_CODE + text)]
        return find_units(scene, text)

    shown = [unit_option(unit) for unit in islice(visited_units(scene), MOST_SHOWN)]
    return (yield from pick("unit", Text("rating.which_unit"), shown, search))


def _field(scene: Scene, unit: str) -> Script[str | None]:
    """Ask for the field where a counter serves many; elsewhere the unit tells it."""
    found = scene.reference.directory.unit(unit)
    if found.kind in _COUNTERS:
        served = _served(scene.reference, scene.today)
        prompt = Text("rating.which_field_tablet" if scene.args.get("shared") else "rating.which_field")
        return (yield from pick_field_or_skip("field", prompt, scene, served))
    return found.fields[0] if len(found.fields) == 1 else None


@lru_cache(8)
def _served(reference: Reference, day: date) -> tuple[str, ...]:
    """List the fields of procedures that some unit answers for on that day."""
    served = {code for unit in reference.directory.on(day) for code in unit.fields}
    return tuple(each.code for each in reference.fields if each.scope is Scope.ADMINISTRATIVE and each.code in served)


def _service(scene: Scene, unit: str) -> Service:
    kind = scene.reference.directory.unit(unit).kind
    if kind is UnitKind.PUBLIC_SERVICE:
        return Service.PUBLIC_SERVICE
    return Service.AGENCY if kind in (UnitKind.STANDING, UnitKind.OFFICE) else Service.TTHC


def _wanted(scene: Scene) -> Script[str]:
    """Tell which questionnaire to ask: the one that the link names while it is asked, else the quick one."""
    named_in_link = scene.args.get("questionnaire")
    found = scene.reference.questionnaires.in_force(str(named_in_link or QUICK), scene.today)
    if found is None or found.about is not About.VISIT:
        yield from say(Text("rating.questionnaire_unknown"))
        return QUICK
    return found.code


def _begin(desks: Desks, scene: Scene, occasion: Occasion, questionnaire: str) -> int:
    if occasion.token:
        # Another app may have taken the code over since it was opened here.
        redeemed(desks, scene.token_key, occasion.token)
    return desks.ratings.begin(desks.chat.person_id, occasion.visit, questionnaire, desks.chat.channel)


def _asked(desks: Desks, number: int) -> list[Json]:
    rating = desks.ratings.rating(number)
    return [rating.questionnaire, rating.version]


def _ask_all(
    scene: Scene, questionnaire: Questionnaire, number: int, visit: Visit
) -> Script[dict[str, AnswerValue | None] | Refusal]:
    """Ask item after item; each answer counts as soon as it is given. Refused when the rating was closed elsewhere."""
    answers: dict[str, AnswerValue | None] = {}
    unit = named(scene.reference.directory.unit(visit.unit).name)
    while open_items := questionnaire.path(answers):
        item = open_items[0]
        prompt = _prompt(questionnaire, item, unit, is_first=not answers)
        answers[item.code] = yield from ask_item(f"item.{item.code}", item, prompt)
        saved = yield from attempt(f"save.{item.code}", _saving(number, item.code, answers[item.code]), final=False)
        if isinstance(saved, Refusal):
            return saved
    finished = yield from attempt("finish", lambda desks: desks.ratings.finish(number))
    return finished if isinstance(finished, Refusal) else answers


def _saving(number: int, item: str, value: AnswerValue | None) -> Any:
    def save(desks: Desks) -> Json:
        desks.ratings.answer(number, item, value)

    return save


def _prompt(questionnaire: Questionnaire, item: Item, unit: Named, *, is_first: bool) -> Text | Named:
    question = named(item.prompt)
    if is_first:
        return Text("rating.first", {"unit": unit, "question": question})
    if item.factor:
        return Text("rating.of_factor", {"factor": named(questionnaire.factors[item.factor]), "question": question})
    return question


def _afterwards(
    scene: Scene, occasion: Occasion, questionnaire: Questionnaire, answers: Mapping[str, AnswerValue | None]
) -> Script[Next | None]:
    visit = occasion.visit
    overall = answers.get("overall")
    if isinstance(overall, int) and overall <= DISSATISFIED:
        yield from say(Text("rating.sorry"))
        carried = {"unit": visit.unit, "field": visit.field, "text": answers.get("comment")}
        carried |= {"shared": scene.args.get("shared")}
        offer = Option("write", Text("rating.write_petition"), value=True, words=("co", "yes"))
        if (yield from choose("offer", Text("rating.offer_petition"), [offer, _no_thanks()])):
            return Next("petition", {name: value for name, value in carried.items() if value})
    elif questionnaire.code == QUICK and scene.reference.questionnaires.in_force(FULL, scene.today):
        yield from say(Text("rating.thanks"))
        more = Option("more", Text("rating.rate_fully"), value=True, words=("co", "yes"))
        if (yield from choose("offer", Text("rating.offer_full"), [more, _no_thanks()])):
            # With the code that proved the visit, so that the long rating is as proved as the short one.
            carried = {"unit": visit.unit, "questionnaire": FULL, "field": visit.field, "token": occasion.token}
            carried |= {"shared": scene.args.get("shared")}
            return Next("rating", {name: value for name, value in carried.items() if value})
    yield from say(Text("rating.goodbye"))
    return None


def _no_thanks() -> Option[bool]:
    return Option("no", Text("buttons.no_thanks"), value=False, words=("khong", "no"))


def left_open(desks: Desks, journal: Mapping[str, Json]) -> None:
    """Close the rating of a conversation that was left; the answers given stay and count."""
    begun = journal.get("begin")
    if isinstance(begun, dict) and "result" in begun:
        try:
            desks.ratings.abandon(begun["result"])
        except DomainError:
            return  # finished before it was left


SCRIPTS = (ScriptSpec("rating", rate, abandoned=left_open),)
