"""What the desk needs from storage. One store lives inside one transaction; nothing in it commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from offices.staff import Staff
from petitions.model import File, HistoryEntry, IdentityChoice, Petition
from petitions.notices import Notice


class PetitionStore(Protocol):
    """Petitions, their history and their reporters, as one transaction sees them."""

    def add(self, petition: Petition, *, person_id: int, chat_id: int, identity: IdentityChoice) -> Petition:
        """Store a new petition and, apart from it, who sent it; give it back with its id."""

    def locked(self, code: str) -> Petition | None:
        """Read a petition and keep others from changing it until the transaction ends; None when there is none."""

    def find(self, code: str) -> Petition | None:
        """Read a petition; None when there is none."""

    def save(self, petition: Petition) -> bool:
        """Store the next version; False when the stored one is not the version before it."""

    def record(self, petition: Petition, entry: HistoryEntry, *, actor: str) -> None:
        """Append a step to the history and to the audit trail."""

    def history(self, petition: Petition) -> Sequence[HistoryEntry]:
        """Read the steps, oldest first."""

    def is_reporter(self, petition: Petition, person_id: int) -> bool:
        """Say whether this person sent the petition."""

    def attach(self, petition: Petition, files: Sequence[File], at: datetime) -> None:
        """Keep files with the petition's present step."""

    def attach_to_draft(self, petition: Petition, files: Sequence[File]) -> None:
        """Keep the files of the draft that was written in the petition's present step, in their order."""

    def draft_files(self, petition: Petition) -> Sequence[File]:
        """Read the files of the draft, or of the answer that it became, in their order."""

    def files_coming(self, petition: Petition) -> int:
        """Count the files of the draft that are still on their way from a chat."""

    def is_rated(self, petition: Petition) -> bool:
        """Say whether the reporter has rated this look's answer."""

    def rate(self, petition: Petition, score: int, comment: str, at: datetime) -> bool:
        """Keep the reporter's score of this look's answer; False when there is one already."""

    def staff_of(self, unit: str) -> Sequence[Staff]:
        """List the active officers and leaders of a unit."""

    def coordinators(self) -> Sequence[Staff]:
        """List the active coordinators of the authority."""

    def notify(self, petition: Petition, notice: Notice, now: datetime) -> None:
        """Queue a message to the reporter or to officials; a unique key already queued changes nothing."""

    def plan(self, key: str, at: datetime, payload: Mapping[str, str]) -> None:
        """Have the desk reminded at a moment; a key already planned changes nothing."""

    def cancel(self, key_prefix: str) -> None:
        """Call off the reminders whose key begins with the prefix."""
