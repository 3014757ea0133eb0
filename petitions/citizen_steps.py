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

MOST_LOOKS = 2
"""A second look, and a third one level up; after that the ways of the law on complaints are open."""
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

        The last look goes one level up from the unit that answered. Raises PetitionError `petition_no_more_looks` when
        nobody is left in the authority who did not decide before and does not stand in the line complained about.
        """
        above = self._reference.directory.parent(petition.unit, self._today())
        upward = [above.code] if above else []
        nearby = [petition.unit, self._coordinator(petition)]
        choices = [*upward, *nearby] if looks == MOST_LOOKS else [*nearby, *upward]
        for unit in choices:
            if self._has_fresh_leader(petition, unit):
                return unit
        raise refused("no_more_looks", code=petition.code)

    def _has_fresh_leader(self, petition: Petition, unit: str) -> bool:
        """Say whether a leader of `unit` has not decided before and is no part of what is complained about."""
        return any(
            Role.LEADER in official.roles and official.id not in petition.barred and self._may_hear(official, petition)
            for official in self._store.staff_of(unit)
        )
