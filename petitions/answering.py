"""How an answer comes about: drafted with its files, returned, approved, sent to whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offices.staff import Role, Staff
from petitions.casework import Telling, written
from petitions.errors import ChangedMeanwhileError, refused
from petitions.intake import Intake
from petitions.lifecycle import Event, Relation
from petitions.model import File, Outcome, Petition
from petitions.notices import Params, Ref, excerpt, step_buttons
from petitions.reminders import Audience
from petitions.rights import Actor, System

ANSWER_STEPS = (Event.RATE_ANSWER, Event.SECOND_LOOK)
MOST_FILES = 5
"""Files that one answer may have."""
LARGEST_FILE = 10_000_000
"""Bytes of one of them: what a telephone on a weak line still gets, and every channel shows as a picture."""


@dataclass(frozen=True, slots=True)
class SeenDraft:
    """What somebody was shown who approves or sends a draft.

    version  of the petition
    files    how many files of the draft: they only grow in number, when one comes in from a chat
    """

    version: int
    files: int


class Answering(Intake):
    """The steps towards the answer, of the unit that owns the petition and of its leader."""

    def draft_answer(
        self, code: str, actor: Staff, text: str, files: Sequence[File] = (), *, coming: int = 0
    ) -> Petition:
        """Write the answer, or write it anew; it goes to the leader.

        files   go with it in this order, those of an earlier draft that stay as well as new ones
        coming  files more that are still on their way from a chat; nobody can approve before they are there or lost
        """
        before = self._taken(code, actor, Event.DRAFT)
        draft = written(text)
        if len(files) + coming > MOST_FILES:
            raise refused("too_many_files", most=MOST_FILES)
        if before.barred and not self._approvers(before):
            raise refused("no_approver", code=before.code, unit=before.unit)
        after = replace(
            before, draft=draft, draft_step=before.version + 1, drafted_by=actor.id, handler=before.handler or actor.id
        )
        buttons = step_buttons(after.code, (Event.APPROVE, Event.RETURN_DRAFT))
        number = len(files) + coming
        params: Params = {"unit": Ref("unit", after.unit), "text": excerpt(draft), "due_on": after.leg.due_on}
        key = "petition_draft_with_files" if number else "petition_draft"
        telling = Telling(Audience.LEADER, key, {**params, "files": number}, buttons)
        after = self._done(before, after, Event.DRAFT, actor, [telling], text=draft, files=number)
        self._store.attach_to_draft(after, files)
        return after

    def return_draft(self, code: str, actor: Staff, remark: str) -> Petition:
        """Send the draft back to be written better."""
        before = self._taken(code, actor, Event.RETURN_DRAFT)
        text = written(remark)
        params: Params = {"text": text, "due_on": before.leg.due_on}
        telling = Telling(
            Audience.OFFICERS, "petition_draft_returned", params, step_buttons(before.code, (Event.DRAFT,))
        )
        return self._done(before, before, Event.RETURN_DRAFT, actor, [telling], text=text)

    def approve(self, code: str, actor: Staff, *, send: bool = True, seen: SeenDraft | None = None) -> Petition:
        """Approve the draft and, unless `send` is False, answer the sender with it at once.

        seen  what the leader was shown; None when it was read in this transaction

        Raises ChangedMeanwhileError when the draft was written anew since or got another file, and PetitionError:
        `petition_files_coming` while one is on its way; `petition_own_draft` for one's own draft, unless nobody else of
        the unit could approve or write one: then the history says `alone`.
        """
        before = self._as_seen(self._taken(code, actor, Event.APPROVE), seen)
        own = before.drafted_by == actor.id
        if own and self._colleagues(before, actor):
            raise refused("own_draft", code=before.code)
        after = self._done(before, replace(before, approved_by=actor.id), Event.APPROVE, actor, alone=own)
        return self._answered(after, System()) if send else after

    def answer(self, code: str, actor: Staff, *, seen: SeenDraft | None = None) -> Petition:
        """Send the approved answer to the sender; ChangedMeanwhileError when it is not the one that was shown."""
        return self._answered(self._as_seen(self._taken(code, actor, Event.ANSWER), seen), actor)

    def draft_files(self, petition: Petition) -> Sequence[File]:
        """Read the files that go with the draft, in order, or went with the answer that it became."""
        return self._store.draft_files(petition)

    def files_coming(self, petition: Petition) -> int:
        """Count the files of the draft that are still on their way from a chat."""
        return self._store.files_coming(petition)

    def _answered(self, before: Petition, actor: Actor) -> Petition:
        ended = self._ended(before, Outcome.ANSWERED)
        days = self._rule(before).publish_days
        publish_by = self._reference.calendar.due(self._today(), days).due_on
        leg = replace(ended.leg, publish_by=publish_by)
        after = replace(
            ended,
            legs=(*ended.legs[:-1], leg),
            answer=before.draft,
            answered_at=self._now(),
            closed_by=before.approved_by,
        )
        files = self._store.draft_files(after)
        publishing: Params = {"unit": Ref("unit", after.unit), "due_on": publish_by}
        tellings = (
            *_answer_told(after, files),
            Telling(
                Audience.COORDINATOR, "petition_to_publish", publishing, step_buttons(after.code, (Event.PUBLISH,))
            ),
        )
        return self._done(before, after, Event.ANSWER, actor, tellings, text=after.answer or "")

    def _as_seen(self, petition: Petition, seen: SeenDraft | None) -> Petition:
        """Check that the draft is whole, and the one that was shown."""
        if self._store.files_coming(petition):
            raise refused("files_coming", code=petition.code)
        if seen is None:
            return petition
        is_newer = (petition.draft_step or 0) > seen.version
        if is_newer or len(self._store.draft_files(petition)) != seen.files:
            raise ChangedMeanwhileError(petition.code)
        return petition

    def _approvers(self, petition: Petition) -> list[Staff]:
        """List the leaders of the unit and of those above it who have not decided an earlier look."""
        above = self._reference.directory.ancestors(petition.unit, self._today())
        staff = [
            each for unit in (petition.unit, *(unit.code for unit in above)) for each in self._store.staff_of(unit)
        ]
        return [leader for leader in staff if Relation.LEADER in self._standing(leader, petition)]

    def _colleagues(self, petition: Petition, actor: Staff) -> list[Staff]:
        """List who else of the unit can write or approve an answer to this petition."""
        working = {Role.OFFICER, Role.LEADER}
        return [
            official
            for official in self._store.staff_of(petition.unit)
            if official.id != actor.id and official.roles & working and official.id not in petition.barred
        ]


def _answer_told(petition: Petition, files: Sequence[File]) -> list[Telling]:
    """Tell the sender the answer, then give him its files, each as a message of its own."""
    key = "petition_answered_with_files" if files else "petition_answered"
    told: Params = {"unit": Ref("unit", petition.unit), "text": petition.answer or "", "files": len(files)}
    answer = Telling(Audience.REPORTER, key, told, step_buttons(petition.code, ANSWER_STEPS))
    return [answer, *(_file_told(petition, file, number, len(files)) for number, file in enumerate(files, start=1))]


def _file_told(petition: Petition, file: File, number: int, of: int) -> Telling:
    return Telling(
        Audience.REPORTER,
        "petition_answer_file",
        {"number": number, "of": of},
        unique=f"{petition.version + 1}:file:{number}",
        file=(file.name_for(petition.code, number), file),
    )
