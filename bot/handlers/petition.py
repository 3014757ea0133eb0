"""Sending a phản ánh, kiến nghị: what it is about, where, the text, files, place, identity, receipt.

What must not be kept here is led to its own channel before a word of it is stored (design 9, domain 7.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.asking import choose
from bot.asking_content import SentFile, attach, locate_or_skip, write, write_or_skip
from bot.effects import Json, Label, Named, Next, Option, Refusal, Script, Text, attempt, perform, say
from bot.handlers.common import (
    LONGEST_TEXT,
    SHORTEST_TEXT,
    named,
    pick_field_or_skip,
    pick_unit_or_skip,
    visited_units,
)
from bot.handlers.phone_news import offer_phone_news
from bot.messages import Place
from bot.scenes import Scene, ScriptSpec
from petitions.kinds import Kind, Subject, recognise
from petitions.model import IdentityChoice, Receipt, Submission
from storage import identity, petition_files
from storage.desks import Desks
from storage.facts import Ref
from wording import formats

MOST_FILES = 5
LARGEST_FILE = 20_000_000
"""Bytes; Telegram hands a bot no larger file (telegram.md section 3)."""
LONGEST_PLACE = 300
LONGEST_CONTACT = 200

_SUBJECTS = (Subject.SITE, Subject.REGULATION, Subject.CONDUCT)
"""In the order of how often they come."""
_ELSEWHERE = (Kind.DENUNCIATION, Kind.COMPLAINT, Kind.EMERGENCY, Kind.QUESTION)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a petition before it is sent."""

    subject: Subject
    about: str | None
    field: str | None
    text: str
    files: list[SentFile]
    place: str
    identity: IdentityChoice


def report(scene: Scene) -> Script[Next | None]:
    """Take one petition in; give its receipt."""
    subject = yield from _subject()
    if subject is None:
        return None
    about, field = yield from _whom(scene, subject)
    text = yield from _text(scene)
    if not (yield from _goes_on(text)):
        yield from say(Text("petition.stopped"))
        return None
    files = yield from _files(scene)
    place = yield from _place(subject)
    draft = Draft(subject, about, field, text, files, place, (yield from _identity()))
    if not (yield from _confirmed(scene, draft)):
        yield from say(Text("petition.stopped"))
        return None
    return (yield from _file(scene, draft))


def _subject() -> Script[Subject | None]:
    """Ask what it is about; what belongs to another channel is led there first."""
    options: list[Option[Subject | Kind]] = []
    options += [Option(each.value, Text(f"petition.subject_{each.value}"), each) for each in _SUBJECTS]
    options += [Option(kind.value, Text(f"petition.kind_{kind.value}"), kind) for kind in _ELSEWHERE]
    chosen = yield from choose("subject", Text("petition.ask_subject"), options)
    if isinstance(chosen, Subject):
        return chosen
    yield from say(Text(f"petition.{chosen.value}"))
    if not chosen.may_insist:
        return None
    insist: list[Option[Subject | None]] = []
    insist += [Option(each.value, Text(f"petition.subject_{each.value}"), each) for each in _SUBJECTS]
    insist.append(Option("stop", Text("petition.stop"), None, ("dung", "stop")))
    subject = yield from choose("insist", Text("petition.ask_insist"), insist)
    if subject is None:
        yield from say(Text("petition.stopped"))
    return subject


def _whom(scene: Scene, subject: Subject) -> Script[tuple[str | None, str | None]]:
    """Ask which unit it concerns, and for rules and places the field."""
    about = _known(scene.args.get("unit"), scene)
    if about is None:
        about = yield from pick_unit_or_skip("unit", Text("petition.ask_unit"), scene, visited_units(scene))
    field = str(scene.args["field"]) if scene.args.get("field") else None
    if field is None and subject is not Subject.CONDUCT:
        codes = [each.code for each in scene.reference.fields]
        prompt = Text("petition.ask_field_tablet" if scene.args.get("shared") else "petition.ask_field")
        field = yield from pick_field_or_skip("field", prompt, scene, codes)
    return about, field


def _known(unit: Json, scene: Scene) -> str | None:
    return unit if isinstance(unit, str) and unit in scene.reference.directory else None


def _text(scene: Scene) -> Script[str]:
    carried = str(scene.args.get("text") or "")
    if len(carried) > LONGEST_TEXT:
        yield from say(Text("refused.too_long", {"longest": LONGEST_TEXT, "length": len(carried)}))
    elif len(carried) >= SHORTEST_TEXT:
        keep = Option("keep", Text("petition.keep_text"), value=True, words=("dung", "co", "yes"))
        anew = Option("anew", Text("petition.write_anew"), value=False, words=("viet lai",))
        if (yield from choose("carried", Text("petition.ask_carried", {"text": carried}), [keep, anew])):
            return carried
    prompt = Text("petition.ask_text", {"longest": LONGEST_TEXT})
    return (yield from write("text", prompt, longest=LONGEST_TEXT, shortest=SHORTEST_TEXT))


