"""Files that a conversation hands over: those of an answer, to who approves it and to who asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.effects import Script, Text, hand_over
from bot.messages import OutgoingFile
from petitions.model import File, Petition

Kept = Mapping[str, Any]
"""A file as a journal keeps it: the fields of `OutgoingFile`."""


def as_kept(petition: Petition, files: Sequence[File]) -> list[Kept]:
    """Put the files of a petition's draft or answer into a journal, under their names for people."""
    return [
        {"ref": each.ref, "name": each.name_for(petition.code, number), "mime": each.mime, "size": each.size}
        for number, each in enumerate(files, start=1)
    ]


def hand_over_each(code: str, files: Sequence[Kept]) -> Script[None]:
    """Give the files of the answer to a petition."""
    for number, each in enumerate(files, start=1):
        caption = Text("notices.petition_answer_file", {"code": code, "number": number, "of": len(files)})
        yield from hand_over(OutgoingFile(**each), caption)
