"""Taking a published questionnaire back: from a day on it is asked no more, and what was answered stays."""

from datetime import date, datetime

from sqlalchemy import Connection, insert

from offices.errors import DataError, DomainError
from offices.worktime import LOCAL
from storage import audit, questionnaires, units
from storage.questionnaires import SUBJECT
from storage.tables.questionnaires import questionnaire_withdrawal
from surveys.questionnaires import About
from surveys.registry import ALWAYS_ASKED, Key

WITHDRAW = "questionnaire.withdraw"


def withdraw(connection: Connection, key: Key, first_day: date, official: int | None, now: datetime) -> None:
    """Take a version back from a local day on; every worker learns of it. For good: who wants it again publishes it.

    official  number of the account; None for the command line

    Raises DomainError: withdrawal_unknown, withdrawal_needed (petitions are rated by it), withdrawal_day (before
    today), withdrawal_made, withdrawal_gap (posters and slips would lead to nothing).
    """
    units.bump_reference_version(connection)  # also makes two who withdraw wait for each other
    code, version = key
    known = questionnaires.known(connection)
    try:
        found = known.load(code, version)
    except DataError:
        raise DomainError("withdrawal_unknown", code=code, version=version) from None
    if found.about is not About.VISIT:
        raise DomainError("withdrawal_needed", code=code)
    if key in known.withdrawn:
        raise DomainError("withdrawal_made", code=code, version=version, day=known.withdrawn[key])
    if first_day < now.astimezone(LOCAL).date():
        raise DomainError("withdrawal_day")
    gap = known.first_gap(key, first_day) if code == ALWAYS_ASKED else None
    if gap is not None:
        raise DomainError("withdrawal_gap", code=code, day=gap)
    connection.execute(
        insert(questionnaire_withdrawal).values(
            code=code, version=version, first_day=first_day, withdrawn_by=official, withdrawn_at=now
        )
    )
    actor = "system" if official is None else f"staff:{official}"
    details = {"version": version, "first_day": first_day.isoformat()}
    audit.record(connection, at=now, actor=actor, action=WITHDRAW, subject=f"{SUBJECT}{code}", details=details)
