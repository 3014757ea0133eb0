"""Files of answers: officials attach them to a draft, and they go with the answer that it becomes.

Those from a chat are fetched like any other; until they are there, or known to be lost, nobody approves the draft.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select

from offices.errors import DomainError
from petitions.lifecycle import Event
from petitions.model import File, Petition
from petitions.notices import Notice, step_buttons
from storage import schedule
from storage.chats import Chat
from storage.petition_files import Sent
from storage.petitions import FETCH_ANSWER_FILE, Petitions, fetching_key
from storage.tables.delivery import due


def fetch_later(connection: Connection, chat: Chat, petition: Petition, files: Iterable[Sent], now: datetime) -> None:
    """Have the files of a draft brought from the channel in which they were sent; each once."""
    for place, each in enumerate(files, start=1):
        of_draft = {"code": petition.code, "step": petition.draft_step, "place": place}
        schedule.plan(
            connection,
            unique_key=f"{fetching_key(petition)}{place}",
            due_at=now,
            kind=FETCH_ANSWER_FILE,
            payload={**of_draft, "channel": chat.channel, "account": chat.account, "ref": each.ref},
        )


def attach_fetched(connection: Connection, work: schedule.DueWork, file: File) -> None:
    """Put a file that has come to its draft; what came for one that was written anew meanwhile is left to the sweep."""
    petitions = Petitions(connection)
    petition = _of(petitions, work)
    if petition is not None:
        petitions.attach_to_draft(petition, [file], first=work.payload["place"])


def tell_lost(connection: Connection, work: schedule.DueWork, why: DomainError | None, now: datetime) -> None:
    """Tell who wrote the draft that a file will not come: `why` is the refusal, None if it could not be had."""
    petitions = Petitions(connection)
    petition = _of(petitions, work)
    if petition is None or petition.drafted_by is None:
        return
    notice = Notice(
        key="answer_file_refused" if why else "answer_file_lost",
        params={"code": petition.code},
        unique_key=f"lost:{work.unique_key}",
        staff=(petition.drafted_by,),
        buttons=step_buttons(petition.code, [Event.DRAFT]),
    )
    petitions.notify(petition, notice, now)


def lost(connection: Connection, petition: Petition) -> int:
    """Count the files of the draft that could not be had."""
    begins = due.c.unique_key.startswith(fetching_key(petition), autoescape=True)
    query = select(func.count()).where(due.c.kind == FETCH_ANSWER_FILE, due.c.state == "failed", begins)
    return connection.execute(query).scalar_one()


def _of(petitions: Petitions, work: schedule.DueWork) -> Petition | None:
    """Return the petition if it is open and the draft still the one that the file was sent for."""
    petition = petitions.locked(work.payload["code"])
    if petition is None or not petition.status.is_open or petition.draft_step != work.payload["step"]:
        return None
    return petition
