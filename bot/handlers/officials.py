"""The officials' side: linking a chat, the list of cases, one step on one case.

Which steps there are and what each needs is read from the lifecycle table; every step is checked again, with the
rights of that moment, when it is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.asking import choose
from bot.asking_content import SentFile, attach, write
from bot.effects import Named, Next, Option, Refusal, Script, Text, attempt, say
from bot.handlers.common import LONGEST_TEXT, named, pick_unit
from bot.handlers.files import as_kept, hand_over_each
from bot.scenes import Scene, ScriptSpec
from petitions.answering import LARGEST_FILE, MOST_FILES, SeenDraft
from petitions.lifecycle import Event, Need, Status, transition
from petitions.names import names, reasons
from storage import answer_files, petition_files, petition_queue, staff_chats
from storage.desks import Desks
from storage.facts import Ref

MOST_LISTED = 10
LONGEST_LINE = 200
CHAT_STEPS = (
    Event.FORWARD,
    Event.ACCEPT,
    Event.DRAFT,
    Event.APPROVE,
    Event.ANSWER,
    Event.RETURN_DRAFT,
    Event.RESOLVE,
    Event.ASK,
    Event.RESUME,
    Event.TRANSFER,
    Event.SEND_BACK,
    Event.EXTEND,
    Event.REJECT,
    Event.REDIRECT,
)
"""Steps that are taken in chat; triage and publication want the page with the whole file.

What brings a case on comes first: a channel with few buttons shows the first ones at once.
"""
NO_FILES: Mapping[str, Any] = {"files": (), "coming": 0}
"""What journals of before answers had files do not say of a case."""
LEADING_ON = (Event.ACCEPT, Event.RESUME)
"""Steps after which the same official mostly takes the next one: the case is shown again at once."""


def link(scene: Scene) -> Script[Next | None]:
    """Link this chat with the account that made the one-time code."""
    code = str(scene.args.get("code", ""))

    def redeem(desks: Desks) -> dict[str, str]:
        official = staff_chats.redeem_link_code(desks.connection, code, desks.chat.id, desks.now)
        return {"name": official.name, "unit": official.unit}

    linked = yield from attempt("redeem", redeem)
    if isinstance(linked, Refusal):
        yield from say(linked.reason)
        return None
    yield from say(Text("officials.linked", {"name": linked["name"], "unit": Ref("unit", linked["unit"])}))
    return Next("cases")


def cases(_scene: Scene) -> Script[Next | None]:
    """List the open cases that the official may act on, the most urgent first."""
    listed = yield from attempt("listed", _listed)
    if isinstance(listed, Refusal):
        yield from say(listed.reason)
        return None
    if not listed:
        yield from say(Text("officials.no_cases"))
        return None
    options: list[Option[str | None]] = []
    options += [Option(each["code"], _case_line(each), each["code"]) for each in listed]
    options.append(Option("later", Text("buttons.later"), None, ("de sau", "later")))
    code = yield from choose("case", Text("officials.which_case", {"number": len(listed)}), options)
    if code:
        return Next("case", {"code": code})
    yield from say(Text("officials.left"))
    return None


def _listed(desks: Desks) -> list[dict[str, Any]]:
    found = petition_queue.most_urgent(desks.connection, desks.reference, desks.official(), desks.now, MOST_LISTED)
    return [
        {
            "code": each.code,
            "due_on": each.leg.due_on.isoformat(),
            "late": each.is_late(desks.now),
            "status": each.status.value,
        }
        for each in found
    ]


def _case_line(case: Mapping[str, Any]) -> Text:
    facts = {
        "code": case["code"],
        "due_on": date.fromisoformat(case["due_on"]),
        "status": Ref("status", case["status"]),
    }
    return Text("officials.case_late" if case["late"] else "officials.case_in_time", facts)


def case(scene: Scene) -> Script[Next | None]:
    """Show a case and take one step on it."""
    code = str(scene.args.get("code", ""))
    seen = yield from attempt("seen", lambda desks: _seen(desks, code))
    if isinstance(seen, Refusal):
        yield from say(seen.reason)
        return None
    seen = {**NO_FILES, **seen}
    event = yield from _event(scene, seen)
    if event is None:
        if seen["steps"]:
            yield from say(Text("officials.left"))
        return None
    taken = yield from _take(scene, seen, event)
    if isinstance(taken, Refusal):
        yield from say(taken.reason)
        return None
    yield from say(Text("officials.done", {"code": seen["code"], "event": Ref("event", event.value)}))
    return Next("case", {"code": seen["code"]}) if event in LEADING_ON else None


def _seen(desks: Desks, code: str) -> dict[str, Any]:
    official = desks.official()
    petition = desks.petitions.see(code, official)
    possible = desks.petitions.possible(code, official)
    return {
        "code": petition.code,
        "version": petition.version,
        "status": petition.status.value,
        "unit": petition.unit,
        "due_on": petition.leg.due_on.isoformat(),
        "text": petition.text,
        "place": petition.place,
        "draft": petition.draft or "",
        "files": as_kept(petition, desks.petitions.draft_files(petition)),
        "coming": desks.petitions.files_coming(petition),
        "steps": [event.value for event in CHAT_STEPS if event in possible],
    }


def _event(scene: Scene, seen: Mapping[str, Any]) -> Script[Event | None]:
    wanted = scene.args.get("event")
    if wanted in seen["steps"]:
        return Event(str(wanted))
    if wanted:
        yield from say(
            Text("officials.not_now", {"event": Ref("event", str(wanted)), "status": Ref("status", seen["status"])})
        )
    yield from say(_summary(seen))
    if not seen["steps"]:
        yield from say(Text("officials.nothing_to_do"))
        return None
    options: list[Option[Event | None]] = []
    options += [Option(value, _event_name(value), Event(value)) for value in seen["steps"]]
    options.append(Option("later", Text("buttons.later"), None, ("de sau", "later")))
    return (yield from choose("event", Text("officials.which_step"), options))


def _event_name(event: str) -> Named:
    return named(names("event")[event])


def _summary(seen: Mapping[str, Any]) -> Text:
    draft = "summary_with_files" if seen["files"] else "summary_with_draft"
    return Text(
        f"officials.{draft if seen['draft'] else 'summary'}",
        {
            "code": seen["code"],
            "status": Ref("status", seen["status"]),
            "unit": Ref("unit", seen["unit"]),
            "due_on": date.fromisoformat(seen["due_on"]),
            "text": seen["text"],
            "place": seen["place"] or "–",
            "draft": seen["draft"],
            "files": len(seen["files"]),
        },
    )


def _take(scene: Scene, seen: Mapping[str, Any], event: Event) -> Script[Any]:
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
        yes = Option("yes", _event_name(event.value), value=True, words=("co", "dong y", "ok"))
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


SCRIPTS = (
    ScriptSpec("link", link, for_staff=True),
    ScriptSpec("cases", cases, for_staff=True),
    ScriptSpec("case", case, for_staff=True),
)
