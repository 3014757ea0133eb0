"""Taking one step on a case in chat: what it needs is asked, what cannot be taken back confirmed, then it is done."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.asking import choose
from bot.asking_content import SentFile, attach, write
from bot.effects import Named, Option, Refusal, Script, Text, attempt
from bot.handlers.common import LONGEST_TEXT, named, pick_unit
from bot.handlers.files import hand_over_each
from bot.scenes import Scene
from petitions.answering import LARGEST_FILE, MOST_FILES, SeenDraft
from petitions.lifecycle import Event, Need, Status, transition
from petitions.names import names, reasons
from storage import answer_files, petition_files
from storage.desks import Desks

LONGEST_LINE = 200


def event_name(event: str) -> Named:
    """Return the name of a step, as its button has it."""
    return named(names("event")[event])


def take(scene: Scene, seen: Mapping[str, Any], event: Event) -> Script[Any]:
    """Ask for what the step needs, have it confirmed where it cannot be taken back, take it."""
    row = transition(Status(seen["status"]), event)
    needs = row.needs if row else ()
    given: dict[Need, str] = {}
    for need in needs:
        given[need] = yield from _need(scene, event, need)
    evidence = (yield from _evidence()) if Need.RESULT in needs else ""
    files = (yield from _attachments(seen)) if event is Event.DRAFT else []
    if event in (Event.APPROVE, Event.ANSWER):
        if seen["coming"]:
            return Refusal(Text("errors.petition_files_coming", {"code": seen["code"]}))
        yield from hand_over_each(seen["code"], seen["files"])
        yes = Option("yes", event_name(event.value), value=True, words=("co", "dong y", "ok"))
        no = Option("no", Text("buttons.no_thanks"), value=False, words=("khong",))
        if not (yield from choose("sure", Text("officials.sure", {"draft": seen["draft"]}), [yes, no])):
            return Refusal(Text("officials.left"))
    return (yield from attempt("do", lambda desks: _do(desks, seen, event, given, evidence, files)))


def _need(scene: Scene, event: Event, need: Need) -> Script[str]:
    match need:
        case Need.UNIT:
            units = [unit for unit in scene.reference.directory.on(scene.today) if unit.code != scene.reference.root]
            return (yield from pick_unit("unit", Text("officials.ask_unit"), scene, units))
        case Need.REASON:
            options = [Option(code, named(reason.name), code) for code, reason in reasons().items()]
            return (yield from choose("reason", Text("officials.ask_reason"), options))
        case Need.BODY:
            return (yield from write("body", Text("officials.ask_body"), longest=LONGEST_LINE))
        case Need.RESULT:
            return (yield from write("result", Text("officials.ask_result"), longest=LONGEST_TEXT))
        case _:
            return (yield from write("text", Text(f"officials.ask_{event.value}"), longest=LONGEST_TEXT))


def _evidence() -> Script[str]:
    return (yield from write("evidence", Text("officials.ask_evidence"), longest=LONGEST_TEXT))


def _attachments(seen: Mapping[str, Any]) -> Script[list[SentFile]]:
    """Ask for the files that are to go with the answer; those of an earlier draft stay with that."""
    earlier = len(seen["files"]) + seen["coming"]
    key = "officials.ask_files_anew" if earlier else "officials.ask_files"
    prompt, another = Text(key, {"most": MOST_FILES, "number": earlier}), Text("petition.another_file")
    return (yield from attach("file", prompt, another, most=MOST_FILES, largest=LARGEST_FILE))


def _draft(desks: Desks, code: str, text: str, files: Sequence[SentFile]) -> None:
    """Write the draft; its files that are still at the channel come after it."""
    kept, to_fetch = petition_files.split(desks.chat, files)
    petition = desks.petitions.draft_answer(code, desks.official(), text, kept, coming=len(to_fetch))
    answer_files.fetch_later(desks.connection, desks.chat, petition, to_fetch, desks.now)


def _do(
    desks: Desks,
    seen: Mapping[str, Any],
    event: Event,
    given: Mapping[Need, str],
    evidence: str,
    files: Sequence[SentFile],
) -> None:
    """Take the step with the rights of this moment; what is approved must be the draft that was shown."""
    desk, official = desks.petitions, desks.official()
    code, shown = seen["code"], SeenDraft(seen["version"], len(seen["files"]))
    text, unit = given.get(Need.TEXT, ""), given.get(Need.UNIT, "")
    steps: Mapping[Event, Callable[[], object]] = {
        Event.ACCEPT: lambda: desk.accept(code, official),
        Event.FORWARD: lambda: desk.forward(code, official, unit),
        Event.TRANSFER: lambda: desk.transfer(code, official, unit, text),
        Event.SEND_BACK: lambda: desk.send_back(code, official, text),
        Event.ASK: lambda: desk.ask_citizen(code, official, text),
        Event.RESUME: lambda: desk.resume(code, official, text),
        Event.DRAFT: lambda: _draft(desks, code, text, files),
        Event.APPROVE: lambda: desk.approve(code, official, seen=shown),
        Event.RETURN_DRAFT: lambda: desk.return_draft(code, official, text),
        Event.ANSWER: lambda: desk.answer(code, official, seen=shown),
        Event.REJECT: lambda: desk.reject(code, official, given[Need.REASON], text),
        Event.REDIRECT: lambda: desk.redirect(code, official, given[Need.BODY], text),
        Event.EXTEND: lambda: desk.extend(code, official, text),
        Event.RESOLVE: lambda: desk.resolve(code, official, given[Need.RESULT], evidence=evidence),
    }
    steps[event]()
