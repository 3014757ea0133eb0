"""The officials' side: linking a chat, the list of cases, one case with its steps.

Which steps there are and what each needs is read from the lifecycle table; every step is checked again, with the
rights of that moment, when it is taken.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.asking import choose
from bot.effects import Next, Option, Refusal, Script, Text, attempt, say
from bot.handlers.case_steps import event_name, take
from bot.handlers.files import as_kept
from bot.scenes import Scene, ScriptSpec
from petitions.lifecycle import Event
from storage import petition_queue, staff_chats
from storage.desks import Desks
from storage.facts import Ref

MOST_LISTED = 10
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
    taken = yield from take(scene, seen, event)
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
    options += [Option(value, event_name(value), Event(value)) for value in seen["steps"]]
    options.append(Option("later", Text("buttons.later"), None, ("de sau", "later")))
    return (yield from choose("event", Text("officials.which_step"), options))


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


SCRIPTS = (
    ScriptSpec("link", link, for_staff=True),
    ScriptSpec("cases", cases, for_staff=True),
    ScriptSpec("case", case, for_staff=True),
)