def _goes_on(text: str) -> Script[bool]:
    """Point to the better channel when the words speak for one; the citizen decides."""
    found = recognise(text)
    if found.kind in (Kind.PAKN, Kind.DENUNCIATION):
        return True
    yield from say(Text(f"petition.{found.kind.value}"))
    go_on = Option("go_on", Text("petition.go_on"), value=True, words=("gui", "tiep tuc"))
    stop = Option("stop", Text("petition.stop"), value=False, words=("dung", "stop"))
    return (yield from choose("go_on", Text("petition.ask_go_on"), [go_on, stop]))


def _files(scene: Scene) -> Script[list[SentFile]]:
    """Ask for files; not at a counter tablet, which has nobody's files and no way to send one."""
    if scene.args.get("shared"):
        return []
    prompt, another = Text("petition.ask_files", {"most": MOST_FILES}), Text("petition.another_file")
    return (yield from attach("file", prompt, another, most=MOST_FILES, largest=LARGEST_FILE))


def _place(subject: Subject) -> Script[str]:
    if subject is not Subject.SITE:
        return ""
    place = yield from locate_or_skip("place", Text("petition.ask_place"), longest=LONGEST_PLACE)
    if isinstance(place, Place):
        # Coarse on purpose: about a hundred metres finds a pothole and no door (security.md P5).
        return f"{place.latitude:.3f}, {place.longitude:.3f}"
    return place or ""


def _identity() -> Script[IdentityChoice]:
    options = [Option(choice.value, Text(f"petition.identity_{choice.value}"), choice) for choice in IdentityChoice]
    chosen = yield from choose("identity", Text("petition.ask_identity"), options)
    if chosen is IdentityChoice.SHOWN_TO_COORDINATOR:
        told = yield from write_or_skip("contact", Text("petition.ask_contact"), longest=LONGEST_CONTACT)
        if told:
            yield from perform("keep_contact", lambda desks: _keep_contact(desks, told), final=False)
    return chosen


def _keep_contact(desks: Desks, told: str) -> None:
    identity.keep(desks.connection, desks.chat.person_id, identity.Identity(told, None, None), desks.now)


def _confirmed(scene: Scene, draft: Draft) -> Script[bool]:
    directory, fields = scene.reference.directory, scene.reference.fields
    nothing = Text("petition.not_given")
    summary = Text(
        "petition.summary",
        {
            "subject": Ref("subject", draft.subject.value),
            "unit": named(directory.unit(draft.about).name) if draft.about else nothing,
            "field": named(fields.field(draft.field).name) if draft.field else nothing,
            "text": draft.text,
            "files": len(draft.files),
            "place": draft.place or nothing,
            "identity": Text(f"petition.identity_{draft.identity.value}"),
        },
    )
    send = Option("send", Text("petition.send"), value=True, words=("gui", "dong y", "send", "ok"))
    stop = Option("stop", Text("petition.do_not_send"), value=False, words=("khong gui",))
    return (yield from choose("confirm", summary, [send, stop]))


def _file(scene: Scene, draft: Draft) -> Script[Next | None]:
    receipt = yield from attempt("submit", lambda desks: _submit(desks, draft))
    if isinstance(receipt, Refusal):
        yield from say(receipt.reason)
        return None
    yield from say(_receipt_text(receipt), copy_code=receipt["code"])
    if draft.identity is not IdentityChoice.NONE:  # who leaves nothing is not asked for a number either
        yield from offer_phone_news(scene)
    return None


def _submit(desks: Desks, draft: Draft) -> dict[str, Any]:
    stored, to_fetch = petition_files.split(desks.chat, draft.files)
    receipt = desks.petitions.submit(
        Submission(
            person_id=desks.chat.person_id, chat_id=desks.chat.id, subject=draft.subject, text=draft.text,
            identity=draft.identity, field=draft.field, about=draft.about, place=draft.place, files=stored,
        )
    )  # fmt: skip
    petition_files.fetch_later(desks.connection, desks.chat, receipt.code, to_fetch, desks.now)
    return _receipt_json(receipt)


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    return {
        "code": receipt.code,
        "unit": receipt.unit,
        "due_on": receipt.due_on.isoformat(),
        "late_from": receipt.late_from.isoformat(),
        "in_hours": receipt.in_hours,
        "counted": [day.isoformat() for day in receipt.counted],
        "provisional": receipt.provisional,
        "because": {"vi": receipt.because.vi, "en": receipt.because.en},
        "term": {"vi": receipt.term.vi, "en": receipt.term.en},
    }


def _receipt_text(receipt: Mapping[str, Any]) -> Text:
    """Say code, unit, why this unit, deadline, and the days that were counted."""
    counted = [date.fromisoformat(day) for day in receipt["counted"]]
    due: Label = Text("petition.due_day", {"due_on": date.fromisoformat(receipt["due_on"]), "days": len(counted)})
    if receipt["in_hours"]:
        due = Text("petition.due_hour", {"due_at": datetime.fromisoformat(receipt["late_from"])})
    return Text(
        "petition.receipt",
        {
            "code": receipt["code"],
            "unit": Ref("unit", receipt["unit"]),
            "because": Named(receipt["because"]),
            "term": Named(receipt["term"]),
            "due": due,
            "counted": ", ".join(formats.day_and_month(day) for day in counted),
            "provisional": Text("petition.provisional") if receipt["provisional"] else Text("petition.firm"),
        },
    )


SCRIPTS = (ScriptSpec("petition", report),)
