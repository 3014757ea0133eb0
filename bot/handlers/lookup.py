"""Following a petition by its code; its sender adds, supplies, withdraws, rates the answer, asks for a second look."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import count
from typing import Any

from bot.asking import choose
from bot.asking_content import attach, write
from bot.effects import Next, Option, Refusal, Script, Text, attempt, say
from bot.handlers.common import LONGEST_TEXT, named
from bot.handlers.files import as_kept, hand_over_each
from bot.handlers.petition import LARGEST_FILE, MOST_FILES
from bot.handlers.questions import ask_item
from bot.scenes import Scene, ScriptSpec
from offices.errors import DomainError
from petitions.lifecycle import Event
from storage import petition_files
from storage.desks import Desks
from storage.facts import Ref
from surveys.items import AnswerValue

FILES = "files"
"""The choice beside those steps that shows the files of the answer."""
OWN_STEPS = (Event.SUPPLY, Event.ADD, Event.RATE_ANSWER, Event.SECOND_LOOK, Event.WITHDRAW)
LONGEST_COMMENT = 1000
ANSWER = "petition-answer"


def lookup(scene: Scene) -> Script[Next | None]:
    """Show where a petition stands; offer its sender what the lifecycle allows now."""
    state = yield from _state(scene)
    if state is None:
        return None
    yield from say(_state_text(state))
    step = yield from _step(scene, state)
    if step is None:
        if (yield from _offers_rating(state)):
            return Next("rating", {"unit": state["unit"]})
        if state["steps"] or not state["open"]:
            yield from say(Text("lookup.left"))
        return None
    done = yield from _STEPS[step](scene, state["code"])
    yield from say(
        done.reason if isinstance(done, Refusal) else Text(f"lookup.done_{step.value}", {"code": state["code"]})
    )
    return None


def _state(scene: Scene) -> Script[dict[str, Any] | None]:
    """Find the petition; three wrong codes end the conversation."""
    typed = str(scene.args.get("code") or "")
    for turn in count(1):
        if not typed:
            typed = yield from write(f"code.{turn}", Text("lookup.ask_code"), longest=40)
        found = yield from attempt(f"state.{turn}", _reading(typed))
        if not isinstance(found, Refusal):
            return {"files": (), **found}  # journals of before answers had files do not say
        yield from say(found.reason)
        if turn == MOST_TRIES:
            yield from say(Text("lookup.too_often"))
            return None
        typed = ""
    return None


MOST_TRIES = 3


def _reading(code: str) -> Callable[[Desks], dict[str, Any]]:
    def read(desks: Desks) -> dict[str, Any]:
        state = desks.petitions.state(code)
        return {
            "code": state.code,
            "status": state.status.value,
            "unit": state.unit,
            "submitted_on": state.submitted_on.isoformat(),
            "due_on": state.due_on.isoformat(),
            "provisional": state.provisional,
            "late": state.late,
            "open": state.status.is_open,
            "steps": [event.value for event in _own_steps(desks, state.code)],
            **_answer(desks, state.code),
        }

    return read


def _own_steps(desks: Desks, code: str) -> tuple[Event, ...]:
    """List what the person in this chat may do with the petition: nothing for who did not send it."""
    try:
        possible = desks.petitions.possible(code, desks.citizen)
    except DomainError:
        return ()
    return tuple(event for event in OWN_STEPS if event in possible)


def _answer(desks: Desks, code: str) -> dict[str, Any]:
    """Return the answer and its files, for nobody but who sent the petition."""
    try:
        petition = desks.petitions.see(code, desks.citizen)
    except DomainError:
        return {"answer": "", "files": []}
    files = desks.petitions.draft_files(petition) if petition.answer else ()
    return {"answer": petition.answer or "", "files": as_kept(petition, files)}


def _state_text(state: Mapping[str, Any]) -> Text:
    lateness = "late" if state["late"] else "in_time" if state["open"] else "closed"
    facts = {
        "code": state["code"],
        "status": Ref("status", state["status"]),
        "unit": Ref("unit", state["unit"]),
        "submitted_on": date.fromisoformat(state["submitted_on"]),
        "lateness": Text(f"lookup.{lateness}", {"due_on": date.fromisoformat(state["due_on"])}),
    }
    if state["answer"]:
        key = "lookup.state_with_files" if state["files"] else "lookup.state_with_answer"
        return Text(key, {**facts, "answer": state["answer"], "files": len(state["files"])})
    return Text("lookup.state", facts)


def _step(scene: Scene, state: Mapping[str, Any]) -> Script[Event | None]:
    offered = [Event(value) for value in state["steps"]]
    wanted = scene.args.get("event")
    if wanted in state["steps"]:
        return Event(str(wanted))
    if not offered and not state["files"]:
        return None
    options: list[Option[Event | str | None]] = []
    options += [Option(event.value, Text(f"lookup.{event.value}"), event) for event in offered]
    options.append(Option("nothing", Text("buttons.no_thanks"), None, ("khong", "no")))
    key = "step"
    if state["files"]:
        files: Option[Event | str | None] = Option(FILES, Text("lookup.files"), FILES, ("tep", "xem tep", "files"))
        chosen = yield from choose(key, Text("lookup.ask_step"), [files, *options])
        if chosen != FILES:
            return Event(chosen) if chosen else None
        yield from hand_over_each(state["code"], state["files"])
        key = "step.after"
    chosen = yield from choose(key, Text("lookup.ask_step"), options)
    return Event(chosen) if chosen else None


def _offers_rating(state: Mapping[str, Any]) -> Script[bool]:
    """Somebody who only looked may rate the unit that has it."""
    if state["open"]:
        return False
    rate = Option("rate", Text("lookup.rate_unit"), value=True, words=("danh gia",))
    done = Option("done", Text("buttons.no_thanks"), value=False, words=("khong", "no"))
    return (yield from choose("rate", Text("lookup.ask_rate_unit"), [rate, done]))


def _say_more(code: str, event: Event) -> Script[Any]:
    """Take a text and files for a petition: an addition, or what the unit asked for."""
    text = yield from write("text", Text(f"lookup.ask_{event.value}"), longest=LONGEST_TEXT)
    files = yield from attach(
        "file", Text("petition.ask_files", {"most": MOST_FILES}), Text("petition.another_file"),
        most=MOST_FILES, largest=LARGEST_FILE,
    )  # fmt: skip

    def take(desks: Desks) -> None:
        kept, to_fetch = petition_files.split(desks.chat, files)
        step = desks.petitions.supply if event is Event.SUPPLY else desks.petitions.add
        step(code, desks.citizen, text, kept)
        petition_files.fetch_later(desks.connection, desks.chat, code, to_fetch, desks.now)

    return (yield from attempt("do", take))


def _withdraw(_scene: Scene, code: str) -> Script[Any]:
    sure = Option("sure", Text("lookup.withdraw"), value=True, words=("co", "rut", "yes"))
    keep = Option("keep", Text("lookup.keep"), value=False, words=("khong", "no"))
    if not (yield from choose("sure", Text("lookup.ask_withdraw"), [sure, keep])):
        return Refusal(Text("lookup.kept"))
    return (yield from attempt("do", lambda desks: _nothing(desks.petitions.withdraw(code, desks.citizen))))


def _rate_answer(scene: Scene, code: str) -> Script[Any]:
    """Ask what the questionnaire for answers says: one score and at most one text, which the petition keeps."""
    # An answer may always be rated, whatever days its wordings have.
    known = scene.reference.questionnaires
    asked = known.in_force(ANSWER, scene.today) or known.load(ANSWER)
    score = yield from ask_item("score", asked.items[0], named(asked.items[0].prompt))
    comment: AnswerValue | None = None
    for item in asked.items[1:]:
        comment = yield from ask_item("comment", item, named(item.prompt), longest=LONGEST_COMMENT)

    def rate(desks: Desks) -> None:
        desks.petitions.rate_answer(code, desks.citizen, int(score or 0), str(comment or ""))

    return (yield from attempt("do", rate))


def _second_look(_scene: Scene, code: str) -> Script[Any]:
    why = yield from write("text", Text("lookup.ask_second_look"), longest=LONGEST_TEXT)
    return (yield from attempt("do", lambda desks: _nothing(desks.petitions.second_look(code, desks.citizen, why))))


def _nothing(_done: object) -> None:
    """Journal nothing of a step but that it was taken."""


_STEPS: Mapping[Event, Callable[[Scene, str], Script[Any]]] = {
    Event.SUPPLY: lambda _scene, code: _say_more(code, Event.SUPPLY),
    Event.ADD: lambda _scene, code: _say_more(code, Event.ADD),
    Event.WITHDRAW: _withdraw,
    Event.RATE_ANSWER: _rate_answer,
    Event.SECOND_LOOK: _second_look,
}


SCRIPTS = (ScriptSpec("lookup", lookup),)
