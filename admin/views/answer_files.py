"""The files of an answer on the petition's page: uploaded with the draft, kept over a refusal, shown for approval."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from admin.calls import Call
from admin.problems import words_of
from petitions.desk import PetitionDesk
from petitions.errors import refused
from petitions.model import File, Petition
from storage import answer_files, desk_files
from storage.desks import petition_desk


@dataclass(frozen=True)
class AnswerFiles:
    """What goes with a draft, or went with the answer that it became.

    coming  files that are still on their way from a chat; lost: those that could not be had
    """

    files: Sequence[File]
    coming: int = 0
    lost: int = 0


def read(connection: Connection, desk: PetitionDesk, petition: Petition) -> AnswerFiles:
    """Read the files of the present draft or answer."""
    if petition.draft_step is None:
        return AnswerFiles(())
    coming, lost = desk.files_coming(petition), answer_files.lost(connection, petition)
    return AnswerFiles(desk.draft_files(petition), coming, lost)


def note_uploaded(connection: Connection, call: Call, petition: Petition) -> None:
    """Remember what was uploaded, before the step is tried: a refusal must not cost anybody his files."""
    desk_files.note(connection, call.me.id, petition.code, call.form.files, call.now)


def chosen(connection: Connection, call: Call, desk: PetitionDesk, petition: Petition) -> list[File]:
    """Return the files that the form means: those ticked on the page, then those that came with it.

    Raises PetitionError `petition_files_gone` when one is not there: the draft was written anew without it meanwhile.
    """
    found = _found(connection, call, desk, petition)
    if {each.ref for each in found} != set(_refs(call)):
        raise refused("files_gone", code=petition.code)
    return found


def settle(connection: Connection, call: Call, petition: Petition, files: Sequence[File]) -> None:
    """Leave the files to the petition, whose they are now."""
    desk_files.settle(connection, call.me.id, petition.code, files)


async def chosen_again(call: Call) -> list[File]:
    """Return what is there of the files that the form means, to show them once more after a refusal."""

    def read_chosen(connection: Connection) -> list[File]:
        desk = petition_desk(connection, call.reference, call.now)
        return _found(connection, call, desk, desk.see(call.part("code"), call.me))

    return await call.read(read_chosen)


def refusal_of(call: Call) -> str:
    """Say which files were not taken and why, or what became of the form; empty where all is there."""
    told = []
    for name, why in call.form.refused:
        words = words_of(why, call.words, call.reference)
        told.append(call.words.t("petition.file_refused", name=name, why=words) if name else words)
    if told and call.form.refused[-1][0]:
        told.append(call.words.t("petition.files_are_kept" if _refs(call) else "petition.text_is_kept"))
    return " ".join(told)


def _found(connection: Connection, call: Call, desk: PetitionDesk, petition: Petition) -> list[File]:
    return desk_files.find(connection, call.me.id, petition.code, _refs(call), desk.draft_files(petition))


def _refs(call: Call) -> list[str]:
    return [*call.form.texts("kept"), *(each.ref for each in call.form.files)]
