"""The steps of a petition as forms: which fields each needs, and the call of the desk that it becomes.

Which of them are offered is decided by the desk; a form that is sent all the same is refused there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from admin.forms import Form
from offices.staff import Staff
from petitions.answering import SeenDraft
from petitions.deadlines import Pace
from petitions.desk import PetitionDesk
from petitions.kinds import Subject
from petitions.lifecycle import Event
from petitions.model import Petition


class Kind(StrEnum):
    """What a field of an action is filled with."""

    TEXT = "text"
    LINE = "line"
    UNIT = "unit"
    OPTIONAL_UNIT = "optional_unit"
    FIELD = "field"
    SUBJECT = "subject"
    PACE = "pace"
    REASON = "reason"


@dataclass(frozen=True)
class Input:
    """One field: its label is the text `actions.<event>.<name>`; `filled` gives what stands in it at first."""

    name: str
    kind: Kind = Kind.TEXT
    filled: Callable[[Petition], str] = lambda _: ""
    is_required: bool = True


Step = Callable[[PetitionDesk, Petition, Staff, Form], object]


@dataclass(frozen=True)
class Action:
    """A step with its form.

    is_grave     it cannot be taken back
    takes_files  files go with it: `Form.chosen`
    """

    event: Event
    take: Step
    inputs: tuple[Input, ...] = ()
    is_main: bool = False
    is_grave: bool = False
    takes_files: bool = False


_TEXT = Input("text")
_UNIT = Input("unit", Kind.UNIT)


def _seen(form: Form) -> SeenDraft:
    """Read what of the draft the page showed; version 0, older than any draft, when the form does not say."""
    return SeenDraft(form.number("version") or 0, form.number("files") or 0)


def _triage(desk: PetitionDesk, petition: Petition, me: Staff, form: Form) -> object:
    return desk.triage(
        petition.code,
        me,
        field=form.text("field") or None,
        subject=Subject(form.text("subject")) if form.text("subject") in set(Subject) else None,
        pace=Pace(form.text("pace")) if form.text("pace") in set(Pace) else None,
        about=form.text("about") or None,
    )


def _resolve(desk: PetitionDesk, petition: Petition, me: Staff, form: Form) -> object:
    evidence, reason = form.text("evidence"), form.text("reason")
    return desk.resolve(petition.code, me, form.text("result"), evidence=evidence, reason=reason)


_ACTIONS = (
    Action(Event.ACCEPT, lambda desk, petition, me, _: desk.accept(petition.code, me), is_main=True),
    Action(
        Event.APPROVE,
        lambda desk, petition, me, form: desk.approve(petition.code, me, seen=_seen(form)),
        is_main=True,
    ),
    Action(
        Event.ANSWER,
        lambda desk, petition, me, form: desk.answer(petition.code, me, seen=_seen(form)),
        is_main=True,
    ),
    Action(
        Event.TRIAGE,
        _triage,
        (
            Input("subject", Kind.SUBJECT, lambda petition: petition.subject),
            Input("field", Kind.FIELD, lambda petition: petition.field or "", is_required=False),
            Input("about", Kind.OPTIONAL_UNIT, lambda petition: petition.about or "", is_required=False),
            Input("pace", Kind.PACE, lambda petition: petition.pace),
        ),
    ),
    Action(
        Event.FORWARD,
        lambda desk, petition, me, form: desk.forward(petition.code, me, form.text("unit")),
        (_UNIT,),
        is_main=True,
    ),
    Action(
        Event.DRAFT,
        lambda desk, petition, me, form: desk.draft_answer(petition.code, me, form.text("text"), form.chosen),
        (Input("text", filled=lambda petition: petition.draft or ""),),
        takes_files=True,
    ),
    Action(
        Event.RETURN_DRAFT,
        lambda desk, petition, me, form: desk.return_draft(petition.code, me, form.text("text")),
        (_TEXT,),
    ),
    Action(
        Event.PUBLISH,
        lambda desk, petition, me, form: desk.publish(petition.code, me, form.text("text"), form.text("answer")),
        (
            Input("text", filled=lambda petition: petition.text),
            Input("answer", filled=lambda petition: petition.answer or ""),
        ),
        is_grave=True,
    ),
    Action(
        Event.RESOLVE,
        _resolve,
        (
            Input("result"),
            Input("evidence", Kind.LINE, is_required=False),
            Input("reason", Kind.LINE, is_required=False),
        ),
    ),
    Action(
        Event.ASK,
        lambda desk, petition, me, form: desk.ask_citizen(petition.code, me, form.text("text")),
        (_TEXT,),
    ),
    Action(
        Event.RESUME,
        lambda desk, petition, me, form: desk.resume(petition.code, me, form.text("text")),
        (_TEXT,),
    ),
    Action(
        Event.TRANSFER,
        lambda desk, petition, me, form: desk.transfer(petition.code, me, form.text("unit"), form.text("text")),
        (_UNIT, _TEXT),
    ),
    Action(
        Event.SEND_BACK,
        lambda desk, petition, me, form: desk.send_back(petition.code, me, form.text("text")),
        (_TEXT,),
    ),
    Action(
        Event.EXTEND,
        lambda desk, petition, me, form: desk.extend(petition.code, me, form.text("text")),
        (_TEXT,),
    ),
    Action(
        Event.REDIRECT,
        lambda desk, petition, me, form: desk.redirect(petition.code, me, form.text("body"), form.text("text")),
        (Input("body", Kind.LINE), _TEXT),
        is_grave=True,
    ),
    Action(
        Event.REJECT,
        lambda desk, petition, me, form: desk.reject(petition.code, me, form.text("reason"), form.text("text")),
        (Input("reason", Kind.REASON), _TEXT),
        is_grave=True,
    ),
)

ACTIONS: Mapping[Event, Action] = {action.event: action for action in _ACTIONS}
"""The steps that officials take, in the order in which they are offered."""
