"""What the sender does with his own petition: supply, add, withdraw, rate the answer, ask for a second look."""

from collections.abc import Sequence
from dataclasses import replace

from offices.staff import Role
from petitions.casework import Telling, from_citizen
from petitions.errors import refused
from petitions.handling import Handling
from petitions.intake import NEW_CASE_STEPS
from petitions.lifecycle import Event
from petitions.model import File, Outcome, Petition
from petitions.notices import Params, Ref, excerpt, step_buttons
from petitions.reminders import Audience
from petitions.rights import Citizen
from petitions.routing import in_line_of

MOST_LOOKS = 2
"""A second look, and a third one level up; after that the law's own ways (complaint) are open."""
BEST_SCORE = 5
LOW_SCORE = 2


class CitizenSteps(Handling):
    """The sender's own steps."""

    def supply(self, code: str, actor: Citizen, text: str, files: Sequence[File] = ()) -> Petition:
        """Reply to what the unit asked; the clock runs again."""
        before = self._taken(code, actor, Event.SUPPLY)
        reply = from_citizen(text)
        after = self._pause_closed(before)
        params: Params = {"text": excerpt(reply), "due_on": after.leg.due_on}
        buttons = step_buttons(after.code, (Event.DRAFT, Event.ASK, Event.TRANSFER))
        telling = Telling(Audience.OFFICERS, "petition_supplied", params, buttons)
        after = self._done(before, after, Event.SUPPLY, actor, [telling], text=reply)
        self._store.attach(after, files, self._now())
        return after

    def add(self, code: str, actor: Citizen, text: str, files: Sequence[File] = ()) -> Petition:
        """Add something to a petition that is being handled."""
        before = self._taken(code, actor, Event.ADD)
        added = from_citizen(text)
        telling = Telling(Audience.OFFICERS, "petition_added", {"text": excerpt(added)})
        after = self._done(before, before, Event.ADD, actor, [telling], text=added)
        self._store.attach(after, files, self._now())
        return after

    def withdraw(self, code: str, actor: Citizen) -> Petition:
        """Take the petition back."""
        before = self._taken(code, actor, Event.WITHDRAW)
        after = self._ended(before, Outcome.WITHDRAWN)
        telling = Telling(Audience.OFFICERS, "petition_withdrawn", {})
        return self._done(before, after, Event.WITHDRAW, actor, [telling])

    def rate_answer(self, code: str, actor: Citizen, score: int, comment: str = "") -> Petition:
        """Rate the answer from 1 to 5, once for each look."""
        before = self._taken(code, actor, Event.RATE_ANSWER)
        if not 1 <= score <= BEST_SCORE:
            raise refused("score_out_of_range", score=score)
        said = from_citizen(comment) if comment.strip() else ""
        if not self._store.rate(before, score, said, self._now()):
            raise refused("already_rated", code=before.code)
        low = Telling(Audience.LEADER, "petition_rated_low", {"score": score, "text": excerpt(said)})
        return self._done(before, before, Event.RATE_ANSWER, actor, [low] if score <= LOW_SCORE else [], score=score)

    def second_look(self, code: str, actor: Citizen, text: str) -> Petition:
        """Have the petition looked at again by somebody else; the second time one level up.

        Raises PetitionError `petition_no_more_looks` when both have been used.
        """
        before = self._taken(code, actor, Event.SECOND_LOOK)
        why = from_citizen(text)
        if before.looks >= MOST_LOOKS:
            raise refused("no_more_looks", code=before.code)
        looks = before.looks + 1
        decided = filter(None, (before.drafted_by, before.approved_by, before.closed_by))
        barred = replace(before, barred=before.barred | frozenset(decided))
        unit = self._next_eyes(barred, looks)
        after = replace(
            self._moved(barred, unit, looks), looks=looks, answer=None, approved_by=None, reason=None, closed_by=None,
            closed_at=None, redirected_to=None, result=None, evidence=None, resolved_at=None,
        )  # fmt: skip
        params: Params = {"unit": Ref("unit", unit), "due_on": after.leg.due_on, "text": excerpt(why)}
        tellings = (
            Telling(Audience.OFFICERS, "petition_second_look_new", params, step_buttons(after.code, NEW_CASE_STEPS)),
            Telling(Audience.REPORTER, "petition_second_look", params),
        )
        return self._done(before, after, Event.SECOND_LOOK, actor, tellings, text=why, unit=unit, look=looks)

    def _next_eyes(self, petition: Petition, looks: int) -> str:
        """Choose who looks again: another leader of the unit, else the coordinator, else one level up.

        The last look always goes one level up from the unit that answered.
        """
        directory, today = self._reference.directory, self._today()
        above = directory.parent(petition.unit, today)
        choices = [self._coordinator(petition), above.code if above else petition.unit, petition.unit]
        if looks == MOST_LOOKS and above:
            choices.insert(0, above.code)
        elif self._has_fresh_leader(petition):
            choices.insert(0, petition.unit)
        kept_from = petition.kept_from
        for unit in choices:
            same_people = unit == petition.unit and not self._has_fresh_leader(petition)
            in_line = kept_from is not None and in_line_of(unit, kept_from, today, directory)
            if not same_people and not in_line:
                return unit
        return self._coordinator(petition)

    def _has_fresh_leader(self, petition: Petition) -> bool:
        colleagues = self._store.staff_of(petition.unit)
        return any(Role.LEADER in official.roles and official.id not in petition.barred for official in colleagues)
