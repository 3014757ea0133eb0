"""The steps a petition refuses, each with the facts its words need."""

from offices.errors import DomainError, Fact
from petitions.lifecycle import Event, Status


class PetitionError(DomainError):
    """A step that the rules of petitions refuse; `key` names the words."""


class NotFoundError(PetitionError):
    """No such petition, or not this person's: nobody learns which (security A1)."""

    def __init__(self) -> None:
        """Say nothing about what exists."""
        super().__init__("petition_not_found")


class WrongStatusError(PetitionError):
    """The step does not fit where the petition stands now; a second press of the same button ends here."""

    def __init__(self, code: str, status: Status, event: Event) -> None:
        """Name the petition, where it stands and what was tried."""
        super().__init__("petition_wrong_status", code=code, status=status.value, event=event.value)
        self.status = status


class NotYoursError(PetitionError):
    """The petition is known to the official, but the step belongs to somebody else."""

    def __init__(self, code: str, event: Event) -> None:
        """Name the petition and what was tried."""
        super().__init__("petition_step_not_yours", code=code, event=event.value)


class ChangedMeanwhileError(PetitionError):
    """Somebody else's step was saved first; look again and repeat."""

    def __init__(self, code: str) -> None:
        """Name the petition."""
        super().__init__("petition_changed_meanwhile", code=code)


def refused(key: str, **params: Fact) -> PetitionError:
    """Make the refusal whose words stand under `petition_<key>`."""
    return PetitionError(f"petition_{key}", **params)
